//! Recognizers between two utterances.
//!
//! libvosk composes its search graph as the search goes and keeps what it composed in the recognizer. A new one
//! starts from nothing, which costs the first utterance more than half a second of computing with a graph of
//! 500,000 words. So recognizers that are at the start of an utterance wait here for the next session. What they
//! keep also grows with what they hear: those that heard much are let go of.
//!
//! Others wait here for the next utterance of one session. It may never come: a client that is silent is not heard of.
//! So these wait for a time too, and the oldest goes where there are too many. Every call lets go of what is late; the
//! canary of a model that is looked after calls several times a minute.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A recognizer that heard this much is not used by another session, in seconds of audio.
const WORN: u64 = 90;

/// A recognizer that heard this much does not wait for its session, in seconds of audio.
const WORN_IN_ONE: u64 = 240;

/// What all that wait for any session may have heard, in seconds of audio.
const ALL: u64 = 180;

/// How long one waits; the last that came back for any session waits as long as the model lives.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waiting recognizers, of whatever type an engine has.
pub(super) struct Pool<T> {
    waiting: Mutex<Waiting<T>>,
    limits: Limits,
}

/// The most recognizers that wait.
pub(super) struct Limits {
    /// For any session.
    pub(super) free: usize,
    /// For one session each.
    pub(super) kept: usize,
}

struct Waiting<T> {
    /// For any session, the last that came back at the end.
    free: Vec<One<T>>,
    /// For the session that has the ticket, the last that came at the end.
    kept: Vec<(Ticket, One<T>)>,
    next: u64,
}

struct One<T> {
    used: Used<T>,
    since: Instant,
}

/// A recognizer that was used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Used<T> {
    pub(super) recognizer: T,
    pub(super) sample_rate: u32,
    /// Samples heard.
    pub(super) heard: u64,
}

/// What a session gets for a recognizer that waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(u64);

impl<T> Used<T> {
    fn seconds(&self) -> u64 {
        self.heard / u64::from(self.sample_rate)
    }
}

impl<T> Pool<T> {
    pub(super) fn new(limits: Limits) -> Self {
        Self { waiting: Mutex::new(Waiting { free: Vec::new(), kept: Vec::new(), next: 0 }), limits }
    }

    /// How many wait for any session, and for one.
    #[cfg(test)]
    pub(super) fn len(&self) -> (usize, usize) {
        let waiting = self.lock();
        (waiting.free.len(), waiting.kept.len())
    }

    /// One for any session that hears that rate.
    pub(super) fn take(&self, sample_rate: u32, now: Instant) -> Option<Used<T>> {
        self.change(now, |waiting| {
            let at = waiting.free.iter().rposition(|one| one.used.sample_rate == sample_rate)?;
            Some(waiting.free.remove(at).used)
        })
    }

    /// Takes one back that is as good as new, or lets go of it.
    pub(super) fn give(&self, used: Used<T>, now: Instant) {
        let mut used = Some(used).filter(|used| used.seconds() < WORN);
        self.change(now, |waiting| waiting.free.extend(used.take().map(|used| One { used, since: now })));
    }

    /// Takes one that is to wait for its session, unless it heard too much, and says how it is got back.
    pub(super) fn keep(&self, used: Used<T>, now: Instant) -> Option<Ticket> {
        let used = Some(used).filter(|used| used.seconds() < WORN_IN_ONE)?;
        self.change(now, |waiting| {
            let ticket = Ticket(waiting.next);
            waiting.next += 1;
            waiting.kept.push((ticket, One { used, since: now }));
            Some(ticket)
        })
    }

    /// The one that waits for the session with that ticket, if it still does.
    pub(super) fn take_kept(&self, ticket: Ticket, now: Instant) -> Option<Used<T>> {
        self.change(now, |waiting| {
            let at = waiting.kept.iter().position(|(other, _)| *other == ticket)?;
            Some(waiting.kept.remove(at).1.used)
        })
    }

