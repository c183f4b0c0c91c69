//! Dates in figures or with a named month, in the Gregorian and the Hijri calendar.
//!
//! Figures that start with a four-digit year are year, month, day. Figures that end with it are day, month, year, the
//! order of Saudi Arabia and most of the world, in both languages. Only if the second number cannot be a month are
//! they month, day, year. Other figures (a two-digit year, the 31st of April) are not guessed; they are read as plain
//! numbers.
//!
//! The calendar is Hijri with هـ or AH after the year, and for years from 1300 to 1500.

use super::arabic::{self, Case, Gender};
use super::calendar::{self, Calendar, era, era_words};
use super::scan::{Place, Reading, blank, ends, listed, sign_and_digit, small, whole, word};
use super::{agreement, context, english};
use crate::text::Language;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Date {
    day: u64,
    month: u64,
    year: Option<u64>,
    calendar: Calendar,
    /// The era after the year: `AH`, `AD` or empty.
    era: &'static str,
    /// The spoken name of the month, if it is not the usual one.
    name: Option<&'static str>,
}

/// A date that begins with a number.
pub(super) fn read(place: &Place) -> Option<Reading> {
    if place.before.is_some_and(|c| matches!(c, '/' | '-' | ':' | '.' | ',')) {
        return None;
    }
    if let Some(reading) = first_day(place) {
        return Some(reading);
    }
    if let Some((date, len)) = figures(place.rest).or_else(|| day_first(place)) {
        return Some(Reading::new(date.say(place), len));
    }
    short_year(place).or_else(|| month_and_year(place)).or_else(|| day_and_month(place))
}

/// 17/5/24: the year is of this century up to 39, and of the last from 60; others may be Hijri.
fn short_year(place: &Place) -> Option<Reading> {
    let (date, len) = two_numbers(place.rest, '/')?;
    let (year, digits) = small(place.rest[len..].strip_prefix('/')?, 2).filter(|&(_, digits)| digits == 2)?;
    let rest = &place.rest[len + 1 + digits..];
    let century = match year {
        0..40 => 2_000,
        60.. => 1_900,
        _ => return None,
    };
    let date = Date { year: Some(century + year), ..date };
    let goes_on = ['/', '-', '.', ':'].iter().any(|&sign| sign_and_digit(rest, sign)) || !ends(rest);
    (!goes_on && date.is_valid()).then(|| Reading::new(date.say(place), len + 1 + digits))
}

/// 17/5 after a weekday or another word of dates.
fn day_and_month(place: &Place) -> Option<Reading> {
    // يوم 7-10; after the name of a day the numbers are hours.
    let day = || two_numbers(place.rest, '-').filter(|_| matches!(place.word, "يوم" | "بتاريخ" | "الموافق"));
    let (date, len) = two_numbers(place.rest, '/').or_else(day)?;
    let rest = &place.rest[len..];
    let goes_on = ['/', '-', '.', ':'].iter().any(|&sign| sign_and_digit(rest, sign)) || !ends(rest);
    // In ٦/٧ س ١١:٤٥ the letter stands for the hour.
    let hour = rest.trim_start().strip_prefix("س ").is_some_and(|rest| small(rest, 2).is_some());
    let unit = super::units::read(rest, place.language).is_some() && !hour || rest.starts_with('%');
    let sure = context::is_date(place) || context::is_expiry(place) || after_date(place);
    (sure && !goes_on && !unit && date.is_valid()).then(|| Reading::new(date.say(place), len))
}

/// Whether a date in figures and "to" come before: من 12/2 إلى 19/2.
fn after_date(place: &Place) -> bool {
    if !matches!(place.word, "إلى" | "الى" | "حتى" | "to" | "until" | "through") {
        return false;
    }
    let near = place.near().trim_end();
    let near = near.strip_suffix(place.word).unwrap_or(near).trim_end();
    let start = near.trim_end_matches(|c: char| c.is_ascii_digit() || c == '/').len();
    let is_first = two_numbers(&near[start..], '/').is_some_and(|(_, len)| start + len == near.len());
    let back = near[..start].trim_end();
    let word = &back[back.rfind(char::is_whitespace).map_or(0, |at| at + 1)..];
    is_first && context::is_date(&Place { back: &near[..start], word, ..*place })
}

