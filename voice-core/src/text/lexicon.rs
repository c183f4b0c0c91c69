//! The user's pronunciations of names, brands and loanwords.
//!
//! ```
//! use voice_core::text::lexicon::{Lexicon, Piece};
//!
//! let lexicon = Lexicon::parse("SQL\tsequel\nالرياض\t/arːijaːdˤ/\n")?;
//! let pieces = lexicon.apply("Learn sql.");
//! assert_eq!(pieces, [Piece::Text("Learn "), Piece::Spoken("sequel"), Piece::Text(".")]);
//! # Ok::<(), voice_core::Error>(())
//! ```

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

mod token;

use token::{Token, tokens};

/// The pronunciations of a user's words and phrases.
///
/// An entry matches whole words only, in upper or lower case, with or without Arabic vowel signs and tatweel, and
/// with any white space between its words. The longest matching entry is used. Spelling is otherwise exact: `أحمد`
/// and `احمد` are different entries, and so are `é` as one character and as two. An Arabic word with a prefix, as in
/// `والرياض`, is a different word.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    entries: HashMap<String, Pronunciation>,
    /// For the first word of entries, the set of their lengths in tokens: bit `n` stands for length `n`.
    lengths: HashMap<String, u32>,
}

/// How an entry is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pronunciation {
    /// Replacement text, which is normalized as usual.
    Spoken(String),
    /// The International Phonetic Alphabet, without slashes.
    Phonemes(String),
}

/// A part of a text to which a lexicon was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Unchanged text.
    Text(&'a str),
    /// The replacement text of an entry.
    Spoken(&'a str),
    /// The phonemes of an entry, in the International Phonetic Alphabet.
    Phonemes(&'a str),
}

impl Lexicon {
    /// The maximum number of entries.
    pub const MAX_ENTRIES: usize = 50_000;
    /// The maximum length of a word or phrase, in bytes.
    pub const MAX_WORD_BYTES: usize = 200;
    /// The maximum length of a word or phrase, in words and signs: `C++` has three.
    pub const MAX_TOKENS: usize = 16;
    /// The maximum length of a pronunciation, in bytes.
    pub const MAX_SPOKEN_BYTES: usize = 1_000;
    /// The maximum size of a text for [`parse`](Self::parse), in bytes.
    pub const MAX_BYTES: usize = 16 << 20;

    /// A lexicon without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses one entry per line: the word, a tab, and its pronunciation, as other words or as `/IPA/`. Empty lines
    /// and lines that start with `#` are skipped.
    ///
    /// Errors: `lexicon_invalid` with the number of the first line that is malformed, exceeds a limit, has invalid
    /// phonemes or repeats a word; `text_too_large` above [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > Self::MAX_BYTES {
            let message = format!("the lexicon has {} bytes; shorten it to {}", text.len(), Self::MAX_BYTES);
            return Err(Error::new(ErrorKind::TextTooLarge, message));
        }
        let mut lexicon = Self::new();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let entries = lexicon.len();
            let read = entry(line).and_then(|(word, pronunciation)| lexicon.add(word, pronunciation));
            let read = read.and_then(|()| {
                if lexicon.len() == entries {
                    Err("the word already has an entry; keep one".into())
                } else {
                    Ok(())
                }
            });
            read.map_err(|message| invalid(&format!("line {}: {message}", index + 1)))?;
        }
        Ok(lexicon)
    }

    /// Adds an entry, or replaces the entry of the same word.
    ///
    /// Errors: `lexicon_invalid` if the word or its pronunciation is empty, contains control characters or exceeds a
    /// limit.
    pub fn insert(&mut self, word: &str, pronunciation: Pronunciation) -> Result<()> {
        self.add(word, pronunciation).map_err(|message| invalid(&message))
    }

    /// Reads and [parses](Self::parse) the file at `path`; errors name it. `io` if it cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        let unreadable = |error| {
            let message = format!("the lexicon {} cannot be read; check its path", path.display());
            Error::new(ErrorKind::Io, message).with_source(error)
        };
        let mut text = String::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(Self::MAX_BYTES as u64 + 1).read_to_string(&mut text).map_err(unreadable)?;
        Self::parse(&text)
            .map_err(|error| Error::new(error.kind(), format!("the lexicon {}: {error}", path.display())))
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Splits the text into replaced entries and the unchanged text between them.
    ///
    /// The time is linear in the text and does not depend on the number of entries.
    pub fn apply<'a>(&'a self, text: &'a str) -> Vec<Piece<'a>> {
        let tokens: Vec<_> = if self.is_empty() { Vec::new() } else { tokens(text).collect() };
        let mut pieces = Vec::new();
        let mut done = 0;
        let mut next = 0;
        while let Some(token) = tokens.get(next) {
            let Some((pronunciation, length)) = self.longest(&tokens[next..]) else {
                next += 1;
                continue;
            };
            if done < token.span.start {
                pieces.push(Piece::Text(&text[done..token.span.start]));
            }
            pieces.push(match pronunciation {
                Pronunciation::Spoken(words) => Piece::Spoken(words),
                Pronunciation::Phonemes(ipa) => Piece::Phonemes(ipa),
            });
            next += length;
            done = tokens[next - 1].span.end;
        }
        if done < text.len() {
            pieces.push(Piece::Text(&text[done..]));
        }
        pieces
    }

    /// The longest entry at the start of `tokens`, and its length in tokens.
    fn longest(&self, tokens: &[Token]) -> Option<(&Pronunciation, usize)> {
        let lengths = *self.lengths.get(&*tokens.first()?.folded)?;
        let mut key = String::new();
        let mut found = None;
        for (index, token) in tokens.iter().take(Self::MAX_TOKENS).enumerate() {
            token.append_to(&mut key);
            if key.len() > 2 * Self::MAX_WORD_BYTES {
                break;
            }
            if lengths & (1 << (index + 1)) != 0
                && let Some(pronunciation) = self.entries.get(&key)
            {
                found = Some((pronunciation, index + 1));
            }
        }
        found
    }

    fn add(&mut self, word: &str, pronunciation: Pronunciation) -> Result<(), String> {
        check("the word", word, Self::MAX_WORD_BYTES)?;
        let (Pronunciation::Spoken(text) | Pronunciation::Phonemes(text)) = &pronunciation;
        check("its pronunciation", text, Self::MAX_SPOKEN_BYTES)?;
        let tokens: Vec<_> = tokens(word).collect();
        let Some(first) = tokens.first() else { return Err("the word holds nothing to read".into()) };
        if tokens.len() > Self::MAX_TOKENS {
            let message = format!(
                "the phrase has {} words and signs; shorten it to {}",
                tokens.len(),
                Self::MAX_TOKENS
            );
            return Err(message);
        }
        let mut key = String::new();
        for token in &tokens {
            token.append_to(&mut key);
        }
        if self.len() == Self::MAX_ENTRIES && !self.entries.contains_key(&key) {
            return Err(format!("there are over {} entries; remove some", Self::MAX_ENTRIES));
        }
        *self.lengths.entry(first.folded.clone().into_owned()).or_default() |= 1 << tokens.len();
        self.entries.insert(key, pronunciation);
        Ok(())
    }
}

