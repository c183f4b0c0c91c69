//! Prepares a clause for a voice: spells out numbers and signs, and applies the lexicon.

use std::sync::Arc;

use super::clause::{Label, Part, ScriptClause, words};
use super::voice::Speech;
use crate::text::lexicon::{self, Lexicon};
use crate::text::{Language, normalize_with_vowels, say_as_with_vowels};

/// The reader of a session.
pub(super) struct Reader {
    lexicon: Option<Arc<Lexicon>>,
}

/// A clause as it is spoken, before it is divided among voices.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) pieces: Vec<Piece>,
    pub(super) marks: Vec<Mark>,
}

/// A part of a clause as it is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text {
        text: String,
        /// Whether the user's lexicon gave it, so that no acronym in it is spelled.
        is_verbatim: bool,
    },
    Phonemes {
        ipa: String,
        written: String,
    },
}

/// A mark within a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) label: Label,
    /// The length of the pieces before it, by [`Piece::length`].
    pub(super) before: usize,
}

impl Piece {
    /// Its length in characters, for the proportion of a place in it.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Text { text, .. } => text.chars().count(),
            Self::Phonemes { ipa, .. } => ipa.chars().count(),
        }
    }
}

/// The characters of `pieces` before the word at the byte `at` of the written `text`, if each of its words is read as one
/// word.
fn start_of_word(text: &str, at: usize, pieces: &[Piece]) -> Option<usize> {
    let [Piece::Text { text: read, .. }] = pieces else { return None };
    let number = words(text).position(|word| word.start == at)?;
    let is_same = words(text).count() == words(read).count();
    let start = words(read).nth(number).filter(|_| is_same)?.start;
    Some(read[..start].chars().count())
}

impl Reader {
    pub(super) fn new(lexicon: Option<Arc<Lexicon>>) -> Self {
        Self { lexicon }
    }

    /// The words of `clause` in `language`. Without a language the voice reads numbers itself.
    pub(super) fn read(&self, clause: &ScriptClause, language: Option<Language>) -> Read {
        let mut read = Read::default();
        let mut before = 0;
        for (at, part) in clause.parts.iter().enumerate() {
            let first = read.pieces.len();
            self.read_part(part, language, &mut read.pieces);
            let length: usize = read.pieces[first..].iter().map(Piece::length).sum();
            for mark in clause.marks.iter().filter(|mark| mark.part == at) {
                // What is read before the mark, in proportion to the whole.
                let part = match part {
                    Part::Text(text) | Part::SayAs(text, _)
                        if let Some(start) = start_of_word(text, mark.at, &read.pieces[first..]) =>
                    {
                        start
                    }
                    Part::Text(text) if mark.at < text.len() => {
                        let mut pieces = Vec::new();
                        self.read_text(&text[..mark.at], language, &mut pieces);
                        pieces.iter().map(Piece::length).sum::<usize>().min(length)
                    }
                    part if matches!(mark.label, Label::Word(..)) => {
                        length * mark.at / part.written().len().max(1)
                    }
                    _ => length,
                };
                read.marks.push(Mark { label: mark.label.clone(), before: before + part });
            }
            before += length;
        }
        read
    }

    fn read_part(&self, part: &Part, language: Option<Language>, pieces: &mut Vec<Piece>) {
        match part {
            Part::Text(text) => self.read_text(text, language, pieces),
            Part::SayAs(text, how) => {
                let read = language.and_then(|language| say_as_with_vowels(text, *how, language));
                match read {
                    Some(text) => {
                        // The words before it may say already that a time follows.
                        let hour =
                            matches!(pieces.last(), Some(Piece::Text { text, .. }) if ends_in_hour(text));
                        let text = match text.split_once(' ') {
                            Some((first, rest)) if hour && ends_in_hour(first) => rest.to_owned(),
                            _ => text,
                        };
                        pieces.push(Piece::Text { text, is_verbatim: false });
                    }
                    // The text does not match its declared kind.
                    None => self.read_text(text, language, pieces),
                }
            }
            Part::Phonemes { ipa, written } => {
                pieces.push(Piece::Phonemes { ipa: ipa.clone(), written: written.clone() });
            }
        }
    }

    fn read_text(&self, text: &str, language: Option<Language>, pieces: &mut Vec<Piece>) {
        let spell = |text: &str| match language {
            Some(language) => normalize_with_vowels(text, language),
            None => text.to_owned(),
        };
        let Some(lexicon) = &self.lexicon else {
            return pieces.push(Piece::Text { text: spell(text), is_verbatim: false });
        };
        pieces.extend(lexicon.apply(text).into_iter().map(|piece| match piece {
            lexicon::Piece::Text(text) => Piece::Text { text: spell(text), is_verbatim: false },
            lexicon::Piece::Spoken(spoken) => Piece::Text { text: spoken.to_owned(), is_verbatim: true },
            lexicon::Piece::Phonemes(ipa) => Piece::Phonemes { ipa: ipa.to_owned(), written: String::new() },
        }));
    }
}

/// Whether the last word is الساعة, with or without vowel signs.
fn ends_in_hour(text: &str) -> bool {
    let last = text.split_whitespace().next_back().unwrap_or_default();
    last.chars().filter(|c| !matches!(c, '\u{64b}'..='\u{652}')).eq("الساعة".chars())
}

/// The speech, in as few parts as possible, separated by spaces.
#[derive(Debug, Default)]
pub(super) struct Said(Vec<Speech>);

impl Said {
    /// Adds a piece. One that `continues` the last has its white space; others are separated by a space.
    pub(super) fn piece(&mut self, piece: Piece, continues: bool) {
        match piece {
            Piece::Text { text, .. } => self.text(&text, continues),
            Piece::Phonemes { ipa, written } => self.0.push(Speech::Phonemes { ipa, written }),
        }
    }

    pub(super) fn speech(self) -> Vec<Speech> {
        let trimmed = self.0.into_iter().map(|speech| match speech {
            Speech::Text(text) => Speech::Text(text.trim().to_owned()),
            phonemes @ Speech::Phonemes { .. } => phonemes,
        });
        trimmed.filter(|speech| *speech != Speech::Text(String::new())).collect()
    }

    fn text(&mut self, text: &str, continues: bool) {
        let Some(Speech::Text(last)) = self.0.last_mut() else {
            return self.0.push(Speech::Text(text.to_owned()));
        };
        if continues {
            return last.push_str(text);
        }
        let text = text.trim_start();
        if text.is_empty() {
            return;
        }
        last.truncate(last.trim_end().len());
        // A punctuation mark joins the word before it.
        let joins = text.starts_with(|first: char| ",.;:!?،؛؟…)]}»".contains(first));
        if !joins && !last.is_empty() {
            last.push(' ');
        }
        last.push_str(text);
    }
}

#[cfg(test)]
mod tests;
