//! Fractions and ratings with their terms.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::grammar::Grammar;
use super::{Found, Words, number};
use crate::text::Language;

/// A fraction as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    /// The whole number before it.
    pub whole: Option<u64>,
    /// The number of parts.
    pub numerator: u64,
    /// The parts of the whole.
    pub denominator: u64,
}

/// The fraction that begins with the word `at`: ثلاثة أرباع, خمسة وثلثين, "two and a half".
pub fn fraction(words: &Words, at: usize, language: Language) -> Option<Found<Fraction>> {
    let grammar = Grammar::new(words, at, language);
    let start = grammar.start();
    if let Some(share) = grammar.share(start) {
        let end = grammar.word_after(share.end)?;
        let value = Fraction { whole: None, numerator: share.numerator, denominator: share.denominator };
        return Some(Found { value, words: at..end });
    }
    let (whole, end) = grammar.count(start)?;
    let (share, is_less) = grammar.share_after(end)?;
    let end = grammar.word_after(share.end)?;
    let value = Fraction { whole: Some(whole), numerator: share.numerator, denominator: share.denominator };
    (!is_less).then_some(Found { value, words: at..end })
}

/// A rating on a scale, with the end of the scale: "seven out of ten", سبعة ونص من عشرة.
pub fn rating(words: &Words, at: usize, language: Language) -> Option<Found<(Decimal, Decimal)>> {
    let first = number(words, at, language)?;
    let end = first.words.end;
    let scale = match (language, words.key(end), words.key(end + 1)) {
        (Language::Arabic, "من" | "علي", _) | (Language::English, "of", _) => end + 1,
        (Language::English, "out", "of") => end + 2,
        _ => return None,
    };
    let second = number(words, scale, language)?;
    let is_scale =
        second.value.fract().is_zero() && first.value <= second.value && second.value > Decimal::ONE;
    is_scale.then_some(Found { value: (first.value, second.value), words: at..second.words.end })
}

/// The value of a number that is an integer.
pub(super) fn integer(value: Decimal) -> Option<u64> {
    value.fract().is_zero().then(|| value.to_u64())?
}
