//! The models of a session, and the change to another one.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::utterance::Utterance;
use super::{SttSession, samples_in};
use crate::audio::{Decoder, Format, SAMPLE_RATE};
use crate::error::{Error, ErrorKind, Result, report};
use crate::stt::{Decoding, Grammar, Model, Recognizer, RecognizerOptions, SttEvent, SttOptions};
use crate::vad::FRAME_MS;

/// The models of a session, in order of preference: at least one. Each is the fallback of the one before it, and the
/// first one that of the last.
pub(super) struct Models {
    list: Vec<Arc<dyn Model>>,
    current: usize,
    /// The models that failed in the current utterance.
    failed: usize,
}

impl Models {
    /// Fails with [`ErrorKind::ModelNotFound`] if the list is empty.
    pub(super) fn new(list: Vec<Arc<dyn Model>>) -> Result<Self> {
        if list.is_empty() {
            let message = "no speech-to-text model is given; name one";
            return Err(Error::new(ErrorKind::ModelNotFound, message));
        }
        Ok(Self { list, current: 0, failed: 0 })
    }

    pub(super) fn current(&self) -> &Arc<dyn Model> {
        &self.list[self.current]
    }

    /// Whether there is another model for an utterance in which the current one fails.
    pub(super) fn has_fallback(&self) -> bool {
        self.failed + 1 < self.list.len()
    }

    /// Begins an utterance: every model may be used in it.
    pub(super) fn begin(&mut self) {
        self.failed = 0;
    }

    fn advance(&mut self) {
        self.failed += 1;
        self.current = (self.current + 1) % self.list.len();
    }
}

/// What a session's options are for one of its models.
pub(super) struct Setup {
    pub(super) decoding: Decoding,
    pub(super) recognizer: RecognizerOptions,
}

impl Setup {
    pub(super) fn new(
        model: &dyn Model,
        options: &SttOptions,
        grammar: Option<Grammar>,
        sample_rate: u32,
    ) -> Self {
        Self {
            decoding: model.decoding(options.speaker),
            recognizer: RecognizerOptions {
                grammar,
                // Long utterances are cut between words.
                words: true,
                max_alternatives: options.max_alternatives,
                sample_rate,
                speaker: options.speaker,
            },
        }
    }
}

/// The model that a session uses, for threads that do not have the session. From
/// [`SttSession::model_in_use`](super::SttSession::model_in_use).
#[derive(Clone)]
pub struct ModelInUse(Arc<Mutex<Arc<dyn Model>>>);

impl ModelInUse {
    pub(super) fn new(model: &Arc<dyn Model>) -> Self {
        Self(Arc::new(Mutex::new(Arc::clone(model))))
    }

    /// The model of the current utterance, or of the last one.
    pub fn get(&self) -> Arc<dyn Model> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, model: &Arc<dyn Model>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(model);
    }
}

impl fmt::Debug for ModelInUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ModelInUse").field(&self.get().info().name).finish()
    }
}

impl SttSession {
    /// A recognizer of the current model. If that fails, of the first fallback that gives one.
    pub(super) fn recognizer(&mut self) -> Result<Box<dyn Recognizer>> {
        loop {
            match Arc::clone(self.models.current()).recognizer(&self.setup.recognizer) {
                Ok(recognizer) => return Ok(recognizer),
                Err(error) => self.fall_back(error)?,
            }
        }
    }

    /// Calls the recognizer of the current utterance. If that fails, a fallback decodes the audio of the utterance from
    /// its start and is called instead. `None` between utterances.
    pub(super) fn call<T>(&mut self, call: impl Fn(&mut Utterance) -> Result<T>) -> Result<Option<T>> {
        let Some(utterance) = &mut self.utterance else { return Ok(None) };
        let mut outcome = call(utterance);
        while let Err(error) = outcome {
            self.fall_back(error)?;
            let recognizer = self.recognizer()?;
            let Some(utterance) = &mut self.utterance else { return Ok(None) };
            utterance.restart(recognizer);
            outcome = utterance.decode_feed().and_then(|()| call(utterance));
        }
        outcome.map(Some)
    }

    /// Changes to the next model after `error`. Fails with `error` if every model has failed in this utterance.
    fn fall_back(&mut self, error: Error) -> Result<()> {
        // The process is ending: every other engine would refuse its calls as well.
        if error.kind() == ErrorKind::Cancelled || !self.models.has_fallback() {
            return Err(error);
        }
        let failed = self.models.current().info().name.clone();
        self.models.advance();
        let next = self.models.current().info().name.clone();
        let (code, reason) = (error.code(), report(&error));
        tracing::warn!(model = failed, fallback = next, code, "a model failed in a session: {reason}");
        let message = format!(
            "the model {failed} failed, and {next} recognizes this utterance and the following ones ({code}: {reason})"
        );
        self.warn(ErrorKind::ModelFallback, message);
        self.use_current_model()
    }

