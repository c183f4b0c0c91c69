//! Installs a model in a store: downloads its files, unpacks them, and moves the complete model to its place.

use std::path::Path;

use super::download::{self, Network};
use super::files::{make_folder, remove, rename, require_space, sync_folder};
use super::manifest::ModelEntry;
use super::receipt::{Part, Receipt};
use super::unpack::unzip;
use super::{OnProgress, Presence, Progress, Store};
use crate::error::{ErrorKind, Result};

/// The expected ratio of a model's size to its archive, for the check of the free space before the download. The exact
/// size is in the archive.
const EXPECTED_GROWTH: u64 = 3;

impl Store {
    /// Installs `model` in the folder `path`, where it is missing or damaged. Blocks while downloading.
    pub(super) fn download(
        &self,
        network: &Network,
        model: &ModelEntry,
        path: &Path,
        progress: &mut OnProgress,
    ) -> Result<()> {
        let _lock = self.lock(model, progress)?;
        // Another process may have installed it meanwhile.
        if self.presence(&model.name)? == Presence::Installed {
            return Ok(());
        }
        tracing::info!(model = model.name, bytes = model.size(), "downloading");
        let folder = self.working_folder(model);
        make_folder(&folder)?;
        let staged = folder.join("whole");
        remove(&staged)?;
        self.require_room(model)?;
        let parts = match &*model.files {
            [archive] if archive.unpack.is_some() => {
                self.fetch(network, model, progress)?;
                let mut watch = |done, total| progress(Progress::Unpacking { done, total });
                let unpacked = unzip(&self.part(model, archive), &staged, &mut watch);
                if unpacked.as_ref().is_err_and(|error| error.kind() == ErrorKind::ArchiveInvalid) {
                    // The archive matches the manifest but cannot be unpacked, so it is not kept.
                    remove(&folder)?;
                }
                unpacked?
            }
            files => {
                let parts = self.fetch(network, model, progress)?;
                make_folder(&staged)?;
                for file in files {
                    let place = staged.join(&file.path);
                    place.parent().map_or(Ok(()), make_folder)?;
                    rename(&self.part(model, file), &place)?;
                }
                parts
            }
        };
        Receipt::new(&model.name, parts).write(&staged)?;
        sync_folder(&staged)?;
        put_in_place(&staged, path)?;
        remove(&folder)?;
        tracing::info!(model = model.name, "installed");
        Ok(())
    }

    /// Downloads every file of the model to its place below `.partial`.
    fn fetch(&self, network: &Network, model: &ModelEntry, progress: &mut OnProgress) -> Result<Vec<Part>> {
        let total = model.size();
        let mut before = 0;
        let mut parts = Vec::new();
        for file in &model.files {
            let mut watch = |done| progress(Progress::Downloading { done: before + done, total });
            let sha256 = download::fetch(network, file, &self.part(model, file), &mut watch)?;
            before += file.size;
            parts.push(Part { path: file.path.clone(), size: file.size, sha256 });
        }
        Ok(parts)
    }

    fn require_room(&self, model: &ModelEntry) -> Result<()> {
        let here: u64 = model
            .files
            .iter()
            .filter_map(|file| self.part(model, file).metadata().ok())
            .map(|m| m.len())
            .sum();
        let unpacked: u64 = model
            .files
            .iter()
            .filter(|file| file.unpack.is_some())
            .map(|file| file.size * EXPECTED_GROWTH)
            .sum();
        require_space(&self.root, model.size().saturating_sub(here) + unpacked)
    }
}

/// Moves the complete model to its place, and a damaged one away.
fn put_in_place(staged: &Path, path: &Path) -> Result<()> {
    if path.exists() {
        let replaced = staged.with_file_name("replaced");
        remove(&replaced)?;
        rename(path, &replaced)?;
    }
    rename(staged, path)
}
