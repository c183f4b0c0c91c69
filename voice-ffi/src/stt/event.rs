//! Events of a speech-to-text session, borrowed until the next call on the session.

use voice_core::{EndReason, SttEvent, Transcript, Word};

use crate::error::voice_code;
use crate::from_core::from_core;
use crate::owned::raw_parts;
use crate::text::{Texts, voice_text};

/// The type of an event.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_stt_event_type {
    /// A type that this header does not know; ignore it.
    Other = 0,
    /// Speech started at `start_ms`.
    SpeechStarted = 1,
    /// The utterance so far is `text`; later text may rewrite it.
    Partial = 2,
    /// The utterance is finished: `text`, and `words` and `alternatives` if requested. The text is empty if no word
    /// was recognized.
    Final = 3,
    /// Speech ended at `end_ms`, for `end_reason`; the preceding event was its final.
    SpeechEnded = 4,
    /// The no-speech timeout expired at `end_ms`.
    NoSpeech = 5,
    /// The session is ready; always the first event. `text` is the name of the model.
    Ready = 6,
    /// The following results are from another model, after a failure of the last one or after an update. `text` is the
    /// name of the model.
    ModelChanged = 7,
    /// Something does not work as requested, and the session continues. `code` and `text` are those of an error;
    /// `VOICE_CODE_MODEL_FALLBACK` if a model failed.
    Warning = 8,
}

/// Why an utterance ended.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_end_reason {
    /// Not the end of an utterance, or a reason that this header does not know.
    None = 0,
    /// Silence followed the speech.
    Silence = 1,
    /// The utterance reached its maximum length; speech after it is a new utterance.
    MaxLength = 2,
    /// The host flushed or finished the stream.
    Flushed = 3,
    /// The engine and each fallback failed; the utterance is lost and has no final.
    Failed = 4,
}

/// A recognized word. This struct never changes, since it is used in arrays.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_word {
    /// The word as the model's vocabulary spells it.
    pub text: voice_text,
    /// Start of the word, in milliseconds of audio since the start of the stream.
    pub start_ms: u64,
    /// End of the word.
    pub end_ms: u64,
    /// Posterior probability, 0 to 1; negative if it is not computed (with alternatives).
    pub confidence: f32,
    /// Zero.
    pub reserved: u32,
}

/// An alternative transcript of an utterance. This struct never changes, since it is used in arrays.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_alternative {
    /// The words, separated by spaces.
    pub text: voice_text,
    /// The words with their times, if requested.
    pub words: *const voice_word,
    /// Number of words.
    pub words_len: usize,
    /// Log-domain score; higher is better, comparable within one utterance only.
    pub score: f32,
    /// Zero.
    pub reserved: u32,
}

/// An event of a session. Fields that the `type` does not use are zero or empty. Times are milliseconds of audio
/// since the start of the stream.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_stt_event {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    pub struct_size: u32,
    /// The type of an event.
    pub r#type: voice_stt_event_type,
    /// Why the utterance ended.
    pub end_reason: voice_end_reason,
    /// The code of a warning.
    pub code: voice_code,
    /// Start time.
    pub start_ms: u64,
    /// End time; equal to `start_ms` for an event without duration.
    pub end_ms: u64,
    /// The words, separated by spaces; or the name of a model, or the message of a warning.
    pub text: voice_text,
    /// The words with their times, if requested.
    pub words: *const voice_word,
    /// Number of words.
    pub words_len: usize,
    /// Alternative transcripts, best first, if requested. The first is `text`.
    pub alternatives: *const voice_alternative,
    /// Number of alternatives.
    pub alternatives_len: usize,
}

/// An event and the storage that it points to.
pub(crate) struct EventView {
    view: voice_stt_event,
    /// Keeps alive what `view` points to.
    _store: Store,
}

/// Texts, words and alternatives that an event points to.
#[derive(Default)]
pub(crate) struct Store {
    pub(crate) texts: Texts,
    words: Vec<Vec<voice_word>>,
    alternatives: Vec<voice_alternative>,
}

