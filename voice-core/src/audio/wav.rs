//! The reader and writer of WAV files.
//!
//! The reader accepts the files of real recorders, telephone systems and tools. If a header contradicts itself or the
//! bytes after it, the bytes decide.

mod header;
mod input;
mod layout;
mod stream;
mod writer;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use audio_codec_algorithms::{decode_alaw, decode_ulaw};

use crate::audio::{Format, SampleEncoding, adpcm, gsm};
use crate::error::{Error, ErrorKind, Result};

use header::{After, Header};
use input::Input;
use layout::{Coding, Layout};
pub use stream::{raw_header, stream_header};
pub use writer::Writer;

/// The advice for a file of another format.
const CONVERT: &str = "convert it: ffmpeg -i FILE -ar 16000 -ac 1 out.wav";

/// The approximate number of bytes decoded at a time.
const PIECE: usize = 16 << 10;

/// Reads a WAV file as raw audio in [`format`](Self::format).
///
/// Supports RIFF, RIFX, RF64, BW64 and Wave64, with PCM of any width, floats, A-law, µ-law, IMA and Microsoft ADPCM,
/// and GSM 06.10. Samples of 16 bits and compressed samples become 16-bit integers, all others become floats. The
/// source is read sequentially, so it may be a pipe.
pub struct Reader<R> {
    input: Input<R>,
    header: Header,
    format: Format,
    /// Unread bytes of the current `data` chunk.
    left: u64,
    /// Bytes of an incomplete block.
    coded: Vec<u8>,
    /// Decoded audio that the caller has not read yet.
    decoded: Vec<u8>,
    samples: Vec<i16>,
    gsm: gsm::Decoder,
    is_over: bool,
    remarks: Vec<Remark>,
}

/// A difference between a file and its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// The file is shorter than its header says.
    Truncated,
    /// The file has more audio than its header says; all of it was read.
    Longer,
    /// A second file of another format follows, and was not read.
    SecondFile,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the file is shorter than its header says; what is there was read",
            Self::Longer => "the file holds more audio than its header says; all of it was read",
            Self::SecondFile => {
                "a second file of another format follows inside the file; only the first was read"
            }
        })
    }
}

impl Reader<File> {
    /// Opens the file at `path`. Fails with [`ErrorKind::Io`], or as [`new`](Self::new) does.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| {
            let message = format!("cannot open {}; check the path and its permissions", path.display());
            Error::new(ErrorKind::Io, message).with_source(error)
        })?;
        Self::new(file)
    }
}

impl<R: Read> Reader<R> {
    /// Reads the header of a WAV stream, such as a file or standard input. Fails with [`ErrorKind::AudioFileInvalid`],
    /// [`ErrorKind::AudioFormatUnsupported`] or [`ErrorKind::Io`].
    pub fn new(source: R) -> Result<Self> {
        let mut input = Input::new(source);
        let header = Header::read(&mut input)?;
        Ok(Self {
            format: header.layout.format()?,
            left: header.data.bytes,
            input,
            header,
            coded: Vec::new(),
            decoded: Vec::new(),
            samples: Vec::new(),
            gsm: gsm::Decoder::default(),
            is_over: false,
            remarks: Vec::new(),
        })
    }

    /// The format of the bytes from [`read`](Self::read).
    pub fn format(&self) -> Format {
        self.format
    }

    /// Duration of the audio in milliseconds according to the header; `None` if the header does not have it.
    pub fn duration_ms(&self) -> Option<u64> {
        let data = self.header.data;
        let blocks = data.bytes / self.header.layout.block as u64;
        let frames = blocks.saturating_mul(self.header.layout.block_frames() as u64);
        let rate = u64::from(self.format.sample_rate());
        (data.is_known && data.bytes > 0).then(|| frames.saturating_mul(1_000) / rate)
    }

    /// Whether the file is shorter than its header says, as far as it was read.
    pub fn is_truncated(&self) -> bool {
        self.remarks.contains(&Remark::Truncated)
    }

    /// The differences from the header that were found so far.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// Replaces the content of `block` by the next `ms` milliseconds; empty at the end of the file. Fails with
    /// [`ErrorKind::Io`].
    pub fn read(&mut self, ms: u32, block: &mut Vec<u8>) -> Result<()> {
        block.clear();
        let wanted = self.format.bytes_in(ms);
        while self.decoded.len() < wanted && !self.is_over {
            self.read_piece(wanted - self.decoded.len())?;
        }
        block.extend(self.decoded.drain(..wanted.min(self.decoded.len())));
        Ok(())
    }

    /// Decodes about `wanted` more bytes, or reaches the end.
    fn read_piece(&mut self, wanted: usize) -> Result<()> {
        let Layout { block, .. } = self.header.layout;
        let frames = wanted.min(PIECE) / self.format.frame_bytes();
        let blocks = frames.div_ceil(self.header.layout.block_frames()).max(1);
        let missing = (blocks * block).saturating_sub(self.coded.len()).max(1);
        let missing = self.left.min(missing as u64) as usize;
        let read = self.input.read(missing, &mut self.coded).map_err(unreadable)?;
        self.left -= read as u64;
        if read < missing {
            if self.header.data.is_known {
                self.remark(Remark::Truncated);
            }
            self.end();
            return Ok(());
        }
        if self.coded.len() >= block {
            let whole = self.coded.len() - self.coded.len() % block;
            self.decode(whole);
        }
        if self.left == 0 {
            self.next_chunk()?;
        }
        Ok(())
    }

