//! Whether a model is whole: by its hashes where they are known, else by trying it.

use std::path::{Path, PathBuf};

use super::receipt::{Receipt, expected};
use super::{Presence, Store, foreign, is_absent, missing};
use crate::error::Result;

/// What a model was compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verified {
    /// Every file has the size and the SHA-256 that are known of it.
    Hashes {
        /// Where the files are.
        folder: PathBuf,
        /// How many they are.
        files: usize,
    },
    /// No hashes are known. Its files have the form that the engine needs, and in a process of its own it was
    /// loaded and passed the test that a server gives its models.
    Trial {
        /// What was tried.
        path: PathBuf,
    },
}

impl Store {
    /// Reads every file of an installed or shipped model and compares it with its hash. A copy of a shipped model
    /// in the store's folder goes before the shipped one.
    pub fn verify(&self, name: &str) -> Result<()> {
        let model = self.manifest().get(name)?;
        let own = self.root().join(&model.name);
        let path = if own.is_dir() { own } else { self.path(name)? };
        if !path.exists() || matches!(self.presence(name)?, Presence::Partial(_)) {
            return Err(self.absent(name, &path));
        }
        self.hashes(&path)?.ok_or_else(|| foreign(&path))?.check(&path)
    }

    /// Checks the model that `given` names: one in the store's folder, else what is at that path, else one
    /// that the store knows. Where no hashes are known of it, `try_it` has to load it, such as [`Trial::run_again`].
    ///
    /// [`Trial::run_again`]: crate::supervision::Trial::run_again
    ///
    /// Blocks while hashing and trying.
    pub fn check(&self, given: &Path, try_it: impl FnOnce(&Path) -> Result<()>) -> Result<Verified> {
        let path = self.place(given)?;
        if let Some(receipt) = self.hashes(&path)? {
            receipt.check(&path)?;
            return Ok(Verified::Hashes { files: receipt.count(), folder: path });
        }
        try_it(&path)?;
        Ok(Verified::Trial { path })
    }

    /// Where the model is that `given` names.
    fn place(&self, given: &Path) -> Result<PathBuf> {
        let name = given.to_str().filter(|_| given.components().count() == 1);
        let entry = name.and_then(|name| self.manifest().find(name));
        let folder = name.map(|name| self.root().join(entry.map_or(name, |entry| &entry.name)));
        if let Some(folder) = folder.filter(|folder| folder.exists()) {
            return Ok(folder);
        }
        if !is_absent(given) {
            return Ok(given.to_owned());
        }
        let Some(entry) = entry else { return Err(missing(given, self.manifest())) };
        let path = self.path(&entry.name)?;
        if path.exists() { Ok(path) } else { Err(self.absent(&entry.name, &path)) }
    }

    /// What the folder should hold, if that is known.
    fn hashes(&self, folder: &Path) -> Result<Option<Receipt>> {
        let name = folder.file_name().and_then(|name| name.to_str());
        expected(folder, name.and_then(|name| self.manifest().find(name)))
    }
}
