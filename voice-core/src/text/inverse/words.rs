//! The words of an utterance.

use std::ops::{Index, Range};

use super::items::is_mark;
use crate::text::matching;

/// The words of an utterance, with the form in which they are compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words<'a> {
    text: &'a str,
    words: Vec<Word<'a>>,
}

/// A word of an utterance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// As it was heard or typed.
    pub text: &'a str,
    /// Without vowel signs, in lower case, with one form for the variants of a letter.
    pub key: String,
    /// Its place in the utterance, in bytes.
    pub span: Range<usize>,
}

impl<'a> Words<'a> {
    /// Splits `text` at white space. Words without letters and digits, and the unknown word of a grammar, are left out.
    pub fn new(text: &'a str) -> Self {
        let mut words = Vec::new();
        let mut at = 0;
        for word in text.split_whitespace() {
            let start = at + text[at..].find(word).unwrap_or_default();
            at = start + word.len();
            let key = matching::key(word);
            if !key.is_empty() && !matches!(word, "[unk]" | "<unk>") {
                words.push(Word { text: word, key, span: start..at });
            }
        }
        Self { text, words }
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The form of a word in which it is compared, or an empty text after the last word.
    pub fn key(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.key.as_str())
    }

    /// The words in order.
    pub fn iter(&self) -> impl Iterator<Item = &Word<'a>> {
        self.words.iter()
    }

    /// Whether a mark at which a reader pauses, or an unknown word, comes after this word.
    pub(super) fn pauses_after(&self, at: usize) -> bool {
        let Some(word) = self.words.get(at) else { return false };
        let next = self.words.get(at + 1).map_or(self.text.len(), |next| next.span.start);
        word.text.ends_with(|c| is_mark(c) || c == ')') || !self.text[word.span.end..next].trim().is_empty()
    }

    /// The text from the first to the last of these words.
    pub fn text(&self, words: Range<usize>) -> &'a str {
        match self.words.get(words) {
            Some([first, .., last]) => &self.text[first.span.start..last.span.end],
            Some([word]) => word.text,
            _ => "",
        }
    }
}

impl<'a> Index<usize> for Words<'a> {
    type Output = Word<'a>;

    fn index(&self, at: usize) -> &Word<'a> {
        &self.words[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_place_in_the_text() {
        let text = "  عِنْدِي، خمسة [unk] — Five!";
        let words = Words::new(text);
        let keys: Vec<_> = words.iter().map(|word| word.key.as_str()).collect();
        assert_eq!(keys, ["عندي", "خمسه", "five"]);
        assert!(words.iter().all(|word| text[word.span.clone()] == *word.text));
        assert_eq!(words.text(1..3), "خمسة [unk] — Five!");
        assert_eq!((words.key(7), words.text(1..1), words.text(2..9)), ("", "", ""));
    }
}