/// The first of two days of a month: 4-8 يناير, من 4 إلى 8 يناير. After a dash the second day is read too.
fn first_day(place: &Place) -> Option<Reading> {
    let (first, mut len) = small(place.rest, 2)?;
    let rest = &place.rest[len..];
    let dash = ["-", "–", " - ", " – "].into_iter().find(|dash| rest.starts_with(*dash));
    let link =
        dash.or_else(|| [" إلى ", " الى ", " to "].into_iter().find(|link| rest.starts_with(*link)))?;
    let (last, more) = day_first(&place.further(len + link.len()))?;
    let date = Date { day: first, year: None, ..last };
    if first >= last.day || !date.is_valid() {
        return None;
    }
    let day = if place.is_arabic() {
        arabic::ordinal(first, Gender::Masculine, agreement::case(place))
    } else {
        let the = if place.word.eq_ignore_ascii_case("the") { "" } else { "the " };
        format!("{the}{}", english::ordinal(first))
    };
    if dash.is_none() {
        return Some(Reading::new(day, len));
    }
    let to = if place.is_arabic() { "إلى" } else { "to" };
    len += link.len();
    Some(Reading::new(format!("{day} {to} {}", last.say(&Place { word: to, ..*place })), len + more))
}

/// Day and month, or month and day if only that is possible.
fn two_numbers(text: &str, separator: char) -> Option<(Date, usize)> {
    let (first, mut len) = small(text, 2)?;
    let (second, digits) = small(text[len..].strip_prefix(separator)?, 2)?;
    len += separator.len_utf8() + digits;
    let (day, month) = if second > 12 { (second, first) } else { (first, second) };
    Some((Date { day, month, year: None, calendar: Calendar::Gregorian, era: "", name: None }, len))
}

/// 12/2025 and 2025-03; after a word of expiry also 05/26.
fn month_and_year(place: &Place) -> Option<Reading> {
    let text = place.rest;
    let (first, digits) = small(text, 4)?;
    let separator = text[digits..].chars().next().filter(|c| matches!(c, '/' | '-'))?;
    let (second, more) = small(&text[digits + 1..], 4)?;
    let len = digits + 1 + more;
    let rest = &text[len..];
    let expiry = context::is_expiry(place);
    let sure = expiry || context::is_date(place);
    let (month, year) = match (digits, more) {
        (1..=2, 4) if separator == '/' => (first, second),
        (4, 2) if text[digits + 1..].starts_with('0') || expiry => (second, first),
        (2, 2) if expiry && (20..=60).contains(&second) => (first, 2_000 + second),
        _ => return None,
    };
    let calendar = match year {
        1_300..=1_500 if sure || place.is_arabic() => Calendar::Hijri,
        1_900..=2_199 => Calendar::Gregorian,
        _ => return None,
    };
    // A risk of 1/2000 is a fraction.
    let article = place.word.eq_ignore_ascii_case("a");
    if (digits, first) == (1, 1) && !sure && (year.is_multiple_of(100) || article) {
        return None;
    }
    let goes_on = ['/', '-', '.', ':'].iter().any(|&sign| sign_and_digit(rest, sign)) || !ends(rest);
    if goes_on || !(1..=12).contains(&month) {
        return None;
    }
    let name = calendar::name(calendar, month, place.language);
    let spoken = if place.is_arabic() {
        format!("{name} {}", arabic::cardinal(year, Gender::Masculine, Case::Oblique))
    } else {
        format!("{name} {}", english::year(year))
    };
    Some(Reading::new(spoken, len))
}

/// Words before a date.
const DATED: &str = "on by until till before after since from of due";

