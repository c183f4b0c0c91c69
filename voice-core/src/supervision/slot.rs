//! A slot: the place of one model in an engine, and the state that it is in.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::monitor::Monitor;
use crate::error::{Error, ErrorKind, Result, report};
use crate::store::{OnProgress, Progress};

/// The place of one model. What is loaded there changes; sessions keep what they began with.
pub(crate) struct Slot<M: ?Sized> {
    name: String,
    languages: Vec<String>,
    methods: Methods<M>,
    state: RwLock<State<M>>,
    /// The one in which it is loaded, which a forked child is not.
    process: u32,
}

/// How a kind of model is loaded and tested.
pub(crate) struct Methods<M: ?Sized> {
    /// Brings, checks and loads the model. Blocks.
    pub(crate) load: Box<Load<M>>,
    /// Has the model do a little of what it is for.
    pub(crate) canary: fn(&Arc<M>) -> Result<()>,
}

pub(crate) type Load<M> = dyn Fn(&mut OnProgress) -> Result<LoadedModel<M>> + Send + Sync;

/// A loaded model and the count of its calls.
pub(crate) struct LoadedModel<M: ?Sized> {
    pub(crate) model: Arc<M>,
    pub(crate) monitor: Arc<Monitor>,
}

impl<M: ?Sized> Clone for LoadedModel<M> {
    fn clone(&self) -> Self {
        Self { model: Arc::clone(&self.model), monitor: Arc::clone(&self.monitor) }
    }
}

enum State<M: ?Sized> {
    Loading { attempt: u32, progress: Option<Progress> },
    Ready { loaded: LoadedModel<M>, since: Instant, last_reload: Option<Error> },
    Degraded { loaded: LoadedModel<M>, since: Instant, reason: Error, next_try: Option<Instant> },
    Failed { reason: Error, next_try: Option<Instant> },
}

/// Where a model is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ModelState {
    /// Being downloaded, read and checked for the first time.
    Loading,
    /// In use.
    Ready,
    /// Loaded, and not trusted: it failed, or no longer answers. It is being loaded anew.
    Degraded,
    /// Not there; the reason is beside it.
    Failed,
}

impl fmt::Display for ModelState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loading => "loading",
            Self::Ready => "ready",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
        })
    }
}

/// What is known of a slot at one moment.
pub(crate) struct View<M: ?Sized> {
    pub(crate) state: ModelState,
    pub(crate) model: Option<Arc<M>>,
    pub(crate) attempt: Option<u32>,
    pub(crate) progress: Option<Progress>,
    pub(crate) since: Option<Duration>,
    pub(crate) next_try: Option<Duration>,
    pub(crate) trouble: Option<Error>,
}

