//! Dates with a day, a month or a year.

use std::sync::LazyLock;

use super::SaidDate;
use super::relative::Read;
use crate::interview::{Date, PartialDate};
use crate::text::inverse::phrases::{Phrases, Row};
use crate::text::inverse::{Words, figures, ordinal, whole_numbers};
use crate::text::{Calendar, Language, month_names};

/// Years that can be meant, of both calendars.
const GREGORIAN: std::ops::RangeInclusive<u32> = 1850..=2150;
const HIJRI: std::ops::RangeInclusive<u32> = 1300..=1500;

/// Spoken names of months beside those that the normalizer reads.
static MONTH_ROWS: &[Row<(Calendar, u8)>] = &[
    ((Calendar::Gregorian, 4), "ابريل|أبريل", ""),
    ((Calendar::Gregorian, 5), "ماي", ""),
    ((Calendar::Gregorian, 6), "يونية|يونيه", ""),
    ((Calendar::Gregorian, 7), "يولية|يوليه|جويلية", ""),
    ((Calendar::Gregorian, 8), "اوغسطس|أوغسطس", ""),
    ((Calendar::Hijri, 3), "ربيع أول|ربيع", "rabi al awwal|rabi al awal"),
    ((Calendar::Hijri, 4), "ربيع ثاني|ربيع آخر", "rabi al thani|rabi al akhir"),
    (
        (Calendar::Hijri, 5),
        "جماد أول|جماد الأول|جمادى الأول|جمادى أول|جماد الأولى",
        "jumada al ula|jumada al awwal",
    ),
    (
        (Calendar::Hijri, 6),
        "جماد ثاني|جماد الثاني|جمادى الثاني|جماد الآخر|جمادى الآخر|جماد الثانية",
        "jumada al thani|jumada al akhirah",
    ),
    ((Calendar::Hijri, 8), "", "sha ban"),
    ((Calendar::Hijri, 9), "رمضان المبارك", ""),
    (
        (Calendar::Hijri, 11),
        "القعدة|ذي القعده|ذوالقعدة|ذوالقعده|قعدة",
        "dhu al qidah|dhul qidah|dhul qadah|dhu al qadah|dhul qaada",
    ),
    ((Calendar::Hijri, 12), "الحجة|الحج|ذوالحجة|ذي الحجه|ذوالحجه", "dhu al hijjah|dhul hijja|dhu al hijja"),
];

static MONTHS: LazyLock<Phrases<(Calendar, u8)>> = LazyLock::new(|| Phrases::with(MONTH_ROWS, month_names()));

static ERA_ROWS: &[Row<Calendar>] = &[
    (Calendar::Hijri, "هجري|هجرية|هجريا|هجرياً|هـ|بالهجري|للهجرة|الهجري", "hijri|ah|a h|in hijri"),
    (Calendar::Gregorian, "ميلادي|ميلادية|ميلاديا|ميلادياً|م|بالميلادي|للميلاد|الميلادي", "ad|a d|ce|gregorian"),
];

static ERAS: LazyLock<Phrases<Calendar>> = LazyLock::new(|| Phrases::new(ERA_ROWS));

/// Builds the tables, if no text needed them yet.
pub(super) fn build_tables() {
    LazyLock::force(&MONTHS);
    LazyLock::force(&ERAS);
}

/// A month, by its name or by its number.
#[derive(Debug, Clone, Copy)]
struct Month {
    number: u8,
    calendar: Option<Calendar>,
}

/// A year as it was said.
#[derive(Debug, Clone, Copy)]
struct Year {
    /// All of it, or its last two digits.
    number: u32,
    is_short: bool,
}

/// The parts of a date.
#[derive(Debug, Clone, Copy, Default)]
struct Parts {
    year: Option<Year>,
    month: Option<Month>,
    day: Option<u8>,
    era: Option<Calendar>,
}

/// The date at `at`, if it has a day, month or year.
pub(super) fn read(words: &Words, at: usize, today: Date, language: Language) -> Option<Read> {
    let reader = Reader { words, language };
    let start = reader.skip(at, &["يوم", "تاريخ", "بتاريخ", "on", "the"]);
    let forms = [
        reader.figures(start),
        reader.day_first(start),
        reader.month_first(start),
        reader.year_first(start),
        reader.year_only(at),
    ];
    let dates = forms.into_iter().flatten().map(|(mut parts, mut end)| {
        if let Some((era, next)) = ERAS.at(words, end) {
            parts.era = Some(era);
            end = next;
        }
        (resolve(parts, today, language), end)
    });
    // A day that does not exist hides the shorter dates in its words.
    dates.max_by_key(|(readings, end)| (*end, !readings.is_empty()))
}

