//! Years.

use rust_decimal::prelude::ToPrimitive as _;

use super::grammar::Grammar;
use super::{Found, Words, number};
use crate::text::Language;
use crate::text::numerals::Numeral;

/// The year of four digits that begins with the word `at`, 1000 to 2999: "nineteen eighty-five", "twenty oh five", "two
/// thousand and six", ألف وتسعمية وخمسة وثمانين, 1447.
pub fn year(words: &Words, at: usize, language: Language) -> Option<Found<u16>> {
    let pairs = pairs(words, at, language);
    let found = number(words, at, language).and_then(|found| {
        let value = found.value.fract().is_zero().then(|| found.value.to_u16())??;
        (1_000..3_000).contains(&value).then_some(Found { value, words: found.words })
    });
    match (pairs, found) {
        (Some(pairs), Some(found)) if found.words.end >= pairs.words.end => Some(found),
        (Some(pairs), _) => Some(pairs),
        (None, found) => found,
    }
}

/// Two numbers of two digits: nineteen, eighty-five.
fn pairs(words: &Words, at: usize, language: Language) -> Option<Found<u16>> {
    let grammar = Grammar::new(words, at, language);
    let start = grammar.start();
    let (century, after) = match grammar.get(start)? {
        // Not "twenty-five": the years begin with 20 at most.
        Numeral::Tens(20) => (20, start + 1),
        Numeral::Ten | Numeral::Teen(_) | Numeral::Unit(_) => {
            grammar.below_hundred(start).filter(|(century, _)| (10..20).contains(century))?
        }
        _ => return None,
    };
    let (rest, end) = match grammar.get(after)? {
        Numeral::Oh | Numeral::Zero => match grammar.get(after + 1)? {
            Numeral::Unit(unit) => (u64::from(unit), after + 2),
            _ => return None,
        },
        Numeral::Hundreds(100) if language == Language::English => match grammar.get(after + 1) {
            // "Nineteen hundred and five".
            Some(Numeral::And) => grammar.below_hundred(after + 2)?,
            _ => grammar.below_hundred(after + 1).unwrap_or((0, after + 1)),
        },
        _ => grammar.below_hundred(after).filter(|(value, _)| *value > 9)?,
    };
    let value = u16::try_from(century * 100 + rest).ok()?;
    Some(Found { value, words: at..grammar.word_after(end)? })
}
