//! A fixed set of worker threads that drive many sessions fairly.
//!
//! Each session has a short queue of commands. A session with work is in the run queue once, whatever
//! the amount of work. A worker takes the first session, decodes at most [`TURN_MS`] of audio, and puts
//! the session at the end of the run queue if work is left. A client that sends an hour of audio in one
//! piece therefore delays only itself.
//!
//! Most of a stream is silence, which needs no engine. A short piece of audio for an idle session is first examined on
//! the submitting thread, because waking a worker costs far more than detecting silence. The session enters the run
//! queue only if the engine is needed. Audio that must be resampled always goes to a worker.
//!
//! A worker whose engine call does not return is replaced, so that one stuck model does not block all threads. A
//! watchdog thread does this, because every session may be waiting.

mod workers;

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use self::workers::{WorkerState, Workers};
use crate::audio::SAMPLE_RATE;
use crate::error::{Error, ErrorKind, Result, report};
use crate::stt::SttEvent;
use crate::stt::SttSession;

/// The most audio decoded in one turn of a session, in milliseconds.
pub const TURN_MS: u32 = 200;

/// The most commands that may wait in one session's queue.
pub const QUEUE: usize = 16;

/// A worker is replaced when one turn takes this long. Time in which the worker is given no CPU does not count.
const STUCK_AFTER: Duration = Duration::from_secs(10);

/// How long dropping a pool waits for the turns in progress.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// A request to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Push this audio, in the format of the session.
    Audio(Vec<u8>),
    /// End the current utterance; the stream goes on.
    Flush,
    /// End the stream.
    Finish,
}

/// The result of one [`Command`]. Every accepted command has exactly one outcome, in the order of submission.
#[derive(Debug)]
pub struct Outcome {
    /// The events since the previous outcome.
    pub events: Vec<SttEvent>,
    /// The last partial text of the current utterance; empty between utterances.
    pub partial: String,
    /// The first error of the command. The session stays open, unless the error says that it is closed.
    pub error: Option<Error>,
    /// How long the command took.
    pub timing: Timing,
}

/// The durations of one [`Command`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// From its submission to a worker's first turn on it; `None` if no worker was needed.
    pub waited: Option<Duration>,
    /// The sum of its turns, without the waits between them.
    pub worked: Duration,
    /// From its submission to its outcome, waits included.
    pub took: Duration,
    /// The duration of its audio.
    pub audio: Duration,
}

/// A fixed set of worker threads.
///
/// Dropping the pool drops the waiting commands, waits at most two seconds for the turns in progress, and ends the
/// threads. A thread that is still in an engine call then is abandoned; it ends when the call returns.
pub struct Pool {
    run_queue: Arc<RunQueue>,
    /// Nothing is sent. The watchdog ends when this is dropped.
    _watchdog: Sender<()>,
}

/// A session in a [`Pool`]. Dropping the handle drops the waiting commands, and the session after the turn in progress.
pub struct SessionHandle {
    entry: Arc<Entry>,
    run_queue: Arc<RunQueue>,
}

/// Sessions with work, in the order in which workers take them.
struct RunQueue {
    // The channel is unbounded, but each session is in it at most once.
    sender: Sender<Turn>,
    receiver: Receiver<Turn>,
    length: AtomicUsize,
    closed: AtomicBool,
    workers: Mutex<Workers>,
}

enum Turn {
    Session(Arc<Entry>),
    /// Ends the worker that receives it.
    Stop,
}

struct Entry {
    /// The most bytes of audio that are examined on the submitting thread.
    immediate_bytes: usize,
    queue: Mutex<Queue>,
    /// Locked by the one thread that has the entry's turn.
    work: Mutex<Work>,
}

struct Queue {
    /// Each with the time of its submission.
    commands: VecDeque<(Instant, Command)>,
    /// The entry is in the run queue, or a thread has its turn.
    is_queued: bool,
    closed: bool,
}

struct Work {
    session: SttSession,
    sink: Box<dyn FnMut(Outcome) + Send>,
    current: Option<Progress>,
}

/// The command in progress.
struct Progress {
    command: Command,
    /// Bytes of audio pushed to the session.
    done: usize,
    error: Option<Error>,
    arrived: Instant,
    /// From submission to the first turn of a worker; `None` before that.
    waited: Option<Duration>,
    worked: Duration,
}

impl Pool {
    /// Starts `threads` workers. Fails with [`ErrorKind::Internal`] if the system refuses a thread.
    pub fn new(threads: NonZeroUsize) -> Result<Self> {
        Self::with_stuck_after(threads, STUCK_AFTER)
    }

