//! Numbers in an answer.

use std::ops::RangeInclusive;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::lexicon::{FILLERS, QUANTIFIERS, Quantifier};
use super::values::{self, Settled};
use super::yes_no::{self, Said};
use super::{Answer, Reading};
use crate::interview::value::Value;
use crate::text::Language;
use crate::text::inverse::{self, Found, Words};

/// Confidence of a zero that was said as "none", and of a number that was said as a dual: مرتين.
const IMPLIED: f32 = 0.75;

/// The number at `at`, and the index after its last word.
pub(super) fn at(words: &Words, at: usize, language: Language) -> Option<(Decimal, usize)> {
    inverse::number(words, at, language).map(|found| (found.value, found.words.end))
}

/// Reads a number.
pub(super) fn read(
    words: &Words,
    is_whole: bool,
    range: Option<&RangeInclusive<Decimal>>,
    language: Language,
) -> Option<Reading> {
    let answer = |value: Decimal| {
        let whole = value.fract().is_zero().then(|| value.to_i32()).flatten();
        let is_accepted = (!is_whole || whole.is_some()) && range.is_none_or(|range| range.contains(&value));
        let value = whole.filter(|_| is_whole).map_or(Value::Decimal(value.normalize()), Value::Integer);
        (Answer::Value(value), is_accepted)
    };
    if let Some(zero) = none(words) {
        return values::meaning(zero, answer);
    }
    let found = values::all(words, |at| inverse::number(words, at, language));
    let settled = values::settle(words, &found, |_| false).or_else(|| implied(words))?;
    values::meaning(settled, answer)
}

/// "None", "ولا واحد": zero.
fn none(words: &Words) -> Option<Settled<Decimal>> {
    let mut at = 0;
    let mut is_none = false;
    while at < words.len() {
        at = match (QUANTIFIERS.at(words, at), FILLERS.at(words, at)) {
            (Some((Quantifier::None, end)), _) => {
                is_none = true;
                end
            }
            (_, Some(((), end))) => end,
            _ => return None,
        };
    }
    is_none.then(|| Settled { values: vec![Decimal::ZERO], score: IMPLIED })
}

/// A number that is part of another word, and "no" as an answer to "how many".
fn implied(words: &Words) -> Option<Settled<Decimal>> {
    let found = values::all(words, |at| {
        let value = match words.key(at) {
            "once" | "مره" => 1,
            "twice" => 2,
            "thrice" => 3,
            key if is_dual(key) => 2,
            _ => return None,
        };
        Some(Found { value: Decimal::from(value), words: at..at + 1 })
    });
    if let Some(settled) = values::settle(words, &found, |_| false) {
        return Some(Settled { score: settled.score * IMPLIED, ..settled });
    }
    match yes_no::said(words) {
        Said::Answer(false, score) => Some(Settled { values: vec![Decimal::ZERO], score: score * 0.6 }),
        _ => None,
    }
}

/// Whether a noun is a dual: حبتين، ولدين.
pub(super) fn is_dual(key: &str) -> bool {
    const MASCULINE: &[&str] = &[
        "يومين",
        "شهرين",
        "اسبوعين",
        "ولدين",
        "طفلين",
        "كوبين",
        "كاسين",
        "فنجانين",
        "قرصين",
        "اخوين",
        "بكتين",
        "عامين",
        "توامين",
        "دوامين",
        "كيلوين",
        "عيلين",
        "شخصين",
    ];
    MASCULINE.contains(&key) || key.ends_with("تين") && key.chars().count() >= 5
}
