//! A client and a driver that do what a script of bytes says, and check what must hold of any conversation.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde_json::Value;
use voice_core::audio::Format;
use voice_core::dialog::{DialogEvent, InputCommand, OutputCommand, ResumeReason, TurnEnd};
use voice_core::pool::QUEUE;
use voice_core::stt::{ModelInfo, SampleRates};
use voice_core::tts::{AudioChunk, VoiceInfo};
use voice_core::{Alternative, Endpoint, Error, ErrorKind, LanguageTag, Transcript, Word};

use super::{Action, Changed, Connected, Conversation, Opened, Problem, Sent};

/// The byte after which a text message follows, up to a NUL.
pub(crate) const TEXT: u8 = 0xff;

/// Bytes from this one on are steps of the driver; those below are lengths of audio messages.
pub(crate) const STEPS: u8 = 0xe0;

/// A conversation and its surroundings.
struct Simulation {
    conversation: Conversation,
    now: Instant,
    is_open: bool,
    is_closed: bool,
    input: VecDeque<InputCommand>,
    output: VecDeque<OutputCommand>,
    /// The messages of the server that were numbered, since the beginning.
    sent: Vec<Sent>,
    run: Option<u64>,
    partial: Option<String>,
    count: u32,
}

/// Runs the script, and then ends the conversation.
pub(crate) fn run(script: &[u8]) {
    let mut simulation = Simulation {
        conversation: Conversation::new(Endpoint::default()),
        now: Instant::now(),
        is_open: false,
        is_closed: false,
        input: VecDeque::new(),
        output: VecDeque::new(),
        sent: Vec::new(),
        run: None,
        partial: None,
        count: 0,
    };
    let mut rest = script;
    while let Some((&step, after)) = rest.split_first() {
        rest = after;
        if simulation.is_closed {
            return;
        }
        if step == TEXT {
            let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
            let text = String::from_utf8_lossy(&rest[..end]);
            rest = rest.get(end + 1..).unwrap_or_default();
            simulation.text(&text);
        } else if step < STEPS {
            simulation.audio(vec![step; usize::from(step) * 7]);
        } else {
            simulation.step(step - STEPS);
        }
    }
    simulation.make_room();
    if !simulation.is_closed {
        let actions = simulation.conversation.end("stopping");
        simulation.act(actions);
    }
    while !simulation.is_closed {
        assert!(simulation.conversation.is_waiting(), "the end is due");
        simulation.input_done();
        simulation.output_done();
    }
}

impl Simulation {
    fn audio(&mut self, audio: Vec<u8>) {
        self.make_room();
        if !self.is_closed {
            let actions = self.conversation.audio(audio);
            self.act(actions);
        }
    }

    fn text(&mut self, text: &str) {
        self.make_room();
        if self.is_closed {
            return;
        }
        let actions = self.conversation.text(text);
        self.act(actions);
    }

    /// As the driver does: no message is read before there is room for it.
    fn make_room(&mut self) {
        while !self.conversation.has_room() {
            self.input_done();
            self.output_done();
        }
    }

    fn step(&mut self, step: u8) {
        self.count += 1;
        match step {
            0 => self.input_done(),
            1 => self.output_done(),
            2 => {
                self.now += Duration::from_millis(60);
                let actions = self.conversation.tick(self.now);
                self.act(actions);
            }
            3 if self.is_open && !self.conversation.is_ticking() => {
                self.conversation.submits_tick();
                self.act(vec![Action::Input(InputCommand::Tick)]);
            }
            4 if self.is_open && !self.conversation.is_making_audio() => {
                self.conversation.submits_output();
                self.act(vec![Action::Output(OutputCommand::Next)]);
            }
            5 if self.is_open => self.reconnect(),
            6 => {
                let actions = self.conversation.warn(&Error::new(ErrorKind::Overloaded, "slow"));
                self.act(actions);
            }
            step if self.is_open => {
                let event = self.event(step);
                let actions = self.conversation.event(event, self.now);
                self.act(actions);
            }
            _ => {}
        }
    }

