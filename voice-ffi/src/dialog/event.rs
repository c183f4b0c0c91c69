//! Events of a dialog, borrowed until the next call of `voice_dialog_next`.

use std::ffi::c_void;

use voice_core::audio::Format;
use voice_core::dialog::{DialogEvent, ResumeReason, TurnEnd};
use voice_core::report;

use crate::error::voice_code;
use crate::from_core::from_core;
use crate::owned::raw_parts;
use crate::stt::event::Store;
use crate::stt::{voice_alternative, voice_word};
use crate::text::voice_text;
use crate::tts::event::aligned;

/// The type of an event.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_dialog_event_type {
    /// A type that this header does not know; ignore it.
    Other = 0,
    /// The recognizer is ready. `text` is the name of the model.
    Listening = 1,
    /// The voice is ready; it comes before the first speech. `text` is its name.
    VoiceReady = 2,
    /// The following results are from another model. `text` is its name.
    ModelChanged = 3,
    /// The user began to speak at `start_ms`.
    SpeechStarted = 4,
    /// The turn so far is `text`; later text may rewrite it.
    Partial = 5,
    /// The user is silent, and the turn may be over. `text` is the turn so far, `silence_ms` the silence. An utterance that
    /// is requested now is computed and held until the turn ends, or discarded if the user goes on.
    TurnEager = 6,
    /// The user went on after `VOICE_DIALOG_EVENT_TYPE_TURN_EAGER`.
    TurnResumed = 7,
    /// What the user said in one utterance: `text`, and `words` and `alternatives` if requested. A turn may have several
    /// utterances. `VOICE_DIALOG_EVENT_TYPE_TURN_ENDED` follows, another utterance of the turn, or
    /// `VOICE_DIALOG_EVENT_TYPE_RESUMED` if it was no turn.
    Final = 8,
    /// The user's turn is over, for `turn_end`. All that was said in it is `text`. The voice ended at `end_ms`, `silence_ms` before the decision.
    TurnEnded = 9,
    /// Neither side has spoken for a while.
    Idle = 10,
    /// The audio of the utterance `id` begins with the next event of type `VOICE_DIALOG_EVENT_TYPE_AUDIO`.
    Speaking = 11,
    /// A chunk of `audio` of `run`. Play it after the audio before it.
    Audio = 12,
    /// The audio reaches an SSML mark at `start_ms`; `text` is its name.
    Mark = 13,
    /// Stop the player at once and drop its buffer: audio that was not heard follows again if this was no interruption.
    /// `run` begins; the decision comes within `decision_ms`, plus the voice that goes on then.
    Paused = 14,
    /// The audio goes on where the listener stopped hearing it, for `resume_reason`.
    Resumed = 15,
    /// Stop the player at once and drop its buffer: the user interrupted, or the host cleared the speech. `run` begins.
    /// `ids` are the utterance that was being heard and those that were not begun. `heard_ms` of the dialog's audio was
    /// heard, and `text` of the first utterance.
    Interrupted = 16,
    /// The utterance `id` was heard to its end.
    Spoken = 17,
    /// Something does not work as requested, and the dialog goes on. `code` and `text` are those of an error.
    Warning = 18,
    /// A part of the speech of one side was lost, and the dialog goes on. `code` and `text` are those of an error.
    Failed = 19,
    /// A request was refused: `voice_dialog_say`, `_append` or `_flush` of `id`; without an `id`, `voice_dialog_expect`
    /// or the audio. `code` and `text` are those of an error.
    Refused = 20,
    /// The utterances `ids`, which were requested after `VOICE_DIALOG_EVENT_TYPE_TURN_EAGER`, are dropped, since the user
    /// went on. Nothing of them was heard.
    Discarded = 21,
    /// A word of the utterance `id` begins at `start_ms`: `text`, from `text_start` to `text_end` in the text of the
    /// utterance. It comes with the audio, before it is heard, and again after a pause if it was not heard.
    Word = 22,
}

/// Why a turn of the user ended.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_turn_end {
    /// Not the end of a turn, or a reason that this header does not know.
    None = 0,
    /// The answer is complete.
    Complete = 1,
    /// Silence followed the speech.
    Silence = 2,
    /// The host ended it.
    Forced = 3,
    /// It reached the maximum length of an utterance; the following speech is a new turn.
    MaxLength = 4,
    /// No audio came from the microphone.
    AudioStopped = 5,
    /// The engine failed; what was said is lost.
    Failed = 6,
}

