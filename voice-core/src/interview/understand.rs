//! What an answer means: the words that were heard, to a value of the kind that was asked for, or to a command.

mod choice;
mod commands;
mod lexicon;
mod measures;
mod numbers;
mod ordinal;
mod times;
mod values;
mod vocabulary;
mod vote;
mod yes_no;

use std::borrow::Cow;
use std::ops::RangeInclusive;

use rust_decimal::Decimal;

use self::choice::Options;
use super::value::{Date, Value};
use crate::language::LanguageTag;
use crate::text::inverse::Words;
use crate::text::{Language, matching};

pub(crate) use self::lexicon::build_tables;
pub use self::vocabulary::{MAX_PHRASES, phrases};

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Expected {
    /// Yes or no.
    YesNo,
    /// A number.
    Number {
        /// Whether fractions are accepted.
        is_whole: bool,
        /// The values that are accepted.
        range: Option<RangeInclusive<Decimal>>,
    },
    /// A number with one of these units. The first is meant if none is said.
    Quantity {
        /// The units.
        units: Vec<Unit>,
        /// The values that are accepted, in the first unit.
        range: Option<RangeInclusive<Decimal>>,
    },
    /// Two numbers: "120 over 80".
    BloodPressure,
    /// A date. It may lack its day or month.
    Date {
        /// The days that are accepted.
        range: Option<RangeInclusive<Date>>,
    },
    /// A day and a time.
    DateTime,
    /// A time of day.
    Time,
    /// A duration.
    Duration,
    /// Digits in any grouping.
    Digits(DigitsKind),
    /// One of these options, or some of them.
    Choice {
        /// The options in the order in which they were read.
        options: Vec<OptionWords>,
        /// Whether more than one may be chosen.
        is_multiple: bool,
        /// Whether an answer that is none of them is taken as a text.
        is_open: bool,
    },
    /// Any text.
    Text,
}

/// What a number of digits is, with the check that it permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DigitsKind {
    /// Any digits, as many as this if it is known.
    Any(Option<u8>),
    /// A Saudi national identity number or a resident's (iqama): 10 digits with a check digit by Luhn's rule.
    SaudiId,
    /// A Saudi telephone number, mobile or fixed.
    SaudiTelephone,
}

/// A unit in which a quantity can be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The unit's code, by UCUM if it is known.
    pub code: String,
    /// The unit as it is displayed.
    pub display: String,
}

/// An option of a question, by the words with which it can be said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OptionWords {
    /// The text that is read.
    pub label: String,
    /// Other words for it.
    pub synonyms: Vec<String>,
    /// The number that stands for it, such as 3 on a scale.
    pub number: Option<Decimal>,
}

/// One reading of the recognizer.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis<'a> {
    /// The words.
    pub text: &'a str,
    /// 0 to 1, if the recognizer tells it.
    pub confidence: Option<f32>,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq)]
pub struct Understanding {
    /// The most likely meaning.
    pub meaning: Meaning,
    /// How sure it is, 0 to 1: the confidence of its words, lowered by words that were not understood and by other
    /// meanings that are close.
    pub confidence: f32,
    /// Other meanings, the likeliest first.
    pub alternatives: Vec<Meaning>,
}

/// A meaning of an answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Meaning {
    /// A value of the kind that was asked for.
    Answer(Answer),
    /// The user asks for something else than to answer.
    Command(Command),
    /// The user does not know, or avoids an answer: "maybe", "إن شاء الله".
    Unsure,
    /// A value of the kind, outside of what is accepted.
    OutOfRange(Answer),
    /// Digits of the right kind that fail their check, or too few or too many of them.
    Incomplete(Answer),
    /// Values between which the words do not decide, the likeliest first: ask which one. A year may be of two calendars, a
    /// time before or after noon, or two options were named where one may be chosen.
    Ambiguous(Vec<Answer>),
    /// Nothing that was asked for.
    NotUnderstood,
}

/// The value of an answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// A value.
    Value(Value),
    /// The indices of options.
    Options(Vec<usize>),
    /// Systolic and diastolic, in mmHg.
    BloodPressure(u16, u16),
    /// A duration in seconds.
    Duration(u64),
    /// Digits, repaired if exactly one repair exists.
    Digits {
        /// The digits.
        digits: String,
        /// Whether one of them was changed to pass the check.
        is_repaired: bool,
    },
}

