//! Tests of the rules, without sessions: the test tells the time and what the listener has heard.

mod answers;
mod barge_in;
mod turn;

use std::time::{Duration, Instant};

use super::options::{Decider, DialogOptions, EchoCanceller, Expect};
use super::rules::Rules;
use super::state::{Action, Facts, Output, Stale, Turn};
use super::*;
use crate::stt::{EndReason, Transcript};
use crate::tts::AudioChunk;

const PROMPT: &str = "مرحبا بك في عيادة الأسنان، هل تريد حجز موعد جديد أم تغيير موعدك الحالي؟";

/// Rules, and the facts that they are told.
struct Table {
    rules: Rules,
    facts: Facts,
    actions: Vec<Action>,
}

impl Table {
    fn new(options: DialogOptions, expect: Expect) -> Self {
        let now = Instant::now();
        let heard = Heard { ms: 0, text: 0, clause: 0..0 };
        let facts = Facts { now, heard, ahead: Duration::ZERO };
        Self { rules: Rules::new(options, expect, now), facts, actions: Vec::new() }
    }

    fn arabic() -> Self {
        let words = ListenerWords::of_language(&"ar".parse().unwrap());
        Self::new(DialogOptions { words, ..DialogOptions::default() }, Expect::Open)
    }

    /// The prompt is audible since `heard_ms`, and the listener is at its byte `heard`.
    fn speaking(mut self, heard_ms: u64, heard: usize) -> Self {
        self.say("prompt", PROMPT);
        self.facts.ahead = Duration::from_secs(2);
        self.facts.heard = Heard { ms: heard_ms, text: heard, clause: 0..PROMPT.len() };
        self.rules.audio(chunk(0..PROMPT.len()));
        self.rules.progress(&self.facts);
        self
    }

    fn say(&mut self, id: &str, text: &str) {
        self.rules.say(id.into(), text.into(), true, false);
        self.collect();
    }

    fn call<T>(&mut self, call: impl FnOnce(&mut Rules, &Facts) -> T) -> T {
        let result = call(&mut self.rules, &self.facts);
        self.collect();
        result
    }

    fn collect(&mut self) {
        let actions = self.rules.take_actions();
        for action in &actions {
            match action {
                Action::Pause => self.rules.boundary(Stale::UntilPaused),
                Action::Cancel => {
                    self.rules.boundary(Stale::UntilCancelled);
                    self.facts.ahead = Duration::ZERO;
                }
                Action::Resume | Action::EndUtterance => {}
            }
        }
        self.actions.extend(actions);
    }

    fn wait(&mut self, ms: u64) {
        self.facts.now += Duration::from_millis(ms);
        self.call(Rules::tick);
    }

    /// Voice begins, and text is recognized.
    fn voice(&mut self, text: &str) {
        self.call(|rules, facts| rules.speech_started(1_000, facts));
        if !text.is_empty() {
            self.call(|rules, facts| rules.partial(text.into(), facts));
        }
    }

    /// Silence up to `ms`, in pieces of 16 ms, until the rules end the utterance. Returns the silence then.
    fn silence(&mut self, ms: u32) -> Option<u32> {
        self.silence_after(0, ms)
    }

    /// The same after a silence of `from` ms.
    fn silence_after(&mut self, from: u32, ms: u32) -> Option<u32> {
        let before = self.actions.len();
        for silence in (from + 16..=ms).step_by(16) {
            self.facts.now += Duration::from_millis(16);
            self.call(|rules, facts| rules.heard_audio(Some(silence), 0, facts));
            if self.actions[before..].contains(&Action::EndUtterance) {
                return Some(silence);
            }
        }
        None
    }

    /// Audio with voice.
    fn voice_goes_on(&mut self, ms: u64) {
        for _ in 0..ms / 16 {
            self.wait(16);
            self.call(|rules, facts| rules.heard_audio(Some(0), 0, facts));
        }
    }

    /// The utterance ends with this text.
    fn ends(&mut self, text: &str) {
        let transcript = Transcript { text: text.into(), ..Transcript::default() };
        self.call(|rules, facts| rules.final_text(transcript, facts));
        self.call(|rules, facts| rules.speech_ended(2_000, EndReason::Flushed, facts));
    }

