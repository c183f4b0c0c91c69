//! What a session tells its host. Defined here once; every protocol is a view of these types.

use serde::Serialize;

use crate::stt::ModelInfo;

/// One thing that happened in a session, in stream order.
///
/// Times are milliseconds of audio since the start of the session's stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The session can be used. Always the first event, and there before any audio.
    Ready {
        /// What will transcribe the whole session.
        model: ModelInfo,
    },
    /// Somebody began to speak at `at_ms`.
    SpeechStarted {
        /// Start of the speech.
        at_ms: u64,
    },
    /// What has been understood of the current utterance so far; later text may rewrite it.
    Partial {
        /// The words so far, separated by spaces.
        text: String,
    },
    /// The finished transcript of one utterance. Its text is empty if no word was recognized.
    Final(Transcript),
    /// The speech that the preceding [`Final`](Self::Final) transcribes ended at `at_ms`; without
    /// one, if the engine [failed](EndReason::Failed).
    SpeechEnded {
        /// End of the speech: the last moment judged to be voice.
        at_ms: u64,
        /// The rule that ended the utterance.
        reason: EndReason,
    },
    /// Nobody spoke for the whole no-speech timeout, counted from the last voice, the start, or the
    /// last such event.
    NoSpeech {
        /// The moment the timeout ran out.
        at_ms: u64,
    },
}

/// Why an utterance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EndReason {
    /// Silence followed the speech.
    Silence,
    /// The utterance reached its maximum length; what follows is a new one.
    MaxLength,
    /// The host ended or flushed the stream.
    Flushed,
    /// The engine failed; what was said is lost.
    Failed,
}

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
