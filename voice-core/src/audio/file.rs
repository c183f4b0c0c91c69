//! Recordings of every supported kind: WAV, and with the feature `files` also Ogg, `WebM`, MPEG-4, MP3, AAC, FLAC, AIFF
//! and CAF.

#[cfg(feature = "files")]
mod coded;
#[cfg(feature = "files")]
mod source;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

#[cfg(feature = "files")]
use crate::audio::Container;
use crate::audio::{Format, IDENTIFIABLE, wav};
use crate::error::{Error, ErrorKind, Result};

/// Reads a recording as raw audio in [`format`](Self::format). Its kind is identified by its first bytes, not by its
/// name.
///
/// The memory in use does not depend on the length of the recording.
pub struct Reader(Kind);

enum Kind {
    Wav(Box<wav::Reader<Box<dyn Read>>>),
    #[cfg(feature = "files")]
    Coded(Box<coded::Reader>),
}

/// What a user should know about the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// A difference between a WAV file and its header.
    Wav(wav::Remark),
    /// Some packets could not be decoded and were left out.
    Damaged,
    /// The file ends early.
    Truncated,
    /// The file goes on with audio of another sample rate, which was not read.
    RateChanged,
    /// The file has other audio tracks, which were not read.
    OtherTracks,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wav(remark) => return remark.fmt(f),
            Self::Damaged => "a part of the file is damaged and was left out",
            Self::Truncated => "the file ends early; what is there was read",
            Self::RateChanged => "the file goes on with audio of another sample rate, which was not read",
            Self::OtherTracks => "the file has several audio tracks; only the first was read",
        })
    }
}

impl Reader {
    /// Opens the file at `path`. Fails with [`ErrorKind::Io`], or as [`new`](Self::new) does.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = File::open(path).map_err(|error| {
            let message = format!("cannot open {}; check the path and its permissions", path.display());
            Error::new(ErrorKind::Io, message).with_source(error)
        })?;
        let head = head(&mut file)?;
        #[cfg(feature = "files")]
        if let Some(container) = coded(&head) {
            // A device or a pipe with a name cannot seek.
            let is_file = file.metadata().is_ok_and(|data| data.is_file());
            let source = if is_file {
                source::Source::file(file).map_err(unreadable)?
            } else {
                source::Source::stream(head, file)
            };
            return Ok(Self(Kind::Coded(Box::new(coded::Reader::new(source, container)?))));
        }
        Self::wav(head, file)
    }

    /// Reads a stream, such as standard input. An MPEG-4 file whose index is at its end needs [`open`](Self::open).
    ///
    /// Fails with [`ErrorKind::AudioFileInvalid`], [`ErrorKind::AudioFormatUnsupported`] or [`ErrorKind::Io`].
    pub fn new(mut source: impl Read + Send + Sync + 'static) -> Result<Self> {
        let head = head(&mut source)?;
        #[cfg(feature = "files")]
        if let Some(container) = coded(&head) {
            let source = source::Source::stream(head, source);
            return Ok(Self(Kind::Coded(Box::new(coded::Reader::new(source, container)?))));
        }
        Self::wav(head, source)
    }

    /// The error for a file of another kind names that.
    fn wav(head: Vec<u8>, rest: impl Read + 'static) -> Result<Self> {
        let whole: Box<dyn Read> = Box::new(io::Cursor::new(head).chain(rest));
        Ok(Self(Kind::Wav(Box::new(wav::Reader::new(whole)?))))
    }

    /// The format of the bytes from [`read`](Self::read).
    pub fn format(&self) -> Format {
        match &self.0 {
            Kind::Wav(reader) => reader.format(),
            #[cfg(feature = "files")]
            Kind::Coded(reader) => reader.format(),
        }
    }

    /// Duration of the audio in milliseconds as the file states it, if it does.
    pub fn duration_ms(&self) -> Option<u64> {
        match &self.0 {
            Kind::Wav(reader) => reader.duration_ms(),
            #[cfg(feature = "files")]
            Kind::Coded(reader) => reader.duration_ms(),
        }
    }

    /// Replaces the content of `block` by the next `ms` milliseconds; empty at the end of the file. Fails with
    /// [`ErrorKind::Io`].
    pub fn read(&mut self, ms: u32, block: &mut Vec<u8>) -> Result<()> {
        match &mut self.0 {
            Kind::Wav(reader) => reader.read(ms, block),
            #[cfg(feature = "files")]
            Kind::Coded(reader) => reader.read(ms, block),
        }
    }

    /// What was found so far.
    pub fn remarks(&self) -> Vec<Remark> {
        match &self.0 {
            Kind::Wav(reader) => reader.remarks().iter().copied().map(Remark::Wav).collect(),
            #[cfg(feature = "files")]
            Kind::Coded(reader) => reader.remarks().to_vec(),
        }
    }
}

/// The first bytes, by which the kind is identified.
fn head(source: &mut impl Read) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    source.take(IDENTIFIABLE as u64).read_to_end(&mut head).map_err(unreadable)?;
    Ok(head)
}

/// The container of `head`, if it is not one that the WAV reader reads or refuses.
#[cfg(feature = "files")]
fn coded(head: &[u8]) -> Option<Container> {
    Container::identify(head).filter(|container| {
        container.is_decoded() && !matches!(container, Container::Wav | Container::Wave64)
    })
}

fn unreadable(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, "the audio cannot be read; check the disk or the program that writes it")
        .with_source(error)
}
