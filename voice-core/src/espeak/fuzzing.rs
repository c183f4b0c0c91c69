//! Entry point of the fuzz target for the text preparation before espeak-ng.

use super::alphabet::Alphabet;
use super::text::Text;
use crate::error::Result;

/// The windows of `text` for a voice of `language`, each advanced to the last place where a clause may begin.
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
