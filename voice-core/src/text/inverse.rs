//! Spoken words to values: the inverse of normalization.
//!
//! A reader takes the words of an utterance and a position, and returns the value that is said there and the words that
//! say it. Words are compared without vowel signs, and spelling variants are equal; the words as they were heard stay
//! available by their place in the text.

mod digits;
mod fraction;
mod grammar;
mod items;
mod measure;
mod money;
mod number;
mod ordinal;
pub mod saudi;
mod units;
mod vitals;
mod words;
mod written;
mod year;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub use digits::{digits, digits_of};
pub use fraction::{Fraction, fraction, rating};
pub use measure::{Measure, convert, measure};
pub use money::{Currency, Money, money};
pub use number::number;
pub use ordinal::ordinal;
pub use units::MeasureUnit;
pub use vitals::{BloodPressure, blood_pressure, glucose, height, percent, temperature, weight};
pub use words::{Word, Words};
pub use written::written;
pub use year::year;

/// Builds the tables of this module, if no text needed them yet.
pub(super) fn build_tables() {
    units::build_table();
    money::build_table();
}

/// A value and the words that say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The value.
    pub value: T,
    /// Its words, by their indices in [`Words`].
    pub words: Range<usize>,
}
