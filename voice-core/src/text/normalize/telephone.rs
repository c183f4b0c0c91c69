//! Telephone numbers and other identifying numbers, read digit by digit in the groups of the text.
//!
//! A number is recognized by a plus, a leading zero, brackets, the American 3-3-4 and 3-4, the Saudi 9200 and 9665, the
//! groups of a payment card, ten digits and more without a round end, or a word such as "phone", "هاتف" or "MRN"
//! before it.

use super::number::{grouped, one_by_one, pause};
use super::scan::{Place, Reading, blank, digits, ends, is_digit, is_letter};
use super::{context, money, units};
use crate::text::Language;

/// The maximum number of digits, from E.164.
const MOST: usize = 15;

/// The maximum number of digits that are examined: those of a payment card.
const MOST_EXAMINED: usize = 19;

/// Reads such a number at the start.
pub(super) fn read(place: &Place) -> Option<Reading> {
    if place.before.is_some_and(|c| matches!(c, '/' | '-' | '.' | ',' | '$' | '€' | '£')) {
        return None;
    }
    let plus = place.rest.starts_with('+');
    let (groups, lens) = groups(&place.rest[usize::from(plus)..])?;
    // A code, or a number to call, may be followed by a number of something else.
    let whole = groups.len();
    let first = groups.first()?.len();
    if !plus && let Some(reading) = vanity(place) {
        return Some(reading);
    }
    let one = |many: usize| (&groups[..many], lens[many - 1] + usize::from(plus));
    let (groups, len) = [one(whole), one(1)]
        .into_iter()
        .find(|(groups, len)| is_one(groups, plus, *len, place))
        .filter(|_| first > 0)?;
    Some(Reading::new(say(groups, plus, place.language), len))
}

/// An American number in letters: 1-800-FLOWERS.
fn vanity(place: &Place) -> Option<Reading> {
    let (country, text) = match place.rest.strip_prefix("1-") {
        Some(text) => ("1", text),
        None => ("", place.rest),
    };
    let area = digits(text);
    let letters = super::scan::word(text[area.len()..].strip_prefix('-')?);
    let len = place.rest.len() - text.len() + area.len() + 1 + letters.len();
    let capitals = (4..=10).contains(&letters.len()) && letters.bytes().all(|byte| byte.is_ascii_uppercase());
    if area.len() != 3 || !capitals || !ends(&place.rest[len..]) {
        return None;
    }
    let groups: Vec<&str> = [country, area].into_iter().filter(|group| !group.is_empty()).collect();
    let groups = say(&groups, false, place.language);
    Some(Reading::new(format!("{groups}{}{letters}", pause(place.language)), len))
}

/// Whether the groups, which end at `len`, are read digit by digit.
fn is_one(groups: &[&str], plus: bool, len: usize, place: &Place) -> bool {
    let count: usize = groups.iter().map(|group| group.len()).sum();
    let rest = &place.rest[len..];
    if !ends(rest)
        || rest.starts_with(['%', '/'])
        || rest.starts_with([',', '.']) && rest[1..].starts_with(is_digit)
    {
        return false;
    }
    let lens: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let [first, ..] = groups else { return false };
    let card = count >= 13 && lens.len() >= 3 && (lens.iter().all(|&len| len == 4) || lens[..] == [4, 6, 5]);
    if count > MOST {
        return card || groups.len() == 1 && context::is_code(place, count);
    }
    let bracket = place.rest[usize::from(plus)..].starts_with('(');
    let counted = || units::read(rest, place.language).is_some() || money::follows(rest);
    let hyphens = !place.rest[..len].contains([' ', '.']);
    match lens[..] {
        _ if plus => count >= 7,
        _ if bracket => groups.len() > 1 && count >= 7,
        _ if card => true,
        // 10 digits and more that are not round.
        [len] if len >= 10 && !first.ends_with("000") => !counted(),
        [3] if context::is_service(first) && context::is_call(place) => names_nothing(rest),
        [_] if (first.starts_with("9665") && count == 12) || (first.starts_with("9200") && count == 9) => {
            true
        }
        [3, 3, 4] | [1, 3, 3, 4] => true,
        // ZIP+4.
        [5, 4] if hyphens => !counted(),
        [5] if context::is_postcode(place, rest) => true,
        [3, 4] if hyphens && !place.is_arabic() => {
            let round = groups.iter().all(|group| group.ends_with('0'));
            !round && !counted() || context::is_call(place)
        }
        [_] => !counted() && (context::is_code(place, count) || count >= 5 && context::is_call(place)),
        _ if place.rest[..len].contains('.') && counted() => false,
        _ if context::is_code(place, count) => {
            lens.iter().all(|&len| len >= 3) || lens.iter().all(|&len| len == lens[0]) || hyphens
        }
        _ if count >= 5 && context::is_call(place) => true,
        _ => first.starts_with('0') && (2..=5).contains(&first.len()) && count >= 7,
    }
}

