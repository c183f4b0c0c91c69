//! The characters that the rules of a voice can read, and replacements for all others.
//!
//! espeak-ng spells characters without rules, by names and numbers that it assembles in buffers of fixed length.
//! Version 1.51 crashes on some of them, and reads freed memory when it changes its language for a character. Hence
//! it gets only characters that the voice has rules for.

use std::iter::once;

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_script::{Script, UnicodeScript as _};

use super::punctuation::class;
use crate::text::writing::scripts;

/// Languages with letters from U+1E00 on.
const ADDITIONAL: &[&str] = &["cy", "ga", "vi"];

/// Languages without default rules. At a character without rules of its own, espeak-ng 1.51 writes through an
/// uninitialised pointer. The list holds the languages for which valgrind reports this.
const NO_DEFAULT_RULES: &[&str] = &[
    "as", "be", "bpy", "cv", "ga", "gd", "gn", "he", "hi", "ht", "hy", "hyw", "ia", "io", "ja", "kk", "ky",
    "mi", "my", "nog", "om", "qu", "quc", "qya", "sjn", "smj", "tk", "ug", "uk",
];

/// Names of Greek letters that stand alone, as in formulas.
const GREEK: [&str; 25] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
    "nu", "xi", "omicron", "pi", "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
];

/// Letters of other languages in Arabic script, and the Arabic letters for them. Persian keyboards produce the first
/// two.
const IN_ARABIC: &[(char, &str)] = &[
    ('ک', "ك"),
    ('ی', "ي"),
    ('ہ', "ه"),
    ('ە', "ه"),
    ('ھ', "ه"),
    ('ۃ', "ة"),
    ('ے', "ي"),
    ('ٱ', "ا"),
    ('ں', "ن"),
    ('ٹ', "ت"),
    ('ڈ', "د"),
    ('ڑ', "ر"),
    ('چ', "تش"),
    ('ژ', "ج"),
    ('ڤ', "ف"),
    ('ڥ', "ف"),
    ('ڨ', "ق"),
    ('ڭ', "ك"),
];

/// The kind of a character in its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Latin,
    /// A letter of the voice's own script, if that is not Latin.
    Own,
    /// Digits, punctuation and marks on letters, which occur in words of every script.
    Shared,
    /// The voice has no rules for it.
    Unknown,
}

/// The Latin letters with rules; each kind includes the kinds before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Latin {
    /// Letters of Western Europe, up to U+00FF.
    Western,
    /// Up to U+024F.
    Extended,
    /// Also from U+1E00 on.
    Additional,
}

/// The characters that a voice has rules for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alphabet {
    /// Its own scripts, besides Latin.
    scripts: &'static [Script],
    is_arabic: bool,
    is_english: bool,
    /// Its Latin letters.
    latin: Latin,
    /// Whether it has default rules for characters.
    pub(super) has_default_rules: bool,
}

impl Alphabet {
    /// The alphabet of the voice for `language`, a tag of espeak-ng.
    pub(super) fn of(language: &str) -> Self {
        let language = language.to_ascii_lowercase();
        let first = language.split('-').next().unwrap_or(&language);
        let scripts = scripts(&language);
        Self {
            scripts,
            is_arabic: first == "ar",
            is_english: first == "en",
            latin: match first {
                _ if ADDITIONAL.contains(&first) => Latin::Additional,
                // Voices with another script read words in Latin letters by the rules of English.
                "en" => Latin::Western,
                _ if scripts.is_empty() => Latin::Extended,
                _ => Latin::Western,
            },
            has_default_rules: !NO_DEFAULT_RULES.contains(&first),
        }
    }

    /// Whether words in Latin letters are read by the rules of English.
    pub(super) fn reads_english(self) -> bool {
        self.is_english || !self.scripts.is_empty()
    }

    /// Whether it reads marks on letters, such as the Russian stress.
    fn has_marks(self) -> bool {
        !self.is_arabic && !self.is_english
    }

