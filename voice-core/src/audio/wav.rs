//! WAV files in and out.

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind as IoErrorKind, Read, Seek, Write};
use std::path::Path;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use crate::audio::{Format, SampleEncoding};
use crate::error::{Error, ErrorKind, Result};

/// A WAV file being read as raw audio of [`format`](Self::format).
///
/// 16-bit files are handed out as they are; 8-, 24- and 32-bit integers become floats.
pub struct Reader<R> {
    inner: WavReader<R>,
    format: Format,
    truncated: bool,
}

impl Reader<BufReader<File>> {
    /// Opens the file at `path`.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| {
            let message = format!("cannot open {}; check the path and its permissions", path.display());
            Error::new(ErrorKind::Io, message).with_source(error)
        })?;
        Self::new(BufReader::new(file))
    }
}

impl<R: Read> Reader<R> {
    /// Reads the header of a WAV stream.
    pub fn new(source: R) -> Result<Self> {
        let inner = WavReader::new(source).map_err(|error| {
            Error::new(ErrorKind::AudioFileInvalid, "not a WAV file that can be read; convert it to PCM WAV")
                .with_source(error)
        })?;
        let spec = inner.spec();
        if !(1..=32).contains(&spec.bits_per_sample) {
            let message = format!("samples of {} bits; convert the file to PCM WAV", spec.bits_per_sample);
            return Err(Error::new(ErrorKind::AudioFileInvalid, message));
        }
        let encoding = match (spec.sample_format, spec.bits_per_sample) {
            (SampleFormat::Int, 16) => SampleEncoding::PcmI16,
            _ => SampleEncoding::PcmF32,
        };
        let format = Format::new(encoding, spec.sample_rate, spec.channels)?;
        Ok(Self { inner, format, truncated: false })
    }

    /// What [`read`](Self::read) hands out.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Length of the audio in milliseconds, as the header claims.
    pub fn duration_ms(&self) -> u64 {
        u64::from(self.inner.duration()) * 1_000 / u64::from(self.format.sample_rate())
    }

    /// Whether the file turned out shorter than its header claims.
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Replaces `block` by the next `ms` milliseconds; empty at the end of the file.
    pub fn read(&mut self, ms: u32, block: &mut Vec<u8>) -> Result<()> {
        block.clear();
        let samples = self.format.bytes_in(ms) / self.format.encoding().bytes();
        match self.format.encoding() {
            SampleEncoding::PcmI16 => self.fill(samples, block, |sample: i16, block| {
                block.extend_from_slice(&sample.to_le_bytes());
            }),
            SampleEncoding::PcmF32 if self.inner.spec().sample_format == SampleFormat::Float => {
                self.fill(samples, block, |sample: f32, block| block.extend_from_slice(&sample.to_le_bytes()))
            }
            SampleEncoding::PcmF32 => {
                let full_scale = (1i64 << (self.inner.spec().bits_per_sample - 1)) as f32;
                self.fill(samples, block, |sample: i32, block| {
                    block.extend_from_slice(&(sample as f32 / full_scale).to_le_bytes());
                })
            }
        }
    }

    fn fill<S: hound::Sample>(
        &mut self,
        count: usize,
        block: &mut Vec<u8>,
        mut put: impl FnMut(S, &mut Vec<u8>),
    ) -> Result<()> {
        if self.truncated {
            return Ok(());
        }
        for sample in self.inner.samples::<S>().take(count) {
            match sample {
                Ok(sample) => put(sample, block),
                // Recorders that stream or crash leave a header that promises too much.
                Err(hound::Error::IoError(error)) if is_early_end(&error) => {
                    self.truncated = true;
                    block.truncate(block.len() - block.len() % self.format.frame_bytes());
                    return Ok(());
                }
                Err(error) => {
                    let message = "the audio data cannot be read; convert it to PCM WAV";
                    return Err(Error::new(ErrorKind::AudioFileInvalid, message).with_source(error));
                }
            }
        }
        Ok(())
    }
}

