//! How a session gives out its audio.

use crate::audio::Format;
use crate::error::Result;

/// How a session gives out its audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Output {
    /// Samples in the session's format.
    #[default]
    Samples,
    /// Opus packets of 20 ms, one in each chunk of audio: RFC 6716. The session's format is that of the audio before
    /// encoding: 16 bits, at 8, 12, 16, 24 or 48 kHz. Needs the feature `opus`.
    OpusPackets,
    /// Opus in Ogg, about 100 ms in each chunk of audio: RFC 7845. The session's format is as for packets. Needs the
    /// feature `opus`.
    OggOpus,
}

impl Output {
    /// The default sample rate for a voice of the rate `own`, in Hz.
    pub(crate) fn sample_rate(self, own: u32) -> u32 {
        match self {
            Self::Samples => own,
            // The next higher one of Opus.
            Self::OpusPackets | Self::OggOpus => {
                [8_000, 12_000, 16_000, 24_000].into_iter().find(|rate| *rate >= own).unwrap_or(48_000)
            }
        }
    }
}

/// Encodes pieces of audio.
pub(crate) enum Packer {
    #[cfg(feature = "opus")]
    Packets(Box<crate::audio::opus::OpusEncoder>),
    #[cfg(feature = "opus")]
    Ogg(Box<crate::audio::opus::OggEncoder>),
}

impl Packer {
    /// Encoded bits per second, at which speech sounds as before.
    #[cfg(feature = "opus")]
    const BITRATE: u32 = 32_000;

    /// The packer for `output`, if it needs one.
    #[cfg(feature = "opus")]
    pub(crate) fn new(output: Output, format: Format) -> Result<Option<Self>> {
        use crate::audio::opus::{OggEncoder, OpusEncoder};
        Ok(match output {
            Output::Samples => None,
            Output::OpusPackets => Some(Self::Packets(Box::new(OpusEncoder::new(format, Self::BITRATE)?))),
            Output::OggOpus => Some(Self::Ogg(Box::new(OggEncoder::new(format, Self::BITRATE)?))),
        })
    }

    #[cfg(not(feature = "opus"))]
    pub(crate) fn new(output: Output, _: Format) -> Result<Option<Self>> {
        use crate::error::{Error, ErrorKind};
        match output {
            Output::Samples => Ok(None),
            Output::OpusPackets | Output::OggOpus => {
                let message =
                    "this build does not encode Opus; build it with the feature `opus`, or take samples";
                Err(Error::new(ErrorKind::AudioFormatUnsupported, message))
            }
        }
    }

    /// The duration of a packet in ms. A piece of audio is a whole number of them.
    pub(crate) const PACKET_MS: u32 = 20;

    /// The duration of a usual piece in ms.
    pub(crate) fn piece_ms(&self) -> u32 {
        match *self {
            #[cfg(feature = "opus")]
            Self::Packets(_) => Self::PACKET_MS,
            // A page costs about 30 bytes.
            #[cfg(feature = "opus")]
            Self::Ogg(_) => 5 * Self::PACKET_MS,
        }
    }

    /// Whether the end of the stream says how long its last packet is.
    pub(crate) fn ends_anywhere(&self) -> bool {
        match *self {
            #[cfg(feature = "opus")]
            Self::Packets(_) => false,
            #[cfg(feature = "opus")]
            Self::Ogg(_) => true,
        }
    }

    /// The frames by which decoded audio is later than the audio before encoding.
    pub(crate) fn lookahead(&self) -> u32 {
        match *self {
            #[cfg(feature = "opus")]
            Self::Packets(ref encoder) => encoder.lookahead(),
            #[cfg(feature = "opus")]
            Self::Ogg(ref encoder) => encoder.lookahead(),
        }
    }

    /// Encodes a piece. Fails with [`ErrorKind::Internal`](crate::ErrorKind::Internal).
    #[cfg_attr(not(feature = "opus"), expect(unused_variables, reason = "there is no packer"))]
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<Vec<u8>> {
        match *self {
            #[cfg(feature = "opus")]
            Self::Packets(ref mut encoder) => {
                let mut packet = Vec::new();
                encoder.push(piece, |bytes| packet.extend_from_slice(bytes))?;
                Ok(packet)
            }
            #[cfg(feature = "opus")]
            Self::Ogg(ref mut encoder) => {
                let mut pages = Vec::new();
                encoder.push(piece, &mut pages)?;
                Ok(pages)
            }
        }
    }

    /// The bytes at the end of the stream, if it has any. Later pieces begin another one.
    pub(crate) fn finish(&mut self) -> Result<Option<Vec<u8>>> {
        match *self {
            #[cfg(feature = "opus")]
            Self::Packets(_) => Ok(None),
            #[cfg(feature = "opus")]
            Self::Ogg(ref mut encoder) => {
                let mut pages = Vec::new();
                encoder.finish(&mut pages)?;
                Ok(Some(pages).filter(|pages| !pages.is_empty()))
            }
        }
    }
}
