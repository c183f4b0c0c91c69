//! Splits a stream of text into clauses.
//!
//! A voice that waits for a whole answer starts seconds late; a voice that reads word by word has no intonation.
//! [`Segmenter`] takes text in pieces, for example from a language model, and returns clauses, the first one early.
//!
//! It reads characters in order and looks ahead only to the next one (after some abbreviations, the next word), so
//! that the clauses do not depend on how the text is split into pieces.
//!
//! ```
//! use voice_core::text::segment::Segmenter;
//!
//! let mut segmenter = Segmenter::default();
//! segmenter.push("It costs 3.5 dollars. Do");
//! assert_eq!(segmenter.next_clause().unwrap().text, "It costs 3.5 dollars.");
//! segmenter.push(" you want it?");
//! assert!(segmenter.next_clause().is_none());
//! segmenter.finish();
//! assert_eq!(segmenter.next_clause().unwrap().text, "Do you want it?");
//! ```

use std::collections::VecDeque;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

mod mark;
mod marks;
mod places;
mod word;

use mark::Mark;
use marks::{boundary, clings, is_letter, is_space, is_stop, lines, speaks};
use places::Places;

/// A mark beyond [`SegmentOptions::max_chars`] still ends its clause within this many characters, since a split
/// before the last word would leave that word alone.
const SLACK: usize = 16;

/// A part of the text that is spoken as a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The words with their punctuation, without white space around them.
    pub text: String,
    /// The byte range of `text` in the stream. Between two spans there is only white space or punctuation without
    /// words.
    pub span: Range<usize>,
    /// How the clause ends.
    pub end: Boundary,
    /// A pause since the previous clause that is longer than the pause at that clause's end, from a blank line after
    /// a space or from punctuation without words, such as `***`. It replaces that pause and does not add to it. Never
    /// set on the first clause.
    pub before: Option<Boundary>,
}

/// The end of a clause, which determines the pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// At a comma, semicolon, colon or dash; the sentence continues.
    Comma,
    /// At the end of a sentence or of a line.
    Sentence,
    /// At a blank line.
    Paragraph,
    /// Within a sentence: the clause was too long, or a flush ended it.
    Forced,
    /// At the end of the text, without a mark.
    End,
}

impl Boundary {
    fn strength(self) -> u8 {
        match self {
            Self::Forced => 0,
            Self::Comma => 1,
            Self::Sentence => 2,
            Self::Paragraph => 3,
            Self::End => 4,
        }
    }
}

/// The limits of the length of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentOptions {
    /// Letters required before a comma that ends the first clause. It determines how soon the voice starts.
    pub first_comma_letters: usize,
    /// Letters required before a comma that ends a later clause; a shorter clause is joined with the next.
    pub comma_letters: usize,
    /// Characters after which a clause is split between two words, 20 to 10,000; other values are clamped. A mark may
    /// follow up to 16 characters later.
    pub max_chars: usize,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self { first_comma_letters: 12, comma_letters: 10, max_chars: 200 }
    }
}

/// Takes text and returns clauses.
///
/// The time is linear in the text. It holds the finished clauses and at most one unfinished clause.
#[derive(Debug, Default)]
pub struct Segmenter {
    options: SegmentOptions,
    /// The unfinished clause; it never starts with white space.
    pending: String,
    /// The byte offset of `pending` in the stream.
    start: usize,
    /// The byte offset of the next character in the stream.
    position: usize,
    /// Characters in `pending`.
    chars: usize,
    /// Letters and digits in `pending`.
    letters: usize,
    /// Where `pending` may be split.
    places: Places,
    /// The start of the last word of `pending`.
    word: usize,
    /// The last character of `pending` that does not attach to another.
    previous: Option<char>,
    /// Whether a straight double quote is open.
    quoted: bool,
    state: State,
    /// Ends of lines since the last clause.
    lines: u8,
    /// The strongest boundary since the last clause.
    before: Option<Boundary>,
    /// The end of the last clause.
    last: Option<Boundary>,
    /// Whether a clause of this text was returned.
    started: bool,
    clauses: VecDeque<Clause>,
}

#[derive(Debug, Clone, Copy, Default)]
enum State {
    /// Within a clause, or before one.
    #[default]
    Inside,
    /// After a mark; the next character determines its meaning.
    Marked(Mark),
    /// After the end of a line; the next character determines whether the paragraph ended.
    LineEnd { boundary: Boundary, lines: u8 },
}

