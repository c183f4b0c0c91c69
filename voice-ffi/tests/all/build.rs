//! Where things are, and how C is compiled.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// `path`, or `None` after printing why the test says nothing; in CI a missing file fails the test.
#[cfg(feature = "vosk")]
pub(crate) fn needed(path: PathBuf) -> Option<PathBuf> {
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing; CI must have it", path.display());
    println!("skipped: {} is missing", path.display());
    None
}

/// A folder of human recordings: in `VOICE_DATA`, else in `../shared/data` beside the project.
#[cfg(all(feature = "vosk", target_os = "linux"))]
pub(crate) fn recordings(folder: &str) -> Option<PathBuf> {
    let data = std::env::var_os("VOICE_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    needed(data.join(folder))
}

/// The model that ships with the project.
#[cfg(feature = "vosk")]
pub(crate) fn model() -> Option<PathBuf> {
    needed(root().join("models/ar-commands"))
}

/// Checks that `source` compiles in `folder` without a warning.
pub(crate) fn compiles(folder: &Path, name: &str, compiler: &[&str], source: &str) {
    fs::write(folder.join(name), source).unwrap();
    run(Command::new(compiler[0])
        .args(&compiler[1..])
        .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", "-o", "/dev/null", name])
        .current_dir(folder));
}

/// Runs `command` and returns what it wrote to standard output.
pub(crate) fn run(command: &mut Command) -> String {
    let done = command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let complaint = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {}\n{complaint}", done.status);
    String::from_utf8(done.stdout).expect("UTF-8 output")
}

/// The shared library that cargo built for these tests.
#[cfg(target_os = "linux")]
pub(crate) fn library() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().unwrap().join("libvoice.so")
}

#[cfg(target_os = "linux")]
#[test]
fn the_library_exports_only_its_own_names_under_its_abi_name() {
    let library = library();
    let symbols = run(Command::new("nm").args(["-D", "--defined-only", "-f", "posix"]).arg(&library));
    let names: Vec<_> = symbols.lines().filter_map(|line| line.split(' ').next()).collect();
    let foreign: Vec<_> = names.iter().filter(|name| !name.starts_with("voice_")).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    assert!(names.contains(&"voice_stt_push"), "{names:?}");

    let dynamic = run(Command::new("readelf").args(["-dW"]).arg(&library));
    let soname = format!("Library soname: [libvoice.so.{}]", voice::voice_abi_version());
    assert!(dynamic.contains(&soname), "{dynamic}");
    let finds_libvosk = dynamic.contains("$ORIGIN");
    assert_eq!(finds_libvosk, cfg!(feature = "vosk"), "{dynamic}");
}
