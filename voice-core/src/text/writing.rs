//! The scripts in which languages are written, and the script of a text.

use unicode_script::{Script, UnicodeScript as _};

use super::is_address;
use crate::language::LanguageTag;

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
    (&["cmn", "yue", "zh"], &[Script::Han, Script::Bopomofo]),
];

/// The scripts of the language `tag`; empty for a language in Latin letters.
pub(crate) fn scripts(tag: &str) -> &'static [Script] {
    let tag = tag.to_ascii_lowercase();
    let (first, rest) = tag.split_once('-').unwrap_or((&tag, ""));
    let found = SCRIPTS.iter().find(|(languages, _)| languages.contains(&first) && !rest.contains("latn"));
    found.map_or(&[][..], |(_, scripts)| scripts)
}

/// Whether `language` is written in `script`.
pub(crate) fn writes(language: &LanguageTag, script: Script) -> bool {
    match scripts(language) {
        [] => script == Script::Latin,
        scripts => scripts.contains(&script),
    }
}

/// The script of a letter; `None` for other characters.
pub(crate) fn script_of(c: char) -> Option<Script> {
    match c {
        'a'..='z' | 'A'..='Z' => Some(Script::Latin),
        '\u{621}'..='\u{63a}' | '\u{641}'..='\u{64a}' => Some(Script::Arabic),
        // Tatweel is no letter.
        _ if c.is_ascii() || c == '\u{640}' || !c.is_alphabetic() => None,
        _ => Some(c.script()).filter(|script| !matches!(script, Script::Common | Script::Inherited)),
    }
}

/// The script to which most letters of `text` belong; if two have equally many, Arabic, else the first. Without letters the
/// digits decide: Arabic-Indic and Persian digits are Arabic. `None` for other texts. Web and email addresses, mentions
/// and hashtags count only if nothing else is written. At most the first 4,096 characters are examined.
pub(crate) fn main_script(text: &str) -> Option<Script> {
    const EXAMINED: usize = 4_096;
    let text = text.char_indices().nth(EXAMINED).map_or(text, |(at, _)| &text[..at]);
    let words = text.split_whitespace().filter(|word| !is_address(word));
    let is_arabic_digit = |c: char| matches!(c, '٠'..='٩' | '۰'..='۹');
    most(words.flat_map(str::chars))
        .or_else(|| most(text.chars()))
        .or_else(|| text.contains(is_arabic_digit).then_some(Script::Arabic))
}

fn most(characters: impl Iterator<Item = char>) -> Option<Script> {
    let mut counts: Vec<(Script, usize)> = Vec::new();
    for script in characters.filter_map(script_of) {
        match counts.iter_mut().find(|(counted, _)| *counted == script) {
            Some((_, count)) => *count += 1,
            None => counts.push((script, 1)),
        }
    }
    let most = counts.iter().map(|&(_, count)| count).max()?;
    let mut first = counts.iter().filter(|&&(_, count)| count == most).map(|&(script, _)| script);
    let is_arabic = counts.contains(&(Script::Arabic, most));
    if is_arabic { Some(Script::Arabic) } else { first.next() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_letters_decide_the_script() {
        for (text, script) in [
            ("Windows 11 متوفر الآن في الأسواق", Some(Script::Arabic)),
            ("(hello there مرحبا)", Some(Script::Latin)),
            ("see www.example.com لا أدري", Some(Script::Arabic)),
            ("@someone", Some(Script::Latin)),
            ("Привет, John", Some(Script::Cyrillic)),
            ("١٢:٣٠", Some(Script::Arabic)),
            ("12:30 ـ 5%", None),
            ("", None),
        ] {
            assert_eq!(main_script(text), script, "{text}");
        }
    }

    #[test]
    fn languages_have_scripts() {
        for (language, script) in [
            ("ar-SA", Script::Arabic),
            ("en", Script::Latin),
            ("sr", Script::Cyrillic),
            ("sr-Latn", Script::Latin),
            ("zh-Hant-TW", Script::Han),
        ] {
            assert!(writes(&language.parse().unwrap(), script), "{language}");
        }
        assert!(!writes(&"ar".parse().unwrap(), Script::Latin));
    }
}
