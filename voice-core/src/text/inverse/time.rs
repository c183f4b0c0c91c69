//! Times of day: "half past three pm", الساعة ثلاث ونص العصر.

use std::sync::LazyLock;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::phrases::{Phrases, Row};
use super::{Found, Words, figures, numbers, whole_numbers};
use crate::interview::Time;
use crate::text::Language;

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Morning,
    Noon,
    Afternoon,
    Night,
}

static PART_ROWS: &[Row<Part>] = &[
    (
        Part::Morning,
        "الصبح|الصباح|صباحا|صباحاً|صباح|بالصباح|في الصباح|الفجر|فجرا|فجراً|ص|الضحى|ضحى|الصبحية|صبح|من الصبح",
        "am|a.m.|a m|in the morning|this morning|morning|of the morning",
    ),
    (Part::Noon, "الظهر|ظهرا|ظهراً|الظهيرة|بعد الظهر|وقت الظهر|الظهريه", ""),
    (
        Part::Afternoon,
        "العصر|عصرا|عصراً|المغرب|مغرب|العشا|العشاء|مساء|مساءً|مسا|المساء|في المساء|بالمساء|م|العصرية|المسا",
        "pm|p.m.|p m|in the afternoon|in the evening|this afternoon|this evening|evening|afternoon",
    ),
    (
        Part::Night,
        "بالليل|الليل|ليلا|ليلاً|في الليل|بليل|الليلة|آخر الليل|اخر الليل",
        "at night|tonight|last night|night|in the night",
    ),
];

static PARTS: LazyLock<Phrases<Part>> = LazyLock::new(|| Phrases::new(PART_ROWS));

static NAMED_ROWS: &[Row<u8>] = &[
    (12, "منتصف النهار|نص النهار", "noon|midday|mid day|twelve noon|at noon"),
    (0, "منتصف الليل|نص الليل|نصف الليل|منتصف الليله", "midnight|twelve midnight|mid night"),
];

static NAMED: LazyLock<Phrases<u8>> = LazyLock::new(|| Phrases::new(NAMED_ROWS));

/// Builds the tables, if no text needed them yet.
pub(super) fn build_tables() {
    LazyLock::force(&PARTS);
    LazyLock::force(&NAMED);
}

/// The time of day that begins with the word `at`: its readings, the likeliest first. There are two if no word tells the
/// halves of the day apart. A number alone is read as an hour.
pub fn time(words: &Words, at: usize, language: Language) -> Option<Found<Vec<Time>>> {
    if let Some((hour, end)) = NAMED.at(words, at) {
        return Some(Found { value: vec![Time::new(hour, 0, 0)?], words: at..end });
    }
    let mut start = at;
    let mut before = None;
    // العصر الساعة ثلاث.
    if let Some((part, end)) = PARTS.at(words, start).filter(|_| language == Language::Arabic) {
        before = Some(part);
        start = end;
    }
    let is_named = is_clock_word(words.key(start));
    start += usize::from(is_named);
    let spoken = || spoken(words, start, language).map(|(hour, minute, end)| (hour, minute, None, end));
    let (hour, minute, suffix, end) = written(words, start).or_else(spoken)?;
    let after = PARTS.at(words, end).filter(|_| suffix.is_none());
    let end = after.map_or(end, |(_, end)| end);
    let part = after.map(|found| found.0).or(suffix).or(before);
    let hours = match part {
        Some(part) => vec![in_part(hour, part)],
        None if hour == 0 || hour > 12 => vec![hour],
        // The waking hours are likelier.
        None if hour == 12 => vec![12, 0],
        None if hour >= 7 => vec![hour, hour + 12],
        None => vec![hour + 12, hour],
    };
    let times = hours.into_iter().filter_map(|hour| Time::new(hour, minute, 0)).collect();
    Some(Found { value: times, words: at..end })
}

fn is_clock_word(key: &str) -> bool {
    matches!(key, "الساعه" | "ساعه" | "والساعه" | "at")
}

/// The hour of the day of an hour that was said in a part of the day.
fn in_part(hour: u8, part: Part) -> u8 {
    if hour > 12 || hour == 0 {
        return hour;
    }
    match part {
        Part::Morning => hour % 12,
        Part::Noon if hour >= 10 => hour,
        Part::Night if hour == 12 || hour <= 4 => hour % 12,
        Part::Noon | Part::Afternoon | Part::Night => hour % 12 + 12,
    }
}

