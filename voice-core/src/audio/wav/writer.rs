//! The writer of WAV files.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::audio::Format;
use crate::error::{Error, ErrorKind, Result};

/// Writes a mono 16-bit WAV file.
pub struct Writer<W: Write + Seek>(WavWriter<W>);

impl Writer<BufWriter<File>> {
    /// Creates or replaces the file at `path`. Fails with [`ErrorKind::Io`].
    pub fn create(path: &Path, sample_rate: u32) -> Result<Self> {
        let file = File::create(path).map_err(|error| {
            let message = format!("cannot write {}; check the folder and its permissions", path.display());
            Error::new(ErrorKind::Io, message).with_source(error)
        })?;
        Self::new(BufWriter::new(file), sample_rate)
    }
}

impl<W: Write + Seek> Writer<W> {
    /// Writes the header; the length is filled in by [`finish`](Self::finish).
    pub fn new(sink: W, sample_rate: u32) -> Result<Self> {
        let sample_rate = Format::pcm16(sample_rate)?.sample_rate();
        let spec =
            WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
        WavWriter::new(sink, spec).map(Self).map_err(write_error)
    }

    /// Appends samples.
    pub fn write(&mut self, samples: &[i16]) -> Result<()> {
        samples.iter().try_for_each(|&sample| self.0.write_sample(sample)).map_err(write_error)
    }

    /// Completes the header and flushes the file.
    pub fn finish(self) -> Result<()> {
        self.0.finalize().map_err(write_error)
    }
}

fn write_error(error: hound::Error) -> Error {
    Error::new(ErrorKind::Io, "cannot write the WAV file; check the free space").with_source(error)
}
