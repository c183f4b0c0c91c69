//! Collects the text between tags.

use std::ops::Range;

/// Text with collapsed white space, none at its ends, and its span.
#[derive(Debug, Default)]
pub(super) struct Run {
    text: String,
    span: Range<usize>,
    space: bool,
    /// Whether a tag came after the last character.
    tag: bool,
}

impl Run {
    /// Adds a character with its span.
    pub(super) fn push(&mut self, c: char, span: Range<usize>) {
        if matches!(c, ' ' | '\t' | '\n' | '\r') {
            self.space = true;
            return;
        }
        if self.text.is_empty() {
            self.span.start = span.start;
        } else if self.space || self.tag && c.is_alphanumeric() && self.text.ends_with(char::is_alphanumeric)
        {
            self.text.push(' ');
        }
        (self.space, self.tag) = (false, false);
        self.text.push(c);
        self.span.end = span.end;
    }

    /// Adds text that starts at byte `at`.
    pub(super) fn push_str(&mut self, text: &str, at: usize) {
        for (offset, c) in text.char_indices() {
            self.push(c, at + offset..at + offset + c.len_utf8());
        }
    }

    /// Notes a tag. Words do not span tags (SSML 1.1, 3.1.8.2).
    pub(super) fn tag(&mut self) {
        self.tag = true;
    }

    /// Takes the collected text and resets.
    pub(super) fn take(&mut self) -> (String, Range<usize>) {
        let run = std::mem::take(self);
        (run.text, run.span)
    }
}
