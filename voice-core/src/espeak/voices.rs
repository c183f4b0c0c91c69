//! The voices of espeak-ng, and the choice of a voice for a language.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;

/// Tags that have another name in espeak-ng.
const ALIASES: &[(&str, &str)] = &[("in", "id"), ("iw", "he"), ("nn", "nb"), ("zh-hk", "yue")];

/// A voice of espeak-ng. All voices have the same synthetic timbre; they differ in language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// Its language in espeak-ng's notation, such as `ar` or `en-us`, which Piper's voices use.
    pub language: String,
    /// Its display name, such as `English (America)`.
    pub name: String,
    /// Its file, such as `gmw/en-US`; the only one of the three that is unique.
    pub id: String,
    /// All languages that it speaks, each with a priority: 1 is the best.
    languages: Vec<(u8, String)>,
}

impl Voice {
    /// `None` without a language, since such an entry is not a voice.
    pub(super) fn new(name: String, id: String, languages: Vec<(u8, String)>) -> Option<Self> {
        let language = languages.first()?.1.clone();
        Some(Self { language, name, id, languages })
    }

    /// Its priority for exactly that language; lower is better.
    fn priority(&self, language: &str) -> Option<u8> {
        let spoken = self.languages.iter().filter(|(_, tag)| tag.eq_ignore_ascii_case(language));
        spoken.map(|(priority, _)| *priority).min()
    }

    fn is_called(&self, name: &str) -> bool {
        [&self.language, &self.name, &self.id].into_iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// The voice with that language, name or identifier, in this order.
pub(super) fn named<'a>(voices: &'a [Voice], name: &str) -> Result<&'a Voice> {
    let found = best(voices, name).or_else(|| voices.iter().find(|voice| voice.is_called(name)));
    found.ok_or_else(|| {
        let known = ["ar", "en-us", "en-gb"].into_iter().chain(voices.iter().map(|voice| &*voice.language));
        let known: Vec<_> = known.filter(|language| best(voices, language).is_some()).take(3).collect();
        let asked: String = name.escape_debug().take(40).collect();
        let message =
            format!("espeak-ng has no voice \"{asked}\"; name one that it has, such as {}", known.join(", "));
        Error::new(ErrorKind::OptionInvalid, message)
    })
}

/// The voice for a language, or for the longest of its shorter forms that has one.
pub(super) fn for_tag<'a>(voices: &'a [Voice], tag: &LanguageTag) -> Option<&'a Voice> {
    tag.ranges().find_map(|range| {
        let alias =
            ALIASES.iter().find(|(from, _)| from.eq_ignore_ascii_case(range)).map_or(range, |(_, to)| to);
        best(voices, alias)
    })
}

/// The voice with the best priority for `language`; voices whose first language it is come first.
fn best<'a>(voices: &'a [Voice], language: &str) -> Option<&'a Voice> {
    let rank = |voice: &&Voice| {
        let own = voice.language.eq_ignore_ascii_case(language);
        voice.priority(language).map(|priority| (!own, priority))
    };
    voices.iter().filter(|voice| rank(voice).is_some()).min_by_key(rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voices() -> Vec<Voice> {
        let voice = |name: &str, id: &str, languages: &[(u8, &str)]| {
            let languages = languages.iter().map(|(priority, tag)| (*priority, (*tag).to_owned())).collect();
            Voice::new(name.to_owned(), id.to_owned(), languages).unwrap()
        };
        vec![
            voice("Arabic", "sem/ar", &[(5, "ar")]),
            voice("Chinese", "sit/cmn", &[(5, "cmn"), (5, "zh-cmn"), (5, "zh")]),
            voice("Caribbean", "gmw/en-029", &[(5, "en-029"), (10, "en")]),
            voice("Great Britain", "gmw/en", &[(2, "en-gb"), (2, "en")]),
            voice("America", "gmw/en-US", &[(2, "en-us"), (3, "en")]),
            voice("Bokmål", "gmq/nb", &[(5, "nb"), (5, "no")]),
            voice("Cantonese", "sit/yue", &[(5, "yue"), (8, "zh")]),
        ]
    }

    #[test]
    fn tag_selects_region_then_language() {
        let voices = voices();
        let found = |tag: &str| for_tag(&voices, &tag.parse().unwrap()).map(|voice| &*voice.language);
        let expected = [
            ("ar", "ar"),
            ("ar-EG", "ar"),
            ("en-US", "en-us"),
            ("en_us", "en-us"),
            ("en-GB", "en-gb"),
            ("en", "en-gb"),
            ("en-Latn-AU", "en-gb"),
            ("zh-Hant-TW", "cmn"),
            ("zh-HK", "yue"),
            ("no", "nb"),
            ("nn-NO", "nb"),
        ];
        for (tag, voice) in expected {
            assert_eq!(found(tag), Some(voice), "{tag}");
        }
        for tag in ["xx", "english"] {
            assert_eq!(found(tag), None, "{tag:?}");
        }
    }

    #[test]
    fn voice_is_found_by_language_name_or_id() {
        let voices = voices();
        for name in ["en-us", "EN-US", "America", "gmw/en-us"] {
            assert_eq!(named(&voices, name).unwrap().id, "gmw/en-US", "{name}");
        }
    }

    #[test]
    fn unknown_voice_error_lists_voices() {
        for name in ["", "nobody", "../../etc/passwd", "ar\0", "mb-us1"] {
            let error = named(&voices(), name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OptionInvalid);
            assert!(error.to_string().ends_with("such as ar, en-us, en-gb"), "{error}");
        }
        assert!(named(&voices(), &"x".repeat(100_000)).unwrap_err().to_string().len() < 200);
    }
}
