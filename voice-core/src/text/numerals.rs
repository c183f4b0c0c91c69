//! The words of numbers, in the form in which words are compared ([`matching::key`](super::matching::key)).
//!
//! Arabic numerals in all genders and cases, with the spellings of Saudi Arabia and its neighbours: the teens of the
//! Gulf in ـطعش and ـطاش, those of the Hijaz in ـاشر, ت for ث.

mod arabic;
mod english;

use super::Language;

/// A word of a number, or a part of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numeral {
    /// 0.
    Zero,
    /// "Oh", which is 0 among digits.
    Oh,
    /// 1 to 9.
    Unit(u8),
    /// 1 or 2 in a form that only compounds have: أحد، اثنا.
    Bound(u8),
    /// 10, which makes teens in Arabic.
    Ten,
    /// 11 to 19.
    Teen(u8),
    /// 20, 30, … 90.
    Tens(u8),
    /// 100, 200, … 900.
    Hundreds(u16),
    /// 100 in the form before a thousand: ميت ألف.
    BoundHundred,
    /// A thousand or more.
    Scale(u64, Times),
    /// 12.
    Dozen,
    /// "A" before "hundred", "half" and others.
    Article,
    /// "And", which Arabic joins to the next word.
    And,
    /// ب or ل, joined to the next word.
    Preposition,
    /// إلا before a share.
    Except,
    /// Before a negative number.
    Minus,
    /// The decimal mark.
    Point,
    /// A share: a half, two thirds, quarters.
    Share(u8, Form),
    /// Two or three times the next digit.
    Repeat(u8),
    /// A digit, counted: خمسات، أصفار.
    Counted(u8),
    /// A digit twice: خمستين، صفرين.
    Twice(u8),
    /// A number in digits.
    Figures,
}

/// How many times a scale is meant by the form of its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    /// Once, or as often as the number before it says.
    Any,
    /// Twice: ألفين.
    Two,
    /// Twice, or after a number as often as it says: ألفا.
    TwoOrAny,
}

/// The form of a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A half, or one half.
    One,
    /// An ordinal number if nothing shows that it is a share: "third".
    AlsoOrdinal,
    /// ثلثين.
    Two,
    /// Quarters.
    Many,
}

/// Whether a word is that of a number, or of a digit.
pub(crate) fn push(key: &str, language: Language, numerals: &mut Vec<Numeral>) -> bool {
    match language {
        Language::Arabic => arabic::push(key, numerals),
        Language::English => english::numeral(key).map(|numeral| numerals.push(numeral)).is_some(),
    }
}

/// The value of an ordinal number of one word.
pub(crate) fn ordinal(key: &str, language: Language) -> Option<u64> {
    match language {
        Language::Arabic => arabic::ordinal(key),
        Language::English => english::ordinal(key),
    }
}
