//! Written numbers: an integer or decimal, with or without separators of thousands.
//!
//! `,` between groups of three separates thousands in both languages, as in CLDR for `en` and for `ar` with Western
//! digits. Any other single `,` is a decimal mark in Arabic and is read out in English. Other mixtures of marks are
//! not numbers: they are spelled as written.

use super::scan::{digits, is_digit};
use super::{arabic, english};
use crate::text::Language;
use arabic::{Case, Gender, Noun};

/// The largest number in words; larger numbers are read digit by digit.
const LARGEST: u64 = 1_000_000_000_000_000;

/// An unsigned number, with its digits as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    /// The digits before the decimal mark, without separators; never empty.
    pub(super) whole: String,
    /// The digits after the decimal mark; empty for an integer.
    pub(super) fraction: String,
}

/// A run of digits and marks.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) text: &'a str,
    /// `None` if they are not one number.
    pub(super) number: Option<Number>,
}

/// The longest run of digits with single `.` or `,` between them; also `.5`.
pub(super) fn lex(text: &str, language: Language) -> Option<Run<'_>> {
    let mut end = digits(text).len();
    if end == 0 && !(text.starts_with('.') && text[1..].starts_with(is_digit)) {
        return None;
    }
    while text[end..].starts_with(['.', ',']) && text[end + 1..].starts_with(is_digit) {
        end += 1 + digits(&text[end + 1..]).len();
    }
    let text = &text[..end];
    Some(Run { text, number: parse(text, language) })
}

fn parse(text: &str, language: Language) -> Option<Number> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    if fraction.is_some_and(|fraction| fraction.contains(['.', ','])) {
        return None;
    }
    let number = |whole: &str, fraction: &str| {
        let whole = if whole.is_empty() { "0" } else { whole };
        Some(Number { whole: whole.to_owned(), fraction: fraction.to_owned() })
    };
    if !whole.contains(',') {
        return number(whole, fraction.unwrap_or_default());
    }
    if is_grouped(whole) {
        return number(&whole.replace(',', ""), fraction.unwrap_or_default());
    }
    match whole.split_once(',') {
        Some((whole, after))
            if language == Language::Arabic && fraction.is_none() && !after.contains(',') =>
        {
            number(whole, after)
        }
        _ => None,
    }
}

fn is_grouped(whole: &str) -> bool {
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let thousands = groups.clone().all(|group| group.len() == 3);
    // The Indian grouping: 1,50,000.
    let last = groups.next_back().unwrap_or_default();
    let indian = first.len() <= 2 && last.len() == 3 && groups.all(|group| group.len() == 2);
    (1..=3).contains(&first.len()) && !first.starts_with('0') && (thousands || indian)
}

impl Number {
    pub(super) fn integer(value: u64) -> Self {
        Self { whole: value.to_string(), fraction: String::new() }
    }

    /// Its value, if it is an integer that is read in words.
    pub(super) fn value(&self) -> Option<u64> {
        if self.fraction.is_empty() && !self.has_leading_zero() { self.whole_value() } else { None }
    }

    /// The value before the decimal mark, unless it is too large for words.
    pub(super) fn whole_value(&self) -> Option<u64> {
        self.whole.parse().ok().filter(|&value| value <= LARGEST)
    }

    pub(super) fn has_leading_zero(&self) -> bool {
        self.whole.len() > 1 && self.whole.starts_with('0')
    }

    pub(super) fn is_one(&self) -> bool {
        self.value() == Some(1)
    }

    /// In words, for plain counting.
    pub(super) fn words(&self, language: Language) -> String {
        match language {
            Language::Arabic => self.arabic(Gender::Masculine, Case::Nominative),
            Language::English => self.english(),
        }
    }

    pub(super) fn english(&self) -> String {
        let whole = match self.whole_value().filter(|_| !self.has_leading_zero()) {
            Some(value) => english::cardinal(value),
            None => grouped(&self.whole, Language::English),
        };
        if self.fraction.is_empty() {
            return whole;
        }
        format!("{whole} point {}", one_by_one(&self.fraction, Language::English))
    }

