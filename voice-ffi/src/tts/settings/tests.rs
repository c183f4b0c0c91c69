//! Tests of the options of a text-to-speech session.

use voice_core::audio::SampleEncoding;

use super::*;
use crate::error::voice_code;
use crate::options::tests::zero;
use crate::options::voice_encoding;

fn read(options: &voice_tts_options) -> Result<TtsOptions, voice_code> {
    // SAFETY: the texts of the tests are literals.
    unsafe { options.read() }.map_err(|error| error.code())
}

fn text(text: &'static [u8]) -> voice_text {
    voice_text { ptr: text.as_ptr().cast(), len: text.len() }
}

#[test]
fn zero_is_default() {
    let (ours, core) = (read(&zero()).unwrap(), TtsOptions::default());
    assert_eq!(format!("{ours:?}"), format!("{core:?}"));
}

#[test]
fn every_field_is_passed() {
    let options = read(&voice_tts_options {
        sample_rate: 8_000,
        encoding: voice_encoding::PcmF32 as u32,
        whole: 1,
        speaker: 2,
        speed: 1.5,
        pitch: 0.5,
        volume: 2.0,
        noise: 0.25,
        loudness: -20.0,
        kept_ms: 500,
        language: c"ar".as_ptr(),
        voice: c"kareem".as_ptr(),
        lexicon: text("SQL\tsequel".as_bytes()),
        ..zero()
    })
    .unwrap();
    assert_eq!((options.sample_rate, options.encoding), (Some(8_000), SampleEncoding::PcmF32));
    let style = Style { speed: 1.5, pitch: 0.5, speaker: Some(2), noise: Some(0.25), whole: true };
    assert_eq!(options.style, style);
    assert_eq!(options.volume.to_bits(), 2.0f32.to_bits());
    assert_eq!((options.loudness, options.kept_ms), (Some(-20.0), 500));
    let first = voice_tts_options { speaker: VOICE_TTS_SPEAKER_ZERO, ..zero() };
    assert_eq!(read(&first).unwrap().style.speaker, Some(0));
    let own = voice_tts_options { loudness: 1.0, ..zero() };
    assert_eq!(read(&own).unwrap().loudness, None);
    assert_eq!((options.language.as_deref(), options.voice.as_deref()), (Some("ar"), Some("kareem")));
    assert_eq!(options.lexicon.unwrap().len(), 1);
}

#[test]
fn negative_means_zero() {
    let options =
        read(&voice_tts_options { volume: -1.0, noise: -0.5, kept_ms: i32::MIN, ..zero() }).unwrap();
    assert_eq!((options.volume.to_bits(), options.style.noise, options.kept_ms), (0, Some(0.0), 0));
    // For other fields negative numbers are out of range.
    let options = read(&voice_tts_options { speed: -1.0, ..zero() }).unwrap();
    assert!(options.style.validate().is_err());
}

#[test]
fn wrong_values_have_codes() {
    for (options, expected) in [
        (voice_tts_options { encoding: u32::MAX, ..zero() }, voice_code::AudioFormatUnsupported),
        (voice_tts_options { whole: 2, ..zero() }, voice_code::OptionInvalid),
        (voice_tts_options { reserved: 1, ..zero() }, voice_code::Unsupported),
        (voice_tts_options { language: c"\xff".as_ptr(), ..zero() }, voice_code::ArgumentInvalid),
        (voice_tts_options { voice: c"\xff".as_ptr(), ..zero() }, voice_code::ArgumentInvalid),
        (voice_tts_options { lexicon: text(b"no tab"), ..zero() }, voice_code::LexiconInvalid),
        (voice_tts_options { lexicon: text(b"\xff"), ..zero() }, voice_code::ArgumentInvalid),
        (
            voice_tts_options { lexicon: voice_text { ptr: std::ptr::null(), len: 1 }, ..zero() },
            voice_code::ArgumentNull,
        ),
    ] {
        assert_eq!(read(&options).unwrap_err(), expected, "{options:?}");
    }
}

#[test]
fn nan_is_out_of_range() {
    let options = read(&voice_tts_options { speed: f32::NAN, ..zero() }).unwrap();
    assert!(options.style.validate().is_err());
}

/// The names of the fields whose values differ.
fn changed(fields: u32) -> Vec<&'static str> {
    let own = read(&voice_tts_options { speaker: 2, sample_rate: 8_000, ..zero() }).unwrap();
    let given = voice_tts_options {
        sample_rate: 48_000,
        whole: 1,
        speaker: 3,
        speed: 1.5,
        pitch: 0.5,
        volume: 2.0,
        noise: 0.25,
        loudness: -20.0,
        kept_ms: 500,
        language: c"ar".as_ptr(),
        voice: c"kareem".as_ptr(),
        lexicon: text("SQL\tsequel".as_bytes()),
        ..zero()
    };
    // SAFETY: the texts of the tests are literals.
    let Ok((new, is_other)) = (unsafe { given.update(&own, fields) }) else { panic!("valid") };
    assert_eq!(is_other, new.language.is_some() || new.voice.is_some());
    let parts = |options: &TtsOptions| {
        [
            ("rate", format!("{:?}", options.sample_rate)),
            ("speed", options.style.speed.to_string()),
            ("pitch", options.style.pitch.to_string()),
            ("volume", options.volume.to_string()),
            ("loudness", format!("{:?}", options.loudness)),
            ("noise", format!("{:?}", options.style.noise)),
            ("speaker", format!("{:?}", options.style.speaker)),
            ("language", format!("{:?}", options.language)),
            ("voice", format!("{:?}", options.voice)),
            ("lexicon", options.lexicon.is_some().to_string()),
            ("whole", options.style.whole.to_string()),
            ("kept", options.kept_ms.to_string()),
        ]
    };
    let pairs = parts(&own).into_iter().zip(parts(&new));
    pairs.filter(|(old, new)| old != new).map(|(old, _)| old.0).collect()
}

#[test]
fn update_changes_the_fields_that_it_names() {
    assert!(changed(0).is_empty());
    for (field, names) in [
        (voice_tts_field::Speed, vec!["speed"]),
        (voice_tts_field::Pitch, vec!["pitch"]),
        (voice_tts_field::Volume, vec!["volume"]),
        (voice_tts_field::Loudness, vec!["loudness"]),
        (voice_tts_field::Noise, vec!["noise"]),
        (voice_tts_field::Speaker, vec!["speaker"]),
        // The number of a speaker is of one voice.
        (voice_tts_field::Language, vec!["speaker", "language"]),
        (voice_tts_field::Voice, vec!["speaker", "voice"]),
        (voice_tts_field::Lexicon, vec!["lexicon"]),
        (voice_tts_field::Whole, vec!["whole"]),
        (voice_tts_field::KeptMs, vec!["kept"]),
    ] {
        assert_eq!(changed(field as u32), names, "{field:?}");
    }
    assert_eq!(changed((1 << 11) - 1).len(), 11);
}
