use super::*;
use crate::text::voice_text;

/// All defaults; every bit pattern of these structs is valid, zero among them.
fn stt() -> voice_stt_options {
    voice_stt_options { struct_size: size_of::<voice_stt_options>() as u32, ..zero() }
}

fn zero<T: Options>() -> T {
    // SAFETY: NULL is what `read` takes for all defaults.
    unsafe { read(std::ptr::null()) }.unwrap()
}

fn read_bytes<T: Options>(bytes: &[u8]) -> Result<T, voice_code> {
    // SAFETY: the tests below put no size into `bytes` that is over their length and would be read.
    unsafe { read(bytes.as_ptr().cast::<T>()) }.map_err(|error| error.code())
}

fn check(options: &voice_stt_options) -> Result<SttOptions, voice_code> {
    // SAFETY: the grammars of the tests are slices, or refused unread.
    unsafe { options.checked() }.map_err(|error| error.code())
}

fn with_size(size: usize, rest: u8, len: usize) -> Vec<u8> {
    let mut bytes = vec![rest; len];
    bytes[..4].copy_from_slice(&(size as u32).to_ne_bytes());
    bytes
}

#[test]
fn no_struct_has_padding_that_c_would_leave_undefined() {
    assert_eq!(size_of::<voice_engine_options>(), 2 * 4 + size_of::<usize>());
    assert_eq!(size_of::<voice_stt_options>(), 12 * 4 + size_of::<usize>());
}

#[test]
fn an_older_host_gets_zeroes_for_what_it_does_not_know() {
    // Fields up to `encoding`; what follows in memory is not the host's struct.
    let bytes = with_size(16, 7, 200);
    let options: voice_stt_options = read_bytes(&bytes).unwrap();
    assert_eq!((options.channels, options.encoding), (0x0707_0707, 0x0707_0707));
    assert_eq!((options.vad, options.words, options.grammar_len), (0, 0, 0));
    assert!(options.grammar.is_null());
}

#[test]
fn a_newer_host_is_accepted_while_its_news_are_zero() {
    let known = size_of::<voice_stt_options>();
    let mut bytes = with_size(known + 64, 0, known + 64);
    assert!(read_bytes::<voice_stt_options>(&bytes).is_ok());
    for at in [known, known + 63] {
        bytes[at] = 1;
        assert_eq!(read_bytes::<voice_stt_options>(&bytes).unwrap_err(), voice_code::Unsupported);
        bytes[at] = 0;
    }
    assert_eq!(unused(1).unwrap_err().code(), voice_code::Unsupported);
}

#[test]
fn a_size_that_no_struct_has_is_refused_before_anything_is_read() {
    for size in [0, 1, 4, 9, 57, MAX_SIZE + 8, u32::MAX as usize] {
        let bytes = with_size(size, 0xff, 8);
        let refused = read_bytes::<voice_stt_options>(&bytes).unwrap_err();
        assert_eq!(refused, voice_code::ArgumentInvalid, "{size}");
    }
}

#[test]
fn a_struct_may_lie_at_any_address() {
    let bytes = [&[0], &*with_size(56, 0, 56)].concat();
    assert!(read_bytes::<voice_stt_options>(&bytes[1..]).is_ok());
}

#[test]
fn zero_is_the_default_of_the_core() {
    let (ours, core) = (check(&stt()).unwrap(), SttOptions::default());
    assert_eq!(format!("{ours:?}"), format!("{core:?}"));
}

#[test]
fn every_field_arrives() {
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
        ..stt()
    })
    .unwrap();
    assert_eq!(options.format, Format::new(SampleEncoding::PcmF32, 8_000, 2).unwrap());
    assert_eq!(options.vad, VadMode::Always);
    assert!(options.words);
    assert_eq!(options.max_alternatives.get(), 3);
    let endpoint = Endpoint {
        start_ms: 100,
        silence_ms: 200,
        max_utterance_ms: 3_000,
        no_speech_timeout_ms: Some(4_000),
    };
    assert_eq!(options.endpoint, endpoint);
    assert_eq!(options.grammar.unwrap().phrases(), ["نعم", "لا"]);
}

#[test]
fn values_out_of_range_have_their_code() {
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
        voice_stt_options { words: garbage, ..stt() },
        voice_stt_options { max_alternatives: 0x100, ..stt() },
    ] {
        assert_eq!(check(&options).unwrap_err(), voice_code::OptionInvalid, "{options:?}");
    }
}

#[test]
fn a_grammar_is_checked_before_it_is_read() {
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
