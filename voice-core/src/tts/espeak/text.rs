//! A text on its way into espeak-ng: made harmless, and handed over in windows.

use std::ffi::CString;

use unicode_script::{Script, UnicodeScript as _};

use crate::error::{Error, ErrorKind, Result};

/// The longest text, in bytes of UTF-8: some 15 hours of speech.
pub(super) const MAX_TEXT: usize = 1 << 20;

/// What espeak-ng sees at once, in bytes. It measures the text anew for each clause, which would take
/// quadratic time on a long one.
const WINDOW: usize = 4096;

/// The longest clause, and more: espeak-ng ends one after 800 bytes.
const LONGEST_CLAUSE: usize = WINDOW / 2;

const SHADDA: char = '\u{651}';

/// Tanwin and the short vowels of Arabic.
fn is_vowel(c: char) -> bool {
    matches!(c, '\u{64b}'..='\u{650}')
}

/// What a character is to the word that it stands in.
enum Kind {
    Letter(Script),
    /// Digits, punctuation, marks on letters: they stand in words of every script.
    Shared,
    /// A sign with a name of its own, such as a smiley.
    Unusual,
}

fn kind(c: char) -> Kind {
    let usual = matches!(c, '\0'..='\u{ff}' | '\u{300}'..='\u{36f}' | '\u{600}'..='\u{6ff}' | '\u{2000}'..='\u{20cf}');
    match c.script() {
        Script::Common | Script::Inherited if usual => Kind::Shared,
        Script::Common | Script::Inherited | Script::Unknown => Kind::Unusual,
        script => Kind::Letter(script),
    }
}

/// The script, beside Latin, of most letters.
fn main_script(text: &str) -> Option<Script> {
    let mut counts: Vec<(Script, usize)> = Vec::new();
    for c in text.chars() {
        let Kind::Letter(own) = kind(c) else { continue };
        match counts.iter_mut().find(|(script, _)| *script == own) {
            Some((_, count)) => *count += 1,
            None => counts.push((own, 1)),
        }
    }
    counts.retain(|(script, _)| *script != Script::Latin);
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(script, _)| script)
}

/// A text without what espeak-ng would take for commands, and how much of it is done.
pub(super) struct Text {
    clean: String,
    done: usize,
}

/// What comes next of a text.
pub(super) struct Window {
    pub(super) text: CString,
    /// Nothing follows.
    pub(super) is_last: bool,
}

impl Text {
    /// Control characters become spaces: espeak-ng reads commands from them. White space is folded,
    /// but up to four line breaks stay: two and more end a paragraph. An Arabic vowel goes behind its shadda:
    /// espeak-ng does not hear one that stands before it, which is the order of NFC. Where the script changes within
    /// a word, a space parts it, and what is of a third script, the rarer ones, or of none is left out: espeak-ng changes its
    /// language for these, and 1.51 then reads what it has freed.
    pub(super) fn new(text: &str) -> Result<Self> {
        if text.len() > MAX_TEXT {
            let message = format!("a text of {} bytes; give at most {MAX_TEXT} at once", text.len());
            return Err(Error::new(ErrorKind::MessageTooLarge, message));
        }
        let mut clean = String::with_capacity(text.len().min(MAX_TEXT));
        let (mut spaces, mut breaks) = (0, 0);
        let (mut script, second) = (None, main_script(text));
        for c in text.chars() {
            let own = match kind(c) {
                Kind::Shared => None,
                Kind::Letter(own) if own == Script::Latin || Some(own) == second => Some(own),
                Kind::Letter(_) | Kind::Unusual => {
                    spaces += 1;
                    continue;
                }
            };
            spaces += usize::from(own.is_some() && script.is_some() && own != script);
            match c {
                '\n' => breaks += 1,
                c if c == ' ' || c.is_control() => spaces += 1,
                c => {
                    if spaces + breaks > 0 {
                        script = None;
                    }
                    script = own.or(script);
                    if !clean.is_empty() && spaces + breaks > 0 {
                        clean.push_str(if breaks == 0 { " " } else { &"\n\n\n\n"[..breaks.min(4)] });
                    }
                    (spaces, breaks) = (0, 0);
                    let vowel = clean.chars().next_back().filter(|last| c == SHADDA && is_vowel(*last));
                    clean.truncate(clean.len() - vowel.map_or(0, char::len_utf8));
                    clean.push(c);
                    clean.extend(vowel);
                }
            }
        }
        Ok(Self { clean, done: 0 })
    }

