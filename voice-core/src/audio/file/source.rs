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
    fragments: FragmentCheck,
}

enum Bytes {
    File { file: File, length: u64 },
    Stream(Box<dyn Read + Send + Sync>),
}

/// Finds fragments of MPEG-4 that state more samples than any recording has: a demuxer counts them one by one, also those
/// that take no bytes (`trun` of ISO 14496-12).
#[derive(Default)]
struct FragmentCheck {
    /// The bytes before the next ones, as far as a box can begin in them.
    tail: Vec<u8>,
}

impl FragmentCheck {
    /// The name of the box, its version and flags, and its number of samples.
    const HEAD: usize = 12;

    /// The most samples of a fragment: 6 hours of AAC at 48 kHz.
    const MAX_SAMPLES: u32 = 1 << 20;

    /// The flags that the standard defines. Other bytes after the name are no box.
    const FLAGS: u32 = 0x00_0f05;

    /// Takes the next bytes. Whether such a fragment is in them.
    fn is_too_long(&mut self, bytes: &[u8]) -> bool {
        let begin = bytes.len().min(Self::HEAD - 1);
        self.tail.extend_from_slice(&bytes[..begin]);
        let found = Self::is_in(&self.tail) || Self::is_in(bytes);
        let end = bytes.len().saturating_sub(Self::HEAD - 1);
        if bytes.len() >= Self::HEAD {
            self.tail.clear();
            self.tail.extend_from_slice(&bytes[end..]);
        } else {
            let surplus = self.tail.len().saturating_sub(Self::HEAD - 1);
            self.tail.drain(..surplus);
        }
        found
    }

    fn is_in(bytes: &[u8]) -> bool {
        bytes.windows(Self::HEAD).any(|head| {
            let number = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
            head.starts_with(b"trun")
                && number(4) & !(0x0100_0000 | Self::FLAGS) == 0
                && number(8) > Self::MAX_SAMPLES
        })
    }
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
        Self { bytes, left: Arc::new(AtomicU64::new(MAX_PART)), fragments: FragmentCheck::default() }
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
        if self.fragments.is_too_long(&buffer[..read]) {
            // The file is at fault, and not the disk.
            self.left.store(0, Ordering::Relaxed);
            return Err(io::Error::other("a fragment with too many samples"));
        }
        Ok(read)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.fragments = FragmentCheck::default();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragment_with_too_many_samples_is_found_in_any_pieces() {
        let fragment = |flags: u32, samples: u32| {
            let head = [b"moof....trun".as_slice(), &flags.to_be_bytes(), &samples.to_be_bytes()].concat();
            [head, vec![0; 40]].concat()
        };
        let is_found = |bytes: &[u8], length: usize| {
            let mut check = FragmentCheck::default();
            bytes.chunks(length).any(|piece| check.is_too_long(piece))
        };
        for length in 1..60 {
            assert!(is_found(&fragment(0x0100_0301, u32::MAX), length), "{length}");
            assert!(!is_found(&fragment(0x0100_0301, 2_000), length), "{length}");
            assert!(!is_found(&fragment(0x4142_4344, u32::MAX), length), "no box: {length}");
        }
    }
}