impl Segmenter {
    /// A segmenter with the given options; `Segmenter::default()` has the default ones.
    pub fn new(options: SegmentOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// Pushes the next piece of the text, split at any character.
    ///
    /// A mark at the end of a piece waits for the next character: `3.` may become `3.5`.
    pub fn push(&mut self, piece: &str) {
        for c in piece.chars() {
            self.step(c);
        }
    }

    /// Ends the text: the pending text becomes the last clause. A later push starts a new text, whose first clause
    /// comes early again; spans continue to count.
    pub fn finish(&mut self) {
        self.give_out(Boundary::End);
        self.started = false;
        self.before = None;
        self.last = None;
    }

    /// Makes a clause of the pending text, even within a word.
    pub fn flush(&mut self) {
        self.give_out(Boundary::Forced);
    }

    /// The next clause, if one is complete.
    pub fn next_clause(&mut self) -> Option<Clause> {
        self.clauses.pop_front()
    }

    /// Clears the state and all waiting clauses; spans start again at 0.
    pub fn clear(&mut self) {
        *self = Self::new(self.options);
    }

    fn step(&mut self, c: char) {
        self.take(c);
        self.position += c.len_utf8();
        let max = self.options.max_chars.clamp(20, 10_000);
        let limit = match self.state {
            State::Inside | State::Marked(Mark { open: Some(_), .. }) => max,
            State::Marked(_) => max + SLACK,
            State::LineEnd { .. } => return,
        };
        if self.chars > limit {
            self.cut(self.forced_place(max), Boundary::Forced);
        }
    }

    fn take(&mut self, c: char) {
        match std::mem::take(&mut self.state) {
            State::Inside => self.inside(c),
            State::Marked(mark) => self.after_mark(mark, c),
            State::LineEnd { boundary, lines: before } => {
                if c.is_whitespace() {
                    self.line_end(boundary, before + lines(c));
                } else {
                    self.cut(self.pending.len(), boundary);
                    self.inside(c);
                }
            }
        }
    }

    fn inside(&mut self, c: char) {
        if self.pending.is_empty() {
            if c.is_whitespace() {
                self.gap(c);
                return;
            }
            self.start = self.position;
            self.lines = 0;
        }
        if is_line_end(c) {
            self.line_end(Boundary::Sentence, lines(c));
            return;
        }
        let start = self.pending.len();
        let before = self.previous;
        let is_mark = boundary(c).is_some() || (c == '–' && self.parts_words());
        self.append(c);
        if is_mark {
            let (end, stops) = (self.pending.len(), is_stop(c));
            let mark = Mark { start, end, before, last: c, count: 1, stops, closed: false, open: None };
            self.state = State::Marked(mark);
        }
    }

    /// White space before a clause.
    fn gap(&mut self, c: char) {
        self.lines = self.lines.saturating_add(lines(c)).min(2);
        match self.lines {
            0 => {}
            1 => self.note(Boundary::Sentence),
            _ => self.note(Boundary::Paragraph),
        }
    }

    fn note(&mut self, boundary: Boundary) {
        if self.before.is_none_or(|before| before.strength() < boundary.strength()) {
            self.before = Some(boundary);
        }
    }

    fn line_end(&mut self, boundary: Boundary, lines: u8) {
        // White space at the end of a line is not stored, since its length is unbounded.
        self.pending.truncate(self.pending.trim_end().len());
        self.quoted = false;
        if lines >= 2 {
            self.cut(self.pending.len(), Boundary::Paragraph);
        } else {
            self.state = State::LineEnd { boundary, lines };
        }
    }

    /// Whether an en dash is between words and not between numbers.
    fn parts_words(&self) -> bool {
        self.previous.is_some_and(is_space) && !self.pending.trim_end().ends_with(|c: char| c.is_numeric())
    }

    fn append(&mut self, c: char) {
        if is_space(c) {
            let word = &self.pending[self.word..];
            self.places.space(self.pending.len(), word);
        } else if !c.is_whitespace() && !clings(c) {
            self.places.settle(c);
        }
        self.pending.push(c);
        self.chars += 1;
        self.letters += usize::from(is_letter(c));
        self.quoted ^= c == '"';
        if c.is_whitespace() {
            self.word = self.pending.len();
        }
        if !clings(c) {
            self.previous = Some(c);
        }
    }

    /// Appends white space at which the text must not be split.
    fn append_glue(&mut self, c: char) {
        let places = self.places;
        self.append(c);
        self.places = places;
    }

    /// Where to split a clause that is too long: between words, else between grapheme clusters, else anywhere.
    fn forced_place(&self, max: usize) -> usize {
        if let Some(space) = self.places.best(self.pending.len()) {
            return space;
        }
        let limit = self.pending.char_indices().nth(max).map_or(self.pending.len(), |(at, _)| at);
        let seams = self.pending.grapheme_indices(true).map(|(at, _)| at);
        seams.take_while(|&at| at <= limit).last().filter(|&at| at > 0).unwrap_or(limit)
    }

    /// Returns `pending` up to `end` as a clause, and reads the rest again.
    fn cut(&mut self, end: usize, boundary: Boundary) {
        let mut text = std::mem::take(&mut self.pending);
        let rest = text.split_off(end);
        text.truncate(text.trim_end().len());
        if text.chars().any(speaks) {
            let last = self.last.map(Boundary::strength);
            let before = self.before.take();
            let before = before.filter(|before| last.is_some_and(|last| before.strength() > last));
            let span = self.start..self.start + text.len();
            self.clauses.push_back(Clause { text, span, end: boundary, before });
            self.last = Some(boundary);
            self.started = true;
        } else {
            self.note(boundary);
        }
        self.chars = 0;
        self.letters = 0;
        self.places = Places::default();
        self.word = 0;
        self.previous = None;
        self.lines = 0;
        self.state = State::Inside;
        self.quoted ^= rest.matches('"').count() % 2 == 1;
        let position = std::mem::replace(&mut self.position, self.start + end);
        for c in rest.chars() {
            self.step(c);
        }
        self.position = position;
    }

    fn give_out(&mut self, boundary: Boundary) {
        let boundary = match std::mem::take(&mut self.state) {
            State::Inside => boundary,
            State::Marked(mark) => mark.boundary(),
            State::LineEnd { boundary, .. } => boundary,
        };
        if !self.pending.is_empty() {
            self.cut(self.pending.len(), boundary);
        }
        self.quoted = false;
    }
}

/// Also a carriage return: the next character determines how many lines ended.
fn is_line_end(c: char) -> bool {
    c == '\r' || lines(c) > 0
}

#[cfg(test)]
mod tests;
