//! The clock of supervision, which tests replace by one that they move themselves.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::watchdog::Look;

/// The source of the time.
#[derive(Debug, Clone, Default)]
pub(crate) enum Clock {
    /// The system's monotonic clock.
    #[default]
    System,
    /// A clock that stands still until a test moves it.
    #[cfg(test)]
    Manual(manual::ManualClock),
}

impl Clock {
    pub(crate) fn now(&self) -> Instant {
        match self {
            Self::System => Instant::now(),
            #[cfg(test)]
            Self::Manual(clock) => clock.now(),
        }
    }

    pub(crate) fn since(&self, moment: Instant) -> Duration {
        self.now().saturating_duration_since(moment)
    }

    /// Waits for a message until `moment`.
    pub(crate) fn recv_until<T>(
        &self,
        receiver: &Receiver<T>,
        moment: Instant,
    ) -> Result<T, RecvTimeoutError> {
        match self {
            Self::System => receiver.recv_deadline(moment),
            #[cfg(test)]
            Self::Manual(clock) => clock.recv_until(receiver, moment),
        }
    }

    /// A look at threads by a watchdog that looks every `tick`. With a manual clock, threads never wait for a CPU.
    pub(crate) fn look(&self, tick: Duration) -> Look<'static> {
        match self {
            Self::System => Look::every(tick),
            #[cfg(test)]
            Self::Manual(clock) => Look { now: clock.now(), tick, read: &manual::asleep },
        }
    }
}

#[cfg(test)]
pub(crate) mod manual {
    use std::sync::{Arc, Condvar, Mutex};
    use std::time::{Duration, Instant};

    use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};

    use crate::watchdog::Reading;

    /// The longest real time that [`ManualClock::run_until`] waits.
    const TIMEOUT: Duration = Duration::from_mins(1);

    /// The real time between two looks at a channel or a condition.
    const POLL_INTERVAL: Duration = Duration::from_millis(1);

    /// A clock that a test moves.
    #[derive(Debug, Clone)]
    pub(crate) struct ManualClock(Arc<(Mutex<Times>, Condvar)>);

    #[derive(Debug)]
    struct Times {
        now: Instant,
        /// The moments until which threads wait.
        sleepers: Vec<Instant>,
    }

    impl ManualClock {
        pub(crate) fn new() -> Self {
            let times = Times { now: Instant::now(), sleepers: Vec::new() };
            Self(Arc::new((Mutex::new(times), Condvar::new())))
        }

        pub(super) fn now(&self) -> Instant {
            self.0.0.lock().unwrap().now
        }

        pub(crate) fn advance(&self, step: Duration) {
            self.0.0.lock().unwrap().now += step;
            self.0.1.notify_all();
        }

        /// Moves the clock by `step` whenever a thread waits for it and none has a message or its moment to handle,
        /// until `done` is true. The time stands still while threads work.
        pub(crate) fn run_until(&self, step: Duration, what: &str, done: impl Fn() -> bool) {
            let (times, changed) = &*self.0;
            let until = Instant::now() + TIMEOUT;
            while !done() {
                let mut locked = times.lock().unwrap();
                let now = locked.now;
                if !locked.sleepers.is_empty() && locked.sleepers.iter().all(|until| *until > now) {
                    locked.now += step;
                    changed.notify_all();
                }
                drop(locked);
                assert!(Instant::now() < until, "never {what}");
                std::thread::sleep(POLL_INTERVAL);
            }
        }

        pub(super) fn recv_until<T>(
            &self,
            receiver: &Receiver<T>,
            moment: Instant,
        ) -> Result<T, RecvTimeoutError> {
            let (times, changed) = &*self.0;
            let mut locked = times.lock().unwrap();
            locked.sleepers.push(moment);
            changed.notify_all();
            loop {
                let outcome = match receiver.try_recv() {
                    Ok(message) => Some(Ok(message)),
                    Err(TryRecvError::Disconnected) => Some(Err(RecvTimeoutError::Disconnected)),
                    Err(TryRecvError::Empty) if locked.now >= moment => Some(Err(RecvTimeoutError::Timeout)),
                    Err(TryRecvError::Empty) => None,
                };
                if let Some(outcome) = outcome {
                    let own = locked.sleepers.iter().position(|until| *until == moment).unwrap();
                    locked.sleepers.swap_remove(own);
                    return outcome;
                }
                locked = changed.wait_timeout(locked, POLL_INTERVAL).unwrap().0;
            }
        }
    }

    /// The statistics of a thread that sleeps.
    #[expect(clippy::unnecessary_wraps, reason = "the type of `Look::read`")]
    pub(super) fn asleep(_thread: u32) -> Option<Reading> {
        Some(Reading { ran: Duration::ZERO, waited: Duration::ZERO, is_runnable: false })
    }
}
