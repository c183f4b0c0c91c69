//! The store: a folder of models, each whole or not there at all.
//!
//! ```text
//! STORE/NAME/…               a whole model, with its receipt
//! STORE/.partial/NAME/…      what a download has brought so far; it goes on from there
//! STORE/.partial/NAME.lock   held while a process changes NAME
//! ```
//!
//! A model is put together below `.partial` and appears in one rename, so that a process killed at
//! any moment leaves either no model or a whole one.

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

/// Whether a store may fetch what it lacks.
#[derive(Debug, Clone)]
pub enum Access {
    /// It may, in this way.
    #[cfg(feature = "download")]
    Online(Network),
    /// It may not: what is missing is an error.
    Offline,
}

impl Access {
    /// Fetching with the defaults, and from servers that the certificates in the PEM file `authorities` vouch for;
    /// [`Offline`](Self::Offline) in builds without the feature `download`.
    #[cfg(feature = "download")]
    pub fn online(authorities: Option<PathBuf>) -> Self {
        Self::Online(Network { root_certificate: authorities, ..Network::default() })
    }

    /// As in other builds, where it does not fetch: this one has no downloads.
    #[cfg(not(feature = "download"))]
    pub fn online(_authorities: Option<PathBuf>) -> Self {
        Self::Offline
    }
}

/// How far a pull has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Progress {
    /// Another process is at work on the same model.
    Waiting,
    /// Bytes of the model's files are being downloaded.
    Downloading {
        /// Bytes here.
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

/// What a store holds of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Presence {
    /// It ships with the project.
    Shipped,
    /// Whole, as far as names and sizes tell.
    Installed,
    /// There, but a file is missing or has another size.
    Damaged,
    /// A folder of that name that no pull has made.
    Foreign,
    /// A download that has not ended, with so many bytes.
    Partial(u64),
    /// Nothing.
    Absent,
}

/// Told how far a pull has got; breaking off cancels it.
pub type OnProgress<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

impl Store {
    /// The store in the folder `root`, which need not be there yet.
    pub fn new(root: impl Into<PathBuf>, manifest: Manifest, access: Access) -> Self {
        Self { root: root.into(), shipped: None, manifest, access }
    }

    /// The folder that holds the models that ship with the project.
    #[must_use]
    pub fn with_shipped(self, folder: impl Into<PathBuf>) -> Self {
        Self { shipped: Some(folder.into()), ..self }
    }

    /// Where models are put.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The models that it can hold.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where the model of that name or alias is, or will be.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        let model = self.manifest.get(name)?;
        if !model.is_shipped() {
            return Ok(self.root.join(&model.name));
        }
        self.shipped.as_ref().map(|folder| folder.join(&model.name)).ok_or_else(|| {
            let message = format!("{name} ships with the project, and it is not known where that is");
            Error::new(ErrorKind::ModelNotFound, message)
        })
    }

    /// What is here of the model of that name.
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

    /// Whether sessions on the model can bring a grammar; `None` while it is not here, and for models
    /// that know no grammars. The engine itself only warns.
    pub fn takes_grammar(&self, name: &str) -> Result<Option<bool>> {
        let root = self.path(name)?;
        // Older models have their graph in the folder itself.
        let folders = [root.join("graph"), root];
        let has = |file: &str| folders.iter().any(|folder| folder.join(file).exists());
        Ok(if has("HCLG.fst") { Some(false) } else { has("HCLr.fst").then_some(true) })
    }

    /// Makes sure that the model of that name is here, and returns its folder.
    ///
    /// Blocks while downloading. A model that is here and whole costs nothing; one that is damaged is
    /// replaced. What an earlier pull had brought is not fetched again.
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
                    // What is wrong with it helps more than that it cannot be fetched.
                    Receipt::read(&path)?.ok_or_else(|| foreign(&path))?.check_sizes(&path)?;
                }
                let downloads =
                    if cfg!(feature = "download") { "switched off" } else { "not part of this build" };
                let message = format!(
                    "{name} is not at {} and downloads are {downloads}; copy its folder there from a machine that has it",
                    path.display()
                );
                Err(Error::new(ErrorKind::Offline, message))
            }
        }
    }

    /// Removes an installed model, or what a download has brought of it.
    pub fn remove(&self, name: &str) -> Result<()> {
        let model = self.manifest.get(name)?;
        let path = self.path(name)?;
        match self.presence(name)? {
            Presence::Absent => return Err(self.absent(name, &path)),
            Presence::Foreign => {
                let message = format!(
                    "{} was not put there by a pull and is not the store's to remove; remove it by hand",
                    path.display()
                );
                return Err(Error::new(ErrorKind::ModelNotRemovable, message));
            }
            Presence::Shipped => {
                let message = format!("{name} ships with the project and is not the store's to remove");
                return Err(Error::new(ErrorKind::ModelNotRemovable, message));
            }
            Presence::Installed | Presence::Damaged | Presence::Partial(_) => {}
        }
        let _lock = self.lock(model, &mut |_| ControlFlow::Continue(()))?;
        let folder = self.working_folder(model);
        make_folder(&folder)?;
        if path.exists() {
            // Out of sight first: half a model must not be found.
            let gone = folder.join("removed");
            remove(&gone)?;
            rename(&path, &gone)?;
        }
        remove(&folder)
    }

    /// That the model is not at `path`, where it belongs.
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

    /// Where a file is while it is downloaded.
    pub(super) fn part(&self, model: &ModelEntry, file: &FileEntry) -> PathBuf {
        // One name without folders, so that the files of a model need none before they are whole.
        self.working_folder(model).join(format!("{}.part", file.path.replace('/', "%")))
    }

    /// Keeps other processes from changing the model. The lock goes with its holder, even a killed one.
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
                    format!("gave up waiting for another process that is at work on {}", model.name);
                return Err(Error::new(ErrorKind::Cancelled, message));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Whether nothing is at `path`. Where the system does not tell, whoever reads it reports why.
pub(crate) fn is_absent(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

/// That nothing is at `path`, and what may have been meant.
pub(crate) fn missing(path: &Path, known: &Manifest) -> Error {
    let shown = path.display();
    let is_name = path.parent().is_none_or(|parent| parent.as_os_str().is_empty());
    let absent = if is_name {
        format!("`{shown}` is neither a file or folder that is there nor the name of a known model")
    } else {
        format!("{shown} is not there; check the path")
    };
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let hint = known.hint(name);
    Error::new(ErrorKind::ModelNotFound, format!("{absent}; {hint}"))
}

pub(super) fn foreign(path: &Path) -> Error {
    let message = format!(
        "{} was not put there by a pull, so there is nothing to compare it with; use it by its path, or move it away and pull",
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
    fn a_model_that_is_not_there_is_copied_or_pulled() {
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
    fn what_has_only_begun_to_come_is_not_here() {
        let root = tempfile::tempdir().unwrap();
        let store = offline(root.path());
        let folder = root.path().join(".partial/a");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("m.part"), "a").unwrap();
        assert_eq!(store.presence("a").unwrap(), Presence::Partial(1));
        assert_eq!(store.verify("a").unwrap_err().kind(), ErrorKind::ModelNotFound);
    }

    #[test]
    fn without_a_network_a_damaged_model_is_told_as_what_it_is() {
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
