//! Events of a text-to-speech session, borrowed until the next call on the session.

use std::ffi::c_void;

use voice_core::audio::Format;
use voice_core::report;
use voice_core::tts::{AudioChunk, Heard, TtsEvent};

use crate::error::voice_code;
use crate::text::{Texts, voice_text};

/// The type of an event.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_tts_event_type {
    /// A type that this header does not know; ignore it.
    Other = 0,
    /// The session is ready; always the first event. `text` is the name of the voice.
    Ready = 1,
    /// A chunk of `audio`, which speaks the text from `text_start` to `text_end`.
    Audio = 2,
    /// The audio reached an SSML mark; `text` is its name.
    Mark = 3,
    /// A part of the input was not processed as requested; the session continues. `code` and `text` are those of an
    /// error.
    Warning = 4,
    /// A cancel took effect: text pushed before it will not be spoken. `heard_ms` and `heard_text` are what was heard,
    /// in the clause from `text_start` to `text_end`. Audio of text that is pushed later begins at `end_ms`.
    Cancelled = 5,
    /// All pushed text has been spoken and the stream is finished; the last event. After a resume it comes again.
    Finished = 6,
    /// A pause took effect: no audio follows until `voice_tts_resume`. `heard_ms` and `heard_text` are what was heard, in
    /// the clause from `text_start` to `text_end`. Drop the audio from there to `end_ms`: a resume returns it again.
    Paused = 7,
}

/// An event of a session. Fields that the `type` does not use are zero or empty. Times are milliseconds of audio
/// since the start of the session.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_tts_event {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    pub struct_size: u32,
    /// The type of an event.
    pub r#type: voice_tts_event_type,
    /// The code of a warning.
    pub code: voice_code,
    /// Sample rate in Hz of all audio of this session: one channel, in the encoding of its options.
    pub sample_rate: u32,
    /// Start time.
    pub start_ms: u64,
    /// End time; equal to `start_ms` for an event without duration.
    pub end_ms: u64,
    /// The samples, aligned for their type.
    pub audio: *const c_void,
    /// Length of `audio` in bytes.
    pub audio_len: usize,
    /// Start of the clause that was begun last, as a byte offset in all pushed text.
    pub text_start: usize,
    /// End of that clause: the offset after its last byte.
    pub text_end: usize,
    /// The name, or the message of a warning.
    pub text: voice_text,
    /// The position in the audio that was heard.
    pub heard_ms: u64,
    /// The end of the text that was heard, as a byte offset in all pushed text; see `voice_tts_heard`.
    pub heard_text: usize,
}

/// An event and the storage that it points to.
pub(super) struct EventView {
    view: voice_tts_event,
    _texts: Texts,
    /// 32-bit words, so that samples of either size are aligned.
    _audio: Vec<u32>,
}

// SAFETY: the pointers lead into heap memory that this value owns and does not change.
unsafe impl Send for EventView {}

impl EventView {
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
            heard_ms: 0,
            heard_text: 0,
        };
        let (mut texts, mut audio) = (Texts::default(), Vec::new());
        match event {
            TtsEvent::Ready { voice, .. } => {
                view.r#type = voice_tts_event_type::Ready;
                view.text = texts.add(voice.name);
            }
            TtsEvent::Audio(chunk) => {
                view.r#type = voice_tts_event_type::Audio;
                audio = aligned(&chunk);
                view.audio = audio.as_ptr().cast();
                view.audio_len = chunk.audio.len();
                (view.start_ms, view.end_ms) = (chunk.at_ms, chunk.end_ms);
                (view.text_start, view.text_end) = (chunk.span.start, chunk.span.end);
            }
            TtsEvent::Mark { name, at_ms } => {
                view.r#type = voice_tts_event_type::Mark;
                view.text = texts.add(name);
                (view.start_ms, view.end_ms) = (at_ms, at_ms);
            }
            TtsEvent::Warning(error) => {
                view.r#type = voice_tts_event_type::Warning;
                view.code = error.kind().into();
                view.text = texts.add(report(&error));
            }
            TtsEvent::Cancelled { at_ms, heard } => {
                view.r#type = voice_tts_event_type::Cancelled;
                view.set_heard(at_ms, &heard);
            }
            TtsEvent::Paused { at_ms, heard } => {
                view.r#type = voice_tts_event_type::Paused;
                view.set_heard(at_ms, &heard);
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

impl voice_tts_event {
    fn set_heard(&mut self, at_ms: u64, heard: &Heard) {
        (self.start_ms, self.end_ms) = (at_ms, at_ms);
        (self.heard_ms, self.heard_text) = (heard.ms, heard.text);
        (self.text_start, self.text_end) = (heard.clause.start, heard.clause.end);
    }
}

/// The samples in 32-bit words, so that samples of either size are aligned.
pub(crate) fn aligned(chunk: &AudioChunk) -> Vec<u32> {
    let word = |bytes: &[u8]| {
        let mut word = [0; 4];
        word[..bytes.len()].copy_from_slice(bytes);
        u32::from_ne_bytes(word)
    };
    chunk.audio.chunks(4).map(word).collect()
}