/// The word and the pronunciation of a line.
fn entry(line: &str) -> Result<(&str, Pronunciation), String> {
    let Some((word, spoken)) = line.split_once('\t') else {
        return Err("there is no tab; write the word, a tab and what to say".into());
    };
    let spoken = spoken.trim();
    let pronunciation = match spoken.strip_prefix('/') {
        None => Pronunciation::Spoken(spoken.into()),
        Some(ipa) => match ipa.strip_suffix('/') {
            Some(ipa) if !ipa.contains('/') => {
                check_ipa(ipa)?;
                Pronunciation::Phonemes(ipa.trim().into())
            }
            _ => return Err("the phonemes are not between two slashes; write /ipa/".into()),
        },
    };
    Ok((word.trim(), pronunciation))
}

/// Fails if `ipa` is not in the International Phonetic Alphabet: it has another sign, or no letter.
fn check_ipa(ipa: &str) -> Result<(), String> {
    // The chart of 2020: Latin, Greek, the blocks of phonetic letters, modifiers and diacritics, clicks, and
    // separators. Digits are tones in espeak-ng's voices.
    let is_letter = |c: char| {
        matches!(c, 'a'..='z' | 'æ' | 'ç' | 'ð' | 'ø' | 'ħ' | 'ŋ' | 'œ' | 'β' | 'θ' | 'χ' | 'ǀ'..='ǃ'
            | '\u{250}'..='\u{2af}' | '\u{1d00}'..='\u{1dbf}' | 'ⱱ' | 'ꭓ')
    };
    let is_mark = |c: char| {
        matches!(c, '\u{2b0}'..='\u{36f}' | '\u{1dc0}'..='\u{1dff}' | 'ⁿ' | '‿' | '‖' | '|' | '↗' | '↘' | '\u{a71b}' | '\u{a71c}'
            | '0'..='9' | '.' | '-' | '\'' | ',' | '!' | '?' | ':' | ';' | '(' | ')' | ' ')
    };
    if let Some(other) = ipa.chars().find(|c| !is_letter(*c) && !is_mark(*c)) {
        return Err(format!(
            "`{}` is no sign of the International Phonetic Alphabet; write phonemes between the slashes, or words \
             without slashes",
            other.escape_debug()
        ));
    }
    if ipa.trim().is_empty() || ipa.contains(is_letter) {
        Ok(())
    } else {
        Err("there are no phonemes between the slashes".into())
    }
}

fn check(what: &str, text: &str, most: usize) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err(format!("{what} is empty"));
    }
    if text.len() > most {
        return Err(format!("{what} has {} bytes; shorten it to {most}", text.len()));
    }
    if text.contains(char::is_control) {
        return Err(format!("{what} holds a control character; remove it"));
    }
    Ok(())
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::LexiconInvalid, message)
}

#[cfg(test)]
mod tests;
