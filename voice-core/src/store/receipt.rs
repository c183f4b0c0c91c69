//! The receipt of an installed model: a file in its folder with the size and hash of each file.
//!
//! A folder with a receipt can be copied to another machine and verified there.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files;
use super::hash::{Sha256Hash, sha256_of};
use super::manifest::{FileEntry, ModelEntry};
use crate::error::{Error, ErrorKind, Result};

const NAME: &str = ".libvoice.json";

const VERSION: u32 = 1;

/// The content of a complete model's folder.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Receipt {
    version: u32,
    /// The model's name in the manifest.
    pub(super) model: String,
    pub(super) files: Vec<Part>,
    /// Whether the folder may contain other files, such as a README.
    #[serde(skip)]
    pub(super) allows_others: bool,
}

/// One file of a model.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct Part {
    /// The path below the model's folder, with `/` between parts.
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) sha256: Sha256Hash,
}

impl Receipt {
    pub(super) fn new(model: &str, mut files: Vec<Part>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { version: VERSION, model: model.to_owned(), files, allows_others: false }
    }

    /// A receipt for a folder that may contain other files.
    pub(super) fn allowing_others(model: &str, files: Vec<Part>) -> Self {
        Self { allows_others: true, ..Self::new(model, files) }
    }

    /// The receipt in `folder`; `None` if there is none.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(NAME);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&path, error)),
        };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(receipt) if receipt.version == VERSION => Ok(Some(receipt)),
            _ => Err(damaged(&format!("{} is damaged or of another version", path.display()))),
        }
    }

    #[cfg(any(feature = "download", test))]
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(NAME);
        let text = serde_json::to_vec_pretty(self).map_err(|error| {
            Error::new(ErrorKind::Internal, "a receipt cannot be written").with_source(error)
        })?;
        let write = || {
            let mut file = fs::File::create(&path)?;
            std::io::Write::write_all(&mut file, &text)?;
            file.sync_all()
        };
        write().map_err(|error| files::written(&path, error))
    }

    /// The number of files.
    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// Checks that the folder has the same files with the same sizes. Fast, because it reads no content.
    pub(super) fn check_sizes(&self, folder: &Path) -> Result<()> {
        let found = files::list(folder).map_err(|error| unreadable(folder, error))?;
        let found: Vec<_> = found.iter().map(|(path, size)| (path.to_string_lossy(), *size)).collect();
        let is_expected = |path: &str| self.files.iter().any(|part| part.path == path);
        if !self.allows_others
            && let Some((path, _)) = found.iter().find(|(path, _)| !is_expected(path))
        {
            // An additional file could change how the engine reads the others.
            return Err(damaged(&format!("{} is not part of the model", folder.join(&**path).display())));
        }
        for part in &self.files {
            let path = folder.join(&part.path);
            match found.iter().find(|(path, _)| *path == part.path) {
                None => {
                    let message = format!("{} is missing; pull the model again", path.display());
                    return Err(Error::new(ErrorKind::ModelIncomplete, message));
                }
                Some((_, size)) if *size != part.size => {
                    return Err(damaged(&format!(
                        "{} has {size} bytes instead of {}",
                        path.display(),
                        part.size
                    )));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Reads every file and compares it with its hash. Takes about a second for each gigabyte.
    pub(crate) fn check(&self, folder: &Path) -> Result<()> {
        self.check_sizes(folder)?;
        for part in &self.files {
            let path = folder.join(&part.path);
            let found = sha256_of(&path).map_err(|error| unreadable(&path, error))?;
            if found != part.sha256 {
                return Err(damaged(&format!("{} is damaged: its hash has changed", path.display())));
            }
        }
        Ok(())
    }
}

/// A receipt from the manifest for a model that ships with the project. Files without SHA-256 are not checked.
fn shipped_receipt(model: &ModelEntry) -> Receipt {
    let part =
        |file: &FileEntry| Some(Part { path: file.path.clone(), size: file.size, sha256: file.sha256? });
    let files = model.files.iter().filter_map(part).collect();
    Receipt::allowing_others(&model.name, files)
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::ModelInvalid, format!("{what}; pull the model again"))
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    let message = format!("{} cannot be read; check its permissions and the disk", path.display());
    Error::new(ErrorKind::ModelUnreadable, message).with_source(error)
}

/// The expected content of the folder, if it is known: the receipt in it, or the manifest's `entry` of a model that
/// ships with the project.
pub(crate) fn expected(folder: &Path, entry: Option<&ModelEntry>) -> Result<Option<Receipt>> {
    // The engine reports a missing folder.
    if !folder.is_dir() {
        return Ok(None);
    }
    let shipped = || entry.filter(|entry| entry.is_shipped()).map(shipped_receipt);
    Ok(Receipt::read(folder)?.or_else(shipped))
}
