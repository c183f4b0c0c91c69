//! Unifies the notation of separators and dashes next to digits.
//!
//! Only text with a digit is changed; the readers after it get only ASCII digits, `.` and `,`.

use std::borrow::Cow;

use super::scan::{digits, is_bidi_mark, is_digit};
use super::unicode::fold;

/// Converts `text` to Western digits with plain separators and dashes next to them. Marks of writing direction are
/// dropped: they occur between numbers and their signs and have no sound.
pub(super) fn prepare(text: &str) -> Cow<'_, str> {
    let text = fold(text);
    if !text.contains(is_digit) {
        return text;
    }
    let mut prepared = String::with_capacity(text.len());
    let mut characters = text.char_indices().filter(|&(_, c)| !is_bidi_mark(c)).peekable();
    while let Some((at, character)) = characters.next() {
        // 1'000 is Swiss.
        let swiss =
            matches!(character, '\'' | '’') && is_thousands(&prepared, &text[at + character.len_utf8()..]);
        if swiss || character.is_ascii() && character != ' ' {
            prepared.push(if swiss { ',' } else { character });
            continue;
        }
        let after_digit = prepared.ends_with(is_digit);
        let before_digit = characters.peek().is_some_and(|&(_, next)| is_digit(next));
        match character {
            '٫' if before_digit => prepared.push('.'),
            '٬' | '،' if after_digit && before_digit => prepared.push(','),
            '–' | '‐' | '‑' | '−' if before_digit => prepared.push('-'),
            '٪' => prepared.push('%'),
            '⁄' => prepared.push('/'),
            '\u{200b}' if after_digit && before_digit => {}
            // A keycap, as in 5️⃣.
            '\u{fe0f}' | '\u{20e3}' if after_digit => {}
            ' ' | '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' if after_digit && before_digit => {
                let separates = separates_thousands(&prepared, &text[at..], character);
                prepared.push(if separates { ',' } else { character });
            }
            other => prepared.push(other),
        }
    }
    Cow::Owned(prepared)
}

/// Whether an apostrophe between digits separates thousands.
fn is_thousands(before: &str, after: &str) -> bool {
    /// The longest number that is examined.
    const LONGEST: usize = 32;
    let run =
        before.bytes().rev().take(LONGEST).take_while(|&byte| byte.is_ascii_digit() || byte == b',').count();
    let figures = &before[before.len() - run..];
    let first = digits(figures).len();
    (1..=3).contains(&first)
        && !figures.starts_with('0')
        && (figures.len() == first || figures.contains(','))
        && digits(after).len() == 3
        && !after[3..].starts_with('"')
}

/// Whether the blank at the start of `rest` separates thousands. A narrow or no-break blank does before each group of
/// three digits, a plain one only in numbers that cannot be anything else: 1 234 567.
fn separates_thousands(before: &str, rest: &str, blank: char) -> bool {
    let head =
        before.len() - before.bytes().rev().take(64).take_while(|b| b.is_ascii_digit() || *b == b',').count();
    let head = &before[head..];
    let first = digits(head).len();
    let grouped = head.split(',').skip(1).all(|group| group.len() == 3);
    if !(1..=3).contains(&first) || head.starts_with('0') || !grouped {
        return false;
    }
    let mut after = rest;
    let mut groups = 0;
    while let Some(next) = after.strip_prefix(blank).filter(|next| next.starts_with(is_digit)) {
        let group = digits(next);
        if group.len() != 3 {
            return false;
        }
        groups += 1;
        after = &next[3..];
        if groups > 6 {
            return false;
        }
    }
    let zeros = rest.split(blank).skip(1).take(groups).all(|group| group.starts_with("000"));
    blank != ' ' || head.contains(',') || (groups >= 2 && first == 1) || zeros && groups >= 1
}
