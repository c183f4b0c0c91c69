//! What an engine for speech to text is: models, and the recognizers that they make.

use std::sync::Arc;

use super::grammar::Grammar;
use super::options::{MaxAlternatives, Speaker};
use super::transcript::Transcript;
use crate::audio::SAMPLE_RATE;
use crate::error::Result;

/// A loaded acoustic and language model, shared by all sessions that use it.
pub trait Model: Send + Sync {
    /// What is known about the model.
    fn info(&self) -> &ModelInfo;

    /// A recognizer at the start of an utterance, new or as good as new.
    fn recognizer(self: Arc<Self>, options: &RecognizerOptions) -> Result<Box<dyn Recognizer>>;

    /// Whether `word` is in the vocabulary. Only asked of models that take a grammar.
    fn knows(&self, word: &str) -> bool;

    /// `word` as the vocabulary spells it: composed or not, with or without vowels or case. `None` if it is not in it
    /// in any spelling. Only asked of models that take a grammar.
    fn spelling(&self, word: &str) -> Option<String> {
        self.knows(word).then(|| word.to_owned())
    }

    /// What a recognizer for `speaker` is to hear around the voice of an utterance.
    fn margins(&self, _speaker: Speaker) -> Margins {
        Margins::default()
    }

    /// Whether its [supervisor](crate::supervision::Supervisor) has found that it no longer answers: no new session gets it, and
    /// whoever waits for it waits in vain, most likely. It stays so should the engine come back.
    fn is_abandoned(&self) -> bool {
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
    /// The sample rates that the engine takes beside [`SAMPLE_RATE`]: a client's audio
    /// at one of them reaches it as it is.
    pub sample_rates: SampleRates,
    /// Whether it learns a speaker's voice while it listens, so that [`Speaker`] makes a difference.
    pub adapts: bool,
}

/// The audio without voice that belongs to an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Margins {
    /// So much of the audio before it, in milliseconds.
    pub before_ms: u32,
    /// So much of the pause after it, in milliseconds, is decoded as it comes. What follows is decoded only if the
    /// utterance goes on.
    pub after_ms: u32,
}

impl Default for Margins {
    /// Enough that no first consonant is lost, and no last one: the voice detector's verdict lags behind the voice.
    fn default() -> Self {
        Self { before_ms: 400, after_ms: 96 }
    }
}

/// A range of sample rates in Hz, both ends included. It is empty where `lowest` is above `highest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct SampleRates {
    /// The lowest rate.
    pub lowest: u32,
    /// The highest rate.
    pub highest: u32,
}

impl SampleRates {
    /// The rate at which engines hear everything, and no other.
    pub const ONE: Self = Self { lowest: SAMPLE_RATE, highest: SAMPLE_RATE };

    /// Whether `rate` is one of them.
    pub fn include(self, rate: u32) -> bool {
        (self.lowest..=self.highest).contains(&rate)
    }
}

/// What a recognizer is made for.
#[derive(Debug, Clone)]
pub struct RecognizerOptions {
    /// Phrases to listen for, instead of the whole vocabulary.
    pub grammar: Option<Grammar>,
    /// Report words with times.
    pub words: bool,
    /// Number of readings to report; 0 for the best one only.
    pub max_alternatives: MaxAlternatives,
    /// Rate of the pushed samples in Hz: [`SAMPLE_RATE`], or one of the model's
    /// [`sample_rates`](ModelInfo::sample_rates).
    pub sample_rate: u32,
    /// Whether its utterances are one speaker's.
    pub speaker: Speaker,
}

impl Default for RecognizerOptions {
    fn default() -> Self {
        Self {
            grammar: None,
            words: false,
            max_alternatives: MaxAlternatives::default(),
            sample_rate: SAMPLE_RATE,
            speaker: Speaker::default(),
        }
    }
}

/// What follows an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A pause.
    Pause {
        /// How many of the last pushed samples belong to it.
        pushed: usize,
    },
    /// Nothing: the session is over.
    Last,
}

/// Decodes one utterance after another. Samples are mono, at the rate in [`RecognizerOptions`].
pub trait Recognizer: Send {
    /// Decodes further audio.
    fn push(&mut self, samples: &[i16]) -> Result<()>;

    /// The words so far of an utterance that was begun; later audio may rewrite them.
    fn partial(&mut self) -> Result<String>;

    /// Ends the utterance; what is pushed next begins another. If this fails, the recognizer is of no more use.
    ///
    /// Times in the result count from the utterance's first pushed sample.
    fn finish(&mut self, ending: Ending) -> Result<Transcript>;

    /// Asked after an utterance: whether the session's next one should have this very recognizer, since it learnt
    /// something of the speaker, or was dear to make. It is of no use then until [`resume`](Self::resume): what it
    /// holds is the model's, which may have to let go of it.
    fn keep(&mut self) -> bool {
        false
    }

    /// Begins the next utterance with a recognizer that was [kept](Self::keep). False if the model let go of it.
    fn resume(&mut self) -> bool {
        true
    }

    /// Gives it back after an utterance, so that it may serve another session. Nothing of this one is left in it.
    fn release(self: Box<Self>) {}
}