    /// The names of the events since the last call.
    fn events(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.rules.next_event())
            .map(|event| {
                let shown = format!("{event:?}");
                let name = shown.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
                match event {
                    DialogEvent::TurnEnded { reason, .. } => format!("{name} {reason:?}"),
                    DialogEvent::Resumed { reason } => format!("{name} {reason:?}"),
                    _ => name,
                }
            })
            .collect()
    }
}

fn chunk(span: std::ops::Range<usize>) -> AudioChunk {
    AudioChunk { audio: vec![0; 320], at_ms: 0, end_ms: 10, span }
}

/// In random order, all inputs: no panic, each state has a deadline, a tick at it does not leave the same deadline, and
/// what was requested is either heard, or told as interrupted or discarded.
#[test]
fn every_state_has_a_deadline() {
    let mut random = fastrand::Rng::with_seed(7);
    let texts = ["", "نعم", "أها", "أريد موعدا جديدا", "لحظة", "عيادة الأسنان هل تريد", "[unk]"];
    for round in 0..2_000 {
        let mut options =
            DialogOptions { words: Table::arabic().rules.options.words, ..DialogOptions::default() };
        options.barge_in.decider =
            random.choice([Decider::Words, Decider::Application, Decider::Never]).unwrap();
        options.barge_in.min_words = random.u8(1..3);
        options.echo_canceller = random.choice([EchoCanceller::Device, EchoCanceller::None]).unwrap();
        let expect = [Expect::Open, Expect::Digits { count: Some(3) }, Expect::Manual];
        let mut table = Table::new(options, random.choice(expect).unwrap());
        let (mut requested, mut told, mut silence) = (0, 0, 0);
        for _ in 0..60 {
            let text = random.choice(texts).unwrap();
            match random.u8(0..13) {
                0 => {
                    requested += 1;
                    if table.rules.defers() {
                        table.rules.deferred.say(Say::new("u", PROMPT)).unwrap();
                    } else {
                        table.say("u", PROMPT);
                    }
                    table.facts.ahead = Duration::from_millis(random.u64(0..4_000));
                }
                1 if matches!(table.rules.turn, Turn::Quiet) => {
                    silence = 0;
                    table.voice(text);
                }
                2 => table.call(|rules, facts| rules.partial(text.into(), facts)),
                3 | 4 => {
                    silence = if random.bool() { silence + 160 } else { 0 };
                    table.call(|rules, facts| rules.heard_audio(Some(silence), 0, facts));
                }
                5 => table.ends(text),
                6 => table.call(Rules::end_turn),
                7 => table.call(Rules::clear),
                8 => table.call(Rules::reject),
                9 => table.call(|rules, facts| {
                    if rules.is_undecided() {
                        rules.confirm(facts);
                    }
                }),
                10 => {
                    let step = random.u64(0..2_000);
                    table.facts.heard.ms += step;
                    table.facts.heard.text += random.usize(0..60);
                    table.facts.ahead = table.facts.ahead.saturating_sub(Duration::from_millis(step));
                    let end = table.facts.heard.text;
                    table.rules.audio(chunk(end..end + 1));
                }
                11 => {
                    table.call(Rules::all_made);
                }
                _ => {
                    while table.rules.deferred.take_due().is_some() {
                        table.say("u", PROMPT);
                    }
                }
            }
            let is_held = matches!(table.rules.output, Output::Held { .. });
            assert!(!is_held || !matches!(table.rules.turn, Turn::Quiet), "the turn's deadline ends it");
            let deadline = table.rules.deadline(&table.facts);
            let wait = deadline.saturating_duration_since(table.facts.now);
            assert!(wait <= Duration::from_mins(10));
            table.facts.now = table.facts.now.max(deadline);
            table.call(Rules::tick);
            let next = table.rules.deadline(&table.facts);
            assert!(next > table.facts.now, "round {round}: {:?} {:?}", table.rules.turn, table.rules.output);
            while let Some(event) = table.rules.next_event() {
                match event {
                    DialogEvent::Spoken { .. } => told += 1,
                    DialogEvent::Interrupted { ids, .. } | DialogEvent::Discarded { ids } => {
                        told += ids.len();
                    }
                    _ => {}
                }
            }
            assert_eq!(requested, told + table.rules.utterances.len() + table.rules.deferred.len());
        }
    }
}
