//! Spoken words to values: the inverse of normalization.
//!
//! A reader takes the words of an utterance and a position, and returns the value that is said there and the words that
//! say it. Words are compared without vowel signs, and spelling variants are equal; the words as they were heard stay
//! available by their place in the text.

mod digits;
mod grammar;
mod items;
mod number;
mod ordinal;
mod words;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub use digits::digits;
pub use number::number;
pub use ordinal::ordinal;
pub use words::{Word, Words};

/// A value and the words that say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The value.
    pub value: T,
    /// Its words, by their indices in [`Words`].
    pub words: Range<usize>,
}
