//! Structs that the host fills in, older and newer hosts included.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use voice_core::audio::{Format, SampleEncoding};
use voice_core::{Endpoint, Error, ErrorKind, Grammar, MaxAlternatives, SttOptions, VadMode};

use crate::error::{voice_code, voice_error};
use crate::text::voice_text;

/// How one sample of audio is stored, always little-endian.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_encoding {
    /// Signed 16-bit integers.
    PcmI16 = 0,
    /// 32-bit floats, full scale at -1 and 1.
    PcmF32 = 1,
}

/// How speech is told from silence.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_vad {
    /// The built-in detector decides; silence costs next to nothing.
    Detect = 0,
    /// Everything is speech: a push-to-talk button decides, through `voice_stt_flush`.
    Always = 1,
}

/// What an engine loads.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_engine_options {
    /// `sizeof(voice_engine_options)`.
    pub struct_size: u32,
    /// Leave zero.
    pub reserved: u32,
    /// The folder of a speech-to-text model: UTF-8, ends with a NUL.
    pub stt_model: *const c_char,
}

/// What a speech-to-text session hears and reports.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_stt_options {
    /// `sizeof(voice_stt_options)`.
    pub struct_size: u32,
    /// Samples per second and channel, 4000 to 192000. Default: 16000.
    pub sample_rate: u32,
    /// Interleaved channels, 1 to 8; they are mixed into one. Default: 1.
    pub channels: u32,
    /// A `voice_encoding`. Default: `VOICE_ENCODING_PCM_I16`.
    pub encoding: u32,
    /// A `voice_vad`. Default: `VOICE_VAD_DETECT`.
    pub vad: u32,
    /// 1 to report each word with its times. Default: 0.
    pub words: u32,
    /// Readings to report for each utterance, up to 10. Default: 0, the best one only.
    pub max_alternatives: u32,
    /// Voice needed before speech counts as started, 16 to 1000 ms. Default: 48.
    pub start_ms: u32,
    /// Silence that ends an utterance, 100 to 10000 ms. Default: 800.
    pub silence_ms: u32,
    /// Longest utterance, 1000 to 120000 ms; what follows is a new one. Default: 30000.
    pub max_utterance_ms: u32,
    /// Report `VOICE_EVENT_TYPE_NO_SPEECH` after this much silence, 100 to 3600000 ms. Default: never.
    pub no_speech_timeout_ms: u32,
    /// Number of phrases in `grammar`, up to 10000.
    pub grammar_len: u32,
    /// Phrases to listen for instead of everything the model knows: words separated by spaces, all of
    /// the model's vocabulary. Add `[unk]` so that other speech is not taken for the nearest phrase.
    /// Read during the call only. Default: NULL, no grammar.
    pub grammar: *const voice_text,
}

/// A struct that C fills in, its size first.
///
/// # Safety
/// All-zero bytes are a valid value, every other bit pattern is too, the first field is the `u32`
/// `struct_size`, and there is no padding (which C would leave undefined).
pub(crate) unsafe trait Options: Copy {}

// SAFETY: integers and raw pointers without padding, as the tests check.
unsafe impl Options for voice_engine_options {}
// SAFETY: the same.
unsafe impl Options for voice_stt_options {}

/// The longest struct a host of the future may hand over.
const MAX_SIZE: usize = 4_096;

/// What the host filled in, zero where it filled in nothing.
///
/// A shorter struct is an older host's: it gets zeroes for what it does not know. A longer one is a
/// newer host's: it is accepted while everything that is unknown here is zero.
///
/// # Safety
/// `given` is NULL or points to as many bytes as its `struct_size` says.
pub(crate) unsafe fn read<T: Options>(given: *const T) -> Result<T, voice_error> {
    let mut options = MaybeUninit::<T>::zeroed();
    if !given.is_null() {
        // SAFETY: `struct_size` is always there, and first. Nothing is assumed about alignment.
        let size = unsafe { given.cast::<u32>().read_unaligned() } as usize;
        // The size of a C struct is a multiple of its alignment, in every version of it.
        if size == 0 || !size.is_multiple_of(align_of::<T>()) || size > MAX_SIZE {
            let message = format!("struct_size is {size}; set it to the size of the struct");
            return Err(voice_error::new(voice_code::ArgumentInvalid, &message));
        }
        let known = size.min(size_of::<T>());
        // SAFETY: `known` bytes are readable by the caller's promise, and fit.
        unsafe { options.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(given.cast(), known) };
        // SAFETY: from `known` to `size` is readable by the caller's promise.
        let tail = unsafe { std::slice::from_raw_parts(given.cast::<u8>().add(known), size - known) };
        if tail.iter().any(|&byte| byte != 0) {
            return Err(unknown());
        }
    }
    // SAFETY: all bytes are set, and every bit pattern is valid.
    Ok(unsafe { options.assume_init() })
}

