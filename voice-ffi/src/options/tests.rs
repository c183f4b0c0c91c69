//! Tests of reading option structs.

use super::*;
use crate::engine::{voice_engine_options, voice_model_choice};
use crate::store::voice_store_options;
use crate::stt::voice_stt_options;
use crate::tts::voice_tts_options;

/// All defaults, the size included.
pub(crate) fn zero<T: Options>() -> T {
    // SAFETY: `read` takes NULL for all defaults.
    let mut options: T = unsafe { read(std::ptr::null()) }.unwrap();
    // SAFETY: the size is the first field of every such struct.
    unsafe { (&raw mut options).cast::<u32>().write(size_of::<T>() as u32) };
    options
}

fn read_bytes<T: Options>(bytes: &[u8]) -> Result<T, voice_code> {
    // SAFETY: the tests below put no size into `bytes` that is over their length and would be read.
    unsafe { read(bytes.as_ptr().cast::<T>()) }.map_err(|error| error.code())
}

fn with_size(size: usize, rest: u8, len: usize) -> Vec<u8> {
    let mut bytes = vec![rest; len];
    bytes[..4].copy_from_slice(&(size as u32).to_ne_bytes());
    bytes
}

#[test]
fn structs_have_no_padding() {
    let pointer = size_of::<usize>();
    assert_eq!(size_of::<voice_engine_options>(), 8 * 4 + 8 + 16 * pointer);
    assert_eq!(size_of::<voice_model_choice>(), 2 * pointer + 8);
    assert_eq!(size_of::<voice_stt_options>(), 14 * 4 + 2 * pointer);
    assert_eq!(size_of::<voice_tts_options>(), 12 * 4 + 4 * pointer);
    assert_eq!(size_of::<voice_store_options>(), 2 * 4 + 3 * pointer);
}

#[test]
fn older_host_gets_zeroes_for_new_fields() {
    // Fields up to `encoding`; memory after them is not part of the host's struct.
    let bytes = with_size(16, 7, 200);
    let options: voice_stt_options = read_bytes(&bytes).unwrap();
    assert_eq!((options.channels, options.encoding), (0x0707_0707, 0x0707_0707));
    assert_eq!((options.vad, options.words, options.grammar_len), (0, 0, 0));
    assert!(options.grammar.is_null());
}

#[test]
fn newer_host_with_zero_fields_is_accepted() {
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
fn impossible_size_is_refused_before_reading() {
    for size in [0, 1, 4, 9, 57, MAX_SIZE + 8, u32::MAX as usize] {
        let bytes = with_size(size, 0xff, 8);
        let refused = read_bytes::<voice_stt_options>(&bytes).unwrap_err();
        assert_eq!(refused, voice_code::ArgumentInvalid, "{size}");
    }
}

#[test]
fn unaligned_struct_is_read() {
    let bytes = [&[0], &*with_size(64, 0, 64)].concat();
    assert!(read_bytes::<voice_stt_options>(&bytes[1..]).is_ok());
}
