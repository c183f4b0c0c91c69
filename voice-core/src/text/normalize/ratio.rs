//! Ratios and results of games: a scale of 1:50, a win by 3-2.

use super::arabic::{self, Case, Gender};
use super::scan::{Place, Reading, ends, sign_and_digit, small};
use super::{context, english};

/// Reads `a:b` or `a-b` if the words around it show that it is no time of day and no range.
pub(super) fn read(place: &Place) -> Option<Reading> {
    if place.before.is_some_and(|c| matches!(c, '/' | '-' | ':' | '.' | ',')) {
        return None;
    }
    let (first, mut len) = small(place.rest, 4)?;
    let sign = place.rest[len..].chars().next().filter(|sign| matches!(sign, ':' | '-' | '–'))?;
    len += sign.len_utf8();
    let (second, digits) = small(&place.rest[len..], 7)?;
    len += digits;
    let rest = &place.rest[len..];
    let goes_on = [':', '-', '/', '.', ','].iter().any(|&sign| sign_and_digit(rest, sign));
    let score = context::is_score(place);
    let is_one =
        if sign == ':' { context::is_ratio(place, rest) } else { score && first < 200 && second < 200 };
    if goes_on || !ends(rest) || !is_one {
        return None;
    }
    let spoken = if place.is_arabic() {
        let link = if score { "مقابل" } else { "إلى" };
        let first = arabic::cardinal(first, Gender::Masculine, Case::Nominative);
        format!("{first} {link} {}", arabic::cardinal(second, Gender::Masculine, Case::Oblique))
    } else {
        format!("{} to {}", english::cardinal(first), english::cardinal(second))
    };
    Some(Reading::new(spoken, len))
}
