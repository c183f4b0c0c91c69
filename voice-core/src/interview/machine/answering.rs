//! What the user said or typed: to an answer, a command, or neither.

use std::time::Duration;

use super::Interview;
use super::action::Action;
use super::input::{Heard, Reading};
use super::keypad;
use super::state::{Pending, Phase, Question};
use super::values::{self, Implausible};
use crate::interview::form::{Confirm, Item};
use crate::interview::response::{Confirmation, Evidence, Given, Place, Refused, SkipReason};
use crate::interview::sentences::Sentence;
use crate::interview::understand::{
    Answer, Command, DigitsKind, Expected, Hypothesis, Meaning, Understanding, understand,
};
use crate::interview::value::Value;

/// The most hypotheses that are looked at.
const MAX_READINGS: usize = 10;

/// How long the next digits of a number are waited for.
const PIECE: Duration = Duration::from_secs(3);

/// What was said, and how.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) readings: Vec<Reading>,
    /// How it was given: [`Confirmation::None`] if it was spoken.
    pub(super) source: Confirmation,
    pub(super) offset_ms: Option<u64>,
}

impl Said {
    /// The best reading.
    pub(super) fn text(&self) -> &str {
        self.readings.first().map_or("", |reading| &reading.text)
    }

    pub(super) fn is_spoken(&self) -> bool {
        self.source == Confirmation::None
    }

    /// What it means as an answer of this kind.
    pub(super) fn understood(&self, expected: &Expected, interview: &Interview) -> Understanding {
        let options = &interview.core.options;
        let hypotheses: Vec<_> = self
            .readings
            .iter()
            .map(|reading| Hypothesis { text: &reading.text, confidence: reading.confidence })
            .collect();
        understand(&hypotheses, expected, &options.language, options.today)
    }
}

impl Interview {
    pub(super) fn heard(&mut self, heard: Heard) {
        let readings = heard.hypotheses.into_iter().take(MAX_READINGS);
        let mut readings: Vec<_> = readings
            .map(|mut reading| {
                cut(&mut reading.text);
                reading
            })
            .collect();
        let is_dictation = self.is_dictation();
        if is_dictation && let Some(best) = readings.first_mut() {
            // A text goes on over several turns.
            best.text = join(&self.core.text, &best.text);
            cut(&mut best.text);
            if heard.is_cut && best.text.len() < Self::MAX_TEXT {
                if let Some(flag) = self.red_flags.find(&best.text)
                    && self.red_flag(&flag, &best.text)
                {
                    return;
                }
                self.core.text = std::mem::take(&mut best.text);
                self.wait_for(self.core.options.answer_timeout);
                return;
            }
            self.core.text.clear();
            readings.truncate(1);
        }
        self.said(&Said { readings, source: Confirmation::None, offset_ms: heard.offset_ms });
    }

    pub(super) fn typed(&mut self, text: &str) {
        let mut text = text.to_owned();
        cut(&mut text);
        let readings = vec![Reading { text, confidence: Some(1.0) }];
        self.said(&Said { readings, source: Confirmation::Typed, offset_ms: None });
    }

    pub(super) fn keyed(&mut self, typed: &str) {
        let said = Said {
            readings: vec![Reading { text: typed.chars().take(64).collect(), confidence: Some(1.0) }],
            source: Confirmation::Keypad,
            offset_ms: None,
        };
        let is_yes_no = self.core.doubt.is_some() || matches!(self.core.phase, Phase::Confirm(_));
        let yes = keypad::answer(typed, &Expected::YesNo);
        if is_yes_no && let Some(Answer::Value(Value::Boolean(yes))) = yes {
            if self.core.doubt.is_some() {
                return self.doubt_answered(yes, &said);
            }
            return self.confirmed_or_not(yes);
        }
        let expected = self.expected();
        match keypad::answer(typed, &expected) {
            Some(answer) => self.answered(&Meaning::Answer(answer), 1.0, &[], &said),
            None => self.failed(),
        }
    }

    /// What the user said or typed in words.
    fn said(&mut self, said: &Said) {
        if said.text().trim().is_empty() {
            return self.failed();
        }
        self.core.tries.silences = 0;
        let flag = self.red_flags.find(said.text());
        if let Some(flag) = &flag
            && self.red_flag(flag, said.text())
        {
            return;
        }
        if self.core.doubt.is_some() && flag.is_none() {
            return self.doubt_said(said);
        }
        if let Phase::Confirm(pending) = self.core.phase.clone() {
            return self.confirmation_said(&pending, said);
        }
        let expected = self.expected();
        let mut understood = said.understood(&expected, self);
        if let Some(whole) = self.collected(&understood, &expected) {
            understood = whole;
        }
        let Understanding { meaning, confidence, alternatives } = understood;
        self.answered(&meaning, confidence, &alternatives, said);
    }

