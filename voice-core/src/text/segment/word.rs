//! Classifies a punctuation mark by the word before it: the full stop of an abbreviation or within an address does
//! not end a clause.

use super::marks::is_letter;

/// The maximum number of bytes examined in a word: abbreviations are shorter, and an address is recognizable by then.
const MAX_EXAMINED: usize = 64;

/// The meaning of a full stop after a word and before white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The end of a sentence.
    Ends,
    /// Part of an abbreviation or initial; the sentence continues.
    Never,
    /// An abbreviation that may end a sentence; before a lowercase letter or digit the sentence continues.
    UnlessSmall,
    /// An abbreviation only if a number follows.
    UnlessNumber,
    /// An abbreviation only if a number follows, which may be Roman: Vol. III.
    UnlessNumeral,
    /// An abbreviation that may end a sentence; before a lowercase letter, a digit or a single capital the sentence
    /// continues: Bldg. C.
    UnlessCode,
    /// A colon after a name whose number may follow.
    UnlessLabel,
}

/// Titles and similar words, which are always followed by a name.
const NEVER: &[&str] = &[
    "adm", "amb", "approx", "assoc", "atty", "brig", "capt", "cf", "cmdr", "col", "cpl", "cpt", "dr", "drs",
    "eng", "fr", "gen", "gov", "hon", "insp", "lt", "maj", "messrs", "mgr", "mme", "mlle", "mr", "mrs", "ms",
    "msgr", "mt", "mx", "pres", "prof", "pvt", "rep", "rev", "sen", "sgt", "sr", "st", "ste", "supt", "viz",
    "vs",
];

/// Abbreviations that may end a sentence.
const UNLESS_SMALL: &[&str] = &[
    "acct", "al", "amt", "appt", "appts", "attn", "ave", "blvd", "bros", "cap", "caps", "cc", "cm", "co",
    "cont", "corp", "dept", "ed", "eds", "esp", "est", "etc", "exp", "ext", "fl", "fri", "ft", "gal", "govt",
    "hr", "hrs", "hwy", "inc", "incl", "inj", "jr", "kg", "km", "lb", "lbs", "ltd", "max", "mcg", "meds",
    "mg", "mi", "min", "mins", "misc", "ml", "mm", "mmhg", "mo", "mon", "mos", "mph", "oz", "ph.d", "pkg",
    "pkwy", "pt", "qt", "rd", "sat", "sec", "secs", "sq", "sun", "susp", "tab", "tabs", "tbsp", "tel",
    "temp", "thu", "thur", "thurs", "tsp", "tue", "tues", "univ", "wed", "wk", "wks", "wt", "yd", "yr",
    "yrs", "a.m", "p.m", "b.c", "a.d",
];

/// The same, which a single letter may follow.
const UNLESS_CODE: &[&str] = &["apt", "bldg", "rm"];

/// Words that are abbreviations only before a number.
const UNLESS_NUMBER: &[&str] = &[
    "apr", "aug", "ca", "dec", "eq", "feb", "fig", "figs", "jan", "jul", "jun", "lic", "mar", "no", "nos",
    "nov", "nr", "oct", "para", "pg", "pgs", "pp", "ref", "rs", "sep", "sept", "ser", "ver",
];

/// The same before a number that may be Roman.
const UNLESS_NUMERAL: &[&str] = &["app", "art", "ch", "chap", "par", "sect", "vol", "vols"];

