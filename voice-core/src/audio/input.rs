//! How the bytes that are pushed into a session hold the audio.

use crate::audio::Format;
use crate::error::Result;

/// How the bytes that are pushed into a session hold the audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Input {
    /// Samples in the session's format, cut anywhere.
    #[default]
    Samples,
    /// Each push is one Opus packet of up to 120 ms. The session's format is that of the decoded audio: 16 bits, 1 or 2
    /// channels, at 8, 12, 16, 24 or 48 kHz. Needs the feature `opus`.
    OpusPackets,
    /// Ogg or `WebM` with Opus, cut anywhere, as browsers record it. The session's format is as for packets. Needs the
    /// feature `opus`.
    OpusStream,
}

/// Bytes of a stream that are unpacked at a time. A packet of a pause takes two bytes for 120 ms.
pub(crate) const STREAM_PIECE: usize = 512;

/// Turns pushed bytes into samples of the session's format.
pub(crate) enum Unpacker {
    #[cfg(feature = "opus")]
    Packets(Box<crate::audio::opus::OpusDecoder>),
    #[cfg(feature = "opus")]
    Stream(Box<crate::audio::opus::StreamDecoder>),
}

impl Unpacker {
    /// The unpacker for `input`, if it needs one.
    #[cfg(feature = "opus")]
    pub(crate) fn new(input: Input, format: Format) -> Result<Option<Self>> {
        use crate::audio::opus::{OpusDecoder, StreamDecoder};
        Ok(match input {
            Input::Samples => None,
            Input::OpusPackets => Some(Self::Packets(Box::new(OpusDecoder::new(format)?))),
            Input::OpusStream => Some(Self::Stream(Box::new(StreamDecoder::new(format)?))),
        })
    }

    #[cfg(not(feature = "opus"))]
    pub(crate) fn new(input: Input, _: Format) -> Result<Option<Self>> {
        use crate::error::{Error, ErrorKind};
        match input {
            Input::Samples => Ok(None),
            Input::OpusPackets | Input::OpusStream => {
                let message =
                    "this build does not decode Opus; build it with the feature `opus`, or send samples";
                Err(Error::new(ErrorKind::AudioFormatUnsupported, message))
            }
        }
    }

    /// Appends audio in the place of a packet that was lost to `out`; of no effect in a stream.
    #[cfg_attr(not(feature = "opus"), expect(unused_variables, reason = "there is no unpacker"))]
    pub(crate) fn conceal(&mut self, out: &mut Vec<u8>) -> Result<()> {
        match *self {
            #[cfg(feature = "opus")]
            Self::Packets(ref mut decoder) => decoder.decode(&[], out),
            #[cfg(feature = "opus")]
            Self::Stream(_) => Ok(()),
        }
    }

    /// Appends the samples in `bytes` to `out`.
    #[cfg_attr(not(feature = "opus"), expect(unused_variables, reason = "there is no unpacker"))]
    pub(crate) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        match *self {
            #[cfg(feature = "opus")]
            Self::Packets(_) if bytes.is_empty() => Ok(()),
            #[cfg(feature = "opus")]
            Self::Packets(ref mut decoder) => decoder.decode(bytes, out),
            #[cfg(feature = "opus")]
            Self::Stream(ref mut decoder) => decoder.push(bytes, out),
        }
    }
}