/// hound reports a short read as `Other` with a message of its own.
fn is_early_end(error: &std::io::Error) -> bool {
    matches!(error.kind(), IoErrorKind::UnexpectedEof | IoErrorKind::Other)
}

/// The header of a mono 16-bit WAV stream whose length nobody knows yet: both of its lengths are the largest even
/// number, which players take as "to the end".
pub fn stream_header(sample_rate: u32) -> Result<[u8; 44]> {
    let rate = Format::pcm16(sample_rate)?.sample_rate();
    let mut header =
        *b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0rate2*ra\x02\0\x10\0data\xfe\xff\xff\xff";
    header[24..28].copy_from_slice(&rate.to_le_bytes());
    header[28..32].copy_from_slice(&(2 * rate).to_le_bytes());
    Ok(header)
}

/// A mono 16-bit WAV file being written.
pub struct Writer<W: Write + Seek>(WavWriter<W>);

impl Writer<BufWriter<File>> {
    /// Creates or replaces the file at `path`.
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

    /// Completes the header and flushes.
    pub fn finish(self) -> Result<()> {
        self.0.finalize().map_err(write_error)
    }
}

fn write_error(error: hound::Error) -> Error {
    Error::new(ErrorKind::Io, "cannot write the WAV file; check the free space").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn wav(samples: &[i16]) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let mut writer = Writer::new(&mut file, 8_000).unwrap();
        writer.write(samples).unwrap();
        writer.finish().unwrap();
        file.into_inner()
    }

    fn read_all(bytes: &[u8]) -> Result<(Vec<u8>, bool)> {
        let mut reader = Reader::new(bytes)?;
        let (mut all, mut block) = (Vec::new(), Vec::new());
        loop {
            reader.read(100, &mut block)?;
            if block.is_empty() {
                return Ok((all, reader.is_truncated()));
            }
            all.extend_from_slice(&block);
        }
    }

    #[test]
    fn a_stream_without_a_length_is_read_to_its_end() {
        let file = wav(&[1, -2, 3]);
        let streamed = [&stream_header(8_000).unwrap(), &file[44..]].concat();
        assert_eq!(streamed[8..40], file[8..40]);
        assert_eq!(read_all(&streamed).unwrap(), (file[44..].to_vec(), true));
        assert!(stream_header(0).is_err());
    }

    #[test]
    fn what_is_written_is_read_back() {
        let samples: Vec<i16> = (0..2_000).map(|n| n * 16).collect();
        let reader_bytes = wav(&samples);
        let reader = Reader::new(reader_bytes.as_slice()).unwrap();
        assert_eq!(reader.format(), Format::pcm16(8_000).unwrap());
        assert_eq!(reader.duration_ms(), 250);
        let expected: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        assert_eq!(read_all(&reader_bytes).unwrap(), (expected, false));
    }

    #[test]
    fn wide_integers_become_floats() {
        let spec = WavSpec {
            channels: 2,
            sample_rate: 44_100,
            bits_per_sample: 24,
            sample_format: SampleFormat::Int,
        };
        let mut file = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut file, spec).unwrap();
        writer.write_sample(1 << 22).unwrap();
        writer.write_sample(-(1 << 23)).unwrap();
        writer.finalize().unwrap();
        let (bytes, _) = read_all(&file.into_inner()).unwrap();
        assert_eq!(bytes, [0.5f32, -1.0].map(f32::to_le_bytes).concat());
    }

    #[test]
    fn a_file_cut_anywhere_gives_an_error_or_what_was_there() {
        let whole = wav(&[7; 1_000]);
        for length in 0..whole.len() {
            match read_all(&whole[..length]) {
                Ok((bytes, truncated)) => {
                    assert!(truncated, "cut at {length} went unnoticed");
                    assert_eq!(bytes.len(), (length - 44) / 2 * 2);
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::AudioFileInvalid),
            }
        }
    }
}
