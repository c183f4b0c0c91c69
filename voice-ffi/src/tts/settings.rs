//! Options of a text-to-speech session.

use std::ffi::c_char;
use std::sync::Arc;

use voice_core::text::lexicon::Lexicon;
use voice_core::tts::{Style, TtsOptions};

use crate::error::voice_error;
use crate::options::{Options, encoding, flag, given, output, unused};
use crate::text::{c_string, voice_text};

/// Selects speaker 0 in `voice_tts_options`, since 0 means the voice's own speaker.
pub const VOICE_TTS_SPEAKER_ZERO: u32 = 0xFFFF_FFFF;

/// Fields of `voice_tts_options` that `voice_tts_update` changes. The sum of several numbers stands for all of them.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_tts_field {
    /// `speed`.
    Speed = 1,
    /// `pitch`.
    Pitch = 2,
    /// `volume`.
    Volume = 4,
    /// `loudness`.
    Loudness = 8,
    /// `noise`.
    Noise = 16,
    /// `speaker`.
    Speaker = 32,
    /// `language`. The session gets the voices for it, unless `voice` names one.
    Language = 64,
    /// `voice`. The speaker is the voice's own, unless `speaker` is changed too.
    Voice = 128,
    /// `lexicon`.
    Lexicon = 256,
    /// `whole`.
    Whole = 512,
    /// `kept_ms`.
    KeptMs = 1024,
}

/// Options of a text-to-speech session.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_tts_options {
    /// `sizeof(voice_tts_options)`.
    pub struct_size: u32,
    /// Sample rate in Hz, 4000 to 192000. Default: the voice's own.
    pub sample_rate: u32,
    /// A `voice_encoding`. Default: `VOICE_ENCODING_PCM_I16`.
    pub encoding: u32,
    /// 1 to render each clause completely before its audio is returned: a few percent less CPU time, later first
    /// audio. For files. Default: 0.
    pub whole: u32,
    /// The speaker number of a voice with several; `VOICE_TTS_SPEAKER_ZERO` for number 0. Default: 0, the voice's
    /// own.
    pub speaker: u32,
    /// Speaking rate factor, 0.25 to 4 (1 = the voice's own). Default: 1.
    pub speed: f32,
    /// Pitch factor at the same speed, 0.5 to 2; it also shifts the formants of neural voices. Default: 1.
    pub pitch: f32,
    /// Gain relative to `loudness`, up to 4; peaks are kept below full scale. Negative for silence. Default: 1.
    pub volume: f32,
    /// Random variation of neural voices, up to 1; negative for none, so that the same text always gives the same
    /// audio. Default: the voice's own.
    pub noise: f32,
    /// Loudness that voices are normalized to, in LUFS, -40 to -8; positive for no normalization. Default: -18.
    pub loudness: f32,
    /// The maximum audio that was returned and not heard to keep for `voice_tts_resume`, in milliseconds, up to 600000.
    /// Of audio beyond it the text is kept, and a resume speaks it again from the start of a clause. Negative to keep
    /// no audio. Default: 30000, which is 1.3 MB at 22050 Hz.
    pub kept_ms: i32,
    /// Zero.
    pub reserved: u32,
    /// The language of all text, such as `ar` or `en-GB` (BCP 47, NUL-terminated); it selects the main voice. Default:
    /// NULL, each clause has the language of most of its letters, and the main voice is the engine's first. In both
    /// cases words in the script of another language go to a voice of that language, or are written in the letters of
    /// the own one.
    pub language: *const c_char,
    /// The name of the main voice, as in `voice_engine_voices` and `voice_engine_health`, or `espeak`; NUL-terminated. A
    /// named voice has no fallback. Default: NULL, the first working voice for `language`.
    pub voice: *const c_char,
    /// Pronunciations of words: on each line a word, a tab, and its replacement, as other words or as `/IPA/`. Up to
    /// 50000 lines. Read during the call only. Default: empty.
    pub lexicon: voice_text,
}

// SAFETY: numbers and raw pointers without padding, as the tests check.
unsafe impl Options for voice_tts_options {}

impl voice_tts_options {
    /// The options `own` with `fields` of these, a sum of [`voice_tts_field`], and whether they select other voices.
    ///
    /// # Safety
    /// As for [`read`](Self::read).
    pub(super) unsafe fn update(
        &self,
        own: &TtsOptions,
        fields: u32,
    ) -> Result<(TtsOptions, bool), voice_error> {
        // SAFETY: the caller's promise.
        let new = unsafe { self.read() }?;
        let mut options = own.clone();
        let mut unknown = fields;
        let mut has = |field: voice_tts_field| {
            unknown &= !(field as u32);
            fields & field as u32 != 0
        };
        let is_other_language = has(voice_tts_field::Language);
        let is_other_voice = has(voice_tts_field::Voice);
        if is_other_language || is_other_voice {
            options.voice = new.voice.filter(|_| is_other_voice);
            options.style.speaker = None;
        }
        if is_other_language {
            options.language = new.language;
        }
        if has(voice_tts_field::Speed) {
            options.style.speed = new.style.speed;
        }
        if has(voice_tts_field::Pitch) {
            options.style.pitch = new.style.pitch;
        }
        if has(voice_tts_field::Speaker) {
            options.style.speaker = new.style.speaker;
        }
        if has(voice_tts_field::Noise) {
            options.style.noise = new.style.noise;
        }
        if has(voice_tts_field::Whole) {
            options.style.whole = new.style.whole;
        }
        if has(voice_tts_field::Volume) {
            options.volume = new.volume;
        }
        if has(voice_tts_field::Loudness) {
            options.loudness = new.loudness;
        }
        if has(voice_tts_field::Lexicon) {
            options.lexicon = new.lexicon;
        }
        if has(voice_tts_field::KeptMs) {
            options.kept_ms = new.kept_ms;
        }
        unused(unknown.into())?;
        Ok((options, is_other_language || is_other_voice))
    }

    /// The options of `voice-core`; their ranges are checked when the session opens.
    ///
    /// # Safety
    /// `language` and `voice` are NULL or end with a NUL; `lexicon` meets the contract of [`voice_text::read`].
    pub(crate) unsafe fn read(&self) -> Result<TtsOptions, voice_error> {
        // SAFETY: the caller's promise, for all three.
        let (language, voice, lexicon) = unsafe {
            (
                c_string(self.language, "language")?,
                c_string(self.voice, "voice")?,
                self.lexicon.read("lexicon")?,
            )
        };
        unused(self.reserved.into())?;
        let default = TtsOptions::default();
        Ok(TtsOptions {
            language: language.map(str::parse).transpose()?,
            expected_language: None,
            voice: voice.map(str::to_owned),
            encoding: encoding(self.encoding)?,
            output: output(self.encoding),
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
            kept_ms: match self.kept_ms {
                0 => default.kept_ms,
                ms => ms.max(0).unsigned_abs(),
            },
        })
    }
}

/// Zero means default.
fn number(value: f32) -> Option<f32> {
    Some(value).filter(|&value| value != 0.0)
}

/// Zero means default, so a negative number stands for zero.
fn negative_is_none(value: f32) -> f32 {
    if value < 0.0 { 0.0 } else { value }
}

#[cfg(test)]
mod tests;
