//! A door for the fuzz target of what a text goes through before espeak-ng sees it.

use super::alphabet::Alphabet;
use super::text::Text;
use crate::error::Result;

/// The windows of `text`, for a voice of `language`, as they are handed over when a clause begins where each of them lets it.
pub fn windows(text: &str, language: &str) -> Result<Vec<Vec<u8>>> {
    let mut text = Text::new(text, Alphabet::of(language))?;
    let mut windows = Vec::new();
    while let Some(window) = text.window() {
        let taken = window.begin_before();
        windows.push(window.text.into_bytes());
        text.advance(taken);
    }
    Ok(windows)
}
