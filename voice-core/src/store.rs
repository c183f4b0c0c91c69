//! The store: a folder of models, which are installed atomically.
//!
//! ```text
//! STORE/NAME/…               a complete model, with its receipt
//! STORE/.partial/NAME/…      the files of an unfinished download, which resumes from there
//! STORE/.partial/NAME.lock   held while a process changes NAME
//! ```
//!
//! A model is assembled below `.partial` and moved to its place with one rename. A process that is killed at any moment
//! leaves either no model or a complete one.

#[cfg(feature = "download")]
mod download;
pub(crate) mod files;
#[cfg(all(fuzzing, feature = "download"))]
pub mod fuzzing;
mod hash;
mod manifest;
pub(crate) mod name;
#[cfg(feature = "download")]
mod pull;
mod receipt;
#[cfg(feature = "download")]
mod unpack;
mod verify;

use std::fs::{File, TryLockError};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

#[cfg(feature = "download")]
pub use self::download::{Network, Proxy};
pub use self::hash::{Hash, Md5Hash, Sha256Hash};
pub use self::manifest::{Archive, FileEntry, Manifest, ModelEntry, Task};
pub use self::verify::Verified;

pub(crate) use self::name::nearest;
pub(crate) use self::receipt::expected;

use self::files::{make_folder, megabytes, remove, rename, written};
use self::receipt::Receipt;
use crate::error::{Error, ErrorKind, Result};

/// A folder of models.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) root: PathBuf,
    shipped: Option<PathBuf>,
    manifest: Manifest,
    access: Access,
}

/// Whether a store may download missing models.
#[derive(Debug, Clone)]
pub enum Access {
    /// It may, with these settings.
    #[cfg(feature = "download")]
    Online(Network),
    /// It may not: a missing model is an error.
    Offline,
}

impl Access {
    /// Downloads with the default settings and the additional certificate authorities in the PEM file `authorities`;
    /// [`Offline`](Self::Offline) in builds without the feature `download`.
    #[cfg(feature = "download")]
    pub fn online(authorities: Option<PathBuf>) -> Self {
        Self::Online(Network { root_certificate: authorities, ..Network::default() })
    }

    /// [`Offline`](Self::Offline): this build has no downloads.
    #[cfg(not(feature = "download"))]
    pub fn online(_authorities: Option<PathBuf>) -> Self {
        Self::Offline
    }
}

/// The progress of a pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Progress {
    /// Another process is changing the same model.
    Waiting,
    /// Bytes of the model's files are being downloaded.
    Downloading {
        /// Bytes downloaded.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The archive is being unpacked.
    Unpacking {
        /// Bytes unpacked.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
}

/// The state of a model in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Presence {
    /// It ships with the project.
    Shipped,
    /// Complete, judged by names and sizes.
    Installed,
    /// Installed, but a file is missing or has a wrong size.
    Damaged,
    /// A folder with the name of the model that was not installed by a pull.
    Foreign,
    /// An unfinished download, with the number of bytes downloaded.
    Partial(u64),
    /// Not installed.
    Absent,
}

/// A callback for the progress of a pull. [`ControlFlow::Break`] cancels the pull.
pub type OnProgress<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

