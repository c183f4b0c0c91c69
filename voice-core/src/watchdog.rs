//! Distinguishes a thread that is stuck from one that is given no CPU.
//!
//! Time counts against a piece of work while its thread runs or sleeps, but not while it waits for a CPU. An engine in
//! an endless loop runs, and a blocked one sleeps, so both are detected; on an overloaded machine a thread waits.
//! Source: `/proc/PID/task/TID/schedstat`, described in the kernel's document "Scheduler Statistics": nanoseconds on a
//! CPU, nanoseconds on a run queue, number of time slices. A thread also waits while its control group has used up its
//! CPU quota.
//!
//! A watchdog looks periodically and gives its interval. If a look is late, the whole process may have been stopped:
//! at most two intervals count between two looks.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// If the system does not tell how long a thread has waited for a CPU, 1 / `UNKNOWN_SHARE` of the time counts.
const UNKNOWN_SHARE: u32 = 3;

/// The current work of one thread, as a watchdog on another thread sees it.
#[derive(Default)]
pub(crate) struct Activity {
    /// The number of the current piece of work, which is odd; even between two pieces.
    piece: AtomicU64,
    /// The system's ID of the thread that does it; 0 if there is none.
    thread: AtomicU32,
    seen: Mutex<Seen>,
}

/// The observations of the current piece of work.
#[derive(Debug, Default)]
struct Seen {
    piece: u64,
    /// The last look.
    last: Option<(Instant, Option<Reading>)>,
    /// Observed waiting that the system's sum does not include yet: the sum grows when the thread gets a CPU.
    unreported: Duration,
    /// Time between the looks, and the part of it that does not count.
    passed: Duration,
    starved: Duration,
    /// The part of `starved` in which another thread was waiting.
    excused: Duration,
}

/// The system's statistics of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Time on a CPU.
    pub(crate) ran: Duration,
    /// Time of waiting for a CPU, until it last got one.
    pub(crate) waited: Duration,
    /// Whether it runs or waits for a CPU; otherwise it sleeps.
    pub(crate) is_runnable: bool,
}

/// The time since the last look, and the part of it that the thread waited for a CPU; `None` if that is unknown.
#[derive(Clone, Copy)]
pub(crate) struct Interval {
    passed: Duration,
    pub(crate) starved: Option<Duration>,
}

/// Time that does not count because another thread, for which the work may wait, was given no CPU.
#[derive(Clone, Copy)]
pub(crate) struct Excuse {
    /// Its waiting since the last look; `None` if that is unknown.
    pub(crate) starved: Option<Duration>,
    /// The most time of one piece of work that is excused.
    pub(crate) limit: Duration,
}

/// One look of a watchdog.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) now: Instant,
    /// The intended interval between looks.
    pub(crate) tick: Duration,
    pub(crate) read: &'a dyn Fn(u32) -> Option<Reading>,
}

impl Look<'_> {
    /// A look with the system's clock and statistics, by a watchdog that looks every `tick`.
    pub(crate) fn every(tick: Duration) -> Self {
        Self { now: Instant::now(), tick, read: &system::read }
    }
}

impl Activity {
    /// Records that the calling thread begins a piece of work.
    pub(crate) fn begin(&self) {
        self.thread.store(system::thread(), Ordering::Relaxed);
        self.piece.fetch_add(1, Ordering::Release);
    }

    /// Records that the piece of work is done.
    pub(crate) fn end(&self) {
        self.piece.fetch_add(1, Ordering::Release);
    }

    /// Ends the piece of work and begins another, so that its time is counted from zero.
    pub(crate) fn restart(&self) {
        self.end();
        self.begin();
    }

    /// Whether there is a current piece of work.
    pub(crate) fn is_active(&self) -> bool {
        self.current().is_some()
    }

    /// Takes a look, and returns the time that counts against the current piece of work; `None` if there is none.
    pub(crate) fn look(&self, look: Look) -> Option<Duration> {
        let interval = self.observe(look)?;
        self.count(interval, Excuse { starved: None, limit: Duration::ZERO })
    }

