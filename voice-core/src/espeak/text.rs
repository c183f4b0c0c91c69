//! A text on its way into espeak-ng: made harmless, and handed over in windows.

use std::ffi::CString;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use super::alphabet::{Alphabet, Kind, is_greek};
use super::letters;
use crate::error::{Error, ErrorKind, Result};
use crate::text::LETTER;

/// The longest text, in bytes of UTF-8: some 15 hours of speech.
pub(super) const MAX_TEXT: usize = 1 << 20;

/// What espeak-ng sees at once, in bytes. It measures the text anew for each clause, which would take
/// quadratic time on a long one.
const WINDOW: usize = 4096;

/// The longest clause, and more: espeak-ng ends one after 800 bytes.
const LONGEST_CLAUSE: usize = WINDOW / 2;

/// Marks on a letter, one on the other. Vietnamese and the Quran have three.
const MAX_MARKS: usize = 4;

const SHADDA: char = '\u{651}';

/// Tanwin and the short vowels of Arabic.
fn is_vowel(c: char) -> bool {
    matches!(c, '\u{64b}'..='\u{650}')
}

/// A text without what espeak-ng would take for commands, and how much of it is done.
pub(super) struct Text {
    clean: String,
    done: usize,
}

/// What comes next of a text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Window {
    pub(super) text: String,
    /// Nothing follows.
    pub(super) is_last: bool,
}

impl Text {
    /// The letter A is written as its name where it is no article. What a voice with that alphabet has no rules for becomes what it can read ([`Alphabet::write`]). Where the
    /// script changes within a word, a space parts it: espeak-ng changes its language for Latin letters, and 1.51 reads
    /// freed memory if it does so within a word. Control characters become spaces: espeak-ng reads commands from
    /// them. White space is folded, but up to four line breaks stay: two and more end a paragraph. An Arabic
    /// vowel goes after its shadda: espeak-ng does not hear one that stands before it, which is the order of NFC.
    pub(super) fn new(text: &str, alphabet: Alphabet) -> Result<Self> {
        if text.len() > MAX_TEXT {
            let message = format!("a text of {} bytes; give at most {MAX_TEXT} at once", text.len());
            return Err(Error::new(ErrorKind::MessageTooLarge, message));
        }
        let named =
            if alphabet.reads_english() { letters::name(text) } else { text.replace(LETTER, "").into() };
        let mut cleaner = Cleaner::new(alphabet, named.len());
        let (mut last, mut characters) = (' ', named.nfc().peekable());
        while let Some(c) = characters.next() {
            let alone = !is_greek(last) && !characters.peek().is_some_and(|next| is_greek(*next));
            alphabet.write(c, alone, |c| cleaner.push(c));
            last = c;
        }
        Ok(Self { clean: cleaner.clean, done: 0 })
    }

    /// What comes next; `None` at the end.
    pub(super) fn window(&self) -> Option<Window> {
        let rest = &self.clean[self.done..];
        let window = &rest[..rest.floor_char_boundary(WINDOW)];
        // Without text there would be no progress.
        (!window.is_empty()).then(|| Window { text: window.to_owned(), is_last: window.len() == rest.len() })
    }

    /// So many bytes of the window are done.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.done = self.clean.ceil_char_boundary(self.done + bytes);
    }

    /// Nothing more of it is wanted.
    pub(super) fn end(&mut self) {
        self.done = self.clean.len();
    }
}

/// Writes down what the library may see.
struct Cleaner {
    alphabet: Alphabet,
    clean: String,
    /// Not yet written.
    spaces: usize,
    breaks: usize,
    /// Of the word's last letter.
    script: Option<Kind>,
    marks: usize,
}

impl Cleaner {
    fn new(alphabet: Alphabet, length: usize) -> Self {
        let clean = String::with_capacity(length);
        Self { alphabet, clean, spaces: 0, breaks: 0, script: None, marks: 0 }
    }

    fn push(&mut self, c: char) {
        if c == '\n' {
            self.breaks += 1;
            return;
        }
        if c == ' ' || c.is_control() {
            self.spaces += 1;
            return;
        }
        self.marks = if canonical_combining_class(c) == 0 { 0 } else { self.marks + 1 };
        if self.marks > MAX_MARKS {
            return;
        }
        if !self.alphabet.has_default_rules {
            let is_sign = |c: char| matches!(c, ',' | ';' | ':' | '!' | '?');
            if is_sign(c) && self.clean.is_empty() {
                return;
            }
            // A sign within what it takes for a word is a character without rules. In a number there are rules.
            let mut last = self.clean.chars().rev();
            let is_within = last.next().is_some_and(is_sign) && !last.next().is_some_and(char::is_numeric);
            self.spaces += usize::from(is_within && c.is_alphanumeric());
        }
        let own = Some(self.alphabet.kind(c)).filter(|kind| *kind != Kind::Shared);
        self.spaces += usize::from(own.is_some() && self.script.is_some() && own != self.script);
        if self.spaces + self.breaks > 0 {
            self.script = None;
            if !self.clean.is_empty() {
                let breaks = &"\n\n\n\n"[..self.breaks.min(4)];
                self.clean.push_str(if breaks.is_empty() { " " } else { breaks });
            }
            (self.spaces, self.breaks) = (0, 0);
        }
        self.script = own.or(self.script);
        let vowel = self.clean.chars().next_back().filter(|last| c == SHADDA && is_vowel(*last));
        self.clean.truncate(self.clean.len() - vowel.map_or(0, char::len_utf8));
        self.clean.push(c);
        self.clean.extend(vowel);
    }
}

