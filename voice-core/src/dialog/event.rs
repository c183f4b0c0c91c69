//! The events of a dialog.

use std::ops::Range;

use crate::audio::Format;
use crate::error::Error;
use crate::stt::{ModelInfo, Transcript};
use crate::tts::{AudioChunk, VoiceInfo};

/// An event of a dialog, in order. `at_ms` is the time in the user's audio, unless it says otherwise.
#[derive(Debug)]
#[non_exhaustive]
pub enum DialogEvent {
    /// The listening side is ready.
    Listening {
        /// The model of speech to text.
        model: ModelInfo,
    },
    /// The speaking side is ready.
    VoiceReady {
        /// The voice.
        voice: VoiceInfo,
        /// The format of the audio.
        format: Format,
    },
    /// The following results are from another model.
    ModelChanged {
        /// The model in use.
        model: ModelInfo,
    },
    /// The user began to speak.
    SpeechStarted {
        /// Start of the speech.
        at_ms: u64,
    },
    /// The text of the turn so far; later partials may change it.
    Partial {
        /// The words so far, separated by spaces.
        text: String,
    },
    /// The user is silent, and the turn may be over. An utterance that is requested now is made and held: it is spoken at
    /// once at [`TurnEnded`](Self::TurnEnded), and [discarded](Self::Discarded) if the user goes on.
    TurnEager {
        /// The text so far; not empty.
        text: String,
        /// The silence so far, in milliseconds.
        silence_ms: u32,
    },
    /// The user went on after [`TurnEager`](Self::TurnEager), or said something else than its text. Without this event the
    /// text of the turn is that of `TurnEager`, apart from vowel signs and punctuation.
    TurnResumed,
    /// Utterances that were requested after [`TurnEager`](Self::TurnEager) are dropped, since the turn was
    /// [resumed](Self::TurnResumed). Nothing of them was heard.
    Discarded {
        /// The utterances, in order.
        ids: Vec<String>,
    },
    /// What the user said in one utterance; a turn may have several. [`TurnEnded`](Self::TurnEnded), another utterance of
    /// the turn, or [`Resumed`](Self::Resumed) if it was no turn follows.
    Final(Transcript),
    /// The user's turn is over.
    TurnEnded {
        /// What the user said in all utterances of the turn.
        text: String,
        /// End of the last frame that was classified as voice.
        at_ms: u64,
        /// The rule that ended it.
        reason: TurnEnd,
        /// The silence between the end of the voice and the decision, in milliseconds.
        silence_ms: u32,
    },
    /// Neither side has spoken for [`idle_ms`](super::TurnEndRules::idle_ms).
    Idle,
    /// The audio of an utterance begins with the next [`Audio`](Self::Audio).
    Speaking {
        /// The utterance.
        id: String,
    },
    /// A chunk of audio.
    Audio {
        /// The run that it belongs to. A pause or an interruption begins a new run, and the audio of runs before it is
        /// not to be played.
        run: u32,
        /// The audio, with its time in the audio of the dialog.
        chunk: AudioChunk,
    },
    /// The audio reached a mark of the text.
    Mark {
        /// Its name.
        name: String,
        /// The time in the audio of the dialog.
        at_ms: u64,
    },
    /// A word of an utterance begins. It is told with the audio, before the listener hears it, and again after a pause if
    /// it was not heard.
    Word {
        /// The utterance.
        id: String,
        /// The word as it is written, with the punctuation at it.
        word: String,
        /// Its place in the text of the utterance, in bytes. Of a document in which it is written in another way: that of
        /// its clause.
        span: Range<usize>,
        /// Its time in the audio of the dialog, by the duration that the voice gives the clause.
        at_ms: u64,
    },
    /// Stop playing at once, and keep nothing: what was not heard follows again if this was no interruption.
    Paused {
        /// The run that begins.
        run: u32,
        /// The time for the decision, in milliseconds.
        decision_ms: u32,
    },
    /// The audio goes on where the listener stopped hearing it.
    Resumed {
        /// Why it was no interruption.
        reason: ResumeReason,
    },
    /// Drop all audio: the user interrupted, or the application cleared it.
    Interrupted {
        /// The run that begins.
        run: u32,
        /// The utterance that was being heard, and those that were not begun, in order.
        ids: Vec<String>,
        /// The audio of the dialog that was heard, in milliseconds.
        heard_ms: u64,
        /// The text of the first of them that was heard; the source of a document.
        heard_text: String,
    },
    /// A request that waited for the end of a turn cannot be carried out, or one that the host
    /// [refused](super::Dialog::refuse); see [`DialogOutput::say`](super::DialogOutput::say).
    Refused {
        /// The utterance, if it is about one.
        id: Option<String>,
        /// Why.
        error: Error,
    },
    /// An utterance was heard to its end.
    Spoken {
        /// The utterance.
        id: String,
    },
    /// Something does not work as requested; the dialog goes on.
    Warning(Error),
    /// A part of the speech was lost; the dialog goes on.
    Failed(Error),
}

/// Why a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TurnEnd {
    /// The answer is complete.
    Complete,
    /// Silence followed the speech.
    Silence,
    /// The application ended it.
    Forced,
    /// It reached the maximum length of an utterance; the following speech is a new turn.
    MaxLength,
    /// No audio came from the user's device.
    AudioStopped,
    /// The engine failed; what was said is lost.
    Failed,
}

/// Why the audio goes on after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResumeReason {
    /// The user said no word.
    NoWords,
    /// The user said only that they listen.
    Backchannel,
    /// The microphone heard the loudspeaker.
    Echo,
    /// The application rejected the interruption.
    Rejected,
    /// The user has finished the turn during which the utterance was requested.
    TurnEnded,
    /// There was no decision in time.
    Timeout,
}

impl TurnEnd {
    /// The stable code of the reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Silence => "silence",
            Self::Forced => "forced",
            Self::MaxLength => "max_length",
            Self::AudioStopped => "audio_stopped",
            Self::Failed => "failed",
        }
    }
}

impl ResumeReason {
    /// The stable code of the reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoWords => "no_words",
            Self::Backchannel => "backchannel",
            Self::Echo => "echo",
            Self::Rejected => "rejected",
            Self::TurnEnded => "turn_ended",
            Self::Timeout => "timeout",
        }
    }
}
