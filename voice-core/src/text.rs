//! Text processing before a voice: segmentation into clauses, SSML, the user's lexicon, normalization, and
//! diacritization.

#[cfg(feature = "onnx")]
pub(crate) mod diacritize;
#[cfg(feature = "interview")]
pub mod inverse;
pub mod lexicon;
pub(crate) mod matching;
mod normalize;
#[cfg(feature = "interview")]
pub(crate) mod numerals;
pub mod segment;
pub mod ssml;
#[cfg(test)]
pub(crate) mod test_data;
pub(crate) mod transliterate;
pub(crate) mod writing;

use unicode_script::Script;

use crate::language::LanguageTag;

#[cfg(feature = "onnx")]
pub use diacritize::Tashkeel;
#[cfg(feature = "interview")]
pub(crate) use normalize::{Calendar, month_name, month_names};
pub use normalize::{DateFormat, MAX_TEXT, SayAs, TimeFormat, normalize, normalize_with_vowels, say_as};
pub(crate) use normalize::{cardinal, ordinal, say_as_with_vowels};
#[cfg(feature = "interview")]
pub(crate) use normalize::{spoken_currencies, spoken_units};

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
    /// Guesses the language of `text`: Arabic if most of its letters belong to the Arabic script, or equally many to it
    /// and to another, and else English. Without letters the digits decide: Arabic-Indic and Persian digits are Arabic.
    /// Web and email addresses, mentions and hashtags count only if nothing else is written. At most the first 4,096
    /// characters are examined.
    pub fn guess(text: &str) -> Self {
        if writing::main_script(text) == Some(Script::Arabic) { Self::Arabic } else { Self::English }
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

/// Builds the tables of this module, which otherwise happens when a text first needs them. A child that is forked while
/// another thread builds a table would wait for it without end.
pub(crate) fn build_tables() {
    normalize::build_tables();
    transliterate::build_table();
    #[cfg(feature = "interview")]
    inverse::build_tables();
}

/// Whether a word is a web or email address, a mention or a hashtag.
fn is_address(word: &str) -> bool {
    word.starts_with(['@', '#']) || word.contains("://") || word.contains('@') || word.starts_with("www.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_letters_decide_the_language() {
        for (text, language) in [
            ("3 مرحبا hello", "ar"),
            ("مرحبا بكم hello", "ar"),
            ("(hello there مرحبا)", "en"),
            ("iPhone متوفر الآن", "ar"),
            ("see www.example.com لا", "en"),
            ("@someone_else نعم", "ar"),
            ("@someone", "en"),
            ("123", "en"),
            ("١٢:٣٠", "ar"),
            ("", "en"),
        ] {
            assert_eq!(Language::guess(text).tag(), language, "{text}");
        }
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
