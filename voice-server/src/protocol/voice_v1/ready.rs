//! `ready`: the message that begins a connection.

use std::time::Duration;

use serde_json::{Value, json};
use voice_core::audio::Format;
use voice_core::stt::ModelInfo;
use voice_core::tts::VoiceInfo;
use voice_core::{Error, ErrorKind, LanguageTag};

use super::event::format;
use super::outbox::Sent;
use super::start::{input_name, output_name};
use super::{Action, Conversation, NAME, State};

/// What an open dialog is like.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) model: ModelInfo,
    pub(crate) language: LanguageTag,
    pub(crate) voice: VoiceInfo,
    pub(crate) format: Format,
}

/// What the client must know of its connection.
#[derive(Debug)]
pub(crate) struct Connected<'a> {
    pub(crate) session: u64,
    /// With which the client resumes the session within `resume_seconds`.
    pub(crate) resume_token: Option<&'a str>,
    pub(crate) resume_seconds: u64,
    pub(crate) max_text: usize,
    pub(crate) idle: Duration,
    pub(crate) longest: Duration,
}

impl Conversation {
    /// The dialog is open.
    pub(crate) fn opened(&mut self, opened: &Opened, connected: &Connected, hints: &str) -> Vec<Action> {
        self.state = State::Open;
        self.language = opened.language.clone();
        let mut ready = json!({});
        ready["model"] = json!({
            "name": opened.model.name,
            "engine": opened.model.engine,
            "language": opened.language.as_str(),
        });
        ready["voice"] = json!({
            "name": opened.voice.name,
            "engine": opened.voice.engine,
            "language": opened.voice.language.as_str(),
            "speakers": opened.voice.speakers,
        });
        ready["hints"] = hints.into();
        ready["audio_in"] = format(input_name(self.format.encoding(), self.input_kind), self.format);
        let name = output_name(opened.format.encoding(), self.output_kind);
        ready["audio_out"] = format(name, opened.format);
        self.ready = ready;
        vec![Action::Send(Sent::Text(self.ready(connected, false).to_string()))]
    }

    /// The client has a new connection, and has received `received` messages before.
    pub(crate) fn resumed(&mut self, received: u64, connected: &Connected) -> Vec<Action> {
        let ready = self.ready(connected, true);
        let (again, lost) = self.outbox.after(received);
        let mut actions = vec![Action::Send(Sent::Text(ready.to_string()))];
        // The position of the listener tells the run again.
        actions.extend(again.into_iter().map(Action::Send));
        if lost > 0 {
            let message = format!("{lost} messages before these are not kept any more");
            actions.push(self.tell("warning", &Error::new(ErrorKind::SessionEnded, message)));
        }
        if self.state == State::Closed {
            actions.push(Action::Close);
        }
        actions
    }

    /// The message that begins a connection. It is not counted.
    fn ready(&self, connected: &Connected, is_resumed: bool) -> Value {
        let mut ready = self.ready.clone();
        ready["type"] = "ready".into();
        ready["protocol"] = NAME.into();
        ready["session"] = connected.session.to_string().into();
        ready["resumed"] = is_resumed.into();
        ready["received"] = json!({"messages": self.received, "audio_bytes": self.received_audio});
        ready["limits"] = json!({
            "message_bytes": self.max_audio(),
            "text_bytes": connected.max_text,
            "idle_ms": millis(connected.idle),
            "session_ms": millis(connected.longest),
        });
        if let Some(token) = connected.resume_token {
            ready["resume"] = json!({"token": token, "seconds": connected.resume_seconds});
        }
        ready
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
