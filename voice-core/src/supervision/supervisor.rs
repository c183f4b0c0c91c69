//! The supervisor: one thread for each slot, which loads its model, tests it, and reloads it after a failure.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use super::engine_call::{StuckCall, no_thread};
use super::load::{MAX_STUCK, load_once, run_canary};
use super::monitor::Monitor;
use super::policy::Policy;
use super::slot::{LoadedModel, Slot};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result, report};

/// How long dropping a supervisor waits for a thread that is loading a model.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// The most callers that wait for the reload of one model. All that wait when a reload begins share its outcome.
const MAX_WAITING: usize = 64;

/// The name and the outcome of each slot's reload. The channel closes after the last one.
pub type Reloads = Receiver<Reloaded>;

/// The name of a slot and the outcome of its reload.
type Reloaded = (String, Result<()>);

/// The threads that supervise an engine's models. Dropping it ends them; loaded models stay loaded.
pub struct Supervisor {
    workers: Vec<WorkerHandle>,
    threads: Vec<JoinHandle<()>>,
    ended: Receiver<()>,
    stop: Arc<AtomicBool>,
    /// The process that has the threads. A forked child has another ID.
    process: u32,
}

/// What the supervisor has of one of its threads.
struct WorkerHandle {
    /// The name of the slot.
    name: String,
    /// Requests to reload the model.
    reload: Sender<Sender<Reloaded>>,
}

impl Supervisor {
    pub(crate) fn new() -> (Self, Sender<()>) {
        // Nothing is sent. The channel closes when the last thread ends.
        let (alive, ended) = bounded(0);
        let stop = Arc::new(AtomicBool::new(false));
        (Self { workers: Vec::new(), threads: Vec::new(), ended, stop, process: std::process::id() }, alive)
    }