    /// The client comes back, and gets what it has not received.
    fn reconnect(&mut self) {
        let all = self.sent.len();
        // What it has acknowledged, it has received.
        let acknowledged = self.conversation.outbox.first() as usize - 1;
        let received = (all - (self.count as usize % 5).min(all)).max(acknowledged);
        let actions = self.conversation.resumed(received as u64, &connected());
        let again: Vec<_> = actions
            .iter()
            .filter_map(|action| match action {
                Action::Send(sent) => Some(sent),
                _ => None,
            })
            .collect();
        assert_eq!(kind_of(again[0]), Some("ready".to_owned()));
        for (again, before) in again[1..].iter().zip(&self.sent[received..]) {
            assert_eq!(*again, before, "what was sent is sent again");
        }
        assert!(again.len() > all - received, "nothing is lost");
        if actions.iter().any(|action| matches!(action, Action::Close)) {
            self.is_closed = true;
        }
    }

    fn input_done(&mut self) {
        let Some(command) = self.input.pop_front() else { return };
        let is_last = matches!(command, InputCommand::Finish);
        let error = (self.count % 7 == 3 && !is_last).then(|| Error::new(ErrorKind::AudioMisaligned, "odd"));
        let actions = self.conversation.input_done(error.as_slice());
        self.act(actions);
        assert!(!is_last || self.is_closed, "the last command closes");
    }

    fn output_done(&mut self) {
        if self.is_closed || self.output.pop_front().is_none() {
            return;
        }
        let error = (self.count % 5 == 3).then(|| Error::new(ErrorKind::SsmlInvalid, "no end"));
        let actions = self.conversation.output_done(error.as_slice());
        self.act(actions);
    }

    fn event(&self, step: u8) -> DialogEvent {
        let text = ["a", "a b", "", "a b c"][(self.count % 4) as usize].to_owned();
        let run = self.count / 8;
        match step {
            7 => DialogEvent::SpeechStarted { at_ms: 10 },
            8 => DialogEvent::Partial { text },
            9 => DialogEvent::TurnEager { text, silence_ms: 320 },
            10 => DialogEvent::TurnResumed,
            11 => DialogEvent::Final(transcript(self.count)),
            12 => DialogEvent::TurnEnded { text, at_ms: 20, reason: TurnEnd::Silence, silence_ms: 600 },
            13 => DialogEvent::Speaking { id: text },
            14 | 15 => {
                let chunk = AudioChunk {
                    audio: vec![0; 320],
                    at_ms: u64::from(self.count),
                    end_ms: u64::from(self.count) + 10,
                    span: 0..1,
                };
                DialogEvent::Audio { run, chunk }
            }
            16 => DialogEvent::Paused { run, decision_ms: 2_000 },
            17 => DialogEvent::Resumed { reason: ResumeReason::Echo },
            18 => DialogEvent::Interrupted { run, ids: vec![text], heard_ms: 5, heard_text: "x".into() },
            19 => DialogEvent::Spoken { id: text },
            20 => DialogEvent::Failed(Error::new(ErrorKind::EngineFailed, "lost")),
            21 => DialogEvent::Refused {
                id: run.is_multiple_of(2).then_some(text),
                error: Error::new(ErrorKind::Overloaded, "many"),
            },
            _ => DialogEvent::Idle,
        }
    }

