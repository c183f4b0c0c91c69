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

/// A mark within a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClauseMark {
    pub(super) name: String,
    /// The number of its part.
    pub(super) part: usize,
    /// Its byte offset in the text of the part; the end for parts of other kinds.
    pub(super) at: usize,
}
