//! The chunks of WAV files before and after the audio.

use std::io::Read;

use super::input::Input;
use super::layout::Layout;
use super::{CONVERT, unreadable};
use crate::audio::Container;
use crate::audio::container::IDENTIFIABLE;
use crate::error::{Error, ErrorKind, Result};

/// The most bytes of a chunk that are kept for the case that its length is wrong.
const MAX_KEPT: usize = 4 << 20;

/// The longest `fmt ` chunk. Its longest part is a list of predictors.
const MAX_FMT: usize = 4_096;

/// Lengths from these values on are placeholders of writers that do not know the length, such as ffmpeg, sox and
/// gstreamer when they write to a pipe.
const UNKNOWN: u64 = 0x7fff_0000;
const UNKNOWN_LONG: u64 = 1 << 62;

/// Fewer bytes than this after the audio are ignored.
const MIN_AUDIO: usize = 64;

/// The form of the chunks of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Riff {
        is_big_endian: bool,
    },
    /// Sony Wave64: GUIDs and lengths of 64 bits, each chunk padded to 8 bytes.
    Wave64,
}

/// The audio of a `data` chunk according to its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Data {
    pub(super) bytes: u64,
    /// Whether the writer knew the length. A shorter file is then truncated.
    pub(super) is_known: bool,
}

/// The part of a file before the audio.
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) layout: Layout,
    pub(super) data: Data,
    /// The length in bytes from a `ds64` chunk.
    long: Option<u64>,
    /// Whether the audio precedes the `fmt ` chunk.
    pub(super) is_early: bool,
}

/// What follows the audio of a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum After {
    Nothing,
    /// Another `data` chunk.
    Data(Data),
    /// Bytes that are not a chunk: the length was wrong, and the audio continues.
    Audio,
    /// Another file, as in a concatenation.
    File,
}

#[derive(Debug, Clone, Copy)]
struct Chunk {
    id: [u8; 4],
    /// Bytes of its body, without padding.
    length: u64,
}

impl Header {
    /// Reads all chunks before the first audio.
    pub(super) fn read(input: &mut Input<impl Read>) -> Result<Self> {
        let kind = kind(input)?;
        let (mut layout, mut long) = (None, None);
        // Audio that precedes the `fmt ` chunk.
        let mut early: Option<Vec<u8>> = None;
        let mut body = Vec::new();
        // A wrong chunk length is corrected at most once.
        let mut searched = false;
        loop {
            let Some(chunk) = next(input, kind)? else {
                let wanted = if layout.is_none() && early.is_none() { *b"fmt " } else { *b"data" };
                if !searched && (resync(input, &body, wanted)? || resync(input, &body, *b"data")?) {
                    searched = true;
                    continue;
                }
                let what = if layout.is_none() {
                    "no fmt chunk, so its sample rate is not known"
                } else {
                    "no audio"
                };
                return Err(lacking(what));
            };
            if chunk.id == *b"data"
                && let Some(layout) = layout
            {
                return Ok(Self {
                    kind,
                    layout,
                    data: extent(kind, chunk.length, long),
                    long,
                    is_early: false,
                });
            }
            body = Vec::with_capacity(MAX_KEPT.min(chunk.length as usize));
            // The pieces of a wave list follow as `data` chunks.
            if chunk.id == *b"LIST" && input.peek(4).map_err(unreadable)? == b"wavl" {
                skip(input, 4)?;
                continue;
            }
            input.skip(chunk.length, &mut body).map_err(unreadable)?;
            match &chunk.id {
                b"fmt " => {
                    let described = Layout::parse(&body[..body.len().min(MAX_FMT)], kind.is_big_endian())?;
                    if let Some(audio) = early {
                        input.put_back(&audio);
                        let data = Data { bytes: audio.len() as u64, is_known: true };
                        return Ok(Self { kind, layout: described, data, long, is_early: true });
                    }
                    layout = Some(described);
                }
                b"data" if body.len() as u64 == chunk.length => early = Some(std::mem::take(&mut body)),
                b"ds64" => {
                    long = body
                        .get(8..)
                        .and_then(|size| size.first_chunk())
                        .map(|size| u64::from_le_bytes(*size));
                }
                _ => {}
            }
            pad(input, kind, chunk.length, &mut body)?;
        }
    }

