//! A clause of a script, before it is read.

use std::ops::Range;

use unicode_script::Script;

use crate::text::SayAs;
use crate::text::segment::Boundary;
use crate::text::ssml;

/// A clause with its style.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScriptClause {
    pub(super) parts: Vec<Part>,
    /// The marks within it, in order. Those before and after it are steps of the script.
    pub(super) marks: Vec<ClauseMark>,
    /// Byte offsets in all pushed text.
    pub(super) span: Range<usize>,
    pub(super) style: ssml::Style,
    /// The script of its letters, or of the last letters before it; `None` before any letter.
    pub(super) script: Option<Script>,
    pub(super) end: Boundary,
    /// A pause before it that replaces the pause after the previous clause.
    pub(super) before: Option<Boundary>,
}

/// A part of a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    SayAs(String, SayAs),
    Phonemes { ipa: String, written: String },
}

/// What a place in a clause is told as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Label {
    /// A mark of a document.
    Mark(String),
    /// The start of a word, and its place in all pushed text.
    Word(String, Range<usize>),
}

impl Label {
    /// Its size in bytes.
    pub(super) fn size(&self) -> usize {
        let (Self::Mark(text) | Self::Word(text, _)) = self;
        text.len()
    }
}

impl ScriptClause {
    /// Adds a mark at each word. Words of a document whose place is not known have the place of the clause.
    pub(super) fn mark_words(&mut self) {
        let is_exact = matches!(&self.parts[..], [Part::Text(text)] if text.len() == self.span.len());
        let mut marks = std::mem::take(&mut self.marks).into_iter().peekable();
        for (part, content) in self.parts.iter().enumerate() {
            for word in words(content.written()) {
                let is_before = |mark: &ClauseMark| (mark.part, mark.at) <= (part, word.start);
                while let Some(mark) = marks.next_if(is_before) {
                    self.marks.push(mark);
                }
                let span = if is_exact {
                    self.span.start + word.start..self.span.start + word.end
                } else {
                    self.span.clone()
                };
                let label = Label::Word(content.written()[word.clone()].to_owned(), span);
                self.marks.push(ClauseMark { label, part, at: word.start });
            }
        }
        self.marks.extend(marks);
    }
}

/// The places of the words in `text`, with the punctuation at them.
pub(super) fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric));
    words.map(|word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        start..start + word.len()
    })
}

/// A mark within a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClauseMark {
    pub(super) label: Label,
    /// The number of its part.
    pub(super) part: usize,
    /// Its byte offset in the text of the part; the end for parts of other kinds.
    pub(super) at: usize,
}
