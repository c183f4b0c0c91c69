//! The words of an utterance as parts of numbers.

use std::cell::{Cell, RefCell};

use rust_decimal::Decimal;

use super::Words;
use crate::text::Language;
use crate::text::matching;
use crate::text::numerals::{self, Numeral};

/// A part of a number: a word or a part of one.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) numeral: Numeral,
    /// The digits, if the part is written in digits, with `.` as the decimal mark.
    pub(super) figures: Option<String>,
    /// Its word.
    pub(super) word: usize,
    /// Whether it is the last part of the word.
    pub(super) ends: bool,
    /// Whether a mark that makes a pause comes after it.
    pub(super) pauses: bool,
}

/// The parts of numbers from a word on, up to the first other word. They are looked up when they are asked for, since
/// most readers look at one word.
#[derive(Debug)]
pub(super) struct Items<'a> {
    words: &'a Words<'a>,
    language: Language,
    found: RefCell<Vec<Item>>,
    /// The words that were not looked up.
    rest: Cell<(usize, usize)>,
}

impl<'a> Items<'a> {
    /// Those of the words from `at` to `end`.
    pub(super) fn new(words: &'a Words<'a>, at: usize, end: usize, language: Language) -> Self {
        /// No number has more words. The limit keeps the time of a reader constant.
        const MOST: usize = 48;
        let rest = Cell::new((at, end.min(words.len()).min(at + MOST)));
        Self { words, language, found: RefCell::default(), rest }
    }

    /// What `read` makes of the part at that place.
    pub(super) fn get<T>(&self, at: usize, read: impl FnOnce(&Item) -> T) -> Option<T> {
        let mut found = self.found.borrow_mut();
        while found.len() <= at {
            let (next, end) = self.rest.get();
            if next >= end || !push(self.words, next, self.language, &mut found) {
                self.rest.set((end, end));
                break;
            }
            self.rest.set((next + 1, end));
        }
        found.get(at).map(read)
    }

    /// The number of parts.
    pub(super) fn len(&self) -> usize {
        self.get(usize::MAX, |_| ());
        self.found.borrow().len()
    }
}

