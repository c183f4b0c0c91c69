//! The `fmt ` chunk of WAV files, and the coding of their samples.

use crate::audio::{Format, SampleEncoding, adpcm, gsm};
use crate::error::{Error, ErrorKind, Result};

/// The coding of the samples in a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Coding {
    /// Integers of 1 to 8 bytes; one byte is unsigned. Samples with fewer bits use the upper ones.
    Pcm,
    /// Floats of 4 or 8 bytes, full scale at ±1.
    Float,
    ALaw,
    MuLaw,
    ImaAdpcm,
    MicrosoftAdpcm {
        predictors: Vec<(i16, i16)>,
    },
    /// GSM 06.10 in Microsoft's packing, always mono.
    Gsm,
}

/// The interpreted content of a `fmt ` chunk.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) coding: Coding,
    pub(super) is_big_endian: bool,
    pub(super) channels: u16,
    pub(super) sample_rate: u32,
    /// Bytes of the unit of decoding: a frame, or a block of a compressed coding.
    pub(super) block: usize,
}

impl Layout {
    /// Reads the body of a `fmt ` chunk.
    pub(super) fn parse(chunk: &[u8], is_big_endian: bool) -> Result<Self> {
        let chunk = Fields { chunk, is_big_endian };
        if chunk.chunk.len() < 14 {
            return Err(invalid(&format!("its fmt chunk has {} bytes instead of 16", chunk.chunk.len())));
        }
        let (mut tag, channels, rate) = (chunk.u16(0), chunk.u16(2), chunk.u32(4));
        let (byte_rate, align, bits) = (chunk.u32(8), usize::from(chunk.u16(12)), chunk.u16(14));
        if tag == 0xfffe {
            // The extensible form: the first two bytes of a GUID are the format.
            tag = chunk.u16(24);
        }
        let count = usize::from(channels.max(1));
        let fields = Widths {
            channels: count as u64,
            rate: rate.into(),
            byte_rate: byte_rate.into(),
            align: align as u64,
            bits: bits.into(),
        };
        let samples = usize::from(chunk.u16(18));
        let (coding, block) = match tag {
            // A format of zero means that the field was never written.
            0 | 1 => (Coding::Pcm, count * fields.sample_bytes(1..=8)?),
            3 => (Coding::Float, count * if fields.sample_bytes(1..=8)? > 4 { 8 } else { 4 }),
            6 => (Coding::ALaw, count),
            7 => (Coding::MuLaw, count),
            2 => {
                let predictors = adpcm::predictors(chunk.chunk.get(16..).unwrap_or_default());
                let block = if align > 7 * count { align } else { adpcm::microsoft_block(samples, count) };
                (Coding::MicrosoftAdpcm { predictors }, block)
            }
            0x11 if bits == 3 => return Err(compressed("ADPCM of three bits")),
            0x11 => {
                let block = if align > 4 * count { align } else { adpcm::ima_block(samples, count) };
                (Coding::ImaAdpcm, block)
            }
            0x31 if channels > 1 => return Err(invalid("GSM with more than one channel")),
            0x31 => (Coding::Gsm, gsm::BLOCK_BYTES),
            other => return Err(compressed(&name(other))),
        };
        let sample_rate = match (rate, &coding) {
            (0, Coding::Pcm | Coding::Float | Coding::ALaw | Coding::MuLaw) => byte_rate / block as u32,
            _ => rate,
        };
        Ok(Self { coding, is_big_endian, channels: channels.max(1), sample_rate, block })
    }

    /// The format of the decoded samples.
    pub(super) fn format(&self) -> Result<Format> {
        let encoding = match self.coding {
            Coding::Pcm if self.sample_bytes() != 2 => SampleEncoding::PcmF32,
            Coding::Float => SampleEncoding::PcmF32,
            _ => SampleEncoding::PcmI16,
        };
        Format::new(encoding, self.sample_rate, self.channels)
    }

    /// Frames in one block.
    pub(super) fn block_frames(&self) -> usize {
        let channels = usize::from(self.channels);
        match self.coding {
            Coding::Pcm | Coding::Float | Coding::ALaw | Coding::MuLaw => 1,
            Coding::ImaAdpcm => 1 + (self.block / channels).saturating_sub(4) * 2,
            Coding::MicrosoftAdpcm { .. } => 2 + self.block.saturating_sub(7 * channels) * 2 / channels,
            Coding::Gsm => gsm::BLOCK_SAMPLES,
        }
    }

    /// Bytes of one sample in an uncompressed coding.
    pub(super) fn sample_bytes(&self) -> usize {
        self.block / usize::from(self.channels)
    }
}

/// The fields that determine the width of a sample. Any of them may be wrong. No product of two overflows.
struct Widths {
    channels: u64,
    rate: u64,
    byte_rate: u64,
    align: u64,
    bits: u64,
}

