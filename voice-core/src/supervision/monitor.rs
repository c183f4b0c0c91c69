//! Notices from outside that an engine no longer answers, or fails again and again.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::watchdog::{Activity, Excuse, Look};

/// A call this many times later than the deadline is stuck, even if others return meanwhile. For so many deadlines at most
/// it is excused by another call that is given no CPU.
const PATIENCE: u32 = 6;

/// The calls into one loaded model, by all of its sessions.
pub(crate) struct Monitor {
    epoch: Instant,
    slots: Mutex<Vec<Weak<Call>>>,
    /// When the last call returned, as [`Monitor::now`] gives it.
    returned: AtomicU64,
    /// Calls that failed since an utterance was understood.
    failures: AtomicU32,
    abandoned: AtomicBool,
}

/// One caller's slot to the engine: one call at a time.
pub(crate) struct CallSlot {
    call: Arc<Call>,
    monitor: Arc<Monitor>,
}

/// The call under way on a slot.
#[derive(Default)]
struct Call {
    activity: Activity,
    /// When it began; 0 while there is none.
    since: AtomicU64,
    /// How many times the deadline it may take.
    deadlines: AtomicU32,
}

impl Monitor {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            epoch: Instant::now(),
            slots: Mutex::default(),
            returned: AtomicU64::new(0),
            failures: AtomicU32::new(0),
            abandoned: AtomicBool::new(false),
        })
    }

    pub(crate) fn call_slot(self: &Arc<Self>) -> CallSlot {
        let call = Arc::<Call>::default();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        // Sweeping at each doubling keeps the list as short as there are callers.
        if slots.len() == slots.capacity() {
            slots.retain(|slot| slot.strong_count() > 0);
        }
        slots.push(Arc::downgrade(&call));
        CallSlot { call, monitor: Arc::clone(self) }
    }

    /// Calls that failed since an utterance was understood.
    pub(crate) fn failures(&self) -> u32 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Says that the engine is not waited for any more.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }

    /// Whether a call has been under way for `deadline` while no other returned. An engine that is only
    /// slow returns from some of its calls. Time in which calls are given no CPU does not count.
    ///
    /// `look` is one of many: what counts is what passes between them.
    pub(crate) fn is_stuck(&self, deadline: Duration, look: Look) -> bool {
        let returned = self.returned.load(Ordering::Relaxed);
        self.any_call(deadline, look, |since, busy, allowed| {
            // One that returned in the same millisecond may have been this slot's last call.
            busy >= allowed && returned <= since || busy >= allowed.saturating_mul(PATIENCE)
        })
    }

    /// Whether a call is still under way behind its deadline, whatever others do.
    pub(crate) fn is_overdue(&self, deadline: Duration, look: Look) -> bool {
        self.any_call(deadline, look, |_, busy, allowed| busy >= allowed)
    }

    /// Whether `holds` is true of a call under way: of its begin, of how long it takes and how long it may take.
    fn any_call(
        &self,
        deadline: Duration,
        look: Look,
        holds: impl Fn(u64, Duration, Duration) -> bool,
    ) -> bool {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let calls: Vec<_> = slots.iter().filter_map(Weak::upgrade).collect();
        drop(slots);
        let seen: Vec<_> = calls.iter().map(|call| call.activity.observe(look)).collect();
        // A call may wait for what another one holds, which is the one that is given no CPU.
        let starved = seen.iter().flatten().filter_map(|interval| interval.starved).max();
        let mut found = false;
        for (call, interval) in calls.iter().zip(seen) {
            let allowed = deadline.saturating_mul(call.deadlines.load(Ordering::Relaxed));
            let limit = allowed.saturating_mul(PATIENCE);
            let counted =
                interval.and_then(|interval| call.activity.count(interval, Excuse { starved, limit }));
            let Some(busy) = counted else { continue };
            let since = call.since.load(Ordering::Acquire);
            found |= since > 0 && holds(since, busy, allowed);
        }
        found
    }

    /// Milliseconds since the monitor was made, never 0.
    fn now(&self) -> u64 {
        self.epoch.elapsed().as_millis() as u64 + 1
    }
}