    fn with_stuck_after(threads: NonZeroUsize, stuck_after: Duration) -> Result<Self> {
        let (sender, receiver) = unbounded();
        let run_queue = Arc::new(RunQueue {
            sender,
            receiver,
            length: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            workers: Mutex::new(Workers::new(threads.get(), stuck_after)),
        });
        let (watchdog, is_over) = bounded(0);
        let pool = Self { run_queue, _watchdog: watchdog };
        for _ in 0..threads.get() {
            pool.run_queue.spawn_worker(&mut lock(&pool.run_queue.workers))?;
        }
        let run_queue = Arc::clone(&pool.run_queue);
        workers::spawn("voice-watchdog", move || watch(&run_queue, stuck_after / 8, &is_over))?;
        Ok(pool)
    }

    /// Moves `session` into the pool. `sink` receives the outcome of each command, one at a time and in order: on a
    /// worker thread, or within [`SessionHandle::submit`] if the engine was not needed. It must not block.
    pub fn attach(&self, session: SttSession, sink: impl FnMut(Outcome) + Send + 'static) -> SessionHandle {
        let format = session.format();
        let immediate_bytes = if format.sample_rate() == SAMPLE_RATE { format.bytes_in(TURN_MS) } else { 0 };
        let work = Work { session, sink: Box::new(sink), current: None };
        let queue = Queue { commands: VecDeque::new(), is_queued: false, closed: false };
        let entry = Arc::new(Entry { immediate_bytes, queue: Mutex::new(queue), work: Mutex::new(work) });
        SessionHandle { entry, run_queue: Arc::clone(&self.run_queue) }
    }

    /// The number of sessions in the run queue.
    pub fn waiting(&self) -> usize {
        self.run_queue.length.load(Ordering::Relaxed)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.run_queue.closed.store(true, Ordering::Release);
        let mut workers = lock(&self.run_queue.workers);
        for _ in 0..workers.len() {
            let _ = self.run_queue.sender.send(Turn::Stop);
        }
        workers.join(Instant::now() + SHUTDOWN_TIMEOUT);
        // Drops the sessions that are still in the run queue.
        while self.run_queue.receiver.try_recv().is_ok() {}
    }
}

impl SessionHandle {
    /// Queues `command`. A short piece of silence for an idle session is processed at once, within microseconds; the
    /// sink then has its outcome before this returns.
    ///
    /// Never waits. Fails with [`ErrorKind::Overloaded`] if [`QUEUE`] commands wait already, and with
    /// [`ErrorKind::SessionEnded`] if the session or the pool is closed.
    pub fn submit(&self, command: Command) -> Result<()> {
        let mut queue = lock(&self.entry.queue);
        if queue.closed || self.run_queue.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::SessionEnded, "the session is closed; open a new one"));
        }
        if queue.commands.len() == QUEUE {
            let message = "audio arrives faster than it can be decoded; wait for outcomes and submit again";
            return Err(Error::new(ErrorKind::Overloaded, message));
        }
        queue.commands.push_back((Instant::now(), command));
        if std::mem::replace(&mut queue.is_queued, true) {
            return Ok(());
        }
        let limit = self.entry.immediate_bytes;
        let is_short = matches!(&queue.commands[0].1, Command::Audio(audio) if audio.len() <= limit);
        drop(queue);
        // This thread has set `is_queued`, so it has the turn. With silence the turn ends here.
        if !is_short || self.entry.take_turn(Work::offer) {
            self.run_queue.push(Arc::clone(&self.entry));
        }
        Ok(())
    }
}

impl Drop for SessionHandle {
    fn drop(&mut self) {
        self.entry.close();
    }
}

impl RunQueue {
    fn spawn_worker(self: &Arc<Self>, workers: &mut Workers) -> Result<()> {
        let run_queue = Arc::clone(self);
        workers.spawn_worker(move |state| work(&run_queue, state))
    }

    /// Starts a worker for each one that is stuck, if sessions are waiting. Called every `tick`.
    fn replace_stuck(self: &Arc<Self>, tick: Duration) {
        let mut workers = lock(&self.workers);
        workers.look(tick);
        if self.length.load(Ordering::Relaxed) == 0 {
            return;
        }
        while !self.closed.load(Ordering::Acquire) && workers.abandon_stuck() {
            tracing::error!("a worker is stuck in its engine; another one replaces it");
            if let Err(error) = self.spawn_worker(&mut workers) {
                tracing::error!(code = error.code(), "{}", report(&error));
            }
        }
    }

    fn push(&self, entry: Arc<Entry>) {
        self.length.fetch_add(1, Ordering::Relaxed);
        // Sending fails only after all workers have ended; the turn is not needed then.
        let _ = self.sender.send(Turn::Session(entry));
    }
}

