//! Tests of the options of a speech-to-text session.

use voice_core::audio::SampleEncoding;

use super::*;
use crate::error::voice_code;
use crate::options::tests::zero;
use crate::options::voice_encoding;

fn stt() -> voice_stt_options {
    zero()
}

fn check(options: &voice_stt_options) -> Result<SttOptions, voice_code> {
    // SAFETY: the grammars of the tests are slices, or refused unread.
    unsafe { options.checked() }.map_err(|error| error.code())
}

#[test]
fn zero_is_default() {
    let (ours, core) = (check(&stt()).unwrap(), SttOptions::default());
    assert_eq!(format!("{ours:?}"), format!("{core:?}"));
}

#[test]
fn every_field_is_passed() {
    let phrases = ["نعم", "لا "].map(|text| voice_text { ptr: text.as_ptr().cast(), len: text.len() });
    let options = check(&voice_stt_options {
        sample_rate: 8_000,
        channels: 2,
        encoding: voice_encoding::PcmF32 as u32,
        vad: voice_vad::Always as u32,
        words: 1,
        max_alternatives: 3,
        start_ms: 100,
        silence_ms: 200,
        max_utterance_ms: 3_000,
        no_speech_timeout_ms: 4_000,
        grammar_len: 2,
        grammar: phrases.as_ptr(),
        language: c"ar-SA".as_ptr(),
        speaker: voice_speaker::Many as u32,
        channel: 2,
        ..stt()
    })
    .unwrap();
    assert_eq!(options.format, Format::new(SampleEncoding::PcmF32, 8_000, 2).unwrap());
    assert_eq!(options.vad, VadMode::Always);
    assert!(options.words);
    assert_eq!(options.speaker, Speaker::Many);
    assert_eq!(options.channel, Channel::Only(1));
    assert_eq!(options.max_alternatives.get(), 3);
    let endpoint = Endpoint {
        start_ms: 100,
        silence_ms: 200,
        max_utterance_ms: 3_000,
        no_speech_timeout_ms: Some(4_000),
    };
    assert_eq!(options.endpoint, endpoint);
    assert_eq!(options.language.as_deref(), Some("ar-SA"));
    assert_eq!(options.grammar.unwrap().phrases(), ["نعم", "لا"]);
}

#[test]
fn out_of_range_values_have_codes() {
    let garbage = u32::MAX;
    for options in [
        voice_stt_options { sample_rate: garbage, ..stt() },
        voice_stt_options { channels: garbage, ..stt() },
        // Would be one channel if it were cut to 16 bits.
        voice_stt_options { channels: 0x1_0001, ..stt() },
        voice_stt_options { encoding: garbage, ..stt() },
    ] {
        assert_eq!(check(&options).unwrap_err(), voice_code::AudioFormatUnsupported, "{options:?}");
    }
    for options in [
        voice_stt_options { vad: garbage, ..stt() },
        voice_stt_options { speaker: garbage, ..stt() },
        voice_stt_options { channel: garbage, ..stt() },
        voice_stt_options { channel: 2, ..stt() },
        voice_stt_options { channels: 2, channel: 3, ..stt() },
        voice_stt_options { words: garbage, ..stt() },
        voice_stt_options { max_alternatives: 0x100, ..stt() },
    ] {
        assert_eq!(check(&options).unwrap_err(), voice_code::OptionInvalid, "{options:?}");
    }
}

#[test]
fn grammar_length_is_checked_before_reading() {
    let dangling = std::ptr::dangling::<voice_text>();
    let grammar = |grammar, grammar_len| check(&voice_stt_options { grammar_len, grammar, ..stt() });
    assert_eq!(grammar(std::ptr::null(), 1).unwrap_err(), voice_code::ArgumentNull);
    assert_eq!(grammar(dangling, u32::MAX).unwrap_err(), voice_code::GrammarInvalid);
    assert_eq!(grammar(dangling, 0).unwrap_err(), voice_code::GrammarInvalid);

    let phrase = |ptr: *const u8, len| {
        let text = voice_text { ptr: ptr.cast(), len };
        grammar(&raw const text, 1)
    };
    assert_eq!(phrase(std::ptr::null(), 3).unwrap_err(), voice_code::ArgumentNull);
    assert_eq!(phrase(b"x".as_ptr(), usize::MAX).unwrap_err(), voice_code::GrammarInvalid);
    assert_eq!(phrase(b"\xd9".as_ptr(), 1).unwrap_err(), voice_code::ArgumentInvalid);
    assert_eq!(phrase(b"a\0b".as_ptr(), 3).unwrap_err(), voice_code::GrammarInvalid);
}
