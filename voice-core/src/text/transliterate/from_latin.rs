//! Latin to Arabic letters, by the spelling of English.

use super::known;

/// Letters at the start of a word.
const FIRST: &[(&str, &str)] = &[
    ("kn", "ن"),
    ("wr", "ر"),
    ("ps", "س"),
    ("x", "ز"),
    ("ea", "إي"),
    ("ee", "إي"),
    ("ai", "إي"),
    ("au", "أو"),
    ("oo", "أو"),
    ("ou", "أو"),
    ("ow", "أو"),
    ("eu", "يو"),
    ("a", "أ"),
    ("e", "إ"),
    ("i", "إ"),
    ("o", "أو"),
    ("u", "أ"),
];

/// Letters at the end of a word, after another sound.
const LAST: &[(&str, &str)] = &[
    ("ation", "يشن"),
    ("tion", "شن"),
    ("sion", "جن"),
    ("ture", "تشر"),
    ("ough", "و"),
    ("age", "يج"),
    ("gue", "غ"),
    ("que", "ك"),
    ("ows", "وز"),
    ("ies", "يز"),
    ("ees", "يز"),
    ("oah", "وا"),
    ("ah", "ا"),
    ("le", "ل"),
    ("er", "ر"),
    ("re", "ر"),
    ("ey", "ي"),
    ("ow", "و"),
    ("ce", "س"),
    ("ge", "ج"),
    ("a", "ا"),
    ("o", "و"),
    ("y", "ي"),
];

/// Letters anywhere.
const ANYWHERE: &[(&str, &str)] = &[
    ("tion", "شن"),
    ("eau", "و"),
    ("igh", "اي"),
    ("sch", "ش"),
    ("tch", "تش"),
    ("chr", "كر"),
    ("sh", "ش"),
    ("ch", "تش"),
    ("ph", "ف"),
    ("th", "ث"),
    ("kh", "خ"),
    ("gh", "غ"),
    ("dh", "ذ"),
    ("wh", "و"),
    ("ck", "ك"),
    ("qu", "كو"),
    ("ng", "نغ"),
    ("ce", "سي"),
    ("ci", "سي"),
    ("cy", "سي"),
    ("ge", "جي"),
    ("gi", "جي"),
    ("gy", "جي"),
    ("oo", "و"),
    ("ee", "ي"),
    ("ea", "ي"),
    ("ai", "ي"),
    ("ay", "ي"),
    ("ei", "ي"),
    ("ey", "ي"),
    ("ie", "ي"),
    ("oa", "و"),
    ("ou", "او"),
    ("ow", "او"),
    ("au", "و"),
    ("aw", "و"),
    ("oi", "وي"),
    ("oy", "وي"),
    ("ew", "يو"),
    ("ue", "و"),
    ("a", "ا"),
    ("b", "ب"),
    ("c", "ك"),
    ("d", "د"),
    ("e", "ي"),
    ("f", "ف"),
    ("g", "غ"),
    ("h", "ه"),
    ("i", "ي"),
    ("j", "ج"),
    ("k", "ك"),
    ("l", "ل"),
    ("m", "م"),
    ("n", "ن"),
    ("o", "و"),
    ("p", "ب"),
    ("q", "ك"),
    ("r", "ر"),
    ("s", "س"),
    ("t", "ت"),
    ("u", "و"),
    ("v", "ف"),
    ("w", "و"),
    ("x", "كس"),
    ("y", "ي"),
    ("z", "ز"),
];

/// A word of ASCII letters in Arabic letters; other characters are dropped.
pub(super) fn to_arabic(word: &str) -> String {
    let word: String =
        word.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    if let Some(arabic) = known::find(&word) {
        return arabic.to_owned();
    }
    // A plural or possessive of a known word.
    if let Some(stem) = word.strip_suffix('s').filter(|stem| stem.len() > 3)
        && let Some(arabic) = known::find(stem)
    {
        return format!("{arabic}س");
    }
    let word = without_silent(&word);
    let mut arabic = String::new();
    let mut at = 0;
    while at < word.len() {
        let rest = &word[at..];
        let starts = |(letters, _): &&(&str, &str)| rest.starts_with(letters);
        let first = FIRST.iter().filter(|_| at == 0).find(starts);
        let last = LAST.iter().filter(|_| at > 0).find(|(letters, _)| rest == *letters);
        let syllable = open_vowel(rest).filter(|_| at == 0);
        let syllable = syllable.or_else(|| unstressed(rest).filter(|_| at >= 3));
        let found = syllable.as_ref().or(first).or(last).or_else(|| ANYWHERE.iter().find(starts));
        let Some((letters, sound)) = found else { break };
        arabic.push_str(sound);
        at += letters.len();
    }
    arabic
}

/// A first e or i that is long, before one consonant and a vowel or before a vowel: Emily, Ian.
fn open_vowel(word: &str) -> Option<(&'static str, &'static str)> {
    let is_vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let mut letters = word.chars();
    let letter = match letters.next()? {
        'e' => "e",
        'i' => "i",
        _ => return None,
    };
    let next = letters.next()?;
    let open = is_vowel(next) && letter == "i" || !is_vowel(next) && letters.next().is_some_and(is_vowel);
    open.then_some((letter, "إي"))
}

/// "er" before a consonant, which has no long vowel: Robert.
fn unstressed(rest: &str) -> Option<(&'static str, &'static str)> {
    let next = rest.strip_prefix("er")?.chars().next()?;
    (!matches!(next, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')).then_some(("er", "ر"))
}

/// The word with single consonants for double ones, and without a silent e at its end.
fn without_silent(word: &str) -> String {
    let mut kept = String::with_capacity(word.len());
    for c in word.chars() {
        let is_vowel = matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
        if is_vowel || !kept.ends_with(c) || c == 's' && kept.len() == 1 {
            kept.push(c);
        }
    }
    let is_vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let stem = kept.strip_suffix('e').filter(|stem| {
        stem.contains(is_vowel) && !stem.ends_with(is_vowel) && !stem.ends_with(['l', 'c', 'g', 'r'])
    });
    let silent = stem.is_some_and(|stem| !stem.ends_with("qu"));
    if silent {
        kept.pop();
        // The vowel before it is long.
        if let Some(last) = kept.pop() {
            let long = match kept.chars().next_back() {
                Some('a') => Some("ai"),
                Some('i') if kept.len() <= 4 => Some("igh"),
                _ => None,
            };
            let is_single = !kept[..kept.len().saturating_sub(1)].ends_with(is_vowel);
            if let Some(long) = long.filter(|_| is_single) {
                kept.pop();
                kept.push_str(long);
            }
            kept.push(last);
        }
    }
    kept
}
