//! The traits of a speech-to-text engine: models, and the recognizers that they create.

use std::sync::Arc;

use super::grammar::Grammar;
use super::options::{MaxAlternatives, Speaker};
use super::transcript::Transcript;
use crate::audio::SAMPLE_RATE;
use crate::error::Result;

/// A loaded acoustic and language model, shared by all sessions that use it.
pub trait Model: Send + Sync {
    /// The properties of the model.
    fn info(&self) -> &ModelInfo;

    /// A recognizer at the start of an utterance. It may have been used by another session before.
    fn recognizer(self: Arc<Self>, options: &RecognizerOptions) -> Result<Box<dyn Recognizer>>;

    /// Whether `word` is in the vocabulary. Only called for models that take a grammar.
    fn knows(&self, word: &str) -> bool;

    /// `word` in the spelling of the vocabulary, which may differ in composition, vowels or case. `None` if the word is
    /// not in the vocabulary. Only called for models that take a grammar.
    fn spelling(&self, word: &str) -> Option<String> {
        self.knows(word).then(|| word.to_owned())
    }

    /// How sessions drive the recognizers for `speaker`.
    fn decoding(&self, _speaker: Speaker) -> Decoding {
        Decoding::default()
    }
}

/// The properties of a loaded model.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ModelInfo {
    /// The model's name: that of its folder.
    pub name: String,
    /// The engine that runs it.
    pub engine: &'static str,
    /// Whether sessions may have a grammar.
    pub takes_grammar: bool,
    /// The sample rates that the engine accepts in addition to [`SAMPLE_RATE`]. Audio at one of these is not resampled.
    pub sample_rates: SampleRates,
    /// Whether it adapts to a speaker's voice, so that [`Speaker`] makes a difference.
    pub adapts: bool,
}

/// What a model asks of the sessions that drive its recognizers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoding {
    /// The audio that is decoded at once, in milliseconds. Longer steps delay partial results, shorter ones cost more
    /// calls.
    pub step_ms: u32,
    /// The audio that is decoded between two partial results, in milliseconds. 0 if a partial result costs little, so
    /// that there may be one after each step.
    pub partial_interval_ms: u32,
    /// The audio around an utterance that is decoded with it.
    pub margins: Margins,
    /// Whether recognizers find the ends of utterances themselves, so that they are
    /// [asked](Recognizer::is_endpoint). The rules of the session's [`Endpoint`](crate::vad::Endpoint) apply as well.
    pub has_endpoints: bool,
    /// The accuracy of word times.
    pub word_times: WordTimes,
}

impl Default for Decoding {
    /// A model that decodes as audio arrives and leaves endpoints to the session.
    fn default() -> Self {
        Self {
            step_ms: 96,
            partial_interval_ms: 0,
            margins: Margins::default(),
            has_endpoints: false,
            word_times: WordTimes::default(),
        }
    }
}

/// How exactly a recognizer reports the times of words, in milliseconds. The session cuts long utterances between
/// words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordTimes {
    /// The largest error of a time.
    pub error_ms: u32,
    /// The time for which a word may be spoken before the recognizer reports it.
    pub delay_ms: u32,
    /// A word that ends within this time before the end of the audio is probably incomplete.
    pub incomplete_ms: u32,
}

impl Default for WordTimes {
    fn default() -> Self {
        Self { error_ms: 16, delay_ms: 500, incomplete_ms: 200 }
    }
}

/// The audio without voice that is decoded with an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Margins {
    /// Audio before the utterance, in milliseconds.
    pub before_ms: u32,
    /// The part of the pause after it that is decoded at once, in milliseconds. The rest is decoded only if the
    /// utterance continues.
    pub after_ms: u32,
}

impl Default for Margins {
    /// Enough for the first and last consonants: the voice detector reacts with a delay.
    fn default() -> Self {
        Self { before_ms: 400, after_ms: 96 }
    }
}

/// A range of sample rates in Hz, both ends included. It is empty if `lowest` is above `highest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct SampleRates {
    /// The lowest rate.
    pub lowest: u32,
    /// The highest rate.
    pub highest: u32,
}

impl SampleRates {
    /// Only [`SAMPLE_RATE`].
    pub const ONE: Self = Self { lowest: SAMPLE_RATE, highest: SAMPLE_RATE };

    /// Whether `rate` is in the range.
    pub fn include(self, rate: u32) -> bool {
        (self.lowest..=self.highest).contains(&rate)
    }
}

/// Settings of a recognizer.
#[derive(Debug, Clone)]
pub struct RecognizerOptions {
    /// Phrases to recognize, in place of the whole vocabulary.
    pub grammar: Option<Grammar>,
    /// Whether words with times are reported.
    pub words: bool,
    /// Number of alternatives to report; 0 for the best one only.
    pub max_alternatives: MaxAlternatives,
    /// Rate of the pushed samples in Hz: [`SAMPLE_RATE`], or one of the model's
    /// [`sample_rates`](ModelInfo::sample_rates).
    pub sample_rate: u32,
    /// Whether all utterances are from one speaker.
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

/// How an utterance ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A pause follows.
    Pause {
        /// The number of pushed samples at the end that belong to the pause.
        pushed: usize,
    },
    /// The session ends.
    Last,
}

/// Decodes one utterance after another. Samples are mono, at the rate in [`RecognizerOptions`].
pub trait Recognizer: Send {
    /// Decodes more audio.
    fn push(&mut self, samples: &[i16]) -> Result<()>;

    /// The text of the current utterance so far; later audio may change it.
    fn partial(&mut self) -> Result<String>;

    /// Ends the utterance; the next samples begin another one. After an error the recognizer must not be used.
    ///
    /// Times in the result are relative to the utterance's first pushed sample.
    fn finish(&mut self, ending: Ending) -> Result<Transcript>;

    /// Whether the utterance has ended, by the rules of the engine. Called after each step if the model
    /// [has endpoints](Decoding::has_endpoints). The session then [finishes](Self::finish) it.
    fn is_endpoint(&mut self) -> Result<bool> {
        Ok(false)
    }

    /// Called after an utterance. If the session should use this recognizer for its next utterance, because it has
    /// adapted to the speaker or is expensive to create: the longest time without speech, in milliseconds of audio,
    /// after which the session [releases](Self::release) it. It must then not be used before [`resume`](Self::resume),
    /// and the model may drop its content meanwhile.
    fn keep(&mut self) -> Option<u32> {
        None
    }

    /// Begins the next utterance with a [kept](Self::keep) recognizer. False if the model has dropped its content.
    fn resume(&mut self) -> bool {
        true
    }

    /// Returns the recognizer to the model after an utterance, for use by another session. It keeps nothing of this
    /// one.
    fn release(self: Box<Self>) {}
}