/// A transcript in a [`Store`].
pub(crate) struct StoredTranscript {
    pub(crate) text: voice_text,
    pub(crate) words: (*const voice_word, usize),
    pub(crate) alternatives: (*const voice_alternative, usize),
}

// SAFETY: the pointers lead into heap memory that this value owns and does not change.
unsafe impl Send for EventView {}

impl EventView {
    pub(crate) fn new(event: SttEvent) -> Self {
        let mut view = voice_stt_event {
            struct_size: size_of::<voice_stt_event>() as u32,
            r#type: voice_stt_event_type::Other,
            end_reason: voice_end_reason::None,
            code: voice_code::Ok,
            start_ms: 0,
            end_ms: 0,
            text: voice_text::EMPTY,
            words: std::ptr::null(),
            words_len: 0,
            alternatives: std::ptr::null(),
            alternatives_len: 0,
        };
        let mut store = Store::default();
        match event {
            SttEvent::Ready { model } => {
                view.r#type = voice_stt_event_type::Ready;
                view.text = store.texts.add(model.name);
            }
            SttEvent::ModelChanged { model } => {
                view.r#type = voice_stt_event_type::ModelChanged;
                view.text = store.texts.add(model.name);
            }
            SttEvent::Warning { kind, message } => {
                view.r#type = voice_stt_event_type::Warning;
                view.code = kind.into();
                view.text = store.texts.add(message);
            }
            SttEvent::SpeechStarted { at_ms } => {
                view.r#type = voice_stt_event_type::SpeechStarted;
                (view.start_ms, view.end_ms) = (at_ms, at_ms);
            }
            SttEvent::Partial { text } => {
                view.r#type = voice_stt_event_type::Partial;
                view.text = store.texts.add(text);
            }
            SttEvent::Final(transcript) => {
                view.r#type = voice_stt_event_type::Final;
                (view.start_ms, view.end_ms) = (transcript.start_ms, transcript.end_ms);
                let stored = store.transcript(transcript);
                view.text = stored.text;
                (view.words, view.words_len) = stored.words;
                (view.alternatives, view.alternatives_len) = stored.alternatives;
            }
            SttEvent::SpeechEnded { at_ms, reason } => {
                view.r#type = voice_stt_event_type::SpeechEnded;
                view.end_reason = reason.into();
                (view.start_ms, view.end_ms) = (at_ms, at_ms);
            }
            SttEvent::NoSpeech { at_ms } => {
                view.r#type = voice_stt_event_type::NoSpeech;
                (view.start_ms, view.end_ms) = (at_ms, at_ms);
            }
            _ => {}
        }
        Self { view, _store: store }
    }

    pub(crate) fn view(&self) -> *const voice_stt_event {
        &raw const self.view
    }
}

impl Store {
    /// Stores the one transcript of an event.
    pub(crate) fn transcript(&mut self, transcript: Transcript) -> StoredTranscript {
        let text = self.texts.add(transcript.text);
        let words = self.words(transcript.words);
        for reading in transcript.alternatives {
            let (words, words_len) = self.words(reading.words);
            let text = self.texts.add(reading.text);
            let reading = voice_alternative { text, words, words_len, score: reading.score, reserved: 0 };
            self.alternatives.push(reading);
        }
        StoredTranscript { text, words, alternatives: raw_parts(&self.alternatives) }
    }

    fn words(&mut self, words: Vec<Word>) -> (*const voice_word, usize) {
        let words: Vec<_> = words
            .into_iter()
            .map(|word| voice_word {
                text: self.texts.add(word.text),
                start_ms: word.start_ms,
                end_ms: word.end_ms,
                confidence: word.confidence.unwrap_or(-1.0),
                reserved: 0,
            })
            .collect();
        let parts = raw_parts(&words);
        self.words.push(words);
        parts
    }
}

from_core!(EndReason => voice_end_reason { Silence, MaxLength, Flushed, Failed } else None);
