//! What comes before the questions of the form: consent, who answers, and the check of identity.

use super::Interview;
use super::action::{Action, EndReason, EscalationReason};
use super::state::Question;
use crate::interview::form::EscalationAction;
use crate::interview::identity::IdentityCheck;
use crate::interview::response::ResponseStatus;
use crate::interview::sentences::Sentence;
use crate::interview::understand::{Answer, DigitsKind, Expected, Meaning};
use crate::interview::value::{PartialDate, Value};

/// The wrong answers after which the interview ends.
const MAX_WRONG: u8 = 3;

impl Interview {
    /// The first words.
    pub(super) fn begin(&mut self) {
        let title = self.form.title(&self.core.options.language).trim().trim_end_matches('.').to_owned();
        let greeting = (!title.is_empty()).then(|| self.text(Sentence::Greeting { title: &title }));
        self.open(greeting.into_iter().collect());
    }

    /// The next question before those of the form.
    fn open(&mut self, first: Vec<String>) {
        let (options, records) = (&self.core.options, &self.core.records);
        if options.asks_consent && records.consent.is_none() {
            self.ask(Question::Consent, first);
        } else if options.asks_respondent && records.is_patient.is_none() {
            self.ask(Question::Respondent, first);
        } else if options.identity.is_some() && records.is_identified.is_none() {
            self.ask(Question::Identity, first);
        } else {
            self.core.question = Question::Nothing;
            self.advance(first);
        }
    }

    /// An answer to one of these questions.
    pub(super) fn opening_answered(&mut self, meaning: &Meaning, confidence: f32) {
        let yes = match meaning {
            Meaning::Answer(Answer::Value(Value::Boolean(yes))) => Some(*yes),
            _ => None,
        };
        match (self.core.question.clone(), yes) {
            (Question::Consent | Question::Respondent, Some(yes)) if !self.is_sure(yes, confidence) => {
                let texts = vec![self.text(Sentence::NotUnderstood), self.text(Sentence::SayYesOrNo)];
                self.prompt(texts);
            }
            (Question::Consent, Some(yes)) => {
                self.core.records.consent = Some(yes);
                self.actions.push_back(Action::Saved);
                if yes {
                    return self.open(Vec::new());
                }
                self.say_all(vec![self.text(Sentence::ConsentRefused)], false);
                self.finish(ResponseStatus::Stopped, EndReason::NoConsent);
            }
            (Question::Respondent, Some(yes)) => {
                self.core.records.is_patient = Some(yes);
                self.actions.push_back(Action::Saved);
                let texts = if yes { Vec::new() } else { vec![self.text(Sentence::ProxyNoted)] };
                self.open(texts);
            }
            (Question::Identity, _) => self.identity_answered(meaning),
            _ => self.failed(),
        }
    }

    /// Whether an answer is sure, or was heard twice.
    fn is_sure(&mut self, yes: bool, confidence: f32) -> bool {
        let values = vec![Value::Boolean(yes)];
        let is_repeated = self.core.tries.rejected.as_ref() == Some(&values);
        self.core.tries.rejected = Some(values);
        is_repeated || confidence >= self.core.options.confidence
    }

    fn identity_answered(&mut self, meaning: &Meaning) {
        let Some(check) = self.core.options.identity.clone() else { return self.failed() };
        let is_right = match (&check, meaning) {
            (
                IdentityCheck::BirthDate(_),
                Meaning::Answer(Answer::Value(Value::Date(PartialDate::Day(date)))),
            ) => check.is_birth_date(*date),
            (
                IdentityCheck::LastFourDigits(_),
                Meaning::Answer(Answer::Digits { digits, .. })
                | Meaning::Incomplete(Answer::Digits { digits, .. }),
            ) if digits.len() >= 4 => check.are_last_digits(digits),
            _ => return self.failed(),
        };
        if is_right {
            self.core.records.is_identified = Some(true);
            self.actions.push_back(Action::Saved);
            let texts = vec![self.text(Sentence::IdentityConfirmed)];
            return self.open(texts);
        }
        self.core.tries.wrong += 1;
        if self.core.tries.wrong < MAX_WRONG {
            let mut texts = vec![self.text(Sentence::IdentityWrong)];
            texts.extend(self.how_to_answer());
            return self.prompt(texts);
        }
        self.core.records.is_identified = Some(false);
        self.escalate(EscalationAction::Clinician, EscalationReason::Identity, "", true, false);
        let texts = vec![self.text(Sentence::IdentityFailed)];
        self.end_with_human(texts, EndReason::NotIdentified);
    }

    pub(super) fn identity_sentence(&self) -> Sentence<'static> {
        match self.core.options.identity {
            Some(IdentityCheck::LastFourDigits(_)) => Sentence::AskLastDigits,
            _ => Sentence::AskBirthDate,
        }
    }

    pub(super) fn identity_hint(&self) -> Sentence<'static> {
        match self.core.options.identity {
            Some(IdentityCheck::LastFourDigits(_)) => Sentence::SayDigits,
            _ => Sentence::SayDate,
        }
    }

    pub(super) fn identity_expected(&self) -> Expected {
        match self.core.options.identity {
            Some(IdentityCheck::LastFourDigits(_)) => Expected::Digits(DigitsKind::Any(Some(4))),
            _ => Expected::Date { range: None },
        }
    }
}
