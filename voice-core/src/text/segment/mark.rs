//! What a punctuation mark means, from the characters after it.

use super::marks::{boundary, clings, closes, is_arabic, is_letter, is_stop, lines};
use super::word::{self, Stop};
use super::{Boundary, Segmenter, State, is_line_end};

/// A mark, or a sequence of marks such as `?!`, with its closing quotes and brackets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The text before it.
    pub(super) before: Option<char>,
    /// The last mark of the sequence, which decides, so that `etc.,` is a comma.
    pub(super) last: char,
    pub(super) count: usize,
    /// Whether all marks are full stops.
    pub(super) stops: bool,
    /// Whether a quote or bracket follows.
    pub(super) closed: bool,
    /// An abbreviation followed by white space: the next word decides.
    pub(super) open: Option<Stop>,
}

impl Mark {
    pub(super) fn boundary(&self) -> Boundary {
        boundary(self.last).unwrap_or(Boundary::Comma)
    }

    fn is_ellipsis(&self) -> bool {
        self.last == '…' || (self.stops && self.count > 1)
    }
}

impl Segmenter {
    pub(super) fn after_mark(&mut self, mut mark: Mark, c: char) {
        if let Some(stop) = mark.open {
            self.after_abbreviation(mark, stop, c);
            return;
        }
        let is_mark = boundary(c).is_some();
        let is_closing = closes(c) || (c == '"' && self.quoted);
        if is_mark || is_closing || clings(c) {
            self.append(c);
            mark.end = self.pending.len();
            if is_mark {
                mark.last = c;
                mark.count += 1;
                mark.stops &= is_stop(c);
            }
            // Markdown's stars and code marks before a letter close nothing: `a.__b__`.
            mark.closed |= is_closing && !matches!(c, '*' | '_' | '`' | '~');
            self.state = State::Marked(mark);
        } else if is_line_end(c) {
            self.line_end(mark.boundary(), lines(c));
        } else if c.is_whitespace() {
            self.space_after_mark(mark, c);
        } else {
            if self.ends_before(&mark, c) && self.is_long_enough(&mark) {
                self.cut(mark.end, mark.boundary());
            }
            self.inside(c);
        }
    }

    fn space_after_mark(&mut self, mut mark: Mark, c: char) {
        let single_stop = mark.stops && mark.count == 1;
        let stop = if self.is_label(&mark) {
            Stop::UnlessLabel
        } else if !single_stop {
            Stop::Ends
        } else if word::is_item_number(&self.pending[..mark.start]) {
            Stop::Never
        } else {
            word::stop_after(&self.pending[self.word..mark.start])
        };
        match stop {
            Stop::Ends => {
                if self.is_long_enough(&mark) {
                    self.cut(mark.end, mark.boundary());
                }
                self.inside(c);
            }
            Stop::Never => self.append_glue(c),
            Stop::UnlessSmall
            | Stop::UnlessCode
            | Stop::UnlessNumber
            | Stop::UnlessNumeral
            | Stop::UnlessLabel => {
                self.append_glue(c);
                mark.open = Some(stop);
                self.state = State::Marked(mark);
            }
        }
    }

    /// Whether a colon may come between a name and its number, which tells how the number is read: "PIN: 4829", or a
    /// dash between two times: 8 AM – 4 PM. A long text before it is no name.
    fn is_label(&self, mark: &Mark) -> bool {
        const LONGEST: usize = 120;
        matches!(mark.last, ':' | '–')
            && mark.count == 1
            && self.chars <= LONGEST
            && self.is_long_enough(mark)
    }

