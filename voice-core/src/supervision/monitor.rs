//! Detects that an engine no longer answers, or fails repeatedly.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::policy::Policy;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::watchdog::{Activity, Excuse, Look};

/// The calls of all sessions into one loaded model.
pub(crate) struct Monitor {
    clock: Clock,
    epoch: Instant,
    slots: Mutex<Vec<Weak<Call>>>,
    /// When the last call returned, as [`Monitor::now`] gives it.
    returned: AtomicU64,
    /// Calls that failed since the last successful utterance.
    failures: AtomicU32,
    /// The number of calls that have returned.
    returns: AtomicU64,
    /// The number of the first call that returned after the model was abandoned, from 1; 0 if it was not abandoned.
    abandoned: AtomicU64,
}

/// The slot of one caller, which makes one call at a time.
pub(crate) struct CallSlot {
    call: Arc<Call>,
    monitor: Arc<Monitor>,
}

/// The current call of a slot.
#[derive(Default)]
struct Call {
    activity: Activity,
    /// The time of its start; 0 while there is none.
    since: AtomicU64,
    /// The number of deadlines that it may take.
    deadlines: AtomicU32,
}

impl Monitor {
    pub(crate) fn new(clock: &Clock) -> Arc<Self> {
        Arc::new(Self {
            clock: clock.clone(),
            epoch: clock.now(),
            slots: Mutex::default(),
            returned: AtomicU64::new(0),
            failures: AtomicU32::new(0),
            returns: AtomicU64::new(0),
            abandoned: AtomicU64::new(0),
        })
    }

    pub(crate) fn call_slot(self: &Arc<Self>) -> CallSlot {
        let call = Arc::<Call>::default();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        // Dropped slots are removed whenever the list would grow, so its length stays proportional to the callers.
        if slots.len() == slots.capacity() {
            slots.retain(|slot| slot.strong_count() > 0);
        }
        slots.push(Arc::downgrade(&call));
        CallSlot { call, monitor: Arc::clone(self) }
    }

    /// Calls that failed since the last successful utterance.
    pub(crate) fn failures(&self) -> u32 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Marks the model as abandoned: its calls will probably not return.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(self.returns.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// Whether the model was abandoned and no call has returned since then. Otherwise it was only slow, and its sessions
    /// may continue with it.
    pub(crate) fn is_hung(&self) -> bool {
        self.returns.load(Ordering::Relaxed) < self.abandoned.load(Ordering::Relaxed)
    }

    /// Whether a call has taken `deadline` and no other call has returned meanwhile. An engine that is only slow
    /// returns from some of its calls. Time in which calls are given no CPU does not count.
    ///
    /// Must be called periodically: the time between two looks counts.
    pub(crate) fn is_stuck(&self, deadline: Duration, look: Look) -> bool {
        let returned = self.returned.load(Ordering::Relaxed);
        self.any_call(deadline, look, |since, busy, allowed| {
            // A call that returned in the same millisecond may have been the previous one of this slot.
            busy >= allowed && returned <= since || busy >= allowed.saturating_mul(Policy::LATE_FACTOR)
        })
    }

    /// Whether a call has passed its deadline, whether or not others return.
    pub(crate) fn is_overdue(&self, deadline: Duration, look: Look) -> bool {
        self.any_call(deadline, look, |_, busy, allowed| busy >= allowed)
    }

    /// Whether `holds` is true for a current call. It gets the start, the counted time and the allowed time.
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
        // A call may wait for a lock of another call, which is given no CPU.
        let starved = seen.iter().flatten().filter_map(|interval| interval.starved).max();
        let mut found = false;
        for (call, interval) in calls.iter().zip(seen) {
            let allowed = deadline.saturating_mul(call.deadlines.load(Ordering::Relaxed));
            let limit = allowed.saturating_mul(Policy::LATE_FACTOR);
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
        self.clock.since(self.epoch).as_millis() as u64 + 1
    }
}

impl CallSlot {
    pub(crate) fn is_hung(&self) -> bool {
        self.monitor.is_hung()
    }

    /// Calls the engine.
    pub(crate) fn call<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.call_within(1, work)
    }