/// Why the speech goes on after a pause.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_resume_reason {
    /// Not the end of a pause, or a reason that this header does not know.
    None = 0,
    /// The user said no word.
    NoWords = 1,
    /// The user said only that they listen.
    Backchannel = 2,
    /// The microphone heard the loudspeaker.
    Echo = 3,
    /// The host rejected the interruption.
    Rejected = 4,
    /// The user has finished the turn during which the utterance was requested.
    TurnEnded = 5,
    /// There was no decision in time.
    Timeout = 6,
}

from_core!(TurnEnd => voice_turn_end { Complete, Silence, Forced, MaxLength, AudioStopped, Failed } else None);
from_core!(
    ResumeReason => voice_resume_reason { NoWords, Backchannel, Echo, Rejected, TurnEnded, Timeout } else None
);

/// An event of a dialog. Fields that the `type` does not use are zero or empty. Times of the user's speech are
/// milliseconds of the microphone's audio, those of the speech are milliseconds of the dialog's audio.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_dialog_event {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    pub struct_size: u32,
    /// The type of an event.
    pub r#type: voice_dialog_event_type,
    /// The code of a warning, a failure or a refusal.
    pub code: voice_code,
    /// Why a turn ended.
    pub turn_end: voice_turn_end,
    /// Why the speech goes on.
    pub resume_reason: voice_resume_reason,
    /// The run of the audio. A pause or an interruption begins a new one; audio of older runs must not be played.
    pub run: u32,
    /// Sample rate in Hz of all audio of this dialog: one channel, in the encoding of its options.
    pub sample_rate: u32,
    /// The time for the decision after a pause.
    pub decision_ms: u32,
    /// The silence at the end of a turn.
    pub silence_ms: u32,
    /// Zero.
    pub reserved: u32,
    /// Start time.
    pub start_ms: u64,
    /// End time; equal to `start_ms` for an event without duration.
    pub end_ms: u64,
    /// The position in the dialog's audio that was heard.
    pub heard_ms: u64,
    /// The id of an utterance, as given to `voice_dialog_say`.
    pub id: voice_text,
    /// The words, separated by spaces; or one word; or the name of a model, a voice or a mark; or the message of an error.
    pub text: voice_text,
    /// The samples, aligned for their type.
    pub audio: *const c_void,
    /// Length of `audio` in bytes.
    pub audio_len: usize,
    /// The words with their times, if requested.
    pub words: *const voice_word,
    /// Number of words.
    pub words_len: usize,
    /// Alternative transcripts, best first, if requested. The first is `text`.
    pub alternatives: *const voice_alternative,
    /// Number of alternatives.
    pub alternatives_len: usize,
    /// The ids of interrupted or discarded utterances.
    pub ids: *const voice_text,
    /// Number of ids.
    pub ids_len: usize,
    /// Start of a word, as a byte offset in the text of its utterance.
    pub text_start: usize,
    /// End of that word: the offset after its last byte.
    pub text_end: usize,
}

/// An event and the storage that it points to.
pub(super) struct EventView {
    view: voice_dialog_event,
    /// Keeps alive what `view` points to.
    _store: Store,
    _ids: Vec<voice_text>,
    _audio: Vec<u32>,
}

// SAFETY: the pointers lead into heap memory that this value owns and does not change.
unsafe impl Send for EventView {}

const EMPTY: voice_dialog_event = voice_dialog_event {
    struct_size: size_of::<voice_dialog_event>() as u32,
    r#type: voice_dialog_event_type::Other,
    code: voice_code::Ok,
    turn_end: voice_turn_end::None,
    resume_reason: voice_resume_reason::None,
    run: 0,
    sample_rate: 0,
    decision_ms: 0,
    silence_ms: 0,
    reserved: 0,
    start_ms: 0,
    end_ms: 0,
    heard_ms: 0,
    id: voice_text::EMPTY,
    text: voice_text::EMPTY,
    audio: std::ptr::null(),
    audio_len: 0,
    words: std::ptr::null(),
    words_len: 0,
    alternatives: std::ptr::null(),
    alternatives_len: 0,
    ids: std::ptr::null(),
    ids_len: 0,
    text_start: 0,
    text_end: 0,
};

