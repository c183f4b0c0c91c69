//! Notices from outside that an engine no longer answers, or fails again and again.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// A call this many times later than the deadline is stuck, even if others return meanwhile.
const PATIENCE: u32 = 6;

/// The calls into one loaded model, by all of its sessions.
pub(crate) struct Monitor {
    epoch: Instant,
    lines: Mutex<Vec<Weak<AtomicU64>>>,
    /// When the last call returned, as [`Monitor::now`] gives it.
    returned: AtomicU64,
    /// Calls that failed since an utterance was understood.
    failures: AtomicU32,
}

/// One caller's line to the engine: one call at a time.
pub(crate) struct Line {
    /// When the call under way began; 0 while there is none.
    busy_since: Arc<AtomicU64>,
    monitor: Arc<Monitor>,
}

impl Monitor {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            epoch: Instant::now(),
            lines: Mutex::default(),
            returned: AtomicU64::new(0),
            failures: AtomicU32::new(0),
        })
    }

    pub(crate) fn line(self: &Arc<Self>) -> Line {
        let busy_since = Arc::new(AtomicU64::new(0));
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        // Sweeping at each doubling keeps the list as short as there are callers.
        if lines.len() == lines.capacity() {
            lines.retain(|line| line.strong_count() > 0);
        }
        lines.push(Arc::downgrade(&busy_since));
        Line { busy_since, monitor: Arc::clone(self) }
    }

    /// Calls that failed since an utterance was understood.
    pub(crate) fn failures(&self) -> u32 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Whether a call has been under way for `deadline` while no other returned. An engine that is only
    /// slow returns from some of its calls.
    pub(crate) fn is_stuck(&self, deadline: Duration) -> bool {
        let now = self.now();
        let returned = self.returned.load(Ordering::Relaxed);
        let deadline = deadline.as_millis() as u64;
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter_map(Weak::upgrade).any(|line| {
            let since = line.load(Ordering::Relaxed);
            let busy = now.saturating_sub(since);
            since > 0
                && (busy >= deadline && returned < since || busy >= deadline.saturating_mul(PATIENCE.into()))
        })
    }

    /// Milliseconds since the monitor was made, never 0.
    fn now(&self) -> u64 {
        self.epoch.elapsed().as_millis() as u64 + 1
    }
}

impl Line {
    /// Makes a call into the engine.
    pub(crate) fn call<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        /// Hangs up even if the engine panics.
        struct HangUp<'a>(&'a Line);
        impl Drop for HangUp<'_> {
            fn drop(&mut self) {
                self.0.busy_since.store(0, Ordering::Relaxed);
                self.0.monitor.returned.store(self.0.monitor.now(), Ordering::Relaxed);
            }
        }
        self.busy_since.store(self.monitor.now(), Ordering::Relaxed);
        let busy = HangUp(self);
        let outcome = work();
        drop(busy);
        if outcome.as_ref().is_err_and(is_the_engines_fault) {
            self.monitor.failures.fetch_add(1, Ordering::Relaxed);
        }
        outcome
    }

    /// Says that an utterance went well from beginning to end. Single calls prove little: an engine may
    /// fail at the end of each utterance, or just behind its start.
    pub(crate) fn praise(&self) {
        self.monitor.failures.store(0, Ordering::Relaxed);
    }
}

/// A session's wrong options say nothing about the engine.
fn is_the_engines_fault(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::EngineFailed | ErrorKind::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const DEADLINE: Duration = Duration::from_millis(20);

    fn failing(kind: ErrorKind) -> impl FnOnce() -> Result<()> {
        move || Err(Error::new(kind, "scripted"))
    }

    #[test]
    fn failures_count_until_an_utterance_goes_well() {
        let monitor = Monitor::new();
        let line = monitor.line();
        for _ in 0..3 {
            line.call(failing(ErrorKind::EngineFailed)).unwrap_err();
        }
        line.call(failing(ErrorKind::GrammarInvalid)).unwrap_err();
        line.call(|| Ok(())).unwrap();
        assert_eq!(monitor.failures(), 3);
        monitor.line().praise();
        assert_eq!(monitor.failures(), 0);
    }

    #[test]
    fn a_call_that_does_not_return_is_noticed_and_a_slow_engine_is_not_stuck() {
        let monitor = Monitor::new();
        let (enter, entered) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let line = monitor.line();
        let stuck = std::thread::spawn(move || {
            line.call(|| {
                enter.send(()).unwrap();
                let _ = released.recv();
                Ok(())
            })
        });
        entered.recv().unwrap();
        assert!(!monitor.is_stuck(Duration::from_mins(1)));
        std::thread::sleep(2 * DEADLINE);
        assert!(monitor.is_stuck(DEADLINE));
        monitor.line().call(|| Ok(())).unwrap();
        assert!(!monitor.is_stuck(Duration::from_secs(10)), "others return");
        drop(release);
        stuck.join().unwrap().unwrap();
        std::thread::sleep(2 * DEADLINE);
        assert!(!monitor.is_stuck(DEADLINE), "it came back");
    }

    #[test]
    fn lines_that_hung_up_are_forgotten() {
        let monitor = Monitor::new();
        for _ in 0..10_000 {
            monitor.line();
        }
        assert!(monitor.lines.lock().unwrap().len() < 100);
    }
}
