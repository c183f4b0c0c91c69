//! Digits that are said one by one or in groups: identity, telephone and other numbers.

use super::grammar::Grammar;
use super::items::items;
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
        let Some(group) = group(words, at, language, groups.is_empty()) else { break };
        at = group.end;
        groups.push(group);
    }
    groups
}

fn group(words: &Words, at: usize, language: Language, is_first: bool) -> Option<Group> {
    let items = items(words, at, language);
    let grammar = Grammar { items: &items, language };
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
            let figures = grammar.items.get(start)?.figures.clone()?;
            (!figures.contains('.')).then_some((vec![figures], start + 1))
        })
        .or_else(|| {
            let (value, end) = spoken(&grammar, start)?;
            Some((vec![value.to_string()], end))
        })?;
    Some(Group { digits, end: grammar.word_after(end)? })
}

fn zero(numeral: Numeral) -> Option<&'static str> {
    matches!(numeral, Zero | Oh).then_some("0")
}

/// A number that is said as digits. In English hundreds need their word, since "one twenty" has three digits in any
/// case.
fn spoken(grammar: &Grammar, at: usize) -> Option<(u64, usize)> {
    match grammar.language {
        Language::Arabic => grammar.below_thousand(at),
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
