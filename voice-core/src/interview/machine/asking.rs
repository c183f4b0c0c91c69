//! Questions: which one is next, and how it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rust_decimal::Decimal;

use super::Interview;
use super::action::{Action, EndReason, Listen, Prompt};
use super::state::{Awaited, Pending, Phase, Question, Timer, Tries};
use super::values;
use crate::dialog::Expect;
use crate::interview::form::Kind;
use crate::interview::response::{Confirmation, Evidence, Given, Place, Response, ResponseStatus};
use crate::interview::sentences::Sentence;
use crate::interview::understand::{self, DigitsKind, Expected, Hypothesis, Meaning, understand};

/// The most options that are read aloud.
const READ_OPTIONS: usize = 12;

/// The time of a letter of a prompt, and of what is needed before and after it: longer than any voice takes. A prompt that
/// was not reported as heard is taken to be heard then.
const LETTER: Duration = Duration::from_millis(150);
const MARGIN: Duration = Duration::from_secs(10);

/// The longest prompt is one of a form; a longer one has this time.
const LONGEST_PROMPT: Duration = Duration::from_mins(10);

impl Interview {
    /// Asks a new question.
    pub(super) fn ask(&mut self, question: Question, first: Vec<String>) {
        self.core.question = question;
        self.core.phase = Phase::Ask;
        self.core.hold = None;
        self.core.doubt = None;
        self.core.digits.clear();
        self.core.text.clear();
        self.core.tries = Tries::default();
        let mut texts = first;
        texts.extend(self.question_texts(true));
        self.prompt(texts);
    }

