//! The phrases that a client expects, in the spelling of a model.

use voice_core::stt::Model;
use voice_core::{Error, ErrorKind, Grammar, GrammarUpdate, Result};

/// What the phrases of a client do with a model.
pub(super) struct Hints {
    effect: Effect,
    warning: Option<Error>,
}

enum Effect {
    /// There are none: the whole vocabulary is recognized.
    None,
    Grammar(Grammar),
    /// The model cannot use them, or knows none of their words.
    Ignored,
}

impl Hints {
    pub(super) fn new(phrases: &[String], model: &dyn Model) -> Result<Self> {
        if phrases.is_empty() {
            return Ok(Self { effect: Effect::None, warning: None });
        }
        if !model.info().takes_grammar {
            let message = "the model has a static graph; hints were ignored";
            let warning = Error::new(ErrorKind::GrammarUnsupported, message);
            return Ok(Self { effect: Effect::Ignored, warning: Some(warning) });
        }
        let (grammar, left_out) = Grammar::new(phrases)?.spelled_by(|word| model.spelling(word));
        let warning = (!left_out.is_empty()).then(|| {
            let message =
                format!("the model does not know these words, which were left out of hints: {left_out}");
            Error::new(ErrorKind::GrammarInvalid, message)
        });
        Ok(Self { effect: grammar.map_or(Effect::Ignored, Effect::Grammar), warning })
    }

    pub(super) fn grammar(&self) -> Option<&Grammar> {
        match &self.effect {
            Effect::Grammar(grammar) => Some(grammar),
            Effect::None | Effect::Ignored => None,
        }
    }

    /// What `ready` tells of them.
    pub(super) fn status(&self) -> &'static str {
        match &self.effect {
            Effect::None => "none",
            Effect::Grammar(_) => "grammar",
            Effect::Ignored => "ignored",
        }
    }

    pub(super) fn warning(&self) -> Option<&Error> {
        self.warning.as_ref()
    }

    /// The change of a session's grammar.
    pub(super) fn update(&self) -> GrammarUpdate {
        self.grammar().cloned().map_or(GrammarUpdate::Removed, GrammarUpdate::Replaced)
    }
}
