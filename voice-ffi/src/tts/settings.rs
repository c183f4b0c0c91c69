//! How a text-to-speech session speaks.

use std::ffi::c_char;
use std::sync::Arc;

use voice_core::text::lexicon::Lexicon;
use voice_core::tts::{Style, TtsOptions};

use crate::error::voice_error;
use crate::options::{Options, encoding, flag, given};
use crate::text::{c_string, voice_text};

/// Speaker 0 in `voice_tts_options`, of a voice whose own speaker is another.
pub const VOICE_TTS_SPEAKER_ZERO: u32 = 0xFFFF_FFFF;

/// How a text-to-speech session speaks, and what its audio is.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_tts_options {
    /// `sizeof(voice_tts_options)`.
    pub struct_size: u32,
    /// Samples per second, 4000 to 192000. Default: the voice's own.
    pub sample_rate: u32,
    /// A `voice_encoding`. Default: `VOICE_ENCODING_PCM_I16`.
    pub encoding: u32,
    /// 1 to render each clause at once: some percent less work, and no sound before it is done. For files.
    /// Default: 0.
    pub whole: u32,
    /// Which speaker of a voice with several, from 1; `VOICE_TTS_SPEAKER_ZERO` for the first one, whose number is 0.
    /// Default: the voice's own.
    pub speaker: u32,
    /// Times as fast as the voice was made, 0.25 to 4. Default: 1.
    pub speed: f32,
    /// Times as high, at the same speed, 0.5 to 2; neural voices sound smaller or larger then. Default: 1.
    pub pitch: f32,
    /// Times as loud as `loudness` says, up to 4; peaks are kept below full scale. Negative for silence.
    /// Default: 1.
    pub volume: f32,
    /// How much the sound varies, up to 1, where the voice varies; negative to say the same the same way
    /// each time. Default: as the voice was made.
    pub noise: f32,
    /// How loud voices are made, in LUFS, -40 to -8; positive to leave each as loud as it is. Default: -18.
    pub loudness: f32,
    /// The language that is written, such as `ar` or `en-GB` (BCP 47, ends with a NUL); it chooses the
    /// voice. Default: NULL, that of the engine's first voice.
    pub language: *const c_char,
    /// The name of the voice, ends with a NUL, as `voice_engine_voices` and `voice_engine_health` give it, or
    /// `espeak`; no other stands in for it. Default: NULL, the first one for `language`, and those behind it
    /// stand in.
    pub voice: *const c_char,
    /// How words are said that voices get wrong: on each line a word, a tab, and what to say, as other
    /// words or as `/IPA/`. Up to 50000 lines. Read during the call only. Default: empty.
    pub lexicon: voice_text,
}

// SAFETY: numbers and raw pointers without padding, as the tests check.
unsafe impl Options for voice_tts_options {}

impl voice_tts_options {
    /// The core's options; their ranges are checked when the session opens.
    ///
    /// # Safety
    /// `language` and `voice` are NULL or end with a NUL; `lexicon` is as [`voice_text::read`] wants it.
    pub(super) unsafe fn read(&self) -> Result<TtsOptions, voice_error> {
        // SAFETY: the caller's promise, for all three.
        let (language, voice, lexicon) = unsafe {
            (
                c_string(self.language, "language")?,
                c_string(self.voice, "voice")?,
                self.lexicon.read("lexicon")?,
            )
        };
        let default = TtsOptions::default();
        Ok(TtsOptions {
            language: language.map(str::to_owned),
            voice: voice.map(str::to_owned),
            encoding: encoding(self.encoding)?,
            sample_rate: given(self.sample_rate),
            style: Style {
                speed: number(self.speed).unwrap_or(default.style.speed),
                pitch: number(self.pitch).unwrap_or(default.style.pitch),
                speaker: given(self.speaker)
                    .map(|number| if number == VOICE_TTS_SPEAKER_ZERO { 0 } else { number }),
                noise: number(self.noise).map(negative_is_none),
                whole: flag(self.whole, "whole")?,
            },
            loudness: number(self.loudness)
                .map_or(default.loudness, |lufs| if lufs > 0.0 { None } else { Some(lufs) }),
            volume: number(self.volume).map_or(default.volume, negative_is_none),
            lexicon: match lexicon {
                "" => None,
                text => Some(Arc::new(Lexicon::parse(text)?)),
            },
        })
    }
}

/// Zero means default.
fn number(value: f32) -> Option<f32> {
    Some(value).filter(|&value| value != 0.0)
}

/// Zero is taken, so that any number below it stands for it.
fn negative_is_none(value: f32) -> f32 {
    if value < 0.0 { 0.0 } else { value }
}

#[cfg(test)]
mod tests;