impl Store {
    /// A store in the folder `root`, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>, manifest: Manifest, access: Access) -> Self {
        Self { root: root.into(), shipped: None, manifest, access }
    }

    /// Sets the folder of the models that ship with the project.
    #[must_use]
    pub fn with_shipped(self, folder: impl Into<PathBuf>) -> Self {
        Self { shipped: Some(folder.into()), ..self }
    }

    /// The folder of the store.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The models that the store knows.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The folder of the model with this name or alias, whether or not it is installed.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        let model = self.manifest.get(name)?;
        if !model.is_shipped() {
            return Ok(self.root.join(&model.name));
        }
        self.shipped.as_ref().map(|folder| folder.join(&model.name)).ok_or_else(|| {
            let message =
                format!("{name} ships with the project, and the folder of shipped models is not known");
            Error::new(ErrorKind::ModelNotFound, message)
        })
    }

    /// The state of the model with this name.
    pub fn presence(&self, name: &str) -> Result<Presence> {
        let model = self.manifest.get(name)?;
        let path = self.path(name)?;
        if model.is_shipped() {
            return Ok(if path.is_dir() { Presence::Shipped } else { Presence::Absent });
        }
        if !path.exists() {
            let here = model.files.iter().filter_map(|file| self.part(model, file).metadata().ok());
            let bytes = here.map(|metadata| metadata.len()).sum();
            return Ok(if bytes > 0 { Presence::Partial(bytes) } else { Presence::Absent });
        }
        Ok(match Receipt::read(&path) {
            Ok(None) => Presence::Foreign,
            Ok(Some(receipt)) if receipt.check_sizes(&path).is_ok() => Presence::Installed,
            Ok(Some(_)) | Err(_) => Presence::Damaged,
        })
    }

    /// Whether sessions with the model may have a grammar; `None` if it is not installed or not a Vosk model. Decided
    /// by its files, because libvosk only warns.
    pub fn takes_grammar(&self, name: &str) -> Result<Option<bool>> {
        let root = self.path(name)?;
        // Older models have their graph in the folder itself.
        let folders = [root.join("graph"), root];
        let has = |file: &str| folders.iter().any(|folder| folder.join(file).exists());
        Ok(if has("HCLG.fst") { Some(false) } else { has("HCLr.fst").then_some(true) })
    }

    /// Installs the model with this name if needed, and returns its folder.
    ///
    /// Blocks while downloading. A complete model is not changed; a damaged one is replaced. An interrupted download
    /// resumes.
    #[cfg_attr(not(feature = "download"), expect(unused_variables, reason = "this build downloads nothing"))]
    pub fn pull(&self, name: &str, progress: &mut OnProgress) -> Result<PathBuf> {
        let model = self.manifest.get(name)?;
        let path = self.path(name)?;
        let presence = self.presence(name)?;
        match presence {
            Presence::Installed | Presence::Shipped => return Ok(path),
            Presence::Foreign => return Err(foreign(&path)),
            Presence::Damaged | Presence::Partial(_) | Presence::Absent => {}
        }
        match &self.access {
            #[cfg(feature = "download")]
            Access::Online(_) if model.is_shipped() => Err(self.absent(name, &path)),
            #[cfg(feature = "download")]
            Access::Online(network) => self.download(network, model, &path, progress).map(|()| path),
            Access::Offline => {
                if presence == Presence::Damaged {
                    // The error about the damage is more useful than `offline`.
                    Receipt::read(&path)?.ok_or_else(|| foreign(&path))?.check_sizes(&path)?;
                }
                let downloads =
                    if cfg!(feature = "download") { "disabled" } else { "not part of this build" };
                let message = format!(
                    "{name} is not at {} and downloads are {downloads}; copy its folder there from a machine that has it",
                    path.display()
                );
                Err(Error::new(ErrorKind::Offline, message))
            }
        }
    }

    /// Removes an installed model, or the files of its unfinished download.
    pub fn remove(&self, name: &str) -> Result<()> {
        let model = self.manifest.get(name)?;
        let path = self.path(name)?;
        match self.presence(name)? {
            Presence::Absent => return Err(self.absent(name, &path)),
            Presence::Foreign => {
                let message = format!(
                    "{} was not installed by a pull, so the store does not remove it; remove it by hand",
                    path.display()
                );
                return Err(Error::new(ErrorKind::ModelNotRemovable, message));
            }
            Presence::Shipped => {
                let message = format!("{name} ships with the project, so the store does not remove it");
                return Err(Error::new(ErrorKind::ModelNotRemovable, message));
            }
            Presence::Installed | Presence::Damaged | Presence::Partial(_) => {}
        }
        let _lock = self.lock(model, &mut |_| ControlFlow::Continue(()))?;
        let folder = self.working_folder(model);
        make_folder(&folder)?;
        if path.exists() {
            // Moved away first, so that a half-removed model is never found.
            let gone = folder.join("removed");
            remove(&gone)?;
            rename(&path, &gone)?;
        }
        remove(&folder)
    }

    /// The error for a model that is not at its `path`.
    pub(super) fn absent(&self, name: &str, path: &Path) -> Error {
        let what_to_do = match self.manifest.find(name) {
            Some(model) if model.is_shipped() => "it ships with the project: copy its folder there",
            _ => "pull it first",
        };
        Error::new(ErrorKind::ModelNotFound, format!("{name} is not at {}; {what_to_do}", path.display()))
    }

    pub(super) fn working_folder(&self, model: &ModelEntry) -> PathBuf {
        self.root.join(".partial").join(&model.name)
    }

    /// The path of a file while it is downloaded.
    pub(super) fn part(&self, model: &ModelEntry, file: &FileEntry) -> PathBuf {
        // A single name, so that no folders are needed during the download.
        self.working_folder(model).join(format!("{}.part", file.path.replace('/', "%")))
    }

    /// Locks the model against other processes. The system releases the lock when its holder ends or is killed.
    pub(super) fn lock(&self, model: &ModelEntry, progress: &mut OnProgress) -> Result<File> {
        let folder = self.root.join(".partial");
        make_folder(&folder)?;
        let path = folder.join(format!("{}.lock", model.name));
        let file = File::create(&path).map_err(|error| written(&path, error))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(written(&path, error)),
                Err(TryLockError::WouldBlock) => {}
            }
            if progress(Progress::Waiting).is_break() {
                let message =
                    format!("the wait for another process that changes {} was cancelled", model.name);
                return Err(Error::new(ErrorKind::Cancelled, message));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Whether nothing is at `path`. False if the system does not tell; reading the path then gives the error.
pub(crate) fn is_absent(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

/// The error for a `path` at which nothing is, with the nearest known name.
pub(crate) fn missing(path: &Path, known: &Manifest) -> Error {
    let shown = path.display();
    let is_name = path.parent().is_none_or(|parent| parent.as_os_str().is_empty());
    let absent = if is_name {
        format!("`{shown}` is neither an existing file or folder nor the name of a known model")
    } else {
        format!("{shown} is not there; check the path")
    };
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let hint = known.hint(name);
    Error::new(ErrorKind::ModelNotFound, format!("{absent}; {hint}"))
}

/// The error for a folder that was not installed by a pull.
pub(super) fn foreign(path: &Path) -> Error {
    let message = format!(
        "{} was not installed by a pull, so its hashes are not known; use it by its path, or move it away and pull",
        path.display()
    );
    Error::new(ErrorKind::ModelInvalid, message)
}

impl std::fmt::Display for Presence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shipped => f.write_str("shipped"),
            Self::Installed => f.write_str("installed"),
            Self::Damaged => f.write_str("damaged"),
            Self::Foreign => f.write_str("foreign"),
            Self::Partial(bytes) => write!(f, "{} here", megabytes(*bytes)),
            Self::Absent => f.write_str("-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::receipt::Part;
    use super::*;

    #[test]
    fn missing_model_error_names_the_fix() {
        let pull = |store: &Store| store.pull("ar-commands", &mut |_| ControlFlow::Continue(())).unwrap_err();
        for (access, kind) in [
            #[cfg(feature = "download")]
            (Access::online(None), ErrorKind::ModelNotFound),
            (Access::Offline, ErrorKind::Offline),
        ] {
            let known = Manifest::builtin().unwrap();
            let store = Store::new("/nowhere", known, access).with_shipped("/shipped");
            let (pulled, verified) = (pull(&store), store.verify("ar-commands").unwrap_err());
            assert_eq!((pulled.kind(), verified.kind()), (kind, ErrorKind::ModelNotFound));
            for message in [pulled.to_string(), verified.to_string()] {
                assert!(message.contains("copy its folder") && message.contains("/shipped/ar"), "{message}");
            }
            let message = store.remove("vosk-model-ar-0.22").unwrap_err().to_string();
            assert!(message.contains("pull it") && !message.contains("voice-server"), "{message}");
        }
    }

    const MANIFEST: &str = "version = 1
        [[model]]
        name = 'a'
        task = 'stt'
        engine = 'vosk'
        license = 'CC0'
        [[model.file]]
        url = 'https://a.example/m'
        path = 'm'
        size = 3
        sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'";

    fn offline(root: &Path) -> Store {
        Store::new(root, Manifest::parse(MANIFEST).unwrap(), Access::Offline)
    }

    #[test]
    fn partial_download_is_not_installed() {
        let root = tempfile::tempdir().unwrap();
        let store = offline(root.path());
        let folder = root.path().join(".partial/a");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("m.part"), "a").unwrap();
        assert_eq!(store.presence("a").unwrap(), Presence::Partial(1));
        assert_eq!(store.verify("a").unwrap_err().kind(), ErrorKind::ModelNotFound);
    }

    #[test]
    fn offline_pull_reports_the_damage() {
        let root = tempfile::tempdir().unwrap();
        let store = offline(root.path());
        let pull = || store.pull("a", &mut |_| ControlFlow::Continue(())).unwrap_err().kind();
        assert_eq!(pull(), ErrorKind::Offline);
        let folder = root.path().join("a");
        fs::create_dir(&folder).unwrap();
        let sha256 = store.manifest.get("a").unwrap().files[0].sha256.unwrap();
        Receipt::new("a", vec![Part { path: "m".into(), size: 3, sha256 }]).write(&folder).unwrap();
        assert_eq!(pull(), ErrorKind::ModelIncomplete);
        fs::write(folder.join("m"), "ab").unwrap();
        assert_eq!(pull(), ErrorKind::ModelInvalid);
        fs::write(folder.join("m"), "abc").unwrap();
        store.pull("a", &mut |_| ControlFlow::Continue(())).unwrap();
        store.verify("a").unwrap();
    }
}
