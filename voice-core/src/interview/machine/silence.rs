//! Time: silence, waits, and what is not understood.

use std::time::Duration;

use super::Interview;
use super::action::{EndReason, EscalationReason};
use super::state::{Hold, Phase, Question, Timer};
use crate::interview::form::EscalationAction;
use crate::interview::options::HumanHelp;
use crate::interview::response::{ResponseStatus, SkipReason};
use crate::interview::sentences::Sentence;
use crate::interview::understand::Expected;

/// Silences after which the user is asked to be there, and after which the interview stops.
const STILL_THERE: u8 = 3;
/// Failures after which another way to answer is offered, and after which the question is given up.
const OFFER: u8 = 3;
const GIVE_UP: u8 = 6;
/// Questions in a row that may be given up.
const MAX_LEFT_OUT: u8 = 3;
/// The longest turn: that of the longest utterance, with the time for its result.
const LONGEST_TURN: Duration = Duration::from_secs(90);

impl Interview {
    /// Does what is due.
    pub(super) fn tick(&mut self) {
        if self.core.elapsed >= self.core.options.longest {
            self.escalate_unconfirmed();
            self.say_all(vec![self.text(Sentence::EndedByTime)], false);
            return self.finish(ResponseStatus::Stopped, EndReason::TooLong);
        }
        match self.core.timer {
            Timer::Speaking { until } if self.core.elapsed >= until => self.start_listening(),
            Timer::Listening { until } if self.core.elapsed >= until => self.silent(),
            _ => {}
        }
    }

    pub(super) fn was_spoken(&mut self, id: &str) {
        if self.core.awaited.as_ref().is_some_and(|awaited| awaited.id == id) {
            self.start_listening();
        }
    }

    pub(super) fn was_interrupted(&mut self) {
        if self.core.awaited.is_some() {
            self.start_listening();
        }
    }

    /// The user speaks: the silence is over until the turn is.
    pub(super) fn speech_started(&mut self) {
        let least = self.core.elapsed + LONGEST_TURN;
        self.core.timer = match self.core.timer {
            Timer::Speaking { until } => Timer::Speaking { until: until.max(least) },
            Timer::Listening { until } => Timer::Listening { until: until.max(least) },
        };
    }

    /// The prompt was heard: from now on silence counts.
    fn start_listening(&mut self) {
        self.core.awaited = None;
        self.core.timer = Timer::Listening { until: self.core.elapsed + self.answer_timeout() };
    }

    /// The user goes on with a long answer.
    pub(super) fn wait_for(&mut self, time: Duration) {
        self.core.awaited = None;
        self.core.tries.silences = 0;
        self.core.timer = Timer::Listening { until: self.core.elapsed + time };
    }

    /// The user did not answer in time.
    pub(super) fn silent(&mut self) {
        if !self.core.text.is_empty() {
            return self.take_dictation();
        }
        if let Some(hold) = self.core.hold {
            return self.silent_hold(hold);
        }
        if !self.core.digits.is_empty() {
            return self.silent_digits();
        }
        if let (Question::Item { place, .. }, Phase::Ask, false) =
            (&self.core.question, &self.core.phase, self.core.tries.has_waited)
            && let Some(longest) = self.longest_measurement(place)
        {
            self.core.tries.has_waited = true;
            self.core.hold = Some(Hold { until: self.core.elapsed + longest });
            return self.prompt(vec![self.text(Sentence::StillHolding)]);
        }
        self.core.tries.silences += 1;
        if self.core.doubt.is_some() {
            return self.doubt_failed();
        }
        match self.core.tries.silences {
            1 => self.ask_again(&[Sentence::NotHeard]),
            silences if silences < STILL_THERE => {
                let mut texts = vec![self.text(Sentence::NotHeard)];
                texts.extend(match &self.core.phase {
                    Phase::Confirm(pending) => self.confirmation_texts(pending),
                    Phase::Ask => self.how_to_answer().into_iter().collect(),
                });
                self.prompt(texts);
            }
            STILL_THERE => self.ask_again(&[Sentence::StillThere]),
            _ => {
                self.escalate_unconfirmed();
                self.say_all(vec![self.text(Sentence::EndedBySilence)], false);
                self.finish(ResponseStatus::Stopped, EndReason::Silence);
            }
        }
    }

