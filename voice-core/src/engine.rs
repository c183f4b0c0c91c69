//! The engine: opens models, makes sessions, reports health.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Keeper, Methods, ModelHealth, ModelSource, ModelState, Monitor, Policy, Slot, Tenant, check_language,
    speaks,
};
use crate::options::SttOptions;
use crate::stt::{Model, Monitored, Session, canary};

/// Shared by all threads of a program; sessions keep what they need of it alive.
///
/// It holds a list of models. A session gets the first one that speaks its language and works: those
/// behind it stand in when it does not.
pub struct Engine {
    stt: Vec<Arc<SttSlot>>,
}

type SttSlot = Slot<dyn Model>;

impl Engine {
    /// An engine with the speech-to-text model in the folder `stt_model` loaded. Blocks until it is.
    ///
    /// The folder is compared with its hashes where they are known: after a pull, and for models that
    /// ship with the project.
    pub fn open(stt_model: impl AsRef<Path>) -> Result<Self> {
        let engine = Self::new([ModelSource::folder(stt_model.as_ref())]);
        engine.load()?;
        Ok(engine)
    }

    /// An engine whose models, from the first choice to the last, are yet to be
    /// [loaded](Self::load) or [kept](Self::keep).
    pub fn new(stt_models: impl IntoIterator<Item = ModelSource>) -> Self {
        Self { stt: stt_models.into_iter().map(|source| Arc::new(stt_slot(source))).collect() }
    }

    /// Loads the models, or loads them again, once. Blocks. Succeeds if a session can be had afterwards.
    ///
    /// Until the first load is done, sessions asked for get
    /// [`ModelLoading`](ErrorKind::ModelLoading). A model in use stays so if loading it again fails.
    pub fn load(&self) -> Result<()> {
        for slot in &self.stt {
            match slot.load(1, &|| false).and_then(|tenant| slot.canary()(&tenant.model).map(|()| tenant)) {
                Ok(tenant) => slot.install(tenant),
                Err(error) => slot.give_up(error, None),
            }
        }
        self.stt_model(None).map(drop)
    }

    /// Starts threads that load the models, watch them and load them again when they break, for as long
    /// as the keeper lives. Returns at once.
    pub fn keep(&self, policy: Policy) -> Result<Keeper> {
        policy.validate()?;
        let (mut keeper, alive) = Keeper::new();
        for slot in &self.stt {
            keeper.keep(Arc::clone(slot), policy, alive.clone())?;
        }
        Ok(keeper)
    }

    /// A speech-to-text session at the start of its stream.
    pub fn stt_session(&self, options: SttOptions) -> Result<Session> {
        Session::new(self.stt_model(options.language.as_deref())?, options)
    }

    /// The best model for `language` that works, or why there is none. Without a language, that of the
    /// first model.
    pub fn stt_model(&self, language: Option<&str>) -> Result<Arc<dyn Model>> {
        let candidates = self.candidates(language)?;
        let ready = candidates.iter().find(|slot| slot.is_ready()).and_then(|slot| slot.model().ok());
        if let Some(model) = ready {
            return Ok(model);
        }
        let mut refused = None;
        for slot in candidates {
            match slot.model() {
                Ok(model) => return Ok(model),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(no_models))
    }

    /// The models for `language`, from the first choice to the last; never none.
    fn candidates(&self, language: Option<&str>) -> Result<Vec<&SttSlot>> {
        let first = self.stt.first().ok_or_else(no_models)?;
        let Some(wanted) = language.or_else(|| first.languages().first().map(String::as_str)) else {
            return Ok(self.stt.iter().map(|slot| &**slot).collect());
        };
        check_language(wanted)?;
        let found: Vec<_> =
            self.stt.iter().map(|slot| &**slot).filter(|slot| speaks(slot.languages(), wanted)).collect();
        if found.is_empty() {
            let message = format!(
                "no model is configured for the language {wanted}; configure one, or ask for another"
            );
            return Err(Error::new(ErrorKind::ModelNotFound, message));
        }
        Ok(found)
    }

    /// The state of every model.
    pub fn health(&self) -> Health {
        let views: Vec<_> = self.stt.iter().map(|slot| (slot, slot.view())).collect();
        let used = self.stt_model(None).ok();
        let models = views.iter().map(|(slot, view)| {
            let info = view.model.as_ref().map(|model| model.info());
            let in_use = view.model.as_ref().zip(used.as_ref()).is_some_and(|(a, b)| Arc::ptr_eq(a, b));
            ModelHealth {
                in_use,
                engine: info.map(|info| info.engine),
                takes_grammar: info.map(|info| info.takes_grammar),
                ..ModelHealth::new(slot, view)
            }
        });
        let stt: Vec<_> = models.collect();
        let is_first = stt.first().is_some_and(|first| first.in_use && first.state == ModelState::Ready);
        let status = match &used {
            Some(_) if is_first => Status::Healthy,
            Some(_) => Status::Degraded,
            None if stt.iter().any(|model| model.state == ModelState::Loading) => Status::Starting,
            None => Status::Unhealthy,
        };
        Health { status, stt }
    }

    /// How long until a model that is missing now is tried again; nothing if none is.
    pub fn next_try(&self) -> Option<Duration> {
        self.stt.iter().filter_map(|slot| slot.view().next_try).min()
    }
}

/// The state of an engine.
#[derive(Debug, Clone, Serialize)]
pub struct Health {
    /// All in one word.
    pub status: Status,
    /// The speech-to-text models, from the first choice to the last.
    pub stt: Vec<ModelHealth>,
}

/// The state of an engine in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// No model is loaded yet.
    Starting,
    /// Sessions get the model of first choice, and it works.
    Healthy,
    /// Sessions can be had, on a model that stands in or that is not trusted.
    Degraded,
    /// No session can be had.
    Unhealthy,
}

fn no_models() -> Error {
    Error::new(ErrorKind::ModelNotFound, "no speech-to-text model is configured; name one")
}

fn stt_slot(source: ModelSource) -> SttSlot {
    let (name, languages) = (source.name(), source.languages());
    let methods = Methods {
        load: Box::new(move |progress| Ok(watched(load_stt(&source.prepare(progress)?)?))),
        canary: canary::sing,
    };
    Slot::new(name, languages, methods)
}

/// The model with somebody who counts its calls.
fn watched(model: Arc<dyn Model>) -> Tenant<dyn Model> {
    let monitor = Monitor::new();
    Tenant { model: Arc::new(Monitored::new(model, Arc::clone(&monitor))), monitor }
}

/// Loads a folder that nobody knows and has it show that it works, in a process that may die of it.
pub(crate) fn try_stt(folder: &Path) -> Result<()> {
    canary::sing(&load_stt(folder)?)
}

#[cfg(feature = "vosk")]
fn load_stt(path: &Path) -> Result<Arc<dyn Model>> {
    Ok(Arc::new(crate::stt::VoskModel::load(path)?))
}

#[cfg(not(feature = "vosk"))]
fn load_stt(path: &Path) -> Result<Arc<dyn Model>> {
    let message = format!(
        "this build has no engine for {}; build with the feature `vosk` to use speech-to-text",
        path.display()
    );
    Err(Error::new(ErrorKind::EngineUnavailable, message))
}

#[cfg(test)]
mod tests;
