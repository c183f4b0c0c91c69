//! Durations: "two and a half hours", ثلاثة أيام.

use std::sync::LazyLock;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::phrases::{Phrases, Row};
use super::{Found, Words, figures, number};
use crate::text::Language;

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// A second.
    Second,
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// Seven days.
    Week,
    /// 30 days, where its length in days matters.
    Month,
    /// 365 days, where its length in days matters.
    Year,
}

/// A duration as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duration {
    /// Its length in seconds.
    pub seconds: u64,
    /// The number of its first unit.
    pub count: Decimal,
    /// Its first unit.
    pub unit: Unit,
}

impl Unit {
    /// Its length in seconds.
    pub fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 7 * 86_400,
            Self::Month => 30 * 86_400,
            Self::Year => 365 * 86_400,
        }
    }
}

/// How many of the unit a word says.
type Counted = (Unit, u8);

static ROWS: &[Row<Counted>] = &[
    ((Unit::Second, 1), "ثانية|ثواني|ثوان|ثانيه", "second|seconds|sec|secs"),
    ((Unit::Second, 2), "ثانيتين|ثانيتان", ""),
    ((Unit::Minute, 1), "دقيقة|دقايق|دقائق|دقيقه|دئيئة", "minute|minutes|min|mins"),
    ((Unit::Minute, 2), "دقيقتين|دقيقتان", ""),
    ((Unit::Hour, 1), "ساعة|ساعات|ساعه", "hour|hours|hr|hrs"),
    ((Unit::Hour, 2), "ساعتين|ساعتان", ""),
    ((Unit::Day, 1), "يوم|أيام|يوما|يومًا|ليلة|ليالي|ليال", "day|days|night|nights"),
    ((Unit::Day, 2), "يومين|يومان|ليلتين", ""),
    ((Unit::Week, 1), "أسبوع|أسابيع|اسبوع|سبوع|أسبوعا|أسبوعاً|سابيع", "week|weeks"),
    ((Unit::Week, 2), "أسبوعين|أسبوعان|سبوعين", "fortnight"),
    ((Unit::Month, 1), "شهر|أشهر|شهور|اشهر|شهرا|شهراً", "month|months"),
    ((Unit::Month, 2), "شهرين|شهران", ""),
    ((Unit::Year, 1), "سنة|سنوات|سنين|عام|أعوام|عاما|عاماً|سنه|حول", "year|years|yr|yrs"),
    ((Unit::Year, 2), "سنتين|سنتان|عامين|عامان|حولين", ""),
    ((Unit::Year, 10), "عقد", "decade"),
];

static UNITS: LazyLock<Phrases<Counted>> = LazyLock::new(|| Phrases::new(ROWS));

/// Builds the table, if no text needed it yet.
pub(super) fn build_table() {
    LazyLock::force(&UNITS);
}

/// The longest duration, in units.
const MAX_COUNT: u32 = 100_000;

/// The duration that begins with the word `at`: ثلاثة أيام، ساعة ونص، شهرين، نص ساعة, "an hour and a half", "two hours and
/// ten minutes", 1:30 (hours and minutes).
pub fn duration(words: &Words, at: usize, language: Language) -> Option<Found<Duration>> {
    let (count, unit, mut end) = part(words, at, language).or_else(|| clock(words, at))?;
    let mut seconds = in_seconds(count, unit)?;
    let mut last = unit;
    // Smaller units: "and ten minutes", ساعة وعشر دقايق.
    for _ in 0..3 {
        let start = end + usize::from(matches!(words.key(end), "and" | "و"));
        let is_joined = start > end || words.key(start).starts_with('و') || language == Language::English;
        let Some((count, unit, next)) =
            part(words, start, language).filter(|part| is_joined && part.1 < last)
        else {
            break;
        };
        seconds = seconds.checked_add(in_seconds(count, unit)?)?;
        (end, last) = (next, unit);
    }
    Some(Found { value: Duration { seconds, count, unit }, words: at..end })
}

fn in_seconds(count: Decimal, unit: Unit) -> Option<u64> {
    let is_short = !count.is_sign_negative() && count <= Decimal::from(MAX_COUNT);
    is_short.then(|| count.checked_mul(Decimal::from(unit.seconds()))?.round().to_u64())?
}

