//! What the rules of a voice know how to read, and what is written in place of everything else.
//!
//! espeak-ng spells what its rules do not know, by names and numbers that it puts together in buffers of
//! fixed length: 1.51 ends the process over some of them, and reads freed memory where it changes its
//! language for a character. Hence it sees nothing that the voice has no rules for.

use std::iter::once;

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_script::{Script, UnicodeScript as _};

use super::punctuation::class;

/// Scripts of languages that are not written in Latin letters, by the first part of their tag.
const SCRIPTS: &[(&[&str], &[Script])] = &[
    (&["ar", "fa", "sd", "ug", "ur"], &[Script::Arabic]),
    (&["ba", "be", "bg", "cv", "kk", "ky", "mk", "nog", "ru", "sr", "tt", "uk"], &[Script::Cyrillic]),
    (&["el", "grc"], &[Script::Greek]),
    (&["he"], &[Script::Hebrew]),
    (&["hy", "hyw"], &[Script::Armenian]),
    (&["ka"], &[Script::Georgian]),
    (&["am"], &[Script::Ethiopic]),
    (&["chr"], &[Script::Cherokee]),
    (&["hi", "kok", "mr", "ne"], &[Script::Devanagari]),
    (&["as", "bn", "bpy"], &[Script::Bengali]),
    (&["gu"], &[Script::Gujarati]),
    (&["kn"], &[Script::Kannada]),
    (&["ml"], &[Script::Malayalam]),
    (&["or"], &[Script::Oriya]),
    (&["pa"], &[Script::Gurmukhi]),
    (&["si"], &[Script::Sinhala]),
    (&["ta"], &[Script::Tamil]),
    (&["te"], &[Script::Telugu]),
    (&["my", "shn"], &[Script::Myanmar]),
    (&["th"], &[Script::Thai]),
    (&["ko"], &[Script::Hangul]),
    (&["ja"], &[Script::Hiragana, Script::Katakana, Script::Han]),
    (&["cmn", "yue"], &[Script::Han, Script::Bopomofo]),
];

/// Languages with letters from U+1E00 on.
const ADDITIONAL: &[&str] = &["cy", "ga", "vi"];

/// Languages without rules for characters in general: at one that has none of its own, espeak-ng 1.51 writes to where
/// memory that it has not set points. Those whose data valgrind shows it for.
const NO_DEFAULT_RULES: &[&str] = &[
    "as", "be", "bpy", "cv", "ga", "gd", "gn", "he", "hi", "ht", "hy", "hyw", "ia", "io", "ja", "kk", "ky",
    "mi", "my", "nog", "om", "qu", "quc", "qya", "sjn", "smj", "tk", "ug", "uk",
];

/// How Greek letters that stand alone, as in formulas, are called.
const GREEK: [&str; 25] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
    "nu", "xi", "omicron", "pi", "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
];

/// Letters of other languages in Arabic script, as an Arab reads them. Persian keyboards write the first.
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

/// What a character is to the word that it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Latin,
    /// Of the voice's own script, where that is another one.
    Own,
    /// Digits, punctuation, marks on letters: they stand in words of every script.
    Shared,
    /// The voice has no rules for it.
    Unknown,
}

/// Which Latin letters there are rules for, each kind with those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Latin {
    /// Those of Western Europe, up to U+00FF.
    Western,
    /// Up to U+024F.
    Extended,
    /// From U+1E00 on too.
    Additional,
}

/// What a voice has rules for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alphabet {
    /// Its own, beside Latin.
    scripts: &'static [Script],
    is_arabic: bool,
    is_english: bool,
    /// The last of the Latin letters.
    latin: Latin,
    /// It has rules for characters in general.
    pub(super) has_default_rules: bool,
}