/// 15:30, 3.30, 3pm, 3:30pm.
fn written(words: &Words, at: usize) -> Option<(u8, u8, Option<Part>, usize)> {
    let text = figures(words.iter().nth(at)?.text).to_lowercase();
    let suffix = [("am", Part::Morning), ("pm", Part::Afternoon)];
    let suffixed = suffix.iter().find_map(|(suffix, part)| Some((text.strip_suffix(suffix)?, Some(*part))));
    let (shown, part) = suffixed.unwrap_or((&text, None));
    let (hour, minute) = match shown.split_once([':', '.']) {
        Some((hour, minute)) => {
            let minute = minute.split(':').next().unwrap_or(minute);
            (hour, (minute.len() == 2).then(|| minute.parse().ok())??)
        }
        None if part.is_some() => (shown, 0_u8),
        None => return None,
    };
    let hour: u8 = (hour.len() <= 2).then(|| hour.parse().ok())??;
    (hour < 24 && minute < 60).then_some((hour, minute, part, at + 1))
}

/// A time in words.
fn spoken(words: &Words, at: usize, language: Language) -> Option<(u8, u8, usize)> {
    match language {
        Language::English => english(words, at),
        Language::Arabic => arabic(words, at),
    }
}

fn english(words: &Words, at: usize) -> Option<(u8, u8, usize)> {
    let language = Language::English;
    let hour_at = |at: usize| {
        let hours = whole_numbers(words, at, language);
        hours.into_iter().rev().find(|(hour, _)| *hour <= 24).map(|(hour, end)| ((hour % 24) as u8, end))
    };
    // "Half past three", "ten to four", "a quarter to eight".
    let start = at + usize::from(words.key(at) == "a");
    let minutes = match words.key(start) {
        "half" => Some((30, start + 1)),
        "quarter" => Some((15, start + 1)),
        _ => {
            let count = whole_numbers(words, start, language).into_iter().find(|(count, _)| *count < 60);
            count.map(|(count, end)| {
                (count as u8, end + usize::from(matches!(words.key(end), "minutes" | "minute")))
            })
        }
    };
    if let Some((minutes, end)) = minutes {
        match words.key(end) {
            "past" | "after" => {
                let (hour, end) = hour_at(end + 1)?;
                return Some((hour, minutes, oclock(words, end)));
            }
            "to" | "before" | "til" | "till" if minutes > 0 => {
                let (hour, end) = hour_at(end + 1)?;
                return Some(((hour + 23) % 24, 60 - minutes, oclock(words, end))).map(
                    |(hour, minute, end)| {
                        // One o'clock less ten minutes is 12:50.
                        (if hour == 0 { 12 } else { hour }, minute, end)
                    },
                );
            }
            _ => {}
        }
    }
    let (hour, end) = hour_at(at)?;
    if words.key(end) == "oclock" || words.key(end) == "o" && words.key(end + 1) == "clock" {
        return Some((hour, 0, oclock(words, end)));
    }
    // "Nine fifteen", "nine oh five", "nine thirty".
    let (zero, start) = (matches!(words.key(end), "oh" | "o" | "zero"), end + 1);
    if zero
        && let Some((minute, end)) =
            whole_numbers(words, start, language).into_iter().find(|found| found.0 < 10)
    {
        return Some((hour, minute as u8, end));
    }
    let minute =
        whole_numbers(words, end, language).into_iter().find(|(minute, _)| (10..60).contains(minute));
    Some(match minute {
        Some((minute, end)) => (hour, minute as u8, end),
        None => (hour, 0, end),
    })
}

fn oclock(words: &Words, at: usize) -> usize {
    match (words.key(at), words.key(at + 1)) {
        ("oclock", _) => at + 1,
        ("o", "clock") => at + 2,
        _ => at,
    }
}

