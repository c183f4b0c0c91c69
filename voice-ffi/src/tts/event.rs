//! What a text-to-speech session tells its host, lent until the next call on the session.

use std::ffi::c_void;

use voice_core::audio::Format;
use voice_core::report;
use voice_core::tts::{AudioChunk, TtsEvent};

use crate::error::voice_code;
use crate::text::{Texts, voice_text};

/// What happened.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_tts_event_type {
    /// Something this header does not know yet; pass over it.
    Other = 0,
    /// The session can be used: always its first event. `text` is the name of the voice.
    Ready = 1,
    /// Sound: `audio`, which says the text from `text_start` to `text_end`.
    Audio = 2,
    /// The voice has come to a mark of the SSML; `text` is its name.
    Mark = 3,
    /// Something was not done as asked for, and the session goes on. `code` and `text` say what, as an
    /// error would.
    Warning = 4,
    /// A cancel has taken effect: what was pushed before it will not be spoken.
    Cancelled = 5,
    /// All that was pushed has been spoken, and the stream is finished: always the last event.
    Finished = 6,
}

/// One thing that happened in a session. Fields without a meaning for the `type` are zero or empty.
/// Times are milliseconds of audio since the start of the session.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_tts_event {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    pub struct_size: u32,
    /// What happened.
    pub r#type: voice_tts_event_type,
    /// What a warning is about.
    pub code: voice_code,
    /// Samples per second of all audio of this session: one channel, encoded as its options say.
    pub sample_rate: u32,
    /// When it is heard.
    pub start_ms: u64,
    /// When it ends; the same as `start_ms` for a moment.
    pub end_ms: u64,
    /// Samples, aligned for their type.
    pub audio: *const c_void,
    /// Length of `audio` in bytes.
    pub audio_len: usize,
    /// The clause that was begun last: its first byte, counted in all that was pushed.
    pub text_start: usize,
    /// The byte behind its last.
    pub text_end: usize,
    /// A name, or what a warning says.
    pub text: voice_text,
}

/// An event and everything that it points to.
pub(super) struct Lent {
    view: voice_tts_event,
    _texts: Texts,
    /// As words, so that samples of either size lie where a host may read them as such.
    _audio: Vec<u32>,
}

// SAFETY: the pointers lead into the heap memory of this very value, which nothing changes.
unsafe impl Send for Lent {}

impl Lent {
    pub(super) fn new(event: TtsEvent, format: Format) -> Self {
        let mut view = voice_tts_event {
            struct_size: size_of::<voice_tts_event>() as u32,
            r#type: voice_tts_event_type::Other,
            code: voice_code::Ok,
            sample_rate: format.sample_rate(),
            start_ms: 0,
            end_ms: 0,
            audio: std::ptr::null(),
            audio_len: 0,
            text_start: 0,
            text_end: 0,
            text: voice_text::EMPTY,
        };
        let (mut texts, mut audio) = (Texts::default(), Vec::new());
        match event {
            TtsEvent::Ready { voice, .. } => {
                view.r#type = voice_tts_event_type::Ready;
                view.text = texts.lend(voice.name);
            }
            TtsEvent::Audio(chunk) => {
                view.r#type = voice_tts_event_type::Audio;
                audio = aligned(&chunk);
                view.audio = audio.as_ptr().cast();
                view.audio_len = chunk.audio.len();
                let frames = (chunk.audio.len() / format.frame_bytes()) as u64;
                view.start_ms = chunk.at_ms;
                view.end_ms = chunk.at_ms + frames * 1_000 / u64::from(format.sample_rate());
                (view.text_start, view.text_end) = (chunk.span.start, chunk.span.end);
            }
            TtsEvent::Mark { name, at_ms } => {
                view.r#type = voice_tts_event_type::Mark;
                view.text = texts.lend(name);
                (view.start_ms, view.end_ms) = (at_ms, at_ms);
            }
            TtsEvent::Warning(error) => {
                view.r#type = voice_tts_event_type::Warning;
                view.code = error.kind().into();
                view.text = texts.lend(report(&error));
            }
            TtsEvent::Cancelled { at_ms } => {
                view.r#type = voice_tts_event_type::Cancelled;
                (view.start_ms, view.end_ms) = (at_ms, at_ms);
            }
            TtsEvent::Finished { at_ms } => {
                view.r#type = voice_tts_event_type::Finished;
                (view.start_ms, view.end_ms) = (at_ms, at_ms);
            }
            _ => {}
        }
        Self { view, _texts: texts, _audio: audio }
    }

    pub(super) fn view(&self) -> *const voice_tts_event {
        &raw const self.view
    }
}

fn aligned(chunk: &AudioChunk) -> Vec<u32> {
    let word = |bytes: &[u8]| {
        let mut word = [0; 4];
        word[..bytes.len()].copy_from_slice(bytes);
        u32::from_ne_bytes(word)
    };
    chunk.audio.chunks(4).map(word).collect()
}
