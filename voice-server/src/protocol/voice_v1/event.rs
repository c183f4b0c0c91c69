//! Messages of the server: the events of the dialog.

use std::borrow::Cow;
use std::time::Instant;

use serde_json::{Value, json};
use voice_core::audio::Format;
use voice_core::dialog::DialogEvent;
use voice_core::tts::AudioChunk;
use voice_core::{Error, LanguageTag, Transcript, Word};

use super::{Action, Conversation};
use crate::client_message::client_message;

/// The most messages of audio whose playback is awaited: a minute in packets of 20 ms.
const MAX_UNHEARD: usize = 3_000;

impl Conversation {
    /// Handles an event of the dialog.
    pub(crate) fn event(&mut self, event: DialogEvent, now: Instant) -> Vec<Action> {
        match event {
            DialogEvent::SpeechStarted { at_ms } => {
                self.is_speaking = true;
                vec![self.send(json!({"type": "speech_started", "at_ms": at_ms}))]
            }
            DialogEvent::Partial { text } => {
                self.partials.text(text, now).into_iter().map(|text| self.partial(&text)).collect()
            }
            DialogEvent::TurnEager { text, silence_ms } => {
                vec![self.send(json!({"type": "turn_eager", "text": text, "silence_ms": silence_ms}))]
            }
            DialogEvent::TurnResumed => vec![self.send(json!({"type": "turn_resumed"}))],
            DialogEvent::Final(transcript) => {
                self.finals += 1;
                let mut actions = self.speech_ended(Some(transcript.end_ms));
                let message = final_result(&transcript, &self.language);
                actions.push(self.send(message));
                actions
            }
            DialogEvent::TurnEnded { text, at_ms, reason, silence_ms } => {
                let mut actions = self.speech_ended(Some(at_ms));
                actions.push(self.send(json!({
                    "type": "turn_ended", "text": text, "at_ms": at_ms, "reason": reason.code(), "silence_ms": silence_ms,
                })));
                actions
            }
            DialogEvent::Idle => vec![self.send(json!({"type": "idle"}))],
            DialogEvent::Speaking { id } => vec![self.send(json!({"type": "speaking", "id": id}))],
            DialogEvent::Audio { run, chunk } => self.audio_out(run, chunk),
            DialogEvent::Word { id, word, span, at_ms } => vec![self.send(json!({
                "type": "word", "id": id, "word": word, "span": [span.start, span.end], "at_ms": at_ms,
            }))],
            DialogEvent::Mark { name, at_ms } => {
                vec![self.send(json!({"type": "mark", "name": name, "at_ms": at_ms}))]
            }
            DialogEvent::Paused { run, decision_ms } => {
                vec![self.send(json!({"type": "paused", "run": run, "decision_ms": decision_ms}))]
            }
            DialogEvent::Resumed { reason } => {
                let mut actions = self.speech_ended(None);
                actions.push(self.send(json!({"type": "resumed", "reason": reason.code()})));
                actions
            }
            DialogEvent::Interrupted { run, ids, heard_ms, heard_text } => vec![self.send(json!({
                "type": "interrupted", "run": run, "ids": ids, "heard_ms": heard_ms, "heard_text": heard_text,
            }))],
            DialogEvent::Discarded { ids } => vec![self.send(json!({"type": "discarded", "ids": ids}))],
            DialogEvent::Spoken { id } => vec![self.send(json!({"type": "spoken", "id": id}))],
            DialogEvent::ModelChanged { model } => {
                vec![self.send(json!({"type": "model_changed", "name": model.name, "engine": model.engine}))]
            }
            DialogEvent::Warning(error) => vec![self.tell("warning", &error)],
            DialogEvent::Refused { id, error } => {
                let of = if id.is_some() { "say" } else { "update" };
                self.refuse(of, id, &error)
            }
            // A message with damaged audio can fail once for each of its parts.
            DialogEvent::Failed(error) if self.failed == Some(error.kind()) => Vec::new(),
            DialogEvent::Failed(error) => {
                self.failed = Some(error.kind());
                vec![self.tell("error", &error)]
            }
            // `ready` has told these.
            _ => Vec::new(),
        }
    }

