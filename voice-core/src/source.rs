//! The source of a model, and the checks before an engine loads it.

mod choice;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use self::choice::ModelChoice;
use crate::error::Result;
use crate::language::LanguageTag;
use crate::store::{self, Manifest, ModelEntry, OnProgress, Store, is_absent, missing, name};
use crate::supervision::{Trial, memory, need};

/// A model for an engine: a folder, or a name in a [`Store`].
#[derive(Debug, Clone)]
pub struct ModelSource {
    origin: Origin,
    languages: Vec<LanguageTag>,
    trial: Option<Arc<Trial>>,
}

#[derive(Debug, Clone)]
enum Origin {
    /// If nothing is at the path, the manifest of the store suggests a name in the error.
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
    /// The model in the folder `path`, or the voice in the file `path`.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self::new(Origin::Path { path: path.into(), store: None })
    }

    /// The model called `name` in `store`; it is downloaded if it is not installed.
    pub fn named(store: Arc<Store>, name: impl Into<String>) -> Self {
        Self::new(Origin::Named { store, name: name.into() })
    }

    /// The model of a user's choice: the file or folder at the path; else the model of `store` with this name, if the
    /// path is a name alone or lies in the store. A name alone may also be a folder of the store that was not pulled.
    ///
    /// If there is none of these, loading fails with `model_not_found`, and the error suggests the nearest known name.
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

    /// Sets the languages of the model, in place of those of the manifest.
    #[must_use]
    pub fn with_languages(self, languages: impl IntoIterator<Item = LanguageTag>) -> Self {
        Self { languages: languages.into_iter().collect(), ..self }
    }

    /// Tests folders without known hashes in a child process before they are loaded.
    #[must_use]
    pub fn with_trial(self, trial: Arc<Trial>) -> Self {
        Self { trial: Some(trial), ..self }
    }

    /// The name of the model: that of its folder.
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

    /// The languages of the model: those that were set, else those of the manifest, else the one in the name of a
    /// published model. Empty if none is known.
    pub fn languages(&self) -> Vec<LanguageTag> {
        self.languages_or(|_| None)
    }

    /// The same, but `read` may find the language in a file of the model before the name is used. It gets the path.
    pub(crate) fn languages_or(&self, read: impl FnOnce(&Path) -> Option<LanguageTag>) -> Vec<LanguageTag> {
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
        // A link such as `current` has another name than its target.
        let target = || path.canonicalize().ok()?.file_name()?.to_str().and_then(name::language);
        read(path).or_else(|| name::language(&name)).or_else(target).into_iter().collect()
    }

    /// The path of the model, if nothing is there.
    pub(crate) fn absent_path(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Path { path, .. } => Some(&**path).filter(|path| is_absent(path)),
            Origin::Named { .. } => None,
        }
    }

    /// The model in the manifest, if it is known by its name.
    pub(crate) fn entry(&self) -> Result<Option<ModelEntry>> {
        if let Origin::Named { store, name } = &self.origin
            && let Some(entry) = store.manifest().find(name)
        {
            return Ok(Some(entry.clone()));
        }
        Ok(Manifest::builtin()?.find(&self.name()).cloned())
    }

    /// Downloads the model if needed, verifies it, checks that it fits into memory, and returns its folder.
    ///
    /// Blocks while downloading, hashing and testing.
    pub(crate) fn prepare(&self, progress: &mut OnProgress) -> Result<PathBuf> {
        let folder = match &self.origin {
            Origin::Path { path, store } => {
                if is_absent(path) {
                    let known = store.as_ref().map(|store| store.manifest().clone());
                    return Err(missing(path, &known.map_or_else(Manifest::builtin, Ok)?));
                }
                path.clone()
            }
            Origin::Named { store, name } => store.pull(name, progress)?,
        };
        let entry = self.entry()?;
        let is_verified = match store::expected(&folder, entry.as_ref())? {
            Some(receipt) => receipt.check(&folder).map(|()| true)?,
            None => false,
        };
        // The manifest has the memory of measured models.
        if let Some(need) = entry.and_then(|entry| entry.memory).or_else(|| need::estimate(&folder)) {
            memory::require(need, &format!("the model {}", self.name()))?;
        }
        if let Some(trial) = self.trial.as_ref().filter(|_| !is_verified && folder.is_dir()) {
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
    fn folder_name_gives_the_language() {
        assert_eq!(ModelSource::folder("/x/ar-commands").languages(), ["ar"]);
        assert_eq!(ModelSource::folder("/x/vosk-model-ar-0.22").languages(), ["ar"]);
        assert_eq!(ModelSource::folder("/x/ar_JO-kareem-medium.onnx").languages(), ["ar"]);
        assert_eq!(ModelSource::folder("/x/vosk-model-small-ko-0.22").languages(), ["ko"]);
        assert!(ModelSource::folder("/x/y").languages().is_empty());
        assert_eq!(ModelSource::folder("/x/y").with_languages(["en".parse().unwrap()]).languages(), ["en"]);
    }

    #[test]
    #[cfg(unix)]
    fn link_has_the_language_of_its_target() {
        let root = tempfile::tempdir().unwrap();
        let (folder, link) = (root.path().join("vosk-model-small-ko-0.22"), root.path().join("current"));
        std::fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(&folder, &link).unwrap();
        assert_eq!(ModelSource::folder(link).languages(), ["ko"]);
    }

    /// The source of a choice with an empty store.
    fn chosen(text: &str) -> (ModelSource, Arc<Store>) {
        let store = Store::new("/nowhere/store", Manifest::builtin().unwrap(), Access::Offline);
        let store = Arc::new(store);
        (ModelSource::chosen(&text.parse().unwrap(), Some(&store)), store)
    }

    #[test]
    fn name_may_be_a_folder_of_the_store() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("clinic")).unwrap();
        let store = Arc::new(Store::new(root.path(), Manifest::builtin().unwrap(), Access::Offline));
        let source = ModelSource::chosen(&"clinic".parse().unwrap(), Some(&store));
        let folder = source.prepare(&mut |_| std::ops::ControlFlow::Continue(())).unwrap();
        assert_eq!(folder, root.path().join("clinic"));
    }

    #[test]
    fn choice_is_a_path_or_a_name() {
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