/// Whether no counted noun follows: call 911 now.
fn names_nothing(rest: &str) -> bool {
    let next = super::scan::word(&rest[blank(rest)..]);
    !rest.starts_with(is_letter)
        && !matches!(next, "people" | "times" | "numbers" | "مرات" | "مرة" | "شخص" | "أشخاص")
}

/// Reads a whole text as a telephone number of up to fifteen digits.
pub(super) fn say_whole(text: &str, language: Language) -> Option<String> {
    let plus = text.starts_with('+');
    let (groups, lens) = groups(&text[usize::from(plus)..])?;
    let len = *lens.last()?;
    let count: usize = groups.iter().map(|group| group.len()).sum();
    let whole = len + usize::from(plus) == text.len();
    (whole && (2..=MOST).contains(&count)).then(|| say(&groups, plus, language))
}

/// Groups of digits separated by one blank, hyphen or dot, or by brackets, and where each ends. It reads few more
/// digits than the maximum.
fn groups(text: &str) -> Option<(Vec<&str>, Vec<usize>)> {
    let mut groups = Vec::new();
    let mut lens = Vec::new();
    let (mut end, mut count) = (0, 0);
    loop {
        let rest = &text[end..];
        let gap = if groups.is_empty() { 0 } else { usize::from(rest.starts_with([' ', '-', '.'])) };
        let rest = &rest[gap..];
        let open = usize::from(rest.starts_with('('));
        let group = digits(&rest[open..]);
        let close = usize::from(open == 1 && rest[open + group.len()..].starts_with(')'));
        let closed =
            open == close && (gap > 0 || open > 0 || groups.is_empty() || text[..end].ends_with(')'));
        // One digit is a group after a hyphen only: 7741-220-9.
        let single = !groups.is_empty() && group.len() < 2 && !text[end..].starts_with('-');
        if group.is_empty() || !closed || single {
            break;
        }
        end += gap + open + group.len() + close;
        count += group.len();
        groups.push(group);
        lens.push(end);
        if count > MOST_EXAMINED {
            break;
        }
    }
    (!groups.is_empty()).then_some((groups, lens))
}

fn say(groups: &[&str], plus: bool, language: Language) -> String {
    let spoken: Vec<String> = match groups {
        [one] => vec![grouped(one, language)],
        many => many.iter().map(|group| one_by_one(group, language)).collect(),
    };
    let sign = match (plus, language) {
        (false, _) => "",
        (true, Language::Arabic) => "زائد ",
        (true, Language::English) => "plus ",
    };
    format!("{sign}{}", spoken.join(pause(language)))
}

/// Whether a telephone number may begin here.
pub(super) fn begins(text: &str) -> bool {
    text.strip_prefix(['+', '(']).is_some_and(|rest| rest.starts_with(is_digit))
        || text.strip_prefix("+(").is_some_and(|rest| rest.starts_with(is_digit))
}
