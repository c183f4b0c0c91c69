//! Supervisors: one thread for each slot that loads its model, watches it, and loads it again when it breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded, unbounded};

use super::monitor::Monitor;
use super::slot::{LoadedModel, Slot};
use crate::backoff::{Backoff, LONGEST};
use crate::error::{Error, ErrorKind, Result, report};
use crate::watchdog::{Activity, Look};

/// How models are loaded, watched and healed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Attempts to load a model, for errors that can heal, and the delays between them.
    pub attempts: Backoff,
    /// The delays between further attempts in the background, without end.
    pub retries: Backoff,
    /// How often a loaded model must show that it works; a year at most.
    pub canary_interval: Duration,
    /// How long an engine may be silent before it counts as stuck; a year at most. Time in which its thread is
    /// given no CPU does not count.
    pub deadline: Duration,
    /// Failures of sessions in a row after which a model is loaded anew.
    pub max_failures: u32,
}

impl Default for Policy {
    /// Three attempts, then one a minute and in the end one in ten minutes; a canary every 30 s, which
    /// may take 4 s; five failures.
    fn default() -> Self {
        Self {
            attempts: Backoff::default(),
            retries: Backoff {
                first: Duration::from_mins(1),
                max: Duration::from_mins(10),
                ..Backoff::default()
            },
            canary_interval: Duration::from_secs(30),
            deadline: Duration::from_secs(4),
            max_failures: 5,
        }
    }
}

impl Policy {
    /// Checks that every field is in its range.
    pub fn validate(&self) -> Result<()> {
        self.attempts.validate()?;
        self.retries.validate()?;
        let wrong = |what: &str| Err(Error::new(ErrorKind::OptionInvalid, what));
        if self.retries.first < Duration::from_millis(1) {
            return wrong("retries must be at least 1 ms apart");
        }
        if self.canary_interval < Duration::from_millis(1) || self.deadline < Duration::from_millis(1) {
            return wrong("the canary's interval and deadline must be at least 1 ms");
        }
        if self.canary_interval.max(self.deadline) > LONGEST {
            return wrong("the canary's interval and deadline must be a year at most");
        }
        if self.max_failures == 0 {
            return wrong("a model needs at least 1 failure to be loaded anew");
        }
        Ok(())
    }

    /// How often a supervisor looks whether sessions have trouble: stuck calls are to be noticed soon after
    /// their deadline.
    fn tick(&self) -> Duration {
        (self.deadline / 8).min(self.canary_interval).max(Duration::from_millis(1))
    }
}

/// Models of one slot that may hang in the memory of a process. Each keeps a thread and itself alive, until its
/// engine gives the call back or the process ends.
const MAX_HUNG: usize = 3;

/// A canary this many times later than the deadline is stuck, even if sessions get answers meanwhile.
const PATIENCE: u32 = 6;

/// How long dropping waits for a supervisor that is in the middle of loading.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// What came of a reload, for each slot: its name and the outcome. Ends with the last one.
pub type Reloads = Receiver<(String, Result<()>)>;

/// The threads that keep an engine's models alive. Dropping it ends them; models stay as they are.
pub struct Supervisor {
    wakers: Vec<Sender<Wake>>,
    threads: Vec<JoinHandle<()>>,
    ended: Receiver<()>,
    stop: Arc<AtomicBool>,
    /// Where the threads are: not in a child that was forked.
    process: u32,
}

enum Wake {
    /// Load the model anew, and say what came of it.
    Reload(Sender<(String, Result<()>)>),
}

impl Supervisor {
    pub(crate) fn new() -> (Self, Sender<()>) {
        // Nothing is ever sent: the channel closes when the last thread ends.
        let (alive, ended) = bounded(0);
        let stop = Arc::new(AtomicBool::new(false));
        (Self { wakers: Vec::new(), threads: Vec::new(), ended, stop, process: std::process::id() }, alive)
    }

