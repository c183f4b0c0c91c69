//! Grammars: lists of phrases to recognize in place of the whole vocabulary.

use std::collections::HashSet;
use std::fmt;

use super::spelling::is_invisible;
use crate::error::{Error, ErrorKind, Result};
use crate::text::matching::UNKNOWN;

/// A checked list of phrases to recognize.
///
/// Words are separated by single spaces and must be in the model's vocabulary. Their Unicode spelling may differ, such
/// as in Arabic vowels, decomposition or presentation forms. With the phrase `[unk]`, other speech is reported as
/// `[unk]` and not as the nearest phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grammar(Vec<String>);

impl Grammar {
    /// The phrase that stands for all other speech.
    pub const UNKNOWN: &str = UNKNOWN;

    /// The most phrases of a grammar.
    pub const MAX_PHRASES: usize = 10_000;
    /// The longest phrase, in bytes of UTF-8.
    pub const MAX_PHRASE_BYTES: usize = 1_000;

    /// The most words of all phrases together. Each is looked up in the model's vocabulary.
    pub const MAX_WORDS: usize = 20_000;

    /// Checks `phrases` and normalizes their white space. Empty phrases are dropped. Fails with
    /// [`ErrorKind::GrammarInvalid`].
    pub fn new<S: AsRef<str>>(phrases: impl IntoIterator<Item = S>) -> Result<Self> {
        let invalid = |message: String| Err(Error::new(ErrorKind::GrammarInvalid, message));
        let mut checked = Vec::new();
        let mut words = 0;
        for phrase in phrases {
            let phrase = phrase.as_ref();
            // These characters would end the string in the engine's notation for phrase lists.
            if phrase.chars().any(|c| matches!(c, '"' | '\\') || (c.is_control() && !c.is_whitespace())) {
                return invalid("a phrase has a quote, backslash or control character; remove it".into());
            }
            if phrase.len() > Self::MAX_PHRASE_BYTES {
                return invalid(format!("a phrase is over {} bytes; split it", Self::MAX_PHRASE_BYTES));
            }
            let phrase: Vec<_> = phrase.split_whitespace().collect();
            if phrase.is_empty() {
                continue;
            }
            words += phrase.len();
            if words > Self::MAX_WORDS {
                return invalid(format!(
                    "the phrases have more than {} words; shorten the list",
                    Self::MAX_WORDS
                ));
            }
            checked.push(phrase.join(" "));
            if checked.len() > Self::MAX_PHRASES {
                return invalid(format!("more than {} phrases; shorten the list", Self::MAX_PHRASES));
            }
        }
        if checked.is_empty() {
            return invalid(
                "the list of phrases is empty; give at least one, or leave the grammar out".into(),
            );
        }
        Ok(Self(checked))
    }

    /// The phrases, each a sequence of words separated by single spaces.
    pub fn phrases(&self) -> &[String] {
        &self.0
    }

    /// The words of all phrases, in order, with repetitions.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|phrase| phrase.split(' '))
    }

    /// The phrases in the spelling of a model's vocabulary, and the words that are not in it. These are left out, as in
    /// libvosk. `spelling` is that of the [`Model`](crate::stt::Model).
    ///
    /// `None` if no phrase is left, or only `[unk]`.
    pub fn spelled_by(&self, spelling: impl Fn(&str) -> Option<String>) -> (Option<Self>, LeftOut) {
        let mut left_out = LeftOut::default();
        let mut phrases = Vec::new();
        for phrase in &self.0 {
            let mut words = Vec::new();
            for word in phrase.split(' ') {
                match spelling(word) {
                    Some(spelled) => words.push(spelled),
                    None => left_out.add(word),
                }
            }
            if !words.is_empty() {
                phrases.push(words.join(" "));
            }
        }
        let is_empty = phrases.iter().all(|phrase| phrase == Self::UNKNOWN && !left_out.is_empty());
        ((!is_empty).then_some(Self(phrases)), left_out)
    }
}

/// Words that were left out of a [`Grammar`]. [`Display`](fmt::Display) names the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeftOut {
    words: Vec<String>,
    seen: HashSet<String>,
}

impl LeftOut {
    /// The most words that are named.
    const NAMED: usize = 10;
    /// The most characters of each.
    const LONGEST: usize = 40;

    /// Adds `word`, unless it is present already.
    pub fn add(&mut self, word: &str) {
        if self.seen.insert(word.to_owned()) {
            self.words.push(word.to_owned());
        }
    }

    /// Whether nothing was left out.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words, in the order of the list.
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, word) in self.words.iter().take(Self::NAMED).enumerate() {
            f.write_str(if number == 0 { "" } else { ", " })?;
            let mut seen = word.chars().filter(|c| !is_invisible(*c));
            seen.by_ref().take(Self::LONGEST).try_for_each(|c| write!(f, "{c}"))?;
            f.write_str(if seen.next().is_some() { "…" } else { "" })?;
        }
        match self.words.len().saturating_sub(Self::NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar_normalizes_white_space_and_drops_empty_phrases() {
        let grammar = Grammar::new([" نعم\t  لا ", "", "[unk]"]).unwrap();
        assert_eq!(grammar.phrases(), ["نعم لا", "[unk]"]);
        assert_eq!(grammar.words().collect::<Vec<_>>(), ["نعم", "لا", "[unk]"]);
    }

    #[test]
    fn grammar_refuses_invalid_characters_and_sizes() {
        for bad in ["a\"b", "a\\b", "a\0b", "\u{7}"] {
            assert_eq!(Grammar::new([bad]).unwrap_err().kind(), ErrorKind::GrammarInvalid, "{bad:?}");
        }
        assert!(Grammar::new(["", " "]).is_err());
        assert!(Grammar::new(["x".repeat(1_001)]).is_err());
        assert!(Grammar::new((0..10_001).map(|i| i.to_string())).is_err());
    }

    #[test]
    fn display_of_left_out_words_is_bounded() {
        let mut left_out = LeftOut::default();
        for word in ["a\u{202e}b", "c", "c"] {
            left_out.add(word);
        }
        assert_eq!(left_out.to_string(), "ab, c");
        left_out.add(&"d".repeat(1_000));
        (0..20).for_each(|n| left_out.add(&n.to_string()));
        assert_eq!(
            left_out.to_string(),
            format!("ab, c, {}…, 0, 1, 2, 3, 4, 5, 6 and 13 more", "d".repeat(40))
        );
    }
}