/// What a user can ask for at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Command {
    /// To hear the question again.
    Repeat,
    /// To go to the question before.
    Back,
    /// To leave the question out.
    Skip,
    /// To hear more slowly.
    Slower,
    /// To wait.
    Wait,
    /// To go on after waiting.
    Resume,
    /// To end the interview.
    Stop,
    /// To speak with a human.
    Human,
    /// To hear what can be said.
    Help,
    /// To end a list, or a wait: "that's all", خلاص.
    Done,
}

impl Command {
    /// Its name, in snake case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Repeat => "repeat",
            Self::Back => "back",
            Self::Skip => "skip",
            Self::Slower => "slower",
            Self::Wait => "wait",
            Self::Resume => "resume",
            Self::Stop => "stop",
            Self::Human => "human",
            Self::Help => "help",
            Self::Done => "done",
        }
    }
}

/// The most hypotheses that are read.
const MAX_HYPOTHESES: usize = 10;

/// The longest answer that is searched for a value, in words. The words after them lower the confidence.
const MAX_WORDS: usize = 120;

/// Understands an answer. `hypotheses` are the readings of the recognizer, the best first; `today` is the day from which
/// relative dates count.
///
/// A command counts if the whole utterance is one and is no answer of the question. Of several values the last one counts
/// if words between them take the others back ("five, no, six"); the confidence is then low. At most ten hypotheses are
/// read. Each takes time in proportion to its length.
///
/// ```
/// use voice_core::interview::understand::{Answer, Expected, Hypothesis, Meaning, understand};
/// use voice_core::interview::{Date, Value};
///
/// let heard = [Hypothesis { text: "لا والله ما عندي", confidence: None }];
/// let today = Date::new(2026, 11, 26).unwrap();
/// let understood = understand(&heard, &Expected::YesNo, &"ar-SA".parse()?, today);
/// assert_eq!(understood.meaning, Meaning::Answer(Answer::Value(Value::Boolean(false))));
/// # Ok::<(), voice_core::Error>(())
/// ```
pub fn understand(
    hypotheses: &[Hypothesis],
    expected: &Expected,
    language: &LanguageTag,
    today: Date,
) -> Understanding {
    let language = Language::from_tag(language).unwrap_or(Language::English);
    let question = Question::new(expected, language, today);
    let read = hypotheses.iter().take(MAX_HYPOTHESES).map(|hypothesis| question.read(hypothesis.text));
    vote::decide(hypotheses, read.collect())
}

/// What one hypothesis means.
#[derive(Debug, Clone, PartialEq)]
struct Reading {
    meaning: Meaning,
    /// 0 to 1.
    score: f32,
    alternatives: Vec<Meaning>,
}

impl Reading {
    fn new(meaning: Meaning, score: f32) -> Self {
        Self { meaning, score, alternatives: Vec::new() }
    }
}

/// What is needed to read the hypotheses of one answer.
struct Question<'a> {
    expected: &'a Expected,
    options: Option<Options<'a>>,
    language: Language,
    today: Date,
}

impl<'a> Question<'a> {
    fn new(expected: &'a Expected, language: Language, today: Date) -> Self {
        let options = match expected {
            Expected::Choice { options, .. } => Some(Options::new(options)),
            _ => None,
        };
        Self { expected, options, language, today }
    }

    fn read(&self, text: &str) -> Reading {
        let whole = text.trim();
        let (text, is_cut) = beginning(whole);
        let text = separated(text);
        let text = without_adverbs(&text);
        let words = Words::new(&text);
        if words.is_empty() {
            return Reading::new(Meaning::NotUnderstood, 0.0);
        }
        let mut reading = self.read_words(&words, whole);
        if is_cut && *self.expected != Expected::Text {
            reading.score *= 0.5;
        }
        reading
    }

    fn read_words(&self, words: &Words, whole: &str) -> Reading {
        let not_understood = || Reading::new(Meaning::NotUnderstood, 0.0);
        if let Some(reading) = self.exact(words) {
            return reading;
        }
        if let Some(asked) = commands::read(words) {
            let mut reading = Reading::new(Meaning::Command(asked.command), 1.0);
            // One word such as "back" may be a text.
            if self.takes_text() && asked.is_one_word {
                reading.score = 0.6;
                reading.alternatives.push(text_of(whole));
            }
            return reading;
        }
        if let Some(reading) = self.loose(words) {
            return reading;
        }
        let is_unsure =
            *self.expected != Expected::YesNo && matches!(yes_no::said(words), yes_no::Said::Unsure(_));
        if is_unsure && (!self.takes_text() || words.len() <= 6) {
            let mut reading = Reading::new(Meaning::Unsure, 0.9);
            if self.takes_text() {
                reading.alternatives.push(text_of(whole));
            }
            return reading;
        }
        if self.takes_text() {
            return Reading::new(text_of(whole), if *self.expected == Expected::Text { 1.0 } else { 0.7 });
        }
        not_understood()
    }

