//! A door for the fuzz target of what a text goes through before espeak-ng sees it.

use super::text::Text;
use crate::error::Result;

/// The windows of `text` as they are handed over when a clause begins where each of them lets it.
pub fn windows(text: &str) -> Result<Vec<Vec<u8>>> {
    let mut text = Text::new(text)?;
    let mut windows = Vec::new();
    while let Some(window) = text.window() {
        let taken = window.begin_before();
        windows.push(window.text.into_bytes());
        text.advance(taken);
    }
    Ok(windows)
}
