//! A fixed set of worker threads that drive many sessions fairly.
//!
//! A session is a [`Machine`]: it takes a command and does it in steps of bounded work. Each session in the pool has a
//! short queue of commands. A session with work is in the run queue once, whatever the amount of work. The run queue is
//! ordered by deadline: the time at which a session's turn is due is the time at which it entered the queue plus its
//! [slack](Machine::slack). Speech to text has no slack, so its sessions take turns in the order of arrival, and a
//! client that sends an hour of audio in one piece delays only itself. The slack of text to speech is the audio that
//! its listener has not heard yet, so the voice whose audio runs out first goes first.
//!
//! A step cannot be interrupted. A pool of N threads therefore runs N short and N long steps at once: an utterance is
//! decoded while voices compute their chunks, and the system divides the cores among them.
//!
//! A worker whose step does not return soon is replaced, so that sessions that wait for one engine, or for espeak-ng's
//! process, do not delay the others. A watchdog thread does this, because every session may be waiting. The replaced
//! worker ends when its step returns.

mod entry;
mod run_queue;
mod workers;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use self::entry::Entry;
use self::run_queue::RunQueue;
use crate::error::{Error, Result};
use crate::supervision::Policy;

/// The most commands that may wait in one session's queue.
pub const QUEUE: usize = 16;

/// How long dropping a pool waits for the steps in progress.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// Work that is done in steps. Speech to text ([`SttSession`](crate::SttSession)) and text to speech
/// ([`TtsSession`](crate::TtsSession)) are machines.
pub trait Machine: Send + 'static {
    /// A request to it.
    type Command: Send;
    /// What it reports.
    type Event: Send;

    /// The duration of its steps.
    const STEPS: StepLength;

    /// Does a part of `command`, at most as much as `budget` allows, and appends what happened to `events`. An error
    /// among the events does not end the command.
    ///
    /// It is called again with the same command until it returns [`Step::Done`].
    fn step(
        &mut self,
        command: &mut Self::Command,
        budget: Budget,
        events: &mut Vec<Result<Self::Event>>,
    ) -> Step;

    /// The first step, if it takes only microseconds: it is called on the thread that submits the command, because
    /// waking a worker costs far more than that. If it returns [`Step::More`], a worker does the rest.
    fn quick_step(
        &mut self,
        _command: &mut Self::Command,
        _budget: Budget,
        _events: &mut Vec<Result<Self::Event>>,
    ) -> Step {
        Step::More
    }

    /// How long its next step may wait without harm. It orders the turns of sessions, and should have a limit: a session
    /// with much slack comes after all sessions whose turn is due sooner.
    fn slack(&self) -> Duration {
        Duration::ZERO
    }
}

/// The usual duration of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepLength {
    /// Some milliseconds.
    Short,
    /// Some tens of milliseconds or more, or a wait for another process.
    Long,
}

/// Whether a command is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The command is done.
    Done,
    /// Another step is needed.
    More,
}

/// The most work of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budget {
    /// Audio to decode, in samples at [`SAMPLE_RATE`](crate::audio::SAMPLE_RATE).
    pub samples: usize,
}

impl Budget {
    /// The budget of a worker: 250 ms of audio, the usual length of a client's message.
    pub const TURN: Self = Self { samples: 4_000 };
}

/// The events of a step. A step without events sends none, unless it completes its command.
#[derive(Debug)]
pub struct Update<E> {
    /// The events, in order. The session stays open after an error, unless the error says that it is closed.
    pub events: Vec<Result<E>>,
    /// Whether the oldest command is done. Each accepted command has exactly one such update, in the order of
    /// submission.
    pub is_done: bool,
    /// The durations of the command until now.
    pub timing: Timing,
}

/// The durations of one command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// From its submission to a worker's first step; `None` if no worker was needed.
    pub waited: Option<Duration>,
    /// The sum of its steps, without the waits between them.
    pub worked: Duration,
    /// From its submission until now, waits included.
    pub took: Duration,
}