    /// Does what the words mean, while an answer is expected.
    pub(super) fn answered(
        &mut self,
        meaning: &Meaning,
        confidence: f32,
        alternatives: &[Meaning],
        said: &Said,
    ) {
        let place = match (&self.core.question, meaning) {
            (_, Meaning::Command(command)) => return self.command(*command, said),
            (Question::Item { is_another: true, .. }, _) if self.says_no(said) => {
                return self.command(Command::Done, said);
            }
            (Question::Item { place, .. }, _) => place.clone(),
            (Question::Group(place), _) => {
                let place = place.clone();
                return self.group_answered(&place, meaning);
            }
            _ => return self.opening_answered(meaning, confidence),
        };
        match meaning {
            Meaning::Answer(answer) => {
                self.value_answered(&place, answer, confidence, alternatives, said, false);
            }
            Meaning::OutOfRange(answer) => {
                self.value_answered(&place, answer, confidence, alternatives, said, true);
            }
            // The likeliest one is read back, whatever the form asks for.
            Meaning::Ambiguous(answers) if !answers.is_empty() => {
                let others: Vec<_> = answers[1..].iter().cloned().map(Meaning::Answer).collect();
                self.value_answered(&place, &answers[0], 0.0, &others, said, false);
            }
            Meaning::Incomplete(Answer::Digits { digits, .. }) => self.digits_incomplete(digits),
            Meaning::Unsure => self.unsure(&place),
            _ => self.failed(),
        }
    }

    /// "Is there another one?": no.
    fn says_no(&self, said: &Said) -> bool {
        let asked = self.expected();
        if asked == Expected::YesNo || !said.is_spoken() && said.source != Confirmation::Typed {
            return false;
        }
        let no = Meaning::Answer(Answer::Value(Value::Boolean(false)));
        let is_answer = matches!(said.understood(&asked, self).meaning, Meaning::Answer(Answer::Options(_)));
        !is_answer
            && said.text().split_whitespace().count() <= 4
            && said.understood(&Expected::YesNo, self).meaning == no
    }

    /// An answer of the right kind to a question of the form.
    fn value_answered(
        &mut self,
        place: &Place,
        answer: &Answer,
        confidence: f32,
        alternatives: &[Meaning],
        said: &Said,
        is_out_of_range: bool,
    ) {
        self.core.tries.answers = self.core.tries.answers.saturating_add(1);
        if let Some(implausible) = values::implausible(answer) {
            return self.implausible(place, Some(implausible));
        }
        let language = &self.core.options.language;
        let Some(resolved) = values::resolve(answer, place, &self.response, self.sentences, language) else {
            return self.failed();
        };
        let others = alternatives.iter().filter_map(|meaning| match meaning {
            Meaning::Answer(answer) => {
                values::resolve(answer, place, &self.response, self.sentences, language)
            }
            _ => None,
        });
        let pending = Pending {
            parts: resolved.parts,
            read_back: resolved.read_back,
            raw_words: Some(said.text().to_owned()),
            confidence: Some(confidence),
            alternatives: others.map(|other| other.read_back).collect(),
            audio_offset_ms: said.offset_ms,
            source: said.source,
            is_out_of_range,
        };
        let is_repeated =
            self.core.tries.rejected.as_deref() == pending.parts.first().map(|part| &part.1[..]);
        let must_confirm = self.must_confirm(place, answer, &pending);
        if is_out_of_range && !self.escalates(&pending) {
            return self.out_of_range(place);
        }
        if must_confirm && (!is_repeated || self.is_critical(place)) {
            return self.confirm(pending);
        }
        let confirmation = if is_repeated { Confirmation::Confirmed } else { said.source };
        self.accept(&pending, confirmation);
    }

    /// Whether an answer is read back before it is taken.
    fn must_confirm(&self, place: &Place, answer: &Answer, pending: &Pending) -> bool {
        let item = self.item(place);
        if self.is_critical(place) {
            return true;
        }
        if pending.source != Confirmation::None {
            return false;
        }
        let is_escalating = self.escalates(pending);
        let threshold = item.voice.confidence.unwrap_or(self.core.options.confidence);
        let is_sure = pending.confidence.is_some_and(|confidence| confidence >= threshold);
        match item.voice.confirm {
            _ if is_escalating || pending.confidence == Some(0.0) => true,
            Some(Confirm::Always) => true,
            Some(Confirm::Never) => false,
            Some(Confirm::Unsure) | None => !is_sure || is_read_back(answer),
        }
    }

