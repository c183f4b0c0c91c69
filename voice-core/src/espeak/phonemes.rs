//! Phonemes by clause, in the form that Piper's voices are trained on.
//!
//! Piper gets a clause's phonemes and its terminator from `espeak_TextToPhonemesWithTerminator`. Releases up to 1.52
//! do not have that function; for these the terminator is derived from the text, with espeak-ng's classes of
//! punctuation (measured over all characters of the basic plane).

use serde::{Deserialize, Serialize};

use super::library::{Clause, Library};
use super::punctuation::class;
use super::text::Window;

/// A clause: the speech up to a pause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhonemeClause {
    /// IPA with stress marks and spaces between words; not yet decomposed (NFD).
    pub ipa: String,
    /// Its terminator, as one of `. ? ! , : ;` for every script. `None` at the end of the text or of a paragraph, at
    /// an ellipsis, and if the clause was too long.
    pub terminator: Option<char>,
    /// Whether the next clause begins a new sentence.
    pub ends_sentence: bool,
}

/// The terminator bits that Piper uses.
const TERMINATOR_BITS: i32 = 0x000F_FFFF;
const ENDS_SENTENCE: i32 = 0x0008_0000;
/// Kind, intonation and pause (in units of 10 ms), as in espeak-ng's `translate.h`.
const TERMINATORS: [(i32, char); 6] =
    [(0x8_0028, '.'), (0x8_2028, '?'), (0x8_302D, '!'), (0x4_1014, ','), (0x4_001E, ':'), (0x4_101E, ';')];

/// The clauses that begin in the first part of the window, and their length in bytes.
pub(super) fn clauses(library: &mut Library, window: &Window) -> (Vec<PhonemeClause>, usize) {
    let mut clauses = Vec::new();
    let text = window.c_text();
    let mut at = 0;
    while at < window.begin_before() {
        let clause = library.clause(&text.as_c_str()[at..]);
        let end = at + clause.length;
        let is_last = window.is_last && end == window.len();
        clauses.push(PhonemeClause::new(&clause, window.part(at..end), is_last));
        at = end;
    }
    (clauses, at)
}

/// Drops clauses without phonemes, such as a lone quotation mark.
pub(super) fn spoken(clauses: impl IntoIterator<Item = PhonemeClause>) -> Vec<PhonemeClause> {
    let mut spoken: Vec<PhonemeClause> = Vec::new();
    for clause in clauses {
        if !clause.ipa.trim().is_empty() {
            spoken.push(clause);
        } else if let Some(last) = spoken.last_mut() {
            last.ends_sentence |= clause.ends_sentence;
        }
    }
    spoken
}

impl PhonemeClause {
    fn new(clause: &Clause, text: &str, is_last: bool) -> Self {
        let (terminator, ends_sentence) = match clause.terminator {
            Some(bits) => {
                let bits = bits & TERMINATOR_BITS;
                let known = TERMINATORS.iter().find(|(terminator, _)| *terminator == bits);
                (known.map(|(_, sign)| *sign), bits & ENDS_SENTENCE != 0)
            }
            None => ending(text, is_last),
        };
        Self { ipa: without_switches(&clause.ipa), terminator, ends_sentence }
    }
}

/// Drops the flags around words of another language, such as `(en)`.
fn without_switches(ipa: &str) -> String {
    let mut kept = String::with_capacity(ipa.len());
    let mut rest = ipa;
    while let Some(open) = rest.find('(') {
        let Some(length) = rest[open + 1..].find(')') else { break };
        kept.push_str(&rest[..open]);
        if length == 0 {
            kept.push_str("()");
        }
        rest = &rest[open + 1 + length + 1..];
    }
    kept.push_str(rest);
    kept
}

/// The terminator of the clause `text`, and whether the sentence ended.
fn ending(text: &str, is_last: bool) -> (Option<char>, bool) {
    let spoken = text.trim_end();
    if text[spoken.len()..].matches('\n').count() > 1 {
        return (None, true);
    }
    // With several signs, as in "?!", the first one decides.
    let is_sign = |c: char| class(c).is_some();
    let signs = &spoken[spoken.trim_end_matches(is_sign).len()..];
    let end_of_text = (None, true);
    match signs.chars().next().and_then(class) {
        _ if is_last && !spoken.contains(char::is_alphanumeric) => end_of_text,
        _ if signs.starts_with("...") => (None, false),
        Some(class) => class,
        None if is_last => end_of_text,
        // The clause was too long and was split.
        None => (None, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_sign_is_the_terminator() {
        let within = [
            ("Hello, ", Some(','), false),
            ("مرحبا، ", Some(','), false),
            ("كيف حالك؟ ", Some('?'), true),
            ("لا۔ ", Some('.'), true),
            ("نعم؛ ", Some(';'), false),
            ("One — ", Some(';'), false),
            ("look:\n", Some(':'), false),
            ("Really?! ", Some('?'), true),
            ("Yes!? ", Some('!'), true),
            ("Hi.. ", Some('.'), true),
            ("Wait... ", None, false),
            ("Wait… ", None, false),
            ("Hi! ", Some('!'), true),
            ("a.\n\n", None, true),
            ("a\n\n", None, true),
            ("wˈɜːd word ", None, false),
        ];
        for (text, terminator, ends_sentence) in within {
            assert_eq!(ending(text, false), (terminator, ends_sentence), "{text:?}");
        }
    }

    #[test]
    fn last_clause_ends_its_sentence() {
        let last = [
            ("Hello", None, true),
            ("Hello,", Some(','), false),
            ("Hello?", Some('?'), true),
            ("No…", None, false),
            ("...", None, true),
            ("\"", None, true),
            ("", None, true),
        ];
        for (text, terminator, ends_sentence) in last {
            assert_eq!(ending(text, true), (terminator, ends_sentence), "{text:?}");
        }
    }

    #[test]
    fn terminator_bits_match_the_signs() {
        let ending = |bits| {
            let clause = Clause { ipa: String::new(), length: 1, terminator: Some(bits) };
            let clause = PhonemeClause::new(&clause, "a? ", false);
            (clause.terminator, clause.ends_sentence)
        };
        assert_eq!(ending(0x8_0028), (Some('.'), true));
        assert_eq!(ending(0x4_1014 | 0x20_0000), (Some(','), false), "a bit that Piper masks");
        assert_eq!(ending(0x8_0046), (None, true), "a paragraph");
        assert_eq!(ending(0), (None, false), "a clause too long");
    }

    #[test]
    fn language_switches_are_removed() {
        assert_eq!(without_switches("ˈana (en)həlˈəʊ ðeə(ar) jˈaː"), "ˈana həlˈəʊ ðeə jˈaː");
        assert_eq!(without_switches("a()b(c"), "a()b(c");
        assert_eq!(without_switches(&"(".repeat(100_000)).len(), 100_000);
        assert_eq!(without_switches(&"()".repeat(50_000)).len(), 100_000);
    }

    #[test]
    fn silent_clause_ends_the_sentence_before_it() {
        let clause =
            |ipa: &str, ends_sentence| PhonemeClause { ipa: ipa.to_owned(), terminator: None, ends_sentence };
        let given = [clause("", true), clause("a", false), clause(" ", true), clause("b", false)];
        assert_eq!(spoken(given), [clause("a", true), clause("b", false)]);
    }
}
