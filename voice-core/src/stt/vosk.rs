//! Vosk (Kaldi) models on libvosk.
//!
//! libvosk is C++ that asserts and throws: a model directory is checked by [`layout`] before
//! libvosk sees it, and a grammar is set only when a recognizer is made.

#[cfg(fuzzing)]
pub mod fuzzing;
mod layout;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use ::vosk::{CompleteResult, DecodingState, LogLevel};

use crate::audio::SAMPLE_RATE;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Alternative, Transcript, Word};
use crate::stt::{Model, ModelInfo, Recognizer, RecognizerOptions};

/// A Vosk model directory, loaded.
pub struct VoskModel {
    inner: ::vosk::Model,
    info: ModelInfo,
    vocabulary: HashSet<Box<str>>,
}

impl VoskModel {
    /// Checks the model directory at `path`, then loads it. Blocks: 20 ms for a small model, many
    /// seconds for one of a gigabyte.
    ///
    /// Silences libvosk's log but for errors, in the whole process: it has one log only.
    pub fn load(path: &Path) -> Result<Self> {
        let layout = layout::check(path)?;
        ::vosk::set_log_level(LogLevel::Error);
        let text_path = path.to_str().ok_or_else(|| {
            Error::new(ErrorKind::ModelInvalid, "the model's path is not valid UTF-8; rename the folder")
        })?;
        let inner = ::vosk::Model::new(text_path).ok_or_else(|| {
            let message =
                format!("libvosk refused the model {}; its message is on standard error", path.display());
            Error::new(ErrorKind::ModelLoadFailed, message)
        })?;
        let name = path.canonicalize().ok().and_then(|real| Some(real.file_name()?.to_str()?.to_owned()));
        let info = ModelInfo {
            name: name.unwrap_or_else(|| "model".to_owned()),
            engine: "vosk",
            takes_grammar: layout.takes_grammar,
        };
        Ok(Self { inner, info, vocabulary: layout.vocabulary })
    }
}

impl Model for VoskModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn recognizer(self: Arc<Self>, options: &RecognizerOptions) -> Result<Box<dyn Recognizer>> {
        let rate = SAMPLE_RATE as f32;
        let made = match &options.grammar {
            Some(grammar) => ::vosk::Recognizer::new_with_grammar(&self.inner, rate, grammar.phrases()),
            None => ::vosk::Recognizer::new(&self.inner, rate),
        };
        let mut inner = made.ok_or_else(|| failed("libvosk could not make a recognizer; try again"))?;
        inner.set_words(options.words);
        inner.set_max_alternatives(options.max_alternatives.get().into());
        Ok(Box::new(VoskRecognizer { inner, _model: self }))
    }

    fn knows(&self, word: &str) -> bool {
        self.vocabulary.contains(word)
    }
}

struct VoskRecognizer {
    inner: ::vosk::Recognizer,
    /// libvosk counts references to its model itself; ours keeps the wrapper from freeing early.
    _model: Arc<VoskModel>,
}

impl Recognizer for VoskRecognizer {
    fn push(&mut self, samples: &[i16]) -> Result<()> {
        match self.inner.accept_waveform(samples) {
            // libvosk's own endpoint rules only advise; ours decide.
            Ok(DecodingState::Running | DecodingState::Finalized) => Ok(()),
            Ok(DecodingState::Failed) => Err(failed("libvosk failed on this audio; the utterance is lost")),
            Err(error) => Err(failed("too much audio in one step; push smaller pieces").with_source(error)),
        }
    }

    fn partial(&mut self) -> Result<String> {
        guard(|| self.inner.partial_result().partial.to_owned())
    }

    fn finish(mut self: Box<Self>) -> Result<Transcript> {
        guard(|| match self.inner.final_result() {
            CompleteResult::Single(best) => Transcript {
                text: best.text.to_owned(),
                words: best
                    .result
                    .iter()
                    .map(|word| to_word(word.word, word.start, word.end, Some(word.conf)))
                    .collect(),
                ..Transcript::default()
            },
            CompleteResult::Multiple(readings) => {
                let alternatives: Vec<_> = readings
                    .alternatives
                    .iter()
                    .map(|reading| Alternative {
                        text: reading.text.trim().to_owned(),
                        score: reading.confidence,
                        words: reading
                            .result
                            .iter()
                            .map(|word| to_word(word.word, word.start, word.end, None))
                            .collect(),
                    })
                    .collect();
                let best = alternatives.first();
                Transcript {
                    text: best.map(|best| best.text.clone()).unwrap_or_default(),
                    words: best.map(|best| best.words.clone()).unwrap_or_default(),
                    alternatives,
                    ..Transcript::default()
                }
            }
        })
    }
}

fn to_word(text: &str, start: f32, end: f32, confidence: Option<f32>) -> Word {
    let ms = |seconds: f32| (f64::from(seconds) * 1_000.0).round().max(0.0) as u64;
    // Posteriors are sums in floating point and may pass 1 by a hair.
    let confidence = confidence.map(|value| value.clamp(0.0, 1.0));
    Word { text: text.to_owned(), start_ms: ms(start), end_ms: ms(end), confidence }
}

/// The `vosk` crate panics on a result that it cannot parse.
fn guard<T>(read: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read))
        .map_err(|_| failed("libvosk gave a result that cannot be read; the utterance is lost"))
}

fn failed(message: &str) -> Error {
    Error::new(ErrorKind::EngineFailed, message)
}
