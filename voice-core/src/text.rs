//! Text processing before a voice: segmentation into clauses, SSML, the user's lexicon, normalization, and
//! diacritization.

#[cfg(feature = "onnx")]
pub(crate) mod diacritize;
pub mod lexicon;
mod normalize;
pub mod segment;
pub mod ssml;
#[cfg(test)]
pub(crate) mod test_data;

use crate::language::LanguageTag;

#[cfg(feature = "onnx")]
pub use diacritize::Tashkeel;
pub use normalize::{MAX_TEXT, SayAs, normalize, say_as};

/// Marks the letter before it as one that is spoken by its name and not as a word: U+2063, which has no sound and no
/// width.
pub const LETTER: char = '\u{2063}';

/// A language with normalization rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// Modern Standard Arabic, with the dates, currencies and units of Saudi Arabia.
    Arabic,
    /// English.
    English,
}

impl Language {
    /// Guesses the language of `text`: Arabic if the first letter that is Arabic or Latin is Arabic.
    pub fn guess(text: &str) -> Self {
        let letter = text.chars().find(|c| c.is_ascii_alphabetic() || matches!(c, '\u{621}'..='\u{64a}'));
        if letter.is_some_and(|letter| !letter.is_ascii()) { Self::Arabic } else { Self::English }
    }

    /// Its tag, as a text.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Arabic => "ar",
            Self::English => "en",
        }
    }

    /// Its tag.
    pub fn tag(self) -> LanguageTag {
        LanguageTag::of_code(self.code())
    }

    /// The language of a tag, by its primary subtag: `ar-SA` is Arabic, `en-GB` English.
    pub fn from_tag(tag: &LanguageTag) -> Option<Self> {
        match tag.primary() {
            "ar" => Some(Self::Arabic),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_letter_decides_the_language() {
        assert_eq!(Language::guess("3 مرحبا hello").tag(), "ar");
        assert_eq!(Language::guess("(hello مرحبا)").tag(), "en");
        assert_eq!(Language::guess("123").tag(), "en");
    }

    #[test]
    fn primary_subtag_decides_the_language() {
        let language = |text: &str| Language::from_tag(&text.parse().unwrap());
        assert_eq!(language("ar"), Some(Language::Arabic));
        assert_eq!(language("AR-SA"), Some(Language::Arabic));
        assert_eq!(language("en_GB"), Some(Language::English));
        for unknown in ["und", "arz", "fr", "english"] {
            assert_eq!(language(unknown), None, "{unknown}");
        }
    }
}
