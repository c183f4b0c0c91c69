//! The events of a session. Protocols and bindings translate these types.

use serde::Serialize;

use super::model::ModelInfo;
use super::transcript::Transcript;
use crate::error::ErrorKind;

/// An event of a session. Events come in stream order.
///
/// Times are milliseconds of audio since the start of the session's stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SttEvent {
    /// The session is open. Always the first event, available before any audio.
    Ready {
        /// The model of the session.
        model: ModelInfo,
    },
    /// The following results are from another model, after a failure of the last one or after an update.
    ModelChanged {
        /// The model in use.
        model: ModelInfo,
    },
    /// Something does not work as requested, and the session continues.
    Warning {
        /// The kind, which is serialized as its code. [`ErrorKind::ModelFallback`] if a model has failed.
        #[serde(rename = "code")]
        kind: ErrorKind,
        /// One sentence that says what happened.
        message: String,
    },
    /// Speech began at `at_ms`.
    SpeechStarted {
        /// Start of the speech.
        at_ms: u64,
    },
    /// The text of the current utterance so far; later partials may change it.
    Partial {
        /// The words so far, separated by spaces.
        text: String,
    },
    /// The finished transcript of one utterance. Its text is empty if no word was recognized.
    Final(Transcript),
    /// The speech of the preceding [`Final`](Self::Final) ended at `at_ms`. There is no final if the engine
    /// [failed](EndReason::Failed).
    SpeechEnded {
        /// End of the last frame that was classified as voice.
        at_ms: u64,
        /// The rule that ended the utterance.
        reason: EndReason,
    },
    /// There was no speech for the no-speech timeout, counted from the last voice, the start, or the last event of this
    /// kind.
    NoSpeech {
        /// End of the timeout.
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
    /// The utterance reached its maximum length; the following speech is a new one.
    MaxLength,
    /// The host ended or flushed the stream.
    Flushed,
    /// The engine failed, and so did each fallback; the utterance is lost.
    Failed,
}
