//! Tests of the options of an engine.

use std::ffi::CStr;
use std::ptr::null;

use voice_core::tts::ClauseCache;

use super::*;
use crate::error::voice_code;
use crate::options::tests::zero;

fn check(options: &voice_engine_options) -> Result<Checked, voice_code> {
    // SAFETY: the texts of the tests are literals, and their arrays are slices or refused unread.
    unsafe { options.checked() }.map_err(|error| error.code())
}

fn choice(model: &'static std::ffi::CStr, language: *const c_char) -> voice_model_choice {
    voice_model_choice { model: model.as_ptr(), language, reserved: 0 }
}

#[test]
fn choices_keep_order_and_language() {
    let stt = [choice(c"/b", c"en".as_ptr()), choice(c"/c", null())];
    let tts = [choice(c"espeak-ng", c"ar".as_ptr()), choice(c"/v", c"fr".as_ptr())];
    let options = voice_engine_options {
        stt_model: c"/a".as_ptr(),
        stt: stt.as_ptr(),
        stt_len: stt.len(),
        tts: tts.as_ptr(),
        tts_len: tts.len(),
        ..zero()
    };
    let checked = check(&options).unwrap();
    let models: Vec<_> =
        checked.options.stt.iter().map(|model| (model.name(), model.languages().join(" "))).collect();
    assert_eq!(models, [("a", ""), ("b", "en"), ("c", "")].map(|(a, b)| (a.to_owned(), b.to_owned())));
    let voices: Vec<_> =
        checked.options.tts.iter().map(|voice| (voice.name(), voice.languages().join(" "))).collect();
    assert_eq!(voices, [("espeak-ng-ar", "ar"), ("v", "fr")].map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert!(!checked.supervise);
}

#[test]
fn names_need_a_models_folder() {
    let named = voice_engine_options { stt_model: c"vosk-model-ar-0.22".as_ptr(), offline: 1, ..zero() };
    let folder = format!("{:?}", check(&named).unwrap().options.stt);
    assert!(folder.contains("Path"), "{folder}");
    let named = voice_engine_options { models_dir: c"/nowhere/models".as_ptr(), ..named };
    let known = format!("{:?}", check(&named).unwrap().options.stt);
    assert!(known.contains("Named") && known.contains("/nowhere/models"), "{known}");
    let unknown = voice_engine_options { stt_model: c"/some/folder".as_ptr(), ..named };
    assert!(format!("{:?}", check(&unknown).unwrap().options.stt).contains("Path"));
}

#[test]
fn model_may_have_a_language_prefix() {
    let of = |model: &CStr| {
        let options = voice_engine_options { stt_model: model.as_ptr(), ..zero() };
        check(&options).map(|checked| checked.options.stt[0].languages())
    };
    assert_eq!(of(c"ko=/models/x").unwrap(), ["ko"]);
    assert_eq!(of(c"/models/vosk-model-small-ko-0.22").unwrap(), ["ko"]);
    let both = [choice(c"ko=/models/x", c"ar".as_ptr())];
    let options = voice_engine_options { stt: both.as_ptr(), stt_len: 1, ..zero() };
    assert_eq!(check(&options).unwrap().options.stt[0].languages(), ["ar"], "the field goes first");
    assert_eq!(of(c"ko=").unwrap_err(), voice_code::OptionInvalid);
    let wrong = [choice(c"/models/x", c"in Korean".as_ptr())];
    let options = voice_engine_options { stt: wrong.as_ptr(), stt_len: 1, ..zero() };
    assert_eq!(check(&options).err(), Some(voice_code::OptionInvalid));
}

#[test]
fn zero_is_default_and_numbers_are_passed() {
    let some = voice_engine_options { stt_model: c"/a".as_ptr(), supervise: 1, ..zero() };
    let checked = check(&some).unwrap();
    assert!(checked.supervise);
    assert_eq!(checked.policy, Policy::default());
    assert_eq!(checked.options.cache_bytes, ClauseCache::DEFAULT_BYTES);
    let checked = check(&voice_engine_options {
        cache_bytes: -1,
        load_attempts: 7,
        retry_ms: 700_000,
        canary_ms: 20,
        deadline_ms: 30,
        max_failures: 4,
        ..some
    })
    .unwrap();
    let (policy, default) = (checked.policy, Policy::default());
    let ms = Duration::from_millis;
    assert_eq!(policy.attempts, Backoff { attempts: 7, ..default.attempts });
    assert_eq!(policy.retries, Backoff { first: ms(700_000), max: ms(700_000), ..default.retries });
    assert_eq!((policy.canary_interval, policy.deadline, policy.max_failures), (ms(20), ms(30), 4));
    assert_eq!(checked.options.cache_bytes, 0);
}

#[test]
fn paths_of_libraries_and_helpers_are_passed() {
    let options = voice_engine_options {
        tts_voice: c"/v".as_ptr(),
        libvosk: c"/l".as_ptr(),
        onnxruntime: c"/o".as_ptr(),
        espeak: c"/e".as_ptr(),
        tashkeel: c"/t".as_ptr(),
        espeak_helper: c"/h".as_ptr(),
        ..zero()
    };
    let options = check(&options).unwrap().options;
    assert_eq!(options.libvosk, Some("/l".into()));
    assert_eq!(options.onnxruntime, Some("/o".into()));
    assert_eq!(options.espeak, Some("/e".into()));
    assert_eq!(options.espeak_helper, Some(EspeakHelper::new(HelperProgram::new("/h", ["espeak-helper"]))));
    assert_eq!(options.tashkeel.unwrap().name(), "t");
    let tried = voice_engine_options { stt_model: c"/m".as_ptr(), trial: c"/p".as_ptr(), ..zero() };
    assert!(format!("{:?}", check(&tried).unwrap().options.stt).contains("\"/p\""));
}

#[test]
fn wrong_values_have_codes() {
    let dangling = std::ptr::dangling::<voice_model_choice>();
    let unnamed = voice_model_choice { model: null(), language: null(), reserved: 0 };
    let newer = voice_model_choice { reserved: 1, ..choice(c"/a", null()) };
    let wordless = choice(c"espeak-ng", null());
    let some = voice_engine_options { stt_model: c"/a".as_ptr(), ..zero() };
    let manifest = voice_engine_options { models_dir: c"/m".as_ptr(), manifest: c"/no".as_ptr(), ..some };
    for (options, expected) in [
        (zero(), voice_code::OptionInvalid),
        (voice_engine_options { stt_len: 1, ..some }, voice_code::ArgumentNull),
        (voice_engine_options { stt: dangling, stt_len: usize::MAX, ..some }, voice_code::OptionInvalid),
        (voice_engine_options { tts: dangling, tts_len: 1_001, ..some }, voice_code::OptionInvalid),
        (voice_engine_options { stt: &raw const unnamed, stt_len: 1, ..some }, voice_code::OptionInvalid),
        (voice_engine_options { stt: &raw const newer, stt_len: 1, ..some }, voice_code::Unsupported),
        (voice_engine_options { tts: &raw const wordless, tts_len: 1, ..some }, voice_code::OptionInvalid),
        (voice_engine_options { supervise: 2, ..some }, voice_code::OptionInvalid),
        (voice_engine_options { offline: 2, ..some }, voice_code::OptionInvalid),
        (voice_engine_options { espeak: c"\xff".as_ptr(), ..some }, voice_code::ArgumentInvalid),
        (manifest, voice_code::ManifestInvalid),
    ] {
        assert_eq!(check(&options).err(), Some(expected), "{options:?}");
    }
}
