//! Dates: absolute and relative, of the Gregorian calendar and of that of Umm al-Qura, with parts unknown.

mod calendar;
mod relative;

use super::{Found, Words};
use crate::interview::{Date, PartialDate};
use crate::text::Language;

/// Builds the tables, if no text needed them yet.
pub(super) fn build_tables() {
    relative::build_tables();
    calendar::build_tables();
}

/// A date as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaidDate {
    /// The date of the Gregorian calendar.
    pub date: PartialDate,
    /// Whether it was said in the Hijri calendar.
    pub is_hijri: bool,
    /// Whether the words say less than the date: a week, or a month or year of the other calendar, which has days of two.
    pub is_rough: bool,
}

/// The date that begins with the word `at`: its readings, the likeliest first. `today` is the day from which relative dates
/// count.
///
/// There is no reading if such a day does not exist (31 February), and there are two if the words do not decide: a year of two digits may be of both calendars, and a day without a
/// year, or a weekday, before or after today. Years from 1300 to 1500 are Hijri, others Gregorian. Numbers stand in the order
/// day, month, year, or year, month, day if the year has four digits.
pub fn date(words: &Words, at: usize, today: Date, language: Language) -> Option<Found<Vec<SaidDate>>> {
    let (readings, end) = relative::read(words, at, today, language)
        .into_iter()
        .chain(calendar::read(words, at, today, language))
        .max_by_key(|(readings, end)| (*end, !readings.is_empty()))?;
    Some(Found { value: readings, words: at..end })
}

impl SaidDate {
    fn new(date: PartialDate) -> Self {
        Self { date, is_hijri: false, is_rough: false }
    }
}

#[cfg(test)]
mod tests;