/// A date that begins with an English month: May 17, 2024.
pub(super) fn month_first(place: &Place) -> Option<Reading> {
    if place.is_arabic() || !place.rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let small_letters = place.rest.starts_with(|c: char| c.is_ascii_lowercase());
    let (calendar, month, name) = if small_letters {
        let name = word(place.rest);
        // Most words are no month and are not copied.
        if !place.rest[name.len()..]
            .trim_start_matches(['.', ' ', '-'])
            .starts_with(|c: char| c.is_ascii_digit())
        {
            return None;
        }
        let (first, letters) = name.split_at_checked(1).filter(|_| (3..10).contains(&name.len()))?;
        calendar::find(&format!("{}{letters}", first.to_ascii_uppercase()))
            .filter(|&(.., len)| len == name.len())?
    } else {
        calendar::find(place.rest)?
    };
    let dot = usize::from(place.rest[name..].starts_with(". "));
    // Jan-05-2024
    let gap = match blank(&place.rest[name + dot..]) {
        0 if dot == 0 => usize::from(sign_and_digit(&place.rest[name..], '-')),
        gap => gap,
    };
    let hyphen = gap == 1 && place.rest[name..].starts_with('-');
    let start = name + dot + gap;
    let (day, len) = small(&place.rest[start..], 2).filter(|_| gap > 0)?;
    let mut end = start + len;
    let ending = whole(&place.rest[end..], english::ordinal_ending(day)).unwrap_or(0);
    end += ending;
    let mut rest = &place.rest[end..];
    let hyphenated = rest.strip_prefix('-').filter(|_| hyphen).and_then(|rest| small(rest, 4));
    if hyphen {
        let (year, _) = hyphenated.filter(|&(_, digits)| digits == 4)?;
        let date = Date { day, month, year: Some(year), calendar, era: "", name: None };
        let spoken = format!(
            "{} {}{}",
            calendar::name(calendar, month, Language::English),
            english::ordinal(day),
            date.english_year()
        );
        rest = &rest[5..];
        let whole = ends(rest) && !['-', '/'].iter().any(|&sign| sign_and_digit(rest, sign));
        return (whole && date.is_valid()).then(|| Reading::new(spoken, end + 5));
    }
    // January 4-8
    let last = rest.strip_prefix(['-', '–']).and_then(|rest| small(rest, 2)).filter(|&(last, _)| last > day);
    if let Some((last, digits)) = last
        && let more = rest.len() - rest.trim_start_matches(['-', '–']).len() + digits
        && ends(&rest[more..])
        && ['.', ':', '/', '-'].iter().all(|&sign| !sign_and_digit(&rest[more..], sign))
        && (Date { day: last, month, year: None, calendar, era: "", name: None }).is_valid()
        && super::units::read(&rest[more..], place.language).is_none()
    {
        let year = trailing_year(&rest[more..]);
        let date = Date { day, month, year: year.map(|(year, _)| year), calendar, era: "", name: None };
        let name = calendar::name(calendar, month, Language::English);
        let days = format!("{} to {}", english::ordinal(day), english::ordinal(last));
        let words = format!("{name} {days}{}", date.english_year());
        return Some(Reading::new(words, end + more + year.map_or(0, |(_, len)| len)));
    }
    if !ends(rest) || ['.', ':', '/', '-'].iter().any(|&sign| sign_and_digit(rest, sign)) {
        return None;
    }
    if blank(rest) > 0 && super::units::read(rest, place.language).is_some() {
        return None;
    }
    let (year, more) = trailing_year(rest).map_or((None, 0), |(year, len)| (Some(year), len));
    // "may 5" and "march 5" may be verbs.
    let sure = year.is_some()
        || ending > 0
        || !matches!(word(place.rest), "may" | "march" | "mar" | "sat" | "sun")
        || listed(DATED, &place.word.to_ascii_lowercase())
        || place.near().trim().is_empty() && matches!(rest, "" | ".");
    if small_letters && !sure {
        return None;
    }
    let (era, marked) = if more > 0 { era(&rest[more..], true).unwrap_or(("", 0)) } else { ("", 0) };
    let date = Date { day, month, year, calendar, era, name: None };
    date.is_valid().then(|| {
        let day = english::ordinal(day);
        let name = calendar::name(calendar, month, Language::English);
        Reading::new(format!("{name} {day}{}", date.english_year()), end + more + marked)
    })
}

fn figures(text: &str) -> Option<(Date, usize)> {
    let (first, mut len) = small(text, 4)?;
    let separator = text[len..].chars().next().filter(|c| matches!(c, '/' | '-' | '.'))?;
    let mut next = |most| {
        let (value, digits) = small(text[len..].strip_prefix(separator)?, most)?;
        len += 1 + digits;
        Some((value, digits))
    };
    let (second, _) = next(2)?;
    let (third, digits) = next(4)?;
    let (day, month, year) = match (small(text, 4)?.1, digits) {
        (4, 1..=2) => (third, second, first),
        (1..=2, 4) if second > 12 => (second, first, third),
        (1..=2, 4) => (first, second, third),
        _ => return None,
    };
    let rest = &text[len..];
    if ['/', '-', '.', ':'].iter().any(|&sign| sign_and_digit(rest, sign)) {
        return None;
    }
    let (era, marked) = era(rest, true).unwrap_or(("", 0));
    let calendar = if era == "AH" || (era.is_empty() && (1_300..=1_500).contains(&year)) {
        Calendar::Hijri
    } else {
        Calendar::Gregorian
    };
    len += marked;
    // The T between date and time of ISO 8601 is not spoken.
    let time = sign_and_digit(&text[len..], 'T');
    if !time && !ends(&text[len..]) {
        return None;
    }
    let date = Date { day, month, year: Some(year), calendar, era, name: None };
    date.is_valid().then_some((date, len + usize::from(time)))
}

