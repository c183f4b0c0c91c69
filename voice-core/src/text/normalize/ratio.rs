//! Ratios and results of games: a scale of 1:50, a win by 3-2.

use super::arabic::{self, Case, Gender};
use super::scan::{Place, Reading, ends, listed, sign_and_digit, small};
use super::{context, english, units};

/// A standard with its year: ISO 9001:2015.
fn standard(place: &Place) -> Option<Reading> {
    const BODIES: &str = "ISO IEC EN DIN BS ASTM IEEE ANSI NFPA SASO GSO OHSAS";
    let (number, mut len) = small(place.rest, 6)?;
    let (year, digits) = small(place.rest[len..].strip_prefix(':')?, 4)?;
    len += 1 + digits;
    let named = listed(BODIES, place.word) && (1_900..2_200).contains(&year);
    if !named || !ends(&place.rest[len..]) || sign_and_digit(&place.rest[len..], ':') {
        return None;
    }
    let spoken = if place.is_arabic() {
        let words = |value| arabic::cardinal(value, Gender::Masculine, Case::Nominative);
        format!("{}، {}", words(number), words(year))
    } else {
        format!("{}, {}", english::cardinal(number), english::year(year))
    };
    Some(Reading::new(spoken, len))
}

/// Ranges of a blood pressure: 120-130/80-90.
fn pressures(place: &Place) -> Option<Reading> {
    let mut values = [0; 4];
    let mut len = 0;
    for (at, value) in values.iter_mut().enumerate() {
        if at > 0 {
            let sign = place.rest[len..].chars().next()?;
            let fits = if at == 2 { sign == '/' } else { matches!(sign, '-' | '–') };
            len += fits.then_some(sign.len_utf8())?;
        }
        let (number, digits) = small(&place.rest[len..], 3)?;
        *value = number;
        len += digits;
    }
    let rest = &place.rest[len..];
    let unit = units::read(rest, place.language).map_or((String::new(), 0), |(unit, len)| {
        let (noun, tail) = unit.arabic();
        let arabic = noun.map(|noun| format!(" {}{tail}", noun.form(values[3])));
        (if place.is_arabic() { arabic.unwrap_or(tail) } else { format!(" {}", unit.english()[1]) }, len)
    });
    let rest = &rest[unit.1..];
    let goes_on = ['/', '-', '.', ':'].iter().any(|&sign| sign_and_digit(rest, sign)) || !ends(rest);
    let [low, high, below, above] = values;
    if goes_on || !(60..=250).contains(&low) || low >= high || below >= above {
        return None;
    }
    let say = |value, case| match place.language {
        crate::text::Language::Arabic => arabic::cardinal(value, Gender::Masculine, case),
        crate::text::Language::English => english::cardinal(value),
    };
    let (to, over) = if place.is_arabic() { ("إلى", "على") } else { ("to", "over") };
    let first = say(low, super::agreement::case(place));
    let [high, below, above] = [high, below, above].map(|value| say(value, Case::Oblique));
    Some(Reading::new(format!("{first} {to} {high} {over} {below} {to} {above}{}", unit.0), len + unit.1))
}

/// One to a large number with separators: 1:10,000.
fn one_to(place: &Place) -> Option<Reading> {
    let rest = place.rest.strip_prefix("1:")?;
    let run = super::number::lex(rest, place.language).filter(|run| run.text.contains(','))?;
    let value = run.number?.value().filter(|_| ends(&rest[run.text.len()..]))?;
    let spoken = if place.is_arabic() {
        format!("واحد إلى {}", arabic::cardinal(value, Gender::Masculine, Case::Oblique))
    } else {
        format!("one to {}", english::cardinal(value))
    };
    Some(Reading::new(spoken, 2 + run.text.len()))
}

/// Reads `a:b` or `a-b` if the words around it show that it is no time of day and no range.
pub(super) fn read(place: &Place) -> Option<Reading> {
    if place.before.is_some_and(|c| matches!(c, '/' | '-' | ':' | '.' | ',')) {
        return None;
    }
    if let Some(reading) = standard(place).or_else(|| pressures(place)).or_else(|| one_to(place)) {
        return Some(reading);
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
