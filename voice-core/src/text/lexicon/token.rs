//! Splits a text into words and signs, with case and vowel signs folded.

use std::borrow::Cow;
use std::ops::Range;

/// A word, or a single sign that is not part of one.
#[derive(Debug)]
pub(super) struct Token<'a> {
    /// In lower case, without ignored characters.
    pub(super) folded: Cow<'a, str>,
    /// Its byte range.
    pub(super) span: Range<usize>,
    /// Whether white space comes before it.
    spaced: bool,
}

impl Token<'_> {
    /// Appends it to the folded spelling of a phrase.
    pub(super) fn append_to(&self, phrase: &mut String) {
        if self.spaced && !phrase.is_empty() {
            phrase.push(' ');
        }
        phrase.push_str(&self.folded);
    }
}

/// The words and signs of a text, without white space.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let mut spaced = false;
        loop {
            let rest = &text[at..];
            let start = rest.find(|c: char| !c.is_whitespace())?;
            let word = &rest[start..];
            let first = word.chars().next().map_or(0, char::len_utf8);
            // A combining mark after a sign belongs to the sign.
            let length = match word.find(|c| !is_part_of_word(c)) {
                Some(0) => first + word[first..].find(|c| !is_ignored(c)).unwrap_or(word.len() - first),
                Some(length) => length,
                None => word.len(),
            };
            let span = at + start..at + start + length;
            at = span.end;
            let folded = fold(&text[span.clone()]);
            spaced |= start > 0;
            if !folded.is_empty() {
                return Some(Token { folded, span, spaced });
            }
        }
    })
}

fn is_part_of_word(c: char) -> bool {
    // In Unicode, combining marks of Latin are not alphabetic, combining marks of Arabic are.
    c.is_alphanumeric() || matches!(c, '_' | '\u{300}'..='\u{36f}') || is_ignored(c)
}

/// Arabic vowel signs and Quranic marks, tatweel, and layout controls. The combining hamza and madda count as
/// letters.
fn is_ignored(c: char) -> bool {
    matches!(c,
        '\u{610}'..='\u{61a}' | '\u{61c}' | '\u{640}' | '\u{64b}'..='\u{652}' | '\u{656}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{8d3}'..='\u{8ff}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn fold(word: &str) -> Cow<'_, str> {
    if word.chars().any(|c| c.is_uppercase() || is_ignored(c)) {
        word.chars().filter(|&c| !is_ignored(c)).flat_map(char::to_lowercase).collect()
    } else {
        word.into()
    }
}