/// 17 May 2024, 17th of May, 17 مايو 2024, 15 رمضان 1445هـ.
fn day_first(place: &Place) -> Option<(Date, usize)> {
    let text = place.rest;
    let (day, mut len) = small(text, 2)?;
    if !place.is_arabic() {
        len += whole(&text[len..], english::ordinal_ending(day)).unwrap_or(0);
    }
    let gap = if text[len..].starts_with('-') { 1 } else { blank(&text[len..]) };
    if gap == 0 && !text[len..].starts_with(|c: char| c.is_alphabetic()) {
        return None;
    }
    len += gap;
    for link in ["of ", "من "] {
        len += if text[len..].starts_with(link) { link.len() } else { 0 };
    }
    let (calendar, month, letters) = calendar::find(&text[len..])?;
    let name = calendar::levantine(&text[len..]).filter(|_| place.is_arabic());
    len += letters;
    let year = trailing_year(&text[len..]).or_else(|| {
        let (year, digits) = small(text[len..].strip_prefix('-')?, 4).filter(|&(_, digits)| digits == 4)?;
        ends(&text[len + 1 + digits..]).then_some((year, 1 + digits))
    });
    // "15 صفر" may be a zero, and "3 آب" or "5 May" alone are still dates.
    if year.is_none() && text[..len].ends_with("صفر") {
        return None;
    }
    len += year.map_or(0, |(_, len)| len);
    let (era, marked) = if year.is_some() { era(&text[len..], true).unwrap_or(("", 0)) } else { ("", 0) };
    let date = Date { day, month, year: year.map(|(year, _)| year), calendar, era, name };
    date.is_valid().then_some((date, len + marked))
}

/// The year after a month or day: `, 2024`.
fn trailing_year(text: &str) -> Option<(u64, usize)> {
    let comma = text.chars().next().filter(|c| matches!(c, ',' | '،')).map_or(0, char::len_utf8);
    let gap = blank(&text[comma..]);
    let mut start = comma + gap;
    for word in ["عام ", "سنة ", "لعام "] {
        start += if text[start..].starts_with(word) { word.len() } else { 0 };
    }
    let (year, digits) = small(&text[start..], 4).filter(|&(_, digits)| digits == 4 && gap > 0)?;
    let rest = &text[start + digits..];
    let goes_on = [':', '.', ',', '/', '-'].iter().any(|&sign| sign_and_digit(rest, sign));
    let marked = era(rest, true).is_some();
    ((1_000..3_000).contains(&year) && !goes_on && (ends(rest) || marked)).then_some((year, start + digits))
}

impl Date {
    fn is_valid(&self) -> bool {
        let days = match (self.calendar, self.month) {
            (Calendar::Gregorian, 2) => 29,
            (Calendar::Hijri, _) | (_, 4 | 6 | 9 | 11) => 30,
            _ => 31,
        };
        let leap =
            |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let leap_day = self.calendar == Calendar::Gregorian && (self.day, self.month) == (29, 2);
        let year = self.year.is_none_or(|year| (1_000..3_000).contains(&year) && (!leap_day || leap(year)));
        (1..=12).contains(&self.month) && (1..=days).contains(&self.day) && year
    }

    fn say(&self, place: &Place) -> String {
        let name = self.name.unwrap_or_else(|| calendar::name(self.calendar, self.month, place.language));
        if !place.is_arabic() {
            let the = if place.word.eq_ignore_ascii_case("the") { "" } else { "the " };
            return format!("{the}{} of {name}{}", english::ordinal(self.day), self.english_year());
        }
        let day = arabic::ordinal(self.day, Gender::Masculine, agreement::case(place));
        let year = self.year.map_or_else(String::new, |year| {
            let year = arabic::cardinal(year, Gender::Masculine, Case::Oblique);
            format!(" عام {year}{}", era_words(self.era, place.language))
        });
        format!("{day} من {name}{year}")
    }

    fn english_year(&self) -> String {
        self.year.map_or_else(String::new, |year| {
            format!(", {}{}", english::year(year), era_words(self.era, Language::English))
        })
    }
}