    /// Starts the thread that keeps `slot`.
    pub(crate) fn supervise<M: ?Sized + Send + Sync + 'static>(
        &mut self,
        slot: Arc<Slot<M>>,
        policy: Policy,
        alive: Sender<()>,
    ) -> Result<()> {
        let (waker, calls) = unbounded();
        let mut watch = Worker {
            slot,
            policy,
            calls,
            stop: Arc::clone(&self.stop),
            waiting: Vec::new(),
            hung: Vec::new(),
        };
        let thread = std::thread::Builder::new().name("voice-supervise".into()).spawn(move || {
            let _alive = alive;
            watch.run();
        });
        self.threads.push(thread.map_err(|error| no_thread().with_source(error))?);
        self.wakers.push(waker);
        Ok(())
    }

    /// Loads every model anew in the background. A model in use stays until the new one is loaded and
    /// has shown that it works, and for good if it does not; sessions finish on what they began with.
    pub fn reload(&self) -> Reloads {
        let (sender, outcomes) = bounded(self.wakers.len().max(1));
        if self.process != std::process::id() {
            let message = "this process was forked from the one whose threads load the models; open an engine of its own";
            let error = Error::new(ErrorKind::EngineUnavailable, message);
            let _ = sender.send(("engine".to_owned(), Err(error)));
            return outcomes;
        }
        for waker in &self.wakers {
            // A supervisor that has ended drops the sender: the receiver then ends one earlier.
            let _ = waker.send(Wake::Reload(sender.clone()));
        }
        outcomes
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.wakers.clear();
        if self.process != std::process::id() {
            return;
        }
        // A thread in the middle of the engine's own loading cannot be stopped; it ends after it.
        if self.ended.recv_timeout(SHUTDOWN_TIMEOUT) == Err(RecvTimeoutError::Disconnected) {
            for thread in self.threads.drain(..) {
                let _ = thread.join();
            }
        }
    }
}

/// One supervisor's work.
struct Worker<M: ?Sized> {
    slot: Arc<Slot<M>>,
    policy: Policy,
    calls: Receiver<Wake>,
    stop: Arc<AtomicBool>,
    /// Who waits for the reload under way.
    waiting: Vec<Sender<(String, Result<()>)>>,
    /// Calls that were not back in time. Those that have come back since were only slow.
    hung: Vec<Hung>,
}

/// A call that is out.
enum Hung {
    /// A session's, which the monitor of its model sees.
    Session(Arc<Monitor>),
    /// A canary's, from which a verdict is to come.
    Canary(Receiver<Result<()>>),
}

impl Hung {
    fn is_out(&self, policy: &Policy) -> bool {
        match self {
            Self::Session(monitor) => monitor.is_overdue(policy.deadline, Look::every(policy.tick())),
            Self::Canary(verdict) => verdict.try_recv().is_err_and(|error| error == TryRecvError::Empty),
        }
    }
}

enum Next {
    Load,
    /// Load, but not now.
    Wait(Until),
    /// Worker the model, with its next canary at that moment.
    Watch(Instant),
    Stop,
}

/// When a model is loaded that nobody asks for.
#[derive(Clone, Copy)]
enum Until {
    Moment(Instant),
    /// When one of the calls that hang has come back.
    Return,
    Never,
}

impl Until {
    fn moment(self) -> Option<Instant> {
        if let Self::Moment(moment) = self { Some(moment) } else { None }
    }
}