    pub(super) fn partial(&mut self, text: &str) -> Action {
        self.send(json!({"type": "partial", "text": text}))
    }

    /// The end of the user's speech, once.
    fn speech_ended(&mut self, at_ms: Option<u64>) -> Vec<Action> {
        self.partials.end();
        if !std::mem::take(&mut self.is_speaking) {
            return Vec::new();
        }
        let mut message = json!({"type": "speech_ended"});
        if let Some(at_ms) = at_ms {
            message["at_ms"] = at_ms.into();
        }
        vec![self.send(message)]
    }

    /// Audio, after a message that tells its run and time if it does not continue the audio before it.
    fn audio_out(&mut self, run: u32, chunk: AudioChunk) -> Vec<Action> {
        let AudioChunk { audio, at_ms, end_ms, .. } = chunk;
        let mut actions = Vec::with_capacity(2);
        // Times are rounded down.
        let continues = |(before, end): (u32, u64)| before == run && at_ms.abs_diff(end) <= 1;
        if !self.playing.is_some_and(continues) {
            actions.push(self.send(json!({"type": "audio", "run": run, "at_ms": at_ms})));
        }
        self.playing = Some((run, end_ms));
        let sent = self.outbox.audio(audio.into());
        self.unheard.push_back((run, end_ms, self.outbox.count()));
        // A client that reports nothing acknowledges nothing.
        if self.unheard.len() > MAX_UNHEARD {
            self.unheard.pop_front();
        }
        actions.push(Action::Send(sent));
        actions
    }
}

/// What an error or a warning tells.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    pub(crate) message: Cow<'static, str>,
    pub(crate) is_retryable: bool,
}

impl Problem {
    pub(crate) fn of(error: &Error) -> Self {
        Self { code: error.code(), message: client_message(error), is_retryable: error.kind().is_retryable() }
    }

    pub(super) fn message(&self, kind: &str) -> Value {
        json!({"type": kind, "code": self.code, "message": self.message, "retryable": self.is_retryable})
    }
}

/// The transcript of an utterance.
pub(super) fn final_result(transcript: &Transcript, language: &LanguageTag) -> Value {
    let words = &transcript.words;
    let mut message = json!({
        "type": "final",
        "text": transcript.text,
        "start_ms": transcript.start_ms,
        "end_ms": transcript.end_ms,
        "language": language.as_str(),
    });
    if !words.is_empty() {
        message["words"] = words.iter().map(word).collect();
        if let Some(confidence) = mean_confidence(words) {
            message["confidence"] = rounded(confidence).into();
        }
    }
    if !transcript.alternatives.is_empty() {
        let alternatives = transcript.alternatives.iter().map(|reading| {
            let mut alternative = json!({"text": reading.text, "score": rounded(reading.score)});
            if !reading.words.is_empty() {
                alternative["words"] = reading.words.iter().map(word).collect();
            }
            alternative
        });
        message["alternatives"] = alternatives.collect();
    }
    message
}

fn word(word: &Word) -> Value {
    let mut message = json!({"text": word.text, "start_ms": word.start_ms, "end_ms": word.end_ms});
    if let Some(confidence) = word.confidence {
        message["confidence"] = rounded(confidence).into();
    }
    message
}

fn mean_confidence(words: &[Word]) -> Option<f32> {
    let confidences: Option<Vec<f32>> = words.iter().map(|word| word.confidence).collect();
    let confidences = confidences.filter(|confidences| !confidences.is_empty())?;
    Some(confidences.iter().sum::<f32>() / confidences.len() as f32)
}

/// Four digits after the point.
pub(super) fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}

/// A format of audio.
pub(super) fn format(encoding: &str, format: Format) -> Value {
    json!({
        "encoding": encoding,
        "sample_rate": format.sample_rate(),
        "channels": format.channels(),
    })
}
