//! Text to speech: voices, and the session that drives them.

mod cache;
mod joint;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "onnx")]
mod vits;
mod voice;

pub use cache::ClauseCache;
#[cfg(feature = "onnx")]
pub use onnx::Runtime;
#[cfg(feature = "onnx")]
pub use vits::Vits;
pub use voice::{Canceller, Phonemizer, Rendering, Speech, Style, Voice, VoiceInfo};
