//! What a text-to-speech session tells.

use std::ops::Range;

use super::voice::VoiceInfo;
use crate::audio::Format;
use crate::error::Error;

/// One thing that happened in a session, in order. Times are milliseconds of audio since its start.
#[derive(Debug)]
#[non_exhaustive]
pub enum TtsEvent {
    /// The session can be used. Always the first event.
    Ready {
        /// What will speak.
        voice: VoiceInfo,
        /// What the bytes of audio are.
        format: Format,
    },
    /// Sound.
    Audio(AudioChunk),
    /// The voice has come to a mark of the text.
    Mark {
        /// Its name.
        name: String,
        /// When it is heard.
        at_ms: u64,
    },
    /// Something was not done as asked for; the session goes on.
    Warning(Error),
    /// A cancel has taken effect: what was pushed before it will not be spoken.
    Cancelled {
        /// The end of what was given out.
        at_ms: u64,
    },
    /// Everything that was pushed before the stream was finished has been spoken.
    Finished {
        /// The length of the whole.
        at_ms: u64,
    },
}

/// A stretch of sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioChunk {
    /// Samples in the session's format.
    pub audio: Vec<u8>,
    /// When it begins.
    pub at_ms: u64,
    /// What it says, in bytes of all that was pushed: the clause that was begun last.
    pub span: Range<usize>,
}
