//! The transcript of an utterance.

use serde::Serialize;

/// The transcript of one utterance. Times are milliseconds of audio since the start of the stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Transcript {
    /// The words, separated by spaces.
    pub text: String,
    /// The words with their times; empty unless requested.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Word>,
    /// The alternatives, best first; the first one is `text`. Empty unless requested.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
    /// Start of the decoded audio: before the detected start of the voice, by as much as the model
    /// [asks for](crate::stt::Margins::before_ms).
    pub start_ms: u64,
    /// End of the last frame that was classified as voice. A soft last word may end later.
    pub end_ms: u64,
}

/// One recognized word.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Word {
    /// The word as the model's vocabulary spells it.
    pub text: String,
    /// Start of the word.
    pub start_ms: u64,
    /// End of the word.
    pub end_ms: u64,
    /// Posterior probability, 0–1; `None` in alternatives, for which engines do not compute it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

/// An alternative transcript of an utterance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alternative {
    /// The words, separated by spaces.
    pub text: String,
    /// Logarithmic score of the engine; higher is better. Comparable only within one utterance.
    pub score: f32,
    /// The words with their times; empty unless requested.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Word>,
}