impl Entry {
    /// Refuses further commands and drops the waiting ones; returns their number.
    fn close(&self) -> usize {
        let mut queue = lock(&self.queue);
        queue.closed = true;
        let waiting = queue.commands.len();
        queue.commands.clear();
        waiting
    }

    /// Does one turn by calling `step`; true if there is work for another.
    fn take_turn(&self, step: impl FnOnce(&mut Work)) -> bool {
        let mut work = lock(&self.work);
        if work.current.is_none() {
            let mut queue = lock(&self.queue);
            let Some((arrived, command)) = queue.commands.pop_front() else {
                queue.is_queued = false;
                return false;
            };
            drop(queue);
            let progress =
                Progress { command, done: 0, error: None, arrived, waited: None, worked: Duration::ZERO };
            work.current = Some(progress);
        }
        if crate::catch(|| step(&mut work)).is_err() {
            // The session may be inconsistent after a panic, so it is closed.
            let waiting = self.close();
            let sent = crate::catch(|| {
                for _ in 0..=waiting {
                    let message = "the session failed and is closed; open a new one";
                    let error = Some(Error::new(ErrorKind::Internal, message));
                    (work.sink)(Outcome {
                        events: Vec::new(),
                        partial: String::new(),
                        error,
                        timing: Timing::default(),
                    });
                }
            });
            if sent.is_err() {
                tracing::error!("a session's sink panicked; its outcomes are lost");
            }
            return false;
        }
        if work.current.is_some() && !lock(&self.queue).closed {
            return true;
        }
        let mut queue = lock(&self.queue);
        queue.is_queued = !queue.commands.is_empty();
        queue.is_queued
    }
}

impl Work {
    /// Does at most [`TURN_MS`] of the current command.
    fn step(&mut self) {
        let Some(mut progress) = self.current.take() else { return };
        let began = Instant::now();
        progress.waited.get_or_insert(began.duration_since(progress.arrived).saturating_sub(progress.worked));
        let outcome = match &progress.command {
            Command::Audio(audio) => {
                let turn = self.session.format().bytes_in(TURN_MS);
                let end = (progress.done + turn).min(audio.len());
                let outcome = self.session.push(&audio[progress.done..end]);
                progress.done = end;
                if end < audio.len() {
                    progress.error = progress.error.or(outcome.err());
                    progress.worked += began.elapsed();
                    self.current = Some(progress);
                    return;
                }
                outcome
            }
            Command::Flush => self.session.flush(),
            Command::Finish => self.session.finish(),
        };
        progress.error = progress.error.or(outcome.err());
        self.complete(progress, began);
    }

    /// Processes a short piece of audio as far as that is possible without the engine.
    fn offer(&mut self) {
        let Some(mut progress) = self.current.take() else { return };
        let began = Instant::now();
        let Command::Audio(audio) = &progress.command else {
            self.current = Some(progress);
            return;
        };
        progress.done = audio.len();
        match self.session.offer(audio) {
            Ok(false) => {
                progress.worked = began.elapsed();
                self.current = Some(progress);
            }
            taken => {
                progress.error = taken.err();
                self.complete(progress, began);
            }
        }
    }

    /// Sends the outcome of a command to the sink. Its last turn began at `began`.
    fn complete(&mut self, progress: Progress, began: Instant) {
        let Progress { command, mut error, arrived, waited, worked, .. } = progress;
        let mut events = Vec::new();
        loop {
            match self.session.next_event() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(failure) => error = error.or(Some(failure)),
            }
        }
        let timing = Timing {
            waited,
            worked: worked + began.elapsed(),
            took: arrived.elapsed(),
            audio: match &command {
                Command::Audio(audio) => self.session.format().duration_of(audio.len()),
                Command::Flush | Command::Finish => Duration::ZERO,
            },
        };
        (self.sink)(Outcome { events, partial: self.session.partial().to_owned(), error, timing });
    }
}

fn work(run_queue: &Arc<RunQueue>, state: &WorkerState) {
    while let Ok(Turn::Session(entry)) = run_queue.receiver.recv() {
        if run_queue.closed.load(Ordering::Acquire) {
            return;
        }
        run_queue.length.fetch_sub(1, Ordering::Relaxed);
        state.begin_turn();
        let has_more = entry.take_turn(Work::step);
        let continues = state.end_turn();
        if has_more {
            run_queue.push(entry);
        }
        if !continues {
            return;
        }
    }
}

/// Replaces stuck workers, until `is_over` closes.
fn watch(run_queue: &Arc<RunQueue>, tick: Duration, is_over: &Receiver<()>) {
    while is_over.recv_timeout(tick) == Err(RecvTimeoutError::Timeout) {
        run_queue.replace_stuck(tick);
    }
}

/// Ignores poisoning: the thread that caught the panic has closed the session.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
