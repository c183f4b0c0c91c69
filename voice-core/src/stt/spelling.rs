//! Unicode spellings: the comparison of a word with a model's vocabulary, which has one spelling of each word.

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};

/// The plain spelling of `word`, without differences that do not make it another word: compatibility forms,
/// composition, case (with the dot of a lowered Turkish capital i and the final form of a Greek sigma), Arabic vowels
/// and tatweel, and invisible characters.
#[cfg_attr(not(feature = "vosk"), allow(dead_code, reason = "used by models with a vocabulary"))]
pub(crate) fn folded(word: &str) -> String {
    let plain = word.nfkc().filter(|&c| !is_invisible(c) && !is_arabic_mark(c));
    // Composed again, because a removed mark may have been between a letter and its hamza.
    let lower: String = plain.flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect();
    lower.replace("i\u{307}", "i").nfkc().collect()
}

/// Whether a quick check shows that `word` is plain already, which is true of nearly all words of a vocabulary.
#[cfg_attr(not(feature = "vosk"), allow(dead_code, reason = "used by models with a vocabulary"))]
pub(crate) fn is_plain(word: &str) -> bool {
    let is_lower = |c: char| c.is_ascii_lowercase() || c.to_lowercase().eq([c]);
    word.chars()
        .all(|c| is_lower(c) && !matches!(c, 'ς' | '\u{307}') && !is_invisible(c) && !is_arabic_mark(c))
        && is_nfkc_quick(word.chars()) == IsNormalized::Yes
}

/// Whether `c` is a default-ignorable code point (direction mark, joiner, zero-width space, variation selector) or a
/// control character.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}')
        || c.is_control()
}

/// Whether `c` is an Arabic vowel, shadda, Quranic sign or tatweel. Hamza above and below, and madda, are parts of
/// letters.
#[cfg_attr(not(feature = "vosk"), allow(dead_code, reason = "used by models with a vocabulary"))]
fn is_arabic_mark(c: char) -> bool {
    matches!(c,
        '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{652}' | '\u{656}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{8d3}'..='\u{8ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_word_are_equal() {
        for (spelling, word) in [
            ("\u{627}\u{654}ربعة", "أربعة"),
            ("\u{627}\u{64e}\u{654}ربعة", "أربعة"),
            ("\u{627}\u{655}لغاء", "إلغاء"),
            ("وَاحِد", "واحد"),
            ("اِثْنَان", "اثنان"),
            ("واحـــد", "واحد"),
            ("\u{feed}\u{fe8d}\u{fea3}\u{feaa}", "واحد"),
            ("\u{200f}واحد\u{200b}", "واحد"),
            ("\u{202b}واحد\u{202c}", "واحد"),
            ("\u{feff}رقم", "رقم"),
            ("سؤال", "سؤال"),
            ("Yes", "yes"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδος", "οδοσ"),
            ("İstanbul", "istanbul"),
            ("I\u{307}stanbul", "istanbul"),
            ("ｎｏ", "no"),
            ("cafe\u{301}", "café"),
            ("[unk]", "[unk]"),
            ("\u{110b}\u{1161}\u{11ab}\u{1102}\u{1167}\u{11bc}", "안녕"),
        ] {
            assert_eq!(folded(spelling), word, "{spelling:?}");
            assert!(is_plain(word) && (spelling == word || !is_plain(spelling)), "{spelling:?}");
        }
    }

    #[test]
    fn different_words_stay_different() {
        for (one, other) in [("ارقام", "أرقام"), ("على", "علي"), ("مئة", "مئه"), ("resume", "résumé")]
        {
            assert_ne!(folded(one), folded(other));
        }
    }
}
