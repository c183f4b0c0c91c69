//! Where a clause that is too long is split: between two words if possible, before a number, and between a number and
//! its unit only if there is no other place.

use super::word;

/// The last places of each kind, as byte offsets.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Places {
    /// Between two words.
    words: Option<usize>,
    /// Before a number.
    number: Option<usize>,
    /// Within an expression, such as after a number.
    inside: Option<usize>,
    /// The last space, until the next character is known.
    open: Option<Open>,
    /// Whether the last word was part of a quantity that is not complete: 5 million.
    counting: bool,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    at: usize,
    /// Whether the word before belongs to the word after it.
    joined: bool,
    /// Whether the word before belongs to a number after it.
    leads: bool,
}

impl Places {
    /// Notes a space at `at`, with the word before it.
    pub(super) fn space(&mut self, at: usize, word: &str) {
        if word.is_empty() {
            // One of several spaces.
            return;
        }
        let numeric =
            word.trim_end_matches([')', '+', '-', '–', '/', '×', '÷', '=', '<', '>', '≤', '≥', '±', '~']);
        let counting = numeric.ends_with(char::is_numeric) || self.counting && word::scales(word);
        let operator = numeric.is_empty();
        self.counting = counting || operator && self.counting;
        self.open = Some(Open { at, joined: counting || operator, leads: word::leads_number(word) });
    }

    /// Ranks the last space by the character after it.
    pub(super) fn settle(&mut self, next: char) {
        let Some(open) = self.open.take() else { return };
        let operator =
            matches!(next, '+' | '-' | '–' | '−' | '/' | '×' | '÷' | '=' | '<' | '>' | '%' | '٪' | '°' | '(');
        let numeric = next.is_numeric();
        let place = if open.joined || (numeric && open.leads) || (operator && next != '(' && next != '-') {
            &mut self.inside
        } else if numeric || operator {
            &mut self.number
        } else {
            &mut self.words
        };
        *place = Some(open.at);
    }

    /// The best place for a split of a clause of `len` bytes.
    pub(super) fn best(&self, len: usize) -> Option<usize> {
        let late = |at: &usize| *at >= len / 3;
        let open = self.open.filter(|open| !open.joined && !open.leads).map(|open| open.at);
        open.or(self.words.filter(late))
            .or(self.number.filter(late))
            .or(self.words)
            .or(self.number)
            .or(self.inside)
    }
}
