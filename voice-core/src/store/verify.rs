//! Verification of a model: by its hashes if they are known, otherwise by a trial.

use std::path::{Path, PathBuf};

use super::receipt::{Receipt, expected};
use super::{Presence, Store, foreign, is_absent, missing};
use crate::error::Result;

/// How a model was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verified {
    /// The size and SHA-256 of every file match.
    Hashes {
        /// The folder of the model.
        folder: PathBuf,
        /// The number of files.
        files: usize,
    },
    /// No hashes are known. The files have the form that the engine needs, and a child process has loaded the model and
    /// run its canary.
    Trial {
        /// The file or folder of the model.
        path: PathBuf,
    },
}

impl Store {
    /// Reads every file of an installed or shipped model and compares it with its hash. A copy of a shipped model
    /// in the store's folder has precedence.
    pub fn verify(&self, name: &str) -> Result<()> {
        let model = self.manifest().get(name)?;
        let own = self.root().join(&model.name);
        let path = if own.is_dir() { own } else { self.path(name)? };
        if !path.exists() || matches!(self.presence(name)?, Presence::Partial(_)) {
            return Err(self.absent(name, &path));
        }
        self.hashes(&path)?.ok_or_else(|| foreign(&path))?.check(&path)
    }

    /// Verifies the model `given`: one in the store's folder, else a path, else a model that the store knows. If its
    /// hashes are not known, `try_it` must load it, such as [`Trial::run_again`].
    ///
    /// Blocks while hashing and testing.
    ///
    /// [`Trial::run_again`]: crate::supervision::Trial::run_again
    pub fn check(&self, given: &Path, try_it: impl FnOnce(&Path) -> Result<()>) -> Result<Verified> {
        let path = self.place(given)?;
        if let Some(receipt) = self.hashes(&path)? {
            receipt.check(&path)?;
            return Ok(Verified::Hashes { files: receipt.count(), folder: path });
        }
        try_it(&path)?;
        Ok(Verified::Trial { path })
    }

    /// The path of the model `given`.
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

    /// The expected content of the folder, if it is known.
    fn hashes(&self, folder: &Path) -> Result<Option<Receipt>> {
        let name = folder.file_name().and_then(|name| name.to_str());
        expected(folder, name.and_then(|name| self.manifest().find(name)))
    }
}
