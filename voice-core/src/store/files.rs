//! File operations with durable results and errors that name the fix.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// The error for a failed write to `path`.
pub(super) fn written(path: &Path, error: io::Error) -> Error {
    let (kind, hint) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (ErrorKind::DiskFull, "cannot be written: the disk is full; free some space")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => (
            ErrorKind::StoreUnwritable,
            "cannot be written; change its permissions or choose another folder for models",
        ),
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            (ErrorKind::StoreUnwritable, "is in the way; remove it or choose another folder for models")
        }
        _ => (ErrorKind::Io, "cannot be written; check the disk"),
    };
    Error::new(kind, format!("{} {hint}", path.display())).with_source(error)
}

/// Makes the folder and its missing parents.
pub(super) fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| written(path, error))
}

/// Removes a file or a folder with its content, if it exists. Does not follow links.
pub(super) fn remove(path: &Path) -> Result<()> {
    let gone = match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match gone {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(written(path, error)),
        _ => Ok(()),
    }
}

/// Renames within one file system, durably: a power failure does not undo it.
pub(super) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| written(to, error))?;
    to.parent().map_or(Ok(()), sync_folder)
}

/// Writes the entries of a folder to the disk.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    let synced = File::open(path).and_then(|folder| folder.sync_all());
    synced.map_err(|error| written(path, error))
}

/// Free bytes for new files below `path`, if the system tells.
#[cfg(feature = "download")]
pub(super) fn free_space(path: &Path) -> Option<u64> {
    let statistics = rustix::fs::statvfs(path).ok()?;
    Some(statistics.f_bavail.saturating_mul(statistics.f_frsize))
}

/// Fails if fewer than `needed` bytes are free below `path`.
#[cfg(feature = "download")]
pub(super) fn require_space(path: &Path, needed: u64) -> Result<()> {
    match free_space(path) {
        Some(free) if free < needed => {
            let message = format!(
                "{} has {} free, {} are needed; free some space or choose another folder for models",
                path.display(),
                megabytes(free),
                megabytes(needed)
            );
            Err(Error::new(ErrorKind::DiskFull, message))
        }
        _ => Ok(()),
    }
}

/// `12.3 MB`, in millions.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// The relative paths and sizes of the files below `root`, sorted. Names that begin with a dot are skipped.
///
/// An entry that is neither a file nor a folder is an error, because no model has one.
pub(crate) fn list(root: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = folder.join(entry.file_name());
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                waiting.push(path);
            } else if metadata.is_file() {
                found.push((path, metadata.len()));
            } else {
                let message = format!("{} is neither a file nor a folder", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
    }
    found.sort();
    Ok(found)
}