impl CallSlot {
    /// Makes a call into the engine.
    pub(crate) fn call<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.call_within(1, work)
    }

    /// Makes a call into the engine that may take so many times the deadline.
    pub(crate) fn call_within<T>(&self, deadlines: u32, work: impl FnOnce() -> Result<T>) -> Result<T> {
        /// Hangs up even if the engine panics.
        struct CallGuard<'a>(&'a CallSlot);
        impl Drop for CallGuard<'_> {
            fn drop(&mut self) {
                self.0.call.activity.end();
                self.0.call.since.store(0, Ordering::Relaxed);
                self.0.monitor.returned.store(self.0.monitor.now(), Ordering::Relaxed);
            }
        }
        self.call.deadlines.store(deadlines, Ordering::Relaxed);
        self.call.since.store(self.monitor.now(), Ordering::Release);
        self.call.activity.begin();
        let busy = CallGuard(self);
        let outcome = work();
        drop(busy);
        if outcome.as_ref().is_err_and(is_the_engines_fault) {
            self.monitor.failures.fetch_add(1, Ordering::Relaxed);
        }
        outcome
    }

    /// Says that an utterance went well from beginning to end. Single calls prove little: an engine may
    /// fail at the end of each utterance, or just behind its start.
    pub(crate) fn record_success(&self) {
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
    use crate::watchdog::Reading;
    use std::sync::mpsc;

    const DEADLINE: Duration = Duration::from_secs(4);

    fn failing(kind: ErrorKind) -> impl FnOnce() -> Result<()> {
        move || Err(Error::new(kind, "scripted"))
    }

    #[test]
    fn failures_count_until_an_utterance_goes_well() {
        let monitor = Monitor::new();
        let slot = monitor.call_slot();
        for _ in 0..3 {
            slot.call(failing(ErrorKind::EngineFailed)).unwrap_err();
        }
        slot.call(failing(ErrorKind::GrammarInvalid)).unwrap_err();
        slot.call(|| Ok(())).unwrap();
        assert_eq!(monitor.failures(), 3);
        monitor.call_slot().record_success();
        assert_eq!(monitor.failures(), 0);
    }

    /// A look that many deadlines after `start`, of threads that have waited for a CPU for `starved` deadlines.
    fn look<T>(start: Instant, deadlines: u32, starved: u32, at: impl FnOnce(Look) -> T) -> T {
        let ran = deadlines.saturating_sub(starved) * DEADLINE;
        let read = |_| Some(Reading { ran, waited: starved * DEADLINE, is_runnable: true });
        at(Look { now: start + deadlines * DEADLINE, tick: 100 * DEADLINE, read: &read })
    }

    /// A call that is under way until the sender is dropped.
    fn hanging(monitor: &Arc<Monitor>) -> (mpsc::Sender<()>, std::thread::JoinHandle<Result<()>>) {
        let (enter, entered) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let slot = monitor.call_slot();
        let call = std::thread::spawn(move || {
            slot.call(|| {
                enter.send(()).unwrap();
                let _ = released.recv();
                Ok(())
            })
        });
        entered.recv().unwrap();
        (release, call)
    }

    #[test]
    fn a_call_that_does_not_return_is_noticed_and_a_slow_engine_is_not_stuck() {
        let monitor = Monitor::new();
        let (release, call) = hanging(&monitor);
        let start = Instant::now();
        let stuck = |deadlines| look(start, deadlines, 0, |look| monitor.is_stuck(DEADLINE, look));
        assert!(!stuck(0));
        assert!(stuck(1));
        // Moments are told apart by the millisecond.
        std::thread::sleep(Duration::from_millis(3));
        monitor.call_slot().call(|| Ok(())).unwrap();
        for deadlines in 2..PATIENCE {
            assert!(!stuck(deadlines), "others return");
        }
        assert!(
            look(start, PATIENCE - 1, 0, |look| monitor.is_overdue(DEADLINE, look)),
            "and it is still out"
        );
        assert!(stuck(PATIENCE), "whatever others do");
        drop(release);
        call.join().unwrap().unwrap();
        assert!(!stuck(PATIENCE + 1), "it came back");
        assert!(!look(start, PATIENCE + 1, 0, |look| monitor.is_overdue(DEADLINE, look)));
    }

    #[test]
    fn calls_that_are_given_no_cpu_are_not_stuck() {
        let monitor = Monitor::new();
        let (release, call) = hanging(&monitor);
        let start = Instant::now();
        let stuck = |passed, starved| look(start, passed, starved, |look| monitor.is_stuck(DEADLINE, look));
        for passed in 0..20 {
            assert!(!stuck(passed, passed));
        }
        assert!(stuck(20, 19), "it runs or sleeps again");
        drop(release);
        call.join().unwrap().unwrap();
    }

    #[test]
    fn call_without_cpu_does_not_excuse_another_for_ever() {
        let monitor = Monitor::new();
        let (starving, hung) = (hanging(&monitor), hanging(&monitor));
        let (start, first) = (Instant::now(), std::cell::Cell::new(0));
        let stuck = |deadlines: u32| {
            let read = |thread| {
                if first.get() == 0 {
                    first.set(thread);
                }
                let waited = if thread == first.get() { deadlines * DEADLINE } else { Duration::ZERO };
                Some(Reading { ran: Duration::ZERO, waited, is_runnable: thread == first.get() })
            };
            let look = Look { now: start + deadlines * DEADLINE, tick: 100 * DEADLINE, read: &read };
            monitor.is_stuck(DEADLINE, look)
        };
        for deadlines in 0..=PATIENCE {
            assert!(!stuck(deadlines), "it may wait for the other");
        }
        assert!(stuck(PATIENCE + 1));
        for (release, call) in [starving, hung] {
            drop(release);
            call.join().unwrap().unwrap();
        }
    }

    #[test]
    fn a_call_that_may_take_longer_is_not_stuck_at_the_deadline() {
        let (monitor, start) = (Monitor::new(), Instant::now());
        let stuck = |passed| look(start, passed, 0, |look| monitor.is_stuck(DEADLINE, look));
        monitor
            .call_slot()
            .call_within(3, || {
                assert_eq!([0, 1, 2, 3].map(stuck), [false, false, false, true]);
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn lines_that_hung_up_are_forgotten() {
        let monitor = Monitor::new();
        for _ in 0..10_000 {
            monitor.call_slot();
        }
        assert!(monitor.slots.lock().unwrap().len() < 100);
    }
}