    pub(super) fn is_critical(&self, place: &Place) -> bool {
        let item = self.item(place);
        let is_critical = |item: &Item| item.voice.critical || super::escalating::is_self_harm(item);
        is_critical(item)
            || item.blood_pressure.is_some_and(|pair| {
                is_critical(self.form.item(pair.systolic)) || is_critical(self.form.item(pair.diastolic))
            })
    }

    /// Takes an answer, and goes on.
    pub(super) fn accept(&mut self, pending: &Pending, confirmation: Confirmation) {
        let evidence = Evidence {
            raw_words: pending.raw_words.clone(),
            confidence: pending.confidence,
            alternatives: pending.alternatives.clone(),
            tries: self.core.tries.answers.max(1),
            confirmation,
            audio_offset_ms: pending.audio_offset_ms,
        };
        let is_another = matches!(self.core.question, Question::Item { is_another: true, .. });
        let before = self.response.clone();
        for (place, values) in &pending.parts {
            let given = values.iter().map(|value| Given { value: value.clone(), evidence: evidence.clone() });
            let mut all = Vec::new();
            if is_another {
                all.extend(self.response.answers(place).iter().cloned());
            }
            all.extend(given);
            if let Err(refused) = self.response.set(place, all) {
                self.response = before;
                return self.refused(pending, &refused, confirmation);
            }
        }
        self.core.left_out = 0;
        self.actions.push_back(Action::Saved);
        let goes_on = self.escalate_answer(pending, confirmation == Confirmation::Confirmed);
        if goes_on {
            self.after_answer();
        }
    }

    /// Goes on after the answer to a question of the form.
    pub(super) fn after_answer(&mut self) {
        let Question::Item { place, .. } = self.core.question.clone() else {
            return self.advance(Vec::new());
        };
        let item = self.item(&place);
        let count = self.response.answers(&place).len();
        let most = item.limits.max_occurs.unwrap_or(u32::MAX).min(50);
        let has_more = u32::try_from(count).is_ok_and(|count| count < most);
        if item.repeats && item.kind.is_question() && item.options.is_empty() && count > 0 && has_more {
            self.ask(Question::Item { place, is_another: true, is_again: false }, Vec::new());
        } else {
            self.advance(Vec::new());
        }
    }

    /// The form does not accept an answer.
    fn refused(&mut self, pending: &Pending, refused: &Refused, confirmation: Confirmation) {
        let Question::Item { place, .. } = self.core.question.clone() else { return self.failed() };
        self.core.phase = Phase::Ask;
        // What needs help is told even if it cannot be recorded.
        if !self.escalate_answer(pending, confirmation == Confirmation::Confirmed) {
            return;
        }
        let sentence = match refused {
            Refused::BelowMin { .. } | Refused::AboveMax { .. } => return self.out_of_range(&place),
            Refused::TooManyDecimals { .. } => Sentence::TooManyDecimals,
            Refused::TooLong { .. } => Sentence::TooLong,
            _ => Sentence::NotAccepted,
        };
        self.failed_with(&[sentence]);
    }

    fn out_of_range(&mut self, place: &Place) {
        if self.longest_measurement(place).is_some() {
            return self.implausible(place, None);
        }
        self.core.phase = Phase::Ask;
        self.failed_with(&[Sentence::OutOfRange]);
    }

    /// A measurement is taken again.
    fn implausible(&mut self, place: &Place, why: Option<Implausible>) {
        self.core.phase = Phase::Ask;
        let why = match why {
            Some(Implausible::Reversed) => Sentence::PressuresReversed,
            _ => Sentence::Implausible,
        };
        self.core.tries.implausible += 1;
        if self.core.tries.implausible >= 3 {
            return self.give_up(vec![self.text(why)]);
        }
        match self.longest_measurement(place) {
            Some(_) => {
                self.core.tries.has_waited = false;
                let texts = vec![self.text(why), self.text(Sentence::MeasureAgain)];
                self.prompt(texts);
            }
            None => self.failed_with(&[why]),
        }
    }

