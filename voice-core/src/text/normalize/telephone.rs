//! Telephone numbers and other identifying numbers, read digit by digit in the groups of the text.
//!
//! A number is recognized by a plus, a leading zero, brackets, the American 3-3-4, the Saudi 9200 and 9665, or a word
//! such as "phone", "هاتف" or "MRN" before it.

use super::number::{grouped, one_by_one, pause};
use super::scan::{Place, Reading, digits, ends, is_digit, listed};
use crate::text::Language;

/// Words before a telephone number or an identity number.
const NAMING: &str = "\
    call phone telephone tel mobile fax whatsapp id mrn iqama هاتف الهاتف هاتفي جوال الجوال \
    جوالي جواله اتصل فاكس الفاكس واتساب الهوية هوية الهويه الإقامة إقامة الملف ملف السجل التأمين \
    الموحد المجاني";

/// The maximum number of digits, from E.164.
const MOST: usize = 15;

/// Reads such a number at the start.
pub(super) fn read(place: &Place) -> Option<Reading> {
    if place.before.is_some_and(|c| matches!(c, '/' | '-' | '.' | ',' | '$' | '€' | '£')) {
        return None;
    }
    let plus = place.rest.starts_with('+');
    let (groups, len) = groups(&place.rest[usize::from(plus)..])?;
    let len = len + usize::from(plus);
    let count: usize = groups.iter().map(|group| group.len()).sum();
    let rest = &place.rest[len..];
    if !ends(rest) || rest.starts_with(['%', '/']) || count > MOST {
        return None;
    }
    let bracket = place.rest[usize::from(plus)..].starts_with('(');
    let first = groups.first()?;
    let lens: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let named = listed(NAMING, place.word.to_lowercase().as_str());
    let is_one = match lens[..] {
        _ if plus => count >= 7,
        _ if bracket => groups.len() > 1 && count >= 7,
        _ if named => count >= 5,
        [_] => (first.starts_with("9665") && count == 12) || (first.starts_with("9200") && count == 9),
        [3, 3, 4] if !place.rest[..len].contains(' ') => true,
        _ => first.starts_with('0') && (2..=5).contains(&first.len()) && count >= 7,
    };
    is_one.then(|| Reading::new(say(&groups, plus, place.language), len))
}

/// Reads a whole text as a telephone number of up to fifteen digits.
pub(super) fn say_whole(text: &str, language: Language) -> Option<String> {
    let plus = text.starts_with('+');
    let (groups, len) = groups(&text[usize::from(plus)..])?;
    let count: usize = groups.iter().map(|group| group.len()).sum();
    let whole = len + usize::from(plus) == text.len();
    (whole && (2..=MOST).contains(&count)).then(|| say(&groups, plus, language))
}

/// Groups of digits separated by one blank, hyphen or dot, or by brackets. It reads at most sixteen digits, one more
/// than the maximum.
fn groups(text: &str) -> Option<(Vec<&str>, usize)> {
    let mut groups = Vec::new();
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
        if group.is_empty() || !closed || (!groups.is_empty() && group.len() < 2) {
            break;
        }
        end += gap + open + group.len() + close;
        count += group.len();
        groups.push(group);
        if count > MOST {
            break;
        }
    }
    (!groups.is_empty()).then_some((groups, end))
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
