//! Answers that are read back: yes, no, or a correction.

use super::Interview;
use super::answering::Said;
use super::input::Reading;
use super::state::{Pending, Phase, Question};
use crate::interview::response::Confirmation;
use crate::interview::sentences::Sentence;
use crate::interview::understand::{Answer, Command, Expected, Meaning};
use crate::interview::value::Value;

/// The most words before a correction: "no no, six".
const BEFORE_CORRECTION: usize = 3;

/// The confidence of yes or no without any other word.
const PLAIN: f32 = 0.99;

impl Interview {
    /// Reads an answer back.
    pub(super) fn confirm(&mut self, pending: Pending) {
        let texts = self.confirmation_texts(&pending);
        self.core.phase = Phase::Confirm(pending);
        self.core.tries.failures = 0;
        self.prompt(texts);
    }

    pub(super) fn confirmation_texts(&self, pending: &Pending) -> Vec<String> {
        let answer = &pending.read_back;
        let sentence = match pending.source {
            Confirmation::Populated | Confirmation::Initial | Confirmation::Calculated => {
                Sentence::IsItRecorded { answer }
            }
            _ => Sentence::IsItRight { answer },
        };
        vec![self.text(sentence)]
    }

    /// What the user says to a read-back.
    pub(super) fn confirmation_said(&mut self, pending: &Pending, said: &Said) {
        let asked = self.expected();
        let yes_no = said.understood(&Expected::YesNo, self);
        let yes = match yes_no.meaning {
            Meaning::Command(Command::Back) | Meaning::NotUnderstood | Meaning::Unsure => None,
            Meaning::Command(command) => return self.command(command, said),
            Meaning::Answer(Answer::Value(Value::Boolean(yes))) => Some(yes),
            _ => None,
        };
        let is_plain = is_plain(said, self);
        if asked == Expected::YesNo || asked == Expected::Text || is_plain {
            match yes {
                Some(false) if asked == Expected::Text && !is_plain => {}
                Some(yes) if yes_no.confidence >= 0.5 => return self.confirmed_or_not(yes),
                _ => {}
            }
        }
        if asked == Expected::YesNo {
            return self.failed();
        }
        match self.correction(said, &asked, yes) {
            Some((meaning, confidence)) => {
                if let Meaning::Answer(answer) = &meaning
                    && self.is_same(answer, pending)
                    && yes != Some(false)
                {
                    return self.confirmed_or_not(true);
                }
                self.core.phase = Phase::Ask;
                self.core.tries.rejected = None;
                self.answered(&meaning, confidence, &[], said);
            }
            None => match yes {
                Some(yes) => self.confirmed_or_not(yes),
                None => self.failed(),
            },
        }
    }

    /// The answer that the user gives in place of the one that was read back.
    fn correction(&self, said: &Said, asked: &Expected, yes: Option<bool>) -> Option<(Meaning, f32)> {
        let is_answer = |meaning: &Meaning| {
            matches!(meaning, Meaning::Answer(_) | Meaning::OutOfRange(_) | Meaning::Incomplete(_))
        };
        let takes_text = matches!(asked, Expected::Text | Expected::Choice { is_open: true, .. });
        if !takes_text {
            let understood = said.understood(asked, self);
            if is_answer(&understood.meaning) {
                return Some((understood.meaning, understood.confidence));
            }
        }
        // Without the words that say no: "no, a headache".
        let text = said.text();
        let starts = text.split_whitespace().skip(1).take(BEFORE_CORRECTION);
        for rest in starts.map(|word| &text[word.as_ptr() as usize - text.as_ptr() as usize..]) {
            let before = Said {
                readings: vec![Reading {
                    text: text[..text.len() - rest.len()].to_owned(),
                    confidence: None,
                }],
                ..said.clone()
            };
            let no = Meaning::Answer(Answer::Value(Value::Boolean(false)));
            if before.understood(&Expected::YesNo, self).meaning != no {
                continue;
            }
            let after =
                Said { readings: vec![Reading { text: rest.to_owned(), confidence: None }], ..said.clone() };
            let is_no_again = after.understood(&Expected::YesNo, self).meaning == no;
            let understood = after.understood(asked, self);
            if is_answer(&understood.meaning) && !is_no_again {
                return Some((understood.meaning, understood.confidence));
            }
        }
        if takes_text && yes.is_none() {
            let understood = said.understood(asked, self);
            if is_answer(&understood.meaning) {
                return Some((understood.meaning, understood.confidence));
            }
        }
        None
    }

    /// Yes or no to a read-back.
    pub(super) fn confirmed_or_not(&mut self, yes: bool) {
        let Phase::Confirm(pending) = std::mem::replace(&mut self.core.phase, Phase::Ask) else { return };
        if yes {
            if pending.is_out_of_range {
                return self.confirmed_out_of_range(&pending);
            }
            return self.accept(&pending, Confirmation::Confirmed);
        }
        if matches!(
            pending.source,
            Confirmation::Populated | Confirmation::Initial | Confirmation::Calculated
        ) {
            for (place, _) in &pending.parts {
                self.response.withdraw(place);
            }
            return self.ask_again(&[Sentence::Corrected]);
        }
        self.core.tries.failures += 1;
        self.core.tries.rejected = pending.parts.into_iter().next().map(|(_, values)| values);
        match self.core.tries.failures {
            // Rejected again and again: it is not understood.
            _ if self.core.tries.answers >= 6 => self.give_up(Vec::new()),
            _ if self.core.tries.answers == 3 => {
                self.core.tries.failures = 3;
                self.offer(Vec::new());
            }
            _ => self.ask_again(&[Sentence::Corrected]),
        }
    }

    /// A confirmed answer that needs help, and that the form does not take.
    fn confirmed_out_of_range(&mut self, pending: &Pending) {
        if !self.escalate_answer(pending, true) {
            return;
        }
        let Question::Item { .. } = self.core.question else { return };
        self.failed_with(&[Sentence::OutOfRange]);
    }

    fn is_same(&self, answer: &Answer, pending: &Pending) -> bool {
        let Question::Item { place, .. } = &self.core.question else { return false };
        let language = &self.core.options.language;
        let resolved = super::values::resolve(answer, place, &self.response, self.sentences, language);
        resolved.is_some_and(|resolved| resolved.parts == pending.parts)
    }
}

/// Whether the words say yes or no and nothing else.
fn is_plain(said: &Said, interview: &Interview) -> bool {
    let readings = vec![Reading { text: said.text().to_owned(), confidence: None }];
    let understood = Said { readings, ..said.clone() }.understood(&Expected::YesNo, interview);
    matches!(understood.meaning, Meaning::Answer(_)) && understood.confidence >= PLAIN
}
