//! Arabic letters and the signs on them.

use unicode_normalization::char::canonical_combining_class;

pub(super) const SHADDA: char = '\u{651}';

/// A line that joins letters; it has no sound.
const TATWEEL: char = '\u{640}';

/// A character and its marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cluster<'a> {
    pub(super) base: char,
    pub(super) marks: &'a str,
}

impl Cluster<'_> {
    /// Whether a word continues across it.
    pub(super) fn is_in_word(&self) -> bool {
        is_letter(self.base) || is_silent(self.base)
    }

    pub(super) fn has_vowel(&self) -> bool {
        self.marks.contains(is_vowel)
    }

    pub(super) fn has_shadda(&self) -> bool {
        self.marks.contains(SHADDA)
    }
}

/// The characters of `text`, in NFC, with their marks.
pub(super) fn clusters(text: &str) -> impl Iterator<Item = Cluster<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let base = rest.chars().next()?;
        let after = &rest[base.len_utf8()..];
        let end = after.find(|c| canonical_combining_class(c) == 0).unwrap_or(after.len());
        let (marks, next) = after.split_at(end);
        rest = next;
        Some(Cluster { base, marks })
    })
}

/// A letter that may carry a vowel.
pub(super) fn is_letter(c: char) -> bool {
    matches!(plain(c), '\u{621}'..='\u{63a}' | '\u{641}'..='\u{64a}')
}

/// The Arabic letter that `c` replaces: letters for borrowed sounds, and Persian forms.
pub(super) fn plain(c: char) -> char {
    match c {
        'ٱ' => 'ا',
        'پ' => 'ب',
        'چ' => 'ج',
        'ڤ' => 'ف',
        'ک' | 'گ' => 'ك',
        'ی' => 'ي',
        other => other,
    }
}

/// A character within words that is not spoken and usually not visible: tatweel, joiners, marks of writing direction.
pub(super) fn is_silent(c: char) -> bool {
    matches!(
        c,
        TATWEEL
            | '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
    )
}

/// A vowel sign: tanwin, the short vowels, sukun, and the signs of the Quran. Not shadda, which is also written in
/// text without vowels.
fn is_vowel(c: char) -> bool {
    matches!(
        c,
        '\u{64b}'..='\u{650}' | '\u{652}' | '\u{656}' | '\u{657}' | '\u{670}' | '\u{6e1}' | '\u{8f0}'..='\u{8f2}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_belong_to_the_preceding_character() {
        let found: Vec<_> = clusters("كَتَّb\u{301} ").map(|cluster| (cluster.base, cluster.marks)).collect();
        assert_eq!(
            found,
            [('ك', "\u{64e}"), ('ت', "\u{64e}\u{651}"), ('b', "\u{301}"), (' ', "")],
            "in the order of NFC"
        );
        assert_eq!(clusters("\u{64e}\u{64e}").next(), Some(Cluster { base: '\u{64e}', marks: "\u{64e}" }));
    }

    #[test]
    fn shadda_is_not_a_vowel() {
        assert!(!clusters("دّ").any(|cluster| cluster.has_vowel()));
        assert!(clusters("دٌ").all(|cluster| cluster.has_vowel() && !cluster.has_shadda()));
        assert!("ڤیگٱءي".chars().all(is_letter));
        assert!(!"ـ٣aَ،ے".chars().any(is_letter));
    }
}
