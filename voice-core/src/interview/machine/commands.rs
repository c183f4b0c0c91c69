//! What the user asks for instead of answering.

use super::Interview;
use super::action::{EndReason, EscalationReason};
use super::answering::Said;
use super::state::{Hold, Phase, Question};
use crate::interview::form::EscalationAction;
use crate::interview::options::HumanHelp;
use crate::interview::response::{Place, ResponseStatus, SkipReason};
use crate::interview::sentences::Sentence;
use crate::interview::understand::Command;

impl Interview {
    pub(super) fn command(&mut self, command: Command, said: &Said) {
        match command {
            Command::Repeat => self.ask_again(&[]),
            Command::Slower => {
                self.core.speed = self.core.speed.slower();
                self.ask_again(&[Sentence::Slower]);
            }
            Command::Help => {
                let mut texts = vec![self.text(Sentence::Help)];
                texts.extend(self.how_to_answer());
                self.prompt(texts);
            }
            Command::Wait => self.hold(),
            Command::Resume => self.resume(said),
            Command::Done => self.done(said),
            Command::Back => self.back(),
            Command::Skip => self.skip(),
            Command::Stop => {
                self.escalate_unconfirmed();
                self.say_all(vec![self.text(Sentence::Stopped)], false);
                self.finish(ResponseStatus::Stopped, EndReason::UserStopped);
            }
            Command::Human => self.human(said.text()),
        }
    }

    /// The user wants to speak with a human.
    pub(super) fn human(&mut self, words: &str) {
        if self.core.options.human == HumanHelp::None {
            let health = self.core.options.lines.health.clone();
            return self.ask_again(&[Sentence::NoHuman { health: &health }]);
        }
        self.escalate_unconfirmed();
        self.escalate(EscalationAction::Clinician, EscalationReason::Asked, words, true, false);
        self.end_with_human(Vec::new(), EndReason::Human);
    }

    /// The interview ends, and a human goes on if there is one.
    pub(super) fn end_with_human(&mut self, first: Vec<String>, reason: EndReason) {
        let mut texts = first;
        texts.push(self.text(match self.core.options.human {
            HumanHelp::Transfer => Sentence::HumanComes,
            HumanHelp::CallBack => Sentence::HumanCallsBack,
            HumanHelp::None => Sentence::Stopped,
        }));
        self.say_all(texts, false);
        self.finish(ResponseStatus::Stopped, reason);
    }

    fn hold(&mut self) {
        let longest = match &self.core.question {
            Question::Item { place, .. } => self.longest_measurement(place),
            _ => None,
        };
        let longest = longest.unwrap_or(self.core.options.hold);
        self.core.hold = Some(Hold { until: self.core.elapsed + longest });
        self.core.tries.has_waited = true;
        self.prompt(vec![self.text(Sentence::Hold)]);
    }

    /// "Go on": after a wait, or with the answer that a question has.
    fn resume(&mut self, said: &Said) {
        if self.core.hold.take().is_some() {
            return self.ask_again(&[Sentence::GoOn]);
        }
        match &self.core.question {
            Question::Item { place, is_again: true, .. } if self.answer_before(place).is_some() => {
                self.core.question = Question::Nothing;
                self.advance(Vec::new());
            }
            Question::Item { is_another: true, .. } => self.done(said),
            _ => self.ask_again(&[]),
        }
    }

    /// "That's all".
    fn done(&mut self, said: &Said) {
        if self.core.hold.is_some() {
            return self.resume(said);
        }
        match self.core.question.clone() {
            Question::Item { is_another: true, .. } => self.advance(Vec::new()),
            Question::Group(place) => {
                self.core.ended_groups.insert(place.with_index(0));
                self.advance(Vec::new());
            }
            Question::Item { is_again: true, .. } => self.resume(said),
            _ => self.failed(),
        }
    }

    /// The question before. From a read-back, the question that is read back.
    fn back(&mut self) {
        if let Phase::Confirm(_) = self.core.phase {
            self.core.phase = Phase::Ask;
            return self.ask_again(&[]);
        }
        let before = match &self.core.question {
            Question::Item { place, is_another: true, .. } => Some(place.clone()),
            Question::Item { place, .. } => self.response.previous(place),
            Question::Group(place) => self.last_of(place),
            _ => None,
        };
        match before {
            Some(place) => self.ask_item(place, true, Vec::new()),
            None => self.ask_again(&[Sentence::NoQuestionBefore]),
        }
    }

    /// The last question inside of a group.
    fn last_of(&self, group: &Place) -> Option<Place> {
        let inside = self.response.enabled().filter(|place| place.steps().starts_with(group.steps()));
        inside.filter(|place| self.item(place).is_asked()).last().cloned()
    }

    fn skip(&mut self) {
        let place = match self.core.question.clone() {
            Question::Item { is_another: true, .. } => return self.advance(Vec::new()),
            Question::Item { place, .. } => place,
            Question::Group(place) => {
                self.core.ended_groups.insert(place.with_index(0));
                return self.advance(Vec::new());
            }
            _ => return self.failed(),
        };
        self.core.phase = Phase::Ask;
        self.core.tries.skips += 1;
        let is_needed =
            self.is_critical(&place) || self.parts(&place).iter().any(|part| self.item(part).required);
        if is_needed && self.core.tries.skips == 1 {
            return self.prompt(vec![self.text(Sentence::MustBeAnswered)]);
        }
        let texts = vec![self.text(Sentence::Skipped)];
        self.leave_out(&place, SkipReason::Asked, texts);
    }
}
