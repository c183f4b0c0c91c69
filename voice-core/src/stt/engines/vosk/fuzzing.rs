//! A door for the fuzz target of the check that stands before libvosk.

use std::path::Path;

use super::layout;
use crate::error::Result;

/// Checks a model folder: whether it takes a grammar, and its words.
pub fn check(folder: &Path) -> Result<(bool, Vec<Box<str>>)> {
    let layout = layout::check(folder)?;
    Ok((layout.takes_grammar, layout.vocabulary.words().map(Into::into).collect()))
}
