//! Events of a text-to-speech session.

use std::ops::Range;

use super::playback::Heard;
use super::voice::VoiceInfo;
use crate::audio::Format;
use crate::error::Error;

/// An event of a session, in order. Times are milliseconds of audio since the start of the session.
#[derive(Debug)]
#[non_exhaustive]
pub enum TtsEvent {
    /// The session is ready. Always the first event.
    Ready {
        /// The voice that will speak.
        voice: VoiceInfo,
        /// The format of the audio.
        format: Format,
    },
    /// A chunk of audio.
    Audio(AudioChunk),
    /// The audio reached a mark of the text.
    Mark {
        /// Its name.
        name: String,
        /// The time of the mark.
        at_ms: u64,
    },
    /// A word begins; see [`TtsSession::mark_words`](super::TtsSession::mark_words). Its time is in proportion to the
    /// length of what is spoken of the clause, of which the voice tells the duration.
    Word {
        /// The word as it is written, with the punctuation at it.
        word: String,
        /// Its place in all pushed text; that of its clause if it comes from a document and is written in another way
        /// there.
        span: Range<usize>,
        /// Its start.
        at_ms: u64,
    },
    /// A part of the input was not processed as requested; the session continues.
    Warning(Error),
    /// A cancel took effect: text pushed before it will not be spoken.
    Cancelled {
        /// The end of the returned audio. Audio of text that is pushed later starts here.
        at_ms: u64,
        /// What was heard of the audio and of the text at the time of the cancel.
        heard: Heard,
    },
    /// A pause took effect: no audio follows until it is resumed. Then audio follows from the position that was heard,
    /// so drop the audio that was returned and not heard.
    Paused {
        /// The end of the returned audio.
        at_ms: u64,
        /// What was heard of the audio and of the text at the time of the pause.
        heard: Heard,
    },
    /// All pushed text has been spoken and the stream is finished. After a resume it comes again, after the audio
    /// that was not heard.
    Finished {
        /// The length of all audio.
        at_ms: u64,
    },
}

/// A chunk of audio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioChunk {
    /// Samples in the session's format, or what [`TtsOptions::output`](super::TtsOptions::output) chose.
    pub audio: Vec<u8>,
    /// Its start time.
    pub at_ms: u64,
    /// Its end.
    pub end_ms: u64,
    /// The clause that was begun last, as byte offsets in all pushed text.
    pub span: Range<usize>,
}
