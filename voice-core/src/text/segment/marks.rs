//! Character classes of the segmenter. Unicode's own classes do not fit: closing punctuation lacks the straight
//! quote, and sentence terminators lack the Arabic comma.

use super::Boundary;

/// The boundary that follows a punctuation mark; `None` for all other characters.
pub(super) fn boundary(c: char) -> Option<Boundary> {
    match c {
        ',' | ';' | ':' | '،' | '؛' | '—' | '，' | '；' | '：' | '、' => Some(Boundary::Comma),
        '.' | '!' | '?' | '؟' | '۔' | '…' | '‼' | '⁇' | '⁈' | '⁉' | '。' | '！' | '？' => {
            Some(Boundary::Sentence)
        }
        _ => None,
    }
}

/// A full stop that may belong to the word before it.
pub(super) fn is_stop(c: char) -> bool {
    matches!(c, '.' | '۔')
}

/// Closing quotes and brackets after a mark, and the stars of Markdown. A straight double quote may also open, so it
/// is not included.
pub(super) fn closes(c: char) -> bool {
    matches!(c, ')' | ']' | '}' | '»' | '›' | '”' | '’' | '\'' | '\u{fd3e}' | '*' | '_' | '`' | '~')
}

/// Characters that attach to the one before them: combining marks, joiners, variation selectors, bidirectional and
/// other controls. Tatweel counts as a letter.
pub(super) fn clings(c: char) -> bool {
    if matches!(c, ' '..='~' | '\u{620}'..='\u{64a}') {
        return false;
    }
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}'
        | '\u{610}'..='\u{61a}' | '\u{61c}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{8ca}'..='\u{8ff}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{feff}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
        || (c.is_control() && !c.is_whitespace())
}

/// A letter or digit, in any script; not a vowel sign.
pub(super) fn is_letter(c: char) -> bool {
    // The first test is for speed: most letters here are Arabic.
    matches!(c, '\u{620}'..='\u{64a}') || c.is_alphanumeric() && !clings(c)
}

/// Whether the writing system is Arabic.
pub(super) fn is_arabic(c: char) -> bool {
    is_letter(c)
        && !c.is_numeric()
        && matches!(c, '\u{620}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{8a0}'..='\u{8c9}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// Whether a voice may speak it: letters, digits, signs with a name, emoji.
pub(super) fn speaks(c: char) -> bool {
    is_letter(c)
        || matches!(c, '‰' | '∞' | '√' | '∑' | '≠' | '%' | '٪' | '&' | '@' | '°')
        || matches!(c, '$' | '£' | '¥' | '\u{20a0}'..='\u{20cf}')
        // Arabic phrases in one sign.
        || matches!(c, '\u{fd40}'..='\u{fd4f}' | '\u{fdfa}'..='\u{fdff}')
        || matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')
}

/// White space at which text may be split. No-break spaces keep numbers and names together.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}')
}

/// The number of line ends that the character stands for.
pub(super) fn lines(c: char) -> u8 {
    match c {
        '\n' | '\u{b}' | '\u{85}' | '\u{2028}' => 1,
        '\u{c}' | '\u{2029}' => 2,
        _ => 0,
    }
}