    fn act(&mut self, actions: Vec<Action>) {
        let mut actions = VecDeque::from(actions);
        while let Some(action) = actions.pop_front() {
            assert!(!self.is_closed, "nothing follows a close");
            match action {
                Action::Open(opening) => {
                    assert!(!self.is_open, "one session a connection");
                    // An engine that has no model for every other language.
                    let further = if opening.language.is_none() || opening.hints.len() % 2 == 0 {
                        self.is_open = true;
                        self.conversation.opened(&opened(), &connected(), "none")
                    } else {
                        self.conversation
                            .refused(&Problem::of(&Error::new(ErrorKind::ModelNotFound, "no model")))
                    };
                    further.into_iter().rev().for_each(|action| actions.push_front(action));
                }
                Action::Change(change) => {
                    assert!(self.is_open);
                    let (input, interim) = (change.is_of_input(), change.interim);
                    if input {
                        self.input.push_back(InputCommand::Update(Box::default()));
                    }
                    self.conversation.changed(Changed { input, interim, ..Changed::default() });
                }
                Action::Input(command) => {
                    assert!(self.is_open);
                    self.input.push_back(command);
                    assert!(self.input.len() <= QUEUE, "no more than the pool takes");
                }
                Action::Output(command) => {
                    assert!(self.is_open);
                    self.output.push_back(command);
                    assert!(self.output.len() <= QUEUE, "no more than the pool takes");
                }
                Action::Interview(_) => assert!(self.is_open),
                Action::Clear | Action::Confirm | Action::Reject | Action::Played { .. } => {
                    assert!(self.is_open);
                }
                Action::Send(sent) => self.sent(sent),
                Action::Close => {
                    let last = self.sent.last().and_then(kind_of);
                    assert_eq!(last.as_deref(), Some("closed"));
                    self.is_closed = true;
                }
            }
        }
    }

    fn sent(&mut self, sent: Sent) {
        match &sent {
            Sent::Audio(audio) => {
                assert!(!audio.is_empty() && self.run.is_some(), "its run was told");
            }
            Sent::Text(text) => {
                let message: Value = serde_json::from_str(text).expect("a message is JSON");
                let kind = message["type"].as_str().expect("a type");
                if kind == "ready" {
                    return;
                }
                assert_eq!(message["seq"], self.sent.len() as u64 + 1, "numbers without gaps");
                assert!(
                    self.is_open || ["error", "warning", "closed"].contains(&kind),
                    "{kind} before ready"
                );
                match kind {
                    "audio" => self.run = message["run"].as_u64(),
                    "partial" => {
                        let text = message["text"].as_str().map(str::to_owned);
                        assert!(text.is_some() && text != self.partial, "no partial is repeated");
                        self.partial = text;
                    }
                    "speech_ended" => self.partial = None,
                    "error" | "warning" => {
                        assert!(message["code"].is_string() && message["message"].is_string());
                        assert!(message["retryable"].is_boolean());
                    }
                    _ => {}
                }
                if kind == "final" || kind == "turn_ended" || kind == "resumed" {
                    self.partial = None;
                }
            }
        }
        self.sent.push(sent);
    }
}

fn kind_of(sent: &Sent) -> Option<String> {
    let Sent::Text(text) = sent else { return None };
    let message: Value = serde_json::from_str(text).ok()?;
    message["type"].as_str().map(str::to_owned)
}

fn transcript(count: u32) -> Transcript {
    let word = Word { text: "a".into(), start_ms: 10, end_ms: 20, confidence: Some(0.5) };
    let reading = Alternative { text: "a".into(), score: 1.5, words: vec![word.clone()] };
    Transcript {
        text: "a".into(),
        words: vec![word; (count % 2) as usize],
        alternatives: vec![reading; (count % 3) as usize],
        ..Transcript::default()
    }
}

pub(super) fn opened() -> Opened {
    let language: LanguageTag = "ar".parse().expect("a language");
    let model = ModelInfo {
        name: "words".into(),
        engine: "vosk",
        takes_grammar: true,
        sample_rates: SampleRates::ONE,
        adapts: true,
    };
    let voice = VoiceInfo {
        name: "voice".into(),
        engine: "vits",
        language: language.clone(),
        sample_rate: 16_000,
        speakers: Vec::new(),
        streams: true,
    };
    Opened { model, language, voice, format: Format::default() }
}

pub(super) fn connected() -> Connected<'static> {
    Connected {
        session: 1,
        resume_token: Some("token"),
        resume_seconds: 60,
        max_text: 1 << 18,
        idle: Duration::from_mins(10),
        longest: Duration::from_hours(4),
    }
}
