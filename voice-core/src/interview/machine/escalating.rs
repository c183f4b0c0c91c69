//! What needs help: answers by the rules of a form, and words that are said at any time.

use super::Interview;
use super::action::{Action, EndReason, Escalated, EscalationReason};
use super::answering::Said;
use super::state::{Doubt, Pending, Phase};
use crate::interview::enablement;
use crate::interview::form::{Condition, EscalationAction, Item};
use crate::interview::red_flag::RedFlag;
use crate::interview::response::{Confirmation, Place, ResponseStatus};
use crate::interview::sentences::Sentence;
use crate::interview::understand::{Answer, Command, Expected, Meaning};
use crate::interview::value::Value;

/// A rule that an answer meets.
struct Rule {
    action: EscalationAction,
    message: Option<String>,
    continues: bool,
}

/// The question of the PHQ-9 about thoughts of death or self-harm.
pub(super) fn is_self_harm(item: &Item) -> bool {
    item.codes.iter().any(|code| {
        code.code.as_deref() == Some("44260-8")
            && code.system.as_deref().is_none_or(|system| system.trim_end_matches('/') == "http://loinc.org")
    })
}

impl Interview {
    /// Words that need help. Returns whether nothing else is to be done with what was said.
    pub(super) fn red_flag(&mut self, flag: &RedFlag, said: &str) -> bool {
        if flag.is_denied && self.core.doubt.is_none() {
            self.core.doubt = Some(Doubt { words: flag.words.clone(), failures: 0 });
            let text = self.text(Sentence::IsItHappening { words: &flag.words });
            self.prompt(vec![text]);
            return true;
        }
        if flag.is_denied {
            // The user denies it again.
            return false;
        }
        self.core.doubt = None;
        self.escalate_red_flag(said, false)
    }

    /// Returns whether the interview is over.
    fn escalate_red_flag(&mut self, words: &str, is_confirmed: bool) -> bool {
        let continues = self.core.options.red_flags_continue;
        self.escalate(EscalationAction::Emergency, EscalationReason::RedFlag, words, is_confirmed, continues);
        let lines = self.core.options.lines.clone();
        let text = self.text(Sentence::Emergency { emergency: &lines.emergency, health: &lines.health });
        self.say_all(vec![text], false);
        if !continues {
            self.finish(ResponseStatus::Stopped, EndReason::Escalated);
        }
        !continues
    }

    /// What the user says when asked whether such words are meant.
    pub(super) fn doubt_said(&mut self, said: &Said) {
        let understood = said.understood(&Expected::YesNo, self);
        match understood.meaning {
            Meaning::Answer(Answer::Value(Value::Boolean(yes))) => self.doubt_answered(yes, said),
            Meaning::Command(
                command @ (Command::Stop | Command::Human | Command::Repeat | Command::Slower),
            ) => {
                self.command(command, said);
            }
            _ => self.doubt_failed(),
        }
    }

    pub(super) fn doubt_answered(&mut self, yes: bool, said: &Said) {
        let Some(doubt) = self.core.doubt.take() else { return };
        if yes {
            let words = format!("{} / {}", doubt.words, said.text());
            if !self.escalate_red_flag(&words, true) {
                self.ask_again(&[Sentence::GoOn]);
            }
        } else {
            self.ask_again(&[Sentence::GoOn]);
        }
    }

    /// Neither yes nor no: asked once more, then it is taken to be meant.
    pub(super) fn doubt_failed(&mut self) {
        let Some(doubt) = &mut self.core.doubt else { return };
        doubt.failures += 1;
        if doubt.failures < 2 {
            return self.ask_again(&[Sentence::SayYesOrNo]);
        }
        let words = std::mem::take(&mut doubt.words);
        self.core.doubt = None;
        if !self.escalate_red_flag(&words, false) {
            self.ask_again(&[]);
        }
    }

    /// Tells those who help.
    pub(super) fn escalate(
        &mut self,
        action: EscalationAction,
        reason: EscalationReason,
        words: &str,
        is_confirmed: bool,
        continues: bool,
    ) {
        let escalated = Escalated {
            action,
            reason,
            link_id: self.link_id().map(str::to_owned),
            words: words.to_owned(),
            is_confirmed,
            continues,
        };
        // The same words again change nothing in the response.
        if self.core.records.escalated.len() < 100 {
            self.core.records.escalated.push(escalated.clone());
        }
        self.actions.push_back(Action::Saved);
        self.actions.push_back(Action::Escalate(escalated));
    }

