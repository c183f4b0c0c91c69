//! Options of a text-to-speech session.

use std::sync::Arc;

use super::voice::Style;
use crate::audio::{Output, SampleEncoding};
use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;
use crate::text::lexicon::Lexicon;

/// Options of a text-to-speech session.
#[derive(Debug, Clone)]
pub struct TtsOptions {
    /// The language of all text, as a BCP 47 tag; it selects the main voice. Only words in the script of another language
    /// go to a voice of that language. Default: each clause has the language of most of its letters, among those of the
    /// voices; the main voice is the engine's first.
    pub language: Option<LanguageTag>,
    /// Without `language`: the language of text before any letter, such as a number. Its voice is the main voice, if
    /// there is one. Default: that of the engine's first voice.
    pub expected_language: Option<LanguageTag>,
    /// The name of the main voice, as in [`Health`](crate::Health) or [`VoiceInfo`](super::VoiceInfo), or `espeak`. A
    /// named voice has no fallback. Text in the script of another language goes to a voice of that language, if there is
    /// one. Default: the first working voice for `language`.
    pub voice: Option<String>,
    /// How samples are stored. Default: 16-bit.
    pub encoding: SampleEncoding,
    /// How the audio is given out. Default: samples.
    pub output: Output,
    /// Sample rate in Hz. Default: the voice's own, and for Opus the next one that Opus has.
    pub sample_rate: Option<u32>,
    /// Speed, pitch, speaker and variation.
    pub style: Style,
    /// Loudness that voices are normalized to, in LUFS, −40 to −8. A limiter keeps peaks below full scale. `None`
    /// disables the normalization. Default: [`LOUDNESS`](Self::LOUDNESS).
    pub loudness: Option<f32>,
    /// Gain relative to `loudness`, 0 to 4.
    pub volume: f32,
    /// Pronunciations of words.
    pub lexicon: Option<Arc<Lexicon>>,
    /// The maximum audio that was returned and not heard to keep for a [resume](super::TtsSession::resume), in
    /// milliseconds, up to 600,000. Of audio beyond it the text is kept, and a resume speaks it again from the start of
    /// a clause; so with 0. Default: 30,000, which is 1.3 MB at 22,050 Hz.
    pub kept_ms: u32,
}

impl Default for TtsOptions {
    fn default() -> Self {
        Self {
            language: None,
            expected_language: None,
            voice: None,
            encoding: SampleEncoding::PcmI16,
            output: Output::Samples,
            sample_rate: None,
            style: Style::default(),
            loudness: Some(Self::LOUDNESS),
            volume: 1.0,
            lexicon: None,
            kept_ms: 30_000,
        }
    }
}

impl TtsOptions {
    /// The default loudness in LUFS, which the Audio Engineering Society recommends for streamed speech (AESTD1008,
    /// 2021). For one channel it lies between the −19 of mono podcasts and the −16 of stereo podcasts.
    pub const LOUDNESS: f32 = -18.0;

    /// Checks the options that do not depend on a voice.
    pub(super) fn validate(&self) -> Result<()> {
        self.style.validate()?;
        let check = |name: &str, value: f32, low: f32, high: f32| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(Error::new(ErrorKind::OptionInvalid, format!("{name} is {value}; give {low} to {high}")))
        };
        check("volume", self.volume, 0.0, 4.0)?;
        check("kept_ms", self.kept_ms as f32, 0.0, 600_000.0)?;
        check("loudness", self.loudness.unwrap_or(Self::LOUDNESS), -40.0, -8.0)
    }
}
