//! Ordinal numbers.

use super::grammar::Grammar;
use super::{Found, Words};
use crate::text::Language;
use crate::text::matching;
use crate::text::numerals::{self, Numeral};

/// The ordinal number that begins with the word `at`: الأول, الحادية والعشرين, "first", "twenty-first", "the 3rd". Words
/// for the thing that is counted are included: أول واحد, "the second one".
pub fn ordinal(words: &Words, at: usize, language: Language) -> Option<Found<u64>> {
    let (value, mut end) = match language {
        Language::Arabic => arabic(words, at)?,
        Language::English => {
            let start = at + usize::from(words.key(at) == "the");
            figures(words, start).or_else(|| english(words, start))?
        }
    };
    let thing: &[&str] = match language {
        Language::Arabic => &["واحد", "واحده", "وحده", "شي", "شيء"],
        Language::English => &["one"],
    };
    if thing.contains(&words.key(end)) {
        end += 1;
    }
    Some(Found { value, words: at..end })
}

/// 21st.
fn figures(words: &Words, at: usize) -> Option<(u64, usize)> {
    let key = words.key(at);
    let number = ["st", "nd", "rd", "th"].iter().find_map(|ending| key.strip_suffix(ending))?;
    let is_number = number.len() <= 6 && number.bytes().all(|byte| byte.is_ascii_digit());
    Some((number.parse().ok().filter(|_| is_number)?, at + 1))
}

/// Numbers before the last word, and the ordinal number of that word.
fn english(words: &Words, at: usize) -> Option<(u64, usize)> {
    /// The most words of an ordinal number.
    const MOST: usize = 8;
    let language = Language::English;
    let last = |word: usize| {
        let text: &str = words.iter().nth(word)?.text;
        // Of twenty-first the first part is a number.
        let (before, last) = text.rsplit_once('-').unwrap_or(("", text));
        Some((word, before, numerals::ordinal(&matching::key(last), language)?))
    };
    let (word, before, ordinal) = (at..words.len().min(at + MOST)).find_map(last)?;
    if (at..word).any(|word| words.pauses_after(word)) {
        return None;
    }
    let head = format!("{} {before}", words.text(at..word));
    let head = head.trim();
    let head = head.strip_suffix(" and").unwrap_or(head);
    let head = if matches!(head, "" | "a") {
        None
    } else {
        let words = Words::new(head);
        let grammar = Grammar::new(&words, 0, language);
        let (value, end) = grammar.below_thousand(0)?;
        (grammar.word_after(end) == Some(words.len())).then_some(())?;
        Some(value)
    };
    let value = match (head, ordinal) {
        (None, ordinal) => ordinal,
        (Some(head), 100..) => head.checked_mul(ordinal)?,
        (Some(head), 1..10) if head.is_multiple_of(10) && head % 100 != 10 => head + ordinal,
        (Some(head), 10..100) if head.is_multiple_of(100) => head + ordinal,
        _ => return None,
    };
    Some((value, word + 1))
}

fn arabic(words: &Words, at: usize) -> Option<(u64, usize)> {
    let key = |at: usize| words.key(at);
    let definite = |key: &str| {
        let mut numerals = Vec::new();
        let bare = key.strip_prefix("ال")?;
        let is_known = numerals::push(bare, Language::Arabic, &mut numerals);
        match numerals.as_slice() {
            [Numeral::Tens(tens)] if is_known => Some(u64::from(*tens)),
            [Numeral::Hundreds(hundreds)] if is_known => Some(u64::from(*hundreds)),
            [Numeral::Teen(teen)] if is_known => Some(u64::from(*teen)),
            [Numeral::Scale(1_000, numerals::Times::Any)] if is_known => Some(1_000),
            _ => None,
        }
    };
    let first = key(at);
    let first = first.strip_prefix('و').filter(|rest| rest.starts_with("ال")).unwrap_or(first);
    let mut found = match (definite(first), numerals::ordinal(first, Language::Arabic)) {
        (Some(value), _) => (value, at + 1),
        (None, Some(unit)) if matches!(key(at + 1), "عشر" | "عشره") => (unit % 10 + 10, at + 2),
        (None, Some(unit)) => {
            // الحادي والعشرون
            let tens = key(at + 1).strip_prefix('و').and_then(definite);
            match tens.filter(|tens| (20..100).contains(tens)) {
                Some(tens) => (unit % 10 + tens, at + 2),
                None if unit == 11 => return None,
                None => (unit, at + 1),
            }
        }
        (None, None) => return None,
    };
    if key(found.1) == "بعد"
        && let Some(above) = definite(key(found.1 + 1)).filter(|above| above.is_multiple_of(100))
    {
        found = (found.0 + above, found.1 + 2);
    }
    Some(found)
}
