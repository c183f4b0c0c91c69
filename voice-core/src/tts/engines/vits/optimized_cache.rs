//! The cache beside a voice, written at its first load: where the model is split, and its stages as optimized by ONNX
//! Runtime. Optimizing is the slowest part of loading.
//!
//! The cache is optional: without write access beside the model it is skipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::split::Split;

/// Incremented when the content of caches changes.
const VERSION: u32 = 2;

/// The folder of caches in the voice's folder; hidden, so that checks of the model skip it.
const FOLDER: &str = ".libvoice";

/// The suffix of a folder that is being filled.
const DRAFT: &str = ".draft";

/// Written last: a cache without it is incomplete.
const SPLIT: &str = "split.json";

/// Size and modification time of a voice's file, which identify its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileStamp {
    size: u64,
    modified: Option<SystemTime>,
}

impl FileStamp {
    pub(super) fn of(file: &fs::Metadata) -> Self {
        Self { size: file.len(), modified: file.modified().ok() }
    }
}

/// A folder with the stages of one voice.
pub(super) struct OptimizedCache {
    folder: PathBuf,
    /// The final path of the folder after it is complete.
    place: PathBuf,
}

impl OptimizedCache {
    /// The complete cache of the voice in `model` for that stamp, if there is one.
    pub(super) fn find(model: &Path, stamp: FileStamp) -> Option<(Self, Split)> {
        let folder = place(model, stamp)?;
        let split = fs::read(folder.join(SPLIT)).ok()?;
        let split = serde_json::from_slice(&split).ok()?;
        Some((Self { place: folder.clone(), folder }, split))
    }

    /// A new cache to be filled, if the folder is writable.
    pub(super) fn draft(model: &Path, stamp: FileStamp) -> Option<Self> {
        let place = place(model, stamp)?;
        // Two processes, or two slots of one process, may load the voice for the first time at once.
        let folder = place.with_extension(format!("{:016x}{DRAFT}", fastrand::u64(..)));
        fs::create_dir_all(&folder).ok()?;
        Some(Self { folder, place })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of a part.
    pub(super) fn path(&self, part: &str) -> PathBuf {
        self.folder.join(part).with_extension("onnx")
    }

    /// Publishes a draft as the cache of its voice, and removes caches of earlier versions of the file.
    pub(super) fn complete(self, split: &Split) -> Option<Self> {
        let written =
            serde_json::to_vec(split).ok().and_then(|split| fs::write(self.folder.join(SPLIT), split).ok());
        let parent = self.place.parent()?;
        let of_voice = format!("{}-", self.place.file_name()?.to_str()?.rsplit_once('-')?.0);
        for old in fs::read_dir(parent).ok()?.filter_map(Result::ok) {
            let name = old.file_name();
            // Only digits may follow, since another voice's name may begin with this one's.
            let version = name.to_str().and_then(|name| name.strip_prefix(&of_voice));
            let is_old = version.is_some_and(|version| {
                version.contains('_') && version.chars().all(|c| c.is_ascii_digit() || c == '_')
            });
            if is_old {
                let _ = fs::remove_dir_all(old.path());
            }
        }
        if written.is_some() && fs::rename(&self.folder, &self.place).is_ok() {
            return Some(Self { folder: self.place.clone(), place: self.place.clone() });
        }
        None
    }
}

impl Drop for OptimizedCache {
    fn drop(&mut self) {
        if self.folder != self.place {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// The cache's folder. Its name contains the voice, and the size and time of its file.
fn place(model: &Path, stamp: FileStamp) -> Option<PathBuf> {
    let time = stamp.modified?.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_nanos();
    let name = model.file_stem()?.to_str()?;
    let folder = model.parent()?.join(FOLDER);
    Some(folder.join(format!("{name}-{VERSION}_{}_{time}", stamp.size)))
}
