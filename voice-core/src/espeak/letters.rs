//! Distinguishes the letter A from the article "a".
//!
//! espeak-ng reads a lone "a" in an English text as the article, unless nothing follows: "a m" sounds like "uh em".
//! It reads all other letters by their names.

use std::borrow::Cow;

use unicode_normalization::char::canonical_combining_class;

use crate::text::LETTER;

/// The spelling that every English voice of espeak-ng reads as the name of the letter, at every place.
const NAME: &str = "eigh";

/// Words that never follow an article.
const NO_NOUN: &[&str] = &[
    "and", "are", "at", "by", "equals", "for", "from", "had", "has", "if", "in", "into", "is", "of", "on",
    "or", "than", "then", "to", "was", "were", "which", "with",
];

/// Words after which a letter is a name.
const NAMED: &[&str] = &["hepatitis", "influenza", "letter", "vitamin"];

/// Words after which a capital letter is a name, also in capitalised titles.
const NAMED_BY_CAPITALS: &[&str] = &[
    "an",
    "annex",
    "answer",
    "appendix",
    "area",
    "avenue",
    "bay",
    "block",
    "box",
    "building",
    "case",
    "category",
    "channel",
    "choice",
    "class",
    "dock",
    "exhibit",
    "figure",
    "floor",
    "form",
    "gate",
    "grade",
    "group",
    "hall",
    "key",
    "lane",
    "level",
    "line",
    "lot",
    "model",
    "option",
    "page",
    "paragraph",
    "part",
    "phase",
    "pier",
    "plan",
    "platform",
    "point",
    "question",
    "room",
    "row",
    "schedule",
    "seat",
    "section",
    "sector",
    "series",
    "side",
    "size",
    "stage",
    "step",
    "street",
    "team",
    "terminal",
    "the",
    "track",
    "type",
    "unit",
    "variant",
    "version",
    "wing",
    "zone",
];

/// Replaces each letter A in `text` by its name. [`LETTER`] marks are removed.
pub(super) fn name(text: &str) -> Cow<'_, str> {
    if !text.contains(['a', 'A', LETTER]) {
        return Cow::Borrowed(text);
    }
    let mut named = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, letter) in text.match_indices(['a', 'A']) {
        let (before, after) = (&text[..at], &text[at + 1..]);
        let alone = !before.ends_with(joins) && !after.starts_with(joins);
        let marked = after.starts_with(LETTER) && !before.ends_with(char::is_alphabetic);
        if marked || alone && is_letter(before, letter == "A", after) {
            named.push_str(&text[copied..at]);
            // A letter joined to a number is not an article.
            if before.ends_with(char::is_numeric) {
                named.push(' ');
            }
            named.push_str(NAME);
            copied = at + 1;
        }
    }
    if copied == 0 && !text.contains(LETTER) {
        return Cow::Borrowed(text);
    }
    named.push_str(&text[copied..]);
    named.retain(|c| c != LETTER);
    Cow::Owned(named)
}

/// Whether a word continues across the character.
fn joins(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\'' | '’' | '_' | '@') || canonical_combining_class(c) != 0
}

