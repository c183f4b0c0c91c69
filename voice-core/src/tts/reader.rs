//! Prepares a clause for a voice: spells out numbers and signs, and applies the lexicon.

use std::sync::Arc;

use super::clause::{Part, ScriptClause};
use super::voice::Speech;
use crate::language::LanguageTag;
use crate::text::lexicon::{Lexicon, Piece};
use crate::text::{Language, normalize_with_vowels, say_as};

/// The reader of a session.
pub(super) struct Reader {
    /// The language of the voice; `None` if the voice reads numbers itself.
    language: Option<Language>,
    lexicon: Option<Arc<Lexicon>>,
}

impl Reader {
    pub(super) fn new(language: &LanguageTag, lexicon: Option<Arc<Lexicon>>) -> Self {
        Self { language: Language::from_tag(language), lexicon }
    }

    /// The speech of `clause`.
    pub(super) fn read(&self, clause: &ScriptClause) -> Vec<Speech> {
        let language = match &clause.style.language {
            Some(tag) => Language::from_tag(tag),
            None => self.language,
        };
        let mut said = Said::default();
        for part in &clause.parts {
            match part {
                Part::Text(text) => self.read_text(text, language, &mut said),
                Part::SayAs(text, how) => {
                    let read = language.and_then(|language| say_as(text, *how, language));
                    match read {
                        Some(read) => said.text(&read),
                        // The text does not match its declared kind.
                        None => self.read_text(text, language, &mut said),
                    }
                }
                Part::Phonemes { ipa, written } => said.phonemes(ipa, written),
            }
        }
        said.0
    }

    fn read_text(&self, text: &str, language: Option<Language>, said: &mut Said) {
        let spell = |text: &str| match language {
            Some(language) => normalize_with_vowels(text, language),
            None => text.to_owned(),
        };
        let Some(lexicon) = &self.lexicon else { return said.text(&spell(text)) };
        for piece in lexicon.apply(text) {
            match piece {
                Piece::Text(text) => said.text(&spell(text)),
                Piece::Spoken(spoken) => said.text(spoken),
                Piece::Phonemes(ipa) => said.phonemes(ipa, ""),
            }
        }
    }
}

/// The speech, in as few parts as possible, separated by spaces.
#[derive(Default)]
struct Said(Vec<Speech>);

impl Said {
    fn text(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        // A punctuation mark joins the word before it.
        let joins = text.starts_with(|first: char| ",.;:!?،؛؟…)]}»".contains(first));
        match self.0.last_mut() {
            Some(Speech::Text(last)) => {
                if !joins {
                    last.push(' ');
                }
                last.push_str(text);
            }
            _ => self.0.push(Speech::Text(text.to_owned())),
        }
    }

    fn phonemes(&mut self, ipa: &str, written: &str) {
        self.0.push(Speech::Phonemes { ipa: ipa.to_owned(), written: written.to_owned() });
    }
}

#[cfg(test)]
mod tests;
