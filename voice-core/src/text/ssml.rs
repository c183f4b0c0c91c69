//! Parses SSML, the markup for speech, into a flat list of items for a voice.
//!
//! The supported part of [SSML 1.1](https://www.w3.org/TR/speech-synthesis11/) is `speak`, `p`, `s`, `break`,
//! `prosody`, `say-as` with `format`, `phoneme`, `sub`, `lang`, the language of `voice`, `w`, `token` and `mark`. `desc`
//! and `metadata` are not spoken. Other elements give a warning, not an error; the text within unknown elements is
//! spoken. Tags separate words, except within `w` and `token`: `cup<b>board</b>` is two words (SSML 1.1, 3.1.8.2).
//!
//! XML features that SSML does not need and that attacks use are refused: DOCTYPE, entities other than XML's own
//! five, deep nesting and large documents. Nothing is fetched.
//!
//! ```
//! use voice_core::text::ssml::{self, Item};
//!
//! let document = ssml::parse("<speak>One<break time='2s'/>two</speak>")?;
//! assert!(matches!(document.items[1], Item::Break { ms: 2_000 }));
//! assert!(document.warnings.is_empty());
//! # Ok::<(), voice_core::Error>(())
//! ```

use std::ops::Range;

use super::SayAs;
use super::segment::Boundary;
use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;

mod prosody;
mod reader;
mod run;

/// The maximum size of a document, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// The maximum number of items in a document, since an item takes many times the memory of its markup.
pub const MAX_ITEMS: usize = 50_000;
/// The maximum nesting of elements.
pub const MAX_DEPTH: usize = 64;
/// The maximum number of attributes of an element.
pub const MAX_ATTRIBUTES: usize = 32;
/// The maximum number of warnings; later ones are dropped.
pub const MAX_WARNINGS: usize = 100;
/// The maximum break, in milliseconds; longer ones are shortened to it.
pub const MAX_BREAK_MS: u32 = 10_000;

/// A parsed document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// The items, in order.
    pub items: Vec<Item>,
    /// The warnings about ignored or changed parts, in order.
    pub warnings: Vec<Warning>,
}

/// An item for the voice.
///
/// Texts have no white space around them and single spaces within, since layout has no meaning in XML. Spans are byte
/// ranges of the document.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// Plain text.
    Text {
        /// The text with resolved character references.
        text: String,
        /// Its span; for a `sub`, the span of the replaced text.
        span: Range<usize>,
        /// Its style.
        style: Style,
    },
    /// Text with a declared kind.
    SayAs {
        /// The text as written.
        text: String,
        /// Its kind.
        how: SayAs,
        /// Its span.
        span: Range<usize>,
        /// Its style.
        style: Style,
    },
    /// Phonemes instead of text.
    Phonemes {
        /// The International Phonetic Alphabet.
        ipa: String,
        /// The written form, for voices that do not read IPA; may be empty.
        written: String,
        /// The span of `written`.
        span: Range<usize>,
        /// Its style.
        style: Style,
    },
    /// Silence; 0 removes the pause that the voice would make.
    Break {
        /// Its length, at most [`MAX_BREAK_MS`].
        ms: u32,
    },
    /// A mark that is reported when the audio reaches it.
    Mark {
        /// Its name.
        name: String,
    },
    /// The end of a sentence or paragraph.
    Boundary(Boundary),
}

/// The kind for a value of `interpret-as`.
fn say_as(name: &str) -> Option<SayAs> {
    Some(match name {
        "cardinal" | "number" => SayAs::Cardinal,
        "ordinal" => SayAs::Ordinal,
        "digits" => SayAs::Digits,
        "date" => SayAs::Date,
        "time" => SayAs::Time,
        "telephone" => SayAs::Telephone,
        "characters" | "spell-out" | "verbatim" => SayAs::Characters,
        _ => return None,
    })
}

/// The style of a text. The default is the voice's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    /// Speaking rate factor, 0.2 to 5.
    pub rate: f32,
    /// Pitch change in semitones, -12 to 12.
    pub pitch: f32,
    /// Volume change in decibels, -100 (silent) to 12.
    pub volume_db: f32,
    /// The language; `None` for the voice's own.
    pub language: Option<LanguageTag>,
}

impl Default for Style {
    fn default() -> Self {
        Self { rate: 1.0, pitch: 0.0, volume_db: 0.0, language: None }
    }
}

/// A part of the document that was ignored or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Its byte offset in the document.
    pub at: usize,
    /// A sentence that describes it.
    pub message: String,
}

/// Parses a document whose root is `speak`.
///
/// Time and memory are linear in its size. Errors: `text_too_large` above [`MAX_BYTES`] or [`MAX_ITEMS`];
/// `ssml_invalid` if it is not well-formed or uses refused features. The message names the byte offset.
pub fn parse(document: &str) -> Result<Document> {
    if document.len() > MAX_BYTES {
        let message = format!("the document has {} bytes; send at most {MAX_BYTES} at once", document.len());
        return Err(Error::new(ErrorKind::TextTooLarge, message));
    }
    reader::Reader::new(document).read()
}

fn invalid(at: usize, message: &str) -> Error {
    Error::new(ErrorKind::SsmlInvalid, format!("{message} (at byte {at} of the document)"))
}

#[cfg(test)]
mod tests;