fn is_letter(before: &str, capital: bool, after: &str) -> bool {
    // "A-level" is read correctly, and "a-" is ambiguous.
    if after.starts_with('-') {
        return false;
    }
    let joined = before.ends_with(['-', '/', '+', '&']) && before.len() > 1;
    let next = after.trim_start_matches([' ', '\u{a0}']);
    if joined && (capital || before.ends_with('/')) || next.len() == after.len() {
        // No blank follows.
        return true;
    }
    let following = word(next);
    if following.is_empty() {
        // "a "good" one".
        return !next.starts_with(['"', '“', '‘', '\'', '«', '(', '$', '€', '£'])
            && !next.starts_with(char::is_numeric);
    }
    if !following.starts_with(|c: char| c.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&c)) {
        // A word of another script has no English article. A number may have one.
        return following.starts_with(char::is_alphabetic);
    }
    if NO_NOUN.contains(&following.to_ascii_lowercase().as_str()) {
        return true;
    }
    let trimmed = before.trim_end_matches([' ', '\u{a0}']);
    let opens = trimmed.len() == before.len() || trimmed.ends_with(ends_sentence);
    let last = if opens { "" } else { last_word(trimmed) };
    let same_case = |word: &str| {
        let mut letters = word.chars();
        letters.next().is_some_and(|letter| letter.is_alphabetic() && letter.is_uppercase() == capital)
            && letters.next().is_none()
    };
    if same_case(last) && !matches!(last, "a" | "I") {
        return true;
    }
    if same_case(following) {
        let further = word(next[following.len()..].trim_start_matches(' '));
        return !capital || !opens || further.chars().count() == 1;
    }
    let last = last.to_ascii_lowercase();
    if NAMED.contains(&last.as_str()) {
        return true;
    }
    // Within a sentence an article is lowercase, except in titles.
    capital
        && !last.is_empty()
        && (following.starts_with(char::is_lowercase) || NAMED_BY_CAPITALS.contains(&last.as_str()))
}

/// The word at the start, including hyphenated parts.
fn word(text: &str) -> &str {
    &text[..text.find(|c: char| !joins(c) && c != '-').unwrap_or(text.len())]
}

fn last_word(text: &str) -> &str {
    let start = text.char_indices().rev().find(|(_, c)| !joins(*c) && *c != '-');
    &text[start.map_or(0, |(at, c)| at + c.len_utf8())..]
}

fn ends_sentence(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | ':' | ';' | '\n' | '"' | '“' | '(' | '…' | '—' | '–' | '؟' | '•' | '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_is_named() {
        for (written, named) in [
            ("at nine a m", "at nine eigh m"),
            ("ten thirty a m sharp", "ten thirty eigh m sharp"),
            ("vitamin A is good", "vitamin eigh is good"),
            ("Vitamin A Deficiency", "Vitamin eigh Deficiency"),
            ("Hepatitis A Virus", "Hepatitis eigh Virus"),
            ("vitamin a helps", "vitamin eigh helps"),
            ("Plan A, not Plan B", "Plan eigh, not Plan B"),
            ("a grade A student", "a grade eigh student"),
            ("she got an A in maths", "she got an eigh in maths"),
            ("option a is right", "option eigh is right"),
            ("option a or b", "option eigh or b"),
            ("A or B?", "eigh or B?"),
            ("A is for apple", "eigh is for apple"),
            ("a) first", "eigh) first"),
            ("(a) first", "(eigh) first"),
            ("A. first", "eigh. first"),
            ("A: yes", "eigh: yes"),
            ("A+ and A/B", "eigh+ and eigh/B"),
            ("n/a", "n/eigh"),
            ("type-A person", "type-eigh person"),
            ("R A M and A I", "R eigh M and eigh I"),
            ("A B C", "eigh B C"),
            ("a b c", "eigh b c"),
            ("U S A today", "U S eigh today"),
            ("J. A. Smith", "J. eigh. Smith"),
            ("فيتامين A مفيد", "فيتامين eigh مفيد"),
            ("خطة a", "خطة eigh"),
            ("A\u{2063} four", "eigh four"),
            ("section three a\u{2063} is", "section three eigh is"),
            ("section 3a\u{2063}", "section 3 eigh"),
            ("B\u{2063} twelve", "B twelve"),
        ] {
            assert_eq!(name(written), named, "{written}");
        }
    }

    #[test]
    fn article_is_kept() {
        for text in [
            "a dog",
            "A dog",
            "A Dog's Life",
            "once upon a time",
            "Once Upon A Time",
            "I have a B in maths",
            "plan a party",
            "answer a question",
            "type a letter",
            "three times a day",
            "a to-do list and a for-profit",
            "a \"good\" one",
            "a (small) one",
            "a 4-year-old",
            "a while ago",
            "a can of tea",
            "He said: A dog",
            "(a dog)",
            "an A-level",
            "it's a's turn",
            "naïve à la carte",
            "A C minor chord",
        ] {
            assert_eq!(name(text), text);
        }
    }
}
