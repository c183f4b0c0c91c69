//! The file beside the log that says where the log ends. It is also what a process locks while it writes the log, as it stays
//! in its place when the log is moved away.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::key::{AuditKey, Proof, check};

/// Bytes of the file, whatever it says: it is written over in one piece.
const SIZE: usize = 256;

pub(super) struct HeadFile(File);

/// Where the log ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The number of the last entry.
    pub(super) count: u64,
    /// Bytes of the file up to there.
    pub(super) length: u64,
    pub(super) hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mac: Option<String>,
}

/// Why there is no head to go by.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoHead {
    Missing,
    /// It is no head, or its MAC is wrong.
    Wrong,
    /// It was made with a key that is not here.
    UnknownKey,
}

pub(super) fn path(log: &Path) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(".head");
    name.into()
}

impl HeadFile {
    /// Opens the head of a log and locks it; the inner error is that another process holds it.
    pub(super) fn open(log: &Path) -> io::Result<Result<Self, ()>> {
        let options =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).to_owned();
        let file = options.open(path(log))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(Err(())),
            // The error is that of a file system that knows no locks.
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
    /// The head of a log that is only looked at.
    pub(super) fn of(log: &Path, keys: &[AuditKey]) -> io::Result<Result<Self, NoHead>> {
        match std::fs::read(path(log)) {
            Ok(bytes) => Ok(Self::parse(&bytes, keys)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Err(NoHead::Missing)),
            Err(error) => Err(error),
        }
    }

    /// Without keys the MAC is not looked at.
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
