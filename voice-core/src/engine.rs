//! The engine: opens models, makes sessions, reports health.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result, report};
use crate::options::SttOptions;
use crate::stt::{Model, ModelInfo, Session};

/// Shared by all threads of a program; sessions keep what they need of it alive.
pub struct Engine {
    stt_path: PathBuf,
    stt: RwLock<Slot>,
}

enum Slot {
    Loading,
    Ready(Arc<dyn Model>),
    Failed(Error),
}

impl Engine {
    /// An engine with the speech-to-text model at `stt_model` loaded. Blocks until it is.
    pub fn open(stt_model: impl AsRef<Path>) -> Result<Self> {
        let engine = Self::new(stt_model);
        engine.load()?;
        Ok(engine)
    }

    /// An engine whose model is yet to be [loaded](Self::load).
    pub fn new(stt_model: impl AsRef<Path>) -> Self {
        Self { stt_path: stt_model.as_ref().to_owned(), stt: RwLock::new(Slot::Loading) }
    }

    /// Loads the model, or loads it again. Blocks.
    ///
    /// Until the first load is done, sessions asked for get
    /// [`ModelLoading`](ErrorKind::ModelLoading). A model in use stays so if loading it again fails.
    pub fn load(&self) -> Result<()> {
        let loaded = load_stt(&self.stt_path);
        let mut slot = self.stt.write().unwrap_or_else(PoisonError::into_inner);
        match loaded {
            Ok(model) => *slot = Slot::Ready(model),
            Err(error) => {
                let outcome = Error::new(error.kind(), report(&error));
                if !matches!(*slot, Slot::Ready(_)) {
                    *slot = Slot::Failed(error);
                }
                return Err(outcome);
            }
        }
        Ok(())
    }

    /// A speech-to-text session at the start of its stream.
    pub fn stt_session(&self, options: SttOptions) -> Result<Session> {
        Session::new(self.stt_model()?, options)
    }

    /// The speech-to-text model, or why there is none.
    pub fn stt_model(&self) -> Result<Arc<dyn Model>> {
        match &*self.slot() {
            Slot::Ready(model) => Ok(Arc::clone(model)),
            Slot::Loading => {
                Err(Error::new(ErrorKind::ModelLoading, "the model is being loaded; try again in a moment"))
            }
            Slot::Failed(error) => Err(Error::new(error.kind(), report(error))),
        }
    }

    /// The state of every model.
    pub fn health(&self) -> Health {
        let slot = self.slot();
        let (state, info, error) = match &*slot {
            Slot::Loading => (ModelState::Loading, None, None),
            Slot::Ready(model) => (ModelState::Ready, Some(model.info().clone()), None),
            Slot::Failed(error) => (ModelState::Failed, None, Some(error)),
        };
        Health {
            stt: ModelHealth {
                state,
                info,
                code: error.map(Error::code),
                reason: error.map(|error| report(error)),
            },
        }
    }

    /// A slot is replaced whole, so that a panic elsewhere cannot leave it half written.
    fn slot(&self) -> RwLockReadGuard<'_, Slot> {
        self.stt.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state of an engine.
#[derive(Debug, Clone, Serialize)]
pub struct Health {
    /// The speech-to-text model.
    pub stt: ModelHealth,
}

/// The state of one model.
#[derive(Debug, Clone, Serialize)]
pub struct ModelHealth {
    /// Where the model is in its life.
    pub state: ModelState,
    /// What is known about it once it is ready.
    #[serde(flatten)]
    pub info: Option<ModelInfo>,
    /// The stable code of the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What failed and what to do, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Where a model is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ModelState {
    /// Being read and checked.
    Loading,
    /// In use.
    Ready,
    /// Refused; the reason is beside it.
    Failed,
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
