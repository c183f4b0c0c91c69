//! The protocol `voice.v1`: a conversation in both directions. The state of one client, from messages to commands of a
//! dialog and from its events to messages. See docs/voice-v1.md.
//!
//! Text messages are JSON objects with a `type`, binary messages are audio. Every message to the client is counted, so
//! that a client whose connection was lost gets what it has not received.

mod event;
mod interview;
mod outbox;
mod partials;
mod ready;
mod request;
#[cfg(any(test, fuzzing))]
pub(crate) mod simulation;
mod start;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use voice_core::audio::{Format, Input, Output};
use voice_core::dialog::{self, InputCommand, OpenUtterance, OutputCommand, SayText};
use voice_core::pool;
use voice_core::{Endpoint, Error, ErrorKind, LanguageTag};

use self::outbox::Outbox;
use self::partials::Partials;
use self::request::{Append, Flush, Played, Request, Say};
use super::limits::max_audio;

pub(crate) use self::event::Problem;
pub(crate) use self::interview::{InterviewStart, Told};
pub(crate) use self::outbox::Sent;
pub(crate) use self::ready::{Connected, Opened};
pub(crate) use self::start::{Change, Changed, Opening};

/// The name of the protocol among WebSocket subprotocols.
pub(crate) const NAME: &str = "voice.v1";

/// Commands of one half of the dialog in progress at which the client is no longer read. One message makes at most one
/// command of each half, and two more are kept for the driver's own.
const MAX_COMMANDS: usize = pool::QUEUE - 3;

/// The longest name of an utterance, in bytes.
const MAX_ID: usize = 100;

/// The conversation with one client.
pub(crate) struct Conversation {
    state: State,
    endpoint: Endpoint,
    outbox: Outbox,
    /// Messages that the client has sent.
    received: u64,
    received_audio: u64,
    /// The commands in progress, oldest first.
    input: VecDeque<Asked>,
    output: VecDeque<Asked>,
    partials: Partials,
    /// The user's speech has begun, and its end was not told.
    is_speaking: bool,
    language: LanguageTag,
    format: Format,
    input_kind: Input,
    output_kind: Output,
    /// The run and the end of the audio that was sent last, in milliseconds.
    playing: Option<(u32, u64)>,
    /// The audio that was sent and not heard: its run, its end and its number as a message.
    unheard: VecDeque<(u32, u64, u64)>,
    said: u64,
    /// The error that was told last, while the same message is being processed.
    failed: Option<ErrorKind>,
    /// What `ready` told of the session.
    ready: Value,
    /// The utterance to which text may be appended.
    open: OpenUtterance,
    finals: u64,
    /// The session is an interview.
    is_interview: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before `start`.
    New,
    /// `start` was received and is being carried out.
    Opening,
    Open,
    /// The last results are awaited. The reason is sent with `closed`.
    Ending(&'static str),
    Closed,
}

/// The cause of a command in progress.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    /// The type of the client's message; `None` for the driver's own commands.
    kind: Option<&'static str>,
    /// Of an utterance.
    id: Option<String>,
    /// Bytes of audio.
    bytes: usize,
}

/// What the driver must do, in order.
#[derive(Debug)]
pub(crate) enum Action {
    /// Open the dialog, and then call [`Conversation::opened`] or [`Conversation::refused`].
    Open(Box<Opening>),
    /// Submit what an update changes, and report with [`Conversation::changed`] or [`Conversation::not_changed`].
    Change(Box<Change>),
    /// Submit to the half of the dialog that listens.
    Input(InputCommand),
    /// Submit to the half that speaks.
    Output(OutputCommand),
    Clear,
    Confirm,
    Reject,
    Played {
        run: u32,
        ms: u64,
    },
    Send(Sent),
    /// Give this to the interview.
    Interview(Told),
    /// Close the connection normally.
    Close,
}

