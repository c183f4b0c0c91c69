//! Numbers in an answer.

use rust_decimal::Decimal;

use crate::text::Language;
use crate::text::inverse::Words;

/// The number at `at`, and the index after its last word.
pub(super) fn at(words: &Words, at: usize, _language: Language) -> Option<(Decimal, usize)> {
    let word = words.iter().nth(at)?;
    let digits: String = word.text.chars().map(ascii_digit).collect();
    digits.trim_end_matches(['.', ',', '،', '!', '?', '؟']).parse().ok().map(|value| (value, at + 1))
}

/// An Arabic-Indic digit as a digit of ASCII.
fn ascii_digit(letter: char) -> char {
    match letter {
        '٠'..='٩' => char::from(b'0' + (letter as u32 - '٠' as u32) as u8),
        '۰'..='۹' => char::from(b'0' + (letter as u32 - '۰' as u32) as u8),
        '٫' => '.',
        other => other,
    }
}
