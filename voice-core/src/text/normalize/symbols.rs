//! Signs next to numbers: minus, less than, times. A sign without a number is kept.

use super::scan::{Place, Reading, blank, is_digit, is_letter};
use super::{money, web};
use crate::text::Language;

/// The words for a sign before a number.
pub(super) fn read(place: &Place) -> Option<Reading> {
    let sign = place.rest.chars().next()?;
    let rest = &place.rest[sign.len_utf8()..];
    let gap = blank(rest);
    let number = |text: &str| {
        text.starts_with(is_digit) || text.strip_prefix('.').is_some_and(|rest| rest.starts_with(is_digit))
    };
    let behind_number = place.after_reading || place.word.is_empty() && place.before == Some(' ');
    let (english, arabic, loose) = match sign {
        '-' | '−' if place.is_open() && (number(rest) || money::begins(rest)) => ("minus", "سالب", false),
        '-' | '–' | ':' if place.after_reading => ("to", "إلى", false),
        // كوفيد-19: no longer pause than between words.
        '-' if place.before.is_some_and(is_letter) && number(rest) => return Some(Reading::new("", 1)),
        '+' => ("plus", "زائد", true),
        '±' => ("plus or minus", "زائد أو ناقص", true),
        '<' => ("less than", "أقل من", true),
        '>' => ("more than", "أكثر من", true),
        '≤' => ("less than or equal to", "أقل من أو يساوي", true),
        '≥' => ("more than or equal to", "أكثر من أو يساوي", true),
        '≈' | '~' => ("about", "حوالي", true),
        '=' => ("equals", "يساوي", true),
        '×' if behind_number => ("times", "في", true),
        '÷' => ("divided by", "على", true),
        '^' if place.after_reading => ("to the power of", "أس", false),
        '/' if place.after_reading => {
            (web::mark('/', Language::English)?, web::mark('/', Language::Arabic)?, false)
        }
        '#' => ("number", "رقم", false),
        _ => return None,
    };
    let gap = if loose { gap } else { 0 };
    let follows = number(&rest[gap..]) || (sign == '-' && money::begins(rest));
    let spoken = if place.is_arabic() { arabic } else { english };
    follows.then(|| Reading::new(spoken, sign.len_utf8() + gap))
}