struct Reader<'a> {
    words: &'a Words<'a>,
    language: Language,
}

impl Reader<'_> {
    fn key(&self, at: usize) -> &str {
        self.words.key(at)
    }

    /// The index after any of these words.
    fn skip(&self, mut at: usize, words: &[&str]) -> usize {
        while words.contains(&self.key(at)) {
            at += 1;
        }
        at
    }

    /// 5/3/1990, 1990-03-05, ٥/٣/١٤١٠, 3/2026.
    fn figures(&self, at: usize) -> Option<(Parts, usize)> {
        let text = figures(self.words.iter().nth(at)?.text);
        let fields: Vec<&str> = text.split(['/', '-', '.']).collect();
        let number = |field: &str| {
            let is_number = matches!(field.len(), 1..=4) && field.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| field.parse::<u32>().ok())?
        };
        let year = |field: &str| number(field).map(|number| Year { number, is_short: field.len() <= 2 });
        let small = |field: &str| number(field).and_then(|number| u8::try_from(number).ok());
        let month = |number: u8| Some(Month { number, calendar: None });
        let parts = match fields[..] {
            [y, m, d] if y.len() == 4 => {
                Parts { year: year(y), month: month(small(m)?), day: small(d), era: None }
            }
            [d, m, y] if y.len() == 4 || y.len() == 2 => {
                let (mut d, mut m) = (small(d)?, small(m)?);
                // 3/25/1990 can only be the American order.
                if m > 12 && d <= 12 {
                    std::mem::swap(&mut d, &mut m);
                }
                Parts { year: year(y), month: month(m), day: Some(d), era: None }
            }
            [m, y] if y.len() == 4 && !text.contains('.') => {
                Parts { year: year(y), month: month(small(m)?), day: None, era: None }
            }
            [y, m] if y.len() == 4 && !text.contains('.') => {
                Parts { year: year(y), month: month(small(m)?), day: None, era: None }
            }
            _ => return None,
        };
        (parts.year.is_some()).then_some((parts, at + 1))
    }

    /// "The fifth of March 1990", خمسة ثلاثة تسعين.
    fn day_first(&self, at: usize) -> Option<(Parts, usize)> {
        let mut best: Option<(Parts, usize)> = None;
        for (day, end) in self.days(at) {
            let named = self.named_month(end);
            let months = match named {
                Some(month) => vec![month],
                None => self.numbered_months(end),
            };
            for (month, end) in months {
                let year = self.year(end, true);
                // Two numbers are a date only with a year.
                if month.calendar.is_none() && year.is_none() && !self.has_month_word(end) {
                    continue;
                }
                let end = year.map_or(end, |(_, end)| end);
                let parts =
                    Parts { year: year.map(|found| found.0), month: Some(month), day: Some(day), era: None };
                if best.is_none_or(|(_, longest)| end > longest) {
                    best = Some((parts, end));
                }
            }
        }
        best
    }

    fn has_month_word(&self, end: usize) -> bool {
        (end.saturating_sub(3)..end).any(|at| matches!(self.key(at), "شهر" | "month"))
    }

    /// "March fifth 1990", "March 1990", شهر ثلاثة سنة ألفين.
    fn month_first(&self, at: usize) -> Option<(Parts, usize)> {
        let named = self.named_month(at).or_else(|| {
            let is_marked = matches!(self.key(at), "شهر" | "الشهر");
            is_marked.then(|| self.numbered_months(at).into_iter().next())?
        });
        let (month, after) = named?;
        let parts = Parts { month: Some(month), ..Parts::default() };
        let mut best = None;
        if self.language == Language::English {
            let start = self.skip(after, &["the"]);
            for (day, end) in self.days(start) {
                let year = self.year(end, true);
                let end = year.map_or(end, |(_, end)| end);
                let is_longer = best.is_none_or(|(_, longest)| end > longest);
                if is_longer {
                    best = Some((Parts { day: Some(day), year: year.map(|found| found.0), ..parts }, end));
                }
            }
        }
        // "March twenty twenty six" is a year rather than a day with two digits of a year.
        let year = self.year(after, false);
        if let Some((year, end)) = year {
            let is_best = best.is_none_or(|(other, longest): (Parts, usize)| {
                end > longest || end == longest && other.year.is_none_or(|year| year.is_short)
            });
            if is_best {
                best = Some((Parts { year: Some(year), ..parts }, end));
            }
        }
        best.or(Some((parts, after)))
    }

    /// 1990 March 5, ألفين وعشرين شهر ثلاثة.
    fn year_first(&self, at: usize) -> Option<(Parts, usize)> {
        let (year, end) = self.year(at, false).filter(|(year, _)| !year.is_short)?;
        let (month, end) = match self.named_month(end) {
            Some(month) => month,
            None => self.numbered_months(end).into_iter().next()?,
        };
        let day = self.days(end).into_iter().next();
        if month.calendar.is_none() && day.is_none() && !self.has_month_word(end) {
            return None;
        }
        let end = day.map_or(end, |(_, end)| end);
        Some((Parts { year: Some(year), month: Some(month), day: day.map(|day| day.0), era: None }, end))
    }

    /// 1990, سنة تسعين، مواليد خمسة وثمانين.
    fn year_only(&self, at: usize) -> Option<(Parts, usize)> {
        let start = self.skip(at, &["في", "in", "the"]);
        let (year, end) = self.year(start, false)?;
        Some((Parts { year: Some(year), ..Parts::default() }, end))
    }

    /// The days of a month that begin at `at`: خمسة, "fifth", and the shorter readings.
    fn days(&self, at: usize) -> Vec<(u8, usize)> {
        let at = self.skip(at, &["يوم", "the"]);
        let ordinal = ordinal(self.words, at, self.language).map(|found| (found.value, found.words.end));
        let ordinal = ordinal.and_then(|(day, end)| Some((u8::try_from(day).ok()?, end)));
        let numbers = whole_numbers(self.words, at, self.language);
        let numbers = numbers.into_iter().filter_map(|(day, end)| Some((u8::try_from(day).ok()?, end)));
        ordinal.into_iter().chain(numbers).filter(|(day, _)| (1..=31).contains(day)).collect()
    }

    /// A month by its name, after words such as "of" and شهر.
    fn named_month(&self, at: usize) -> Option<(Month, usize)> {
        let at = self.skip(at, &["من", "of", "شهر", "في", "the", "month"]);
        let found = MONTHS.at(self.words, at).or_else(|| {
            let key = self.key(at);
            let bare =
                key.strip_prefix('و').or_else(|| key.strip_prefix("ال")).or_else(|| key.strip_prefix('ب'))?;
            // "بمارس"; names of two words have no prefix.
            MONTHS.at(&Words::new(bare), 0).map(|(month, _)| (month, at + 1))
        });
        found.map(|((calendar, number), end)| (Month { number, calendar: Some(calendar) }, end))
    }

    /// A month by its number: ثلاثة، شهر ثلاثة، الشهر الثالث.
    fn numbered_months(&self, at: usize) -> Vec<(Month, usize)> {
        let at = self.skip(at, &["من", "of", "شهر", "الشهر", "في", "the", "month"]);
        let ordinal = ordinal(self.words, at, self.language);
        let ordinal = ordinal.and_then(|found| Some((u32::try_from(found.value).ok()?, found.words.end)));
        let numbers = whole_numbers(self.words, at, self.language);
        let all = ordinal.into_iter().chain(numbers).filter(|(number, _)| (1..=12).contains(number));
        all.map(|(number, end)| (Month { number: number as u8, calendar: None }, end)).collect()
    }

    /// A year. Two digits are one only after سنة or another such word, or where a day and a month come before it
    /// (`takes_short`).
    fn year(&self, at: usize, takes_short: bool) -> Option<(Year, usize)> {
        const MARKS: &[&str] = &[
            "سنه",
            "عام",
            "لسنه",
            "لعام",
            "بسنه",
            "سنت",
            "مواليد",
            "year",
            "العام",
            "السنه",
            "وعام",
            "وسنه",
        ];
        let start = self.skip(at, &["من", "في", "of", "in", "and", "the"]);
        let marked = self.skip(start, MARKS);
        let is_marked = marked > start;
        let numbers = whole_numbers(self.words, marked, self.language);
        let is_full = |number: &u32| GREGORIAN.contains(number) || HIJRI.contains(number);
        if let Some((number, end)) = self.pair(marked) {
            return Some((Year { number, is_short: false }, end));
        }
        if let Some((number, end)) = numbers.iter().copied().find(|(number, _)| is_full(number)) {
            return Some((Year { number, is_short: false }, end));
        }
        let short = numbers.into_iter().find(|(number, _)| *number < 100)?;
        let (number, end) = short;
        // A unit follows durations: سنة وشهرين is none.
        (is_marked || takes_short && number > 9).then_some((Year { number, is_short: true }, end))
    }

    /// "Nineteen ninety", "twenty oh five", "nineteen hundred".
    fn pair(&self, at: usize) -> Option<(u32, usize)> {
        if self.language != Language::English {
            return None;
        }
        let (century, mut end) = whole_numbers(self.words, at, self.language).into_iter().last()?;
        if !matches!(century, 13 | 14 | 18 | 19 | 20) {
            return None;
        }
        if self.key(end) == "hundred" {
            end += 1;
            let end = self.skip(end, &["and"]);
            let rest =
                whole_numbers(self.words, end, self.language).into_iter().find(|(rest, _)| *rest < 100);
            return Some(rest.map_or((century * 100, end), |(rest, end)| (century * 100 + rest, end)));
        }
        let is_zero = matches!(self.key(end), "oh" | "o");
        let numbers = whole_numbers(self.words, end + usize::from(is_zero), self.language);
        let wanted = if is_zero { 1..=9 } else { 10..=99 };
        let (rest, end) = numbers.into_iter().find(|(rest, _)| wanted.contains(rest))?;
        Some((century * 100 + rest, end))
    }
}

