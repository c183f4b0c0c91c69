//! The bytes of a recording, with a limit for each part of it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use symphonia::core::io::MediaSource;

/// The most bytes of one packet, or of the index of a file: 9 hours of AAC in MPEG-4 have an index of about 12 MB. A
/// demuxer may keep in memory what it reads.
const MAX_PART: u64 = 64 << 20;

/// A file, or a stream that cannot seek.
pub(super) struct Source {
    bytes: Bytes,
    left: Arc<AtomicU64>,
}

enum Bytes {
    File { file: File, length: u64 },
    Stream(Box<dyn Read + Send + Sync>),
}

/// Permits a [`Source`] to be read further.
pub(super) struct Permit(Arc<AtomicU64>);

impl Permit {
    /// Permits another part.
    pub(super) fn renew(&self) {
        self.0.store(MAX_PART, Ordering::Relaxed);
    }

    /// Whether a part was too large.
    pub(super) fn is_used_up(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

impl Source {
    /// `file`, from its beginning.
    pub(super) fn file(mut file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(0))?;
        Ok(Self::new(Bytes::File { file, length }))
    }

    /// `head` and then `rest`.
    pub(super) fn stream(head: Vec<u8>, rest: impl Read + Send + Sync + 'static) -> Self {
        Self::new(Bytes::Stream(Box::new(io::Cursor::new(head).chain(rest))))
    }

    fn new(bytes: Bytes) -> Self {
        Self { bytes, left: Arc::new(AtomicU64::new(MAX_PART)) }
    }

    pub(super) fn permit(&self) -> Permit {
        Permit(Arc::clone(&self.left))
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        let length = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if length == 0 && !buffer.is_empty() {
            return Err(io::Error::other("a packet or an index that is too large"));
        }
        let buffer = &mut buffer[..length];
        let read = match &mut self.bytes {
            Bytes::File { file, .. } => file.read(buffer)?,
            Bytes::Stream(stream) => stream.read(buffer)?,
        };
        self.left.store(left - read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.bytes {
            Bytes::File { file, .. } => file.seek(to),
            Bytes::Stream(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

impl MediaSource for Source {
    fn is_seekable(&self) -> bool {
        matches!(self.bytes, Bytes::File { .. })
    }

    fn byte_len(&self) -> Option<u64> {
        match self.bytes {
            Bytes::File { length, .. } => Some(length),
            Bytes::Stream(_) => None,
        }
    }
}
