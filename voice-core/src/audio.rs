//! Audio in any supported format, turned into what the engines hear (mono, 16 kHz, 16 bits), and what voices
//! say turned into any supported format.

mod adpcm;
mod container;
mod decoder;
mod encoder;
mod format;
mod gsm;
mod limiter;
mod mix;
mod rate_check;
pub(crate) mod resample;
pub mod wav;

pub use container::{Container, IDENTIFIABLE};
pub use decoder::Decoder;
pub use encoder::Encoder;
pub use format::{Format, SampleEncoding};
pub(crate) use limiter::Limiter;
pub use mix::Channel;
pub use rate_check::RateCheck;

/// Sample rate inside the engine, in Hz. Voice activity and recognition both work at it.
pub const SAMPLE_RATE: u32 = 16_000;

/// Samples per millisecond at [`SAMPLE_RATE`].
pub(crate) const SAMPLES_PER_MS: u64 = SAMPLE_RATE as u64 / 1_000;