/// The dates that the parts can mean, the likeliest first.
fn resolve(parts: Parts, today: Date, language: Language) -> Vec<SaidDate> {
    let named = parts.era.or(parts.month.and_then(|month| month.calendar));
    if parts
        .month
        .and_then(|month| month.calendar)
        .is_some_and(|calendar| parts.era.is_some_and(|era| era != calendar))
    {
        return Vec::new();
    }
    let hijri_year = today.hijri().0.unsigned_abs();
    let years: Vec<(Calendar, u32)> = match parts.year {
        Some(Year { number, is_short: false }) => {
            let calendar = if HIJRI.contains(&number) { Calendar::Hijri } else { Calendar::Gregorian };
            let is_known = HIJRI.contains(&number) || GREGORIAN.contains(&number);
            if !is_known || named.is_some_and(|named| named != calendar) {
                return Vec::new();
            }
            vec![(calendar, number)]
        }
        Some(Year { number, is_short: true }) => {
            let expand = |now: u32| {
                let century = now - now % 100;
                if number <= now % 100 { century + number } else { century - 100 + number }
            };
            let gregorian = (Calendar::Gregorian, expand(u32::from(today.year())));
            let hijri = (Calendar::Hijri, expand(hijri_year));
            match named {
                Some(Calendar::Hijri) => vec![hijri],
                None if language == Language::Arabic => vec![gregorian, hijri],
                _ => vec![gregorian],
            }
        }
        // The last such day or month, and the next one.
        None => {
            let calendar = named.unwrap_or(Calendar::Gregorian);
            let (now, month, day) = match calendar {
                Calendar::Gregorian => (u32::from(today.year()), today.month(), today.day()),
                Calendar::Hijri => (hijri_year, today.hijri().1, today.hijri().2),
            };
            let Some(said) = parts.month else { return Vec::new() };
            let is_now = said.number == month && parts.day.is_none_or(|said| said == day);
            let is_past =
                (said.number, parts.day.unwrap_or(0)) < (month, if parts.day.is_some() { day } else { 0 });
            match (is_now, is_past) {
                (true, _) => vec![(calendar, now)],
                (false, true) => vec![(calendar, now), (calendar, now + 1)],
                (false, false) => vec![(calendar, now - 1), (calendar, now)],
            }
        }
    };
    years.into_iter().filter_map(|(calendar, year)| on(calendar, year, parts)).collect()
}

