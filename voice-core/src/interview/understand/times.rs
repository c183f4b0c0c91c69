//! Dates, times of day and durations in an answer.

use std::ops::RangeInclusive;

use super::lexicon::{CORRECTIONS, POLARITY, Polarity};
use super::values::{self, Settled};
use super::{Answer, Reading};
use crate::interview::value::{Date, DateTime, PartialDate, Time, Value};
use crate::text::Language;
use crate::text::inverse::{self, Found, SaidDate, Words};

/// Confidence of a date that says less than it seems: a week, or a month of the other calendar.
const ROUGH: f32 = 0.6;

/// The time of day in Saudi Arabia, in minutes east of UTC.
const OFFSET_MINUTES: i16 = 180;

/// Reads a date.
pub(super) fn date(
    words: &Words,
    range: Option<&RangeInclusive<Date>>,
    today: Date,
    language: Language,
) -> Option<Reading> {
    let is_accepted = |date: &SaidDate| range.is_none_or(|range| overlaps(date.date, range));
    let mut found = values::all(words, |at| inverse::date(words, at, today, language));
    if found.iter().any(|date| date.value.is_empty()) {
        return None;
    }
    complete(words, &mut found, language);
    let settled = values::settle(words, &found, |at| goes_with_date(words.key(at)))?;
    let is_rough = settled.values.iter().flatten().any(|date| date.is_rough);
    let settled = decided(settled, is_accepted);
    let answer = |date: SaidDate| (Answer::Value(Value::Date(date.date)), is_accepted(&date));
    let mut reading = values::meaning(settled, answer)?;
    if is_rough {
        reading.score *= ROUGH;
    }
    Some(reading)
}

/// Whether a day of the date, of which parts may be unknown, is accepted.
fn overlaps(date: PartialDate, range: &RangeInclusive<Date>) -> bool {
    let first_and_last = match date {
        PartialDate::Day(day) => (Some(day), Some(day)),
        PartialDate::Month(year, month) => {
            let last = (28..=31).rev().find_map(|day| Date::new(year, month, day));
            (Date::new(year, month, 1), last)
        }
        PartialDate::Year(year) => (Date::new(year, 1, 1), Date::new(year, 12, 31)),
    };
    matches!(first_and_last, (Some(first), Some(last)) if first <= *range.end() && last >= *range.start())
}

/// Of values with several readings, the readings that are accepted, or all of them if none is.
fn decided<T: Clone>(settled: Settled<Vec<T>>, is_accepted: impl Fn(&T) -> bool) -> Settled<T> {
    let mut readings = Vec::new();
    for value in settled.values {
        let accepted: Vec<T> = value.iter().filter(|reading| is_accepted(reading)).cloned().collect();
        readings.extend(if accepted.is_empty() { value } else { accepted });
    }
    Settled { values: readings, score: settled.score }
}

/// Gives a day that was said in place of another one the month and year of that one: "March fifth 1990, no, the sixth".
fn complete(words: &Words, found: &mut Vec<Found<Vec<SaidDate>>>, language: Language) {
    let [only] = &found[..] else { return };
    let ([SaidDate { date: PartialDate::Day(date), is_hijri: false, .. }], end) =
        (&only.value[..], only.words.end)
    else {
        return;
    };
    let after = (end..words.len()).find_map(|at| CORRECTIONS.at(words, at).map(|found| found.1));
    let Some(start) = after.map(|at| at + usize::from(words.key(at) == "the")).filter(|at| *at < words.len())
    else {
        return;
    };
    let day =
        inverse::ordinal(words, start, language).map(|found| (found.value, found.words.end)).or_else(|| {
            let found = inverse::number(words, start, language)?;
            Some((u64::try_from(found.value).ok()?, found.words.end))
        });
    let Some((day, end)) = day.filter(|(_, end)| *end == words.len()) else { return };
    let replaced = u8::try_from(day).ok().and_then(|day| Date::new(date.year(), date.month(), day));
    if let Some(replaced) = replaced {
        let value = vec![SaidDate { date: PartialDate::Day(replaced), is_hijri: false, is_rough: false }];
        found.push(Found { value, words: start..end });
    }
}

/// Words around dates.
fn goes_with_date(key: &str) -> bool {
    matches!(
        key,
        "يوم"
            | "تاريخ"
            | "بتاريخ"
            | "من"
            | "في"
            | "مواليد"
            | "ولدت"
            | "انولدت"
            | "ميلادي"
            | "تاريخي"
            | "الموافق"
            | "من يوم"
            | "كانت"
            | "بدا"
            | "بدات"
            | "since"
            | "born"
            | "from"
            | "date"
            | "started"
            | "it"
            | "birthday"
    )
}

/// Reads a time of day.
pub(super) fn time(words: &Words, language: Language) -> Option<Reading> {
    let found = values::all(words, |at| inverse::time(words, at, language).filter(|_| is_time(words, at)));
    let settled = values::settle(words, &found, |at| matches!(words.key(at), "الساعه" | "at" | "على"))?;
    let settled = decided(settled, |_| true);
    values::meaning(settled, |time| (Answer::Value(Value::Time(time)), true))
}

/// A number that is joined to the word before it is no time: "the 3".
fn is_time(words: &Words, at: usize) -> bool {
    !matches!(POLARITY.at(words, at), Some((Polarity::No, _)))
}

/// Reads a day and a time.
pub(super) fn date_time(words: &Words, today: Date, language: Language) -> Option<Reading> {
    let dates = values::all(words, |at| inverse::date(words, at, today, language));
    let is_in_date = |at: usize| dates.iter().any(|date| date.words.contains(&at));
    let times = values::all(words, |at| {
        inverse::time(words, at, language).filter(|time| !time.words.clone().any(is_in_date))
    });
    let day = values::settle(words, &dates, |at| {
        times.iter().any(|time| time.words.contains(&at)) || goes_with_date(words.key(at))
    })?;
    let time = values::settle(words, &times, |at| is_in_date(at) || goes_with_date(words.key(at)))?;
    let mut moments = Vec::new();
    for day in day.values.iter().flatten() {
        let PartialDate::Day(date) = day.date else { return None };
        moments.extend(time.values.iter().flatten().map(|time: &Time| DateTime {
            date,
            time: *time,
            offset_minutes: OFFSET_MINUTES,
        }));
    }
    let settled = Settled { values: moments, score: day.score.min(time.score) };
    values::meaning(settled, |moment| (Answer::Value(Value::DateTime(moment)), true))
}

/// Reads a duration.
pub(super) fn duration(words: &Words, language: Language) -> Option<Reading> {
    let mut found = values::all(words, |at| inverse::duration(words, at, language));
    // "Three hours, no, four": the unit was said before.
    if let [only] = &found[..]
        && let Some(start) =
            (only.words.end..words.len()).find_map(|at| CORRECTIONS.at(words, at).map(|found| found.1))
        && let Some(number) = inverse::number(words, start, language)
        && let Ok(count) = u64::try_from(number.value)
    {
        let unit = only.value.unit;
        let seconds = count.saturating_mul(unit.seconds());
        let value = inverse::Duration { seconds, count: number.value, unit };
        found.push(Found { value, words: number.words });
    }
    let settled = values::settle(words, &found, |at| {
        matches!(
            words.key(at),
            "من" | "لمده" | "مده" | "قبل" | "صار" | "لي" | "له" | "for" | "since" | "ago" | "lasted"
        )
    })?;
    let seconds =
        Settled { values: settled.values.iter().map(|value| value.seconds).collect(), score: settled.score };
    values::meaning(seconds, |seconds| (Answer::Duration(seconds), true))
}
