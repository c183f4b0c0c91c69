//! The pool of recognizers between two utterances.
//!
//! libvosk composes its search graph during the search and keeps the composed part in the recognizer. A new recognizer
//! costs the first utterance more than half a second of computing with a graph of 500,000 words. So recognizers at the
//! start of an utterance are kept here for the next session. The composed part grows with the decoded audio, so
//! recognizers that have decoded much are dropped.
//!
//! Other recognizers are kept for the next utterance of one session, which may never come. So these are dropped after a
//! time, and the oldest ones are dropped if there are too many. Every call drops the expired ones; the canary of a
//! supervised model calls several times a minute.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A recognizer that has decoded this much is not used by another session, in seconds of audio.
const MAX_SHARED_AUDIO: u64 = 90;

/// A recognizer that has decoded this much is not kept for its session, in seconds of audio.
const MAX_KEPT_AUDIO: u64 = 240;

/// The most audio that all recognizers for any session may have decoded together, in seconds.
const MAX_TOTAL_AUDIO: u64 = 180;

/// The time after which a recognizer is dropped. The last one for any session is kept as long as the model lives.
const IDLE_TIMEOUT: Duration = Duration::from_millis(super::KEEP_MS as u64);

/// Idle recognizers of type `T`.
pub(super) struct Pool<T> {
    idle: Mutex<Idle<T>>,
    limits: Limits,
}

/// The most idle recognizers.
pub(super) struct Limits {
    /// For any session.
    pub(super) free: usize,
    /// For one session each.
    pub(super) kept: usize,
}

struct Idle<T> {
    /// For any session, the latest at the end.
    free: Vec<Entry<T>>,
    /// For the session with the ticket, the latest at the end.
    kept: Vec<(Ticket, Entry<T>)>,
    next: u64,
}

struct Entry<T> {
    used: Used<T>,
    since: Instant,
}

/// A used recognizer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Used<T> {
    pub(super) recognizer: T,
    pub(super) sample_rate: u32,
    /// Decoded samples.
    pub(super) decoded: u64,
}

/// The claim of a session to a recognizer that is kept for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(u64);

impl<T> Used<T> {
    fn seconds(&self) -> u64 {
        self.decoded / u64::from(self.sample_rate)
    }
}

impl<T> Pool<T> {
    pub(super) fn new(limits: Limits) -> Self {
        Self { idle: Mutex::new(Idle { free: Vec::new(), kept: Vec::new(), next: 0 }), limits }
    }

    /// The number of recognizers for any session, and for one session each.
    #[cfg(test)]
    pub(super) fn len(&self) -> (usize, usize) {
        let idle = self.lock();
        (idle.free.len(), idle.kept.len())
    }

    /// Takes a recognizer at `sample_rate` for any session.
    pub(super) fn take(&self, sample_rate: u32, now: Instant) -> Option<Used<T>> {
        self.change(now, |idle| {
            let at = idle.free.iter().rposition(|one| one.used.sample_rate == sample_rate)?;
            Some(idle.free.remove(at).used)
        })
    }

    /// Adds a recognizer for any session, or drops it if it has decoded too much.
    pub(super) fn put(&self, used: Used<T>, now: Instant) {
        let mut used = Some(used).filter(|used| used.seconds() < MAX_SHARED_AUDIO);
        self.change(now, |idle| idle.free.extend(used.take().map(|used| Entry { used, since: now })));
    }

    /// Adds a recognizer for one session and returns its ticket, unless it has decoded too much.
    pub(super) fn keep(&self, used: Used<T>, now: Instant) -> Option<Ticket> {
        let used = Some(used).filter(|used| used.seconds() < MAX_KEPT_AUDIO)?;
        self.change(now, |idle| {
            let ticket = Ticket(idle.next);
            idle.next += 1;
            idle.kept.push((ticket, Entry { used, since: now }));
            Some(ticket)
        })
    }

    /// Takes the recognizer of the ticket, if it was not dropped.
    pub(super) fn take_kept(&self, ticket: Ticket, now: Instant) -> Option<Used<T>> {
        self.change(now, |idle| {
            let at = idle.kept.iter().position(|(other, _)| *other == ticket)?;
            Some(idle.kept.remove(at).1.used)
        })
    }