/// Checks a field that has no meaning yet.
pub(crate) fn unused(field: u32) -> Result<(), voice_error> {
    if field == 0 { Ok(()) } else { Err(unknown()) }
}

fn unknown() -> voice_error {
    let message = "an option is set that this version of libvoice does not know; update the library or leave \
                   the option zero";
    voice_error::new(voice_code::Unsupported, message)
}

impl voice_stt_options {
    /// The core's options, checked.
    ///
    /// # Safety
    /// `grammar` is NULL or points to `grammar_len` texts, each as [`voice_text::read`] wants it.
    pub(crate) unsafe fn checked(&self) -> Result<SttOptions, voice_error> {
        let default = Endpoint::default();
        Ok(SttOptions {
            language: None,
            format: self.format()?,
            // SAFETY: the caller's promise.
            grammar: unsafe { self.grammar() }?,
            words: match self.words {
                0 => false,
                1 => true,
                other => return Err(invalid(format!("words is {other}; give 0 or 1"))),
            },
            max_alternatives: MaxAlternatives::new(u8::try_from(self.max_alternatives).unwrap_or(u8::MAX))?,
            endpoint: Endpoint {
                start_ms: given(self.start_ms).unwrap_or(default.start_ms),
                silence_ms: given(self.silence_ms).unwrap_or(default.silence_ms),
                max_utterance_ms: given(self.max_utterance_ms).unwrap_or(default.max_utterance_ms),
                no_speech_timeout_ms: given(self.no_speech_timeout_ms).or(default.no_speech_timeout_ms),
            },
            vad: match self.vad {
                vad if vad == voice_vad::Detect as u32 => VadMode::Detect,
                vad if vad == voice_vad::Always as u32 => VadMode::Always,
                other => return Err(invalid(format!("vad is {other}; give a voice_vad"))),
            },
        })
    }

    fn format(&self) -> Result<Format, voice_error> {
        let default = Format::default();
        let encoding = match self.encoding {
            encoding if encoding == voice_encoding::PcmI16 as u32 => SampleEncoding::PcmI16,
            encoding if encoding == voice_encoding::PcmF32 as u32 => SampleEncoding::PcmF32,
            other => {
                let message = format!("encoding is {other}; give a voice_encoding");
                return Err(Error::new(ErrorKind::AudioFormatUnsupported, message).into());
            }
        };
        let rate = given(self.sample_rate).unwrap_or(default.sample_rate());
        let channels = given(self.channels).unwrap_or(default.channels().into());
        Ok(Format::new(encoding, rate, u16::try_from(channels).unwrap_or(u16::MAX))?)
    }

    /// # Safety
    /// As for [`checked`](Self::checked).
    unsafe fn grammar(&self) -> Result<Option<Grammar>, voice_error> {
        let len = self.grammar_len as usize;
        if self.grammar.is_null() {
            if len == 0 {
                return Ok(None);
            }
            let message = format!("grammar is NULL, but grammar_len is {len}; pass both or neither");
            return Err(voice_error::new(voice_code::ArgumentNull, &message));
        }
        // Refused before it is read: a length this wrong is no length.
        if len > Grammar::MAX_PHRASES {
            let message = format!("grammar_len is {len}; give at most {}", Grammar::MAX_PHRASES);
            return Err(Error::new(ErrorKind::GrammarInvalid, message).into());
        }
        let mut phrases = Vec::with_capacity(len);
        for index in 0..len {
            // SAFETY: `index` is below `grammar_len`; the rest is the caller's promise.
            let text = unsafe { self.grammar.add(index).read_unaligned() };
            if text.len > Grammar::MAX_PHRASE_BYTES {
                let message = format!(
                    "grammar[{index}] is {} bytes long; give at most {}",
                    text.len,
                    Grammar::MAX_PHRASE_BYTES
                );
                return Err(Error::new(ErrorKind::GrammarInvalid, message).into());
            }
            // SAFETY: the caller's promise.
            phrases.push(unsafe { text.read(&format!("grammar[{index}]")) }?);
        }
        Ok(Some(Grammar::new(phrases)?))
    }
}

/// Zero means default.
fn given(value: u32) -> Option<u32> {
    Some(value).filter(|&value| value != 0)
}

fn invalid(message: String) -> voice_error {
    Error::new(ErrorKind::OptionInvalid, message).into()
}

#[cfg(test)]
mod tests;
