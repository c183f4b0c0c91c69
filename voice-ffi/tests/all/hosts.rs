//! Hosts with habits of their own: names, locales, processes, limits.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::build::{library, model, root, run};
use crate::programs::{Installed, bytes, recording, texts};

/// A program of tests/c in a folder with the library.
pub(crate) fn host(installed: &Installed, name: &str, flags: &[&str]) -> PathBuf {
    let flags = [&["-rdynamic", "-pthread", "-D_GNU_SOURCE"], flags].concat();
    installed.program(&root().join("voice-ffi/tests/c").join(name), &flags)
}

/// Three words, as a file of raw audio in that folder.
pub(crate) fn raw(folder: &Path) -> Option<(PathBuf, [&'static str; 3])> {
    let (samples, said) = recording()?;
    let file = folder.join("three.raw");
    fs::write(&file, bytes(&samples)).unwrap();
    Some((file, said))
}

#[test]
fn names_of_libvosk_stay_out_of_the_host() {
    let installed = Installed::new();
    let (Some(model), Some((audio, said))) = (model(), raw(installed.folder())) else { return };
    let program = host(&installed, "names.c", &["-ldl"]);
    let transcript = run(Command::new(program).args([&model, &audio]));
    assert_eq!(texts(&transcript), said);
}

/// libvoice alone, in a folder without the engines.
fn alone(folder: &Path) -> PathBuf {
    let lib = folder.join("alone/inner/lib");
    fs::create_dir_all(&lib).unwrap();
    let soname = lib.join(format!("libvoice.so.{}", voice::voice_abi_version()));
    fs::copy(library(), soname).unwrap();
    lib
}

#[test]
fn without_libvosk_a_program_starts_and_is_told_what_is_missing() {
    let installed = Installed::new();
    let lib = alone(installed.folder());
    let program = installed.program(&root().join("examples/c/transcribe.c"), &[]);
    let moved = lib.join("../transcribe");
    fs::rename(program, &moved).unwrap();
    let start = |model: &Path| {
        let mut command = Command::new(&moved);
        // Found before the folder that the program was linked in.
        command.arg(model).env("LD_LIBRARY_PATH", &lib).stdin(Stdio::null());
        let done = command.output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, said) = start(Path::new("no/such/model"));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("transcribe: model_not_found: "), "{said}");
    let Some(model) = model() else { return };
    let (code, said) = start(&model);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("transcribe: engine_unavailable: libvosk cannot be loaded"), "{said}");
    // The fix, and the loader's own reason.
    assert!(said.contains("put libvosk.so beside the program"), "{said}");
    assert!(said.contains("cannot open shared object file"), "{said}");
}
