//! A slot: one model of an engine, and its state.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::engine_call::StuckCall;
use super::monitor::Monitor;
use super::policy::Policy;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result, report};
use crate::language::LanguageTag;
use crate::store::{OnProgress, Progress};

/// The slot of one model. A reload replaces the loaded model; sessions keep the one with which they were opened.
pub(crate) struct Slot<M: ?Sized> {
    name: String,
    languages: Vec<LanguageTag>,
    methods: Methods<M>,
    clock: Clock,
    state: RwLock<State<M>>,
    /// Models that no longer answer, while sessions have them.
    abandoned: Mutex<Vec<Weak<M>>>,
    /// Calls into the model, or its earlier loads, that passed their deadlines.
    stuck: Mutex<Vec<StuckCall>>,
    /// The process that loads the model. A forked child has another ID.
    process: u32,
}

/// The functions that load and test a model.
pub(crate) struct Methods<M: ?Sized> {
    /// Downloads, verifies and loads the model, whose calls report to the monitor. Blocks.
    pub(crate) load: Box<Load<M>>,
    /// Tests the model with a short piece of work.
    pub(crate) canary: fn(&Arc<M>) -> Result<()>,
}

pub(crate) type Load<M> = dyn Fn(&Arc<Monitor>, &mut OnProgress) -> Result<Arc<M>> + Send + Sync;

/// A loaded model and the monitor of its calls.
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

/// The state of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ModelState {
    /// It is being downloaded, verified or loaded for the first time.
    Loading,
    /// It is loaded and works.
    Ready,
    /// It is loaded, but it failed or no longer answers. It is being reloaded.
    Degraded,
    /// It is not loaded; the reason is in the same report.
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

/// A snapshot of a slot.
pub(crate) struct View<M: ?Sized> {
    pub(crate) state: ModelState,
    pub(crate) model: Option<Arc<M>>,
    pub(crate) attempt: Option<u32>,
    pub(crate) progress: Option<Progress>,
    pub(crate) since: Option<Duration>,
    pub(crate) next_try: Option<Duration>,
    pub(crate) problem: Option<Error>,
}

impl<M: ?Sized> Slot<M> {
    pub(crate) fn new(name: String, languages: Vec<LanguageTag>, methods: Methods<M>) -> Self {
        let state = RwLock::new(State::Loading { attempt: 0, progress: None });
        let (clock, process) = (Clock::default(), std::process::id());
        let (abandoned, stuck) = (Mutex::default(), Mutex::default());
        Self { name, languages, methods, clock, state, abandoned, stuck, process }
    }

    #[cfg(test)]
    pub(crate) fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The clock of its loads, canaries and calls.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn languages(&self) -> &[LanguageTag] {
        &self.languages
    }

    /// Whether a model is loaded and works.
    pub(crate) fn is_ready(&self) -> bool {
        matches!(*self.read(), State::Ready { .. })
    }

