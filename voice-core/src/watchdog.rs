//! Tells a thread that hangs from one that is given no CPU.
//!
//! Time counts against a piece of work while its thread runs or sleeps, and not while it waits for a CPU. An engine
//! that loops runs and one that is blocked sleeps, so both are found; on an overloaded machine a thread waits.
//! Source: `/proc/PID/task/TID/schedstat`, as the kernel's document "Scheduler Statistics" has it: nanoseconds on a
//! CPU, nanoseconds on a run queue, number of turns. It counts as waiting too when a control group has used up its CPU
//! quota.
//!
//! A watchdog looks again and again, and says how often it means to. If it comes late, the whole process may have been
//! stopped: of the time between two looks no more counts than two of its ticks.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Where the system does not tell how long a thread has waited for a CPU, this part of the time counts.
const UNTOLD: u32 = 3;

/// What one thread is doing, as a watchdog sees it from outside.
#[derive(Default)]
pub(crate) struct Activity {
    /// The number of the piece of work that is under way, which is odd; even between two of them.
    piece: AtomicU64,
    /// The thread that does it, as the system numbers it; 0 where it does not.
    thread: AtomicU32,
    seen: Mutex<Seen>,
}

/// What a watchdog has seen of the piece of work under way.
#[derive(Debug, Default)]
struct Seen {
    piece: u64,
    /// The last look.
    last: Option<(Instant, Option<Reading>)>,
    /// Waiting that was seen and is not yet in the system's sum, which grows when the thread gets a CPU.
    ahead: Duration,
    /// Between the looks, and what of it does not count.
    passed: Duration,
    starved: Duration,
    /// What of the latter was another thread's waiting.
    excused: Duration,
}

/// What the system says of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Time on a CPU.
    pub(crate) ran: Duration,
    /// Time in which it waited for one, up to when it last got one.
    pub(crate) waited: Duration,
    /// It runs or waits for a CPU; else it sleeps.
    pub(crate) is_runnable: bool,
}

/// What passed since the last look, and what of it the thread waited for a CPU; `None` if that is not known.
#[derive(Clone, Copy)]
pub(crate) struct Interval {
    passed: Duration,
    pub(crate) starved: Option<Duration>,
}

/// What else does not count: another thread, which the work may wait for, was given no CPU.
#[derive(Clone, Copy)]
pub(crate) struct Excuse {
    /// How long since the last look; `None` if that is not known.
    pub(crate) starved: Option<Duration>,
    /// The most that does not count of one piece of work for that reason.
    pub(crate) limit: Duration,
}

/// One look of a watchdog.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) now: Instant,
    /// How often the watchdog means to look.
    pub(crate) tick: Duration,
    pub(crate) read: &'a dyn Fn(u32) -> Option<Reading>,
}

impl Look<'_> {
    /// A look at the system, by a watchdog that looks every `tick`.
    pub(crate) fn every(tick: Duration) -> Self {
        Self { now: Instant::now(), tick, read: &system::read }
    }
}

impl Activity {
    /// The calling thread begins a piece of work.
    pub(crate) fn begin(&self) {
        self.thread.store(system::thread(), Ordering::Relaxed);
        self.piece.fetch_add(1, Ordering::Release);
    }

    /// It has done it.
    pub(crate) fn end(&self) {
        self.piece.fetch_add(1, Ordering::Release);
    }

    /// Takes a look, and returns the time that counts against the piece of work under way; nothing if there is none.
    pub(crate) fn look(&self, look: Look) -> Option<Duration> {
        let interval = self.observe(look)?;
        self.count(interval, Excuse { starved: None, limit: Duration::ZERO })
    }

