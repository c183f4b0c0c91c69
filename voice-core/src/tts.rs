//! Text to speech: voices, and the session that drives them.

mod apology;
mod cache;
mod calibration;
pub(crate) mod canary;
mod clock;
#[cfg(feature = "espeak")]
pub mod espeak;
#[cfg(feature = "espeak")]
mod espeak_voice;
mod event;
#[cfg(all(fuzzing, feature = "espeak", feature = "onnx"))]
pub mod fuzzing;
mod helper;
mod joint;
mod monitored;
#[cfg(feature = "onnx")]
mod onnx;
mod options;
mod reader;
mod script;
mod session;
mod source;
#[cfg(feature = "onnx")]
mod tashkeel;
#[cfg(any(feature = "espeak", feature = "onnx"))]
mod time_stretch;
#[cfg(feature = "onnx")]
mod vits;
mod voice;

pub use apology::apology;
pub use cache::ClauseCache;
pub use calibration::Calibration;
pub use event::{AudioChunk, TtsEvent};
pub use helper::EspeakHelper;
#[cfg(feature = "onnx")]
pub use onnx::Runtime;
pub use options::TtsOptions;
pub use session::TtsSession;
pub use source::VoiceSource;
#[cfg(feature = "onnx")]
pub use tashkeel::Tashkeel;
#[cfg(feature = "onnx")]
pub use vits::Vits;
pub use voice::{Canceller, Phonemizer, Rendering, Speech, Style, Voice, VoiceInfo};

pub(crate) use monitored::Monitored;
pub(crate) use source::{Tools, is_called};
