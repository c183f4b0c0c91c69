//! Reads SSML, the markup for speech, into a flat list of what a voice has to do.
//!
//! The useful part of [SSML 1.1](https://www.w3.org/TR/speech-synthesis11/) is understood: `speak`, `p`,
//! `s`, `break`, `prosody`, `say-as`, `phoneme`, `sub`, `lang` and `mark`. The rest is a warning, never
//! a failure: the text within unknown elements is spoken.
//!
//! What SSML does not need and attackers do is refused: DOCTYPE, entities other than XML's own five,
//! deep nesting and large documents. Nothing is ever fetched.
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

mod prosody;
mod reader;
mod run;

/// The largest document, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// The most items of a document: an item takes many times the memory of its markup.
pub const MAX_ITEMS: usize = 50_000;
/// The deepest nesting of elements.
pub const MAX_DEPTH: usize = 64;
/// The most attributes of an element.
pub const MAX_ATTRIBUTES: usize = 32;
/// The most warnings that are kept; later ones are dropped.
pub const MAX_WARNINGS: usize = 100;
/// The longest break, in milliseconds; longer ones are cut to it.
pub const MAX_BREAK_MS: u32 = 10_000;

/// A document as a voice needs it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// What to do, in order.
    pub items: Vec<Item>,
    /// What was ignored or changed, in order.
    pub warnings: Vec<Warning>,
}

/// One thing for the voice to do.
///
/// Texts have no white space around them, and single spaces within: in XML the layout means nothing.
/// Spans are bytes of the document.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// Text to be read like any other.
    Text {
        /// The text, its character references resolved.
        text: String,
        /// Where it stands; for a `sub`, where the text stands that it replaces.
        span: Range<usize>,
        /// How it is spoken.
        style: Style,
    },
    /// Text of which the author says what it is.
    SayAs {
        /// The text as written.
        text: String,
        /// What it is.
        how: SayAs,
        /// Where it stands.
        span: Range<usize>,
        /// How it is spoken.
        style: Style,
    },
    /// Sounds instead of text.
    Phonemes {
        /// The International Phonetic Alphabet.
        ipa: String,
        /// What it is written as, for voices that do not read IPA; may be empty.
        written: String,
        /// Where `written` stands.
        span: Range<usize>,
        /// How it is spoken.
        style: Style,
    },
    /// Silence; 0 asks for none where the voice would pause by itself.
    Break {
        /// Its length, at most [`MAX_BREAK_MS`].
        ms: u32,
    },
    /// A place that the listener wants to be told of when the voice gets there.
    Mark {
        /// Its name.
        name: String,
    },
    /// The end of a sentence or paragraph.
    Boundary(Boundary),
}

/// What the value of `interpret-as` stands for.
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

/// How a text is spoken. The default is the voice as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    /// How many times as fast, 0.2 to 5.
    pub rate: f32,
    /// How much higher, in semitones, -12 to 12.
    pub pitch: f32,
    /// How much louder, in decibels, -100 (silent) to 12.
    pub volume_db: f32,
    /// The language as a BCP 47 tag such as `ar` or `en-GB`; `None` for that of the voice.
    pub language: Option<String>,
}

impl Default for Style {
    fn default() -> Self {
        Self { rate: 1.0, pitch: 0.0, volume_db: 0.0, language: None }
    }
}

/// Something in the document that was ignored or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where, in bytes of the document.
    pub at: usize,
    /// What happened, in one sentence.
    pub message: String,
}

/// Reads a document whose root is `speak`.
///
/// Time and memory are linear in it. Fails with `text_too_large` over [`MAX_BYTES`] or [`MAX_ITEMS`], and
/// with `ssml_invalid` if it is not well-formed or uses what is refused; the message names the byte.
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
