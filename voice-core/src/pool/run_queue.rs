//! The sessions that wait for a worker, in the order of their deadlines.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::workers::{WorkerState, Workers};
use super::{StepLength, lock};
use crate::error::{Result, report};

/// A session that takes turns.
pub(super) trait Turns: Send + Sync {
    /// The duration of its steps.
    fn steps(&self) -> StepLength;

    /// Does one step on a worker. Returns the slack of the next one, if there is work for it.
    fn take_turn(&self) -> Option<Duration>;

    /// Closes the session, and sends an error for each of its commands. Called instead of a turn, when the pool is closed.
    fn end(&self);
}

/// Sessions with work, and the workers that take them.
pub(super) struct RunQueue {
    waiting: Mutex<Waiting>,
    /// Notified when a step may begin while a worker waits, and when the queue is closed.
    changed: Condvar,
    closed: AtomicBool,
    workers: Mutex<Workers>,
}

struct Waiting {
    short: Lane,
    long: Lane,
    pushed: u64,
    idle_workers: usize,
}

/// The sessions whose steps have one length.
struct Lane {
    /// By deadline. The number separates equal deadlines; it grows, so that they are met in the order of arrival.
    entries: BTreeMap<(Instant, u64), Arc<dyn Turns>>,
    /// Steps that may begin now.
    free: usize,
}

impl Lane {
    /// The earliest deadline of a session whose step may begin.
    fn due(&self) -> Option<(Instant, u64)> {
        self.entries.keys().next().copied().filter(|_| self.free > 0)
    }
}

impl Waiting {
    fn lane(&mut self, length: StepLength) -> &mut Lane {
        match length {
            StepLength::Short => &mut self.short,
            StepLength::Long => &mut self.long,
        }
    }

    /// Takes the session with the earliest deadline of those whose step may begin.
    fn take(&mut self) -> Option<Arc<dyn Turns>> {
        let length = match (self.short.due(), self.long.due()) {
            (Some(short), Some(long)) if long < short => StepLength::Long,
            (Some(_), _) => StepLength::Short,
            (None, Some(_)) => StepLength::Long,
            (None, None) => return None,
        };
        let lane = self.lane(length);
        lane.free -= 1;
        lane.entries.pop_first().map(|(_, entry)| entry)
    }
}

impl RunQueue {
    /// An empty queue with workers for `size` steps of each length.
    pub(super) fn start(size: usize, stuck_after: Duration) -> Result<Arc<Self>> {
        let lane = || Lane { entries: BTreeMap::new(), free: size };
        let run_queue = Arc::new(Self {
            waiting: Mutex::new(Waiting { short: lane(), long: lane(), pushed: 0, idle_workers: 0 }),
            changed: Condvar::new(),
            closed: AtomicBool::new(false),
            workers: Mutex::new(Workers::new(2 * size, stuck_after)),
        });
        let filled = run_queue.fill(&mut lock(&run_queue.workers));
        if let Err(error) = filled {
            run_queue.close(Instant::now());
            return Err(error);
        }
        Ok(run_queue)
    }

    pub(super) fn len(&self) -> usize {
        let waiting = lock(&self.waiting);
        waiting.short.entries.len() + waiting.long.entries.len()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Adds a session whose turn is due after `slack`.
    pub(super) fn push(&self, entry: Arc<dyn Turns>, slack: Duration) {
        let now = Instant::now();
        let mut waiting = lock(&self.waiting);
        if self.is_closed() {
            drop(waiting);
            return entry.end();
        }
        waiting.pushed += 1;
        let key = (now.checked_add(slack).unwrap_or(now), waiting.pushed);
        let lane = waiting.lane(entry.steps());
        lane.entries.insert(key, entry);
        // Waking is a system call, which is spared if all workers are busy: they look here before they wait.
        if lane.free > 0 && waiting.idle_workers > 0 {
            self.changed.notify_one();
        }
    }

    /// Waits for a session whose step may begin; `None` once the queue is closed.
    fn pop(&self, state: &WorkerState) -> Option<Arc<dyn Turns>> {
        let mut waiting = lock(&self.waiting);
        loop {
            if self.is_closed() {
                return None;
            }
            if let Some(entry) = waiting.take() {
                state.begin_step(entry.steps());
                return Some(entry);
            }
            waiting.idle_workers += 1;
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.idle_workers -= 1;
        }
    }

    /// Ends the waiting sessions, and waits until `deadline` for the workers to end.
    pub(super) fn close(&self, deadline: Instant) {
        let entries = {
            let mut waiting = lock(&self.waiting);
            self.closed.store(true, Ordering::Release);
            self.changed.notify_all();
            [StepLength::Short, StepLength::Long]
                .map(|length| std::mem::take(&mut waiting.lane(length).entries))
        };
        for entry in entries.iter().flat_map(BTreeMap::values) {
            entry.end();
        }
        lock(&self.workers).join(deadline);
    }

    /// Starts the workers that are missing.
    fn fill(self: &Arc<Self>, workers: &mut Workers) -> Result<()> {
        while workers.is_one_missing() && !self.is_closed() {
            let run_queue = Arc::clone(self);
            workers.spawn_worker(move |state| run_queue.work(state))?;
        }
        Ok(())
    }

    fn work(&self, state: &WorkerState) {
        while let Some(entry) = self.pop(state) {
            let slack = entry.take_turn();
            // Under the lock, so that no step is counted both as done and as stuck.
            let continues = {
                let mut waiting = lock(&self.waiting);
                let done = state.end_step();
                if let Some(length) = done {
                    waiting.lane(length).free += 1;
                }
                done.is_some()
            };
            if let Some(slack) = slack {
                self.push(entry, slack);
            }
            if !continues {
                return;
            }
        }
    }

    /// Starts a worker for each one that is stuck, if sessions are waiting. Called every `tick`.
    pub(super) fn replace_stuck(self: &Arc<Self>, tick: Duration) {
        let mut workers = lock(&self.workers);
        workers.look(tick);
        loop {
            if let Err(error) = self.fill(&mut workers) {
                // The system may have a thread at the next look.
                tracing::error!(code = error.code(), "{}", report(&error));
                return;
            }
            if self.is_closed() || self.len() == 0 {
                return;
            }
            {
                let mut waiting = lock(&self.waiting);
                let Some(length) = workers.abandon_stuck() else { return };
                waiting.lane(length).free += 1;
            }
            tracing::warn!(
                "a step of a session does not return; another worker takes the place of its worker"
            );
        }
    }
}
