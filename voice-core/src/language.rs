//! BCP 47 language tags.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// The longest tag. RFC 5646 asks for room for 35 characters.
const MAX_LEN: usize = 100;

/// A BCP 47 language tag, such as `ar`, `en-GB` or `zh-Hant-TW`.
///
/// Its form is that of a basic language range (RFC 4647, 2.1) whose first subtag names a language: two to eight letters,
/// then subtags of one to eight letters and digits. Subtags are not looked up in the registry. Letters have the
/// recommended case (RFC 5646, 2.1.1), and `_` is read as `-`, so that equal tags have equal texts.
///
/// ```
/// use voice_core::LanguageTag;
///
/// let tag: LanguageTag = "AR_sa".parse()?;
/// assert_eq!((tag.as_str(), tag.primary()), ("ar-SA", "ar"));
/// # Ok::<(), voice_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct LanguageTag(String);

impl LanguageTag {
    /// The tag of an unknown language: `und`.
    pub fn undetermined() -> Self {
        Self::of_code("und")
    }

    /// A language without subtags, of lower-case letters.
    pub(crate) fn of_code(code: &'static str) -> Self {
        Self(code.to_owned())
    }

    /// The text of the tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The primary subtag: the language without script and region.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// The tag and its shorter forms, for a lookup (RFC 4647, 3.4): subtags are dropped from its end.
    #[cfg(any(test, feature = "espeak"))]
    pub(crate) fn ranges(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.as_str()), |range| Some(&range[..range.rfind('-')?]))
    }
}

impl FromStr for LanguageTag {
    type Err = Error;

    /// Fails with [`ErrorKind::OptionInvalid`].
    fn from_str(text: &str) -> Result<Self> {
        let is_tag = text.len() <= MAX_LEN
            && text.split(['-', '_']).enumerate().all(|(at, part)| match at {
                0 => (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic()),
                _ => (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()),
            });
        if !is_tag {
            let shown: String = text.chars().take(20).collect();
            let message =
                format!("`{}` is not a language tag; give one such as ar or en-GB", shown.escape_debug());
            return Err(Error::new(ErrorKind::OptionInvalid, message));
        }
        let mut tag = String::with_capacity(text.len());
        let mut is_extension = false;
        for (at, part) in text.split(['-', '_']).enumerate() {
            if at > 0 {
                tag.push('-');
            }
            let lower = part.to_ascii_lowercase();
            let is_word = at > 0 && !is_extension && part.bytes().all(|b| b.is_ascii_alphabetic());
            match (is_word, part.len()) {
                (true, 2) => tag.push_str(&part.to_ascii_uppercase()),
                (true, 4) => {
                    tag.push_str(&lower[..1].to_ascii_uppercase());
                    tag.push_str(&lower[1..]);
                }
                _ => tag.push_str(&lower),
            }
            is_extension |= part.len() == 1;
        }
        Ok(Self(tag))
    }
}

impl<'de> Deserialize<'de> for LanguageTag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Deref for LanguageTag {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for LanguageTag {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl PartialEq<str> for LanguageTag {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for LanguageTag {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// Whether a model for `languages` serves a session in the language `wanted`. Regions and scripts are ignored: a model
/// for `ar` serves `ar-SA`. A model without languages serves every session.
pub(crate) fn speaks(languages: &[LanguageTag], wanted: &LanguageTag) -> bool {
    languages.is_empty() || languages.iter().any(|language| language.primary() == wanted.primary())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn tag(text: &str) -> LanguageTag {
        text.parse().unwrap()
    }

    #[test]
    fn languages_match_by_primary_subtag() {
        let arabic = [tag("ar")];
        for wanted in ["ar", "AR", "ar-SA", "ar_EG"] {
            assert!(speaks(&arabic, &tag(wanted)), "{wanted}");
        }
        assert!(!speaks(&arabic, &tag("en")) && !speaks(&arabic, &tag("arc")));
        assert!(speaks(&[], &tag("tlh")));
    }

    #[test]
    fn letters_get_the_recommended_case() {
        for (given, tag) in [
            ("ar", "ar"),
            ("EN_gb", "en-GB"),
            ("zh-hANT-tw", "zh-Hant-TW"),
            ("zh-cmn", "zh-cmn"),
            ("es-419", "es-419"),
            ("en-us-nyc", "en-US-nyc"),
            ("en-GB-X-RP", "en-GB-x-rp"),
            ("sl-rozaj-1994", "sl-rozaj-1994"),
        ] {
            assert_eq!(self::tag(given), tag);
        }
    }

    #[test]
    fn invalid_tags_are_refused() {
        let long = format!("ar{}", "-x".repeat(50));
        for text in ["", "a", "عربي", "ar SA", "-", "ar-", "ar\0", "abcdefghi", "x-private", "ar--SA", &long]
        {
            let parsed = text.parse::<LanguageTag>();
            assert_eq!(parsed.unwrap_err().kind(), ErrorKind::OptionInvalid, "{text}");
        }
    }

    #[test]
    fn tag_is_serialized_as_text() {
        assert_eq!(serde_json::to_string(&[tag("ar_sa")]).unwrap(), r#"["ar-SA"]"#);
        assert_eq!(serde_json::from_str::<LanguageTag>("\"en\"").unwrap(), "en");
        serde_json::from_str::<LanguageTag>("\"e n\"").unwrap_err();
    }

    #[test]
    fn ranges_drop_subtags_from_the_end() {
        assert_eq!(tag("zh-Hant-TW").ranges().collect::<Vec<_>>(), ["zh-Hant-TW", "zh-Hant", "zh"]);
    }
}
