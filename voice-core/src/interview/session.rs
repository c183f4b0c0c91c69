//! An interview over a [dialog](crate::dialog): events of the dialog go in, and commands for its two halves come out.
//!
//! It has no thread and no clock, like the [`Interview`] that it holds. The host opens a dialog with
//! [`stt_options`](InterviewSession::stt_options) and [`dialog_options`](InterviewSession::dialog_options), gives every
//! event of the dialog to [`event`](InterviewSession::event), typed answers to [`input`](InterviewSession::input), and
//! does what [`next_action`](InterviewSession::next_action) asks.

mod messages;

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value as Json;

use self::messages::Told;
use super::machine::{Action, EndReason, Escalated, Heard, Input, Interview, Listen, Prompt, Reading};
use super::response::ResponseStatus;
use crate::LanguageTag;
use crate::dialog::{
    DialogEvent, DialogOptions, Expect, InputCommand, InputUpdate, ListenerWords, OutputCommand, Say,
    SayText, TurnEnd,
};
use crate::stt::{Grammar, GrammarUpdate, Model, ModelInUse, SttOptions, SttUpdate, Transcript};

/// What is the same in all models that have it: a word that is none of the grammar.
const UNKNOWN: &str = "[unk]";

/// The scores of alternatives are logarithms; this many of their units are a factor of e in probability.
const SCORE_SCALE: f32 = 10.0;

/// The most utterances of a turn of which the alternatives are looked at.
const MAX_FINALS: usize = 64;

/// An interview over a dialog.
pub struct InterviewSession {
    interview: Interview,
    /// The model that listens.
    model: ModelInUse,
    /// The utterances of the current turn.
    finals: Vec<Transcript>,
    /// The last prompt that was not heard.
    last_prompt: Option<String>,
    speed: f32,
    /// The last phrases, for another model.
    phrases: Vec<String>,
    told: Told,
    actions: VecDeque<SessionAction>,
    is_finished: bool,
}

/// What the host does.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionAction {
    /// Give this to the half that listens.
    Input(InputCommand),
    /// Give this to the half that speaks.
    Output(OutputCommand),
    /// Speak what follows at this speed, relative to the voice's own; see
    /// [`OutputUpdate`](crate::dialog::OutputUpdate).
    Speed(f32),
    /// Show this: a message with a `type`, which is `prompt`, `question`, `answered`, `escalation` or `interview_ended`.
    /// See docs/voice-v1.md.
    Tell(Json),
    /// An answer changed: store the [state](Interview::state).
    Saved,
    /// Tell those who help.
    Escalate(Escalated),
    /// The interview is over; see [`InterviewSession::is_over`].
    Finished {
        /// The status of the response.
        status: ResponseStatus,
        /// Why.
        reason: EndReason,
    },
}

impl InterviewSession {
    /// A session whose dialog listens with `model`. Its first actions are ready.
    pub fn new(interview: Interview, model: ModelInUse) -> Self {
        let is_finished = interview.end().is_some();
        let mut session = Self {
            interview,
            model,
            finals: Vec::new(),
            last_prompt: None,
            speed: 1.0,
            phrases: Vec::new(),
            told: Told::default(),
            actions: VecDeque::new(),
            is_finished,
        };
        session.take();
        session
    }

    /// The options of speech to text that an interview needs, with the host's own: words with their confidence.
    pub fn stt_options(own: SttOptions, language: &LanguageTag) -> SttOptions {
        SttOptions { words: true, language: Some(language.clone()), ..own }
    }

    /// The options of a dialog that an interview needs, with the host's own: "yes" is an answer, and does not only tell
    /// that the user listens.
    pub fn dialog_options(own: DialogOptions, language: &LanguageTag) -> DialogOptions {
        let words = ListenerWords::of_language(language).with_backchannels::<&str>(&[]);
        DialogOptions { words, ..own }
    }

    /// What the user is expected to say before the first [`SessionAction::Input`].
    pub fn first_expect() -> Expect {
        Expect::Open
    }

    /// What the application is told first: a message of the type `interview`.
    pub fn begun(&self) -> Json {
        messages::interview(&self.interview)
    }

    /// The interview.
    pub fn interview(&self) -> &Interview {
        &self.interview
    }

    /// The interview, without its dialog.
    pub fn into_interview(self) -> Interview {
        self.interview
    }