    /// Applies the session's options to the current model, after either of them has changed.
    pub(super) fn use_current_model(&mut self) -> Result<()> {
        self.release_kept();
        let model = Arc::clone(self.models.current());
        let grammar = self.options.grammar.clone();
        let grammar = grammar.and_then(|grammar| self.grammar_of_fallback(&*model, &grammar));
        let rate = self.setup.recognizer.sample_rate;
        if rate != SAMPLE_RATE && !model.info().sample_rates.include(rate) {
            self.resample_to_16k()?;
        }
        let rate = self.setup.recognizer.sample_rate;
        self.setup = Setup::new(&*model, &self.options, grammar, rate);
        self.pre_roll_max = pre_roll(&self.options, &self.setup);
        if !Arc::ptr_eq(&self.in_use.get(), &model) {
            self.in_use.set(&model);
            self.events.push_back(SttEvent::ModelChanged { model: model.info().clone() });
        }
        Ok(())
    }

    /// The grammar in the spelling of a fallback. What that does not take is left out with a warning.
    fn grammar_of_fallback(&mut self, model: &dyn Model, grammar: &Grammar) -> Option<Grammar> {
        let name = &model.info().name;
        if !model.info().takes_grammar {
            let message = format!(
                "the model {name} has a static graph; it recognizes its whole vocabulary, not the grammar"
            );
            self.warn(ErrorKind::GrammarUnsupported, message);
            return None;
        }
        let (known, left_out) = grammar.spelled_by(|word| model.spelling(word));
        if !left_out.is_empty() {
            let count = left_out.words().len();
            let message = if known.is_some() {
                format!(
                    "{count} word(s) of the grammar are not in the vocabulary of {name} and were left out: {left_out}"
                )
            } else {
                format!(
                    "no word of the grammar is in the vocabulary of {name}; it recognizes its whole vocabulary: {left_out}"
                )
            };
            self.warn(ErrorKind::GrammarInvalid, message);
        }
        known
    }

    pub(super) fn warn(&mut self, kind: ErrorKind, message: String) {
        self.events.push_back(SttEvent::Warning { kind, message });
    }

    /// Changes the rate of the recognizers from the client's rate to 16 kHz, which every model takes, for the rest of
    /// the session.
    fn resample_to_16k(&mut self) -> Result<()> {
        let rate = self.setup.recognizer.sample_rate;
        let convert = |samples: &[i16]| {
            let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            let (mut decoder, mut converted) = (Decoder::new(Format::pcm16(rate)?)?, Vec::new());
            decoder.push(&bytes, &mut converted)?;
            decoder.finish(&mut converted)?;
            Ok(converted)
        };
        self.pre_roll = VecDeque::from(convert(self.pre_roll.make_contiguous())?);
        if let Some(utterance) = &mut self.utterance {
            utterance.convert(convert)?;
        }
        // Filters have the same audio for both until now.
        self.original = (!self.filters.is_empty()).then(|| self.original_from_now());
        self.setup.recognizer.sample_rate = SAMPLE_RATE;
        Ok(())
    }
}

/// The grammar in the spelling of a model that a host has chosen. Unknown words are an error: engines drop them, which
/// would change the phrase.
pub(super) fn check_grammar(model: &dyn Model, grammar: &Grammar) -> Result<Grammar> {
    let name = &model.info().name;
    if !model.info().takes_grammar {
        let message = format!("the model {name} has a static graph; leave the grammar out");
        return Err(Error::new(ErrorKind::GrammarUnsupported, message));
    }
    match grammar.spelled_by(|word| model.spelling(word)) {
        (Some(grammar), left_out) if left_out.is_empty() => Ok(grammar),
        (_, left_out) => {
            let message = format!(
                "{} word(s) are not in the vocabulary of {name}: {left_out}; remove the phrases with them",
                left_out.words().len(),
            );
            Err(Error::new(ErrorKind::GrammarInvalid, message))
        }
    }
}

/// The most samples before a possible utterance that are kept.
pub(super) fn pre_roll(options: &SttOptions, setup: &Setup) -> usize {
    let frames = (options.endpoint.start_ms + setup.decoding.margins.before_ms).div_ceil(FRAME_MS);
    samples_in(frames.into(), setup.recognizer.sample_rate) as usize
}