/// The meaning of a full stop after `word`, which includes its inner full stops.
pub(super) fn stop_after(word: &str) -> Stop {
    let word = bare(word);
    if word.is_empty() || word.len() > MAX_EXAMINED {
        return Stop::Ends;
    }
    let small = word.to_lowercase();
    let small = small.as_str();
    if UNLESS_SMALL.contains(&small) {
        return Stop::UnlessSmall;
    }
    if UNLESS_CODE.contains(&small) {
        return Stop::UnlessCode;
    }
    // J., U.S., ص.ب. and د.: Arabic abbreviations usually have one letter.
    let initials = word.split('.').all(|part| {
        let mut letters = part.chars().filter(|&c| is_letter(c) && c != 'ـ');
        letters.next().is_some_and(|c| !c.is_numeric()) && letters.next().is_none()
    });
    if initials || NEVER.contains(&small) {
        Stop::Never
    } else if UNLESS_NUMBER.contains(&small) {
        Stop::UnlessNumber
    } else if UNLESS_NUMERAL.contains(&small) {
        Stop::UnlessNumeral
    } else {
        // Mon.-Fri.
        match small.rsplit_once(['-', '–', '/']) {
            // Oct. 1–Dec. 15.
            Some((_, last)) if UNLESS_NUMBER.contains(&last) => Stop::UnlessNumber,
            Some((_, last)) if UNLESS_SMALL.contains(&last) => Stop::UnlessSmall,
            _ => Stop::Ends,
        }
    }
}

/// Whether a full stop directly before an Arabic letter belongs to an abbreviation, which may stand at its number:
/// `50ر.س`.
pub(super) fn is_abbreviation(word: &str) -> bool {
    let word =
        bare(head(word)).trim_start_matches(|c: char| c.is_numeric() || matches!(c, '.' | ',' | '٫' | '٬'));
    stop_after(word) != Stop::Ends
}

/// Whether a number belongs to the word before it: a currency, or a word such as "No.".
pub(super) fn leads_number(word: &str) -> bool {
    const LEADING: &[&str] = &[
        "no", "nos", "sar", "sr", "usd", "eur", "gbp", "aed", "kwd", "qar", "bhd", "omr", "egp", "jod",
        "ر.س", "د.ك", "د.إ", "ر.ق", "د.ب", "ر.ع", "ج.م", "د.أ", "رقم", "ص", "ext",
    ];
    let word = head(word).trim_end_matches('.');
    let word = word.trim_start_matches(|c: char| !is_letter(c));
    word.is_empty() || LEADING.contains(&word) || LEADING.contains(&word.to_lowercase().as_str())
}

/// Whether a word after a number is not yet the counted noun: 5 million people, 5 sq ft.
pub(super) fn scales(word: &str) -> bool {
    const SCALES: &[&str] = &[
        "thousand",
        "million",
        "billion",
        "trillion",
        "sq",
        "cubic",
        "square",
        "ألف",
        "آلاف",
        "ألفا",
        "مليون",
        "ملايين",
        "مليار",
        "مليارات",
        "درجة",
        "درجات",
        "وحدة",
        "وحدات",
        "ملم",
        "مم",
        "mm",
    ];
    SCALES.contains(&head(word))
}

/// Whether the word, without its last full stop, only introduces the next words, so that even a comma after it ends
/// nothing.
pub(super) fn introduces(word: &str) -> bool {
    ["e.g", "i.e", "viz"].iter().any(|known| bare(head(word)).eq_ignore_ascii_case(known))
}

/// Whether the word is an address, path, file name or version, in which a mark ends nothing unless white space
/// follows.
pub(super) fn is_address(word: &str) -> bool {
    let word = bare(head(word));
    if word.starts_with("www.") || word.contains(['@', '/', '\\']) {
        return true;
    }
    let mut parts = word.split('.');
    let mut before = parts.next().unwrap_or_default();
    parts.any(|part| {
        let joins = before.ends_with(|c: char| c.is_ascii_alphanumeric())
            && part.starts_with(|c: char| c.is_ascii_alphanumeric());
        before = part;
        joins
    })
}

/// Whether the text is only the number or letter of a list item.
pub(super) fn is_item_number(text: &str) -> bool {
    let text = bare(head(text));
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return false };
    let rest = letters.as_str();
    if first.is_numeric() {
        rest.chars().count() <= 2 && rest.chars().all(char::is_numeric)
    } else {
        first.is_alphabetic() && rest.is_empty()
    }
}

/// The word without the brackets, quotes, stars and controls before it.
fn bare(word: &str) -> &str {
    word.trim_start_matches(|c: char| !is_letter(c) && !matches!(c, '/' | '\\' | '@'))
}

/// Its first bytes.
fn head(word: &str) -> &str {
    &word[..word.floor_char_boundary(MAX_EXAMINED)]
}