fn arabic(words: &Words, at: usize) -> Option<(u8, u8, usize)> {
    let language = Language::Arabic;
    // The shortest reading is the hour: عشرة وعشر is ten past ten.
    let (value, mut end) = hours(words, at)?;
    let hour = value.trunc().to_u8()?;
    let mut minute = (value.fract() * Decimal::from(60)).round().to_i16()?;
    let mut hour = i16::from(hour);
    for _ in 0..2 {
        let key = words.key(end);
        let (is_less, start) = match key {
            "الا" | "غير" => (true, end + 1),
            key if key.starts_with('و') => (false, end),
            _ => break,
        };
        let part = numbers(words, start, language).into_iter().find_map(|(value, end)| {
            let is_share = value < Decimal::ONE && !value.fract().is_zero();
            let minutes = if is_share { value * Decimal::from(60) } else { value };
            minutes.round().to_i16().filter(|minutes| (1..60).contains(minutes)).map(|minutes| (minutes, end))
        });
        let Some((minutes, after)) = part else { break };
        minute += if is_less { -minutes } else { minutes };
        end = after + usize::from(matches!(words.key(after), "دقيقه" | "دقايق" | "دقائق"));
    }
    if minute < 0 {
        minute += 60;
        hour = if hour == 1 { 12 } else { hour - 1 };
    }
    let (hour, minute) = (u8::try_from(hour).ok()?, u8::try_from(minute).ok()?);
    (hour < 24 && minute < 60).then_some((hour, minute, end))
}

/// The hour, which may have a share: ثلاث ونص.
fn hours(words: &Words, at: usize) -> Option<(Decimal, usize)> {
    let all = numbers(words, at, Language::Arabic);
    let whole = all.iter().rev().find(|(value, _)| value.fract().is_zero() && *value <= Decimal::from(24));
    if let Some(found) = whole {
        // With its share, if there is one: the number before it in the list.
        return all
            .iter()
            .find(|(value, end)| {
                !value.fract().is_zero() && *end > found.1 && (*value - found.0).abs() < Decimal::ONE
            })
            .or(Some(found))
            .map(|(value, end)| (value % Decimal::from(24), *end));
    }
    if let Some((value, end)) =
        all.first().filter(|(value, _)| *value > Decimal::ONE && *value < Decimal::from(13))
    {
        return Some((*value, *end));
    }
    // الساعة الثالثة والنصف.
    let found = super::ordinal(words, at, Language::Arabic).filter(|found| found.value <= 12)?;
    let (mut value, mut end) = (Decimal::from(found.value), found.words.end);
    let share = |key: &str| match key {
        "والنصف" | "والنص" => Some(Decimal::new(5, 1)),
        "والربع" => Some(Decimal::new(25, 2)),
        "والثلث" => Some(Decimal::ONE / Decimal::from(3)),
        _ => None,
    };
    if let Some(share) = share(words.key(end)) {
        value += share;
        end += 1;
    } else if words.key(end) == "الا" && matches!(words.key(end + 1), "الربع" | "الثلث") {
        value -= if words.key(end + 1) == "الربع" {
            Decimal::new(25, 2)
        } else {
            Decimal::ONE / Decimal::from(3)
        };
        end += 2;
    }
    Some((value, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let words = Words::new(text);
        let found = time(&words, 0, Language::guess(text)).filter(|found| found.words.end == words.len());
        found.map_or(Vec::new(), |found| {
            found.value.iter().map(|time| time.to_string()[..5].to_owned()).collect()
        })
    }

    #[test]
    fn times_are_read() {
        for (text, expected) in [
            ("الساعة ثلاث ونص العصر", "15:30"),
            ("ثمان إلا ربع الصبح", "07:45"),
            ("الساعة الثالثة والنصف مساءً", "15:30"),
            ("الساعة ست وعشر المغرب", "18:10"),
            ("سبعة إلا خمس الصبح", "06:55"),
            ("خمسة ونص وخمس العصر", "17:35"),
            ("وحدة بالليل", "01:00"),
            ("عشرة بالليل", "22:00"),
            ("العصر الساعة أربع", "16:00"),
            ("منتصف الليل", "00:00"),
            ("half past three pm", "15:30"),
            ("quarter to one in the afternoon", "12:45"),
            ("3:30 pm", "15:30"),
            ("3pm", "15:00"),
            ("3:30am", "03:30"),
            ("12 am", "00:00"),
            ("15:30", "15:30"),
            ("nine oh five at night", "21:05"),
            ("noon", "12:00"),
        ] {
            assert_eq!(read(text), [expected], "{text}");
        }
        assert_eq!(read("six o'clock"), ["18:00", "06:00"]);
        assert_eq!(read("الساعة تسع"), ["09:00", "21:00"]);
        for text in ["بعد العشاء", "99:99", "", "hello", "25:00"] {
            assert!(read(text).is_empty(), "{text}");
        }
    }
}
