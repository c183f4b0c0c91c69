//! Unifies the notation of digits, separators, dashes and fractions.
//!
//! Only text with a digit is changed; the readers after it get only ASCII digits, `.` and `,`.

use std::borrow::Cow;

use super::scan::{is_bidi_mark, is_digit};

/// Converts `text` to Western digits with plain separators and dashes next to them. Marks of writing direction are
/// dropped: they occur between numbers and their signs and have no sound.
pub(super) fn prepare(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| digit(c).is_some() || vulgar(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut prepared = String::with_capacity(text.len());
    let mut characters = text.chars().filter(|&c| !is_bidi_mark(c)).peekable();
    while let Some(character) = characters.next() {
        let after_digit = prepared.ends_with(is_digit);
        let before_digit = characters.peek().is_some_and(|&next| digit(next).is_some());
        if let Some(digit) = digit(character) {
            prepared.push(digit);
        } else if let Some(fraction) = vulgar(character) {
            if after_digit {
                prepared.push(' ');
            }
            prepared.push_str(fraction);
        } else {
            prepared.push(match character {
                '٫' if before_digit => '.',
                '٬' | '،' if after_digit && before_digit => ',',
                '–' | '‐' | '‑' | '−' if before_digit => '-',
                '٪' => '%',
                '⁄' => '/',
                other => other,
            });
        }
    }
    Cow::Owned(prepared)
}

/// The Western digit for an Arabic-Indic, Persian or Western digit.
fn digit(character: char) -> Option<char> {
    let zero = match character {
        '0'..='9' => '0',
        '٠'..='٩' => '٠',
        '۰'..='۹' => '۰',
        _ => return None,
    };
    char::from_digit(u32::from(character) - u32::from(zero), 10)
}

fn vulgar(character: char) -> Option<&'static str> {
    Some(match character {
        '½' => "1/2",
        '⅓' => "1/3",
        '⅔' => "2/3",
        '¼' => "1/4",
        '¾' => "3/4",
        '⅕' => "1/5",
        '⅙' => "1/6",
        '⅛' => "1/8",
        '⅜' => "3/8",
        '⅝' => "5/8",
        '⅞' => "7/8",
        _ => return None,
    })
}
