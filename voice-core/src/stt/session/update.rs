//! Changes of a session's options.

use std::sync::Arc;

use super::models::{Models, check_grammar, pre_roll};
use super::{SttSession, VadMode};
use crate::error::Result;
use crate::language::LanguageTag;
use crate::stt::{GrammarUpdate, Model, SttOptions, SttUpdate};
use crate::vad::{Endpoint, FRAME_MS};

/// An update that waits for the end of the utterance.
pub(super) struct Pending {
    options: SttOptions,
    /// The new models, if they change.
    models: Option<Models>,
}

impl SttSession {
    /// The options of the next utterance.
    pub fn options(&self) -> &SttOptions {
        self.pending.as_ref().map_or(&self.options, |pending| &pending.options)
    }

    /// Changes options. During an utterance the change takes effect when that has ended, else at once, also for an
    /// utterance that has begun in the audio but was not [reported](crate::SttEvent::SpeechStarted) yet. Several updates
    /// during one utterance are combined.
    ///
    /// [`Engine::update_stt`](crate::Engine::update_stt) also changes the language.
    ///
    /// Fails with [`ErrorKind::OptionInvalid`](crate::ErrorKind::OptionInvalid),
    /// [`ErrorKind::GrammarInvalid`](crate::ErrorKind::GrammarInvalid),
    /// [`ErrorKind::GrammarUnsupported`](crate::ErrorKind::GrammarUnsupported) or
    /// [`ErrorKind::SessionEnded`](crate::ErrorKind::SessionEnded), and then leaves the session unchanged.
    pub fn update(&mut self, update: SttUpdate) -> Result<()> {
        self.change(update, None, None)
    }

    /// The same with other models, such as those of another `language`. They are in order of preference, and
    /// [`SttEvent::ModelChanged`](crate::SttEvent::ModelChanged) tells when the first of them is in use.
    ///
    /// A session whose audio is resampled for its first model keeps that rate.
    pub fn update_models(
        &mut self,
        models: Vec<Arc<dyn Model>>,
        language: Option<LanguageTag>,
        update: SttUpdate,
    ) -> Result<()> {
        self.change(update, language, Some(Models::new(models)?))
    }

    fn change(
        &mut self,
        update: SttUpdate,
        language: Option<LanguageTag>,
        models: Option<Models>,
    ) -> Result<()> {
        self.check_open()?;
        let mut options = self.options().clone();
        options.language = language.or(options.language);
        let SttUpdate { grammar, endpoint, words, max_alternatives } = update;
        match grammar {
            GrammarUpdate::Unchanged => {}
            GrammarUpdate::Removed => options.grammar = None,
            GrammarUpdate::Replaced(grammar) => options.grammar = Some(grammar),
        }
        options.endpoint = endpoint.unwrap_or(options.endpoint);
        options.words = words.unwrap_or(options.words);
        options.max_alternatives = max_alternatives.unwrap_or(options.max_alternatives);
        options.endpoint.validate()?;
        let waiting = self.pending.as_ref().and_then(|pending| pending.models.as_ref());
        let model = models.as_ref().or(waiting).unwrap_or(&self.models).current();
        options.grammar.as_ref().map(|grammar| check_grammar(&**model, grammar)).transpose()?;
        let models = models.or_else(|| self.pending.take().and_then(|pending| pending.models));
        self.pending = Some(Pending { options, models });
        if self.utterance.is_some() { Ok(()) } else { self.apply_pending() }
    }

    /// Applies the update that waits, between two utterances.
    pub(super) fn apply_pending(&mut self) -> Result<()> {
        let Some(Pending { options, models }) = self.pending.take() else { return Ok(()) };
        self.endpointer.set_rules(&endpoint(&options));
        let is_same = self.options.max_alternatives == options.max_alternatives
            && self.options.grammar == options.grammar;
        self.options = options;
        self.pre_roll_max = pre_roll(&self.options, &self.setup);
        match models {
            Some(models) => self.models = models,
            None if is_same => return Ok(()),
            None => {}
        }
        // Not the model for which the grammar was checked, if that has failed since then.
        self.use_current_model()
    }
}

/// The endpoint rules of a session with `options`.
pub(super) fn endpoint(options: &SttOptions) -> Endpoint {
    match options.vad {
        VadMode::Detect => options.endpoint,
        // Speech starts at once, and also includes a few frames before a flush.
        VadMode::Always => Endpoint { start_ms: FRAME_MS, ..options.endpoint },
    }
}