impl<M: ?Sized> Slot<M> {
    pub(crate) fn new(name: String, languages: Vec<String>, methods: Methods<M>) -> Self {
        let state = RwLock::new(State::Loading { attempt: 0, progress: None });
        Self { name, languages, methods, state, process: std::process::id() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn languages(&self) -> &[String] {
        &self.languages
    }

    /// Whether the slot holds a model that nothing speaks against.
    pub(crate) fn is_ready(&self) -> bool {
        matches!(*self.read(), State::Ready { .. })
    }

    /// The model for a new session. One that failed is better than none; one that does not answer is
    /// none.
    pub(crate) fn model(&self) -> Result<Arc<M>> {
        match &*self.read() {
            State::Degraded { reason, .. } if reason.kind() == ErrorKind::ModelStuck => Err(reason.again()),
            State::Ready { loaded, .. } | State::Degraded { loaded, .. } => Ok(Arc::clone(&loaded.model)),
            State::Failed { reason, .. } => Err(reason.again()),
            State::Loading { .. } => {
                if self.process != std::process::id() {
                    let message = format!(
                        "the model {} was being loaded when this process was forked; open an engine of its own",
                        self.name
                    );
                    return Err(Error::new(ErrorKind::EngineUnavailable, message));
                }
                let message = format!("the model {} is being loaded; try again in a moment", self.name);
                Err(Error::new(ErrorKind::ModelLoading, message))
            }
        }
    }

    pub(crate) fn view(&self) -> View<M> {
        let until = |moment: Option<Instant>| Some(moment?.saturating_duration_since(Instant::now()));
        let mut view = View {
            state: ModelState::Loading,
            model: None,
            attempt: None,
            progress: None,
            since: None,
            next_try: None,
            trouble: None,
        };
        match &*self.read() {
            State::Loading { attempt, progress } => {
                view.attempt = Some(*attempt);
                view.progress = *progress;
            }
            State::Ready { loaded, since, last_reload } => {
                view.state = ModelState::Ready;
                view.model = Some(Arc::clone(&loaded.model));
                view.since = Some(since.elapsed());
                view.trouble = last_reload.as_ref().map(Error::again);
            }
            State::Degraded { loaded, since, reason, next_try } => {
                view.state = ModelState::Degraded;
                view.model = Some(Arc::clone(&loaded.model));
                view.since = Some(since.elapsed());
                view.next_try = until(*next_try);
                view.trouble = Some(reason.again());
            }
            State::Failed { reason, next_try } => {
                view.state = ModelState::Failed;
                view.next_try = until(*next_try);
                view.trouble = Some(reason.again());
            }
        }
        view
    }

    /// Loads the model, without putting it into use.
    pub(crate) fn load(&self, attempt: u32, stop: &dyn Fn() -> bool) -> Result<LoadedModel<M>> {
        self.note_attempt(attempt, None);
        let (mut shown, mut logged) = (None, Some(Instant::now()));
        (self.methods.load)(&mut |progress| {
            // Readers of health look some times a second; a download tells of every block.
            if is_over(&mut shown, Duration::from_millis(100)) {
                self.note_attempt(attempt, Some(progress));
            }
            if is_over(&mut logged, Duration::from_secs(10)) {
                tracing::info!(model = self.name, ?progress, "still bringing the model");
            }
            if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    }

    /// Has a loaded model show that it works. Blocks for as long as it does not answer.
    pub(crate) fn canary(&self) -> fn(&Arc<M>) -> Result<()> {
        self.methods.canary
    }

    /// What is loaded, if anything is.
    pub(crate) fn loaded(&self) -> Option<LoadedModel<M>> {
        match &*self.read() {
            State::Ready { loaded, .. } | State::Degraded { loaded, .. } => Some(loaded.clone()),
            _ => None,
        }
    }

    /// Puts a model into use. What was there lives as long as its sessions.
    pub(crate) fn install(&self, loaded: LoadedModel<M>) {
        *self.write() = State::Ready { loaded, since: Instant::now(), last_reload: None };
    }

    /// Takes the trust from the model in use.
    pub(crate) fn degrade(&self, reason: Error) {
        let mut state = self.write();
        if let State::Ready { loaded, .. } | State::Degraded { loaded, .. } = &*state {
            let loaded = loaded.clone();
            *state = State::Degraded { loaded, since: Instant::now(), reason, next_try: None };
        }
    }

    /// Loading has failed for now. A model that is in use and works stays.
    pub(crate) fn record_failure(&self, error: Error, next_try: Option<Instant>) {
        let mut state = self.write();
        match &mut *state {
            State::Ready { last_reload, .. } => *last_reload = Some(error),
            State::Degraded { reason, next_try: planned, .. } if reason.kind() != ErrorKind::ModelStuck => {
                *planned = next_try;
            }
            _ => *state = State::Failed { reason: error, next_try },
        }
    }

    /// What was loaded is of no use any more, and nothing takes its place for now.
    pub(crate) fn unload(&self, reason: Error, next_try: Option<Instant>) {
        *self.write() = State::Failed { reason, next_try };
    }

    fn note_attempt(&self, attempt: u32, progress: Option<Progress>) {
        let mut state = self.write();
        if matches!(*state, State::Loading { .. } | State::Failed { .. }) {
            *state = State::Loading { attempt, progress };
        }
    }

    // The state is replaced whole, so that a panic elsewhere cannot leave it half written.
    fn read(&self) -> RwLockReadGuard<'_, State<M>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<M>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `interval` has passed since the last time that it had.
fn is_over(last: &mut Option<Instant>, interval: Duration) -> bool {
    let over = last.is_none_or(|last| last.elapsed() > interval);
    if over {
        *last = Some(Instant::now());
    }
    over
}

/// The state of one model.
#[derive(Debug, Clone, Serialize)]
pub struct ModelHealth {
    /// The model's name: that of its folder.
    pub name: String,
    /// The languages that it is for; empty if nobody has said.
    pub languages: Vec<String>,
    /// Where it is in its life.
    pub state: ModelState,
    /// Sessions that name no language get it.
    pub in_use: bool,
    /// The engine that runs it; nothing until it is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<&'static str>,
    /// Whether sessions may bring a grammar; nothing until it is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes_grammar: Option<bool>,
    /// Whether sound begins before a clause is rendered whole; for voices that are loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub streams: Option<bool>,
    /// Whole seconds in this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_seconds: Option<u64>,
    /// The attempt to load it that is under way, from 1; 0 before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// How far its download has got.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// The stable code of what is wrong with it; of a reload that failed, if it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What is wrong and what to do, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whole seconds until it is loaded again by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_try_seconds: Option<u64>,
}

impl ModelHealth {
    pub(crate) fn new<M: ?Sized>(slot: &Slot<M>, view: &View<M>) -> Self {
        Self {
            name: slot.name.clone(),
            languages: slot.languages.clone(),
            state: view.state,
            in_use: false,
            engine: None,
            takes_grammar: None,
            streams: None,
            since_seconds: view.since.map(|since| since.as_secs()),
            attempt: view.attempt,
            progress: view.progress,
            code: view.trouble.as_ref().map(Error::code),
            reason: view.trouble.as_ref().map(|trouble| report(trouble)),
            next_try_seconds: view.next_try.map(|next| next.as_secs_f64().ceil() as u64),
        }
    }
}
