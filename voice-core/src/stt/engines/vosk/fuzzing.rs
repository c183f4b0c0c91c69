//! The entry point for the fuzz target of the model check.

use std::path::Path;

use super::layout;
use crate::error::Result;

/// Checks a model folder. Returns whether it takes a grammar, and its words.
pub fn check(folder: &Path) -> Result<(bool, Vec<Box<str>>)> {
    let layout = layout::check(folder)?;
    Ok((layout.takes_grammar, layout.vocabulary.words().map(Into::into).collect()))
}
