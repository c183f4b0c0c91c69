//! What a caller may choose for a speech-to-text session. Every value is checked once, here.

use super::grammar::Grammar;
use crate::audio::{Channel, Format};
use crate::error::{Error, ErrorKind, Result};
use crate::vad::Endpoint;

/// Settings of one speech-to-text session.
///
/// ```
/// use voice_core::{Grammar, SttOptions, audio::Format};
///
/// let options = SttOptions {
///     format: Format::pcm16(8_000)?,
///     grammar: Some(Grammar::new(["نعم", "لا", "[unk]"])?),
///     words: true,
///     ..SttOptions::default()
/// };
/// # Ok::<(), voice_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct SttOptions {
    /// What the pushed bytes are. Default: 16-bit PCM, mono, 16 kHz.
    pub format: Format,
    /// Which of its channels are listened to. Default: all, mixed.
    pub channel: Channel,
    /// The language that will be spoken, as a BCP 47 tag such as `ar` or `en-GB`; it chooses the model.
    /// Default: that of the engine's first model.
    pub language: Option<String>,
    /// Phrases to listen for, instead of the model's whole vocabulary.
    pub grammar: Option<Grammar>,
    /// Report each word with its times and confidence.
    pub words: bool,
    /// Number of readings to report for each utterance; 0 for the best one only.
    pub max_alternatives: MaxAlternatives,
    /// When an utterance starts and ends.
    pub endpoint: Endpoint,
    /// How speech is told from silence.
    pub vad: VadMode,
    /// How many people speak.
    pub speaker: Speaker,
}

/// How many people speak in one session, for models that [adapt](crate::stt::ModelInfo::adapts) to a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Speaker {
    /// One: what is learnt of the voice is kept from utterance to utterance. Where two speak in turn, twice as many
    /// words are wrong.
    #[default]
    One,
    /// Many, such as in a meeting or on a line with several voices: each utterance begins without knowing the voice.
    /// Where one speaks, a sixth more of the words are wrong.
    Many,
}

/// How speech is told from silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum VadMode {
    /// The built-in neural detector decides; silence is not decoded.
    #[default]
    Detect,
    /// Everything is speech: the host decides (a push-to-talk button). Utterances end at
    /// [`Endpoint::max_utterance_ms`], at a flush and at the end of the stream.
    Always,
}

/// Number of readings reported for each utterance, 0 to 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MaxAlternatives(u8);

impl MaxAlternatives {
    /// The most readings a session reports.
    pub const MAX: u8 = 10;

    /// Checks that `count` is at most [`MAX`](Self::MAX).
    pub fn new(count: u8) -> Result<Self> {
        if count > Self::MAX {
            return Err(Error::new(
                ErrorKind::OptionInvalid,
                format!("max_alternatives is {count}; ask for 0 to {}", Self::MAX),
            ));
        }
        Ok(Self(count))
    }

    /// The checked number.
    pub fn get(self) -> u8 {
        self.0
    }
}
