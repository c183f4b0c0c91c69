//! What a session has made audio of and its listener has not heard yet.

use std::collections::VecDeque;
use std::ops::Range;

use super::clause::{Part, ScriptClause};

/// The maximum number of clauses that wait to be heard. The oldest are forgotten beyond it: their text counts as heard.
const MAX_CLAUSES: usize = 4_096;

/// The clauses that have been made audio of and that the listener has not heard to their end, in order.
#[derive(Default)]
pub(super) struct ClausePositions {
    clauses: VecDeque<ClausePosition>,
    /// The end of the text before them, as a byte offset in all pushed text.
    text: usize,
    /// Frames for each byte of the last whole clause.
    pace: f64,
}

/// A clause and its place in the audio, in frames.
struct ClausePosition {
    clause: ScriptClause,
    /// The first frame of its speech, after the pause before it.
    start: u64,
    /// Words that have begun: their frame, and the start of their text.
    words: Vec<(u64, usize)>,
    /// The expected end: as the voice says, or at the pace of the clause before it.
    expected: Option<u64>,
    /// The end, if all of its audio has been made.
    end: Option<u64>,
}

/// A place in the text of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) text: usize,
    pub(super) clause: Range<usize>,
}

impl ClausePositions {
    /// Adds a clause whose speech begins at that frame.
    pub(super) fn begin(&mut self, clause: &ScriptClause, start: u64) {
        if self.clauses.len() == MAX_CLAUSES {
            self.drop_first();
        }
        let expected = (self.pace > 0.0).then(|| start + (self.pace * clause.span.len() as f64) as u64);
        self.clauses.push_back(ClausePosition {
            clause: clause.clone(),
            start,
            words: Vec::new(),
            expected,
            end: None,
        });
    }

    /// Sets the expected length of the last clause.
    pub(super) fn expect(&mut self, frames: u64) {
        if let Some(last) = self.clauses.back_mut() {
            last.expected = Some(last.start + frames);
        }
    }

    /// A word of the last clause begins at that frame; its text starts at a byte of all pushed text.
    pub(super) fn begin_word(&mut self, at: u64, text: usize) {
        if let Some(last) = self.clauses.back_mut() {
            last.words.push((at, text));
        }
    }

    /// Sets the end of the last clause.
    pub(super) fn end(&mut self, end: u64) {
        if let Some(last) = self.clauses.back_mut() {
            last.end = Some(end);
            self.pace = (end - last.start) as f64 / last.clause.span.len().max(1) as f64;
        }
    }

    /// Forgets the clauses before the one that is heard at that frame.
    pub(super) fn forget(&mut self, heard: u64) {
        while self.clauses.get(1).is_some_and(|next| next.start <= heard) {
            self.drop_first();
        }
    }

    /// The place that is heard at the frame `heard`, where the audio ends at the frame `made` so far.
    pub(super) fn place(&self, heard: u64, made: u64) -> Place {
        let mut place = Place { text: self.text, clause: self.text..self.text };
        for (at, position) in self.clauses.iter().take_while(|position| position.start < heard).enumerate() {
            let text = position.text_at(heard, made).min(self.start_after(at));
            place = Place { text, clause: position.clause.span.clone() };
        }
        place
    }

    /// Drops the clauses from the frame `at` on, which are spoken again.
    pub(super) fn remake(&mut self, at: u64) {
        while self.clauses.back().is_some_and(|last| last.start >= at) {
            self.clauses.pop_back();
        }
    }

    /// Forgets all clauses, after the listener has heard the text before `text`.
    pub(super) fn clear(&mut self, text: usize) {
        self.clauses.clear();
        self.text = text;
    }

    /// The start of the text after the clause at an index. Clauses of one element of a document may share their text.
    fn start_after(&self, at: usize) -> usize {
        self.clauses.get(at + 1).map_or(usize::MAX, |next| next.clause.span.start)
    }

    fn drop_first(&mut self) {
        let next = self.start_after(0);
        if let Some(first) = self.clauses.pop_front() {
            self.text = first.clause.span.end.min(next);
        }
    }
}

