//! Builders that let a test read as a sentence: a server, a client, human recordings.

#![expect(clippy::missing_panics_doc, reason = "a test helper that cannot go on fails the test")]

pub mod browser;
pub mod client;
pub mod echo;
pub mod fhir;
pub mod folder;
pub mod mirror;
#[expect(unsafe_code, reason = "libvosk is C")]
pub mod oracle;
pub mod published;
pub mod recordings;
pub mod server;
pub mod site;
pub mod talker;
pub mod wire;

use std::path::{Path, PathBuf};

/// The workspace's root folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace")
}

/// The model that ships with the project.
pub fn shipped_model() -> PathBuf {
    root().join("models/ar-commands")
}

/// Whether espeak-ng is there; where it must be, its absence is a failure.
#[cfg(feature = "espeak")]
pub fn has_espeak() -> bool {
    let there = voice_core::espeak::Espeak::load(None).is_ok();
    assert!(there || std::env::var_os("CI").is_none(), "espeak-ng is missing; CI must have it");
    if !there {
        println!("skipped: espeak-ng is not installed");
    }
    there
}

/// Whether a program that writes audio as others do is there; where it must be, its absence is a failure.
pub fn has_program(name: &str) -> bool {
    let option = if name == "sox" { "--version" } else { "-version" };
    let there = std::process::Command::new(name).arg(option).output().is_ok();
    assert!(there || std::env::var_os("CI").is_none(), "{name} is missing; CI must have it");
    if !there {
        println!("skipped: {name} is not installed");
    }
    there
}

/// Whether a tool that answers `--version` is there; where it must be, its absence is a failure.
pub fn has_tool(name: &str) -> bool {
    let there = std::process::Command::new(name).arg("--version").output().is_ok();
    assert!(there || std::env::var_os("CI").is_none(), "{name} is missing; CI must have it");
    if !there {
        println!("skipped: {name} is not installed");
    }
    there
}