impl EventView {
    pub(super) fn new(event: DialogEvent, format: Format) -> Self {
        let (mut store, mut ids, mut samples) = (Store::default(), Vec::new(), Vec::new());
        let mut view = voice_dialog_event { sample_rate: format.sample_rate(), ..EMPTY };
        let at = |view: &mut voice_dialog_event, ms| (view.start_ms, view.end_ms) = (ms, ms);
        let mut tell = |r#type, text: String| (view.r#type, view.text) = (r#type, store.texts.add(text));
        match event {
            DialogEvent::Listening { model } => tell(voice_dialog_event_type::Listening, model.name),
            DialogEvent::VoiceReady { voice, .. } => tell(voice_dialog_event_type::VoiceReady, voice.name),
            DialogEvent::ModelChanged { model } => tell(voice_dialog_event_type::ModelChanged, model.name),
            DialogEvent::SpeechStarted { at_ms } => {
                view.r#type = voice_dialog_event_type::SpeechStarted;
                at(&mut view, at_ms);
            }
            DialogEvent::Partial { text } => tell(voice_dialog_event_type::Partial, text),
            DialogEvent::TurnEager { text, silence_ms } => {
                tell(voice_dialog_event_type::TurnEager, text);
                view.silence_ms = silence_ms;
            }
            DialogEvent::TurnResumed => view.r#type = voice_dialog_event_type::TurnResumed,
            DialogEvent::Final(transcript) => {
                view.r#type = voice_dialog_event_type::Final;
                (view.start_ms, view.end_ms) = (transcript.start_ms, transcript.end_ms);
                let stored = store.transcript(transcript);
                view.text = stored.text;
                (view.words, view.words_len) = stored.words;
                (view.alternatives, view.alternatives_len) = stored.alternatives;
            }
            DialogEvent::TurnEnded { text, at_ms, reason, silence_ms } => {
                tell(voice_dialog_event_type::TurnEnded, text);
                at(&mut view, at_ms);
                (view.turn_end, view.silence_ms) = (reason.into(), silence_ms);
            }
            DialogEvent::Idle => view.r#type = voice_dialog_event_type::Idle,
            DialogEvent::Speaking { id } => {
                view.r#type = voice_dialog_event_type::Speaking;
                view.id = store.texts.add(id);
            }
            DialogEvent::Audio { run, chunk } => {
                view.r#type = voice_dialog_event_type::Audio;
                view.run = run;
                samples = aligned(&chunk);
                (view.audio, view.audio_len) = (samples.as_ptr().cast(), chunk.audio.len());
                (view.start_ms, view.end_ms) = (chunk.at_ms, chunk.end_ms);
            }
            DialogEvent::Mark { name, at_ms } => {
                tell(voice_dialog_event_type::Mark, name);
                at(&mut view, at_ms);
            }
            DialogEvent::Paused { run, decision_ms } => {
                view.r#type = voice_dialog_event_type::Paused;
                (view.run, view.decision_ms) = (run, decision_ms);
            }
            DialogEvent::Resumed { reason } => {
                view.r#type = voice_dialog_event_type::Resumed;
                view.resume_reason = reason.into();
            }
            DialogEvent::Interrupted { run, ids: interrupted, heard_ms, heard_text } => {
                tell(voice_dialog_event_type::Interrupted, heard_text);
                (view.run, view.heard_ms) = (run, heard_ms);
                ids = interrupted.into_iter().map(|id| store.texts.add(id)).collect();
                (view.ids, view.ids_len) = raw_parts(&ids);
            }
            DialogEvent::Discarded { ids: discarded } => {
                view.r#type = voice_dialog_event_type::Discarded;
                ids = discarded.into_iter().map(|id| store.texts.add(id)).collect();
                (view.ids, view.ids_len) = raw_parts(&ids);
            }
            DialogEvent::Word { id, word, span, at_ms } => {
                tell(voice_dialog_event_type::Word, word);
                view.id = store.texts.add(id);
                (view.text_start, view.text_end) = (span.start, span.end);
                at(&mut view, at_ms);
            }
            DialogEvent::Spoken { id } => {
                view.r#type = voice_dialog_event_type::Spoken;
                view.id = store.texts.add(id);
            }
            DialogEvent::Refused { id, error } => {
                tell(voice_dialog_event_type::Refused, report(&error));
                view.id = store.texts.add(id.unwrap_or_default());
                view.code = error.kind().into();
            }
            DialogEvent::Warning(error) => {
                tell(voice_dialog_event_type::Warning, report(&error));
                view.code = error.kind().into();
            }
            DialogEvent::Failed(error) => {
                tell(voice_dialog_event_type::Failed, report(&error));
                view.code = error.kind().into();
            }
            _ => {}
        }
        Self { view, _store: store, _ids: ids, _audio: samples }
    }

    pub(super) fn view(&self) -> *const voice_dialog_event {
        &raw const self.view
    }
}
