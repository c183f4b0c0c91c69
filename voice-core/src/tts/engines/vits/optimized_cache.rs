//! What was found out about a voice at its first load, kept beside it: where it is cut, and its stages as
//! ONNX Runtime has optimized them. Optimizing takes longer than all else in loading.
//!
//! A cache is only a cache: whoever cannot write beside the model does without.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::split::Split;

/// Changes whenever caches would be made in another way.
const VERSION: u32 = 2;

/// Below the folder of the voice; hidden, so that no check of the model takes it for a part of it.
const FOLDER: &str = ".libvoice";

/// Ends the name of a folder that is being filled.
const DRAFT: &str = ".draft";

/// Written last: a cache without it was never finished.
const SPLIT: &str = "split.json";

/// Size and time of a voice's file: while they are the same, so is the voice.
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
    /// The name that the folder gets once it is complete.
    place: PathBuf,
}

impl OptimizedCache {
    /// The finished cache of the voice in `model`, if there is one of the file with that stamp.
    pub(super) fn find(model: &Path, stamp: FileStamp) -> Option<(Self, Split)> {
        let folder = place(model, stamp)?;
        let split = fs::read(folder.join(SPLIT)).ok()?;
        let split = serde_json::from_slice(&split).ok()?;
        Some((Self { place: folder.clone(), folder }, split))
    }

    /// A cache to be filled, where it can be written.
    pub(super) fn draft(model: &Path, stamp: FileStamp) -> Option<Self> {
        let place = place(model, stamp)?;
        // Two processes, or two slots of one, may load the voice for the first time at once.
        let folder = place.with_extension(format!("{:016x}{DRAFT}", fastrand::u64(..)));
        fs::create_dir_all(&folder).ok()?;
        Some(Self { folder, place })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a part is.
    pub(super) fn path(&self, part: &str) -> PathBuf {
        self.folder.join(part).with_extension("onnx")
    }

    /// Makes a draft the cache of its voice, and removes those of former versions of the file.
    pub(super) fn complete(self, split: &Split) -> Option<Self> {
        let written =
            serde_json::to_vec(split).ok().and_then(|split| fs::write(self.folder.join(SPLIT), split).ok());
        let parent = self.place.parent()?;
        let of_voice = format!("{}-", self.place.file_name()?.to_str()?.rsplit_once('-')?.0);
        for old in fs::read_dir(parent).ok()?.filter_map(Result::ok) {
            let name = old.file_name();
            // Numbers alone: another voice's name may begin with this one's.
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

/// The cache's folder: its name tells the voice, and the size and time of its file.
fn place(model: &Path, stamp: FileStamp) -> Option<PathBuf> {
    let time = stamp.modified?.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_nanos();
    let name = model.file_stem()?.to_str()?;
    let folder = model.parent()?.join(FOLDER);
    Some(folder.join(format!("{name}-{VERSION}_{}_{time}", stamp.size)))
}