    /// Continues after the audio of a `data` chunk.
    fn next_chunk(&mut self) -> Result<()> {
        match self.header.after(&mut self.input, self.header.data.bytes)? {
            After::Nothing => self.end(),
            After::Audio => {
                if self.header.data.bytes > 0 {
                    self.remark(Remark::Longer);
                }
                self.continue_with(header::Data { bytes: u64::MAX, is_known: false });
            }
            After::Data(data) => {
                self.finish_chunk();
                self.continue_with(data);
            }
            After::File => {
                self.finish_chunk();
                match Header::read(&mut self.input) {
                    Ok(next) if next.layout == self.header.layout => {
                        let data = next.data;
                        self.header = next;
                        self.continue_with(data);
                    }
                    _ => {
                        self.remark(Remark::SecondFile);
                        self.is_over = true;
                    }
                }
            }
        }
        Ok(())
    }

    fn continue_with(&mut self, data: header::Data) {
        self.header.data = data;
        self.left = data.bytes;
    }

    fn end(&mut self) {
        self.finish_chunk();
        self.is_over = true;
    }

    /// Decodes the incomplete last block of a `data` chunk. An incomplete frame is dropped.
    fn finish_chunk(&mut self) {
        self.decode(self.coded.len());
        self.coded.clear();
    }

    /// Decodes the first `length` bytes of `coded`.
    fn decode(&mut self, length: usize) {
        let coded: Vec<u8> = self.coded.drain(..length).collect();
        let layout = &self.header.layout;
        let channels = usize::from(layout.channels);
        let whole = &coded[..length - length % layout.block];
        self.samples.clear();
        match &layout.coding {
            Coding::Pcm if self.format.encoding() == SampleEncoding::PcmI16 => {
                let samples = whole.as_chunks::<2>().0.iter();
                let big = layout.is_big_endian;
                self.samples.extend(
                    samples.map(
                        |&bytes| if big { i16::from_be_bytes(bytes) } else { i16::from_le_bytes(bytes) },
                    ),
                );
            }
            Coding::Pcm => {
                let samples = whole.chunks_exact(layout.sample_bytes());
                self.decoded
                    .extend(samples.flat_map(|bytes| integer(bytes, layout.is_big_endian).to_le_bytes()));
            }
            Coding::Float => {
                let samples = whole.chunks_exact(layout.sample_bytes());
                self.decoded
                    .extend(samples.flat_map(|bytes| float(bytes, layout.is_big_endian).to_le_bytes()));
            }
            Coding::ALaw => self.samples.extend(whole.iter().map(|&byte| decode_alaw(byte))),
            Coding::MuLaw => self.samples.extend(whole.iter().map(|&byte| decode_ulaw(byte))),
            Coding::ImaAdpcm => {
                coded
                    .chunks(layout.block)
                    .for_each(|block| adpcm::decode_ima(block, channels, &mut self.samples));
            }
            Coding::MicrosoftAdpcm { predictors } => coded
                .chunks(layout.block)
                .for_each(|block| adpcm::decode_microsoft(block, channels, predictors, &mut self.samples)),
            Coding::Gsm => {
                coded.chunks(layout.block).for_each(|block| self.gsm.decode(block, &mut self.samples));
            }
        }
        self.decoded.extend(self.samples.iter().flat_map(|sample| sample.to_le_bytes()));
    }

    fn remark(&mut self, remark: Remark) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }
}

/// Converts an integer sample of any width to full scale ±1. A sample of one byte is unsigned.
fn integer(bytes: &[u8], is_big_endian: bool) -> f32 {
    if let [byte] = bytes {
        return (f32::from(*byte) - 128.0) / 128.0;
    }
    // The upper four bytes; missing lower ones are zero.
    let mut upper = [0; 4];
    let from_top = |n: usize| if is_big_endian { bytes.get(n) } else { bytes.iter().rev().nth(n) };
    for (n, byte) in upper.iter_mut().enumerate() {
        *byte = from_top(n).copied().unwrap_or(0);
    }
    (f64::from(i32::from_be_bytes(upper)) / 2_147_483_648.0) as f32
}

fn float(bytes: &[u8], is_big_endian: bool) -> f32 {
    let mut bytes = bytes.to_vec();
    if is_big_endian {
        bytes.reverse();
    }
    match (bytes.first_chunk(), bytes.first_chunk()) {
        (Some(&bytes), _) => f64::from_le_bytes(bytes) as f32,
        (None, Some(&bytes)) => f32::from_le_bytes(bytes),
        (None, None) => 0.0,
    }
}

fn unreadable(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, "the audio cannot be read; check the disk or the program that writes it")
        .with_source(error)
}

#[cfg(test)]
mod tests;
