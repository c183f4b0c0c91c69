//! Numbers: integers, decimals, shares, with a sign.

use rust_decimal::Decimal;

use super::grammar::Grammar;
use super::{Found, Words};
use crate::text::Language;

/// The number that begins with the word `at`: in words or in digits of any script, with decimals (فاصلة, "point"), shares
/// (ونص، إلا ربع, "and a half") and a sign (ناقص, "minus").
///
/// "And" or a preposition that is joined to the first word is left out of the value: وخمسة is 5. A share without a
/// finite number of decimals, such as a third, has six.
///
/// ```
/// use voice_core::text::{Language, inverse};
///
/// let words = inverse::Words::new("حرارتي سبعة وثلاثين ونص");
/// let found = inverse::number(&words, 1, Language::Arabic).unwrap();
/// assert_eq!(found.value.to_string(), "37.5");
/// assert_eq!(found.words, 1..4);
/// ```
pub fn number(words: &Words, at: usize, language: Language) -> Option<Found<Decimal>> {
    let grammar = Grammar::new(words, at, language);
    let (mut value, end) = grammar.signed(grammar.start())?;
    let mut end = grammar.word_after(end)?;
    let below_zero = match language {
        Language::Arabic => ["تحت", "الصفر"],
        Language::English => ["below", "zero"],
    };
    if below_zero == [words.key(end), words.key(end + 1)] && value.is_sign_positive() {
        value = -value;
        end += 2;
    }
    Some(Found { value, words: at..end })
}
