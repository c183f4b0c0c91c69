//! NULL and garbage for every parameter that needs no model.

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

use voice::*;

/// The code of an error, which must have a name and a sentence.
fn code(error: Option<Box<voice_error>>) -> voice_code {
    let code = voice_error_code(error.as_deref());
    if code != voice_code::Ok {
        // SAFETY: lent until the error is freed, below.
        let message = unsafe { CStr::from_ptr(voice_error_message(error.as_deref())) };
        assert!(message.to_str().unwrap().len() > 10, "{message:?}");
    }
    voice_error_free(error);
    code
}

fn options(stt_model: *const c_char) -> voice_engine_options {
    // SAFETY: all-zero bytes are valid: integers and NULLs.
    let zero: voice_engine_options = unsafe { MaybeUninit::zeroed().assume_init() };
    voice_engine_options { struct_size: size_of::<voice_engine_options>() as u32, stt_model, ..zero }
}

fn open(options: *const voice_engine_options) -> voice_code {
    let mut engine = MaybeUninit::new(null_mut());
    // SAFETY: `options` is NULL or a struct of the size that it names.
    let code = code(unsafe { voice_engine_open(options, Some(&mut engine)) });
    // SAFETY: initialised above.
    assert!(unsafe { engine.assume_init() }.is_null(), "an output was written without success");
    code
}

#[test]
fn an_engine_does_not_open_on_wrong_arguments() {
    // SAFETY: NULL is what is tested.
    assert_eq!(code(unsafe { voice_engine_open(null(), None) }), voice_code::ArgumentNull);
    assert_eq!(open(null()), voice_code::OptionInvalid);
    assert_eq!(open(&options(null())), voice_code::OptionInvalid);
    assert_eq!(
        open(&voice_engine_options { struct_size: 0, ..options(null()) }),
        voice_code::ArgumentInvalid
    );
    let choice = voice_model_choice { model: c"m".as_ptr(), language: null(), reserved: 1 };
    let options_ = voice_engine_options { stt: &raw const choice, stt_len: 1, ..options(null()) };
    assert_eq!(open(&options_), voice_code::Unsupported);
    assert_eq!(open(&options(c"\xff/model".as_ptr())), voice_code::ArgumentInvalid);
}

#[cfg(feature = "vosk")]
#[test]
fn a_broken_model_is_an_error_and_not_the_end_of_the_host() {
    assert_eq!(open(&options(c"".as_ptr())), voice_code::ModelNotFound);
    assert_eq!(open(&options(c"no/such/model".as_ptr())), voice_code::ModelNotFound);
    let folder = tempfile::tempdir().unwrap();
    let path = std::ffi::CString::new(folder.path().to_str().unwrap()).unwrap();
    assert_eq!(open(&options(path.as_ptr())), voice_code::ModelIncomplete);
    std::fs::create_dir(folder.path().join("am")).unwrap();
    std::fs::write(folder.path().join("am/final.mdl"), "garbage").unwrap();
    assert_eq!(open(&options(path.as_ptr())), voice_code::ModelInvalid);
}

#[cfg(not(feature = "vosk"))]
#[test]
fn a_build_without_engines_says_so() {
    // Another crate of the same build may bring the engine in.
    let code = open(&options(c"no/such/model".as_ptr()));
    assert!(matches!(code, voice_code::EngineUnavailable | voice_code::ModelNotFound), "{code:?}");
}

#[test]
fn missing_engines_and_outputs_have_a_code() {
    let mut health = MaybeUninit::uninit();
    assert_eq!(code(voice_engine_health(None, Some(&mut health))), voice_code::ArgumentNull);
    let mut stt = MaybeUninit::uninit();
    // SAFETY: NULL is what is tested.
    assert_eq!(code(unsafe { voice_stt_open(None, null(), Some(&mut stt)) }), voice_code::ArgumentNull);
    voice_engine_free(None);
    // SAFETY: NULL is allowed.
    unsafe { voice_health_free(null_mut()) };
}
