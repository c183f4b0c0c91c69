//! Words in the form in which they are compared: spelling variants of one word are equal.

/// Splits `text` into words that can be compared. The unknown word of a grammar is none.
pub(crate) fn words(text: &str) -> Vec<String> {
    let known = text.split_whitespace().filter(|word| !matches!(*word, "[unk]" | "<unk>"));
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