    /// Makes a change, and lets go of those that need not wait any longer.
    fn change<R>(&self, now: Instant, change: impl FnOnce(&mut Waiting<T>) -> R) -> R {
        let mut waiting = self.lock();
        let leaving = waiting.leaving(&self.limits, now);
        let outcome = change(&mut waiting);
        let more = waiting.leaving(&self.limits, now);
        // Freeing what they hold takes milliseconds.
        drop(waiting);
        drop((leaving, more));
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Waiting<T> {
    /// Takes out those that waited too long, and the oldest where there are too many or they heard too much.
    fn leaving(&mut self, limits: &Limits, now: Instant) -> Vec<One<T>> {
        let is_late = |one: &One<T>| now.saturating_duration_since(one.since) > PATIENCE;
        let late = self.kept.iter().take_while(|(_, one)| is_late(one)).count();
        let late = late.max(self.kept.len().saturating_sub(limits.kept));
        let mut leaving: Vec<_> = self.kept.drain(..late).map(|(_, one)| one).collect();

        let newest = self.free.len().saturating_sub(1);
        let late = self.free.iter().take(newest).take_while(|one| is_late(one)).count();
        let mut late = late.max(self.free.len().saturating_sub(limits.free));
        let heard = |rest: &[One<T>]| rest.iter().map(|one| one.used.seconds()).sum::<u64>();
        while heard(&self.free[late..]) > ALL {
            late += 1;
        }
        leaving.extend(self.free.drain(..late));
        leaving
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 16_000;

    fn pool(free: usize, kept: usize) -> (Pool<&'static str>, Instant) {
        (Pool::new(Limits { free, kept }), Instant::now())
    }

    fn used(recognizer: &'static str, sample_rate: u32, seconds: u64) -> Used<&'static str> {
        Used { recognizer, sample_rate, heard: seconds * u64::from(sample_rate) }
    }

    #[test]
    fn the_last_that_came_back_goes_first_and_rates_are_kept_apart() {
        let (pool, now) = pool(4, 4);
        pool.give(used("one", RATE, 5), now);
        pool.give(used("two", RATE, 6), now);
        pool.give(used("low", 8_000, 7), now);
        assert_eq!(pool.take(RATE, now), Some(used("two", RATE, 6)));
        assert_eq!(pool.take(RATE, now), Some(used("one", RATE, 5)));
        assert_eq!(pool.take(RATE, now), None);
        assert_eq!(pool.take(8_000, now), Some(used("low", 8_000, 7)));
    }

    #[test]
    fn those_that_heard_much_are_let_go_of() {
        let (pool, now) = pool(9, 9);
        pool.give(used("worn", RATE, WORN), now);
        assert_eq!(pool.take(RATE, now), None);
        assert_eq!(pool.keep(used("worn", RATE, WORN_IN_ONE), now), None);
        for name in ["a", "b", "c"] {
            pool.give(used(name, RATE, 80), now);
        }
        assert_eq!(pool.take(RATE, now).unwrap().recognizer, "c");
        assert_eq!(pool.take(RATE, now).unwrap().recognizer, "b");
        assert_eq!(pool.take(RATE, now), None, "together they heard too much");
    }

    #[test]
    fn few_wait_and_not_for_long() {
        let (pool, now) = pool(2, 2);
        for name in ["a", "b", "c"] {
            pool.give(used(name, RATE, 0), now);
        }
        let later = now + 2 * PATIENCE;
        assert_eq!(pool.take(8_000, later), None);
        assert_eq!(pool.len(), (1, 0), "the last one stays");
        assert_eq!(pool.take(RATE, later).unwrap().recognizer, "c");
    }

    #[test]
    fn one_that_is_kept_for_a_session_that_is_silent_is_let_go_of() {
        let (pool, now) = pool(2, 2);
        let tickets = ["a", "b", "c"].map(|name| pool.keep(used(name, RATE, 0), now).unwrap());
        assert_eq!(pool.take_kept(tickets[0], now), None, "the oldest made room");
        assert_eq!(pool.take_kept(tickets[1], now), Some(used("b", RATE, 0)));
        assert_eq!(pool.take_kept(tickets[1], now), None);
        assert_eq!(pool.take(RATE, now), None, "it is for one session");
        pool.take(RATE, now + 2 * PATIENCE);
        assert_eq!(pool.len(), (0, 0), "any session's call lets go of it");
        assert_eq!(pool.take_kept(tickets[2], now), None);
    }
}
