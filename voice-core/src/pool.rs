//! A fixed set of worker threads that drive many sessions fairly.
//!
//! Each session has a short queue of commands. A session with work stands in line once, however
//! much work it has; a worker takes the first in line, does at most [`TURN_MS`] of audio, and sends
//! it to the back of the line if more is left. So a client that sends an hour of audio in one
//! piece slows itself down and nobody else.
//!
//! Silence needs no engine, and most of a stream is silence: a short piece of audio that finds its session idle and has
//! nothing to be decoded does not stand in line, since waking another thread costs far more than hearing that nobody
//! speaks. Where the rate has to be changed it does: that is work.
//!
//! A worker that an engine never gives back is replaced, so that a model that hangs does not take the
//! threads of the others with it. One more thread looks after that, since every session may be waiting.

mod crew;

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use self::crew::{Crew, Shift};
use crate::audio::SAMPLE_RATE;
use crate::error::{Error, ErrorKind, Result, report};
use crate::stt::SttEvent;
use crate::stt::SttSession;

/// Audio that one session may have decoded before the next session's turn, in milliseconds.
pub const TURN_MS: u32 = 200;

/// Commands that may wait for one session.
pub const QUEUE: usize = 16;

/// A worker that has been at one turn for this long is replaced; time in which it is given no CPU does not count. A
/// turn is [`TURN_MS`] of audio.
const STUCK: Duration = Duration::from_secs(10);

/// How long dropping a pool waits for the turns under way.
const PARTING: Duration = Duration::from_secs(2);

/// Something a session is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Take this audio.
    Audio(Vec<u8>),
    /// End the current utterance; the stream goes on.
    Flush,
    /// End the stream.
    Finish,
}

/// What came of one [`Command`]. Every accepted command has exactly one outcome, in order.
#[derive(Debug)]
pub struct Outcome {
    /// What happened in the session meanwhile.
    pub events: Vec<SttEvent>,
    /// The last partial text of the utterance that is being spoken; empty while nobody speaks.
    pub partial: String,
    /// The first thing that failed. The session lives on.
    pub error: Option<Error>,
    /// Where the time went.
    pub timing: Timing,
}

/// What it took to carry out one [`Command`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// Between its arrival and a worker's first turn on it; `None` if it needed no worker.
    pub waited: Option<Duration>,
    /// In turns on it, without the waits between them.
    pub worked: Duration,
    /// From its arrival to its outcome: waits, turns, and the waits between them.
    pub took: Duration,
    /// The length of the audio that it brought.
    pub audio: Duration,
}

/// A fixed set of worker threads. Dropping it waits for the turns under way, for at most two seconds, and ends the
/// threads; commands still waiting are dropped with it. A thread that is not back by then is left behind, and ends
/// when its engine lets go of it.
pub struct Pool {
    line: Arc<Line>,
    /// Ends the foreman when it is dropped: nothing is ever sent.
    _foreman: Sender<()>,
}

/// A session's place in a [`Pool`]. Dropping it drops what waits and, soon after, the session.
pub struct Attached {
    seat: Arc<Seat>,
    line: Arc<Line>,
}

/// Where sessions with work wait for a worker.
struct Line {
    // Unbounded by type, bounded by use: each session is in line at most once.
    sender: Sender<Turn>,
    receiver: Receiver<Turn>,
    length: AtomicUsize,
    closed: AtomicBool,
    crew: Mutex<Crew>,
}

enum Turn {
    Session(Arc<Seat>),
    /// The worker that takes this one ends.
    Stop,
}

struct Seat {
    /// The most bytes of audio that are heard where they are submitted.
    at_once: usize,
    queue: Mutex<Queue>,
    /// Locked by the one worker that has taken the seat out of the line.
    work: Mutex<Work>,
}

struct Queue {
    /// Each with the time of its arrival.
    commands: VecDeque<(Instant, Command)>,
    /// The seat stands in line or a worker has it.
    in_line: bool,
    closed: bool,
}

struct Work {
    session: SttSession,
    sink: Box<dyn FnMut(Outcome) + Send>,
    current: Option<Progress>,
}

/// The command being carried out.
struct Progress {
    command: Command,
    /// Bytes of audio done.
    done: usize,
    error: Option<Error>,
    arrived: Instant,
    /// Until a worker took it; `None` before that.
    waited: Option<Duration>,
    worked: Duration,
}

impl Pool {
    /// Starts `threads` workers.
    pub fn new(threads: NonZeroUsize) -> Result<Self> {
        Self::replacing(threads, STUCK)
    }

    fn replacing(threads: NonZeroUsize, stuck_after: Duration) -> Result<Self> {
        let (sender, receiver) = unbounded();
        let line = Arc::new(Line {
            sender,
            receiver,
            length: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            crew: Mutex::new(Crew::new(threads.get(), stuck_after)),
        });
        let (foreman, is_over) = bounded(0);
        let pool = Self { line, _foreman: foreman };
        for _ in 0..threads.get() {
            pool.line.hire(&mut lock(&pool.line.crew))?;
        }
        let line = Arc::clone(&pool.line);
        crew::spawn("voice-foreman", move || oversee(&line, stuck_after / 8, &is_over))?;
        Ok(pool)
    }