    pub(super) fn kind(self, c: char) -> Kind {
        match c.script() {
            Script::Common | Script::Inherited => match c {
                '\u{300}'..='\u{36f}' if !self.has_marks() => Kind::Unknown,
                // The rules for Sinhala replace a bracket by a text that overflows a buffer.
                '[' | ']' => Kind::Unknown,
                _ if !self.has_default_rules && is_silent(c) => Kind::Unknown,
                // The sign of a long vowel.
                'ー' if self.scripts.contains(&Script::Katakana) => Kind::Own,
                '\0'..='\u{ff}'
                | '\u{300}'..='\u{36f}'
                | '\u{600}'..='\u{6ff}'
                | '\u{2000}'..='\u{206f}'
                | '\u{20a0}'..='\u{20cf}' => Kind::Shared,
                _ => Kind::Unknown,
            },
            Script::Latin => match c {
                '\0'..='\u{ff}' => Kind::Latin,
                '\u{100}'..='\u{24f}' if self.latin >= Latin::Extended => Kind::Latin,
                '\u{1e00}'..='\u{1eff}' if self.latin >= Latin::Additional => Kind::Latin,
                _ => Kind::Unknown,
            },
            Script::Arabic if self.is_arabic && !is_arabic(c) => Kind::Unknown,
            script if self.scripts.contains(&script) && is_main_block(c) => Kind::Own,
            _ => Kind::Unknown,
        }
    }

    /// Writes a character, or the nearest replacement that the voice can read. A mark on a letter is dropped; a
    /// symbol such as an emoji becomes a space.
    pub(super) fn write(self, c: char, alone: bool, mut out: impl FnMut(char)) {
        if self.kind(c) != Kind::Unknown {
            return out(c);
        }
        // Square brackets are read like round ones.
        match c {
            '[' => return self.write('(', alone, out),
            ']' => return self.write(')', alone, out),
            _ => {}
        }
        if let Some(letter) = self.is_arabic.then(|| IN_ARABIC.iter().find(|(from, _)| *from == c)).flatten()
        {
            return letter.1.chars().for_each(out);
        }
        // The full-width stop also occurs in numbers.
        if c != '．'
            && let Some((sign, ends_sentence)) = class(c)
        {
            let sign = sign.unwrap_or(if ends_sentence { '.' } else { ',' });
            return [sign, ' '].into_iter().for_each(out);
        }
        let mut parts = Vec::new();
        if c.script() != Script::Latin {
            decompose_compatible(c, |part| parts.push(part));
        }
        parts.iter_mut().filter(|part| **part == '−').for_each(|part| *part = '-');
        if !parts.is_empty() && parts.iter().all(|part| self.kind(*part) != Kind::Unknown) {
            return parts.into_iter().for_each(out);
        }
        if let Some(name) = parts.first().and_then(|first| greek(*first)).filter(|_| alone) {
            return once(' ').chain(name.chars()).chain(once(' ')).for_each(out);
        }
        let latin = any_ascii::any_ascii_char(c);
        let reads = c.script() != Script::Braille && latin.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if reads && !latin.is_empty() {
            return latin.chars().for_each(out);
        }
        if canonical_combining_class(c) == 0 {
            out(' ');
        }
    }
}

/// Letters and signs of Arabic, and letters of other languages that are common in it.
fn is_arabic(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{656}' | '\u{660}'..='\u{670}' | '\u{6d4}' | '\u{6f0}'..='\u{6f9}' | 'پ' | 'گ')
}

/// A bracket, quotation mark, hyphen or dash, which is not part of a word and not spoken.
fn is_silent(c: char) -> bool {
    matches!(
        c,
        '(' | ')' | '{' | '}' | '<' | '>' | '"' | '-' | '_' | '~' | '^' | '|' | '`' | '\\' | '«' | '»' | '\u{ad}'
            | '\u{2010}'..='\u{2015}'
            | '\u{201c}'..='\u{201f}'
            | '\u{2039}' | '\u{203a}'
    )
}