    /// Whether any words are an answer.
    fn takes_text(&self) -> bool {
        matches!(self.expected, Expected::Text | Expected::Choice { is_open: true, .. })
    }

    /// An answer that leaves no doubt that it is one, before commands are looked for.
    fn exact(&self, words: &Words) -> Option<Reading> {
        match (self.expected, &self.options) {
            (Expected::Choice { is_multiple, .. }, Some(options)) => {
                let reading = choice::read(words, options, *is_multiple, self.language, false)?;
                (commands::read(words).is_none() || options.is_label(words)).then_some(reading)
            }
            (Expected::YesNo, _) if yes_no::is_phrase(words) => yes_no::read(words),
            _ => None,
        }
    }

    /// An answer of an utterance that is no command.
    fn loose(&self, words: &Words) -> Option<Reading> {
        match (self.expected, &self.options) {
            (Expected::YesNo, _) => yes_no::read(words),
            (Expected::Choice { is_multiple, .. }, Some(options)) => {
                choice::read(words, options, *is_multiple, self.language, true)
            }
            (Expected::Number { is_whole, range }, _) => {
                numbers::read(words, *is_whole, range.as_ref(), self.language)
            }
            (Expected::Date { range }, _) => times::date(words, range.as_ref(), self.today, self.language),
            (Expected::DateTime, _) => times::date_time(words, self.today, self.language),
            (Expected::Time, _) => times::time(words, self.language),
            (Expected::Quantity { units, range }, _) => {
                measures::quantity(words, units, range.as_ref(), self.language)
            }
            (Expected::BloodPressure, _) => measures::blood_pressure(words, self.language),
            (Expected::Digits(kind), _) => measures::digits(words, *kind, self.language),
            (Expected::Duration, _) => times::duration(words, self.language),
            _ => None,
        }
    }
}

/// A text as an answer.
fn text_of(text: &str) -> Meaning {
    Meaning::Answer(Answer::Value(Value::String(text.to_owned())))
}

/// The first words of an answer, and whether there are more.
fn beginning(text: &str) -> (&str, bool) {
    let end =
        text.split_whitespace().nth(MAX_WORDS).map(|word| word.as_ptr() as usize - text.as_ptr() as usize);
    end.map_or((text, false), |end| (&text[..end], true))
}

/// The text without the adverbs of "not really sure" and "don't quite know".
fn without_adverbs(text: &str) -> Cow<'_, str> {
    const ADVERBS: [&str; 10] =
        ["really", "quite", "entirely", "completely", "totally", "very", "so", "too", "actually", "exactly"];
    const VERBS: [&str; 8] = ["sure", "certain", "know", "remember", "recall", "tell", "think", "understand"];
    let keys: Vec<String> = text.split_whitespace().map(matching::key).collect();
    let is_left_out = |at: usize| {
        at > 0
            && ADVERBS.contains(&keys[at].as_str())
            && (keys[at - 1] == "not" || keys[at - 1].ends_with("nt"))
            && keys.get(at + 1).is_some_and(|key| VERBS.contains(&key.as_str()))
    };
    if !(0..keys.len()).any(is_left_out) {
        return Cow::Borrowed(text);
    }
    let kept = text.split_whitespace().enumerate().filter(|(at, _)| !is_left_out(*at));
    Cow::Owned(kept.map(|(_, word)| word).collect::<Vec<_>>().join(" "))
}

/// The text with white space between words that a mark joins: "yes,no", "twenty-five", "لا،نعم".
fn separated(text: &str) -> Cow<'_, str> {
    let is_mark = |c: char| {
        matches!(c, ',' | '،' | ';' | '؛' | '!' | '?' | '؟' | '.' | ':' | '…' | '-' | '–' | '—' | '/' | '|')
    };
    if !text.contains(is_mark) {
        return Cow::Borrowed(text);
    }
    let mut parted = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        let is_between = before.is_alphabetic() && after.is_alphabetic();
        match letter {
            '-' | '–' | '—' | '/' | '|' if is_between => parted.push(' '),
            '.' | ':' if is_between => parted.push(letter),
            mark if is_mark(mark) && is_between => {
                parted.push(mark);
                parted.push(' ');
            }
            other => parted.push(other),
        }
        before = letter;
    }
    Cow::Owned(parted)
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod tests;