    /// What comes next; `None` at the end.
    pub(super) fn window(&self) -> Option<Window> {
        let rest = &self.clean[self.done..];
        let window = &rest[..rest.floor_char_boundary(WINDOW)];
        // It holds no zero, which is the only way to fail; without text there would be no progress.
        let text = CString::new(window).ok().filter(|_| !window.is_empty())?;
        Some(Window { text, is_last: window.len() == rest.len() })
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

impl Window {
    /// Bytes of text in it.
    pub(super) fn len(&self) -> usize {
        self.text.as_bytes().len()
    }

    /// Where a clause may begin in it at most, so that all of the clause is in it.
    pub(super) fn begin_before(&self) -> usize {
        if self.is_last { self.len() } else { self.len() - LONGEST_CLAUSE.min(self.len() - 1) }
    }

    /// A part of it as text.
    pub(super) fn part(&self, range: std::ops::Range<usize>) -> &str {
        self.text.as_bytes().get(range).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> String {
        Text::new(text).unwrap().clean
    }

    #[test]
    fn control_characters_and_zeros_are_spaces_and_spaces_are_one() {
        assert_eq!(clean("\0 a\u{1}Vx\t b\r\n c\u{9f}d \u{7f}"), "a Vx b\nc d");
        assert_eq!(clean(" \n\0"), "");
    }

    #[test]
    fn a_shadda_stands_before_its_vowel() {
        assert_eq!(clean("مُهِم\u{64b}\u{651}ا"), "مُهِم\u{651}\u{64b}ا");
        assert_eq!(clean("د\u{651}\u{64e} ر\u{651} \u{651}"), "د\u{651}\u{64e} ر\u{651} \u{651}");
    }

    #[test]
    fn no_word_has_two_scripts() {
        assert_eq!(clean("abcمرحبا 3mg-ж x1ب"), "abc مرحبا 3mg- x1 ب");
        assert_eq!(clean("Ω = مرحبا"), "= مرحبا");
        assert_eq!(clean("a\u{1d165}b🙂🙂c жук"), "a b c жук");
        assert_eq!(clean("كَتَبَ café"), "كَتَبَ café");
    }

    #[test]
    fn paragraphs_stay_apart() {
        assert_eq!(clean("a\n \nb\n\n\n\n\n\nc\nd"), "a\n\nb\n\n\n\nc\nd");
    }

    #[test]
    fn windows_follow_one_another_without_a_gap_and_end() {
        let long = "كلمة ".repeat(3_000);
        let mut text = Text::new(&long).unwrap();
        let mut joined = String::new();
        while let Some(window) = text.window() {
            assert!(window.len() <= WINDOW);
            let taken = if window.is_last { window.len() } else { window.begin_before() };
            let taken = (taken..=window.len()).find(|at| !window.part(0..*at).is_empty()).unwrap();
            joined.push_str(window.part(0..taken));
            text.advance(taken);
        }
        assert_eq!(joined, long.trim());
        assert!(Text::new("").unwrap().window().is_none());
    }

    #[test]
    fn a_text_too_long_is_refused() {
        assert!(Text::new(&"a".repeat(MAX_TEXT)).is_ok());
        let error = Text::new(&"a".repeat(MAX_TEXT + 1)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::MessageTooLarge);
    }
}