    /// Calls the engine. The call may take `deadlines` times the deadline. Fails with [`ErrorKind::ModelStuck`] if the
    /// model [hangs](Monitor::is_hung): this call would not return either.
    pub(crate) fn call_within<T>(&self, deadlines: u32, work: impl FnOnce() -> Result<T>) -> Result<T> {
        /// Ends the call, even if the engine panics.
        struct CallGuard<'a>(&'a CallSlot);
        impl Drop for CallGuard<'_> {
            fn drop(&mut self) {
                self.0.call.activity.end();
                self.0.call.since.store(0, Ordering::Relaxed);
                self.0.monitor.returned.store(self.0.monitor.now(), Ordering::Relaxed);
                self.0.monitor.returns.fetch_add(1, Ordering::Relaxed);
            }
        }
        if self.is_hung() {
            let message = "the model does not answer; open a new session";
            return Err(Error::new(ErrorKind::ModelStuck, message));
        }
        self.call.deadlines.store(deadlines, Ordering::Relaxed);
        self.call.since.store(self.monitor.now(), Ordering::Release);
        self.call.activity.begin();
        let busy = CallGuard(self);
        let outcome = work();
        drop(busy);
        if outcome.as_ref().is_err_and(is_engine_failure) {
            self.monitor.failures.fetch_add(1, Ordering::Relaxed);
        }
        outcome
    }

    /// Records that a whole utterance succeeded. The success of a single call is not enough: an engine may fail at
    /// the end of each utterance, or shortly after its start.
    pub(crate) fn record_success(&self) {
        self.monitor.failures.store(0, Ordering::Relaxed);
    }
}

/// Invalid options of a session are not a failure of the engine.
fn is_engine_failure(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::EngineFailed | ErrorKind::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::manual::ManualClock;
    use crate::watchdog::Reading;
    use std::sync::mpsc;

    const DEADLINE: Duration = Duration::from_secs(4);
    const LATE_FACTOR: u32 = Policy::LATE_FACTOR;

    fn failing(kind: ErrorKind) -> impl FnOnce() -> Result<()> {
        move || Err(Error::new(kind, "scripted"))
    }

    #[test]
    fn success_resets_the_failures() {
        let monitor = Monitor::new(&Clock::default());
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

    /// A look `deadlines` deadlines after `start`, at threads that have waited for a CPU for `starved` of them.
    fn look<T>(start: Instant, deadlines: u32, starved: u32, at: impl FnOnce(Look) -> T) -> T {
        let ran = deadlines.saturating_sub(starved) * DEADLINE;
        let read = |_| Some(Reading { ran, waited: starved * DEADLINE, is_runnable: true });
        at(Look { now: start + deadlines * DEADLINE, tick: 100 * DEADLINE, read: &read })
    }

    /// A call that lasts until the sender is dropped.
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
    fn hanging_call_is_stuck_unless_others_return() {
        let clock = ManualClock::new();
        let monitor = Monitor::new(&Clock::Manual(clock.clone()));
        let (release, call) = hanging(&monitor);
        let start = Instant::now();
        let stuck = |deadlines| look(start, deadlines, 0, |look| monitor.is_stuck(DEADLINE, look));
        assert!(!stuck(0));
        assert!(stuck(1));
        // Times have a resolution of one millisecond.
        clock.advance(Duration::from_millis(2));
        monitor.call_slot().call(|| Ok(())).unwrap();
        for deadlines in 2..LATE_FACTOR {
            assert!(!stuck(deadlines), "others return");
        }
        assert!(
            look(start, LATE_FACTOR - 1, 0, |look| monitor.is_overdue(DEADLINE, look)),
            "the call is still active"
        );
        assert!(stuck(LATE_FACTOR), "although others return");
        drop(release);
        call.join().unwrap().unwrap();
        assert!(!stuck(LATE_FACTOR + 1), "the call returned");
        assert!(!look(start, LATE_FACTOR + 1, 0, |look| monitor.is_overdue(DEADLINE, look)));
    }

    #[test]
    fn calls_without_cpu_are_not_stuck() {
        let monitor = Monitor::new(&Clock::default());
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
    fn call_without_cpu_excuses_others_for_a_limited_time() {
        let monitor = Monitor::new(&Clock::default());
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
        for deadlines in 0..=LATE_FACTOR {
            assert!(!stuck(deadlines), "it may wait for the other");
        }
        assert!(stuck(LATE_FACTOR + 1));
        for (release, call) in [starving, hung] {
            drop(release);
            call.join().unwrap().unwrap();
        }
    }

    #[test]
    fn call_may_take_several_deadlines() {
        let (monitor, start) = (Monitor::new(&Clock::default()), Instant::now());
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
    fn dropped_slots_are_removed() {
        let monitor = Monitor::new(&Clock::default());
        for _ in 0..10_000 {
            monitor.call_slot();
        }
        assert!(monitor.slots.lock().unwrap().len() < 100);
    }
}