#[cfg(test)]
thread_local! {
    /// The words that were looked up, for the test that their number is linear in the text.
    pub(super) static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// The parts of a word, or no change if it is no word of a number.
fn push(words: &Words, at: usize, language: Language, items: &mut Vec<Item>) -> bool {
    /// Longer than each word of a number.
    const LONGEST: usize = 96;
    #[cfg(test)]
    STEPS.set(STEPS.get() + 1);
    let text = words[at].text;
    if text.len() > LONGEST {
        return false;
    }
    let before = items.len();
    let mut item = |numeral, figures| {
        items.push(Item { numeral, figures, word: at, ends: false, pauses: false });
    };
    let is_bracket = |c: char| matches!(c, '(' | ')' | '"' | '«' | '»');
    let bare = text.trim_start_matches(is_bracket).trim_end_matches(|c| is_mark(c) || is_bracket(c));
    // و5, ب50: letters that are joined to a number in digits.
    let joined = bare.strip_prefix(['و', 'ب', 'ل']).filter(|rest| rest.starts_with(char::is_numeric));
    if let Some((is_negative, figures)) = figures(joined.unwrap_or(bare)) {
        if joined.is_some() {
            item(if bare.starts_with('و') { Numeral::And } else { Numeral::Preposition }, None);
        }
        if is_negative {
            item(Numeral::Minus, None);
        }
        item(Numeral::Figures, Some(figures));
    } else if !bare.chars().all(is_of_word) {
        // و(عشرين): the mark would be lost.
        return false;
    } else {
        let mut numerals = Vec::new();
        let has_hyphen = bare.contains(['-', '\u{2010}', '\u{2011}']);
        let known = if has_hyphen {
            bare.split(['-', '\u{2010}', '\u{2011}'])
                .all(|part| numerals::push(&matching::key(part), language, &mut numerals))
        } else if let Some(share) = voweled_share(bare, language) {
            numerals.extend(share);
            true
        } else if words[at].key == "واحد" && bare.contains('أ') {
            // Of the same letters as "one": "and eleven", of which the second word follows.
            numerals.extend([Numeral::And, Numeral::Bound(1)]);
            true
        } else {
            numerals::push(&words[at].key, language, &mut numerals)
        };
        if !known {
            return false;
        }
        for numeral in numerals {
            item(numeral, None);
        }
    }
    if let Some(last) = items[before..].last_mut() {
        last.ends = true;
        last.pauses = words.pauses_after(at);
    }
    items.len() > before
}

/// Whether a character can be part of a word of a number: a letter, a vowel sign, a hyphen, or a sign of direction.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{64b}'..='\u{65f}' | '\u{670}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

/// A share whose vowels tell it from a number: خُمْس.
fn voweled_share(text: &str, language: Language) -> Option<Vec<Numeral>> {
    const DAMMA: char = '\u{64f}';
    if language != Language::Arabic || !text.contains(DAMMA) {
        return None;
    }
    let bare = text.strip_prefix('و').map(|rest| rest.trim_start_matches('\u{64e}'));
    let mut letters = bare.unwrap_or(text).chars();
    letters.next()?;
    if letters.next() != Some(DAMMA) {
        return None;
    }
    let (of, form) = match matching::key(bare.unwrap_or(text)).as_str() {
        "خمس" => (5, numerals::Form::One),
        "سبع" => (7, numerals::Form::One),
        "تسع" => (9, numerals::Form::One),
        "عشر" => (10, numerals::Form::One),
        "خمسين" => (5, numerals::Form::Two),
        "سبعين" => (7, numerals::Form::Two),
        "تسعين" => (9, numerals::Form::Two),
        "عشرين" => (10, numerals::Form::Two),
        _ => return None,
    };
    let and = bare.map(|_| Numeral::And);
    Some(and.into_iter().chain([Numeral::Share(of, form)]).collect())
}

/// Marks at which the reader of a text pauses.
pub(super) fn is_mark(mark: char) -> bool {
    matches!(mark, '.' | ',' | ';' | ':' | '!' | '?' | '،' | '؛' | '؟' | '…')
}

/// A number that is written in digits of any script: whether it has a minus sign, and its digits with `.` as the
/// decimal mark. Separators of thousands are left out.
pub(super) fn figures(text: &str) -> Option<(bool, String)> {
    let unsigned = text.strip_prefix(['-', '−', '\u{2013}']);
    let mut digits = String::with_capacity(text.len());
    for letter in unsigned.unwrap_or(text).chars() {
        digits.push(match letter {
            '0'..='9' | '.' | ',' => letter,
            '٫' => '.',
            '٬' => ',',
            _ => ascii_digit(letter)?,
        });
    }
    let (whole, fraction) =
        digits.split_once('.').map_or((&*digits, None), |(whole, rest)| (whole, Some(rest)));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_grouped = whole.contains(',') && {
        let mut groups = whole.split(',');
        let first = groups.next().unwrap_or_default();
        is_number(first) && first.len() <= 3 && groups.all(|group| group.len() == 3 && is_number(group))
    };
    // 37,5
    let (whole, fraction) = match (whole.split_once(','), fraction) {
        _ if is_grouped => (whole.replace(',', ""), fraction),
        (Some((whole, fraction)), None) => (whole.to_owned(), Some(fraction)),
        _ => (whole.to_owned(), fraction),
    };
    if fraction.is_some_and(|fraction| !is_number(fraction)) {
        return None;
    }
    let whole = if whole.is_empty() && fraction.is_some() { "0".to_owned() } else { whole };
    let figures = match fraction {
        Some(fraction) => format!("{whole}.{fraction}"),
        None => whole.clone(),
    };
    (is_number(&whole) && figures.len() <= 28).then_some((unsigned.is_some(), figures))
}

/// A digit of another script.
fn ascii_digit(letter: char) -> Option<char> {
    let value = match letter {
        '٠'..='٩' => letter as u32 - '٠' as u32,
        '۰'..='۹' => letter as u32 - '۰' as u32,
        _ => return None,
    };
    char::from_digit(value, 10)
}

/// The value of figures.
pub(super) fn value(figures: &str) -> Option<Decimal> {
    figures.parse().ok()
}
