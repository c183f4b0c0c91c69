//! Numbers with a unit, a currency, a noun of the text, or nothing.

use super::amount::{Amount, Thing};
use super::arabic::{self, Case, Gender};
use super::number::{Number, lex, spelled};
use super::scan::{Place, Reading, blank, ends, is_digit, sign_and_digit, whole, word};
use super::{agreement, calendar, code, context, english, money, units};

/// Reads the number at the start, with everything that belongs to it.
pub(super) fn read(place: &Place) -> Option<Reading> {
    let Some((amount, len)) = Amount::lex(place) else {
        return marks_and_digits(place);
    };
    let after = &place.rest[len..];
    if let Amount::Number(number) = &amount
        && let Some((spoken, more)) = year(number, place, after).or_else(|| suffix(number, place, after))
    {
        return Some(Reading::new(spoken, len + more));
    }
    if let Some((letter, more)) = label(place, after) {
        return Some(Reading::new(format!("{} {letter}", amount.say(None, place, "")), len + more));
    }
    let (amount, len) = multiplied(amount, len, place);
    let after = &place.rest[len..];
    if let Some((spoken, more)) = money::suffixed(&amount, place, after) {
        return Some(Reading::new(spoken, len + more));
    }
    if let Some((unit, more)) = units::read(after, place.language) {
        let (noun, tail) = unit.arabic();
        let thing = Thing { english: unit.english(), noun, tail };
        return Some(Reading::new(amount.say(Some(&thing), place, after), len + more));
    }
    let words = amount.say(None, place, after);
    // A dash that is neither a range nor a minus sign: codes, scores, phone numbers without a known form.
    if sign_and_digit(after, '-') {
        let dash = if place.is_arabic() { "شرطة" } else { "dash" };
        return Some(Reading::new(format!("{words} {dash}"), len + 1));
    }
    Some(Reading::new(words, len))
}

/// The letter that belongs to a number, as in seat 14F, and its length.
fn label(place: &Place, after: &str) -> Option<(String, usize)> {
    let letter = after.chars().next().filter(char::is_ascii_alphabetic)?;
    (ends(&after[1..]) && context::is_label(place))
        .then(|| (code::spell(letter.encode_utf8(&mut [0; 4]), place.language), 1))
}

/// Reads a run of digits and marks that is not a number, such as 2,5 in English, with its unit.
fn marks_and_digits(place: &Place) -> Option<Reading> {
    let run = lex(place.rest, place.language)?.text;
    let mut spoken = spelled(run, place.language);
    let Some((unit, len)) = units::read(&place.rest[run.len()..], place.language) else {
        return Some(Reading::new(spoken, run.len()));
    };
    if place.is_arabic() {
        let (noun, tail) = unit.arabic();
        spoken.extend(noun.map(|noun| format!(" {}", noun.one)));
        spoken += &tail;
    } else {
        spoken = format!("{spoken} {}", unit.english()[1]);
    }
    Some(Reading::new(spoken, run.len() + len))
}

/// 5 مليون is one number: the following noun agrees with all of it.
fn multiplied(amount: Amount, len: usize, place: &Place) -> (Amount, usize) {
    let after = &place.rest[len..];
    let gap = blank(after);
    if let Amount::Number(number) = &amount
        && place.is_arabic()
        && gap > 0
        && let Some(value) = number.value()
        && let Some(scale) = arabic::scale(word(&after[gap..]))
        && let Some(product) = value.checked_mul(scale).filter(|product| *product <= 1_000_000_000_000_000)
    {
        return (Amount::Number(Number::integer(product)), len + gap + word(&after[gap..]).len());
    }
    (amount, len)
}

/// Reads a year, if the words around it show that it is one.
fn year(number: &Number, place: &Place, after: &str) -> Option<(String, usize)> {
    let value = number.value().filter(|value| (1_000..3_000).contains(value))?;
    let named = calendar::is_month(place.word)
        || match place.word.to_lowercase().as_str() {
            "in" | "since" | "year" | "until" | "by" => !place.is_arabic(),
            "عام" | "العام" | "لعام" | "بعام" | "سنة" | "السنة" | "لسنة" => {
                place.is_arabic()
            }
            _ => false,
        };
    let (era, more) = calendar::era(after, named).unwrap_or(("", 0));
    if more == 0 {
        let gap = blank(after);
        let alone = ends(after)
            && !after.starts_with(['-', '/', '%'])
            && units::read(after, place.language).is_none();
        let counts = place.is_arabic() && !named || gap > 0 && after[gap..].starts_with(is_digit);
        if !named || !alone || counts {
            return None;
        }
    }
    let words = if place.is_arabic() {
        let case = if named { Case::Oblique } else { agreement::case(place) };
        arabic::cardinal(value, agreement::gender(place, ""), case)
    } else {
        english::year(value)
    };
    Some((format!("{words}{}", calendar::era_words(era, place.language)), more))
}

/// Endings of English numbers: 21st, 1960s.
fn suffix(number: &Number, place: &Place, after: &str) -> Option<(String, usize)> {
    let value = number.value().filter(|_| !place.is_arabic())?;
    if let Some(len) = whole(after, english::ordinal_ending(value)) {
        return Some((english::ordinal(value), len));
    }
    let decade = (1_100..=2_090).contains(&value) && value % 10 == 0;
    let len = whole(after, "s").filter(|_| decade)?;
    Some((english::decade(value), len))
}

/// Arabic ordinals, المرة الـ3, and numbers with the article before a noun, الـ24 ساعة.
pub(super) fn definite(place: &Place) -> Option<Reading> {
    let (article, rest) =
        ["الـ", "ال"].iter().find_map(|article| Some((*article, place.rest.strip_prefix(article)?)))?;
    let gap = if article == "الـ" { blank(rest) } else { 0 };
    let run = lex(&rest[gap..], place.language)?;
    let len = article.len() + gap + run.text.len();
    let after = &place.rest[len..];
    let value = run.number?.value().filter(|_| ends(after))?;
    let case = agreement::case(place);
    if let Some((unit, _)) = units::read(after, place.language)
        && let (Some(noun), _) = unit.arabic()
    {
        return Some(Reading::new(arabic::definite(value, noun.gender, case), len));
    }
    if after.starts_with(['%', '-', '/']) {
        let percent = if after.starts_with('%') { " في المئة" } else { "" };
        let words = arabic::definite(value, Gender::Masculine, case);
        return Some(Reading::new(format!("{words}{percent}"), len + usize::from(!percent.is_empty())));
    }
    let gender = if place.word.ends_with('ة') { Gender::Feminine } else { Gender::Masculine };
    Some(Reading::new(arabic::ordinal(value, gender, case), len))
}

/// A percent sign before its number, as is common in Arabic.
pub(super) fn percent_first(place: &Place) -> Option<Reading> {
    let rest = place.rest.strip_prefix('%')?;
    let gap = blank(rest);
    let (amount, len) = Amount::lex(&Place { before: None, ..place.further(1 + gap) })?;
    let end = 1 + gap + len;
    if !place.is_open() || !ends(&place.rest[end..]) {
        return None;
    }
    let unit = units::percent();
    let (noun, tail) = unit.arabic();
    let thing = Thing { english: unit.english(), noun, tail };
    Some(Reading::new(amount.say(Some(&thing), place, ""), end))
}