    /// The digits that were said in pieces until now, if they are a whole answer with these.
    fn collected(&mut self, understood: &Understanding, expected: &Expected) -> Option<Understanding> {
        let (Expected::Digits(kind), Meaning::Incomplete(Answer::Digits { digits, .. })) =
            (expected, &understood.meaning)
        else {
            return None;
        };
        let count = match kind {
            DigitsKind::Any(count) => usize::from((*count)?),
            _ => 10,
        };
        if self.core.digits.is_empty() || self.core.digits.len() + digits.len() != count {
            return None;
        }
        let whole = format!("{}{digits}", self.core.digits);
        let options = &self.core.options;
        let spaced: String = whole.chars().flat_map(|digit| [digit, ' ']).collect();
        let hypothesis = [Hypothesis { text: &spaced, confidence: Some(understood.confidence) }];
        let whole = understand(&hypothesis, expected, &options.language, options.today);
        matches!(whole.meaning, Meaning::Answer(_)).then_some(whole)
    }

    /// Too few or too many digits, or digits that fail their check. Too few may go on after a pause; else they are asked
    /// for in pairs.
    fn digits_incomplete(&mut self, digits: &str) {
        let count = match self.expected() {
            Expected::Digits(DigitsKind::Any(count)) => count.map(usize::from),
            _ => Some(10),
        };
        let total = self.core.digits.len() + digits.len();
        if count.is_some_and(|count| total < count) && !digits.is_empty() {
            self.core.digits.push_str(digits);
            return self.wait_for(PIECE);
        }
        self.core.digits.clear();
        let heard = self.sentences.read_back().digits(digits);
        let texts = [Sentence::DigitsWrong { heard: &heard }, Sentence::SayInPairs];
        let texts = texts.map(|sentence| self.text(sentence)).to_vec();
        self.core.tries.failures += 1;
        match self.core.tries.failures {
            3 => self.offer(texts),
            6.. => self.give_up(texts),
            _ => self.prompt(texts),
        }
    }

    /// The user does not know the answer.
    fn unsure(&mut self, place: &Place) {
        self.core.tries.unsure += 1;
        if self.core.tries.unsure == 1 {
            let mut texts = vec![self.text(Sentence::UnsureAgain)];
            texts.extend(self.how_to_answer());
            return self.prompt(texts);
        }
        let texts = vec![self.text(Sentence::UnsureNoted)];
        self.leave_out(place, SkipReason::Unknown, texts);
    }

    /// Leaves a question open, for a reason that stands in the response.
    pub(super) fn leave_out(&mut self, place: &Place, reason: SkipReason, texts: Vec<String>) {
        for part in self.parts(place) {
            self.response.skip(&part, reason);
        }
        self.actions.push_back(Action::Saved);
        if self.is_critical(place) {
            self.escalate_unanswered(place);
        }
        self.advance(texts);
    }

    /// The questions of a place: of a blood pressure there are two.
    pub(super) fn parts(&self, place: &Place) -> Vec<Place> {
        match self.item(place).blood_pressure {
            Some(pair) => vec![place.child(pair.systolic, 0), place.child(pair.diastolic, 0)],
            None => vec![place.clone()],
        }
    }

    fn group_answered(&mut self, place: &Place, meaning: &Meaning) {
        match meaning {
            Meaning::Answer(Answer::Value(Value::Boolean(true))) => {
                if self.response.add_instance(place).is_err() {
                    self.core.ended_groups.insert(place.with_index(0));
                }
                self.actions.push_back(Action::Saved);
                self.core.question = Question::Nothing;
                self.advance(Vec::new());
            }
            Meaning::Answer(Answer::Value(Value::Boolean(false))) => {
                self.core.ended_groups.insert(place.with_index(0));
                self.advance(Vec::new());
            }
            _ => self.failed(),
        }
    }

    /// Whether the answer is a text that may go on over several turns.
    fn is_dictation(&self) -> bool {
        self.core.doubt.is_none() && self.core.phase == Phase::Ask && self.expected() == Expected::Text
    }

    /// What was dictated until now is an answer.
    pub(super) fn take_dictation(&mut self) {
        let text = std::mem::take(&mut self.core.text);
        let readings = vec![Reading { text, confidence: None }];
        self.said(&Said { readings, source: Confirmation::None, offset_ms: None });
    }
}

/// Answers that are read back always, since one wrong digit makes another person, day or reading of them.
fn is_read_back(answer: &Answer) -> bool {
    match answer {
        Answer::Digits { .. } | Answer::BloodPressure(..) => true,
        Answer::Value(value) => matches!(value, Value::Date(_) | Value::DateTime(_)),
        Answer::Options(_) | Answer::Duration(_) => false,
    }
}

fn join(before: &str, text: &str) -> String {
    if before.is_empty() { text.to_owned() } else { format!("{before} {text}") }
}

fn cut(text: &mut String) {
    text.truncate(text.floor_char_boundary(Interview::MAX_TEXT));
}
