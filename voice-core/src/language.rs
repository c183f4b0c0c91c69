//! BCP 47 language tags: their check and their comparison.

use crate::error::{Error, ErrorKind, Result};

/// Whether a model for `languages` serves a session in the language `wanted`. Regions and scripts are ignored: a model
/// for `ar` serves `ar-SA`. A model without languages serves every session.
pub(crate) fn speaks(languages: &[String], wanted: &str) -> bool {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    languages.is_empty() || languages.iter().any(|language| primary(language) == primary(wanted))
}

/// Checks that `tag` could be a BCP 47 language tag.
pub(crate) fn check_language(tag: &str) -> Result<()> {
    let mut parts = tag.split(['-', '_']);
    let is_language = parts
        .next()
        .is_some_and(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic()));
    if is_language
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
    {
        return Ok(());
    }
    let shown: String = tag.chars().take(20).collect();
    let message = format!("`{}` is not a language tag; give one such as ar or en-GB", shown.escape_debug());
    Err(Error::new(ErrorKind::OptionInvalid, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_match_by_primary_subtag() {
        let arabic = ["ar".to_owned()];
        for tag in ["ar", "AR", "ar-SA", "ar_EG"] {
            assert!(speaks(&arabic, tag), "{tag}");
        }
        assert!(!speaks(&arabic, "en") && !speaks(&arabic, "arc"));
        assert!(speaks(&[], "tlh"));
    }

    #[test]
    fn invalid_tags_are_refused() {
        for tag in ["ar", "en-GB", "zh-Hant-TW", "ar_SA"] {
            check_language(tag).unwrap();
        }
        for tag in ["", "a", "عربي", "ar SA", "-", "ar-", "ar\0", "abcdefghi"] {
            assert_eq!(check_language(tag).unwrap_err().kind(), ErrorKind::OptionInvalid, "{tag}");
        }
    }
}