/// Whether the block is not one of rare or historical letters, for which voices of the script have no rules.
fn is_main_block(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{4ff}'
            | '\u{510}'..='\u{52f}'
            | '\u{530}'..='\u{6ff}'
            | '\u{750}'..='\u{77f}'
            | '\u{900}'..='\u{137f}'
            | '\u{13a0}'..='\u{13f5}'
            | '\u{1f00}'..='\u{1fff}'
            | '\u{3000}'..='\u{312f}'
            | '\u{3400}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}'
    )
}

/// A letter of Greek.
pub(super) fn is_greek(c: char) -> bool {
    c.script() == Script::Greek && c.is_alphabetic()
}

/// The name of a Greek letter.
fn greek(c: char) -> Option<&'static str> {
    let lower = c.to_lowercase().next().filter(|lower| ('α'..='ω').contains(lower))?;
    GREEK.get(lower as usize - 'α' as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, language: &str) -> String {
        let mut written = String::new();
        for c in text.chars() {
            Alphabet::of(language).write(c, text.chars().count() == 1, |c| written.push(c));
        }
        written
    }

    #[test]
    fn every_character_becomes_readable() {
        for language in ["ar", "en-us", "ru", "ja", "vi", "fa", "ga"] {
            let alphabet = Alphabet::of(language);
            // A sample of the planes of rare characters.
            let rare = ('\u{10000}'..=char::MAX).step_by(97);
            for c in ('\0'..='\u{ffff}').chain(rare) {
                let mut length = 0;
                for alone in [true, false] {
                    alphabet.write(c, alone, |part| {
                        length += 1;
                        assert_ne!(alphabet.kind(part), Kind::Unknown, "{c:?} as {part:?} in {language}");
                    });
                }
                let is_mark = canonical_combining_class(c) != 0;
                assert!(length < 64 && (is_mark || length > 0), "{c:?} in {language}: {length}");
            }
        }
    }

    #[test]
    fn other_scripts_are_transliterated() {
        assert_eq!(written("жук 한국 ひらがな", "en-us"), "zhuk HanGug hiragana");
        assert_eq!(written("жук", "ru"), "жук");
        assert_eq!(written("ひらがな漢字カー", "ja"), "ひらがな漢字カー");
        assert_eq!(written("Nguyễn Łódź", "en-gb"), "Nguyen Lódz");
        assert_eq!(written("Nguyễn", "vi"), "Nguyễn");
        assert_eq!(written("Łódź", "pl"), "Łódź");
        assert_eq!(written("café ñ", "ar"), "café ñ");
    }

    #[test]
    fn square_brackets_become_round() {
        assert_eq!(written("[a] {b} ［c］", "si"), "(a) {b}  c ");
    }

    #[test]
    fn silent_signs_become_spaces_without_default_rules() {
        assert_eq!(written("(a) [b] c-d \"e\" 3.5, 20% it's!", "ga"), " a   b  c d  e  3.5, 20% it's!");
        assert_eq!(written("(a) c-d", "ru"), "(a) c-d");
    }

    #[test]
    fn single_greek_letters_are_named() {
        assert_eq!(written("β", "ar"), " beta ");
        assert_eq!(written("Ω", "en-us"), " omega ");
        assert_eq!(written("Ωμέγα", "en-us"), "Omega");
        assert_eq!(written("Ω", "el"), "Ω");
    }

    #[test]
    fn persian_and_urdu_letters_become_arabic() {
        assert_eq!(written("کتاب ہے پ چ ۍ", "ar"), "كتاب هي پ تش ey");
        assert_eq!(written("کتاب ہے", "ur"), "کتاب ہے");
        assert_eq!(written("ﷺ ﻼ", "ar"), "صلى الله عليه وسلم لا");
    }

    #[test]
    fn signs_are_simplified_and_symbols_dropped() {
        assert_eq!(written("ＡＢ１．５ ① x₂ 10−3 ㎏", "en-us"), "AB1.5 1 x2 10-3 kg");
        assert_eq!(written("你好。是、", "cmn"), "你好. 是, ");
        assert_eq!(written("a🙂⣟\u{e000}\u{1d165}→b", "en-us"), "a    b");
        assert_eq!(written("a\u{fffd}\u{10ffff}\u{378}", "ar"), "a   ");
    }
}
