//! The supervisor: one thread for each slot, which loads its model, tests it, and reloads it after a failure.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded, unbounded};

use super::monitor::{LATE_FACTOR, Monitor};
use super::slot::{LoadedModel, Slot};
use crate::backoff::{Backoff, LONGEST};
use crate::error::{Error, ErrorKind, Result, report};
use crate::watchdog::{Activity, Look};

/// How models are loaded, tested and reloaded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Attempts to load a model after errors that are retryable, and the delays between them.
    pub attempts: Backoff,
    /// The delays between further attempts in the background, whose number is not limited.
    pub retries: Backoff,
    /// The interval between the canaries of a loaded model; a year at most.
    pub canary_interval: Duration,
    /// How long a call of an engine may take before the model counts as stuck; a year at most. Time in which its
    /// thread is given no CPU does not count.
    pub deadline: Duration,
    /// Consecutive failures of sessions after which a model is reloaded.
    pub max_failures: u32,
}

impl Default for Policy {
    /// Three attempts, then delays from one to ten minutes; a canary every 30 s; a deadline of 4 s; five failures.
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
    /// Checks that every field is in its range. Fails with [`ErrorKind::OptionInvalid`].
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
            return wrong("the number of failures before a reload must be at least 1");
        }
        Ok(())
    }

    /// The interval at which a supervisor checks the calls of sessions, so that a stuck call is detected soon after
    /// its deadline.
    fn tick(&self) -> Duration {
        (self.deadline / 8).min(self.canary_interval).max(Duration::from_millis(1))
    }
}

/// The most stuck calls of one slot. Each keeps a thread and a model in memory until the call returns or the process
/// ends.
const MAX_HUNG: usize = 3;

/// How long dropping a supervisor waits for a thread that is loading a model.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// The name and the outcome of each slot's reload. The channel closes after the last one.
pub type Reloads = Receiver<(String, Result<()>)>;

/// The threads that supervise an engine's models. Dropping it ends them; loaded models stay loaded.
pub struct Supervisor {
    wakers: Vec<Sender<Wake>>,
    threads: Vec<JoinHandle<()>>,
    ended: Receiver<()>,
    stop: Arc<AtomicBool>,
    /// The process that has the threads. A forked child has another ID.
    process: u32,
}

enum Wake {
    /// Reload the model and send the outcome.
    Reload(Sender<(String, Result<()>)>),
}

impl Supervisor {
    pub(crate) fn new() -> (Self, Sender<()>) {
        // Nothing is sent. The channel closes when the last thread ends.
        let (alive, ended) = bounded(0);
        let stop = Arc::new(AtomicBool::new(false));
        (Self { wakers: Vec::new(), threads: Vec::new(), ended, stop, process: std::process::id() }, alive)
    }

    /// Starts the thread that supervises `slot`.
    pub(crate) fn supervise<M: ?Sized + Send + Sync + 'static>(
        &mut self,
        slot: Arc<Slot<M>>,
        policy: Policy,
        alive: Sender<()>,
    ) -> Result<()> {
        let (waker, calls) = unbounded();
        let mut worker = Worker {
            slot,
            policy,
            calls,
            stop: Arc::clone(&self.stop),
            waiting: Vec::new(),
            hung: Vec::new(),
        };
        let thread = std::thread::Builder::new().name("voice-supervise".into()).spawn(move || {
            let _alive = alive;
            worker.run();
        });
        self.threads.push(thread.map_err(|error| no_thread().with_source(error))?);
        self.wakers.push(waker);
        Ok(())
    }

    /// Reloads every model in the background. The old model stays in use until the new one has passed its canary; if
    /// the reload fails, it stays in use. Sessions keep the model with which they were opened.
    pub fn reload(&self) -> Reloads {
        let (sender, outcomes) = bounded(self.wakers.len().max(1));
        if self.process != std::process::id() {
            let message = "this process was forked from the one whose threads load the models; open an engine of its own";
            let error = Error::new(ErrorKind::EngineUnavailable, message);
            let _ = sender.send(("engine".to_owned(), Err(error)));
            return outcomes;
        }
        for waker in &self.wakers {
            // If the thread has ended, its outcome is missing from the channel.
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
        // A load inside the engine cannot be interrupted. The thread ends after it.
        if self.ended.recv_timeout(SHUTDOWN_TIMEOUT) == Err(RecvTimeoutError::Disconnected) {
            for thread in self.threads.drain(..) {
                let _ = thread.join();
            }
        }
    }
}

/// The state of one supervisor thread.
struct Worker<M: ?Sized> {
    slot: Arc<Slot<M>>,
    policy: Policy,
    calls: Receiver<Wake>,
    stop: Arc<AtomicBool>,
    /// The callers that wait for the outcome of the next load.
    waiting: Vec<Sender<(String, Result<()>)>>,
    /// Calls that passed their deadline. A call that returns later is removed.
    hung: Vec<Hung>,
}

/// A call that has passed its deadline.
enum Hung {
    /// A call of a session, which the monitor of its model observes.
    Session(Arc<Monitor>),
    /// A canary, whose outcome will be sent.
    Canary(Receiver<Result<()>>),
}

