//! Speech to text: models, recognizers and the session that drives them.

pub(crate) mod canary;
mod cut;
mod monitored;
#[cfg(test)]
pub(crate) mod scripted;
mod session;
pub(crate) mod spelling;
mod subtitles;
#[cfg(feature = "vosk")]
mod vosk;

use std::sync::Arc;

pub use session::{MAX_PUSH, Session};
pub use subtitles::{SubtitleFormat, subtitles};
#[cfg(feature = "vosk")]
pub use vosk::VoskModel;
#[cfg(all(fuzzing, feature = "vosk"))]
pub use vosk::fuzzing;

pub(crate) use monitored::Monitored;

use crate::error::Result;
use crate::options::{Grammar, MaxAlternatives};

/// A loaded acoustic and language model, shared by all sessions that use it.
pub trait Model: Send + Sync {
    /// What is known about the model.
    fn info(&self) -> &ModelInfo;

    /// A recognizer at the start of an utterance.
    fn recognizer(self: Arc<Self>, options: &RecognizerOptions) -> Result<Box<dyn Recognizer>>;

    /// Whether `word` is in the vocabulary. Only asked of models that take a grammar.
    fn knows(&self, word: &str) -> bool;

    /// `word` as the vocabulary spells it: composed or not, with or without vowels or case. `None` if it is not in it
    /// in any spelling. Only asked of models that take a grammar.
    fn spelling(&self, word: &str) -> Option<String> {
        self.knows(word).then(|| word.to_owned())
    }

    /// Whether its [keeper](crate::model::Keeper) has found that it no longer answers: no new session gets it, and
    /// whoever waits for it waits in vain, most likely. It stays so should the engine come back.
    fn is_given_up(&self) -> bool {
        false
    }
}

/// What is known about a loaded model.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ModelInfo {
    /// The model's name: that of its folder.
    pub name: String,
    /// The engine that runs it.
    pub engine: &'static str,
    /// Whether sessions may bring a grammar.
    pub takes_grammar: bool,
}

/// What a recognizer is made for.
#[derive(Debug, Clone, Default)]
pub struct RecognizerOptions {
    /// Phrases to listen for, instead of the whole vocabulary.
    pub grammar: Option<Grammar>,
    /// Report words with times.
    pub words: bool,
    /// Number of readings to report; 0 for the best one only.
    pub max_alternatives: MaxAlternatives,
}

/// Decodes one utterance. Samples are mono at [`SAMPLE_RATE`](crate::audio::SAMPLE_RATE).
pub trait Recognizer: Send {
    /// Decodes further audio.
    fn push(&mut self, samples: &[i16]) -> Result<()>;

    /// The words so far; later audio may rewrite them.
    fn partial(&mut self) -> Result<String>;

    /// Ends the utterance.
    ///
    /// Times in the result count from the first pushed sample.
    fn finish(self: Box<Self>) -> Result<crate::event::Transcript>;
}
