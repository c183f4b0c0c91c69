//! Settings of a text-to-speech session.

use std::sync::Arc;

use super::voice::Style;
use crate::audio::SampleEncoding;
use crate::error::{Error, ErrorKind, Result};
use crate::text::lexicon::Lexicon;

/// Settings of one text-to-speech session.
#[derive(Debug, Clone)]
pub struct TtsOptions {
    /// The language that is written, as a BCP 47 tag; it chooses the voice. Default: that of the
    /// engine's first voice.
    pub language: Option<String>,
    /// The voice to speak with, by the name that [`Health`](crate::Health) or [`VoiceInfo`](super::VoiceInfo) gives it, or `espeak`;
    /// if it fails, no other stands in for it. Default: the first one for `language`, and those behind it stand in.
    pub voice: Option<String>,
    /// How samples are stored. Default: 16-bit.
    pub encoding: SampleEncoding,
    /// Samples a second. Default: the voice's own.
    pub sample_rate: Option<u32>,
    /// How the voice speaks.
    pub style: Style,
    /// How loud speech is, in LUFS, −40 to −8: each voice is made as much louder or quieter as it needs, and a
    /// limiter keeps peaks below full scale. `None` leaves each voice as loud as it is. Default:
    /// [`LOUDNESS`](Self::LOUDNESS).
    pub loudness: Option<f32>,
    /// Times as loud as that, 0 to 4.
    pub volume: f32,
    /// How words are said that the voice gets wrong.
    pub lexicon: Option<Arc<Lexicon>>,
}

impl Default for TtsOptions {
    fn default() -> Self {
        Self {
            language: None,
            voice: None,
            encoding: SampleEncoding::PcmI16,
            sample_rate: None,
            style: Style::default(),
            loudness: Some(Self::LOUDNESS),
            volume: 1.0,
            lexicon: None,
        }
    }
}

impl TtsOptions {
    /// The loudness of speech if nothing else is said, in LUFS: what the Audio Engineering Society recommends for
    /// speech that is streamed (AESTD1008, 2021). Alone in one channel it is between the −19 that podcasts have in
    /// mono and the −16 that they have in stereo.
    pub const LOUDNESS: f32 = -18.0;

    /// Checks what does not depend on a voice.
    pub(super) fn validate(&self) -> Result<()> {
        self.style.validate()?;
        let check = |name: &str, value: f32, low: f32, high: f32| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(Error::new(ErrorKind::OptionInvalid, format!("{name} is {value}; give {low} to {high}")))
        };
        check("volume", self.volume, 0.0, 4.0)?;
        check("loudness", self.loudness.unwrap_or(Self::LOUDNESS), -40.0, -8.0)
    }
}