impl Hung {
    fn is_active(&self, policy: &Policy) -> bool {
        match self {
            Self::Session(monitor) => monitor.is_overdue(policy.deadline, Look::every(policy.tick())),
            Self::Canary(verdict) => verdict.try_recv().is_err_and(|error| error == TryRecvError::Empty),
        }
    }
}

enum Next {
    Load,
    /// Load the model later.
    Wait(Until),
    /// Observe the loaded model, with its next canary at this moment.
    Watch(Instant),
    Stop,
}

/// When the next automatic load is due.
#[derive(Clone, Copy)]
enum Until {
    Moment(Instant),
    /// After one of the stuck calls has returned.
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
                        let until = if !is_recoverable(error.kind()) {
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

    /// Waits for the next attempt to load, and meanwhile observes a degraded model that is still in use.
    fn wait(&mut self, until: Until) -> Next {
        let degraded = self.slot.loaded();
        let looks = degraded.is_some() || matches!(until, Until::Return);
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
        if let Some(loaded) = degraded
            && self.is_stuck(&loaded.monitor)
        {
            loaded.monitor.abandon();
            self.hung.push(Hung::Session(loaded.monitor));
            let problem = stuck(self.slot.name());
            tracing::error!(model = self.slot.name(), code = problem.code(), "{}", report(&problem));
            self.slot.unload(problem, until.moment());
        }
        Next::Wait(until)
    }

    fn is_stuck(&self, monitor: &Monitor) -> bool {
        monitor.is_stuck(self.policy.deadline, Look::every(self.policy.tick()))
    }

    /// The number of stuck calls that have not returned.
    fn hanging(&mut self) -> usize {
        self.hung.retain(|hung| hung.is_active(&self.policy));
        self.hung.len()
    }

    /// Waits a tick, then checks the model in use.
    fn look(&mut self, canary_at: Instant) -> Next {
        match self.sleep_until(Some(canary_at.min(Instant::now() + self.policy.tick()))) {
            Slept::WasStopped => return Next::Stop,
            Slept::WasWoken => return Next::Load,
            Slept::Through => {}
        }
        let Some(loaded) = self.slot.loaded() else { return Next::Load };
        let is_due = Instant::now() >= canary_at;
        let problem = if self.is_stuck(&loaded.monitor) {
            loaded.monitor.abandon();
            self.hung.push(Hung::Session(Arc::clone(&loaded.monitor)));
            Some(stuck(self.slot.name()))
        } else if loaded.monitor.failures() >= self.policy.max_failures {
            let message = format!(
                "the model {} failed {} times in a row; it is being reloaded",
                self.slot.name(),
                loaded.monitor.failures()
            );
            Some(Error::new(ErrorKind::EngineFailed, message))
        } else if is_due {
            self.test(&loaded).err()
        } else {
            return Next::Watch(canary_at);
        };
        let Some(problem) = problem else { return self.watch() };
        tracing::error!(model = self.slot.name(), code = problem.code(), "{}", report(&problem));
        self.slot.degrade(problem);
        Next::Load
    }

    /// Loads the model with the allowed attempts, and sends the outcome to the waiting callers.
    fn load_with_retries(&mut self) -> Result<()> {
        let outcome = self.attempts();
        for waiting in self.waiting.drain(..) {
            let copy = outcome.as_ref().copied().map_err(Error::again);
            let _ = waiting.try_send((self.slot.name().to_owned(), copy));
        }
        outcome
    }

    fn attempts(&mut self) -> Result<()> {
        if self.hanging() >= MAX_HUNG {
            let message = format!(
                "the model {} has {MAX_HUNG} stuck calls; it is reloaded when one of them returns, or restart the process",
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
        // A panic of the engine counts as a failed load.
        let loaded = crate::catch(|| self.slot.load(attempt, &|| self.stop.load(Ordering::Acquire)));
        let loaded = loaded.unwrap_or_else(|_| {
            let message = format!("the model {} could not be loaded: its engine panicked", self.slot.name());
            Err(Error::new(ErrorKind::ModelLoadFailed, message))
        })?;
        self.test(&loaded)?;
        Ok(loaded)
    }

    /// Runs the canary of the model on a thread of its own, with a deadline. If the model does not answer, the thread is
    /// abandoned.
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
                Err(Error::new(ErrorKind::EngineFailed, "the engine panicked in its canary"))
            }));
        });
        spawned.map_err(|error| no_thread().with_source(error))?;
        loop {
            match verdict.recv_timeout(self.policy.tick()) {
                Ok(outcome) => return outcome,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            // A canary may be late if other calls return. Time in which it is given no CPU does not count.
            let counted = activity.look(Look::every(self.policy.tick()));
            let is_late = counted.is_some_and(|counted| counted >= self.policy.deadline * LATE_FACTOR);
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
                // Requests that are waiting already get the same outcome.
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

/// Whether loading may succeed later. Other errors need a new program or a new configuration.
fn is_recoverable(kind: ErrorKind) -> bool {
    !matches!(kind, ErrorKind::EngineUnavailable | ErrorKind::OptionInvalid | ErrorKind::ManifestInvalid)
}

fn stuck(name: &str) -> Error {
    let message = format!("the model {name} does not answer; it is being reloaded");
    Error::new(ErrorKind::ModelStuck, message)
}

fn no_thread() -> Error {
    Error::new(ErrorKind::Internal, "cannot start a thread; check the system's limits")
}