    /// Gives `session` to the pool. `sink` gets the outcome of each command on a worker thread, or within
    /// [`Attached::submit`] if nothing had to be decoded; one at a time and in order. It must not block.
    pub fn attach(&self, session: SttSession, sink: impl FnMut(Outcome) + Send + 'static) -> Attached {
        let format = session.format();
        let at_once = if format.sample_rate() == SAMPLE_RATE { format.bytes_in(TURN_MS) } else { 0 };
        let work = Work { session, sink: Box::new(sink), current: None };
        let queue = Queue { commands: VecDeque::new(), in_line: false, closed: false };
        let seat = Arc::new(Seat { at_once, queue: Mutex::new(queue), work: Mutex::new(work) });
        Attached { seat, line: Arc::clone(&self.line) }
    }

    /// Sessions that wait for a worker.
    pub fn waiting(&self) -> usize {
        self.line.length.load(Ordering::Relaxed)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.line.closed.store(true, Ordering::Release);
        let mut crew = lock(&self.line.crew);
        for _ in 0..crew.len() {
            let _ = self.line.sender.send(Turn::Stop);
        }
        crew.join(Instant::now() + PARTING);
        // Sessions that still stand in line are nobody's any more.
        while self.line.receiver.try_recv().is_ok() {}
    }
}

impl Attached {
    /// Queues `command`, or carries it out within microseconds if it is a short piece of silence; then the sink has
    /// its outcome before this returns. Fails without waiting if [`QUEUE`] commands wait already: a caller that
    /// counts outcomes never lets it come to that.
    pub fn submit(&self, command: Command) -> Result<()> {
        let mut queue = lock(&self.seat.queue);
        if queue.closed || self.line.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::SessionEnded, "the session is closed; open a new one"));
        }
        if queue.commands.len() == QUEUE {
            let message = "audio arrives faster than it can be decoded; wait for outcomes and submit again";
            return Err(Error::new(ErrorKind::Overloaded, message));
        }
        queue.commands.push_back((Instant::now(), command));
        if std::mem::replace(&mut queue.in_line, true) {
            return Ok(());
        }
        let is_short =
            matches!(&queue.commands[0].1, Command::Audio(audio) if audio.len() <= self.seat.at_once);
        drop(queue);
        // Whoever puts a seat in line has its turn, which is over at once if nobody speaks.
        if !is_short || self.seat.take_turn(Work::offer) {
            self.line.join(Arc::clone(&self.seat));
        }
        Ok(())
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.seat.close();
    }
}

impl Line {
    fn hire(self: &Arc<Self>, crew: &mut Crew) -> Result<()> {
        let line = Arc::clone(self);
        crew.hire(move |shift| work(&line, shift))
    }

    /// Looks after the workers every `tick`: hires somebody for each that hangs, if there is work for them.
    fn replace_stuck(self: &Arc<Self>, tick: Duration) {
        let mut crew = lock(&self.crew);
        crew.look(tick);
        if self.length.load(Ordering::Relaxed) == 0 {
            return;
        }
        while !self.closed.load(Ordering::Acquire) && crew.let_go_of_stuck() {
            tracing::error!("a worker hangs in its engine; another takes its place");
            if let Err(error) = self.hire(&mut crew) {
                tracing::error!(code = error.code(), "{}", report(&error));
            }
        }
    }

    fn join(&self, seat: Arc<Seat>) {
        self.length.fetch_add(1, Ordering::Relaxed);
        // The receiver lives as long as the workers; after them nobody needs the turn.
        let _ = self.sender.send(Turn::Session(seat));
    }
}

impl Seat {
    /// Takes no more commands, and drops those that wait; returns how many.
    fn close(&self) -> usize {
        let mut queue = lock(&self.queue);
        queue.closed = true;
        let waiting = queue.commands.len();
        queue.commands.clear();
        waiting
    }

    /// Does one turn, which is `step`; true if there is work for another.
    fn take_turn(&self, step: impl FnOnce(&mut Work)) -> bool {
        let mut work = lock(&self.work);
        if work.current.is_none() {
            let mut queue = lock(&self.queue);
            let Some((arrived, command)) = queue.commands.pop_front() else {
                queue.in_line = false;
                return false;
            };
            drop(queue);
            let progress =
                Progress { command, done: 0, error: None, arrived, waited: None, worked: Duration::ZERO };
            work.current = Some(progress);
        }
        if crate::catch(|| step(&mut work)).is_err() {
            // What the session holds now is unknown: it must not be used again.
            let waiting = self.close();
            let told = crate::catch(|| {
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
            if told.is_err() {
                tracing::error!("a session's sink panics; its outcomes are lost");
            }
            return false;
        }
        if work.current.is_some() && !lock(&self.queue).closed {
            return true;
        }
        let mut queue = lock(&self.queue);
        queue.in_line = !queue.commands.is_empty();
        queue.in_line
    }
}

impl Work {
    /// Does one turn's worth of the current command.
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

    /// Does all of a short piece of audio, or what can be done of it without the engine.
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

    /// Tells what came of a command, whose last turn began at `began`.
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

fn work(line: &Arc<Line>, shift: &Shift) {
    while let Ok(Turn::Session(seat)) = line.receiver.recv() {
        if line.closed.load(Ordering::Acquire) {
            return;
        }
        line.length.fetch_sub(1, Ordering::Relaxed);
        shift.begin_turn();
        let has_more = seat.take_turn(Work::step);
        let goes_on = shift.end_turn();
        if has_more {
            line.join(seat);
        }
        if !goes_on {
            return;
        }
    }
}

/// Replaces workers that hang, until `is_over` closes.
fn oversee(line: &Arc<Line>, tick: Duration, is_over: &Receiver<()>) {
    while is_over.recv_timeout(tick) == Err(RecvTimeoutError::Timeout) {
        line.replace_stuck(tick);
    }
}

/// A poisoned seat was closed by the worker that caught the panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
