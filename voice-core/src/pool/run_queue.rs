//! The sessions that wait for a worker, in the order of their deadlines.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::lock;
use super::workers::{WorkerState, Workers};
use crate::error::{Result, report};

/// A session that takes turns.
pub(super) trait Turns: Send + Sync {
    /// Does one step on a worker. Returns the slack of the next one, if there is work for it.
    fn take_turn(&self) -> Option<Duration>;
}

/// Sessions with work, and the workers that take them.
pub(super) struct RunQueue {
    waiting: Mutex<Waiting>,
    /// Notified when a session enters while a worker waits, and when the queue is closed.
    changed: Condvar,
    closed: AtomicBool,
    workers: Mutex<Workers>,
}

#[derive(Default)]
struct Waiting {
    /// By deadline. The number separates equal deadlines; it grows, so that they are met in the order of arrival.
    entries: BTreeMap<(Instant, u64), Arc<dyn Turns>>,
    pushed: u64,
    idle_workers: usize,
}

impl RunQueue {
    /// An empty queue with `size` workers.
    pub(super) fn start(size: usize, stuck_after: Duration) -> Result<Arc<Self>> {
        let run_queue = Arc::new(Self {
            waiting: Mutex::default(),
            changed: Condvar::new(),
            closed: AtomicBool::new(false),
            workers: Mutex::new(Workers::new(size, stuck_after)),
        });
        for _ in 0..size {
            if let Err(error) = run_queue.spawn_worker(&mut lock(&run_queue.workers)) {
                run_queue.close(Instant::now());
                return Err(error);
            }
        }
        Ok(run_queue)
    }

    pub(super) fn len(&self) -> usize {
        lock(&self.waiting).entries.len()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Adds a session whose turn is due after `slack`.
    pub(super) fn push(&self, entry: Arc<dyn Turns>, slack: Duration) {
        let now = Instant::now();
        let mut waiting = lock(&self.waiting);
        if self.is_closed() {
            return;
        }
        waiting.pushed += 1;
        let key = (now.checked_add(slack).unwrap_or(now), waiting.pushed);
        waiting.entries.insert(key, entry);
        // Waking is a system call, which is spared if all workers are busy: they look here before they wait.
        if waiting.idle_workers > 0 {
            self.changed.notify_one();
        }
    }

    /// Waits for a session, and takes the one with the earliest deadline; `None` once the queue is closed.
    fn pop(&self) -> Option<Arc<dyn Turns>> {
        let mut waiting = lock(&self.waiting);
        loop {
            if self.is_closed() {
                return None;
            }
            if let Some((_, entry)) = waiting.entries.pop_first() {
                return Some(entry);
            }
            waiting.idle_workers += 1;
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.idle_workers -= 1;
        }
    }

    /// Drops the waiting sessions, and waits until `deadline` for the workers to end.
    pub(super) fn close(&self, deadline: Instant) {
        let entries = {
            let mut waiting = lock(&self.waiting);
            self.closed.store(true, Ordering::Release);
            self.changed.notify_all();
            std::mem::take(&mut waiting.entries)
        };
        drop(entries);
        lock(&self.workers).join(deadline);
    }

    fn spawn_worker(self: &Arc<Self>, workers: &mut Workers) -> Result<()> {
        let run_queue = Arc::clone(self);
        workers.spawn_worker(move |state| run_queue.work(state))
    }

    fn work(&self, state: &WorkerState) {
        while let Some(entry) = self.pop() {
            state.begin_turn();
            let slack = entry.take_turn();
            let continues = state.end_turn();
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
        if self.len() == 0 {
            return;
        }
        while !self.is_closed() && workers.abandon_stuck() {
            tracing::warn!(
                "a step of a session does not return; another worker takes the place of its worker"
            );
            if let Err(error) = self.spawn_worker(&mut workers) {
                tracing::error!(code = error.code(), "{}", report(&error));
            }
        }
    }
}
