//! Helpers to look ahead in prepared text. All lengths are in bytes.

use crate::text::Language;

/// Arabic particles that are joined to the next word.
pub(super) const PARTICLES: &[&str] = &["و", "ف", "ب", "ل", "ك", "وب", "ول", "وك", "فب", "فل"];

/// The position of a reader and the context that it may use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The text from here on.
    pub(super) rest: &'a str,
    /// The text before.
    pub(super) back: &'a str,
    /// The character before.
    pub(super) before: Option<char>,
    /// The word before, if only blanks are between.
    pub(super) word: &'a str,
    /// Whether the text directly before was read and not copied.
    pub(super) after_reading: bool,
    /// Whether a time of day comes directly before, with at most "to" or "and" between.
    pub(super) after_clock: bool,
    pub(super) language: Language,
}

/// The words for the next `len` bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) spoken: String,
    pub(super) len: usize,
    /// Whether it is a time of day.
    pub(super) clock: bool,
}

impl Reading {
    pub(super) fn new(spoken: impl Into<String>, len: usize) -> Self {
        Self { spoken: spoken.into(), len, clock: false }
    }
}

impl<'a> Place<'a> {
    /// The start of `text` with nothing before it.
    pub(super) fn alone(text: &'a str, language: Language) -> Self {
        Self {
            rest: text,
            back: "",
            before: None,
            word: "",
            after_reading: false,
            after_clock: false,
            language,
        }
    }

    /// The place `len` bytes further.
    pub(super) fn further(self, len: usize) -> Self {
        Self { rest: &self.rest[len..], ..self }
    }

    /// The end of the text before; readers look no further back, so that the time stays linear.
    pub(super) fn near(&self) -> &'a str {
        const NEAR: usize = 256;
        &self.back[self.back.ceil_char_boundary(self.back.len().saturating_sub(NEAR))..]
    }

    /// Whether a word, number or sign can begin here.
    pub(super) fn is_start(&self) -> bool {
        !self.before.is_some_and(|c| is_letter(c) || is_digit(c)) || self.is_after_particle()
    }

    /// Whether nothing, a blank or an opening mark comes before.
    pub(super) fn is_open(&self) -> bool {
        self.before.is_none_or(|c| c.is_whitespace() || "([{<\"'«“‘:؛،,=~≈±".contains(c))
            || self.is_after_particle()
    }

    /// Whether a Latin word comes directly after an Arabic particle: وMRI.
    fn is_after_particle(&self) -> bool {
        let is_arabic = |c: char| is_letter(c) && !c.is_ascii();
        self.rest.starts_with(|c: char| c.is_ascii_alphabetic())
            && PARTICLES.contains(&&self.back[self.back.trim_end_matches(is_arabic).len()..])
    }

    pub(super) fn is_arabic(&self) -> bool {
        self.language == Language::Arabic
    }
}

pub(super) fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}

/// Letters and the marks on them.
pub(super) fn is_letter(character: char) -> bool {
    // The first test is for speed: most letters here are Arabic.
    matches!(character, '\u{620}'..='\u{64a}')
        || character.is_alphabetic()
        || matches!(character, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}')
}

pub(super) fn is_bidi_mark(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The digits at the start.
pub(super) fn digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}

/// A number of 1 to `most` digits at the start, and its length; `None` for longer numbers.
pub(super) fn small(text: &str, most: usize) -> Option<(u64, usize)> {
    let len = text.bytes().take(most + 1).take_while(u8::is_ascii_digit).count();
    (1..=most).contains(&len).then(|| text[..len].parse().ok().map(|value| (value, len)))?
}

/// The word at the start; it may be empty.
pub(super) fn word(text: &str) -> &str {
    &text[..text.find(|c| !is_letter(c)).unwrap_or(text.len())]
}

/// Whether `word` is in a list separated by blanks.
pub(super) fn listed(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split_ascii_whitespace().any(|listed| listed == word)
}

/// The length of one optional blank.
pub(super) fn blank(text: &str) -> usize {
    match text.chars().next() {
        Some(c @ (' ' | '\t' | '\u{a0}' | '\u{2009}' | '\u{202f}')) => c.len_utf8(),
        _ => 0,
    }
}

/// Whether no letter or digit follows directly.
pub(super) fn ends(text: &str) -> bool {
    !text.chars().next().is_some_and(|c| is_letter(c) || is_digit(c))
}

/// Whether the text continues with `sign` and a digit.
pub(super) fn sign_and_digit(text: &str, sign: char) -> bool {
    text.strip_prefix(sign).is_some_and(|rest| rest.starts_with(is_digit))
}

/// The length of `prefix` if the text starts with it, in any ASCII case, and it ends there.
pub(super) fn whole(text: &str, prefix: &str) -> Option<usize> {
    let found = text.get(..prefix.len())?.eq_ignore_ascii_case(prefix);
    (found && (ends(&text[prefix.len()..]) || !prefix.ends_with(is_letter))).then_some(prefix.len())
}

/// Whether a number and an equals sign come next.
pub(super) fn is_equation(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| is_digit(c) || matches!(c, '.' | ','));
    rest[blank(rest)..].starts_with('=')
}
