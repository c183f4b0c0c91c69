//! Text to speech: voices, their engines, and the session that drives them.

mod apology;
mod cache;
mod calibration;
pub(crate) mod canary;
mod clause;
mod clause_joiner;
mod clause_positions;
mod clock;
pub(crate) mod engines;
mod event;
mod explanation;
mod machine;
mod monitored;
mod options;
mod passage;
mod playback;
mod reader;
mod script;
mod session;
mod settings;
mod source;
#[cfg(any(feature = "espeak", feature = "onnx"))]
mod time_stretch;
mod voice;
mod voices;

pub use apology::apology;
pub use cache::ClauseCache;
pub use clock::Clock;
#[cfg(feature = "onnx")]
pub use engines::vits::Vits;
pub use event::{AudioChunk, TtsEvent};
pub use explanation::{ExplainedClause, ExplainedPassage, Explanation};
pub use machine::TtsCommand;
pub use options::TtsOptions;
pub use playback::{Heard, Playback};
pub use session::TtsSession;
pub use source::VoiceSource;
pub use voice::{Calibration, Canceller, Phonemizer, Rendering, Speech, Style, Voice, VoiceInfo};

pub(crate) use monitored::Monitored;
pub(crate) use script::{MAX_WAITING, check_document};
pub(crate) use source::{Tools, is_called};