    /// Takes a look, and returns the interval since the last one; `None` if there is no current work.
    pub(crate) fn observe(&self, look: Look) -> Option<Interval> {
        let piece = self.current()?;
        let reading = (look.read)(self.thread.load(Ordering::Relaxed));
        let mut seen = self.seen();
        if seen.piece != piece {
            *seen = Seen { piece, ..Seen::default() };
        }
        let Some((last, before)) = seen.last.replace((look.now, reading)) else {
            return Some(Interval { passed: Duration::ZERO, starved: Some(Duration::ZERO) });
        };
        let gap = look.now.saturating_duration_since(last);
        let passed = gap.min(2 * look.tick);
        let starved = before.zip(reading).map(|(before, now)| {
            let waited = now.waited.saturating_sub(before.waited);
            if waited.is_zero() && now.ran == before.ran && now.is_runnable {
                seen.unreported += passed;
                return passed;
            }
            let starved = waited.saturating_sub(seen.unreported);
            if !waited.is_zero() {
                seen.unreported = Duration::ZERO;
            }
            if gap > passed { starved.min(passed) } else { starved }
        });
        Some(Interval { passed, starved })
    }

    /// Adds an interval to the counted time, and returns the sum.
    pub(crate) fn count(&self, interval: Interval, excuse: Excuse) -> Option<Duration> {
        {
            let mut seen = self.seen();
            let starved = interval.starved.unwrap_or(interval.passed * (UNKNOWN_SHARE - 1) / UNKNOWN_SHARE);
            let others = excuse.starved.unwrap_or_default().saturating_sub(starved);
            let excused = others.min(excuse.limit.saturating_sub(seen.excused));
            seen.passed += interval.passed;
            seen.starved += starved + excused;
            seen.excused += excused;
        }
        self.counted()
    }

    /// The counted time of the current piece of work at the last look.
    pub(crate) fn counted(&self) -> Option<Duration> {
        let piece = self.current()?;
        let seen = self.seen();
        Some(if seen.piece == piece { seen.passed.saturating_sub(seen.starved) } else { Duration::ZERO })
    }