    /// Takes a look, and returns what it shows; nothing if no work is under way.
    pub(crate) fn observe(&self, look: Look) -> Option<Interval> {
        let piece = self.under_way()?;
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
                seen.ahead += passed;
                return passed;
            }
            let starved = waited.saturating_sub(seen.ahead);
            if !waited.is_zero() {
                seen.ahead = Duration::ZERO;
            }
            if gap > passed { starved.min(passed) } else { starved }
        });
        Some(Interval { passed, starved })
    }

    /// Adds what a look has shown to what counts, and returns the sum.
    pub(crate) fn count(&self, interval: Interval, excuse: Excuse) -> Option<Duration> {
        {
            let mut seen = self.seen();
            let starved = interval.starved.unwrap_or(interval.passed * (UNTOLD - 1) / UNTOLD);
            let others = excuse.starved.unwrap_or_default().saturating_sub(starved);
            let excused = others.min(excuse.limit.saturating_sub(seen.excused));
            seen.passed += interval.passed;
            seen.starved += starved + excused;
            seen.excused += excused;
        }
        self.counted()
    }

    /// What counted at the last look at the piece of work under way.
    pub(crate) fn counted(&self) -> Option<Duration> {
        let piece = self.under_way()?;
        let seen = self.seen();
        Some(if seen.piece == piece { seen.passed.saturating_sub(seen.starved) } else { Duration::ZERO })
    }

    fn under_way(&self) -> Option<u64> {
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
        // A kernel that keeps no such statistics shows zeroes.
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

    /// What counts `at` seconds after `start`, when the thread has run and waited for so many seconds, and the watchdog
    /// looks every second.
    fn look(activity: &Activity, start: Instant, at: u32, reading: Option<(u32, u32, bool)>) -> Option<u64> {
        let read = |_| {
            let (ran, waited, is_runnable) = reading?;
            Some(Reading { ran: ran * SECOND, waited: waited * SECOND, is_runnable })
        };
        let look = Look { now: start + at * SECOND, tick: SECOND, read: &read };
        activity.look(look).map(|counted| counted.as_secs())
    }

    #[test]
    fn time_counts_unless_the_thread_waits_for_a_cpu() {
        let (activity, start) = (Activity::default(), Instant::now());
        let look =
            |at, ran, waited, is_runnable| look(&activity, start, at, Some((ran, waited, is_runnable)));
        assert_eq!(look(0, 0, 0, false), None, "nothing is under way");
        activity.begin();
        assert_eq!(look(1, 0, 7, true), Some(0), "the first look");
        assert_eq!(look(2, 1, 7, true), Some(1), "it ran");
        assert_eq!(look(3, 1, 7, false), Some(2), "it slept");
        assert_eq!(look(4, 1, 8, true), Some(2), "it waited");
        assert_eq!(look(5, 1, 8, true), Some(2), "it waits");
        assert_eq!(look(6, 1, 8, true), Some(2), "it waits still");
        assert_eq!(look(7, 2, 10, true), Some(3), "the two seconds are in the sum now; it ran");
        assert_eq!(look(99, 9, 50, true), Some(3), "the watchdog was late itself");
        assert_eq!(look(100, 9, 50, false), Some(4), "it slept");
        activity.end();
        assert_eq!(look(101, 9, 50, false), None);
        activity.begin();
        assert_eq!(look(102, 9, 50, false), Some(0), "another piece of work");
    }

    #[test]
    fn where_the_system_does_not_tell_time_counts_for_less() {
        let (activity, start) = (Activity::default(), Instant::now());
        activity.begin();
        let counted = (0..=6).map(|at| look(&activity, start, at, None).unwrap());
        assert_eq!(counted.last(), Some(2));
    }

    /// Threads that keep the one core busy to which they and their maker are bound.
    #[cfg(target_os = "linux")]
    pub(crate) struct Crowd(std::sync::Arc<std::sync::atomic::AtomicBool>);

    #[cfg(target_os = "linux")]
    impl Crowd {
        /// Binds the calling thread to one core and crowds it; `None` where the system forbids it.
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
                // They inherit the core.
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
    fn a_thread_on_a_crowded_core_is_not_hung_and_one_that_loops_or_blocks_there_is() {
        use std::sync::Arc;
        use std::sync::atomic::AtomicBool;

        const DEADLINE: Duration = Duration::from_millis(300);
        const TICK: Duration = Duration::from_millis(5);
        /// What is looked at, and whether it counts for as long as the deadline.
        fn is_found(work: impl FnOnce() + Send + 'static, crowd: usize) -> Option<bool> {
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
        // At a sixteenth of the core, many deadlines are little work.
        let starved = is_found(move || spin_until(|| began.elapsed() > 4 * DEADLINE), 15);
        let Some(starved) = starved else {
            println!("skipped: threads cannot be bound to a core");
            return;
        };
        assert!(!starved);
        let (over, blocked) = (Arc::new(AtomicBool::new(false)), std::sync::mpsc::channel::<()>());
        let loops = Arc::clone(&over);
        assert_eq!(is_found(move || spin_until(|| loops.load(Ordering::Relaxed)), 3), Some(true));
        over.store(true, Ordering::Relaxed);
        let (release, held) = blocked;
        assert_eq!(is_found(move || while held.recv().is_ok() {}, 3), Some(true));
        drop(release);
    }
}
