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
    assert_eq!(options.loudness, Some(-20.0));
    let first = voice_tts_options { speaker: VOICE_TTS_SPEAKER_ZERO, ..zero() };
    assert_eq!(read(&first).unwrap().style.speaker, Some(0));
    let own = voice_tts_options { loudness: 1.0, ..zero() };
    assert_eq!(read(&own).unwrap().loudness, None);
    assert_eq!((options.language.as_deref(), options.voice.as_deref()), (Some("ar"), Some("kareem")));
    assert_eq!(options.lexicon.unwrap().len(), 1);
}

#[test]
fn negative_means_zero() {
    let options = read(&voice_tts_options { volume: -1.0, noise: -0.5, ..zero() }).unwrap();
    assert_eq!((options.volume.to_bits(), options.style.noise), (0, Some(0.0)));
    // For other fields negative numbers are out of range.
    let options = read(&voice_tts_options { speed: -1.0, ..zero() }).unwrap();
    assert!(options.style.validate().is_err());
}

#[test]
fn wrong_values_have_codes() {
    for (options, expected) in [
        (voice_tts_options { encoding: u32::MAX, ..zero() }, voice_code::AudioFormatUnsupported),
        (voice_tts_options { whole: 2, ..zero() }, voice_code::OptionInvalid),
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