    /// In Arabic words, for nouns of that gender. Up to two decimals without a leading zero are read as a number, as
    /// people speak them; others digit by digit. The decimal mark is named, since «مئة وواحد وخمسون من مئة» could
    /// mean 101.50 or 1.51.
    pub(super) fn arabic(&self, gender: Gender, case: Case) -> String {
        let whole = match self.whole_value().filter(|_| !self.has_leading_zero()) {
            Some(value) if self.fraction.is_empty() => arabic::cardinal(value, gender, case),
            Some(value) => arabic::cardinal(value, Gender::Masculine, case),
            None => grouped(&self.whole, Language::Arabic),
        };
        if self.fraction.is_empty() {
            return whole;
        }
        let fraction = match self.fraction.parse() {
            Ok(value) if self.fraction.len() <= 2 && !self.fraction.starts_with('0') => {
                arabic::cardinal(value, Gender::Masculine, case)
            }
            _ => one_by_one(&self.fraction, Language::Arabic),
        };
        format!("{whole} فاصلة {fraction}")
    }

    /// Before an Arabic noun that stays as written.
    pub(super) fn before_noun(&self, gender: Gender, case: Case) -> String {
        match self.value() {
            Some(value) if value > 2 => arabic::construct(value, gender, case),
            _ => self.arabic(gender, case),
        }
    }

    /// With the Arabic noun that it counts.
    pub(super) fn count(&self, noun: &Noun, case: Case) -> String {
        match self.value() {
            Some(value) => arabic::count(value, noun, case),
            None => format!("{} {}", self.arabic(noun.gender, case), self.form(noun)),
        }
    }

    fn form(&self, noun: &Noun) -> &'static str {
        match self.whole_value() {
            Some(value) if self.fraction.is_empty() => noun.form(value),
            _ => noun.one,
        }
    }
}

/// Reads digit by digit and skips other characters.
pub(super) fn one_by_one(digits: &str, language: Language) -> String {
    let words = digits.bytes().filter(u8::is_ascii_digit).map(|digit| match language {
        Language::Arabic => arabic::digit(digit - b'0'),
        Language::English => english::digit(digit - b'0'),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Reads digit by digit, with a pause after every third digit; the last group has more than one digit.
pub(super) fn grouped(digits: &str, language: Language) -> String {
    let mut groups = Vec::new();
    let mut rest = digits;
    while rest.len() > 4 {
        let (group, after) = rest.split_at(3);
        groups.push(one_by_one(group, language));
        rest = after;
    }
    groups.push(one_by_one(rest, language));
    groups.join(pause(language))
}

/// The text that makes a voice pause within a number.
pub(super) fn pause(language: Language) -> &'static str {
    match language {
        Language::Arabic => "، ",
        Language::English => ", ",
    }
}

/// Reads up to two digits as a number, others digit by digit: the parts of versions, addresses and codes.
pub(super) fn part(digits: &str, language: Language) -> String {
    match digits.parse() {
        Ok(value) if digits.len() <= 2 && (digits.len() == 1 || !digits.starts_with('0')) => {
            Number::integer(value).words(language)
        }
        _ => one_by_one(digits, language),
    }
}

/// Spells a run that is not a number, with its marks named.
pub(super) fn spelled(run: &str, language: Language) -> String {
    let (dot, comma) = match language {
        Language::Arabic => ("نقطة", "فاصلة"),
        Language::English => ("dot", "comma"),
    };
    let mut words = Vec::new();
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let run = digits(rest);
        if run.is_empty() {
            words.push(if first == '.' { dot } else { comma }.to_owned());
            rest = &rest[1..];
        } else {
            words.push(part(run, language));
            rest = &rest[run.len()..];
        }
    }
    words.join(" ")
}
