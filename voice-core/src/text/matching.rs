//! Words in the form in which they are compared: spelling variants of one word are equal.

/// The symbol for a word that is not in a grammar, as libvosk writes it.
pub(crate) const UNKNOWN: &str = "[unk]";

/// Whether a word of a result stands for one that was not recognized.
pub(crate) fn is_unknown(word: &str) -> bool {
    word == UNKNOWN || word == "<unk>"
}

/// Splits `text` into words that can be compared. The unknown word of a grammar is none.
pub(crate) fn words(text: &str) -> Vec<String> {
    let known = text.split_whitespace().filter(|word| !is_unknown(word));
    known.map(key).filter(|word| !word.is_empty()).collect()
}

/// A word without vowel signs, tatweel and marks, in lower case. The forms of one Arabic letter (أ إ آ ا, ى ي, ة ه) are
/// equal.
pub(crate) fn key(word: &str) -> String {
    let letters = word.chars().filter(|letter| letter.is_alphanumeric() && !is_sign(*letter));
    letters
        .flat_map(char::to_lowercase)
        .map(|letter| match letter {
            'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
            'ى' => 'ي',
            'ة' => 'ه',
            other => other,
        })
        .collect()
}

/// Vowel signs of Arabic and tatweel.
fn is_sign(letter: char) -> bool {
    matches!(letter, '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{640}')
}
