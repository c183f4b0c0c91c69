//! The file beside the log that records where the log ends. A process locks it while it writes the log, because it
//! stays in place when the log is moved away.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::key::{AuditKey, Proof, check};

/// The size of the file in bytes. It is constant, so that one write replaces the whole content.
const SIZE: usize = 256;

pub(super) struct HeadFile(File);

/// The end of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The number of the last entry.
    pub(super) count: u64,
    /// The length of the file in bytes up to that entry.
    pub(super) length: u64,
    pub(super) hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mac: Option<String>,
}

/// Why there is no usable head.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoHead {
    Missing,
    /// The content is not a head, or its MAC is wrong.
    Wrong,
    /// It was signed with an unknown key.
    UnknownKey,
}

pub(super) fn path(log: &Path) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(".head");
    name.into()
}

impl HeadFile {
    /// Opens the head of a log and locks it. The inner error means that another process holds the lock.
    pub(super) fn open(log: &Path) -> io::Result<Result<Self, ()>> {
        let options =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).to_owned();
        let file = options.open(path(log))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(Err(())),
            // Some file systems have no locks.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Ok(Self(file))),
        }
    }

    pub(super) fn read(&self, keys: &[AuditKey]) -> Result<Head, NoHead> {
        let mut bytes = [0; SIZE];
        let length = self.0.read_at(&mut bytes, 0).map_err(|_| NoHead::Wrong)?;
        Head::parse(&bytes[..length], keys)
    }

    pub(super) fn write(
        &self,
        count: u64,
        length: u64,
        hash: &str,
        key: Option<&AuditKey>,
    ) -> io::Result<()> {
        let mut head = Head { count, length, hash: hash.to_owned(), mac: None };
        head.mac = key.map(|key| key.sign(&head.signed()));
        let mut bytes = serde_json::to_vec(&head)?;
        bytes.resize(SIZE - 1, b' ');
        bytes.push(b'\n');
        self.0.write_all_at(&bytes, 0)
    }
}

impl Head {
    /// Reads the head of a log without locking it.
    pub(super) fn of(log: &Path, keys: &[AuditKey]) -> io::Result<Result<Self, NoHead>> {
        match std::fs::read(path(log)) {
            Ok(bytes) => Ok(Self::parse(&bytes, keys)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Err(NoHead::Missing)),
            Err(error) => Err(error),
        }
    }

    /// Without keys the MAC is not checked.
    fn parse(bytes: &[u8], keys: &[AuditKey]) -> Result<Self, NoHead> {
        if bytes.trim_ascii().is_empty() {
            return Err(NoHead::Missing);
        }
        let head: Self = serde_json::from_slice(bytes).map_err(|_| NoHead::Wrong)?;
        match &head.mac {
            _ if keys.is_empty() => Ok(head),
            None => Ok(head),
            Some(mac) => match check(keys, mac, &head.signed()) {
                Proof::Good => Ok(head),
                Proof::Bad => Err(NoHead::Wrong),
                Proof::UnknownKey => Err(NoHead::UnknownKey),
            },
        }
    }

    pub(super) fn is_signed(&self) -> bool {
        self.mac.is_some()
    }

    fn signed(&self) -> Vec<u8> {
        format!("head {} {} {}", self.count, self.length, self.hash).into_bytes()
    }
}
