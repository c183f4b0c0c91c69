//! Spoken words to values: the inverse of normalization.
//!
//! A reader takes the words of an utterance and a position, and returns the value that is said there and the words that
//! say it. Words are compared without vowel signs, and spelling variants are equal; the words as they were heard stay
//! available by their place in the text.

mod date;
mod digits;
mod duration;
mod fraction;
mod grammar;
mod items;
mod measure;
mod money;
mod number;
mod ordinal;
pub(crate) mod phrases;
pub mod saudi;
mod time;
mod units;
mod vitals;
mod words;
mod written;
mod year;

#[cfg(test)]
mod tests;

use std::ops::Range;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::Language;

pub use date::{SaidDate, date};
pub use digits::{digits, digits_of};
pub use duration::{Duration, Unit, duration};
pub use fraction::{Fraction, fraction, rating};
pub use measure::{Measure, convert, measure};
pub use money::{Currency, Money, money};
pub use number::number;
pub use ordinal::ordinal;
pub use time::time;
pub use units::MeasureUnit;
pub use vitals::{BloodPressure, blood_pressure, glucose, height, percent, temperature, weight};
pub use words::{Word, Words};
pub use written::written;
pub use year::year;

/// Builds the tables of this module, if no text needed them yet.
pub(super) fn build_tables() {
    date::build_tables();
    duration::build_table();
    money::build_table();
    time::build_tables();
    units::build_table();
}

/// A value and the words that say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The value.
    pub value: T,
    /// Its words, by their indices in [`Words`].
    pub words: Range<usize>,
}

/// The numbers that begin with the word `at`, by their length: "three forty" is 3, and 340. The longest is first.
fn numbers(words: &Words, at: usize, language: Language) -> Vec<(Decimal, usize)> {
    /// The words of the longest number of a date: ألف وتسعمئة وتسعة وتسعين.
    const MOST: usize = 8;
    let Some(longest) = number(words, at, language) else { return Vec::new() };
    let most = longest.words.end.min(at + MOST);
    let shorter = (at + 1..most).rev().filter_map(|end| {
        let part = Words::new(words.text(at..end));
        let found = number(&part, 0, language)?;
        (found.words.end == end - at).then_some((found.value, end))
    });
    std::iter::once((longest.value, longest.words.end)).chain(shorter).collect()
}

/// The same, whole numbers only.
fn whole_numbers(words: &Words, at: usize, language: Language) -> Vec<(u32, usize)> {
    let whole = |value: Decimal| value.fract().is_zero().then(|| value.to_u32()).flatten();
    numbers(words, at, language).into_iter().filter_map(|(value, end)| Some((whole(value)?, end))).collect()
}

/// Digits of any script as digits of ASCII, without marks at the ends.
fn figures(text: &str) -> String {
    let ascii = |letter: char| match letter {
        '٠'..='٩' => char::from(b'0' + (letter as u32 - '٠' as u32) as u8),
        '۰'..='۹' => char::from(b'0' + (letter as u32 - '۰' as u32) as u8),
        '٫' => '.',
        other => other,
    };
    text.trim_matches(|letter: char| !letter.is_alphanumeric()).chars().map(ascii).collect()
}