    /// Starts the thread that supervises `slot`.
    pub(crate) fn supervise<M: ?Sized + Send + Sync + 'static>(
        &mut self,
        slot: Arc<Slot<M>>,
        policy: Policy,
        alive: Sender<()>,
    ) -> Result<()> {
        let (reload, requests) = bounded(MAX_WAITING);
        let handle = WorkerHandle { name: slot.name().to_owned(), reload };
        let stop = Arc::clone(&self.stop);
        let mut worker = Worker { slot, policy, requests, stop, waiting: Vec::new() };
        let thread = std::thread::Builder::new().name("voice-supervise".into()).spawn(move || {
            let _alive = alive;
            worker.run();
        });
        self.threads.push(thread.map_err(|error| no_thread().with_source(error))?);
        self.workers.push(handle);
        Ok(())
    }

    /// Reloads every model in the background. The old model stays in use until the new one has passed its canary; if
    /// the reload fails, it stays in use. Sessions keep the model with which they were opened.
    pub fn reload(&self) -> Reloads {
        let (sender, outcomes) = bounded(self.workers.len().max(1));
        if self.process != std::process::id() {
            let message = "this process was forked from the one whose threads load the models; open an engine of its own";
            let error = Error::new(ErrorKind::EngineUnavailable, message);
            let _ = sender.send(("engine".to_owned(), Err(error)));
            return outcomes;
        }
        for worker in &self.workers {
            // If the thread has ended, its outcome is missing from the channel.
            if let Err(TrySendError::Full(sender)) = worker.reload.try_send(sender.clone()) {
                let message = format!(
                    "{MAX_WAITING} callers already wait for the model {} to be reloaded; wait for one of them",
                    worker.name
                );
                let _ = sender.send((worker.name.clone(), Err(Error::new(ErrorKind::Overloaded, message))));
            }
        }
        outcomes
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.workers.clear();
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
    /// Requests to reload the model. The channel closes when the supervisor is dropped.
    requests: Receiver<Sender<Reloaded>>,
    stop: Arc<AtomicBool>,
    /// The callers that wait for the outcome of the next load.
    waiting: Vec<Sender<Reloaded>>,
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
                        } else if self.slot.stuck_calls(&self.policy) >= MAX_STUCK {
                            Until::Return
                        } else {
                            retries.next().map_or(Until::Never, |delay| Until::Moment(self.now() + delay))
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

    fn clock(&self) -> &Clock {
        self.slot.clock()
    }

    fn now(&self) -> Instant {
        self.clock().now()
    }

    fn watch(&self) -> Next {
        Next::Watch(self.now() + self.policy.canary_interval)
    }

    /// Waits for the next attempt to load, and meanwhile observes a degraded model that is still in use.
    fn wait(&mut self, until: Until) -> Next {
        let degraded = self.slot.loaded();
        let looks = degraded.is_some() || matches!(until, Until::Return);
        let tick = looks.then(|| self.now() + self.policy.tick());
        match self.sleep_until(until.moment().into_iter().chain(tick).min()) {
            Slept::WasStopped => return Next::Stop,
            Slept::WasWoken => return Next::Load,
            Slept::Through => {}
        }
        let is_time = match until {
            Until::Moment(moment) => self.now() >= moment,
            Until::Return => self.slot.stuck_calls(&self.policy) < MAX_STUCK,
            Until::Never => false,
        };
        if is_time {
            return Next::Load;
        }
        if let Some(loaded) = degraded
            && self.is_stuck(&loaded.monitor)
        {
            self.abandon(&loaded);
            let problem = stuck(self.slot.name());
            tracing::error!(model = self.slot.name(), code = problem.code(), "{}", report(&problem));
            self.slot.unload(problem, until.moment());
        }
        Next::Wait(until)
    }

    fn is_stuck(&self, monitor: &Monitor) -> bool {
        monitor.is_stuck(self.policy.deadline, self.clock().look(self.policy.tick()))
    }

    /// Records that a session's call of the model is stuck.
    fn abandon(&self, loaded: &LoadedModel<M>) {
        self.slot.abandon(loaded);
        self.slot.add_stuck(StuckCall::Session(Arc::clone(&loaded.monitor)));
    }

    /// Waits a tick, then checks the model in use.
    fn look(&mut self, canary_at: Instant) -> Next {
        match self.sleep_until(Some(canary_at.min(self.now() + self.policy.tick()))) {
            Slept::WasStopped => return Next::Stop,
            Slept::WasWoken => return Next::Load,
            Slept::Through => {}
        }
        let Some(loaded) = self.slot.loaded() else { return Next::Load };
        let is_due = self.now() >= canary_at;
        let problem = if self.is_stuck(&loaded.monitor) {
            self.abandon(&loaded);
            Some(stuck(self.slot.name()))
        } else if loaded.monitor.failures() >= self.policy.max_failures {
            let message = format!(
                "the model {} failed {} times in a row; it is being reloaded",
                self.slot.name(),
                loaded.monitor.failures()
            );
            Some(Error::new(ErrorKind::EngineFailed, message))
        } else if is_due {
            run_canary(&self.slot, &loaded, &self.policy).err()
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
        let mut delays = self.policy.attempts.delays();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let started = self.now();
            let error = match load_once(&self.slot, attempt, &self.policy, &self.stop) {
                Ok(loaded) => {
                    self.slot.install(loaded);
                    let ms = self.clock().since(started).as_millis() as u64;
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
            if matches!(self.sleep_until(Some(self.now() + delay)), Slept::WasStopped) {
                return Err(Error::new(ErrorKind::Cancelled, "the engine is being closed"));
            }
        }
    }

    fn sleep_until(&mut self, moment: Option<Instant>) -> Slept {
        let woken = match moment {
            Some(moment) => self.clock().recv_until(&self.requests, moment),
            None => self.requests.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match woken {
            Ok(waiting) => {
                self.waiting.push(waiting);
                // Requests that are waiting already get the same outcome.
                self.waiting.extend(self.requests.try_iter());
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
