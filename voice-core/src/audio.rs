//! Conversion between the supported audio formats and the engines' format: mono, 16 kHz and 16 bits for recognition,
//! floats at the voice's rate for speech synthesis.

mod adpcm;
mod container;
mod decoder;
mod encoder;
pub mod file;
mod format;
mod format_check;
mod gsm;
mod input;
mod limiter;
mod mix;
#[cfg(feature = "opus")]
pub mod opus;
mod output;
mod rate_check;
pub(crate) mod resample;
pub mod wav;

pub use container::{Container, IDENTIFIABLE};
pub use decoder::Decoder;
pub use encoder::Encoder;
pub use format::{Format, SampleEncoding};
pub use format_check::{Doubt, FormatCheck};
pub use input::Input;
pub(crate) use input::{STREAM_PIECE, Unpacker};
pub(crate) use limiter::Limiter;
pub use mix::Channel;
pub use output::Output;
pub(crate) use output::Packer;
pub use rate_check::{RateCheck, RateDoubt};

/// The sample rate of voice activity detection and recognition, in Hz.
pub const SAMPLE_RATE: u32 = 16_000;

/// Samples per millisecond at [`SAMPLE_RATE`].
pub(crate) const SAMPLES_PER_MS: u64 = SAMPLE_RATE as u64 / 1_000;
