//! The spoken names of letters and marks.

use super::number;
use super::scan::is_digit;
use crate::text::{LETTER, Language};

/// Spells letters: in Arabic by their names, in English unchanged, with a mark on a letter that could be an article.
pub(super) fn spell(letters: &str, language: Language) -> String {
    let spoken = letters.chars().map(|letter| match letter_name(letter, language) {
        Some(name) => name.to_owned(),
        None if letters.len() == 1 && letter.eq_ignore_ascii_case(&'a') => format!("{letter}{LETTER}"),
        None => letter.to_string(),
    });
    spoken.collect::<Vec<_>>().join(" ")
}

/// Reads a code letter by letter and digit by digit.
pub(super) fn one_by_one(code: &str, language: Language) -> String {
    let words = code.chars().map(|c| {
        let one = c.to_string();
        if is_digit(c) { number::one_by_one(&one, language) } else { spell(&one, language) }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn letter_name(letter: char, language: Language) -> Option<&'static str> {
    const LATIN: [&str; 26] = [
        "إيه",
        "بي",
        "سي",
        "دي",
        "إي",
        "إف",
        "جي",
        "إتش",
        "آي",
        "جيه",
        "كيه",
        "إل",
        "إم",
        "إن",
        "أو",
        "بي",
        "كيو",
        "آر",
        "إس",
        "تي",
        "يو",
        "في",
        "دبليو",
        "إكس",
        "واي",
        "زد",
    ];
    const ARABIC: [(&str, &str, &str); 29] = [
        ("اأإآٱ", "ألِف", "alef"),
        ("ب", "باء", "ba"),
        ("ت", "تاء", "ta"),
        ("ث", "ثاء", "tha"),
        ("ج", "جيم", "jeem"),
        ("ح", "حاء", "hah"),
        ("خ", "خاء", "kha"),
        ("د", "دال", "dal"),
        ("ذ", "ذال", "thal"),
        ("ر", "راء", "ra"),
        ("ز", "زاي", "zay"),
        ("س", "سين", "seen"),
        ("ش", "شين", "sheen"),
        ("ص", "صاد", "sad"),
        ("ض", "ضاد", "dad"),
        ("ط", "طاء", "tah"),
        ("ظ", "ظاء", "zah"),
        ("ع", "عين", "ain"),
        ("غ", "غين", "ghain"),
        ("ف", "فاء", "fa"),
        ("ق", "قاف", "qaf"),
        ("ك", "كاف", "kaf"),
        ("ل", "لام", "lam"),
        ("م", "ميم", "meem"),
        ("ن", "نون", "noon"),
        ("هة", "هاء", "ha"),
        ("وؤ", "واو", "waw"),
        ("يىئ", "ياء", "ya"),
        ("ء", "همزة", "hamza"),
    ];
    let english = language == Language::English;
    if letter.is_ascii_alphabetic() {
        let index = usize::from(letter.to_ascii_lowercase() as u8 - b'a');
        return (!english).then(|| LATIN[index]);
    }
    let found = ARABIC.iter().find(|(letters, ..)| letters.contains(letter));
    found.map(|&(_, arabic, latin)| if english { latin } else { arabic })
}

/// The spoken name of a mark.
pub(super) fn mark(character: char, language: Language) -> Option<&'static str> {
    let (english, arabic) = match character {
        '.' => ("dot", "نقطة"),
        '@' => ("at", "آت"),
        '/' => ("slash", "شرطة مائلة"),
        '\\' => ("backslash", "شرطة مائلة عكسية"),
        '-' => ("dash", "شرطة"),
        '_' => ("underscore", "شرطة سفلية"),
        ':' => ("colon", "نقطتان"),
        '?' | '؟' => ("question mark", "علامة استفهام"),
        '!' => ("exclamation mark", "علامة تعجب"),
        '=' => ("equals", "يساوي"),
        '&' => ("and", "و"),
        '%' => ("percent", "في المئة"),
        '#' => ("hash", "مربع"),
        '+' => ("plus", "زائد"),
        '*' => ("star", "نجمة"),
        '~' => ("tilde", "تلدة"),
        ',' | '،' => ("comma", "فاصلة"),
        ';' | '؛' => ("semicolon", "فاصلة منقوطة"),
        '(' | ')' => ("bracket", "قوس"),
        '$' => ("dollar", "دولار"),
        _ => return None,
    };
    Some(match language {
        Language::Arabic => arabic,
        Language::English => english,
    })
}
