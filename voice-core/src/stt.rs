//! Speech to text: models, recognizers and the session that uses them.

pub(crate) mod canary;
mod cut;
#[cfg(feature = "onnx")]
mod denoiser;
mod engines;
mod event;
mod grammar;
mod machine;
mod model;
mod monitored;
mod options;
#[cfg(test)]
pub(crate) mod scripted;
mod session;
mod source;
pub(crate) mod spelling;
mod subtitles;
mod transcript;

#[cfg(feature = "onnx")]
pub use denoiser::{DenoiseFor, Denoiser};
#[cfg(feature = "vosk")]
pub use engines::vosk::VoskModel;
#[cfg(all(fuzzing, feature = "vosk"))]
pub use engines::vosk::fuzzing;
pub use event::{EndReason, SttEvent};
pub use grammar::{Grammar, LeftOut};
pub use machine::{Audio, SttCommand};
pub use model::{
    Decoding, Ending, Margins, Model, ModelInfo, Recognizer, RecognizerOptions, SampleRates, WordTimes,
};
pub use options::{GrammarUpdate, MaxAlternatives, Speaker, SttOptions, SttUpdate, VadMode};
pub(crate) use session::Sound;
pub use session::{DecodedAudio, MAX_PUSH, ModelInUse, SttSession};
pub use source::SttSource;
pub use subtitles::{SubtitleFormat, subtitles};
pub use transcript::{Alternative, Transcript, Word};

pub(crate) use engines::Libraries;
pub(crate) use monitored::Monitored;
pub(crate) use source::try_model;