impl Window {
    /// Bytes of text in it.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// For the library. Zeros have become spaces, so that all of it is there.
    pub(super) fn c_text(&self) -> CString {
        CString::new(self.text.as_str()).unwrap_or_default()
    }

    /// Where a clause may begin in it at most, so that all of the clause is in it.
    pub(super) fn begin_before(&self) -> usize {
        if self.is_last { self.len() } else { self.len() - LONGEST_CLAUSE.min(self.len() - 1) }
    }

    /// A part of it as text.
    pub(super) fn part(&self, range: std::ops::Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Result<Text> {
        Text::new(text, Alphabet::of("ar"))
    }

    fn clean(written: &str) -> String {
        text(written).unwrap().clean
    }

    #[test]
    fn control_characters_and_zeros_are_spaces_and_spaces_are_one() {
        assert_eq!(clean("\0 e\u{1}Vx\t b\r\n c\u{9f}d \u{7f}"), "e Vx b\nc d");
        assert_eq!(clean(" \n\0"), "");
    }

    #[test]
    fn a_shadda_stands_before_its_vowel() {
        assert_eq!(clean("مُهِم\u{64b}\u{651}ا"), "مُهِم\u{651}\u{64b}ا");
        assert_eq!(clean("د\u{651}\u{64e} ر\u{651} \u{651}"), "د\u{651}\u{64e} ر\u{651} \u{651}");
    }

    #[test]
    fn no_word_has_two_scripts() {
        assert_eq!(clean("abcمرحبا 3mg-ж x1ب"), "abc مرحبا 3mg-zh x1 ب");
        assert_eq!(clean("Ω = مرحبا"), "omega = مرحبا");
        assert_eq!(clean("a\u{1d165}b🙂🙂c жук Δt"), "ab c zhuk delta t");
        assert_eq!(clean("β-blocker αβ"), "beta -blocker av");
        assert_eq!(clean("كَتَبَ café"), "كَتَبَ café");
    }

    #[test]
    fn marks_are_composed_with_their_letters_and_few() {
        assert_eq!(clean("cafe\u{301}"), "café");
        assert_eq!(clean("x\u{302}\u{301}y"), "xy");
        assert_eq!(clean(&"ب\u{64e}".repeat(2)), "بَبَ");
        assert_eq!(clean(&format!("ب{}م", "\u{64e}".repeat(500))).chars().count(), 2 + MAX_MARKS);
    }

    #[test]
    fn signs_stand_after_words_where_there_are_no_default_rules() {
        let cleaned = |language| {
            let text = Text::new(", one,two;3 1,5 four !five", Alphabet::of(language)).unwrap();
            text.window().unwrap().text
        };
        assert_eq!(cleaned("ga"), "one, two; 3 1,5 four ! five");
        assert_eq!(cleaned("fr"), ", one,two;3 1,5 four !five");
    }

    #[test]
    fn paragraphs_stay_apart() {
        assert_eq!(clean("e\n \nb\n\n\n\n\n\nc\nd"), "e\n\nb\n\n\n\nc\nd");
    }

    #[test]
    fn windows_follow_one_another_without_a_gap_and_end() {
        let long = "كلمة ".repeat(3_000);
        let mut text = text(&long).unwrap();
        let mut joined = String::new();
        while let Some(window) = text.window() {
            assert!(window.len() <= WINDOW);
            let taken = if window.is_last { window.len() } else { window.begin_before() };
            let taken = (taken..=window.len()).find(|at| !window.part(0..*at).is_empty()).unwrap();
            joined.push_str(window.part(0..taken));
            text.advance(taken);
        }
        assert_eq!(joined, long.trim());
        assert!(self::text("").unwrap().window().is_none());
    }

    #[test]
    fn a_text_too_long_is_refused() {
        assert!(text(&"a".repeat(MAX_TEXT)).is_ok());
        let error = text(&"a".repeat(MAX_TEXT + 1)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::MessageTooLarge);
    }
}
