//! Models that are missing or damaged.

use std::ffi::CStr;
use std::mem::MaybeUninit;

use voice::*;

use crate::build::{code, options, path, root};

#[test]
fn broken_model_error_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = path(folder.path());
    let open = |model: &CStr| {
        let mut engine = MaybeUninit::uninit();
        let options = voice_engine_options { stt_model: model.as_ptr(), ..options() };
        // SAFETY: whole options.
        let error = unsafe { voice_engine_open(&raw const options, Some(&mut engine)) };
        // SAFETY: valid until the error is freed, below.
        let message = unsafe { CStr::from_ptr(voice_error_message(error.as_deref())) };
        (message.to_str().unwrap().to_owned(), code(error))
    };
    assert_eq!(open(c"").1, voice_code::OptionInvalid);
    let (message, code) = open(c"no/such/model");
    assert_eq!(code, voice_code::ModelNotFound);
    assert!(message.contains("no/such/model"), "{message}");
    std::fs::write(folder.path().join("model.bin"), "of an engine that this build does not have").unwrap();
    let (message, code) = open(&here);
    assert_eq!(code, voice_code::ModelIncomplete);
    assert!(message.contains("vosk has am/final.mdl"), "{message}");
    std::fs::create_dir(folder.path().join("am")).unwrap();
    std::fs::write(folder.path().join("am/final.mdl"), "garbage").unwrap();
    let (message, code) = open(&here);
    assert_eq!(code, voice_code::ModelInvalid);
    assert!(message.contains("final.mdl"), "{message}");
}

#[test]
fn broken_voice_error_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.onnx");
    let config = root().join("tests/voices/tiny-generic.onnx.json");
    std::fs::copy(config, folder.path().join("broken.onnx.json")).unwrap();
    std::fs::write(&file, "garbage").unwrap();
    let voice = path(&file);
    let mut engine = MaybeUninit::uninit();
    let options = voice_engine_options { tts_voice: voice.as_ptr(), ..options() };
    // SAFETY: whole options.
    let error = unsafe { voice_engine_open(&raw const options, Some(&mut engine)) };
    if voice_error_code(error.as_deref()) == voice_code::EngineUnavailable {
        assert!(std::env::var_os("CI").is_none(), "CI must have ONNX Runtime");
        println!("skipped: ONNX Runtime is missing");
        return;
    }
    // SAFETY: valid until the error is freed, below.
    let message = unsafe { CStr::from_ptr(voice_error_message(error.as_deref())) };
    assert!(message.to_str().unwrap().contains("broken"), "{message:?}");
    assert_eq!(code(error), voice_code::ModelInvalid);
}