    /// Reads what follows the audio of a `data` chunk of `length` bytes.
    pub(super) fn after(&self, input: &mut Input<impl Read>, mut length: u64) -> Result<After> {
        loop {
            let Some(chunk) = following(input, self.kind, length)? else {
                // A few bytes are a remainder, not audio.
                let rest = input.peek(MIN_AUDIO).map_err(unreadable)?.len();
                return Ok(if rest < MIN_AUDIO { After::Nothing } else { After::Audio });
            };
            if matches!(&chunk.id, b"RIFF" | b"RIFX" | b"RF64" | b"BW64" | b"riff") {
                return Ok(After::File);
            }
            skip(input, self.kind.head() as u64)?;
            if chunk.id == *b"data" {
                return Ok(After::Data(extent(self.kind, chunk.length, self.long)));
            }
            skip(input, chunk.length)?;
            length = chunk.length;
        }
    }
}

impl Kind {
    fn is_big_endian(self) -> bool {
        matches!(self, Self::Riff { is_big_endian: true })
    }

    /// Bytes of the head of a chunk.
    fn head(self) -> usize {
        match self {
            Self::Riff { .. } => 8,
            Self::Wave64 => 24,
        }
    }

    /// Padding bytes of a chunk of `length` bytes.
    fn padding(self, length: u64) -> usize {
        match self {
            Self::Riff { .. } => (length % 2) as usize,
            Self::Wave64 => (length.wrapping_neg() % 8) as usize,
        }
    }
}

impl Chunk {
    /// The chunk whose head is `offset` bytes ahead.
    fn peek(input: &mut Input<impl Read>, kind: Kind, offset: usize) -> Result<Option<Self>> {
        let size = kind.head();
        let head = input.peek(offset + size).map_err(unreadable)?;
        let Some(head) = head.get(offset..offset + size) else { return Ok(None) };
        let id = [head[0], head[1], head[2], head[3]];
        let short = [head[4], head[5], head[6], head[7]];
        let length = match kind {
            Kind::Riff { is_big_endian: true } => u32::from_be_bytes(short).into(),
            Kind::Riff { is_big_endian: false } => u32::from_le_bytes(short).into(),
            // The length includes the head, unless it was never written.
            Kind::Wave64 => {
                u64::from_le_bytes(std::array::from_fn(|n| head[16 + n])).saturating_sub(size as u64)
            }
        };
        Ok(Some(Self { id, length }))
    }

    /// Whether the chunk has a name as in WAV files, which is rare among samples.
    fn is_plausible(&self) -> bool {
        const KNOWN: [&[u8; 4]; 10] =
            [b"data", b"LIST", b"_PMX", b"slnt", b"fmt ", b"RIFF", b"RIFX", b"RF64", b"BW64", b"riff"];
        let is_name = self.id.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b' ');
        KNOWN.contains(&&self.id) || (is_name && self.length < MAX_KEPT as u64)
    }
}

/// The form of the file. The error for another format names it.
fn kind(input: &mut Input<impl Read>) -> Result<Kind> {
    let head = input.peek(IDENTIFIABLE).map_err(unreadable)?;
    if head.is_empty() {
        return Err(Error::new(
            ErrorKind::AudioFileInvalid,
            "the file is empty; check the program that writes it",
        ));
    }
    let (kind, length) = match Container::identify(head) {
        Some(Container::Wav) => (Kind::Riff { is_big_endian: head.starts_with(b"RIFX") }, 12),
        Some(Container::Wave64) => (Kind::Wave64, 40),
        Some(other) => {
            let advice = if other.holds_audio() { CONVERT } else { "give an audio file" };
            let message = format!("this is {}, not a WAV file; {advice}", other.name());
            return Err(Error::new(ErrorKind::AudioFileInvalid, message));
        }
        None => {
            let message = format!("not a WAV file, nor another known format; {CONVERT}");
            return Err(Error::new(ErrorKind::AudioFileInvalid, message));
        }
    };
    skip(input, length)?;
    Ok(kind)
}

