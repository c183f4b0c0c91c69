//! One session of a pool: its queue of commands and its turns.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::run_queue::Turns;
use super::{Budget, Machine, QUEUE, Step, StepLength, Timing, Update, closed, lock};
use crate::error::{Error, ErrorKind, Result};

/// A session and its commands.
pub(super) struct Entry<M: Machine> {
    queue: Mutex<Queue<M::Command>>,
    /// Locked by the one thread that has the entry's turn.
    work: Mutex<Work<M>>,
}

struct Queue<C> {
    /// Each with the time of its submission.
    commands: VecDeque<(Instant, C)>,
    /// The entry is in the run queue, or a thread has its turn.
    is_queued: bool,
    closed: bool,
}

struct Work<M: Machine> {
    machine: M,
    sink: Sink<M>,
    current: Option<Progress<M::Command>>,
}

pub(super) type Sink<M> = Box<dyn FnMut(Update<<M as Machine>::Event>) + Send>;

/// The command in progress.
struct Progress<C> {
    command: C,
    arrived: Instant,
    /// From submission to the first step of a worker; `None` before that.
    waited: Option<Duration>,
    worked: Duration,
}

/// Who does a step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Worker,
    Submitter,
}

impl<M: Machine> Entry<M> {
    pub(super) fn new(machine: M, sink: Sink<M>) -> Self {
        let queue = Queue { commands: VecDeque::new(), is_queued: false, closed: false };
        Self { queue: Mutex::new(queue), work: Mutex::new(Work { machine, sink, current: None }) }
    }

    /// Queues `command`. Returns the slack of the session if it must enter the run queue.
    pub(super) fn submit(&self, command: M::Command) -> Result<Option<Duration>> {
        let mut queue = lock(&self.queue);
        if queue.closed {
            return Err(closed());
        }
        if queue.commands.len() == QUEUE {
            let message = "commands arrive faster than they can be done; wait for updates and submit again";
            return Err(Error::new(ErrorKind::Overloaded, message));
        }
        queue.commands.push_back((Instant::now(), command));
        if std::mem::replace(&mut queue.is_queued, true) {
            return Ok(None);
        }
        drop(queue);
        // This thread has set `is_queued`, so it has the turn. A quick step may end it.
        Ok(self.do_turn(By::Submitter))
    }

    /// Refuses further commands and drops the waiting ones; returns their number.
    pub(super) fn close(&self) -> usize {
        let mut queue = lock(&self.queue);
        queue.closed = true;
        let waiting = queue.commands.len();
        queue.commands.clear();
        waiting
    }

    /// Does one step. Returns the slack of the next one, if there is work for it.
    fn do_turn(&self, by: By) -> Option<Duration> {
        let mut work = lock(&self.work);
        if work.current.is_none() {
            let mut queue = lock(&self.queue);
            let Some((arrived, command)) = queue.commands.pop_front() else {
                queue.is_queued = false;
                return None;
            };
            drop(queue);
            work.current = Some(Progress { command, arrived, waited: None, worked: Duration::ZERO });
        }
        let Ok(slack) = crate::catch(|| {
            work.step(by);
            work.machine.slack()
        }) else {
            // The session may be inconsistent after a panic, so it is closed.
            let failed =
                || Error::new(ErrorKind::Internal, "the session failed and is closed; open a new one");
            work.report_end(1 + self.close(), failed);
            return None;
        };
        let mut queue = lock(&self.queue);
        queue.is_queued = (work.current.is_some() && !queue.closed) || !queue.commands.is_empty();
        queue.is_queued.then_some(slack)
    }
}

impl<M: Machine> Turns for Entry<M> {
    fn steps(&self) -> StepLength {
        M::STEPS
    }

    fn take_turn(&self) -> Option<Duration> {
        self.do_turn(By::Worker)
    }

    fn end(&self) {
        let waiting = self.close();
        let mut work = lock(&self.work);
        let current = usize::from(work.current.take().is_some());
        work.report_end(current + waiting, closed);
    }
}

impl<M: Machine> Work<M> {
    /// Does a step of the current command, and sends its update.
    fn step(&mut self, by: By) {
        let Some(mut progress) = self.current.take() else { return };
        let (began, mut events) = (Instant::now(), Vec::new());
        let command = &mut progress.command;
        let step = match by {
            By::Worker => {
                progress
                    .waited
                    .get_or_insert(began.duration_since(progress.arrived).saturating_sub(progress.worked));
                self.machine.step(command, Budget::TURN, &mut events)
            }
            By::Submitter => self.machine.quick_step(command, Budget::TURN, &mut events),
        };
        progress.worked += began.elapsed();
        let is_done = step == Step::Done;
        let timing =
            Timing { waited: progress.waited, worked: progress.worked, took: progress.arrived.elapsed() };
        if !is_done {
            self.current = Some(progress);
        }
        if is_done || !events.is_empty() {
            (self.sink)(Update { events, is_done, timing });
        }
    }

    /// Sends an error for each of the accepted `commands`.
    fn report_end(&mut self, commands: usize, error: impl Fn() -> Error) {
        let sent = crate::catch(|| {
            for _ in 0..commands {
                let events = vec![Err(error())];
                (self.sink)(Update { events, is_done: true, timing: Timing::default() });
            }
        });
        if sent.is_err() {
            tracing::error!("a session's sink panicked; its updates are lost");
        }
    }
}
