//! The worker threads of a pool, and the replacement of stuck ones.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::{StepLength, lock};
use crate::error::{Error, ErrorKind, Result};
use crate::watchdog::{Activity, Look};

/// The most stuck workers at once, for each worker of the pool. A stuck one keeps its thread and its session.
const MAX_STUCK: usize = 4;

/// The threads of a pool.
pub(super) struct Workers {
    threads: Vec<Worker>,
    stuck_after: Duration,
    /// The number of workers, stuck ones excluded.
    size: usize,
    /// The most workers that may be stuck at once.
    max_stuck: usize,
    /// Replaced workers that have not returned.
    stuck: Arc<AtomicUsize>,
}

struct Worker {
    thread: JoinHandle<()>,
    /// Nothing is sent. The channel closes when the thread ends.
    ended: Receiver<()>,
    state: Arc<WorkerState>,
}

/// The state of a worker, as other threads see it.
#[derive(Default)]
pub(super) struct WorkerState {
    /// The current step.
    activity: Activity,
    /// Its length. Changed under the lock of the run queue.
    step: Mutex<Option<StepLength>>,
    is_replaced: AtomicBool,
}

impl Workers {
    /// An empty set for `size` workers. A worker is stuck when a step takes longer than `stuck_after`; time in which
    /// it is given no CPU does not count.
    pub(super) fn new(size: usize, stuck_after: Duration) -> Self {
        Self {
            threads: Vec::with_capacity(size),
            stuck_after,
            size,
            max_stuck: MAX_STUCK * size,
            stuck: Arc::default(),
        }
    }

    /// Starts a thread that runs `work`.
    pub(super) fn spawn_worker(&mut self, work: impl FnOnce(&WorkerState) + Send + 'static) -> Result<()> {
        let state = Arc::<WorkerState>::default();
        let (own, stuck) = (Arc::clone(&state), Arc::clone(&self.stuck));
        let (alive, ended) = bounded(0);
        let thread = spawn("voice-worker", move || {
            let _alive: Sender<()> = alive;
            work(&own);
            if own.is_replaced() {
                stuck.fetch_sub(1, Ordering::AcqRel);
            }
        })?;
        self.threads.push(Worker { thread, ended, state });
        Ok(())
    }

    /// Whether there are fewer workers than there should be.
    pub(super) fn is_one_missing(&self) -> bool {
        self.threads.len() < self.size
    }

    /// Samples the activity of the workers. Must be called every `tick`.
    pub(super) fn look(&self, tick: Duration) {
        for worker in &self.threads {
            worker.state.activity.look(Look::every(tick));
        }
    }

    /// Abandons a stuck worker, if there is one and not too many are stuck, and returns the length of its step. The
    /// caller starts another. The abandoned worker ends when its step returns.
    pub(super) fn abandon_stuck(&mut self) -> Option<StepLength> {
        if self.stuck.load(Ordering::Acquire) >= self.max_stuck {
            return None;
        }
        let stuck = self.threads.iter().position(|worker| worker.state.is_stuck(self.stuck_after))?;
        let length = lock(&self.threads[stuck].state.step).take()?;
        self.stuck.fetch_add(1, Ordering::AcqRel);
        self.threads.swap_remove(stuck).state.is_replaced.store(true, Ordering::Release);
        Some(length)
    }

    /// Waits until `deadline` for the workers to end. Stuck ones are not waited for.
    pub(super) fn join(&mut self, deadline: Instant) {
        for worker in self.threads.drain(..) {
            if worker.state.is_stuck(self.stuck_after) {
                continue;
            }
            if worker.ended.recv_deadline(deadline) == Err(RecvTimeoutError::Disconnected) {
                // The worker catches the panics of sessions. A panic of its own cannot be reported.
                let _ = worker.thread.join();
            }
        }
    }
}

pub(super) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.into()).spawn(work).map_err(|error| {
        Error::new(ErrorKind::Internal, "cannot start a worker thread; check the system's limits")
            .with_source(error)
    })
}

impl WorkerState {
    pub(super) fn begin_step(&self, length: StepLength) {
        *lock(&self.step) = Some(length);
        self.activity.begin();
    }

    /// The length of the step; `None` if the worker was replaced and must end.
    pub(super) fn end_step(&self) -> Option<StepLength> {
        self.activity.end();
        lock(&self.step).take()
    }

    fn is_replaced(&self) -> bool {
        self.is_replaced.load(Ordering::Acquire)
    }

    fn is_stuck(&self, after: Duration) -> bool {
        self.activity.counted().is_some_and(|counted| counted >= after)
    }
}
