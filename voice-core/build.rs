//! Points the linker at libvosk, where it is linked.

use std::env;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=VOICE_NATIVE_DIR");
    if env::var_os("CARGO_FEATURE_VOSK_LINKED").is_none() || env::var_os("DOCS_RS").is_some() {
        return;
    }
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let extension = match system.as_str() {
        "macos" => "dylib",
        "ios" => "a",
        _ => "so",
    };
    let native = env::var_os("VOICE_NATIVE_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../native/lib"), PathBuf::from);
    let vosk = native.join(format!("libvosk.{extension}"));
    println!("cargo::rerun-if-changed={}", vosk.display());
    if !vosk.is_file() {
        println!(
            "cargo::error={} is missing; run `make native`, set VOICE_NATIVE_DIR to the folder that holds it, or build \
             without vosk-linked",
            vosk.display()
        );
        return;
    }
    println!("cargo::rustc-link-search=native={}", native.display());

    // A binary looks beside itself, in its parent (cargo's deps/) and in ../lib.
    let here = if system == "macos" { "@loader_path" } else { "$ORIGIN" };
    let rpaths = [here.to_owned(), format!("{here}/.."), format!("{here}/../lib")];
    for rpath in &rpaths {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{rpath}");
    }
    // Cargo does not pass link arguments on; dependents' build scripts read this and repeat them.
    println!("cargo::metadata=rpaths={}", rpaths.join(":"));
}