    /// Asks what was asked before, after these sentences.
    pub(super) fn ask_again(&mut self, first: &[Sentence<'_>]) {
        let mut texts: Vec<_> = first.iter().map(|sentence| self.text(*sentence)).collect();
        if let Some(doubt) = &self.core.doubt {
            texts.push(self.text(Sentence::IsItHappening { words: &doubt.words }));
        } else if let Phase::Confirm(pending) = &self.core.phase {
            texts.extend(self.confirmation_texts(pending));
        } else {
            texts.extend(self.question_texts(false));
        }
        self.prompt(texts);
    }

    /// The next question of the form, after what is read before it.
    pub(super) fn advance(&mut self, first: Vec<String>) {
        let mut texts = first;
        let current = match &self.core.question {
            Question::Item { place, .. } | Question::Group(place) => Some(place.clone()),
            _ => None,
        };
        let mut next = self.response.next(None);
        if let Some(group) = current.and_then(|place| self.ended_group(&place, next.as_ref())) {
            return self.ask(Question::Group(group), texts);
        }
        while let Some(place) = &next {
            if self.item(place).kind.is_question() || self.is_blood_pressure(place) {
                break;
            }
            texts.push(self.item(place).spoken(&self.core.options.language).to_owned());
            self.response.mark_read(place);
            next = self.response.next(None);
        }
        match next {
            Some(place) => self.ask_item(place, false, texts),
            None => self.end_asking(texts),
        }
    }

    /// Asks a question of the form. If its answer is known it is read, to be confirmed.
    pub(super) fn ask_item(&mut self, place: Place, is_again: bool, first: Vec<String>) {
        let mut texts = first;
        let place = self.whole(place, is_again);
        self.response.mark_read(&place);
        if is_again {
            return self.ask(Question::Item { place, is_another: false, is_again }, texts);
        }
        texts.extend(self.progress_text());
        self.populate(&place);
        let Some(pending) = self.known(&place) else {
            return self.ask(Question::Item { place, is_another: false, is_again }, texts);
        };
        self.core.question = Question::Item { place: place.clone(), is_another: false, is_again };
        self.core.tries = Tries::default();
        (self.core.hold, self.core.doubt) = (None, None);
        self.core.digits.clear();
        self.core.text.clear();
        texts.push(self.item(&place).spoken(&self.core.options.language).to_owned());
        texts.extend(self.confirmation_texts(&pending));
        self.core.phase = Phase::Confirm(pending);
        self.prompt(texts);
    }

    /// Takes a known answer into the response, as one that is to be confirmed.
    fn populate(&mut self, place: &Place) {
        let link_id = self.item(place).link_id.clone();
        if place.steps().iter().any(|(_, index)| *index > 0) || !self.core.used.insert(link_id.clone()) {
            return;
        }
        let Some(known) = self.core.options.populated.iter().find(|known| known.link_id == link_id) else {
            return;
        };
        let given = known
            .values
            .iter()
            .map(|value| Given { value: value.clone(), evidence: Evidence::of(Confirmation::Populated) });
        // A known answer that the form does not accept is asked for.
        let _ = self.response.set(place, given.collect());
    }

    /// The answer that is known and not the user's own.
    fn known(&self, place: &Place) -> Option<Pending> {
        let answers = self.response.answers(place);
        let source = answers.first()?.evidence.confirmation;
        let values: Vec<_> = answers.iter().map(|given| given.value.clone()).collect();
        let item = self.item(place);
        let language = &self.core.options.language;
        let texts: Vec<_> =
            values.iter().map(|value| values::spoken(value, item, self.sentences, language)).collect();
        Some(Pending {
            parts: vec![(place.clone(), values)],
            read_back: self.sentences.read_back().list(&texts),
            raw_words: None,
            confidence: None,
            alternatives: Vec::new(),
            audio_offset_ms: None,
            source,
            is_out_of_range: false,
        })
    }

    /// The place at which a question is asked: a blood pressure is asked as one.
    fn whole(&self, place: Place, is_again: bool) -> Place {
        match place.parent().filter(|parent| self.item(parent).blood_pressure.is_some()) {
            Some(parent) if self.is_blood_pressure(&parent) || is_again && self.is_pair(&parent) => {
                let pair = self.item(&parent).blood_pressure.map(|pair| [pair.systolic, pair.diastolic]);
                if pair.is_some_and(|pair| pair.contains(&place.item())) { parent } else { place }
            }
            _ => place,
        }
    }

    /// Whether a group is a blood pressure of which both questions are to be asked.
    fn is_blood_pressure(&self, place: &Place) -> bool {
        let is_open =
            |part: &Place| self.response.answers(part).is_empty() && self.response.skipped(part).is_none();
        self.is_pair(place) && self.parts(place).iter().all(is_open)
    }

    /// Whether a group is a blood pressure of which both questions can be asked.
    fn is_pair(&self, place: &Place) -> bool {
        let is_asked = |part: &Place| self.item(part).is_asked() && self.response.is_enabled(part);
        self.item(place).blood_pressure.is_some() && self.parts(place).iter().all(is_asked)
    }

    /// The repeating group that ends with this question, if there may be another instance.
    fn ended_group(&self, place: &Place, next: Option<&Place>) -> Option<Place> {
        let mut inner = Some(place.clone());
        while let Some(group) = inner {
            inner = group.parent();
            let item = self.item(&group);
            let steps = group.steps();
            let goes_on = next.is_some_and(|next| next.steps().starts_with(steps));
            if goes_on {
                return None;
            }
            let most = item.limits.max_occurs.unwrap_or(u32::MAX).min(Response::MAX_REPEATS.into());
            let has_ended = self.core.ended_groups.contains(&group.with_index(0))
                || u32::from(self.response.instances(&group)) >= most;
            if item.kind == Kind::Group && item.repeats && !item.hidden && !has_ended {
                // Instances that exist and are not asked yet come first.
                let is_last = group.index() + 1 >= self.response.instances(&group);
                return (is_last && self.response.is_enabled(&group)).then_some(group);
            }
        }
        None
    }

    /// All questions were asked.
    fn end_asking(&mut self, first: Vec<String>) {
        let is_complete = self.response.check_complete().is_ok();
        let sentence = if is_complete { Sentence::Completed } else { Sentence::Incomplete };
        let mut texts = first;
        texts.push(self.text(sentence));
        self.say_all(texts, false);
        let status = if is_complete { ResponseStatus::Completed } else { ResponseStatus::InProgress };
        self.finish(status, EndReason::Asked);
    }

    fn progress_text(&mut self) -> Option<String> {
        let every = self.core.options.progress_every;
        self.core.since_progress += 1;
        if every == 0 || self.core.since_progress <= every {
            return None;
        }
        self.core.since_progress = 1;
        let progress = self.response.progress();
        let (answered, total) =
            (progress.answered.to_string(), (progress.answered + progress.left).to_string());
        Some(self.text(Sentence::Progress { answered: &answered, total: &total }))
    }

    /// The current question in words. `is_first`: it was not asked before.
    fn question_texts(&self, is_first: bool) -> Vec<String> {
        let language = &self.core.options.language;
        match &self.core.question {
            Question::Nothing => Vec::new(),
            Question::Consent => vec![self.text(Sentence::AskConsent)],
            Question::Respondent => vec![self.text(Sentence::AskIsPatient)],
            Question::Identity => vec![self.text(self.identity_sentence())],
            Question::Group(place) => {
                vec![self.text(Sentence::AskAnotherOf { group: self.item(place).short(language) })]
            }
            Question::Item { is_another: true, .. } => vec![self.text(Sentence::AskAnother)],
            Question::Item { place, is_again, .. } => {
                let item = self.item(place);
                let mut texts = Vec::new();
                match item.spoken(language) {
                    "" => {}
                    text => texts.push(text.to_owned()),
                }
                if let Some(before) = self.answer_before(place).filter(|_| *is_again) {
                    texts.push(self.text(Sentence::AnswerBefore { answer: &before }));
                }
                match item.expected(language) {
                    Some(Expected::Choice { options, .. }) if options.len() <= READ_OPTIONS => {
                        texts.extend(self.how_to_answer());
                    }
                    Some(Expected::BloodPressure) => texts.push(self.text(Sentence::SayBloodPressure)),
                    _ => {}
                }
                if self.longest_measurement(place).is_some() && is_first {
                    texts.push(self.text(Sentence::MeasureNow));
                }
                texts
            }
        }
    }

    /// The answer that a question has, as it is read back.
    pub(super) fn answer_before(&self, place: &Place) -> Option<String> {
        let language = &self.core.options.language;
        let item = self.item(place);
        let parts = match item.blood_pressure {
            Some(pair) => vec![place.child(pair.systolic, 0), place.child(pair.diastolic, 0)],
            None => vec![place.clone()],
        };
        let mut texts = Vec::new();
        for part in &parts {
            let item = self.item(part);
            let answers = self.response.answers(part).iter();
            texts.extend(answers.map(|given| values::spoken(&given.value, item, self.sentences, language)));
        }
        (!texts.is_empty()).then(|| self.sentences.read_back().list(&texts))
    }

    /// How the current question is answered.
    pub(super) fn how_to_answer(&self) -> Option<String> {
        let language = &self.core.options.language;
        let place = match &self.core.question {
            Question::Nothing => return None,
            Question::Consent | Question::Respondent | Question::Group(_) => {
                return Some(self.text(Sentence::SayYesOrNo));
            }
            Question::Identity => return Some(self.text(self.identity_hint())),
            Question::Item { place, .. } => place,
        };
        let read_back = self.sentences.read_back();
        Some(match self.item(place).expected(language)? {
            Expected::YesNo => self.text(Sentence::SayYesOrNo),
            Expected::Number { range: Some(range), .. } => {
                let value =
                    |number: Decimal| read_back.value(&crate::interview::value::Value::Decimal(number));
                let is_bounded = *range.start() > Decimal::MIN && *range.end() < Decimal::MAX;
                if is_bounded {
                    let (low, high) = (value(*range.start()), value(*range.end()));
                    self.text(Sentence::SayNumberBetween { low: &low, high: &high })
                } else {
                    self.text(Sentence::SayNumber)
                }
            }
            Expected::Number { .. } => self.text(Sentence::SayNumber),
            Expected::Quantity { units, .. } => match units.first() {
                Some(unit) if !unit.display.is_empty() => {
                    self.text(Sentence::SayQuantity { unit: &unit.display })
                }
                _ => self.text(Sentence::SayNumber),
            },
            Expected::BloodPressure => self.text(Sentence::SayBloodPressure),
            Expected::Date { .. } => self.text(Sentence::SayDate),
            Expected::DateTime => self.text(Sentence::SayDateAndTime),
            Expected::Time => self.text(Sentence::SayTime),
            Expected::Duration => self.text(Sentence::SayDuration),
            Expected::Digits(_) => self.text(Sentence::SayDigits),
            Expected::Choice { is_multiple, .. } => {
                let options = self.item(place).options.iter().take(READ_OPTIONS);
                let labels: Vec<_> = options.map(|option| option.spoken(language)).collect();
                let options = self.sentences.list(&labels);
                self.text(if is_multiple {
                    Sentence::SaySomeOf { options: &options }
                } else {
                    Sentence::SayOneOf { options: &options }
                })
            }
            Expected::Text => self.text(Sentence::SayText),
        })
    }

    /// What the user can say to the current question, apart from commands.
    pub(super) fn expected(&self) -> Expected {
        match &self.core.question {
            Question::Item { place, .. } => {
                self.item(place).expected(&self.core.options.language).unwrap_or(Expected::Text)
            }
            Question::Identity => self.identity_expected(),
            Question::Consent | Question::Respondent | Question::Group(_) | Question::Nothing => {
                Expected::YesNo
            }
        }
    }

    /// Speaks, and listens from then on.
    pub(super) fn prompt(&mut self, texts: Vec<String>) {
        self.say_all(texts, true);
        self.listen();
    }

    /// Speaks. The prompt replaces those that were not heard, unless one of them must be heard.
    pub(super) fn say_all(&mut self, texts: Vec<String>, may_be_interrupted: bool) {
        let mut replaces = self.core.awaited.as_ref().is_some_and(|awaited| !awaited.is_protected);
        let mut letters = 0;
        for text in texts.into_iter().filter(|text| !text.trim().is_empty()) {
            self.core.prompts += 1;
            let id = format!("prompt-{}", self.core.prompts);
            let is_protected =
                !may_be_interrupted || self.core.awaited.as_ref().is_some_and(|awaited| awaited.is_protected);
            letters += text.chars().count();
            self.core.awaited = Some(Awaited { id: id.clone(), is_protected });
            self.actions.push_back(Action::Say(Prompt {
                id,
                text,
                language: self.core.options.language.clone(),
                may_be_interrupted,
                replaces: std::mem::take(&mut replaces),
                speed: self.core.speed.factor(),
            }));
        }
        let letters = u32::try_from(letters).unwrap_or(u32::MAX);
        let takes = LETTER.saturating_mul(letters).div_f32(self.core.speed.factor()) + MARGIN;
        let base = match self.core.timer {
            // What is being said is heard first.
            Timer::Speaking { until } if !replaces => until.max(self.core.elapsed),
            _ => self.core.elapsed,
        };
        let until = (base + takes).min(self.core.elapsed + LONGEST_PROMPT);
        self.core.timer = Timer::Speaking { until };
    }

    fn listen(&mut self) {
        let language = &self.core.options.language;
        let is_yes_no = self.core.doubt.is_some() || matches!(self.core.phase, Phase::Confirm(_));
        let asked = self.expected();
        let expected = if is_yes_no { Expected::YesNo } else { asked.clone() };
        let is_correction = is_yes_no && self.core.doubt.is_none();
        let is_free = takes_text(&expected) || is_correction && takes_text(&asked);
        let mut phrases = Vec::new();
        if !is_free {
            phrases = understand::phrases(&expected, language);
            if is_correction {
                phrases.extend(understand::phrases(&asked, language));
            }
            phrases.extend(self.red_flags.phrases());
            let mut seen = BTreeSet::new();
            phrases.retain(|phrase| seen.insert(phrase.clone()));
        }
        let expect = match &expected {
            _ if is_free => Expect::Open,
            expected if is_short(expected) => Expect::Phrases(self.complete(&phrases, expected, &asked)),
            Expected::Choice { .. } | Expected::Text => Expect::Open,
            Expected::Digits(kind) => Expect::Digits { count: digits_count(*kind) },
            _ => Expect::Digits { count: None },
        };
        let timeout = self.answer_timeout();
        self.actions.push_back(Action::Listen(Listen { expected, phrases, expect, timeout }));
    }

    /// The phrases that are a whole answer: the turn ends soon after them. Phrases are left out that begin with another one
    /// and add nothing: after "yes", the turn need not wait for "yes please".
    fn complete(&self, phrases: &[String], expected: &Expected, asked: &Expected) -> Vec<String> {
        let understood = |phrase: &str, expected| {
            let heard = [Hypothesis { text: phrase, confidence: None }];
            understand(&heard, expected, &self.core.options.language, self.core.options.today).meaning
        };
        let meaning = |phrase: &str| {
            let is_answer = |meaning: &Meaning| matches!(meaning, Meaning::Answer(_) | Meaning::Command(_));
            Some(understood(phrase, expected)).filter(is_answer).or_else(|| {
                Some(understood(phrase, asked)).filter(|meaning| is_short(asked) && is_answer(meaning))
            })
        };
        let complete: BTreeMap<&str, Meaning> =
            phrases.iter().filter_map(|phrase| Some((phrase.as_str(), meaning(phrase)?))).collect();
        let adds_nothing = |phrase: &str, meaning: &Meaning| {
            phrase.match_indices(' ').any(|(at, _)| {
                let begin = complete.get(&phrase[..at]);
                begin.is_some_and(|begin| *expected == Expected::YesNo || begin == meaning)
            })
        };
        let complete = complete.iter().filter(|(phrase, meaning)| !adds_nothing(phrase, meaning));
        complete.map(|(phrase, _)| (*phrase).to_owned()).collect()
    }

    /// How long an answer is waited for.
    pub(super) fn answer_timeout(&self) -> Duration {
        let hold_prompt = self.core.options.hold_prompt;
        match (self.core.hold, &self.core.question) {
            (Some(hold), _) => hold_prompt.min(hold.until.saturating_sub(self.core.elapsed)),
            (None, Question::Item { place, .. })
                if !self.core.tries.has_waited
                    && self.core.phase == Phase::Ask
                    && self.longest_measurement(place).is_some() =>
            {
                hold_prompt
            }
            _ => self.core.options.answer_timeout,
        }
    }

    /// The longest wait for a measurement that the user takes now.
    pub(super) fn longest_measurement(&self, place: &Place) -> Option<Duration> {
        let item = self.item(place);
        item.voice.measurement.or_else(|| {
            let pair = item.blood_pressure?;
            self.form.item(pair.systolic).voice.measurement
        })
    }
}

/// Whether any words are an answer.
fn takes_text(expected: &Expected) -> bool {
    matches!(expected, Expected::Text | Expected::Choice { is_open: true, .. })
}

/// Whether every answer is a few words that nothing follows.
fn is_short(expected: &Expected) -> bool {
    match expected {
        Expected::YesNo => true,
        Expected::Choice { is_multiple, is_open, .. } => !is_multiple && !is_open,
        // Longer numbers may go on: "twenty", "twenty-five".
        Expected::Number { is_whole: true, range: Some(range) } => {
            *range.start() >= Decimal::ZERO && *range.end() <= Decimal::TEN
        }
        _ => false,
    }
}

fn digits_count(kind: DigitsKind) -> Option<u8> {
    match kind {
        DigitsKind::Any(count) => count,
        DigitsKind::SaudiId | DigitsKind::SaudiTelephone => Some(10),
    }
}