impl Conversation {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self {
            state: State::New,
            endpoint,
            outbox: Outbox::default(),
            received: 0,
            received_audio: 0,
            input: VecDeque::new(),
            output: VecDeque::new(),
            partials: Partials::every(0, false),
            is_speaking: false,
            language: LanguageTag::undetermined(),
            format: Format::default(),
            playing: None,
            input_kind: Input::default(),
            output_kind: Output::default(),
            unheard: VecDeque::new(),
            said: 0,
            open: OpenUtterance::default(),
            failed: None,
            ready: Value::Null,
            finals: 0,
            is_interview: false,
        }
    }

    /// Whether a first message that is `text` asks for this protocol.
    pub(crate) fn is_asked_for(text: &str) -> bool {
        Request::is_start(text)
    }

    /// Whether another message may be read: the number and size of waiting commands are bounded.
    pub(crate) fn has_room(&self) -> bool {
        let bytes: usize = self.input.iter().map(|asked| asked.bytes).sum();
        self.input.len() < MAX_COMMANDS
            && self.output.len() < MAX_COMMANDS
            && bytes < max_audio(self.input_kind)
    }

    /// Whether a command waits for its outcome.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.input.is_empty() || !self.output.is_empty()
    }

    /// Whether the half that listens has a command of the driver in progress.
    pub(crate) fn is_ticking(&self) -> bool {
        self.input.iter().any(|asked| asked.kind.is_none())
    }

    /// Whether the half that speaks has a command in progress.
    pub(crate) fn is_making_audio(&self) -> bool {
        !self.output.is_empty()
    }

    /// Whether the session is open.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, State::Open | State::Ending(_))
    }

    /// Whether the session has ended, or is about to end.
    pub(crate) fn is_ended(&self) -> bool {
        matches!(self.state, State::Ending(_) | State::Closed)
    }

    /// The number of transcripts until now.
    pub(crate) fn finals(&self) -> u64 {
        self.finals
    }

    /// Whether the user speaks.
    pub(crate) fn is_speaking(&self) -> bool {
        self.is_speaking
    }

    /// The duration of this many bytes of the client's audio; zero of compressed audio.
    pub(crate) fn length_of(&self, bytes: usize) -> Duration {
        if self.input_kind == Input::Samples { self.format.duration_of(bytes) } else { Duration::ZERO }
    }

    /// The most bytes of audio in a message.
    pub(crate) fn max_audio(&self) -> usize {
        max_audio(self.input_kind)
    }

    /// The duration of the audio of the oldest command.
    pub(crate) fn oldest_audio(&self) -> Duration {
        self.input.front().map_or(Duration::ZERO, |asked| self.length_of(asked.bytes))
    }

    /// Handles a binary message.
    pub(crate) fn audio(&mut self, audio: Vec<u8>) -> Vec<Action> {
        self.received += 1;
        self.received_audio += audio.len() as u64;
        match self.state {
            State::Open if audio.is_empty() => {
                let error = Error::new(ErrorKind::AudioEmpty, "an audio message without samples");
                vec![self.tell("warning", &error)]
            }
            State::Open => {
                let bytes = audio.len();
                self.listen("audio", bytes, InputCommand::audio(audio))
            }
            State::New | State::Opening => self.refuse("audio", None, &not_started()),
            // A microphone goes on until the client has received `closed`.
            State::Ending(_) | State::Closed => Vec::new(),
        }
    }

    /// Handles a text message.
    pub(crate) fn text(&mut self, text: &str) -> Vec<Action> {
        self.received += 1;
        let request = match Request::read(text) {
            Ok(request) => request,
            Err((kind, error)) => return self.refuse(kind.as_deref().unwrap_or_default(), None, &error),
        };
        let name = request.name();
        match (request, self.state) {
            (Request::Keepalive(keepalive), _) => {
                self.outbox.acknowledge(keepalive.received.unwrap_or(0));
                Vec::new()
            }
            (Request::Start(start), State::New) => {
                let opening = start.partials().and_then(|partials| {
                    self.partials = partials;
                    start.opening(self.endpoint)
                });
                match opening {
                    Ok(opening) => {
                        self.state = State::Opening;
                        self.is_interview = opening.interview.is_some();
                        self.format = opening.stt.format;
                        (self.input_kind, self.output_kind) = (opening.stt.input, opening.tts.output);
                        vec![Action::Open(Box::new(opening))]
                    }
                    Err(error) => self.refuse(name, None, &error),
                }
            }
            (Request::End, State::New) => self.end("ok"),
            (Request::Start(_), State::Opening | State::Open) => {
                let message = "the session has started; change its settings with update";
                self.refuse(name, None, &Error::new(ErrorKind::MessageInvalid, message))
            }
            (request, State::Open) => self.carry_out(request),
            // The driver opens a session before it reads another message.
            (_, State::New | State::Opening) => self.refuse(name, None, &not_started()),
            (Request::Played(_), State::Ending(_) | State::Closed) => Vec::new(),
            (_, State::Ending(_) | State::Closed) => self.refuse(name, None, &ended()),
        }
    }

    fn carry_out(&mut self, request: Request) -> Vec<Action> {
        let request = if self.is_interview {
            match self.carry_out_in_interview(request) {
                Ok(actions) => return actions,
                Err(request) => request,
            }
        } else {
            request
        };
        let name = request.name();
        match request {
            Request::Start(_) | Request::Keepalive(_) => Vec::new(),
            Request::Update(update) => match update.change() {
                Ok(change) => vec![Action::Change(Box::new(change))],
                Err(error) => self.refuse(name, None, &error),
            },
            Request::Say(say) => self.say(say),
            Request::Append(Append { id, .. }) | Request::Flush(Flush { id }) if !self.open.is(&id) => {
                let message = "no utterance of this id is open; begin one with say and \"open\": true";
                self.refuse(name, Some(id), &Error::new(ErrorKind::MessageInvalid, message))
            }
            Request::Append(Append { id, text }) => {
                let command = OutputCommand::Append { id: id.clone(), text };
                self.speak(name, Some(id), command)
            }
            Request::Flush(Flush { id }) => {
                self.open = OpenUtterance::default();
                let command = OutputCommand::Close { id: id.clone() };
                self.speak(name, Some(id), command)
            }
            Request::Clear => vec![Action::Clear],
            Request::Finalize => self.listen(name, 0, InputCommand::EndTurn),
            Request::Played(Played { run, ms }) => {
                self.heard(run, ms);
                vec![Action::Played { run, ms }]
            }
            Request::Confirm => vec![Action::Confirm],
            Request::Reject => vec![Action::Reject],
            Request::End => self.end("ok"),
            Request::Answer(_) | Request::Keypad(_) => {
                let message = "the session is no interview; begin one on /secure/healthcare";
                self.refuse(name, None, &Error::new(ErrorKind::MessageInvalid, message))
            }
        }
    }

    fn say(&mut self, say: Say) -> Vec<Action> {
        self.said += 1;
        let id = say.id.unwrap_or_else(|| self.said.to_string());
        if id.len() > MAX_ID {
            let message = format!("id is longer than {MAX_ID} bytes; shorten it");
            return self.refuse("say", None, &Error::new(ErrorKind::MessageInvalid, message));
        }
        let text = match (say.text, say.ssml, say.open) {
            (Some(text), None, false) => SayText::Plain(text),
            (Some(text), None, true) => SayText::Begun(text),
            (None, Some(document), false) => SayText::Ssml(document),
            (None, None, true) => SayText::Begun(String::new()),
            _ => {
                let message = "give text or ssml; only text may be open";
                return self.refuse("say", Some(id), &Error::new(ErrorKind::MessageInvalid, message));
            }
        };
        if matches!(&text, SayText::Plain(text) | SayText::Ssml(text) if text.trim().is_empty()) {
            let message = "the text is empty; send the text to speak";
            return self.refuse("say", Some(id), &Error::new(ErrorKind::TextEmpty, message));
        }
        let said =
            dialog::Say { id: id.clone(), text, interrupts: false, may_be_interrupted: say.interruptible };
        if let Err(error) = said.check() {
            return self.refuse("say", Some(id), &error);
        }
        // At once, even if audio is being made.
        let mut actions = if say.interrupt { vec![Action::Clear] } else { Vec::new() };
        self.open = OpenUtterance::after(&said);
        actions.extend(self.speak("say", Some(id), OutputCommand::Say(said)));
        actions
    }

    fn listen(&mut self, kind: &'static str, bytes: usize, command: InputCommand) -> Vec<Action> {
        self.input.push_back(Asked { kind: Some(kind), id: None, bytes });
        vec![Action::Input(command)]
    }

    fn speak(&mut self, kind: &'static str, id: Option<String>, command: OutputCommand) -> Vec<Action> {
        self.output.push_back(Asked { kind: Some(kind), id, bytes: 0 });
        vec![Action::Output(command)]
    }

    /// The driver submits a command of its own to the half that listens.
    pub(crate) fn submits_tick(&mut self) {
        self.input.push_back(Asked { kind: None, id: None, bytes: 0 });
    }

    /// The driver submits a command of its own to the half that speaks.
    pub(crate) fn submits_output(&mut self) {
        self.output.push_back(Asked { kind: None, id: None, bytes: 0 });
    }

    /// The dialog could not be opened. The client may send another `start`.
    pub(crate) fn refused(&mut self, problem: &Problem) -> Vec<Action> {
        self.state = State::New;
        self.is_interview = false;
        let mut message = problem.message("error");
        message["of"] = "start".into();
        vec![self.send(message)]
    }

    /// An update was submitted.
    pub(crate) fn changed(&mut self, changed: Changed) {
        let asked = Asked { kind: Some("update"), id: None, bytes: 0 };
        if changed.input {
            self.input.push_back(asked.clone());
        }
        if changed.output {
            self.output.push_back(asked);
        }
        if let Some(language) = changed.language {
            self.language = language;
        }
        if let Some(interim) = changed.interim {
            self.partials.switch(interim);
        }
    }

    /// An update could not be submitted.
    pub(crate) fn not_changed(&mut self, error: &Error) -> Vec<Action> {
        self.refuse("update", None, error)
    }

    /// A client that has heard audio has received all messages before it.
    fn heard(&mut self, run: u32, ms: u64) {
        let is_heard =
            |(of, end, _): &(u32, u64, u64)| (run.wrapping_sub(*of) as i32) > 0 || *of == run && *end <= ms;
        while let Some((_, _, number)) = self.unheard.front().copied().filter(is_heard) {
            self.outbox.acknowledge(number);
            self.unheard.pop_front();
        }
    }

    /// The oldest command of the half that listens is done. Its events were handled before.
    pub(crate) fn input_done(&mut self, errors: &[Error]) -> Vec<Action> {
        self.failed = None;
        let asked = self.input.pop_front();
        let mut actions = self.command_done(asked.as_ref(), errors);
        if let (Some(Asked { kind: Some("end"), .. }), State::Ending(code)) = (asked, self.state) {
            actions.extend(self.close(code));
        }
        actions
    }

    /// The oldest command of the half that speaks is done. Its events were handled before.
    pub(crate) fn output_done(&mut self, errors: &[Error]) -> Vec<Action> {
        let asked = self.output.pop_front();
        self.command_done(asked.as_ref(), errors)
    }

    fn command_done(&mut self, asked: Option<&Asked>, errors: &[Error]) -> Vec<Action> {
        let kind = asked.and_then(|asked| asked.kind).unwrap_or_default();
        let id = asked.and_then(|asked| asked.id.clone());
        errors.iter().flat_map(|error| self.refuse(kind, id.clone(), error)).collect()
    }

    /// When [`tick`](Self::tick) is to be called.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.partials.deadline()
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, now: Instant) -> Vec<Action> {
        self.partials.due(now).into_iter().map(|text| self.partial(&text)).collect()
    }

    /// Ends the session, as the client's `end` does: the user's turn ends, and its results are sent. `code` tells the
    /// client why.
    pub(crate) fn end(&mut self, code: &'static str) -> Vec<Action> {
        match self.state {
            State::New | State::Opening => self.close(code),
            State::Open => {
                self.state = State::Ending(code);
                let mut actions = vec![Action::Clear];
                actions.extend(self.listen("end", 0, InputCommand::Finish));
                actions
            }
            State::Ending(_) | State::Closed => Vec::new(),
        }
    }

    fn close(&mut self, code: &'static str) -> Vec<Action> {
        self.state = State::Closed;
        vec![self.send(json!({"type": "closed", "code": code})), Action::Close]
    }

    /// A warning that belongs to no message.
    pub(crate) fn warn(&mut self, warning: &Error) -> Vec<Action> {
        vec![self.tell("warning", warning)]
    }

    /// A message of the client, of the type `kind`, is not carried out.
    fn refuse(&mut self, kind: &str, id: Option<String>, error: &Error) -> Vec<Action> {
        let mut message = Problem::of(error).message("error");
        if !kind.is_empty() {
            message["of"] = kind.into();
        }
        if let Some(id) = id {
            message["id"] = id.into();
        }
        vec![self.send(message)]
    }

    fn tell(&mut self, kind: &'static str, error: &Error) -> Action {
        self.send(Problem::of(error).message(kind))
    }

    fn send(&mut self, message: Value) -> Action {
        Action::Send(self.outbox.text(message))
    }
}

fn not_started() -> Error {
    Error::new(ErrorKind::MessageInvalid, "the session has not started; send start first")
}

fn ended() -> Error {
    Error::new(ErrorKind::SessionEnded, "the session has ended; open a new one")
}

#[cfg(test)]
mod tests;
