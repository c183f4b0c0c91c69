//! What an answer means: the words that were heard, to a value of the kind that was asked for, or to a command.

use std::ops::RangeInclusive;

use rust_decimal::Decimal;

use super::value::{Date, Value};
use crate::language::LanguageTag;

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
}

/// Understands an answer. `hypotheses` are the readings of the recognizer, the best first; `today` is the day from which
/// relative dates count.
pub fn understand(
    hypotheses: &[Hypothesis],
    expected: &Expected,
    language: &LanguageTag,
    today: Date,
) -> Understanding {
    let _ = (hypotheses, expected, language, today);
    Understanding { meaning: Meaning::NotUnderstood, confidence: 0.0, alternatives: Vec::new() }
}