    /// Takes an event of the dialog. `now` is the time since this value was made.
    pub fn event(&mut self, event: &DialogEvent, now: Duration) {
        match event {
            DialogEvent::SpeechStarted { .. } => self.input(Input::SpeechStarted, now),
            DialogEvent::Final(transcript) if self.finals.len() < MAX_FINALS => {
                self.finals.push(transcript.clone());
            }
            DialogEvent::TurnEnded { text, reason, .. } => {
                let finals = std::mem::take(&mut self.finals);
                let is_cut = *reason == TurnEnd::MaxLength;
                self.input(Input::Heard(heard(text, &finals, is_cut)), now);
            }
            // What was said was no turn.
            DialogEvent::Resumed { .. } => self.finals.clear(),
            DialogEvent::Spoken { id } | DialogEvent::Refused { id: Some(id), .. } => {
                let id = id.clone();
                self.last_prompt.take_if(|last| *last == id);
                self.input(Input::Spoken { id }, now);
            }
            DialogEvent::Interrupted { ids, .. } | DialogEvent::Discarded { ids } => {
                self.interrupted(ids, now);
            }
            DialogEvent::ModelChanged { .. } => self.use_phrases(None),
            _ => {}
        }
    }

    /// These prompts are not heard any more.
    fn interrupted(&mut self, ids: &[String], now: Duration) {
        // Prompts that a newer one replaced do not interrupt it.
        if self.last_prompt.take_if(|last| ids.contains(last)).is_some() {
            self.input(Input::Interrupted, now);
        }
    }

    /// Gives the interview an input, such as a typed answer, or [`Input::Tick`] at the [`timeout`](Self::timeout).
    pub fn input(&mut self, input: Input, now: Duration) {
        self.interview.handle(input, now);
        self.take();
    }

    /// Ends the interview from outside, such as after a hang-up. The answers are kept.
    pub fn stop(&mut self) {
        self.interview.stop();
        self.take();
    }

    /// What the host does next, or `None` until another event.
    pub fn next_action(&mut self) -> Option<SessionAction> {
        self.actions.pop_front()
    }

    /// The time after the last input at which [`Input::Tick`] is due. `None` if the interview is over.
    pub fn timeout(&self) -> Option<Duration> {
        self.interview.timeout()
    }

    /// Whether the interview is over and its last prompt was heard, so that the host can close the dialog.
    pub fn is_over(&self) -> bool {
        self.is_finished && self.last_prompt.is_none()
    }

    /// Whether all prompts were heard: the interview waits for an answer, or is over.
    pub fn is_waiting(&self) -> bool {
        self.last_prompt.is_none()
    }

    fn take(&mut self) {
        while let Some(action) = self.interview.next_action() {
            match action {
                Action::Say(prompt) => self.say(prompt),
                Action::Listen(listen) => self.listen(listen),
                Action::Saved => self.actions.push_back(SessionAction::Saved),
                Action::Escalate(escalated) => {
                    self.tell(messages::escalation(&escalated));
                    self.actions.push_back(SessionAction::Escalate(escalated));
                }
                Action::Finished { status, reason } => {
                    self.is_finished = true;
                    self.tell_changes();
                    self.tell(messages::interview_ended(status, reason, &self.interview));
                    self.actions.push_back(SessionAction::Finished { status, reason });
                }
            }
        }
        self.tell_changes();
    }

    fn tell_changes(&mut self) {
        let changes = self.told.changes(&self.interview);
        self.actions.extend(changes.into_iter().map(SessionAction::Tell));
    }

    fn tell(&mut self, message: Json) {
        self.actions.push_back(SessionAction::Tell(message));
    }

    fn say(&mut self, prompt: Prompt) {
        if prompt.speed.to_bits() != self.speed.to_bits() {
            self.speed = prompt.speed;
            self.actions.push_back(SessionAction::Speed(prompt.speed));
        }
        self.last_prompt = Some(prompt.id.clone());
        self.tell(messages::prompt(&prompt.id, &prompt.text));
        self.actions.push_back(SessionAction::Output(OutputCommand::Say(Say {
            id: prompt.id,
            text: SayText::Plain(prompt.text),
            interrupts: prompt.replaces,
            may_be_interrupted: prompt.may_be_interrupted,
        })));
    }

    fn listen(&mut self, listen: Listen) {
        self.phrases = listen.phrases;
        self.use_phrases(Some(listen.expect));
    }

    /// Has the model listen for the phrases, as far as it can.
    fn use_phrases(&mut self, expect: Option<Expect>) {
        let grammar = match grammar(&self.phrases, &*self.model.get()) {
            Some(grammar) => GrammarUpdate::Replaced(grammar),
            None => GrammarUpdate::Removed,
        };
        let update = InputUpdate { stt: SttUpdate { grammar, ..SttUpdate::default() }, models: None, expect };
        self.actions.push_back(SessionAction::Input(InputCommand::Update(Box::new(update))));
    }
}

