//! Where a model comes from, and what must be true before an engine sees it.

mod choice;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use self::choice::ModelChoice;
use crate::error::Result;
use crate::store::{self, Manifest, OnProgress, Store, is_absent, missing, name};
use crate::supervision::{Trial, memory, need};

/// A model that an engine is to use: a folder, or a name that a [`Store`] knows.
#[derive(Debug, Clone)]
pub struct ModelSource {
    origin: Origin,
    languages: Vec<String>,
    trial: Option<Arc<Trial>>,
}

#[derive(Debug, Clone)]
enum Origin {
    /// The store tells what the user may have meant, where nothing is at the path.
    Path {
        path: PathBuf,
        store: Option<Arc<Store>>,
    },
    Named {
        store: Arc<Store>,
        name: String,
    },
}

impl ModelSource {
    /// The model in that folder, or the voice in that file, whoever put it there.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self::new(Origin::Path { path: path.into(), store: None })
    }

    /// The model that `store` knows by that name; it is downloaded if it is not here.
    pub fn named(store: Arc<Store>, name: impl Into<String>) -> Self {
        Self::new(Origin::Named { store, name: name.into() })
    }

    /// The model that a user chose: what is at the path; else what `store` knows by that name and keeps, or
    /// would keep, in that place. A name alone stands for a folder of the store, also one that no pull has made.
    ///
    /// If it is neither, loading it fails with `model_not_found` and the nearest name that is known.
    pub fn chosen(choice: &ModelChoice, store: Option<&Arc<Store>>) -> Self {
        let path = &choice.model;
        let is_kept_in = |store: &Store| {
            path.parent().is_none_or(|parent| parent.as_os_str().is_empty() || parent == store.root())
        };
        let known = store.zip(path.file_name().and_then(|name| name.to_str()));
        let known = known.filter(|(store, name)| {
            is_absent(path) && is_kept_in(store) && store.manifest().find(name).is_some()
        });
        let source = if let Some((store, name)) = known {
            Self::named(Arc::clone(store), name)
        } else {
            let kept = store.filter(|store| is_kept_in(store)).map(|store| store.root().join(path));
            let kept = kept.filter(|kept| is_absent(path) && kept.exists());
            Self::new(Origin::Path { path: kept.unwrap_or_else(|| path.clone()), store: store.cloned() })
        };
        source.with_languages(choice.language.clone())
    }

    fn new(origin: Origin) -> Self {
        Self { origin, languages: Vec::new(), trial: None }
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
            Origin::Path { path, .. } => {
                path.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy().into_owned())
            }
            Origin::Named { store, name } => {
                store.manifest().find(name).map_or_else(|| name.clone(), |model| model.name.clone())
            }
        }
    }

    /// The languages that it is for: those that were said, else those of the manifest, else that which the name
    /// of a published model tells; empty if nothing does.
    pub fn languages(&self) -> Vec<String> {
        self.languages_or(|_| None)
    }

    /// The same, where a file of the model may tell more than its name: `told` is asked with its path.
    pub(crate) fn languages_or(&self, told: impl FnOnce(&Path) -> Option<String>) -> Vec<String> {
        if !self.languages.is_empty() {
            return self.languages.clone();
        }
        let (path, name) = match &self.origin {
            Origin::Named { store, name } => {
                return store.manifest().find(name).map(|model| model.languages.clone()).unwrap_or_default();
            }
            Origin::Path { path, .. } => (path, self.name()),
        };
        let known = Manifest::builtin().ok();
        let stem = name.strip_suffix(".onnx").unwrap_or(&name);
        if let Some(model) = known.as_ref().and_then(|known| known.find(stem)) {
            return model.languages.clone();
        }
        // A link such as `current` has another name than the folder that it leads to.
        let target = || path.canonicalize().ok()?.file_name()?.to_str().and_then(name::language);
        told(path).or_else(|| name::language(&name)).or_else(target).into_iter().collect()
    }

    /// The path at which it should be, if nothing is there.
    pub(crate) fn absent_path(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Path { path, .. } => Some(&**path).filter(|path| is_absent(path)),
            Origin::Named { .. } => None,
        }
    }

    /// Makes sure that the model is here, is what it should be, and fits into memory; returns its folder.
    ///
    /// Blocks while downloading, hashing and trying.
    pub(crate) fn prepare(&self, progress: &mut OnProgress) -> Result<PathBuf> {
        let (folder, entry) = match &self.origin {
            Origin::Path { path, store } => {
                if is_absent(path) {
                    let known = store.as_ref().map(|store| store.manifest().clone());
                    return Err(missing(path, &known.map_or_else(Manifest::builtin, Ok)?));
                }
                (path.clone(), None)
            }
            Origin::Named { store, name } => {
                (store.pull(name, progress)?, store.manifest().find(name).cloned())
            }
        };
        let entry = match entry {
            Some(entry) => Some(entry),
            None => Manifest::builtin()?.find(&self.name()).cloned(),
        };
        let is_proven = match store::expected(&folder, entry.as_ref())? {
            Some(receipt) => receipt.check(&folder).map(|()| true)?,
            None => false,
        };
        // Measured where somebody has.
        if let Some(need) = entry.and_then(|entry| entry.memory).or_else(|| need::reckon(&folder)) {
            memory::require(need, &format!("the model {}", self.name()))?;
        }
        if let Some(trial) = self.trial.as_ref().filter(|_| !is_proven && folder.is_dir()) {
            trial.run(&folder)?;
        }
        Ok(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::store::Access;

    #[test]
    fn a_known_folder_name_brings_its_language() {
        assert_eq!(ModelSource::folder("/x/ar-commands").languages(), ["ar"]);
        assert_eq!(ModelSource::folder("/x/vosk-model-ar-0.22").languages(), ["ar"]);
        assert_eq!(ModelSource::folder("/x/ar_JO-kareem-medium.onnx").languages(), ["ar"]);
        assert_eq!(ModelSource::folder("/x/vosk-model-small-ko-0.22").languages(), ["ko"]);
        assert!(ModelSource::folder("/x/y").languages().is_empty());
        assert_eq!(ModelSource::folder("/x/y").with_languages(["en"]).languages(), ["en"]);
    }

    #[test]
    #[cfg(unix)]
    fn a_link_has_the_language_of_the_folder_that_it_leads_to() {
        let root = tempfile::tempdir().unwrap();
        let (folder, link) = (root.path().join("vosk-model-small-ko-0.22"), root.path().join("current"));
        std::fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(&folder, &link).unwrap();
        assert_eq!(ModelSource::folder(link).languages(), ["ko"]);
    }

    /// What a choice comes to in a store that is empty.
    fn chosen(text: &str) -> (ModelSource, Arc<Store>) {
        let store = Store::new("/nowhere/store", Manifest::builtin().unwrap(), Access::Offline);
        let store = Arc::new(store);
        (ModelSource::chosen(&text.parse().unwrap(), Some(&store)), store)
    }

    #[test]
    fn a_name_alone_is_a_folder_of_the_store_too() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("clinic")).unwrap();
        let store = Arc::new(Store::new(root.path(), Manifest::builtin().unwrap(), Access::Offline));
        let source = ModelSource::chosen(&"clinic".parse().unwrap(), Some(&store));
        let folder = source.prepare(&mut |_| std::ops::ControlFlow::Continue(())).unwrap();
        assert_eq!(folder, root.path().join("clinic"));
    }

    #[test]
    fn a_choice_is_a_path_or_a_name_with_or_without_a_language() {
        let error = |text: &str| {
            let (source, _) = chosen(text);
            source.prepare(&mut |_| std::ops::ControlFlow::Continue(())).unwrap_err()
        };
        for named in [
            "vosk-model-small-ar-0.3",
            "ar=vosk-model-small-ar-0.3",
            "/nowhere/store/vosk-model-small-ar-0.3",
        ] {
            assert_eq!(error(named).kind(), ErrorKind::Offline, "{named}");
        }
        for (path, hint) in [
            ("/other/vosk-model-small-ar-0.3", "vosk-model-small-ar-0.3"),
            ("vosk-model-ar-mgb9", "vosk-model-ar-mgb2-0.4"),
            ("ar=/x/vosk-model-ar-mgb9", "vosk-model-ar-mgb2-0.4"),
            ("ar_JO-karim-medium", "ar_JO-kareem-medium"),
        ] {
            let error = error(path);
            assert_eq!(error.kind(), ErrorKind::ModelNotFound, "{path}");
            assert!(error.to_string().contains(&format!("did you mean `{hint}`?")), "{error}");
        }
        assert!(!error("clinic").to_string().contains("did you mean"));
        assert_eq!(chosen("ko=/models/x").0.languages(), ["ko"]);
        assert_eq!(chosen("vosk-model-small-en-us-0.15").0.languages(), ["en-US"]);
    }
}
