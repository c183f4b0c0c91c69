//! What was said: the result of an utterance.

use serde::Serialize;

/// What was said in one utterance.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Transcript {
    /// The words, separated by spaces.
    pub text: String,
    /// The words with their times; empty unless asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Word>,
    /// Readings from best to worst, the first being `text`; empty unless asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
    /// Start of what was decoded: up to 450 ms before the voice was noticed.
    pub start_ms: u64,
    /// The last moment judged to be voice. The end of a soft last word may lie behind it.
    pub end_ms: u64,
}

/// One recognized word.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Word {
    /// The word as the model's vocabulary spells it.
    pub text: String,
    /// Start of the word in the stream.
    pub start_ms: u64,
    /// End of the word in the stream.
    pub end_ms: u64,
    /// Posterior probability, 0–1; absent in n-best results, where engines do not compute it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

/// One reading of an utterance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alternative {
    /// The words, separated by spaces.
    pub text: String,
    /// Log-domain score of the engine; higher is better, comparable within one utterance only.
    pub score: f32,
    /// The words with their times; empty unless asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Word>,
}