/// A fixed set of worker threads: two for each core that it may use, one of them for [long](StepLength::Long) steps.
///
/// Dropping the pool closes its sessions: each waiting command fails with
/// [`ErrorKind::SessionEnded`](crate::ErrorKind::SessionEnded). It waits at most two seconds for the steps in progress, and
/// ends the threads. A thread that is still in an engine call then is abandoned; it ends when the call returns.
pub struct Pool {
    run_queue: Arc<RunQueue>,
    /// Nothing is sent. The watchdog ends when this is dropped.
    _watchdog: Sender<()>,
}

impl Pool {
    /// A pool that runs up to `threads` steps of each [length](StepLength) at once. Fails with
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) if the system refuses a thread.
    pub fn new(threads: NonZeroUsize) -> Result<Self> {
        Self::with_policy(threads, &Policy::DEFAULT)
    }

    /// The same with the time limits of `policy`: a worker is replaced when one step takes longer than
    /// [`step_deadline`](Policy::step_deadline). Time in which it is given no CPU does not count.
    pub fn with_policy(threads: NonZeroUsize, policy: &Policy) -> Result<Self> {
        Self::with_stuck_after(threads, policy.step_deadline())
    }

    fn with_stuck_after(threads: NonZeroUsize, stuck_after: Duration) -> Result<Self> {
        let run_queue = RunQueue::start(threads.get(), stuck_after)?;
        let (watchdog, is_over) = bounded(0);
        let pool = Self { run_queue, _watchdog: watchdog };
        let run_queue = Arc::clone(&pool.run_queue);
        workers::spawn("voice-watchdog", move || watch(&run_queue, stuck_after / 8, &is_over))?;
        Ok(pool)
    }

    /// Moves `machine` into the pool. `sink` receives its updates, one at a time and in order: on a worker thread, or
    /// within [`SessionHandle::submit`] after a [quick step](Machine::quick_step). It must not block.
    pub fn attach<M: Machine>(
        &self,
        machine: M,
        sink: impl FnMut(Update<M::Event>) + Send + 'static,
    ) -> SessionHandle<M> {
        let entry = Arc::new(Entry::new(machine, Box::new(sink)));
        SessionHandle { entry, run_queue: Arc::clone(&self.run_queue) }
    }

    /// The number of sessions in the run queue.
    pub fn waiting(&self) -> usize {
        self.run_queue.len()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.run_queue.close(Instant::now() + SHUTDOWN_TIMEOUT);
    }
}

/// A session in a [`Pool`]. Dropping the handle drops the waiting commands, and the session after the step in progress.
pub struct SessionHandle<M: Machine> {
    entry: Arc<Entry<M>>,
    run_queue: Arc<RunQueue>,
}

impl<M: Machine> SessionHandle<M> {
    /// Queues `command`. If a [quick step](Machine::quick_step) completes it, the sink has its update before this
    /// returns.
    ///
    /// Never waits. Fails with [`ErrorKind::Overloaded`](crate::ErrorKind::Overloaded) if [`QUEUE`] commands wait
    /// already, and with [`ErrorKind::SessionEnded`](crate::ErrorKind::SessionEnded) if the session or the pool is
    /// closed.
    pub fn submit(&self, command: M::Command) -> Result<()> {
        if self.run_queue.is_closed() {
            return Err(closed());
        }
        if let Some(slack) = self.entry.submit(command)? {
            self.run_queue.push(Arc::clone(&self.entry) as Arc<_>, slack);
        }
        Ok(())
    }
}

impl<M: Machine> Drop for SessionHandle<M> {
    fn drop(&mut self) {
        self.entry.close();
    }
}

/// Replaces stuck workers, until `is_over` closes.
fn watch(run_queue: &Arc<RunQueue>, tick: Duration, is_over: &Receiver<()>) {
    while is_over.recv_timeout(tick) == Err(RecvTimeoutError::Timeout) {
        run_queue.replace_stuck(tick);
    }
}

fn closed() -> Error {
    Error::new(crate::ErrorKind::SessionEnded, "the session is closed; open a new one")
}

/// Ignores poisoning: the thread that caught the panic has closed the session.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
