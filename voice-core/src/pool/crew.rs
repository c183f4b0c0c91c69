//! The workers of a pool, and who has taken whose place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::error::{Error, ErrorKind, Result};
use crate::watchdog::{Activity, Look};

/// Workers that may hang for each that was asked for. Each keeps a thread and a session for good.
const MAX_STUCK: usize = 4;

/// The threads at work.
pub(super) struct Crew {
    workers: Vec<Worker>,
    stuck_after: Duration,
    /// Workers that may still be replaced.
    replacements: usize,
}

struct Worker {
    thread: JoinHandle<()>,
    /// Closes when the thread has done its work: nothing is ever sent.
    ended: Receiver<()>,
    shift: Arc<Shift>,
}

/// What is known from outside of what a worker does.
#[derive(Default)]
pub(super) struct Shift {
    /// Its turns.
    activity: Activity,
    is_over: AtomicBool,
}

impl Crew {
    /// Nobody yet, with `size` workers to come. A worker hangs when a turn takes longer than `stuck_after`, not
    /// counting the time in which it is given no CPU.
    pub(super) fn new(size: usize, stuck_after: Duration) -> Self {
        Self { workers: Vec::with_capacity(size), stuck_after, replacements: MAX_STUCK * size }
    }

    /// Starts a thread that does `work`.
    pub(super) fn hire(&mut self, work: impl FnOnce(&Shift) + Send + 'static) -> Result<()> {
        let shift = Arc::<Shift>::default();
        let own = Arc::clone(&shift);
        let (alive, ended) = bounded(0);
        let thread = spawn("voice-worker", move || {
            let _alive: Sender<()> = alive;
            work(&own);
        })?;
        self.workers.push(Worker { thread, ended, shift });
        Ok(())
    }

    /// Looks at what the workers do; to be called every `tick`.
    pub(super) fn look(&self, tick: Duration) {
        for worker in &self.workers {
            worker.shift.activity.look(Look::every(tick));
        }
    }

    /// Lets go of a worker that hangs, if there is one and another may be hired in its place.
    pub(super) fn let_go_of_stuck(&mut self) -> bool {
        let stuck = self.workers.iter().position(|worker| worker.shift.is_stuck(self.stuck_after));
        let Some(stuck) = stuck.filter(|_| self.replacements > 0) else { return false };
        self.replacements -= 1;
        self.workers.swap_remove(stuck).shift.is_over.store(true, Ordering::Release);
        true
    }

    pub(super) fn len(&self) -> usize {
        self.workers.len()
    }

    /// Waits for everybody to end, and lets go of those who hang or have not by `deadline`.
    pub(super) fn join(&mut self, deadline: Instant) {
        for worker in self.workers.drain(..) {
            if worker.shift.is_stuck(self.stuck_after) {
                continue;
            }
            if worker.ended.recv_deadline(deadline) == Err(RecvTimeoutError::Disconnected) {
                // A worker catches panics of sessions; should it panic itself, there is nobody to tell.
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

impl Shift {
    pub(super) fn begin_turn(&self) {
        self.activity.begin();
    }

    /// False if somebody else has the worker's place, and it should end.
    pub(super) fn end_turn(&self) -> bool {
        self.activity.end();
        !self.is_over.load(Ordering::Acquire)
    }

    fn is_stuck(&self, after: Duration) -> bool {
        self.activity.counted().is_some_and(|counted| counted >= after)
    }
}