    /// Whether an answer meets a rule.
    pub(super) fn escalates(&self, pending: &Pending) -> bool {
        !self.rules(pending).is_empty()
    }

    /// Tells those who help about an answer that meets a rule. Returns whether the interview goes on.
    pub(super) fn escalate_answer(&mut self, pending: &Pending, is_confirmed: bool) -> bool {
        let rules = self.rules(pending);
        if rules.is_empty() {
            return true;
        }
        let words = pending.raw_words.clone().unwrap_or_else(|| pending.read_back.clone());
        let continues = rules.iter().all(|rule| rule.continues);
        let lines = self.core.options.lines.clone();
        for rule in rules {
            self.escalate(rule.action, EscalationReason::Answer, &words, is_confirmed, continues);
            let (emergency, health) = (&lines.emergency, &lines.health);
            let lines = match rule.action {
                EscalationAction::Emergency => Some(self.text(Sentence::Emergency { emergency, health })),
                EscalationAction::Clinician => Some(self.text(Sentence::Clinician { emergency, health })),
                EscalationAction::Note => None,
            };
            // The form's own words come first, and do not replace the numbers.
            self.say_all(rule.message.into_iter().chain(lines).collect(), false);
        }
        if !continues {
            self.finish(ResponseStatus::Stopped, EndReason::Escalated);
        }
        continues
    }

    /// An answer that needs help and was not confirmed when the interview ended is told, too.
    pub(super) fn escalate_unconfirmed(&mut self) {
        if let Phase::Confirm(pending) = self.core.phase.clone()
            && pending.source == Confirmation::None
            && self.escalates(&pending)
        {
            self.core.phase = Phase::Ask;
            self.escalate_answer_quietly(&pending);
        }
        if let Some(doubt) = self.core.doubt.take() {
            self.escalate(EscalationAction::Emergency, EscalationReason::RedFlag, &doubt.words, false, false);
        }
    }

    fn escalate_answer_quietly(&mut self, pending: &Pending) {
        let words = pending.raw_words.clone().unwrap_or_else(|| pending.read_back.clone());
        for rule in self.rules(pending) {
            self.escalate(rule.action, EscalationReason::Answer, &words, false, false);
        }
    }

    /// A critical question has no answer.
    pub(super) fn escalate_unanswered(&mut self, place: &Place) {
        let link_id = self.item(place).link_id.clone();
        let escalated = Escalated {
            action: EscalationAction::Clinician,
            reason: EscalationReason::Unanswered,
            link_id: Some(link_id),
            words: String::new(),
            is_confirmed: true,
            continues: true,
        };
        self.core.records.escalated.push(escalated.clone());
        self.actions.push_back(Action::Saved);
        self.actions.push_back(Action::Escalate(escalated));
    }

    /// The rules that an answer meets.
    fn rules(&self, pending: &Pending) -> Vec<Rule> {
        let language = &self.core.options.language;
        let mut rules = Vec::new();
        for (place, values) in &pending.parts {
            let item = self.item(place);
            for escalation in &item.voice.escalations {
                let condition = Condition {
                    question: item.id,
                    operator: escalation.operator,
                    answer: escalation.value.clone(),
                };
                let values: Vec<_> =
                    values.iter().map(|value| comparable_to(value, &condition.answer)).collect();
                if enablement::holds(&condition, values.iter()) {
                    rules.push(Rule {
                        action: escalation.action,
                        message: escalation.message.as_ref().map(|message| message.get(language).to_owned()),
                        continues: escalation.continues,
                    });
                }
            }
            if item.voice.escalations.is_empty() && (item.voice.critical || is_self_harm(item)) {
                let is_scored = |value: &&Value| {
                    let option = item.options.iter().find(|option| enablement::equal(&option.value, value));
                    option.and_then(|option| option.weight).is_some_and(|weight| weight > 0.into())
                };
                if values.iter().any(|value| is_scored(&value)) {
                    rules.push(Rule { action: EscalationAction::Clinician, message: None, continues: true });
                }
            }
        }
        rules
    }
}

/// A quantity as a number, if the rule has a number.
fn comparable_to(value: &Value, rule: &Value) -> Value {
    match (value, rule) {
        (Value::Quantity(quantity), Value::Integer(_) | Value::Decimal(_)) => Value::Decimal(quantity.value),
        _ => value.clone(),
    }
}
