//! Paths, C compilation, and helpers that open engines and sessions.

use std::ffi::CString;
use std::fs;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::process::Command;

use voice::*;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// `path`, or `None` after printing why the test is skipped; in CI a missing file fails the test.
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
    let output = String::from_utf8(done.stdout).expect("UTF-8 output");
    let complaint = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {}\n{complaint}\n{output}", done.status);
    output
}

/// The shared library that cargo built for these tests.
#[cfg(target_os = "linux")]
pub(crate) fn library() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().unwrap().join("libvoice.so")
}

/// All defaults.
pub(crate) fn options<T: Copy>() -> T {
    // SAFETY: only used for the structs that C fills in, for which all-zero bytes are valid.
    let mut options: T = unsafe { MaybeUninit::zeroed().assume_init() };
    // SAFETY: each begins with its size.
    unsafe { (&raw mut options).cast::<u32>().write(size_of::<T>() as u32) };
    options
}

pub(crate) fn path(path: &Path) -> CString {
    CString::new(path.to_str().unwrap()).unwrap()
}

/// The code of an error, which must have a name and a sentence.
pub(crate) fn code(error: Option<Box<voice_error>>) -> voice_code {
    let code = voice_error_code(error.as_deref());
    if code != voice_code::Ok {
        // SAFETY: valid until the error is freed, below.
        let message = unsafe { std::ffi::CStr::from_ptr(voice_error_message(error.as_deref())) };
        assert!(message.to_str().unwrap().len() > 10, "{message:?}");
    }
    voice_error_free(error);
    code
}

/// A small, fast voice with random weights, which gives no intelligible speech.
pub(crate) fn voice() -> PathBuf {
    root().join("tests/voices/tiny-generic.onnx")
}

/// An engine with the model that ships with the project and that voice; `None`, after printing why, if this build or
/// machine lacks their libraries.
pub(crate) fn engine() -> Option<Box<voice_engine>> {
    if !cfg!(all(feature = "espeak", feature = "onnx", feature = "vosk")) {
        println!("skipped: this build is without some engine");
        return None;
    }
    let (model, voice) = (path(&model()?), path(&voice()));
    let tts = voice_model_choice { model: voice.as_ptr(), language: c"en".as_ptr(), reserved: 0 };
    let options =
        voice_engine_options { stt_model: model.as_ptr(), tts: &raw const tts, tts_len: 1, ..options() };
    let mut engine = MaybeUninit::uninit();
    // SAFETY: whole options, and an output that is a box when written.
    let error = unsafe { voice_engine_open(&raw const options, Some(&mut engine)) };
    if voice_error_code(error.as_deref()) == voice_code::EngineUnavailable {
        assert!(std::env::var_os("CI").is_none(), "CI must have ONNX Runtime and espeak-ng");
        println!("skipped: ONNX Runtime or espeak-ng is missing");
        return None;
    }
    assert_eq!(code(error), voice_code::Ok);
    // SAFETY: written on success.
    Some(unsafe { Box::from_raw(engine.assume_init()) })
}

/// Whether the program can be run; in CI a missing one fails the test.
#[cfg(target_os = "linux")]
pub(crate) fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    assert!(found || std::env::var_os("CI").is_none(), "{tool} is missing; CI must have it");
    if !found {
        println!("skipped: {tool} is missing; scripts/tools.sh tests installs it");
    }
    found
}
