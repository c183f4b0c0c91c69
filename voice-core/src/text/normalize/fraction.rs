//! Fractions: 1/2, 5 2/3, and similar notations (a score of 7/10, a blood pressure of 120/80).

use super::arabic::{self, Case, Gender, Noun};
use super::scan::{Place, ends, sign_and_digit, small};
use super::{context, english};

/// A fraction, alone or with an integer before it. Each part has at most six digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fraction {
    pub(super) whole: Option<u64>,
    numerator: u64,
    denominator: u64,
    /// Whether the words before show that it is a grade.
    grade: bool,
}

/// The fraction at the start and its length.
pub(super) fn lex(place: &Place) -> Option<(Fraction, usize)> {
    let (fraction, len) = find(place)?;
    // رقم طلبكم 2026/118
    if fraction.whole.is_none() && len > 5 && context::is_code(place, len - 1) {
        return None;
    }
    let grade = fraction.whole.is_none()
        && fraction.numerator <= fraction.denominator
        && fraction.denominator <= 100
        && context::is_grade(place);
    Some((Fraction { grade, ..fraction }, len))
}

fn find(place: &Place) -> Option<(Fraction, usize)> {
    if place.before.is_some_and(|c| matches!(c, '/' | '-' | ':')) {
        return None;
    }
    let (first, len) = integer(place.rest)?;
    if let Some(rest) = place.rest[len..].strip_prefix("-").filter(|_| !place.is_arabic()) {
        // 1-1/2 is a mixed fraction.
        let (fraction, after) = simple(rest)?;
        let mixed = (1..10).contains(&fraction.numerator)
            && fraction.denominator <= 16
            && fraction.numerator < fraction.denominator;
        return mixed.then_some((Fraction { whole: Some(first), ..fraction }, len + 1 + after));
    }
    if let Some((denominator, more)) = spaced(&place.rest[len..]) {
        return Some((Fraction { whole: None, numerator: first, denominator, grade: false }, len + more));
    }
    if let Some(rest) = place.rest[len..].strip_prefix(' ') {
        let (fraction, after) = simple(rest)?;
        // Two adjacent numbers that are not a mixed fraction, such as a day and a blood pressure.
        let mixed = fraction.numerator > 0 && fraction.denominator > 1 && fraction.numerator <= 20;
        return mixed.then_some((Fraction { whole: Some(first), ..fraction }, len + 1 + after));
    }
    simple(place.rest)
}

/// A slash with blanks, as in a blood pressure of 120 / 80.
fn spaced(text: &str) -> Option<(u64, usize)> {
    let rest = text.strip_prefix(" / ")?;
    let (denominator, len) = integer(rest).filter(|&(value, _)| value > 0)?;
    let rest = &rest[len..];
    let goes_on = ['/', '.', ',', '-', ':'].iter().any(|&sign| sign_and_digit(rest, sign)) || !ends(rest);
    (!goes_on && !rest.starts_with(" /")).then_some((denominator, 3 + len))
}

fn simple(text: &str) -> Option<(Fraction, usize)> {
    let (numerator, len) = integer(text)?;
    let (denominator, more) = integer(text[len..].strip_prefix('/')?)?;
    let end = len + 1 + more;
    let rest = &text[end..];
    let goes_on = ['/', '.', ',', '-', ':'].iter().any(|&sign| sign_and_digit(rest, sign)) || !ends(rest);
    (!goes_on).then_some((Fraction { whole: None, numerator, denominator, grade: false }, end))
}

/// Up to six digits that do not begin with a zero.
fn integer(text: &str) -> Option<(u64, usize)> {
    small(text, 6).filter(|&(_, len)| len == 1 || !text.starts_with('0'))
}

impl Fraction {
    /// A score, such as 7/10 or 85/100.
    fn is_score(self) -> bool {
        let whole = matches!(self.denominator, 10 | 100) && self.numerator <= self.denominator;
        self.whole.is_none() && (whole || self.grade)
    }

    /// Whether English has a name for the share.
    fn is_named(self) -> bool {
        let proper = self.numerator < self.denominator || self.whole.is_some();
        (1..=10).contains(&self.numerator)
            && (2..=10).contains(&self.denominator)
            && proper
            && !self.is_score()
    }

    /// In English, with the unit in singular and plural.
    pub(super) fn english(self, unit: Option<[&str; 2]>) -> String {
        let (up, down) = (self.numerator, self.denominator);
        let share = if self.is_named() {
            format!("{} {}", english::cardinal(up), english::share(down, up != 1))
        } else if self.is_score() {
            format!("{} out of {}", english::cardinal(up), english::cardinal(down))
        } else {
            format!("{} over {}", english::cardinal(up), english::cardinal(down))
        };
        let words = match self.whole {
            Some(whole) if (up, down) == (1, 2) => format!("{} and a half", english::cardinal(whole)),
            Some(whole) => format!("{} and {share}", english::cardinal(whole)),
            None => share,
        };
        match unit {
            Some([one, _]) if self.whole.is_none() && self.is_named() => format!("{words} {one}"),
            Some([_, many]) => format!("{words} {many}"),
            None => words,
        }
    }

    /// In Arabic, with the unit as a noun.
    pub(super) fn arabic(self, noun: Option<&Noun>, case: Case) -> String {
        let (up, down) = (self.numerator, self.denominator);
        let cardinal = |number, case| arabic::cardinal(number, Gender::Masculine, case);
        let named = arabic::shares(up, down, case, noun.is_some()).filter(|_| !self.is_score());
        let head = self.whole.map(|whole| format!("{} و", cardinal(whole, case))).unwrap_or_default();
        if let Some(share) = named {
            return match noun {
                Some(noun) => format!("{head}{share} {}", noun.one),
                None => format!("{head}{share}"),
            };
        }
        let relation = if self.is_score() { "من" } else { "على" };
        let below = match noun {
            Some(noun) => arabic::count(down, noun, Case::Oblique),
            None => cardinal(down, Case::Oblique),
        };
        format!("{head}{} {relation} {below}", cardinal(up, case))
    }
}