    /// The user gave some digits of a number and does not go on.
    fn silent_digits(&mut self) {
        self.core.tries.silences += 1;
        let heard = self.sentences.read_back().digits(&self.core.digits);
        let mut texts = vec![self.text(Sentence::DigitsWrong { heard: &heard })];
        if self.core.tries.silences > 1 {
            self.core.digits.clear();
        }
        let is_again = self.core.digits.is_empty();
        texts.push(self.text(if is_again { Sentence::SayInPairs } else { Sentence::GoOnWithDigits }));
        self.prompt(texts);
    }

    fn silent_hold(&mut self, hold: Hold) {
        if self.core.elapsed < hold.until {
            return self.prompt(vec![self.text(Sentence::StillHolding)]);
        }
        self.core.hold = None;
        self.ask_again(&[Sentence::HoldOver]);
    }

    /// Nothing was understood.
    pub(super) fn failed(&mut self) {
        if self.core.doubt.is_some() {
            return self.doubt_failed();
        }
        self.failed_with(&[Sentence::NotUnderstood]);
    }

    /// The answer cannot be taken, for the reason in these sentences.
    pub(super) fn failed_with(&mut self, why: &[Sentence<'_>]) {
        self.core.tries.failures += 1;
        let mut texts: Vec<_> = why.iter().map(|sentence| self.text(*sentence)).collect();
        match self.core.tries.failures {
            OFFER => return self.offer(texts),
            GIVE_UP.. => return self.give_up(texts),
            _ => {}
        }
        texts.extend(match &self.core.phase {
            Phase::Confirm(pending) => self.confirmation_texts(pending),
            Phase::Ask => self.how_to_answer().into_iter().collect(),
        });
        self.prompt(texts);
    }

    /// Another way to answer.
    pub(super) fn offer(&mut self, first: Vec<String>) {
        let is_typed = !matches!(self.expected(), Expected::Text | Expected::DateTime | Expected::Duration);
        let keypad = self.core.options.has_keypad && is_typed;
        let human = self.core.options.human != HumanHelp::None;
        let offer = match (keypad, human) {
            (true, true) => Sentence::OfferKeypadAndHuman,
            (true, false) => Sentence::OfferKeypad,
            (false, true) => Sentence::OfferHuman,
            (false, false) => Sentence::OfferSkip,
        };
        let mut texts = first;
        texts.push(self.text(offer));
        if let Phase::Confirm(pending) = &self.core.phase {
            texts.extend(self.confirmation_texts(pending));
        }
        self.prompt(texts);
    }

    /// The question is given up: it stays open, or a human goes on if it may not.
    pub(super) fn give_up(&mut self, first: Vec<String>) {
        self.escalate_unconfirmed();
        let place = match self.core.question.clone() {
            Question::Item { is_another: true, .. } => return self.advance(first),
            Question::Item { place, .. } => Some(place),
            Question::Group(group) => {
                self.core.ended_groups.insert(group.with_index(0));
                return self.advance(first);
            }
            _ => None,
        };
        self.core.left_out += 1;
        match place {
            Some(place) if !self.is_critical(&place) && self.core.left_out < MAX_LEFT_OUT => {
                let mut texts = first;
                texts.push(self.text(Sentence::SkippedUnanswered));
                self.leave_out(&place, SkipReason::NotUnderstood, texts);
            }
            place => {
                let parts = place.map_or_else(Vec::new, |place| self.parts(&place));
                for part in parts {
                    self.response.skip(&part, SkipReason::NotUnderstood);
                }
                let action = EscalationAction::Clinician;
                self.escalate(action, EscalationReason::NotUnderstood, "", true, false);
                self.end_with_human(Vec::new(), EndReason::NotUnderstood);
            }
        }
    }
}
