//! The notation in which users choose a model or voice.

use std::ffi::OsString;
use std::fmt::{self, Display};
use std::path::PathBuf;
use std::str::FromStr;

use crate::language::LanguageTag;

/// A chosen model or voice: `NAME`, `PATH`, `LANGUAGE=NAME` or `LANGUAGE=PATH`.
///
/// The text before the first `=` is a language if it has the form of a BCP 47 tag; otherwise it is part of a path.
/// A path that begins with such a tag and `=` is written `./ar=x`.
///
/// ```
/// use voice_core::source::ModelChoice;
///
/// let choice: ModelChoice = "ko=/models/korean".parse()?;
/// assert_eq!((choice.language.as_deref(), choice.model.to_str()), (Some("ko"), Some("/models/korean")));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelChoice {
    /// The language of the model; `None` for the one that is known from its name or manifest.
    pub language: Option<LanguageTag>,
    /// A file, a folder or a name.
    pub model: PathBuf,
}

impl FromStr for ModelChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let split = text.split_once('=').map(|(language, model)| (language.trim(), model.trim()));
        let (language, model) = match split {
            Some(("", _)) => (None, ""),
            Some((language, model)) => match language.parse() {
                Ok(language) => (Some(language), model),
                Err(_) => (None, text),
            },
            None => (None, text),
        };
        if model.is_empty() {
            return Err("expected NAME, PATH, LANGUAGE=NAME or LANGUAGE=PATH".to_owned());
        }
        Ok(Self { language, model: model.into() })
    }
}

impl TryFrom<OsString> for ModelChoice {
    type Error = String;

    /// A text that is not UTF-8 is a path without a language.
    fn try_from(given: OsString) -> Result<Self, String> {
        match given.to_str() {
            Some(text) => text.parse(),
            None => Ok(Self { language: None, model: given.into() }),
        }
    }
}

impl Display for ModelChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(language) = &self.language {
            write!(f, "{language}=")?;
        }
        self.model.display().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_precedes_the_equals_sign() {
        for (text, language, model) in [
            ("vosk-model-small-ar-0.3", None, "vosk-model-small-ar-0.3"),
            (" ko = /models/korean ", Some("ko"), "/models/korean"),
            ("zh-Hant=/a=b", Some("zh-Hant"), "/a=b"),
            ("/models/a=b", None, "/models/a=b"),
            ("./ar=b", None, "./ar=b"),
            ("a b=c", None, "a b=c"),
        ] {
            let choice: ModelChoice = text.parse().unwrap();
            assert_eq!(
                (choice.language.as_deref(), choice.model.to_str()),
                (language, Some(model)),
                "{text}"
            );
        }
        for wrong in ["", " ", "ar=", "=x"] {
            wrong.parse::<ModelChoice>().unwrap_err();
        }
    }
}
