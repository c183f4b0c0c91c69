//! A clause of a script, before it is read.

use std::ops::Range;

use crate::text::SayAs;
use crate::text::segment::Boundary;
use crate::text::ssml;

/// A clause with its style.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScriptClause {
    pub(super) parts: Vec<Part>,
    /// Byte offsets in all pushed text.
    pub(super) span: Range<usize>,
    pub(super) style: ssml::Style,
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
