//! What a session tells its host. Defined here once; every protocol is a view of these types.

use serde::Serialize;

use super::model::ModelInfo;
use super::transcript::Transcript;

/// One thing that happened in a session, in stream order.
///
/// Times are milliseconds of audio since the start of the session's stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SttEvent {
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