    /// The model for a new session. A degraded model is used, unless it no longer answers.
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
        let until = |moment: Option<Instant>| Some(moment?.saturating_duration_since(self.clock.now()));
        let mut view = View {
            state: ModelState::Loading,
            model: None,
            attempt: None,
            progress: None,
            since: None,
            next_try: None,
            problem: None,
        };
        match &*self.read() {
            State::Loading { attempt, progress } => {
                view.attempt = Some(*attempt);
                view.progress = *progress;
            }
            State::Ready { loaded, since, last_reload } => {
                view.state = ModelState::Ready;
                view.model = Some(Arc::clone(&loaded.model));
                view.since = Some(self.clock.since(*since));
                view.problem = last_reload.as_ref().map(Error::again);
            }
            State::Degraded { loaded, since, reason, next_try } => {
                view.state = ModelState::Degraded;
                view.model = Some(Arc::clone(&loaded.model));
                view.since = Some(self.clock.since(*since));
                view.next_try = until(*next_try);
                view.problem = Some(reason.again());
            }
            State::Failed { reason, next_try } => {
                view.state = ModelState::Failed;
                view.next_try = until(*next_try);
                view.problem = Some(reason.again());
            }
        }
        view
    }

    /// Loads the model without installing it. Blocks until the engine returns.
    pub(super) fn load(&self, progress: &mut OnProgress) -> Result<LoadedModel<M>> {
        let monitor = Monitor::new(&self.clock);
        Ok(LoadedModel { model: (self.methods.load)(&monitor, progress)?, monitor })
    }

    /// The number of stuck calls that have not returned.
    pub(crate) fn stuck_calls(&self, policy: &Policy) -> usize {
        let mut stuck = self.stuck.lock().unwrap_or_else(PoisonError::into_inner);
        stuck.retain(|call| call.is_active(policy, &self.clock));
        stuck.len()
    }

    pub(super) fn add_stuck(&self, call: StuckCall) {
        self.stuck.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// The test of a loaded model. It blocks until the model answers.
    pub(crate) fn canary(&self) -> fn(&Arc<M>) -> Result<()> {
        self.methods.canary
    }

    /// The loaded model, if there is one.
    pub(crate) fn loaded(&self) -> Option<LoadedModel<M>> {
        match &*self.read() {
            State::Ready { loaded, .. } | State::Degraded { loaded, .. } => Some(loaded.clone()),
            _ => None,
        }
    }

    /// Installs a model. The previous one lives until its sessions end.
    pub(crate) fn install(&self, loaded: LoadedModel<M>) {
        *self.write() = State::Ready { loaded, since: self.clock.now(), last_reload: None };
    }

    /// Marks a model whose calls will probably not return.
    pub(crate) fn abandon(&self, loaded: &LoadedModel<M>) {
        loaded.monitor.abandon();
        let mut abandoned = self.abandoned.lock().unwrap_or_else(PoisonError::into_inner);
        abandoned.retain(|model| model.strong_count() > 0);
        abandoned.push(Arc::downgrade(&loaded.model));
    }

    pub(crate) fn has_abandoned(&self, model: &Arc<M>) -> bool {
        let abandoned = self.abandoned.lock().unwrap_or_else(PoisonError::into_inner);
        abandoned.iter().any(|weak| std::ptr::addr_eq(weak.as_ptr(), Arc::as_ptr(model)))
    }

    /// Marks the loaded model as degraded.
    pub(crate) fn degrade(&self, reason: Error) {
        let mut state = self.write();
        if let State::Ready { loaded, .. } | State::Degraded { loaded, .. } = &*state {
            let loaded = loaded.clone();
            *state = State::Degraded { loaded, since: self.clock.now(), reason, next_try: None };
        }
    }

    /// Records that loading failed. A working model stays in use.
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

    /// Removes the loaded model, which cannot be used any more.
    pub(crate) fn unload(&self, reason: Error, next_try: Option<Instant>) {
        *self.write() = State::Failed { reason, next_try };
    }

    /// Shows an attempt to load the model, unless one is in use.
    pub(super) fn note_attempt(&self, attempt: u32, progress: Option<Progress>) {
        let mut state = self.write();
        if matches!(*state, State::Loading { .. } | State::Failed { .. }) {
            *state = State::Loading { attempt, progress };
        }
    }

    // Poisoning is ignored: the state is replaced as a whole, so a panic cannot leave it inconsistent.
    fn read(&self) -> RwLockReadGuard<'_, State<M>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<M>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state of one model.
#[derive(Debug, Clone, Serialize)]
pub struct ModelHealth {
    /// The model's name: that of its folder.
    pub name: String,
    /// The languages of the model; empty if unknown.
    pub languages: Vec<LanguageTag>,
    /// The state.
    pub state: ModelState,
    /// Whether sessions without a language get it.
    pub in_use: bool,
    /// The engine that runs it; `None` until it is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<&'static str>,
    /// Whether sessions may have a grammar; `None` until it is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes_grammar: Option<bool>,
    /// Whether audio begins before a whole clause is rendered; only for loaded voices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub streams: Option<bool>,
    /// Whole seconds in this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_seconds: Option<u64>,
    /// The number of the current attempt to load it, from 1; 0 before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// The progress of its download.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// The code of its error; of the last failed reload, if it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// The message of that error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whole seconds until the next automatic attempt to load it.
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
            code: view.problem.as_ref().map(Error::code),
            reason: view.problem.as_ref().map(|problem| report(problem)),
            next_try_seconds: view.next_try.map(|next| next.as_secs_f64().ceil() as u64),
        }
    }
}
