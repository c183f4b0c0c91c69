//! Text as it is gathered from between the tags.

use std::ops::Range;

/// Text whose runs of white space have become single spaces, none at its ends, and where it stands.
#[derive(Debug, Default)]
pub(super) struct Run {
    text: String,
    span: Range<usize>,
    space: bool,
}

impl Run {
    /// Adds a character that stands at `span`.
    pub(super) fn push(&mut self, c: char, span: Range<usize>) {
        if matches!(c, ' ' | '\t' | '\n' | '\r') {
            self.space = true;
            return;
        }
        if self.text.is_empty() {
            self.span.start = span.start;
        } else if self.space {
            self.text.push(' ');
        }
        self.space = false;
        self.text.push(c);
        self.span.end = span.end;
    }

    /// Adds text that starts at the byte `at`.
    pub(super) fn push_str(&mut self, text: &str, at: usize) {
        for (offset, c) in text.char_indices() {
            self.push(c, at + offset..at + offset + c.len_utf8());
        }
    }

    /// Takes what was gathered, and starts anew.
    pub(super) fn take(&mut self) -> (String, Range<usize>) {
        let run = std::mem::take(self);
        (run.text, run.span)
    }
}