/// The date in a calendar.
fn on(calendar: Calendar, year: u32, parts: Parts) -> Option<SaidDate> {
    let month = parts.month.map(|month| month.number);
    let gregorian_year = u16::try_from(year).ok()?;
    match (calendar, month, parts.day) {
        (Calendar::Gregorian, None, _) => Some(SaidDate::new(PartialDate::Year(gregorian_year))),
        (Calendar::Gregorian, Some(month @ 1..=12), None) => {
            Some(SaidDate::new(PartialDate::Month(gregorian_year, month)))
        }
        (Calendar::Gregorian, Some(month), Some(day)) => {
            Some(SaidDate::new(PartialDate::Day(Date::new(gregorian_year, month, day)?)))
        }
        (Calendar::Gregorian, Some(_), None) => None,
        // A month or year of the Hijri calendar has days of two Gregorian ones: the one with most of them.
        (Calendar::Hijri, month, day) => {
            let year = i32::try_from(year).ok()?;
            let middle = Date::of_hijri(year, month.unwrap_or(6), day.unwrap_or(15))?;
            let date = match (month, day) {
                (None, _) => PartialDate::Year(middle.year()),
                (_, None) => PartialDate::Month(middle.year(), middle.month()),
                _ => PartialDate::Day(middle),
            };
            Some(SaidDate { date, is_hijri: true, is_rough: day.is_none() })
        }
    }
}