impl ClausePosition {
    /// The end of the text that has been heard at the frame `heard`, at the start of a word.
    fn text_at(&self, heard: u64, made: u64) -> usize {
        let span = &self.clause.span;
        if self.end.is_some_and(|end| heard >= end) {
            return span.end;
        }
        if !self.words.is_empty() {
            let begun = self.words.partition_point(|(at, _)| *at < heard);
            return begun.checked_sub(1).map_or(span.start, |last| self.words[last].1);
        }
        let end = match (self.end, self.expected) {
            (Some(end), _) => end,
            (None, Some(expected)) => expected.max(made),
            (None, None) => return span.start,
        };
        let [Part::Text(text)] = &self.clause.parts[..] else { return span.start };
        // The text of a document may be written in another way there.
        if text.len() != span.len() {
            return span.start;
        }
        let part = (heard - self.start) as f64 / (end - self.start).max(1) as f64;
        span.start + word_at(text, (text.len() as f64 * part) as usize)
    }
}

/// The start of the word that the byte `at` is a part of; `at` itself between words.
fn word_at(text: &str, at: usize) -> usize {
    let at = text.floor_char_boundary(at);
    if text[at..].starts_with(char::is_whitespace) {
        return at;
    }
    text[..at]
        .char_indices()
        .rev()
        .find(|(_, found)| found.is_whitespace())
        .map_or(0, |(space, found)| space + found.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::segment::Boundary;
    use crate::text::ssml;

    fn clause(text: &str, start: usize) -> ScriptClause {
        ScriptClause {
            parts: vec![Part::Text(text.into())],
            marks: Vec::new(),
            script: None,
            span: start..start + text.len(),
            style: ssml::Style::default(),
            end: Boundary::Sentence,
            before: None,
        }
    }

    #[test]
    fn place_is_at_the_start_of_a_word() {
        let text = "نعم، أريد موعدا.";
        let mut positions = ClausePositions::default();
        positions.begin(&clause(text, 10), 1_000);
        assert_eq!(positions.place(1_500, 1_500).text, 10, "the length is not known yet");
        positions.expect(1_000);
        assert_eq!(positions.place(1_000, 1_500), Place { text: 0, clause: 0..0 });
        let texts: Vec<_> = (1_001..2_000).map(|heard| positions.place(heard, 2_000).text - 10).collect();
        assert!(texts.is_sorted());
        for at in texts {
            assert!(at == 0 || text[..at].ends_with(' ') || text[at..].starts_with(' '), "{at}");
        }
        positions.end(1_900);
        assert_eq!(
            positions.place(1_900, 1_900),
            Place { text: 10 + text.len(), clause: 10..10 + text.len() }
        );
    }

    #[test]
    fn shared_text_is_heard_with_its_last_clause() {
        let mut positions = ClausePositions::default();
        for (start, end) in [(0, 100), (200, 300)] {
            positions.begin(&clause("A & B. C.", 10), start);
            positions.end(end);
        }
        assert_eq!((positions.place(150, 300).text, positions.place(300, 300).text), (10, 19));
        positions.forget(200);
        assert_eq!(positions.place(200, 300).text, 10);
    }

    #[test]
    fn forgotten_clauses_count_as_heard() {
        let mut positions = ClausePositions::default();
        for at in 0..2 * MAX_CLAUSES {
            positions.begin(&clause("word", at * 5), at as u64 * 100);
            positions.end(at as u64 * 100 + 50);
        }
        assert_eq!(positions.clauses.len(), MAX_CLAUSES);
        assert_eq!(positions.place(0, 1 << 30).text, MAX_CLAUSES * 5 - 1);
        positions.forget(MAX_CLAUSES as u64 * 100 + 250);
        let after = MAX_CLAUSES * 5 + 14;
        assert_eq!(positions.place(MAX_CLAUSES as u64 * 100 + 250, 1 << 30).text, after);
        assert_eq!(positions.clauses.front().unwrap().start, MAX_CLAUSES as u64 * 100 + 200);
    }
}
