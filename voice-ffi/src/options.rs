//! Option structs from the host, of older and newer versions too.

use std::mem::MaybeUninit;

use voice_core::audio::{Input, Output, SampleEncoding};
use voice_core::{Error, ErrorKind};

use crate::error::{voice_code, voice_error};

/// How audio is stored. Samples of several bytes are little-endian.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_encoding {
    /// Signed 16-bit integers.
    PcmI16 = 0,
    /// 32-bit floats, full scale at -1 and 1.
    PcmF32 = 1,
    /// µ-law of G.711, one byte for each sample.
    MuLaw = 2,
    /// A-law of G.711, one byte for each sample.
    ALaw = 3,
    /// Speech to text: each push is one Opus packet, decoded at `sample_rate`, which is 8000, 12000, 16000, 24000 or
    /// 48000, to one or two `channels`. Text to speech: the audio of each event is one packet of 20 ms, encoded from
    /// those rates; the default is the next one that is not lower than the voice's. Needs a libvoice with the feature
    /// `opus`.
    OpusPackets = 4,
    /// Speech to text: Ogg or `WebM` with Opus, split at any byte, decoded as packets are. Text to speech: Ogg with
    /// Opus, encoded as packets are; the pages in all events are one stream.
    OpusStream = 5,
}

/// A struct that C fills in and that starts with its size.
///
/// # Safety
/// All-zero bytes are a valid value, every other bit pattern is too, the first field is the `u32`
/// `struct_size`, and there is no padding (which C would leave undefined).
pub(crate) unsafe trait Options: Copy {}

/// The largest struct that a newer host may pass, in bytes.
const MAX_SIZE: usize = 4_096;

/// Reads the host's struct; missing fields are zero.
///
/// A shorter struct comes from an older host: the fields that it lacks are zero. A longer one comes from a newer
/// host: it is accepted if all unknown fields are zero.
///
/// # Safety
/// `given` is NULL or points to as many bytes as its `struct_size` says.
pub(crate) unsafe fn read<T: Options>(given: *const T) -> Result<T, voice_error> {
    let mut options = MaybeUninit::<T>::zeroed();
    if !given.is_null() {
        // SAFETY: `struct_size` is always the first field. Nothing is assumed about alignment.
        let size = unsafe { given.cast::<u32>().read_unaligned() } as usize;
        // The size of a C struct is a multiple of its alignment, in every version of it.
        if size == 0 || !size.is_multiple_of(align_of::<T>()) || size > MAX_SIZE {
            let message = format!("struct_size is {size}; set it to the size of the struct");
            return Err(voice_error::new(voice_code::ArgumentInvalid, &message));
        }
        let known = size.min(size_of::<T>());
        // SAFETY: the caller promises that `known` bytes are readable; they fit.
        unsafe { options.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(given.cast(), known) };
        // SAFETY: the caller promises that the bytes from `known` to `size` are readable.
        let tail = unsafe { std::slice::from_raw_parts(given.cast::<u8>().add(known), size - known) };
        if tail.iter().any(|&byte| byte != 0) {
            return Err(unknown());
        }
    }
    // SAFETY: all bytes are set, and every bit pattern is valid.
    Ok(unsafe { options.assume_init() })
}

/// Checks a field that has no meaning yet.
pub(crate) fn unused(field: u64) -> Result<(), voice_error> {
    if field == 0 { Ok(()) } else { Err(unknown()) }
}

fn unknown() -> voice_error {
    let message = "an option is set that this version of libvoice does not know; update the library or leave \
                   the option zero";
    voice_error::new(voice_code::Unsupported, message)
}

/// Zero means default.
pub(crate) fn given(value: u32) -> Option<u32> {
    Some(value).filter(|&value| value != 0)
}

/// A boolean as 0 or 1.
pub(crate) fn flag(value: u32, name: &str) -> Result<bool, voice_error> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(invalid(format!("{name} is {other}; give 0 or 1"))),
    }
}

/// How audio in a [`voice_encoding`] is pushed.
pub(crate) fn input(value: u32) -> Input {
    match value {
        value if value == voice_encoding::OpusPackets as u32 => Input::OpusPackets,
        value if value == voice_encoding::OpusStream as u32 => Input::OpusStream,
        _ => Input::Samples,
    }
}

/// How audio in a [`voice_encoding`] is given out.
pub(crate) fn output(value: u32) -> Output {
    match value {
        value if value == voice_encoding::OpusPackets as u32 => Output::OpusPackets,
        value if value == voice_encoding::OpusStream as u32 => Output::OggOpus,
        _ => Output::Samples,
    }
}

/// The samples of a [`voice_encoding`], as a number; those that Opus is decoded to and encoded from.
pub(crate) fn encoding(value: u32) -> Result<SampleEncoding, voice_error> {
    match value {
        value if value == voice_encoding::OpusPackets as u32 => Ok(SampleEncoding::PcmI16),
        value if value == voice_encoding::OpusStream as u32 => Ok(SampleEncoding::PcmI16),
        value if value == voice_encoding::PcmI16 as u32 => Ok(SampleEncoding::PcmI16),
        value if value == voice_encoding::PcmF32 as u32 => Ok(SampleEncoding::PcmF32),
        value if value == voice_encoding::MuLaw as u32 => Ok(SampleEncoding::MuLaw),
        value if value == voice_encoding::ALaw as u32 => Ok(SampleEncoding::ALaw),
        other => {
            let message = format!("encoding is {other}; give a voice_encoding");
            Err(Error::new(ErrorKind::AudioFormatUnsupported, message).into())
        }
    }
}

/// Reads an array of `len` structs.
///
/// # Safety
/// `ptr` is NULL or points to `len` structs, for which every bit pattern is a valid value.
pub(crate) unsafe fn array<T: Copy>(
    ptr: *const T,
    len: usize,
    max: usize,
    name: &str,
) -> Result<Vec<T>, voice_error> {
    if ptr.is_null() && len != 0 {
        let message = format!("{name} is NULL, but {name}_len is {len}; pass both or neither");
        return Err(voice_error::new(voice_code::ArgumentNull, &message));
    }
    // Checked before anything is read.
    if len > max {
        return Err(invalid(format!("{name}_len is {len}; give at most {max}")));
    }
    // SAFETY: `index` is below `len`; the rest is the caller's promise. Nothing is assumed about alignment.
    Ok((0..len).map(|index| unsafe { ptr.add(index).read_unaligned() }).collect())
}

pub(crate) fn invalid(message: String) -> voice_error {
    Error::new(ErrorKind::OptionInvalid, message).into()
}

#[cfg(test)]
pub(crate) mod tests;
