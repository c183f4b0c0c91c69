//! Descriptions of raw audio.

use std::time::Duration;

use crate::audio::SAMPLE_RATE;
use crate::error::{Error, ErrorKind, Result};

/// The encoding of one sample. Samples of several bytes are little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SampleEncoding {
    /// Signed 16-bit integers.
    PcmI16,
    /// 32-bit floats, full scale at ±1. Values beyond are clipped; NaN and infinities are silence.
    PcmF32,
    /// µ-law of ITU-T G.711: one byte with the range of 14 bits, usual in telephony in North America and Japan.
    MuLaw,
    /// A-law of ITU-T G.711: one byte with the range of 13 bits, usual in telephony elsewhere.
    ALaw,
}

impl SampleEncoding {
    /// Size of one sample in bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::MuLaw | Self::ALaw => 1,
            Self::PcmI16 => 2,
            Self::PcmF32 => 4,
        }
    }
}

/// A checked description of raw audio: interleaved samples of one encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Format {
    encoding: SampleEncoding,
    sample_rate: u32,
    channels: u16,
}

impl Format {
    /// Lowest supported sample rate in Hz.
    pub const MIN_RATE: u32 = 4_000;
    /// Highest supported sample rate in Hz.
    pub const MAX_RATE: u32 = 192_000;
    /// Highest supported number of channels.
    pub const MAX_CHANNELS: u16 = 8;

    /// A format of `channels` interleaved channels at `sample_rate` Hz. Fails with
    /// [`ErrorKind::AudioFormatUnsupported`] if one of them is out of range.
    pub fn new(encoding: SampleEncoding, sample_rate: u32, channels: u16) -> Result<Self> {
        if !(Self::MIN_RATE..=Self::MAX_RATE).contains(&sample_rate) {
            return Err(Error::new(
                ErrorKind::AudioFormatUnsupported,
                format!("sample rate {sample_rate} Hz; send {} to {} Hz", Self::MIN_RATE, Self::MAX_RATE),
            ));
        }
        if !(1..=Self::MAX_CHANNELS).contains(&channels) {
            return Err(Error::new(
                ErrorKind::AudioFormatUnsupported,
                format!("{channels} channels; send 1 to {}", Self::MAX_CHANNELS),
            ));
        }
        Ok(Self { encoding, sample_rate, channels })
    }

    /// 16-bit mono at `sample_rate` Hz. Fails as [`new`](Self::new) does.
    pub fn pcm16(sample_rate: u32) -> Result<Self> {
        Self::new(SampleEncoding::PcmI16, sample_rate, 1)
    }

    /// The encoding of one sample.
    pub fn encoding(self) -> SampleEncoding {
        self.encoding
    }

    /// Samples per second and channel.
    pub fn sample_rate(self) -> u32 {
        self.sample_rate
    }

    /// Number of interleaved channels.
    pub fn channels(self) -> u16 {
        self.channels
    }

    /// Size in bytes of one sample of every channel.
    pub fn frame_bytes(self) -> usize {
        self.encoding.bytes() * usize::from(self.channels)
    }

    /// Size in bytes of `ms` milliseconds, a whole number of frames.
    pub fn bytes_in(self, ms: u32) -> usize {
        (u64::from(self.sample_rate) * u64::from(ms) / 1_000) as usize * self.frame_bytes()
    }

    /// The duration of `bytes` bytes of audio. An incomplete frame does not count.
    pub fn duration_of(self, bytes: usize) -> Duration {
        let frames = (bytes / self.frame_bytes()) as u64;
        Duration::from_nanos(frames * 1_000_000_000 / u64::from(self.sample_rate))
    }
}

impl Default for Format {
    fn default() -> Self {
        Self { encoding: SampleEncoding::PcmI16, sample_rate: SAMPLE_RATE, channels: 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_inclusive() {
        assert!(Format::pcm16(Format::MIN_RATE).is_ok());
        assert!(Format::pcm16(Format::MAX_RATE).is_ok());
        for bad in [0, 3_999, 192_001, u32::MAX] {
            assert_eq!(Format::pcm16(bad).unwrap_err().kind(), ErrorKind::AudioFormatUnsupported);
        }
        assert!(Format::new(SampleEncoding::PcmF32, 48_000, 8).is_ok());
        assert!(Format::new(SampleEncoding::PcmF32, 48_000, 0).is_err());
        assert!(Format::new(SampleEncoding::PcmF32, 48_000, 9).is_err());
    }

    #[test]
    fn durations_hold_whole_frames() {
        let stereo = Format::new(SampleEncoding::PcmI16, 44_100, 2).unwrap();
        assert_eq!(stereo.bytes_in(1_000), 44_100 * 4);
        assert_eq!(stereo.bytes_in(1) % stereo.frame_bytes(), 0);
        assert_eq!(stereo.duration_of(44_100 * 4 + 3), Duration::from_secs(1));
    }
}
