//! Names of letters and digits: B12, H1N1, COVID-19, v1.2.

use super::context;
use super::number::{part, pause};
use super::scan::{Place, Reading, digits, ends, is_digit, is_letter, sign_and_digit, word};
use super::spelling::{mark, one_by_one, spell};
use crate::text::Language;

/// Reads a name that begins with a Latin letter and contains a digit.
pub(super) fn read(place: &Place) -> Option<Reading> {
    if let Some(reading) = iban(place) {
        return Some(reading);
    }
    let len = length(place.rest)?;
    Some(Reading::new(say(&place.rest[..len], place.language), len))
}

/// The letters of a car's plate, and of a vitamin: لوحة أ ب ج 1234, plate ABC 1234, فيتامين ب 12.
pub(super) fn plate(place: &Place) -> Option<Reading> {
    let letters = word(place.rest);
    let arabic = letters.chars().nth(1).is_none() && !letters.is_ascii();
    let latin = letters.len() <= 4 && letters.bytes().all(|byte| byte.is_ascii_uppercase());
    let follows = &place.rest[letters.len()..];
    let next = follows.trim_start_matches([' ', '-']);
    let goes_on = next.starts_with(is_digit) || arabic && word(next).chars().nth(1).is_none();
    let fits = (arabic || latin) && goes_on && follows.starts_with([' ', '-']);
    // فيتامين ب 12
    let vitamin = letters == "ب"
        && matches!(place.word, "فيتامين" | "الفيتامين" | "فيتامينات")
        && next.starts_with(is_digit);
    if vitamin {
        let number = digits(next);
        let words = format!("{} {}", spell(letters, place.language), part(number, place.language));
        return Some(Reading::new(words, place.rest.len() - next.len() + number.len()));
    }
    (fits && context::is_plate(place)).then(|| Reading::new(spell(letters, place.language), letters.len()))
}

/// A code of capitals and digits that begins with a digit: 1Z999AA101.
pub(super) fn mixed(place: &Place) -> Option<Reading> {
    let len = place
        .rest
        .bytes()
        .take(40)
        .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        .count();
    let code = &place.rest[..len];
    let bytes = code.as_bytes();
    let turns = bytes.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    if len < 6 || turns < 2 || !ends(&place.rest[len..]) || !place.is_open() {
        return None;
    }
    Some(Reading::new(one_by_one(code, place.language), len))
}

/// An account number: two letters, two digits, and 11 to 30 letters and digits, in groups of up to four.
fn iban(place: &Place) -> Option<Reading> {
    let text = place.rest.as_bytes();
    let head = text.get(..4)?;
    let shape = head[..2].iter().all(u8::is_ascii_uppercase) && head[2..].iter().all(u8::is_ascii_digit);
    if !shape {
        return None;
    }
    let mut end = 4;
    let mut groups = vec![&place.rest[..4]];
    while groups.len() < 10 {
        let start = end + usize::from(text.get(end) == Some(&b' '));
        let known = |byte: &&u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let len = text[start..].iter().take(4).take_while(known).count();
        let digits = text[start..].iter().take(len).any(u8::is_ascii_digit);
        if len == 0 || !digits && groups.len() > 1 {
            break;
        }
        groups.push(&place.rest[start..start + len]);
        end = start + len;
    }
    let count: usize = groups.iter().map(|group| group.len()).sum();
    if !(15..=34).contains(&count) || place.rest[end..].starts_with(char::is_alphanumeric) {
        return None;
    }
    let groups = groups.iter().map(|group| one_by_one(group, place.language));
    Some(Reading::new(groups.collect::<Vec<_>>().join(pause(place.language)), end))
}

/// The text after a slash and digits.
fn after_slash(text: &str) -> &str {
    let rest = text.strip_prefix('/').unwrap_or(text);
    &rest[digits(rest).len()..]
}

/// Whether such a name begins here: after # in #INV-88213.
pub(super) fn begins(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'/');
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && length(text).is_some_and(|len| text[..len].bytes().all(part))
}

/// Letters, then digits and letters, with single hyphens, and dots between digits.
fn length(text: &str) -> Option<usize> {
    let latin = |text: &str| text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let mut end = latin(text);
    let mut numbers = 0;
    let initials = end <= 5 && text[..end].bytes().all(|byte| byte.is_ascii_uppercase());
    // "mid-1990s": a word before a number.
    if end == 0
        || end >= 3 && text[end..].starts_with('-') && text[..end].bytes().all(|b| b.is_ascii_lowercase())
    {
        return None;
    }
    loop {
        let rest = &text[end..];
        let in_number = text[..end].ends_with(|c: char| c.is_ascii_digit());
        // PA/2026/00871
        let slash = rest.starts_with('/') && (numbers > 0 || sign_and_digit(after_slash(rest), '/'));
        let slash = slash && initials && sign_and_digit(rest, '/');
        // BA.2
        let strain = numbers == 0 && initials && (2..=3).contains(&end) && sign_and_digit(rest, '.');
        let dot = (in_number || strain) && rest.starts_with('.');
        let hyphen = usize::from(rest.starts_with('-') || slash || dot);
        let figures = digits(&rest[hyphen..]).len();
        let letters = if figures == 0 { latin(&rest[hyphen..]) } else { 0 };
        // A hyphen before a word ends the name, unless digits follow later: SARS-CoV-2.
        let word_ahead =
            hyphen == 1 && letters > 0 && !rest[1 + letters..].starts_with(|c: char| c.is_ascii_digit());
        let deeper = word_ahead && rest.starts_with('-') && sign_and_digit(&rest[1 + letters..], '-');
        if figures + letters == 0 || (word_ahead && !deeper) {
            break;
        }
        numbers += usize::from(figures > 0);
        end += hyphen + figures + letters;
    }
    let whole = !text[end..].starts_with(is_letter);
    (numbers > 0 && whole).then_some(end)
}

fn say(name: &str, language: Language) -> String {
    let mut words = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let after_digits = name[..name.len() - rest.len()].ends_with(is_digit);
        let figures = digits(rest);
        if !figures.is_empty() {
            words.push(part(figures, language));
            rest = &rest[figures.len()..];
            continue;
        }
        let letters = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        if letters > 0 {
            words.push(letters_of(&rest[..letters], language));
            rest = &rest[letters..];
        } else {
            // Between digits every mark is read, so that numbers stay separate.
            if matches!(first, '.' | '/') || rest[1..].starts_with(is_digit) && after_digits {
                words.extend(mark(first, language).map(str::to_owned));
            }
            rest = &rest[1..];
        }
    }
    words.join(" ")
}

/// One to three capitals are spelled; a longer sequence may be a word.
fn letters_of(letters: &str, language: Language) -> String {
    let initials = letters.len() <= 3 && letters.bytes().all(|byte| byte.is_ascii_uppercase());
    if !initials && letters.len() > 1 {
        return letters.to_owned();
    }
    spell(letters, language)
}