/// The phrases of which a model knows every word, and its word for anything else. `None` if it takes no grammar, or the
/// phrases are none.
fn grammar(phrases: &[String], model: &dyn Model) -> Option<Grammar> {
    if phrases.is_empty() || !model.info().takes_grammar {
        return None;
    }
    let is_known = |phrase: &&String| phrase.split_whitespace().all(|word| model.spelling(word).is_some());
    let known: Vec<_> = phrases.iter().filter(is_known).map(String::as_str).collect();
    if known.is_empty() {
        return None;
    }
    let unknown = model.spelling(UNKNOWN).map(|_| UNKNOWN);
    let grammar = Grammar::new(known.into_iter().chain(unknown)).ok()?;
    grammar.spelled_by(|word| model.spelling(word)).0
}

/// What was said in a turn: its text, and that text with each alternative of one of its utterances.
fn heard(text: &str, finals: &[Transcript], is_cut: bool) -> Heard {
    let mut hypotheses = vec![Reading { text: text.to_owned(), confidence: confidence(finals) }];
    let best: Vec<_> = finals.iter().map(|transcript| transcript.text.as_str()).collect();
    for (at, transcript) in finals.iter().enumerate() {
        let scores: Vec<_> = transcript.alternatives.iter().map(|alternative| alternative.score).collect();
        for (alternative, share) in transcript.alternatives.iter().zip(shares(&scores)).skip(1) {
            let mut words = best.clone();
            words[at] = &alternative.text;
            let text = words.join(" ").trim().to_owned();
            hypotheses.push(Reading { text, confidence: Some(share) });
        }
    }
    let offset_ms = finals.first().map(|transcript| transcript.start_ms);
    Heard { hypotheses, offset_ms, is_cut }
}

/// The confidence of the words that were recognized with the least, or of the best of the alternatives.
fn confidence(finals: &[Transcript]) -> Option<f32> {
    let of = |transcript: &Transcript| {
        let words = transcript.words.iter().filter_map(|word| word.confidence).reduce(f32::min);
        words.or_else(|| {
            let scores: Vec<_> =
                transcript.alternatives.iter().map(|alternative| alternative.score).collect();
            shares(&scores).next()
        })
    };
    finals
        .iter()
        .filter(|transcript| !transcript.text.is_empty())
        .map(of)
        .reduce(|one, other| Some(one?.min(other?)))?
}

/// The probabilities of alternatives by their scores.
fn shares(scores: &[f32]) -> impl Iterator<Item = f32> {
    let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = move |score: &f32| ((score - best) / SCORE_SCALE).exp();
    let sum: f32 = scores.iter().map(weight).sum();
    scores.iter().map(move |score| weight(score) / sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stt::{Alternative, Word};

    fn transcript(text: &str, confidences: &[f32], alternatives: &[(&str, f32)]) -> Transcript {
        Transcript {
            text: text.into(),
            words: text
                .split(' ')
                .zip(confidences)
                .map(|(word, confidence)| Word {
                    text: word.into(),
                    start_ms: 0,
                    end_ms: 0,
                    confidence: Some(*confidence),
                })
                .collect(),
            alternatives: alternatives
                .iter()
                .map(|(text, score)| Alternative { text: (*text).into(), score: *score, words: Vec::new() })
                .collect(),
            start_ms: 700,
            end_ms: 0,
        }
    }

    #[test]
    fn turn_of_several_utterances_has_all_their_alternatives() {
        let finals = [
            transcript("one two", &[], &[("one two", 20.0), ("one too", 10.0)]),
            transcript("three", &[], &[("three", 20.0), ("tree", 20.0)]),
        ];
        let heard = heard("one two three", &finals, true);
        let texts: Vec<_> = heard.hypotheses.iter().map(|reading| reading.text.as_str()).collect();
        assert_eq!(texts, ["one two three", "one too three", "one two tree"]);
        assert_eq!(heard.hypotheses[0].confidence, Some(0.5), "the least sure utterance counts");
        assert_eq!((heard.offset_ms, heard.is_cut), (Some(700), true));
    }

    #[test]
    fn confidence_is_that_of_the_least_sure_word() {
        let finals = [transcript("one two", &[0.9, 0.4], &[]), transcript("", &[], &[])];
        assert_eq!(confidence(&finals), Some(0.4));
        assert_eq!(confidence(&[transcript("one", &[], &[])]), None);
        assert_eq!(confidence(&[]), None);
    }
}