/// A number of one unit, and the index after its last word.
fn part(words: &Words, at: usize, language: Language) -> Option<(Decimal, Unit, usize)> {
    if let Some(((unit, count), mut end)) = unit(words, at) {
        // "Second" is an ordinal number too, and "hour" needs its article.
        if language == Language::English && count == 1 {
            return None;
        }
        let mut count = Decimal::from(count);
        if matches!(words.key(end), "واحد" | "واحده" | "وحده" | "كامل" | "كامله") {
            end += 1;
        }
        (count, end) = plus_share(words, end, count, language);
        return Some((count, unit, end));
    }
    if let Some((count, after)) = some(words, at) {
        let ((unit, _), end) = unit(words, after)?;
        let (count, end) = plus_share(words, end, count, language);
        return Some((count, unit, end));
    }
    // "Three quarters of an hour", نص ساعة.
    let found = number(words, at, language)?;
    let mut after = found.words.end;
    while matches!(words.key(after), "of" | "a" | "an" | "من" | "ال") {
        after += 1;
    }
    let ((unit, one), end) = unit(words, after)?;
    if one != 1 || found.value.is_sign_negative() {
        return None;
    }
    let (count, end) = if found.value.fract().is_zero() {
        plus_share(words, end, found.value, language)
    } else {
        (found.value, end)
    };
    Some((count, unit, end))
}

/// "A", "a couple of", "one".
fn some(words: &Words, at: usize) -> Option<(Decimal, usize)> {
    let is_couple = |at: usize| matches!(words.key(at), "couple" | "pair");
    match words.key(at) {
        "a" | "an" if is_couple(at + 1) => {
            Some((Decimal::TWO, at + 2 + usize::from(words.key(at + 2) == "of")))
        }
        "couple" => Some((Decimal::TWO, at + 1 + usize::from(words.key(at + 1) == "of"))),
        "a" | "an" => Some((Decimal::ONE, at + 1)),
        _ => None,
    }
}

/// A share of the unit after it: ساعة ونص، "an hour and a half".
fn plus_share(words: &Words, at: usize, count: Decimal, language: Language) -> (Decimal, usize) {
    let start = match (words.key(at), words.key(at + 1)) {
        ("and", "a" | "half" | "quarter") | ("و", _) => at + 1,
        (key, _) if key.starts_with('و') => at,
        ("الا", _) if language == Language::Arabic => at + 1,
        _ => return (count, at),
    };
    let share = number(words, start, language)
        .filter(|share| share.value < Decimal::ONE && !share.value.is_sign_negative());
    let Some(share) = share else { return (count, at) };
    // "And half an hour" is a part of its own.
    if unit(words, share.words.end).is_some() {
        return (count, at);
    }
    let is_less = words.key(at) == "الا";
    let sum = if is_less { count - share.value } else { count + share.value };
    (sum, share.words.end)
}

/// The unit at `at`, with an article or a conjunction before it.
fn unit(words: &Words, at: usize) -> Option<(Counted, usize)> {
    UNITS.at(words, at).or_else(|| {
        let key = words.key(at);
        let bare = key.strip_prefix('و').unwrap_or(key);
        let bare = bare.strip_prefix("ال").unwrap_or(bare);
        (bare.len() < key.len()).then(|| UNITS.at(&Words::new(bare), 0))?.map(|(unit, _)| (unit, at + 1))
    })
}

/// 1:30.
fn clock(words: &Words, at: usize) -> Option<(Decimal, Unit, usize)> {
    let text = figures(words.iter().nth(at)?.text);
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let is_clock = minutes < 60 && hours < 100;
    is_clock.then(|| (Decimal::from(hours * 60 + minutes), Unit::Minute, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, seconds) in [
            ("ثلاثة أيام", 3 * 86_400),
            ("أسبوع", 7 * 86_400),
            ("ساعة ونص", 5_400),
            ("ساعة وعشر دقايق", 4_200),
            ("نص ساعة", 1_800),
            ("ساعتين إلا ربع", 6_300),
            ("شهرين", 60 * 86_400),
            ("سنة وشهرين", 425 * 86_400),
            ("two and a half hours", 9_000),
            ("an hour and a half", 5_400),
            ("half an hour", 1_800),
            ("two hours and ten minutes", 7_800),
            ("a couple of days", 2 * 86_400),
            ("three quarters of an hour", 2_700),
            ("1:30", 5_400),
        ] {
            let words = Words::new(text);
            let found = duration(&words, 0, Language::guess(text));
            let found = found.map(|found| (found.value.seconds, found.words.end));
            assert_eq!(found, Some((seconds, words.len())), "{text}");
        }
        for text in ["second", "كثير", "five", "", "999999999999 years", "-3 days"] {
            assert_eq!(duration(&Words::new(text), 0, Language::guess(text)), None, "{text}");
        }
    }
}
