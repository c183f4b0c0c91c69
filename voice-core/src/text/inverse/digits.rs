//! Digits that are said one by one or in groups: identity, telephone and other numbers.

use std::ops::Range;

use super::grammar::Grammar;
use super::{Found, Words};
use crate::text::Language;
use crate::text::numerals::Numeral::{self, And, Counted, Hundreds, Oh, Repeat, Twice, Unit, Zero};

/// The digits that begin with the word `at`, in any grouping: one by one, pairs (خمسة وخمسين, "twenty-three"),
/// hundreds, repeated (دبل خمسة, ثلاث أصفار, "double five") or written.
pub fn digits(words: &Words, at: usize, language: Language) -> Option<Found<String>> {
    let groups = groups(words, at, language);
    let end = groups.last()?.end;
    let value = groups.into_iter().map(|group| group.digits.into_iter().next().unwrap_or_default()).collect();
    Some(Found { value, words: at..end })
}

/// The digits that are said in `range`, of which other words are left out. Where words can be grouped in more than one way,
/// the readings with `count` digits come, the likeliest first: "twenty three" is 23 or 203. At most eight are returned.
pub fn digits_of(
    words: &Words,
    range: Range<usize>,
    language: Language,
    count: Option<usize>,
) -> Vec<String> {
    /// Readings that are kept of each length.
    const MOST: usize = 8;
    /// The number of digits of the longest reading.
    const LONGEST: usize = 64;
    let mut readings: Vec<(usize, String)> = vec![(0, String::new())];
    let mut at = range.start;
    while at < range.end.min(words.len()) {
        let Some(group) = group(words, at, language, at == range.start) else {
            at += 1;
            continue;
        };
        at = group.end;
        let mut next: Vec<(usize, String)> = Vec::new();
        for (cost, reading) in &readings {
            for (more, digits) in group.digits.iter().enumerate() {
                if reading.len() + digits.len() <= LONGEST {
                    next.push((cost + more, format!("{reading}{digits}")));
                }
            }
        }
        next.sort_by_key(|(cost, reading)| (reading.len(), *cost));
        let mut kept = (0, 0);
        next.retain(|(_, reading)| {
            kept = if kept.0 == reading.len() { (kept.0, kept.1 + 1) } else { (reading.len(), 1) };
            kept.1 <= MOST
        });
        readings = next;
    }
    readings.retain(|(_, reading)| !reading.is_empty() && count.is_none_or(|count| reading.len() == count));
    readings.sort_by_key(|(cost, _)| *cost);
    readings.dedup();
    readings.into_iter().take(MOST).map(|(_, reading)| reading).collect()
}

/// Digits that are said as one number, or as a repetition.
#[derive(Debug)]
pub(super) struct Group {
    /// The readings of the group, the likeliest first.
    pub(super) digits: Vec<String>,
    /// The word after it.
    pub(super) end: usize,
}

/// The groups from a word on.
pub(super) fn groups(words: &Words, at: usize, language: Language) -> Vec<Group> {
    /// Longer than all numbers that are said as digits. Later digits are a run of their own.
    const MOST: usize = 40;
    let mut groups: Vec<Group> = Vec::new();
    let mut at = at;
    while groups.len() < MOST {
        let group = group(words, at, language, groups.is_empty()).or_else(|| {
            // "Plus nine six six", "five five dash one".
            let is_between = matches!(
                words.key(at),
                "plus"
                    | "dash"
                    | "hyphen"
                    | "space"
                    | "زايد"
                    | "زائد"
                    | "بلس"
                    | "شرطه"
                    | "مسافه"
                    | "فراغ"
                    | "داش"
            );
            group(words, at + 1, language, groups.is_empty()).filter(|_| is_between)
        });
        let Some(group) = group else { break };
        at = group.end;
        groups.push(group);
    }
    groups
}

fn group(words: &Words, at: usize, language: Language, is_first: bool) -> Option<Group> {
    let grammar = Grammar::new(words, at, language);
    let mut start = grammar.start();
    // "Five and six".
    if !is_first && start == 0 && grammar.get(0) == Some(And) {
        start = 1;
    }
    let (digits, end) = repeated(&grammar, start)
        .or_else(|| {
            let digit = zero(grammar.get(start)?)?;
            Some((vec![digit.to_owned()], start + 1))
        })
        .or_else(|| {
            let figures = grammar.digits(start)?;
            (!figures.contains('.')).then_some((vec![figures], start + 1))
        })
        .or_else(|| {
            let (value, end) = spoken(&grammar, start)?;
            Some((splits(&grammar, start, value), end))
        })?;
    Some(Group { digits, end: grammar.word_after(end)? })
}

fn zero(numeral: Numeral) -> Option<&'static str> {
    matches!(numeral, Zero | Oh).then_some("0")
}

/// A number that is said as digits. In English hundreds need their word, since "one twenty" has three digits in any
/// case.
fn spoken(grammar: &Grammar, at: usize) -> Option<(u64, usize)> {
    // 2026 as one number, 966 in the formal order.
    if let Some((value @ 1_000..10_000, _, end)) = grammar.integer(at) {
        return Some((value, end));
    }
    match grammar.language {
        Language::Arabic => grammar.reversed(at).or_else(|| grammar.below_thousand(at)),
        Language::English => {
            let next = grammar.below_hundred(at).map_or(at, |(_, end)| end);
            if matches!(grammar.get(next), Some(Hundreds(_))) {
                grammar.below_thousand(at)
            } else {
                grammar.below_hundred(at)
            }
        }
    }
}

/// The digits of a number, and those of its parts: 23 and 203.
fn splits(grammar: &Grammar, at: usize, value: u64) -> Vec<String> {
    let mut readings = vec![value.to_string()];
    let below_hundred = |value: u64| match (grammar.language, value) {
        // The unit comes first: خمسة وعشرين, خمسة عشر.
        (Language::Arabic, 21..) if !value.is_multiple_of(10) => {
            Some(format!("{}{}", value % 10, value / 10 * 10))
        }
        (Language::English, 21..) if !value.is_multiple_of(10) => {
            Some(format!("{}{}", value / 10 * 10, value % 10))
        }
        _ => None,
    };
    if value < 100 {
        let is_teen = (11..20).contains(&value) && matches!(grammar.get(at), Some(Unit(_)));
        readings.extend(if is_teen { Some(format!("{}10", value % 10)) } else { below_hundred(value) });
    } else if value < 1_000 && !value.is_multiple_of(100) {
        readings.push(format!("{}{}", value / 100 * 100, value % 100));
        readings.extend(below_hundred(value % 100).map(|rest| format!("{}{rest}", value / 100 * 100)));
    }
    readings
}

/// "Double five", ثلاث خمسات، صفرين.
fn repeated(grammar: &Grammar, at: usize) -> Option<(Vec<String>, usize)> {
    let repeat = |count: usize, digits: &str, end| Some((vec![digits.repeat(count)], end));
    match (grammar.get(at)?, grammar.get(at + 1)) {
        (Repeat(count), Some(next)) => match next {
            Zero | Oh => repeat(count.into(), "0", at + 2),
            Unit(digit) => repeat(count.into(), &digit.to_string(), at + 2),
            _ => None,
        },
        (Unit(count @ 2..=6), Some(Counted(digit))) => repeat(count.into(), &digit.to_string(), at + 2),
        (Twice(digit), _) => repeat(2, &digit.to_string(), at + 1),
        _ => None,
    }
}