impl<M: ?Sized + Send + Sync + 'static> Worker<M> {
    fn run(&mut self) {
        let mut retries = self.policy.retries.endless();
        let mut next = if self.slot.is_ready() { self.watch() } else { Next::Load };
        loop {
            next = match next {
                Next::Stop => return,
                Next::Load => match self.load_with_retries() {
                    Ok(()) => {
                        retries = self.policy.retries.endless();
                        self.watch()
                    }
                    Err(error) if error.kind() == ErrorKind::Cancelled => Next::Stop,
                    Err(error) => {
                        let until = if !can_ever_heal(error.kind()) {
                            Until::Never
                        } else if self.hanging() >= MAX_HUNG {
                            Until::Return
                        } else {
                            retries.next().map_or(Until::Never, |delay| Until::Moment(Instant::now() + delay))
                        };
                        self.slot.record_failure(error, until.moment());
                        if self.slot.is_ready() { self.watch() } else { Next::Wait(until) }
                    }
                },
                Next::Wait(until) => self.wait(until),
                Next::Watch(canary_at) => self.look(canary_at),
            };
        }
    }

    fn watch(&self) -> Next {
        Next::Watch(Instant::now() + self.policy.canary_interval)
    }

    /// Waits for the next attempt, and meanwhile looks after a model that failed and is in use all the same.
    fn wait(&mut self, until: Until) -> Next {
        let doubtful = self.slot.loaded();
        let looks = doubtful.is_some() || matches!(until, Until::Return);
        let tick = looks.then(|| Instant::now() + self.policy.tick());
        match self.sleep_until(until.moment().into_iter().chain(tick).min()) {
            Slept::WasStopped => return Next::Stop,
            Slept::WasWoken => return Next::Load,
            Slept::Through => {}
        }
        let is_time = match until {
            Until::Moment(moment) => Instant::now() >= moment,
            Until::Return => self.hanging() < MAX_HUNG,
            Until::Never => false,
        };
        if is_time {
            return Next::Load;
        }
        if let Some(loaded) = doubtful
            && self.is_stuck(&loaded.monitor)
        {
            loaded.monitor.abandon();
            self.hung.push(Hung::Session(loaded.monitor));
            let trouble = stuck(self.slot.name());
            tracing::error!(model = self.slot.name(), code = trouble.code(), "{}", report(&trouble));
            self.slot.unload(trouble, until.moment());
        }
        Next::Wait(until)
    }

    fn is_stuck(&self, monitor: &Monitor) -> bool {
        monitor.is_stuck(self.policy.deadline, Look::every(self.policy.tick()))
    }

    /// How many calls hang.
    fn hanging(&mut self) -> usize {
        self.hung.retain(|hung| hung.is_out(&self.policy));
        self.hung.len()
    }

    /// Waits a tick, then looks after the model in use.
    fn look(&mut self, canary_at: Instant) -> Next {
        match self.sleep_until(Some(canary_at.min(Instant::now() + self.policy.tick()))) {
            Slept::WasStopped => return Next::Stop,
            Slept::WasWoken => return Next::Load,
            Slept::Through => {}
        }
        let Some(loaded) = self.slot.loaded() else { return Next::Load };
        let is_due = Instant::now() >= canary_at;
        let trouble = if self.is_stuck(&loaded.monitor) {
            loaded.monitor.abandon();
            self.hung.push(Hung::Session(Arc::clone(&loaded.monitor)));
            Some(stuck(self.slot.name()))
        } else if loaded.monitor.failures() >= self.policy.max_failures {
            let message = format!(
                "the model {} failed {} times in a row; it is being loaded anew",
                self.slot.name(),
                loaded.monitor.failures()
            );
            Some(Error::new(ErrorKind::EngineFailed, message))
        } else if is_due {
            self.test(&loaded).err()
        } else {
            return Next::Watch(canary_at);
        };
        let Some(trouble) = trouble else { return self.watch() };
        tracing::error!(model = self.slot.name(), code = trouble.code(), "{}", report(&trouble));
        self.slot.degrade(trouble);
        Next::Load
    }

    /// Loads the model in as many attempts as allowed, and tells who waits.
    fn load_with_retries(&mut self) -> Result<()> {
        let outcome = self.attempts();
        for waiting in self.waiting.drain(..) {
            let told = outcome.as_ref().copied().map_err(Error::again);
            let _ = waiting.try_send((self.slot.name().to_owned(), told));
        }
        outcome
    }

    fn attempts(&mut self) -> Result<()> {
        if self.hanging() >= MAX_HUNG {
            let message = format!(
                "the model {} hangs {MAX_HUNG} times over; it is loaded when a call comes back, or restart the process",
                self.slot.name()
            );
            return Err(Error::new(ErrorKind::ModelStuck, message));
        }
        let mut delays = self.policy.attempts.delays();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let started = Instant::now();
            let error = match self.attempt(attempt) {
                Ok(loaded) => {
                    self.slot.install(loaded);
                    let ms = started.elapsed().as_millis() as u64;
                    tracing::info!(model = self.slot.name(), attempt, ms, "model ready");
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
                Err(error) => error,
            };
            let delay = if error.kind().is_retryable() { delays.next() } else { None };
            let retry_ms = delay.map(|delay| delay.as_millis() as u64);
            tracing::error!(
                model = self.slot.name(),
                attempt,
                code = error.code(),
                retry_ms,
                "{}",
                report(&error)
            );
            let Some(delay) = delay else { return Err(error) };
            if matches!(self.sleep_until(Some(Instant::now() + delay)), Slept::WasStopped) {
                return Err(Error::new(ErrorKind::Cancelled, "the engine is being closed"));
            }
        }
    }

    fn attempt(&mut self, attempt: u32) -> Result<LoadedModel<M>> {
        // An engine that panics on a model is an engine that refuses it.
        let loaded = crate::catch(|| self.slot.load(attempt, &|| self.stop.load(Ordering::Acquire)));
        let loaded = loaded.unwrap_or_else(|_| {
            let message = format!("the model {} could not be loaded: its engine panicked", self.slot.name());
            Err(Error::new(ErrorKind::ModelLoadFailed, message))
        })?;
        self.test(&loaded)?;
        Ok(loaded)
    }

    /// Has the model show that it works, with an eye on the clock. The thread of one that does not
    /// answer is left behind.
    fn test(&mut self, loaded: &LoadedModel<M>) -> Result<()> {
        let (sender, verdict) = bounded(1);
        let (canary, model) = (self.slot.canary(), Arc::clone(&loaded.model));
        let activity = Arc::<Activity>::default();
        let call = Arc::clone(&activity);
        let spawned = std::thread::Builder::new().name("voice-canary".into()).spawn(move || {
            call.begin();
            let outcome = crate::catch(|| canary(&model));
            call.end();
            let _ = sender.send(outcome.unwrap_or_else(|_| {
                Err(Error::new(ErrorKind::EngineFailed, "the engine panicked at its canary"))
            }));
        });
        spawned.map_err(|error| no_thread().with_source(error))?;
        loop {
            match verdict.recv_timeout(self.policy.tick()) {
                Ok(outcome) => return outcome,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            // Late, while others get answers: the engine is slow. While it is given no CPU: the machine is.
            let counted = activity.look(Look::every(self.policy.tick()));
            let is_late = counted.is_some_and(|counted| counted >= self.policy.deadline * PATIENCE);
            if is_late || self.is_stuck(&loaded.monitor) {
                break;
            }
        }
        loaded.monitor.abandon();
        self.hung.push(Hung::Canary(verdict));
        Err(stuck(self.slot.name()))
    }

    fn sleep_until(&mut self, moment: Option<Instant>) -> Slept {
        let woken = match moment {
            Some(moment) => self.calls.recv_deadline(moment),
            None => self.calls.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match woken {
            Ok(Wake::Reload(waiting)) => {
                self.waiting.push(waiting);
                // Who asks again meanwhile gets the same answer.
                self.waiting.extend(self.calls.try_iter().map(|Wake::Reload(waiting)| waiting));
                Slept::WasWoken
            }
            Err(RecvTimeoutError::Timeout) => Slept::Through,
            Err(RecvTimeoutError::Disconnected) => Slept::WasStopped,
        }
    }
}

enum Slept {
    Through,
    WasWoken,
    WasStopped,
}

/// What no waiting changes: only a new program or a new configuration does.
fn can_ever_heal(kind: ErrorKind) -> bool {
    !matches!(kind, ErrorKind::EngineUnavailable | ErrorKind::OptionInvalid | ErrorKind::ManifestInvalid)
}

fn stuck(name: &str) -> Error {
    let message = format!("the model {name} does not answer; it is being loaded anew");
    Error::new(ErrorKind::ModelStuck, message)
}

fn no_thread() -> Error {
    Error::new(ErrorKind::Internal, "cannot start a thread; check the system's limits")
}