impl Alphabet {
    /// That of the voice for `language`, a tag of espeak-ng's.
    pub(super) fn of(language: &str) -> Self {
        let language = language.to_ascii_lowercase();
        let (first, rest) = language.split_once('-').unwrap_or((&language, ""));
        let found =
            SCRIPTS.iter().find(|(languages, _)| languages.contains(&first) && !rest.contains("latn"));
        let scripts = found.map_or(&[][..], |(_, scripts)| scripts);
        Self {
            scripts,
            is_arabic: first == "ar",
            is_english: first == "en",
            latin: match first {
                _ if ADDITIONAL.contains(&first) => Latin::Additional,
                // By its rules words in Latin letters are read where the own script is another one.
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

    /// Marks on letters, such as the Russian stress.
    fn has_marks(self) -> bool {
        !self.is_arabic && !self.is_english
    }

    pub(super) fn kind(self, c: char) -> Kind {
        match c.script() {
            Script::Common | Script::Inherited => match c {
                '\u{300}'..='\u{36f}' if !self.has_marks() => Kind::Unknown,
                // The rules for Sinhala replace one by a text, in a buffer that has no room for it.
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

    /// What is written for a character, unless the voice knows it: as near to it as the voice can read. Nothing for
    /// a mark on a letter, and a space for what is no letter, such as a smiley.
    pub(super) fn write(self, c: char, alone: bool, mut out: impl FnMut(char)) {
        if self.kind(c) != Kind::Unknown {
            return out(c);
        }
        // They are read alike.
        match c {
            '[' => return self.write('(', alone, out),
            ']' => return self.write(')', alone, out),
            _ => {}
        }
        if let Some(letter) = self.is_arabic.then(|| IN_ARABIC.iter().find(|(from, _)| *from == c)).flatten()
        {
            return letter.1.chars().for_each(out);
        }
        // The full-width stop also stands in numbers.
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

/// Letters and signs that Arabic is written with, and those of other languages that are at home in it.
fn is_arabic(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{656}' | '\u{660}'..='\u{670}' | '\u{6d4}' | '\u{6f0}'..='\u{6f9}' | 'پ' | 'گ')
}

/// A bracket, quotation mark, hyphen or dash: it is part of no word, and nothing is said for it.
fn is_silent(c: char) -> bool {
    matches!(
        c,
        '(' | ')' | '{' | '}' | '<' | '>' | '"' | '-' | '_' | '~' | '^' | '|' | '`' | '\\' | '«' | '»' | '\u{ad}'
            | '\u{2010}'..='\u{2015}'
            | '\u{201c}'..='\u{201f}'
            | '\u{2039}' | '\u{203a}'
    )
}

/// Not a block of rare or historical letters, which voices of the same script do not know.
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

/// What a Greek letter is called.
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
    fn every_character_becomes_what_the_voice_knows() {
        for language in ["ar", "en-us", "ru", "ja", "vi", "fa", "ga"] {
            let alphabet = Alphabet::of(language);
            // Of the planes of rare characters, some.
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
    fn letters_of_other_scripts_are_written_in_latin() {
        assert_eq!(written("жук 한국 ひらがな", "en-us"), "zhuk HanGug hiragana");
        assert_eq!(written("жук", "ru"), "жук");
        assert_eq!(written("ひらがな漢字カー", "ja"), "ひらがな漢字カー");
        assert_eq!(written("Nguyễn Łódź", "en-gb"), "Nguyen Lódz");
        assert_eq!(written("Nguyễn", "vi"), "Nguyễn");
        assert_eq!(written("Łódź", "pl"), "Łódź");
        assert_eq!(written("café ñ", "ar"), "café ñ");
    }

    #[test]
    fn square_brackets_are_round() {
        assert_eq!(written("[a] {b} ［c］", "si"), "(a) {b}  c ");
    }

    #[test]
    fn what_is_silent_is_a_space_where_there_are_no_default_rules() {
        assert_eq!(written("(a) [b] c-d \"e\" 3.5, 20% it's!", "ga"), " a   b  c d  e  3.5, 20% it's!");
        assert_eq!(written("(a) c-d", "ru"), "(a) c-d");
    }

    #[test]
    fn greek_letters_alone_are_named() {
        assert_eq!(written("β", "ar"), " beta ");
        assert_eq!(written("Ω", "en-us"), " omega ");
        assert_eq!(written("Ωμέγα", "en-us"), "Omega");
        assert_eq!(written("Ω", "el"), "Ω");
    }

    #[test]
    fn letters_of_persian_and_urdu_are_arabic_in_arabic() {
        assert_eq!(written("کتاب ہے پ چ ۍ", "ar"), "كتاب هي پ تش ey");
        assert_eq!(written("کتاب ہے", "ur"), "کتاب ہے");
        assert_eq!(written("ﷺ ﻼ", "ar"), "صلى الله عليه وسلم لا");
    }

    #[test]
    fn signs_become_plain_ones_and_symbols_spaces() {
        assert_eq!(written("ＡＢ１．５ ① x₂ 10−3 ㎏", "en-us"), "AB1.5 1 x2 10-3 kg");
        assert_eq!(written("你好。是、", "cmn"), "你好. 是, ");
        assert_eq!(written("a🙂⣟\u{e000}\u{1d165}→b", "en-us"), "a    b");
        assert_eq!(written("a\u{fffd}\u{10ffff}\u{378}", "ar"), "a   ");
    }
}