/// Reads the head of the next chunk; `None` at the end, and if the next bytes are not a chunk.
fn next(input: &mut Input<impl Read>, kind: Kind) -> Result<Option<Chunk>> {
    let chunk =
        Chunk::peek(input, kind, 0)?.filter(|chunk| chunk.id.iter().all(|byte| (b' '..=b'~').contains(byte)));
    if chunk.is_some() {
        skip(input, kind.head() as u64)?;
    }
    Ok(chunk)
}

/// Reads the padding after a chunk of `length` bytes, and appends it to `body`. Some writers omit the padding.
fn pad(input: &mut Input<impl Read>, kind: Kind, length: u64, body: &mut Vec<u8>) -> Result<()> {
    let is_plausible = |chunk: Option<Chunk>| chunk.is_some_and(|chunk| chunk.is_plausible());
    let padding = kind.padding(length);
    let is_omitted = padding > 0
        && is_plausible(Chunk::peek(input, kind, 0)?)
        && !is_plausible(Chunk::peek(input, kind, padding)?);
    if !is_omitted {
        body.extend_from_slice(input.peek(padding).map_err(unreadable)?);
        skip(input, padding as u64)?;
    }
    Ok(())
}

/// The chunk after one of `length` bytes, with or without padding, which is skipped.
fn following(input: &mut Input<impl Read>, kind: Kind, length: u64) -> Result<Option<Chunk>> {
    let padding = kind.padding(length);
    for offset in [padding, 0] {
        if let Some(chunk) = Chunk::peek(input, kind, offset)?.filter(Chunk::is_plausible) {
            skip(input, offset as u64)?;
            return Ok(Some(chunk));
        }
    }
    Ok(None)
}

/// Moves to the chunk `wanted` after a chunk with a wrong length, whose content begins with `body`. If the length was
/// too long, the wanted chunk is inside of `body`; if it was too short, the chunk is a little ahead.
fn resync(input: &mut Input<impl Read>, body: &[u8], wanted: [u8; 4]) -> Result<bool> {
    let find = |bytes: &[u8]| bytes.windows(4).position(|name| name == &wanted[..]);
    if let Some(at) = find(body).filter(|_| body.len() < MAX_KEPT) {
        input.put_back(&body[at..]);
        return Ok(true);
    }
    let ahead = find(input.peek(IDENTIFIABLE).map_err(unreadable)?);
    skip(input, ahead.unwrap_or(0) as u64)?;
    Ok(ahead.is_some())
}

/// The audio of a `data` chunk with the stated `length`.
fn extent(kind: Kind, length: u64, long: Option<u64>) -> Data {
    match (kind, long) {
        (Kind::Riff { .. }, Some(long)) if length == u64::from(u32::MAX) && long > 0 => {
            Data { bytes: long, is_known: long < UNKNOWN_LONG }
        }
        (Kind::Riff { .. }, _) => Data { bytes: length, is_known: length < UNKNOWN },
        (Kind::Wave64, _) => Data { bytes: length, is_known: length < UNKNOWN_LONG },
    }
}

fn skip(input: &mut Input<impl Read>, count: u64) -> Result<()> {
    input.skip(count, &mut Vec::new()).map_err(unreadable)
}

fn lacking(what: &str) -> Error {
    let message = format!(
        "a WAV file with {what}; record it again, or convert it with the rate that it has: ffmpeg -f s16le -ar RATE -ac 1 -i FILE out.wav"
    );
    Error::new(ErrorKind::AudioFileInvalid, message)
}
