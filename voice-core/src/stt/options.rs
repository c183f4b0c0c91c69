//! The options of a speech-to-text session, with the checks of their values.

use super::grammar::Grammar;
use crate::audio::{Channel, Format, Input};
use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;
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
    /// Format of the pushed samples. Default: 16-bit PCM, mono, 16 kHz.
    pub format: Format,
    /// How the pushed bytes hold the audio. Default: samples in `format`.
    pub input: Input,
    /// The channels to transcribe. Default: all, mixed.
    pub channel: Channel,
    /// The spoken language, as a BCP 47 tag such as `ar` or `en-GB`, which selects the model. Default: the language of
    /// the engine's first model.
    pub language: Option<LanguageTag>,
    /// Phrases to recognize, in place of the model's whole vocabulary.
    pub grammar: Option<Grammar>,
    /// Whether each word is reported with its times and confidence.
    pub words: bool,
    /// Number of alternatives to report for each utterance; 0 for the best one only.
    pub max_alternatives: MaxAlternatives,
    /// The rules for the start and end of an utterance.
    pub endpoint: Endpoint,
    /// How speech is distinguished from silence.
    pub vad: VadMode,
    /// The number of speakers.
    pub speaker: Speaker,
}

/// Changes of the options of an open session. The default changes nothing.
///
/// ```
/// use voice_core::{Grammar, GrammarUpdate, SttUpdate};
///
/// let update = SttUpdate {
///     grammar: GrammarUpdate::Replaced(Grammar::new(["نعم", "لا"])?),
///     ..SttUpdate::default()
/// };
/// # Ok::<(), voice_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SttUpdate {
    /// The phrases to recognize.
    pub grammar: GrammarUpdate,
    /// The rules for the start and end of an utterance.
    pub endpoint: Option<Endpoint>,
    /// Whether each word is reported with its times and confidence.
    pub words: Option<bool>,
    /// Number of alternatives to report for each utterance.
    pub max_alternatives: Option<MaxAlternatives>,
}

/// A change of the grammar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum GrammarUpdate {
    /// It stays.
    #[default]
    Unchanged,
    /// The model's whole vocabulary is recognized.
    Removed,
    /// Only these phrases are recognized.
    Replaced(Grammar),
}

/// The number of speakers in a session, for models that [adapt](crate::stt::ModelInfo::adapts) to a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Speaker {
    /// One: the adaptation to the voice is kept between utterances. If two people speak in turn, twice as many words
    /// are wrong.
    #[default]
    One,
    /// Several, such as in a meeting or a call with both sides on one channel: each utterance begins without
    /// adaptation. If one person speaks, a sixth more words are wrong.
    Many,
}

/// How speech is distinguished from silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum VadMode {
    /// The built-in neural detector decides; silence is not decoded.
    #[default]
    Detect,
    /// All audio is speech, such as with a push-to-talk button. Utterances end at [`Endpoint::max_utterance_ms`], at a
    /// flush and at the end of the stream.
    Always,
}

/// Number of alternatives reported for each utterance, 0 to 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MaxAlternatives(u8);

impl MaxAlternatives {
    /// The most alternatives that a session reports.
    pub const MAX: u8 = 10;

    /// Checks that `count` is at most [`MAX`](Self::MAX). Fails with [`ErrorKind::OptionInvalid`].
    pub fn new(count: u8) -> Result<Self> {
        if count > Self::MAX {
            return Err(Error::new(
                ErrorKind::OptionInvalid,
                format!("max_alternatives is {count}; ask for 0 to {}", Self::MAX),
            ));
        }
        Ok(Self(count))
    }

    /// The number.
    pub fn get(self) -> u8 {
        self.0
    }
}