    fn after_abbreviation(&mut self, mark: Mark, stop: Stop, c: char) {
        if stop == Stop::UnlessLabel {
            self.after_label(mark, c);
            return;
        }
        if is_line_end(c) {
            self.line_end(Boundary::Sentence, lines(c));
            return;
        }
        if stop == Stop::UnlessCode && self.after_building(&mark, c) {
            return;
        }
        if !is_letter(c) && boundary(c).is_none() {
            self.append_glue(c);
            self.state = State::Marked(mark);
            return;
        }
        // Batch no. B2304: the letters of a code.
        let code = self.pending[mark.end..].trim_start();
        let capitals = code.len() < 4 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        if stop == Stop::UnlessNumber && capitals && c.is_ascii_uppercase() {
            self.append(c);
            self.state = State::Marked(mark);
            return;
        }
        let goes_on = !is_letter(c)
            || c.is_numeric()
            || (matches!(stop, Stop::UnlessSmall | Stop::UnlessCode) && c.is_lowercase())
            || (stop == Stop::UnlessNumeral && matches!(c, 'I' | 'V' | 'X'));
        if !goes_on {
            self.cut(mark.end, mark.boundary());
        }
        self.take(c);
    }

    /// After an abbreviation that a single letter may follow: Bldg. C. Takes `c` if such a letter is before it or in it.
    fn after_building(&mut self, mark: &Mark, c: char) -> bool {
        match self.pending[mark.end..].trim_start() {
            "" if c.is_ascii_uppercase() && c != 'I' => {
                self.append(c);
                self.state = State::Marked(*mark);
                true
            }
            letter if letter.len() == 1 && letter.as_bytes()[0].is_ascii_uppercase() => {
                if is_letter(c) && !c.is_numeric() {
                    self.cut(mark.end, mark.boundary());
                }
                self.inside(c);
                true
            }
            _ => false,
        }
    }

    /// After a colon, only a number belongs to the text before it, unless it counts the items of a list: "Steps: 1. Wash".
    fn after_label(&mut self, mark: Mark, c: char) {
        let number = self.pending[mark.end..].trim_start();
        let short = number.len() <= 2 && number.chars().all(char::is_numeric);
        if number.ends_with(char::is_numeric) {
            if c.is_numeric() {
                self.append(c);
                self.state = State::Marked(mark);
                return;
            }
            if short && matches!(c, '.' | ')') {
                self.cut(mark.end, mark.boundary());
            }
        } else if !is_line_end(c) && !is_letter(c) && boundary(c).is_none() {
            self.append_glue(c);
            self.state = State::Marked(mark);
            return;
        } else if c.is_numeric() {
            self.append(c);
            self.state = State::Marked(mark);
            return;
        } else {
            self.cut(mark.end, mark.boundary());
        }
        self.take(c);
    }

    /// Whether a mark directly before `c` ends a clause.
    fn ends_before(&self, mark: &Mark, c: char) -> bool {
        let of_word = mark.before.is_some_and(|before| !before.is_whitespace());
        let in_number = mark.before.is_some_and(char::is_numeric) && c.is_numeric();
        if !of_word || in_number || word::is_address(&self.pending[self.word..mark.start]) {
            return false;
        }
        if is_letter(c) && matches!(self.previous, Some('\'' | '’')) {
            // An apostrophe, as in Yahoo!'s.
            return false;
        }
        let is_symbol = !is_letter(c) && !c.is_ascii();
        if mark.is_ellipsis() {
            return is_letter(c) || is_symbol;
        }
        match mark.last {
            '.' | '۔' if mark.closed => is_letter(c),
            // Between Latin letters it is part of a name: example.com, Node.js.
            '.' | '۔' => {
                let after_arabic = mark.before.is_some_and(|before| is_arabic(before) || before.is_numeric());
                let word = &self.pending[self.word..mark.start];
                is_symbol || (is_arabic(c) && after_arabic && !word::is_abbreviation(word))
            }
            ':' => is_symbol || is_arabic(c) || c == '"',
            '–' => false,
            _ => true,
        }
    }

    /// Whether a comma ends a clause: enough text before it, and a new part after it.
    fn is_long_enough(&self, mark: &Mark) -> bool {
        let letters =
            if self.started { self.options.comma_letters } else { self.options.first_comma_letters };
        mark.boundary() != Boundary::Comma
            || (self.letters >= letters && !word::introduces(&self.pending[self.word..mark.start]))
    }
}