impl Widths {
    /// Bytes of one sample: the value of two agreeing fields, else of the number of bits, else of any valid field.
    fn sample_bytes(&self, range: std::ops::RangeInclusive<u64>) -> Result<usize> {
        let exact = |size: u64, parts: u64| {
            (parts > 0 && size.is_multiple_of(parts))
                .then(|| size / parts)
                .filter(|bytes| range.contains(bytes))
        };
        let by_bits = Some(self.bits.div_ceil(8)).filter(|bytes| range.contains(bytes));
        let by_align = exact(self.align, self.channels);
        let by_rate = exact(self.byte_rate, self.rate * self.channels);
        let agreed = by_align.filter(|_| by_align == by_rate);
        agreed
            .filter(|bytes| by_bits.is_none_or(|by_bits| *bytes >= by_bits))
            .or(by_bits)
            .or(by_align)
            .or(by_rate)
            .map(|bytes| bytes as usize)
            .ok_or_else(|| invalid(&format!("its fmt chunk gives samples of {} bits", self.bits)))
    }
}

/// Reads numbers in the byte order of the file; zero beyond the end of the chunk.
struct Fields<'a> {
    chunk: &'a [u8],
    is_big_endian: bool,
}

impl Fields<'_> {
    fn u16(&self, at: usize) -> u16 {
        let bytes = self.chunk.get(at..at + 2).map_or([0; 2], |bytes| [bytes[0], bytes[1]]);
        if self.is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    fn u32(&self, at: usize) -> u32 {
        let [low, high] = if self.is_big_endian { [at + 2, at] } else { [at, at + 2] };
        u32::from(self.u16(high)) << 16 | u32::from(self.u16(low))
    }
}

/// The name of a coding that is not supported.
fn name(tag: u16) -> String {
    let known = match tag {
        0x14 | 0x40 | 0x45 | 0x64 | 0x65 => "G.721 or G.726",
        0x22 => "TrueSpeech",
        0x42 | 0x111 => "G.723.1",
        0x50 | 0x55 => "MP3",
        0x83 | 0x133 => "G.729",
        0xff | 0x1610 | 0x706d => "AAC",
        0x160..=0x163 => "Windows Media",
        0x2000 | 0x2001 => "AC-3 or DTS",
        0x674f..=0x6771 => "Vorbis",
        0x704f => "Opus",
        0xa109 => "Speex",
        0xf1ac => "FLAC",
        _ => return format!("format 0x{tag:04x}"),
    };
    known.to_owned()
}

fn compressed(coding: &str) -> Error {
    invalid(&format!("its samples are stored as {coding}"))
}

fn invalid(what: &str) -> Error {
    Error::new(
        ErrorKind::AudioFileInvalid,
        format!("a WAV file that cannot be read: {what}; {}", super::CONVERT),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `fmt ` chunk of mono PCM at 8 kHz.
    fn fmt(tag: u16, channels: u16, byte_rate: u32, align: u16, bits: u16) -> Vec<u8> {
        let mut chunk = [tag.to_le_bytes(), channels.to_le_bytes()].concat();
        chunk.extend(8_000u32.to_le_bytes());
        chunk.extend(byte_rate.to_le_bytes());
        chunk.extend([align.to_le_bytes(), bits.to_le_bytes()].concat());
        chunk
    }

    #[test]
    fn one_wrong_field_is_ignored() {
        for (channels, byte_rate, align, bits, expected) in [
            (1, 16_000, 2, 16, 2),
            (1, 0, 2, 16, 2),
            (1, 16_000, 0, 16, 2),
            (1, 16_000, 4, 16, 2),
            (2, 1, 1, 16, 4),
            (1, 16_000, 2, 0, 2),
            (1, 16_000, 2, 8, 2),
            (1, 24_000, 3, 20, 3),
            // 24 bits in four bytes.
            (1, 32_000, 4, 24, 4),
            (1, 16_000, 2, 12, 2),
            (1, 8_000, 1, 16, 2),
        ] {
            let layout = Layout::parse(&fmt(1, channels, byte_rate, align, bits), false).unwrap();
            assert_eq!(layout.block, expected, "{channels} {byte_rate} {align} {bits}");
        }
        assert!(Layout::parse(&fmt(1, 1, 0, 0, 0), false).is_err());
        assert_eq!(
            Layout::parse(&fmt(7, 2, 0, 0, 16), false).unwrap().block,
            2,
            "one byte per channel, whatever the header says"
        );
        assert_eq!(
            Layout::parse(&fmt(1, 1, 16_000, 2, 16)[..14], false).unwrap().block,
            2,
            "the oldest form"
        );
    }

    #[test]
    fn unsupported_codings_are_named() {
        for (tag, name) in [(0x55, "MP3"), (0x45, "G.726"), (0x1234, "0x1234")] {
            let error = Layout::parse(&fmt(tag, 1, 0, 0, 0), false).unwrap_err();
            assert!(error.to_string().contains(name) && error.to_string().contains("ffmpeg"), "{error}");
        }
    }
}