    /// Makes a change, and drops the expired recognizers.
    fn change<R>(&self, now: Instant, change: impl FnOnce(&mut Idle<T>) -> R) -> R {
        let mut idle = self.lock();
        let expired = idle.expired(&self.limits, now);
        let outcome = change(&mut idle);
        let more = idle.expired(&self.limits, now);
        // Dropped after unlocking, because it takes milliseconds.
        drop(idle);
        drop((expired, more));
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, Idle<T>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Idle<T> {
    /// Removes recognizers that are idle for too long, and the oldest ones if there are too many or they have decoded
    /// too much together.
    fn expired(&mut self, limits: &Limits, now: Instant) -> Vec<Entry<T>> {
        let is_late = |one: &Entry<T>| now.saturating_duration_since(one.since) > IDLE_TIMEOUT;
        let late = self.kept.iter().take_while(|(_, one)| is_late(one)).count();
        let late = late.max(self.kept.len().saturating_sub(limits.kept));
        let mut expired: Vec<_> = self.kept.drain(..late).map(|(_, one)| one).collect();

        let newest = self.free.len().saturating_sub(1);
        let late = self.free.iter().take(newest).take_while(|one| is_late(one)).count();
        let mut late = late.max(self.free.len().saturating_sub(limits.free));
        let decoded = |rest: &[Entry<T>]| rest.iter().map(|one| one.used.seconds()).sum::<u64>();
        while decoded(&self.free[late..]) > MAX_TOTAL_AUDIO {
            late += 1;
        }
        expired.extend(self.free.drain(..late));
        expired
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
        Used { recognizer, sample_rate, decoded: seconds * u64::from(sample_rate) }
    }

    #[test]
    fn latest_recognizer_of_the_rate_is_taken_first() {
        let (pool, now) = pool(4, 4);
        pool.put(used("one", RATE, 5), now);
        pool.put(used("two", RATE, 6), now);
        pool.put(used("low", 8_000, 7), now);
        assert_eq!(pool.take(RATE, now), Some(used("two", RATE, 6)));
        assert_eq!(pool.take(RATE, now), Some(used("one", RATE, 5)));
        assert_eq!(pool.take(RATE, now), None);
        assert_eq!(pool.take(8_000, now), Some(used("low", 8_000, 7)));
    }

    #[test]
    fn recognizers_that_decoded_much_are_dropped() {
        let (pool, now) = pool(9, 9);
        pool.put(used("used up", RATE, MAX_SHARED_AUDIO), now);
        assert_eq!(pool.take(RATE, now), None);
        assert_eq!(pool.keep(used("used up", RATE, MAX_KEPT_AUDIO), now), None);
        for name in ["a", "b", "c"] {
            pool.put(used(name, RATE, 80), now);
        }
        assert_eq!(pool.take(RATE, now).unwrap().recognizer, "c");
        assert_eq!(pool.take(RATE, now).unwrap().recognizer, "b");
        assert_eq!(pool.take(RATE, now), None, "together they decoded too much");
    }

    #[test]
    fn number_and_idle_time_are_limited() {
        let (pool, now) = pool(2, 2);
        for name in ["a", "b", "c"] {
            pool.put(used(name, RATE, 0), now);
        }
        let later = now + 2 * IDLE_TIMEOUT;
        assert_eq!(pool.take(8_000, later), None);
        assert_eq!(pool.len(), (1, 0), "the last one is kept");
        assert_eq!(pool.take(RATE, later).unwrap().recognizer, "c");
    }

    #[test]
    fn kept_recognizer_expires() {
        let (pool, now) = pool(2, 2);
        let tickets = ["a", "b", "c"].map(|name| pool.keep(used(name, RATE, 0), now).unwrap());
        assert_eq!(pool.take_kept(tickets[0], now), None, "the oldest was dropped");
        assert_eq!(pool.take_kept(tickets[1], now), Some(used("b", RATE, 0)));
        assert_eq!(pool.take_kept(tickets[1], now), None);
        assert_eq!(pool.take(RATE, now), None, "it is kept for one session");
        pool.take(RATE, now + 2 * IDLE_TIMEOUT);
        assert_eq!(pool.len(), (0, 0), "the call of any session drops it");
        assert_eq!(pool.take_kept(tickets[2], now), None);
    }
}