    fn current(&self) -> Option<u64> {
        Some(self.piece.load(Ordering::Acquire)).filter(|piece| piece % 2 == 1)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::time::Duration;

    use super::Reading;

    /// The calling thread.
    pub(super) fn thread() -> u32 {
        rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs()
    }

    pub(super) fn read(thread: u32) -> Option<Reading> {
        let file = |name| std::fs::read_to_string(format!("/proc/self/task/{thread}/{name}")).ok();
        let statistics = file("schedstat")?;
        let mut fields = statistics.split_ascii_whitespace().map(str::parse);
        let (Some(Ok(ran)), Some(Ok(waited))) = (fields.next(), fields.next()) else { return None };
        // A kernel without these statistics shows zeroes.
        if ran == 0 && waited == 0 {
            return None;
        }
        // The state follows the name, which is in brackets and may hold any character.
        let stat = file("stat")?;
        let is_runnable = stat.rsplit_once(')')?.1.trim_start().starts_with('R');
        Some(Reading { ran: Duration::from_nanos(ran), waited: Duration::from_nanos(waited), is_runnable })
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use super::Reading;

    pub(super) fn thread() -> u32 {
        0
    }

    pub(super) fn read(_: u32) -> Option<Reading> {
        None
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// The counted seconds `at` seconds after `start`. `reading` has the seconds that the thread has run and waited. The
    /// watchdog looks every second.
    fn look(activity: &Activity, start: Instant, at: u32, reading: Option<(u32, u32, bool)>) -> Option<u64> {
        let read = |_| {
            let (ran, waited, is_runnable) = reading?;
            Some(Reading { ran: ran * SECOND, waited: waited * SECOND, is_runnable })
        };
        let look = Look { now: start + at * SECOND, tick: SECOND, read: &read };
        activity.look(look).map(|counted| counted.as_secs())
    }

    #[test]
    fn waiting_for_a_cpu_does_not_count() {
        let (activity, start) = (Activity::default(), Instant::now());
        let look =
            |at, ran, waited, is_runnable| look(&activity, start, at, Some((ran, waited, is_runnable)));
        assert_eq!(look(0, 0, 0, false), None, "no current work");
        activity.begin();
        assert_eq!(look(1, 0, 7, true), Some(0), "the first look");
        assert_eq!(look(2, 1, 7, true), Some(1), "it ran");
        assert_eq!(look(3, 1, 7, false), Some(2), "it slept");
        assert_eq!(look(4, 1, 8, true), Some(2), "it waited");
        assert_eq!(look(5, 1, 8, true), Some(2), "it waits");
        assert_eq!(look(6, 1, 8, true), Some(2), "it still waits");
        assert_eq!(look(7, 2, 10, true), Some(3), "the sum now includes the two seconds; it ran");
        assert_eq!(look(99, 9, 50, true), Some(3), "the watchdog was late itself");
        assert_eq!(look(100, 9, 50, false), Some(4), "it slept");
        activity.end();
        assert_eq!(look(101, 9, 50, false), None);
        activity.begin();
        assert_eq!(look(102, 9, 50, false), Some(0), "another piece of work");
    }

    #[test]
    fn part_of_the_time_counts_without_statistics() {
        let (activity, start) = (Activity::default(), Instant::now());
        activity.begin();
        let counted = (0..=6).map(|at| look(&activity, start, at, None).unwrap());
        assert_eq!(counted.last(), Some(2));
    }

    /// Threads that keep one core busy. They and the creating thread are bound to it.
    #[cfg(target_os = "linux")]
    pub(crate) struct Crowd(std::sync::Arc<std::sync::atomic::AtomicBool>);

    #[cfg(target_os = "linux")]
    impl Crowd {
        /// Binds the calling thread to one core and starts `size` busy threads there; `None` if the system forbids it.
        pub(crate) fn around_this_thread(size: usize) -> Option<Self> {
            use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

            let allowed = sched_getaffinity(None).ok()?;
            let core = (0..CpuSet::MAX_CPU).find(|core| allowed.is_set(*core))?;
            let mut only = CpuSet::new();
            only.set(core);
            sched_setaffinity(None, &only).ok()?;
            let crowd = Self(std::sync::Arc::default());
            for _ in 0..size {
                let is_over = std::sync::Arc::clone(&crowd.0);
                // Threads inherit the affinity.
                std::thread::spawn(move || {
                    while !is_over.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            Some(crowd)
        }
    }

    #[cfg(target_os = "linux")]
    impl Drop for Crowd {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    /// Computes until `is_over`.
    #[cfg(target_os = "linux")]
    pub(crate) fn spin_until(is_over: impl Fn() -> bool) {
        while !is_over() {
            std::hint::spin_loop();
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn starved_thread_is_not_stuck() {
        use std::sync::Arc;
        use std::sync::atomic::AtomicBool;

        const DEADLINE: Duration = Duration::from_millis(300);
        const TICK: Duration = Duration::from_millis(5);
        /// Whether `work` is detected as stuck.
        fn is_detected(work: impl FnOnce() + Send + 'static, crowd: usize) -> Option<bool> {
            let (activity, is_done) = (Arc::new(Activity::default()), Arc::new(AtomicBool::new(false)));
            let (own, done) = (Arc::clone(&activity), Arc::clone(&is_done));
            let worker = std::thread::spawn(move || {
                let crowd = Crowd::around_this_thread(crowd);
                if crowd.is_some() {
                    own.begin();
                    work();
                    own.end();
                }
                done.store(true, Ordering::Relaxed);
                crowd.is_some()
            });
            let mut found = false;
            while !is_done.load(Ordering::Relaxed) && !found {
                std::thread::sleep(TICK);
                found = activity.look(Look::every(TICK)).is_some_and(|counted| counted >= DEADLINE);
            }
            if found {
                return Some(true);
            }
            worker.join().unwrap().then_some(false)
        }
        let began = Instant::now();
        // The thread gets a sixteenth of the core.
        let starved = is_detected(move || spin_until(|| began.elapsed() > 4 * DEADLINE), 15);
        let Some(starved) = starved else {
            println!("skipped: threads cannot be bound to a core");
            return;
        };
        assert!(!starved);
        let (over, blocked) = (Arc::new(AtomicBool::new(false)), std::sync::mpsc::channel::<()>());
        let loops = Arc::clone(&over);
        assert_eq!(is_detected(move || spin_until(|| loops.load(Ordering::Relaxed)), 3), Some(true));
        over.store(true, Ordering::Relaxed);
        let (release, held) = blocked;
        assert_eq!(is_detected(move || while held.recv().is_ok() {}, 3), Some(true));
        drop(release);
    }
}
