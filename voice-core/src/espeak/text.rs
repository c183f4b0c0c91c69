//! Prepares a text for espeak-ng: removes harmful characters, and splits it into windows.

use std::ffi::CString;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use super::alphabet::{Alphabet, Kind, is_greek};
use super::letters;
use crate::error::{Error, ErrorKind, Result};
use crate::text::LETTER;

/// The maximum length of a text, in bytes of UTF-8: about 15 hours of speech.
pub(super) const MAX_TEXT: usize = 1 << 20;

/// The most text that espeak-ng gets at once, in bytes. It measures the text again for each clause, which takes
/// quadratic time on a long text.
const WINDOW: usize = 4096;

/// An upper bound for the length of a clause; espeak-ng ends a clause after 800 bytes.
const LONGEST_CLAUSE: usize = WINDOW / 2;

/// The maximum number of marks on a letter. Vietnamese and the Quran use three.
const MAX_MARKS: usize = 4;

const SHADDA: char = '\u{651}';

/// Tanwin and the short vowels of Arabic.
fn is_vowel(c: char) -> bool {
    matches!(c, '\u{64b}'..='\u{650}')
}

/// A prepared text without commands of espeak-ng, and the position in it.
pub(super) struct Text {
    clean: String,
    done: usize,
}

/// The next part of a text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Window {
    pub(super) text: String,
    /// Whether it is the last one.
    pub(super) is_last: bool,
}

impl Text {
    /// Prepares `text`. The letter A is written as its name if it is not the article. Characters without rules in the
    /// alphabet are replaced ([`Alphabet::write`]). A space separates scripts within a word: espeak-ng changes its
    /// language for Latin letters, and 1.51 reads freed memory if it does so within a word. Control characters become
    /// spaces, since espeak-ng reads commands from them. White space is folded, but up to four line breaks are kept:
    /// two or more end a paragraph. An Arabic vowel is moved after its shadda: espeak-ng ignores a vowel before the
    /// shadda, which is the order of NFC.
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

    /// The next window; `None` at the end.
    pub(super) fn window(&self) -> Option<Window> {
        let rest = &self.clean[self.done..];
        let window = &rest[..rest.floor_char_boundary(WINDOW)];
        // An empty window would make no progress.
        (!window.is_empty()).then(|| Window { text: window.to_owned(), is_last: window.len() == rest.len() })
    }

    /// Marks the first `bytes` bytes of the window as done.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.done = self.clean.ceil_char_boundary(self.done + bytes);
    }

    /// Drops the rest of the text.
    pub(super) fn end(&mut self) {
        self.done = self.clean.len();
    }
}

/// Builds the text for the library.
struct Cleaner {
    alphabet: Alphabet,
    clean: String,
    /// Pending spaces.
    spaces: usize,
    breaks: usize,
    /// The script of the word's last letter.
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
            // Within a word such a sign is a character without rules. Numbers have rules for it.
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
    /// Its length in bytes.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// As a C string. Zeros have become spaces, so that it is complete.
    pub(super) fn c_text(&self) -> CString {
        CString::new(self.text.as_str()).unwrap_or_default()
    }

    /// The end of the range in which a clause may begin, so that the window holds the complete clause.
    pub(super) fn begin_before(&self) -> usize {
        if self.is_last { self.len() } else { self.len() - LONGEST_CLAUSE.min(self.len() - 1) }
    }

    /// A part of its text.
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
    fn control_characters_become_single_spaces() {
        assert_eq!(clean("\0 e\u{1}Vx\t b\r\n c\u{9f}d \u{7f}"), "e Vx b\nc d");
        assert_eq!(clean(" \n\0"), "");
    }

    #[test]
    fn shadda_comes_before_its_vowel() {
        assert_eq!(clean("مُهِم\u{64b}\u{651}ا"), "مُهِم\u{651}\u{64b}ا");
        assert_eq!(clean("د\u{651}\u{64e} ر\u{651} \u{651}"), "د\u{651}\u{64e} ر\u{651} \u{651}");
    }

    #[test]
    fn scripts_are_separated() {
        assert_eq!(clean("abcمرحبا 3mg-ж x1ب"), "abc مرحبا 3mg-zh x1 ب");
        assert_eq!(clean("Ω = مرحبا"), "omega = مرحبا");
        assert_eq!(clean("a\u{1d165}b🙂🙂c жук Δt"), "ab c zhuk delta t");
        assert_eq!(clean("β-blocker αβ"), "beta -blocker av");
        assert_eq!(clean("كَتَبَ café"), "كَتَبَ café");
    }

    #[test]
    fn marks_are_composed_and_limited() {
        assert_eq!(clean("cafe\u{301}"), "café");
        assert_eq!(clean("x\u{302}\u{301}y"), "xy");
        assert_eq!(clean(&"ب\u{64e}".repeat(2)), "بَبَ");
        assert_eq!(clean(&format!("ب{}م", "\u{64e}".repeat(500))).chars().count(), 2 + MAX_MARKS);
    }

    #[test]
    fn signs_follow_words_without_default_rules() {
        let cleaned = |language| {
            let text = Text::new(", one,two;3 1,5 four !five", Alphabet::of(language)).unwrap();
            text.window().unwrap().text
        };
        assert_eq!(cleaned("ga"), "one, two; 3 1,5 four ! five");
        assert_eq!(cleaned("fr"), ", one,two;3 1,5 four !five");
    }

    #[test]
    fn paragraphs_are_kept() {
        assert_eq!(clean("e\n \nb\n\n\n\n\n\nc\nd"), "e\n\nb\n\n\n\nc\nd");
    }

    #[test]
    fn windows_are_contiguous() {
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
    fn too_long_text_is_refused() {
        assert!(text(&"a".repeat(MAX_TEXT)).is_ok());
        let error = text(&"a".repeat(MAX_TEXT + 1)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::MessageTooLarge);
    }
}
