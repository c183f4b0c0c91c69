//! Where a model comes from, and what must be true before an engine sees it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files;
use super::manifest::{Manifest, ModelEntry};
use super::memory;
use super::receipt::{Receipt, shipped_receipt};
use super::store::{OnProgress, Store};
use super::trial::Trial;
use crate::error::{Error, ErrorKind, Result};

/// A model that an engine is to use: a folder, or a name that a [`Store`] knows.
#[derive(Debug, Clone)]
pub struct ModelSource {
    origin: Origin,
    languages: Vec<String>,
    trial: Option<Arc<Trial>>,
}

#[derive(Debug, Clone)]
enum Origin {
    Folder(PathBuf),
    Named { store: Arc<Store>, name: String },
}

impl ModelSource {
    /// The model in that folder, whoever put it there.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self { origin: Origin::Folder(path.into()), languages: Vec::new(), trial: None }
    }

    /// The model that `store` knows by that name; it is downloaded if it is not here.
    pub fn named(store: Arc<Store>, name: impl Into<String>) -> Self {
        Self { origin: Origin::Named { store, name: name.into() }, languages: Vec::new(), trial: None }
    }

    /// The languages that sessions use it for, as BCP 47 tags, instead of what the manifest says.
    #[must_use]
    pub fn with_languages(self, languages: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { languages: languages.into_iter().map(Into::into).collect(), ..self }
    }

    /// Has folders without known hashes tried in a process of their own first.
    #[must_use]
    pub fn with_trial(self, trial: Arc<Trial>) -> Self {
        Self { trial: Some(trial), ..self }
    }

    /// What it is called: the name of its folder.
    pub fn name(&self) -> String {
        match &self.origin {
            Origin::Folder(path) => {
                path.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy().into_owned())
            }
            Origin::Named { store, name } => {
                store.manifest().find(name).map_or_else(|| name.clone(), |model| model.name.clone())
            }
        }
    }

    /// The languages that it is for; empty if nobody has said.
    pub fn languages(&self) -> Vec<String> {
        if !self.languages.is_empty() {
            return self.languages.clone();
        }
        let known = match &self.origin {
            Origin::Folder(_) => Manifest::builtin().ok().and_then(|known| known.find(&self.name()).cloned()),
            Origin::Named { store, name } => store.manifest().find(name).cloned(),
        };
        known.map(|model| model.languages).unwrap_or_default()
    }

    /// Makes sure that the model is here, is what it should be, and fits into memory; returns its folder.
    ///
    /// Blocks while downloading, hashing and trying.
    pub(crate) fn prepare(&self, progress: &mut OnProgress) -> Result<PathBuf> {
        let (folder, entry) = match &self.origin {
            Origin::Folder(path) => (path.clone(), None),
            Origin::Named { store, name } => {
                (store.pull(name, progress)?, store.manifest().find(name).cloned())
            }
        };
        let entry = match entry {
            Some(entry) => Some(entry),
            None => Manifest::builtin()?.find(&self.name()).cloned(),
        };
        let is_proven = match known(&folder, entry.as_ref())? {
            Some(receipt) => receipt.check(&folder).map(|()| true)?,
            None => false,
        };
        let size = files::list(&folder).map(|found| found.iter().map(|(_, size)| size).sum::<u64>());
        if let Ok(size) = size {
            // Measured where somebody has; else as models of Kaldi grow when they are read.
            let need = entry.and_then(|entry| entry.memory).unwrap_or(size + size / 2);
            memory::require(need, &format!("the model {}", self.name()))?;
        }
        if let Some(trial) = self.trial.as_ref().filter(|_| !is_proven && folder.is_dir()) {
            trial.run(&folder)?;
        }
        Ok(folder)
    }
}

/// What the folder should hold, if anybody knows: the receipt that a pull left there, or the manifest
/// for a model that ships with the project.
fn known(folder: &Path, entry: Option<&ModelEntry>) -> Result<Option<Receipt>> {
    // Its absence is for the engine to report, which names what is missing.
    if !folder.is_dir() {
        return Ok(None);
    }
    if let Some(receipt) = Receipt::read(folder)? {
        return Ok(Some(receipt));
    }
    Ok(entry.filter(|entry| entry.is_shipped()).map(shipped_receipt))
}

/// Whether a model for `languages` serves a session that asks for `wanted`. Regions and scripts are
/// left aside: a model for `ar` serves `ar-SA`.
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
    let message = format!("`{}` is no language tag; give one such as ar or en-GB", shown.escape_debug());
    Err(Error::new(ErrorKind::OptionInvalid, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_match_by_their_first_part_and_silence_matches_all() {
        let arabic = ["ar".to_owned()];
        for tag in ["ar", "AR", "ar-SA", "ar_EG"] {
            assert!(speaks(&arabic, tag), "{tag}");
        }
        assert!(!speaks(&arabic, "en") && !speaks(&arabic, "arc"));
        assert!(speaks(&[], "tlh"));
    }

    #[test]
    fn only_tags_are_languages() {
        for tag in ["ar", "en-GB", "zh-Hant-TW", "ar_SA"] {
            check_language(tag).unwrap();
        }
        for tag in ["", "a", "عربي", "ar SA", "-", "ar-", "ar\0", "abcdefghi"] {
            assert_eq!(check_language(tag).unwrap_err().kind(), ErrorKind::OptionInvalid, "{tag}");
        }
    }

    #[test]
    fn a_known_folder_name_brings_its_language() {
        assert_eq!(ModelSource::folder("/x/ar-commands").languages(), ["ar"]);
        assert_eq!(ModelSource::folder("/x/vosk-model-ar-0.22").languages(), ["ar"]);
        assert!(ModelSource::folder("/x/y").languages().is_empty());
        assert_eq!(ModelSource::folder("/x/y").with_languages(["en"]).languages(), ["en"]);
    }
}
