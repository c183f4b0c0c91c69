//! A file of a model, read sequentially with errors that name the file.

use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind as IoErrorKind, Read as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// Bytes of a table read at a time.
const BLOCK: usize = 64 << 10;

/// An open file with its path, length and position.
pub(super) struct Part {
    path: PathBuf,
    len: u64,
    at: u64,
    reader: BufReader<File>,
}

/// Opens a file that may not be empty.
pub(super) fn open(path: &Path) -> Result<Part> {
    let part = open_any(path)?;
    if part.len == 0 { Err(part.invalid("is empty")) } else { Ok(part) }
}

/// Opens a file that may be empty.
pub(super) fn open_any(path: &Path) -> Result<Part> {
    let missing = |error: std::io::Error| match error.kind() {
        IoErrorKind::NotFound | IoErrorKind::NotADirectory => {
            let message = format!("{} is missing; download the model again", path.display());
            Error::new(ErrorKind::ModelIncomplete, message)
        }
        _ => unreadable(path, error),
    };
    // Opening a named pipe could block forever, so the kind of file is checked first.
    let metadata = path.metadata().map_err(missing)?;
    if !metadata.is_file() {
        let message = format!("{} is not a regular file; download the model again", path.display());
        return Err(Error::new(ErrorKind::ModelInvalid, message));
    }
    let file = File::open(path).map_err(missing)?;
    Ok(Part { path: path.to_owned(), len: metadata.len(), at: 0, reader: BufReader::new(file) })
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    let message = format!("{} cannot be read; check its permissions and the disk", path.display());
    Error::new(ErrorKind::ModelUnreadable, message).with_source(error)
}

impl Part {
    /// Length of the file in bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Bytes read so far.
    pub(super) fn position(&self) -> u64 {
        self.at
    }

    /// Bytes not read yet.
    pub(super) fn remaining(&self) -> u64 {
        self.len.saturating_sub(self.at)
    }

    pub(super) fn invalid(&self, what: &str) -> Error {
        let message = format!("{} {what}; download the model again", self.path.display());
        Error::new(ErrorKind::ModelInvalid, message)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.reader.read_exact(bytes).map_err(|error| match error.kind() {
            IoErrorKind::UnexpectedEof => self.invalid("is cut short"),
            _ => unreadable(&self.path, error),
        })?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn int32(&mut self) -> Result<i32> {
        self.bytes().map(i32::from_le_bytes)
    }

    pub(super) fn int64(&mut self) -> Result<i64> {
        self.bytes().map(i64::from_le_bytes)
    }

    /// Reads a count of entries in this file, each of at least `size` bytes.
    pub(super) fn count(&mut self, size: u64) -> Result<u64> {
        let count = self.int64()?;
        self.checked(count, size)
    }

    /// `count` as a number of following entries, each of at least `size` bytes.
    pub(super) fn checked(&self, count: i64, size: u64) -> Result<u64> {
        let count = u64::try_from(count).map_err(|_| self.invalid("is damaged"))?;
        if count > self.remaining() / size {
            return Err(self.invalid("is cut short"));
        }
        Ok(count)
    }

    /// Reads a boolean of one byte.
    pub(super) fn flag(&mut self) -> Result<bool> {
        match self.bytes()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(self.invalid("is damaged")),
        }
    }

    /// Reads a length-prefixed string of at most `longest` bytes, in OpenFst's form.
    pub(super) fn string(&mut self, longest: usize) -> Result<Vec<u8>> {
        let length = usize::try_from(self.int32()?).unwrap_or(usize::MAX);
        if length > longest || length as u64 > self.remaining() {
            return Err(self.invalid("has a damaged header"));
        }
        let mut text = vec![0; length];
        self.fill(&mut text)?;
        Ok(text)
    }

    pub(super) fn skip(&mut self, bytes: u64) -> Result<()> {
        if bytes > self.remaining() {
            return Err(self.invalid("is cut short"));
        }
        let offset = i64::try_from(bytes).map_err(|_| self.invalid("is cut short"))?;
        self.reader.seek_relative(offset).map_err(|error| unreadable(&self.path, error))?;
        self.at += bytes;
        Ok(())
    }

    /// Reads a table of `count` records of `N` bytes each, which must all be valid.
    pub(super) fn table<const N: usize>(
        &mut self,
        count: u64,
        mut is_valid: impl FnMut(&[u8; N]) -> bool,
    ) -> Result<()> {
        if count > self.remaining() / N as u64 {
            return Err(self.invalid("is cut short"));
        }
        let mut left = count as usize;
        let mut block = vec![0; left.min(BLOCK / N) * N];
        while left > 0 {
            let now = left.min(BLOCK / N);
            let bytes = &mut block[..now * N];
            self.fill(bytes)?;
            if !bytes.as_chunks().0.iter().all(&mut is_valid) {
                return Err(self.invalid("is damaged"));
            }
            left -= now;
        }
        Ok(())
    }

    /// The first and the last `length` bytes of the file, or the whole file twice if it is shorter.
    pub(super) fn ends(mut self, length: u64) -> Result<(Vec<u8>, Vec<u8>)> {
        let length = length.min(self.len);
        let mut head = vec![0; length as usize];
        let mut tail = head.clone();
        self.fill(&mut head)?;
        let between = self.len as i64 - 2 * length as i64;
        self.reader.seek_relative(between).map_err(|error| unreadable(&self.path, error))?;
        self.fill(&mut tail)?;
        Ok((head, tail))
    }

    pub(super) fn read_all(mut self) -> Result<(Vec<u8>, Error)> {
        let mut bytes = Vec::new();
        self.reader.read_to_end(&mut bytes).map_err(|error| unreadable(&self.path, error))?;
        Ok((bytes, self.invalid("is cut short")))
    }

    pub(super) fn lines(self) -> Result<Vec<String>> {
        let Self { path, reader, .. } = self;
        reader.lines().collect::<std::io::Result<_>>().map_err(|error| match error.kind() {
            IoErrorKind::InvalidData => {
                let message = format!("{} is not UTF-8 text; download the model again", path.display());
                Error::new(ErrorKind::ModelInvalid, message)
            }
            _ => unreadable(&path, error),
        })
    }
}
