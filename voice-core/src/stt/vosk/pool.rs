//! Recognizers between two utterances.
//!
//! libvosk composes its search graph as the search goes and keeps what it composed in the recognizer. A new one
//! starts from nothing, which costs the first utterance more than half a second of computing with a graph of
//! 500,000 words. So recognizers that are at the start of an utterance wait here for the next session. What they
//! keep also grows with what they hear: those that heard much are let go of.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A recognizer that heard this much is not used again, in seconds of audio.
const WORN: u64 = 90;

/// What all that wait may have heard, in seconds of audio.
const ALL: u64 = 180;

/// How long one waits; the last that came back waits as long as the model lives.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waiting recognizers, of whatever type an engine has.
pub(super) struct Pool<T> {
    waiting: Mutex<Vec<Waiting<T>>>,
    /// The most that wait.
    limit: usize,
}

struct Waiting<T> {
    recognizer: T,
    sample_rate: u32,
    /// Samples heard.
    heard: u64,
    since: Instant,
}

impl<T> Pool<T> {
    pub(super) fn new(limit: usize) -> Self {
        Self { waiting: Mutex::default(), limit }
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// One that hears that rate, and the samples that it heard already.
    pub(super) fn take(&self, sample_rate: u32, now: Instant) -> Option<(T, u64)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let leaving = leaving(&mut waiting, 0, self.limit, now);
        let at = waiting.iter().rposition(|one| one.sample_rate == sample_rate);
        let taken = at.map(|at| waiting.remove(at));
        // Freeing what they hold takes milliseconds.
        drop(waiting);
        drop(leaving);
        taken.map(|one| (one.recognizer, one.heard))
    }

    /// Takes one back that is as good as new, or lets go of it.
    pub(super) fn give(&self, recognizer: T, sample_rate: u32, heard: u64, now: Instant) {
        let one = Waiting { recognizer, sample_rate, heard, since: now };
        if one.seconds() >= WORN {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let leaving = leaving(&mut waiting, one.seconds(), self.limit - 1, now);
        waiting.push(one);
        drop(waiting);
        drop(leaving);
    }
}

impl<T> Waiting<T> {
    fn seconds(&self) -> u64 {
        self.heard / u64::from(self.sample_rate)
    }
}

/// Takes out those that waited too long, and the oldest where there are too many or they heard too much.
fn leaving<T>(waiting: &mut Vec<Waiting<T>>, seconds: u64, limit: usize, now: Instant) -> Vec<Waiting<T>> {
    let newest = waiting.len().saturating_sub(1);
    let late = |one: &Waiting<T>| now.saturating_duration_since(one.since) > PATIENCE;
    let mut leave = waiting.iter().take(newest).take_while(|one| late(one)).count();
    let heard = |rest: &[Waiting<T>]| rest.iter().map(Waiting::seconds).sum::<u64>();
    while waiting.len() - leave > limit || (leave < waiting.len() && heard(&waiting[leave..]) + seconds > ALL)
    {
        leave += 1;
    }
    waiting.drain(..leave).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 16_000;

    fn heard(seconds: u64) -> u64 {
        seconds * u64::from(RATE)
    }

    #[test]
    fn the_last_that_came_back_goes_first_and_rates_are_kept_apart() {
        let (pool, now) = (Pool::new(4), Instant::now());
        pool.give("one", RATE, 5, now);
        pool.give("two", RATE, 6, now);
        pool.give("low", 8_000, 7, now);
        assert_eq!(pool.take(RATE, now), Some(("two", 6)));
        assert_eq!(pool.take(RATE, now), Some(("one", 5)));
        assert_eq!(pool.take(RATE, now), None);
        assert_eq!(pool.take(8_000, now), Some(("low", 7)));
    }

    #[test]
    fn those_that_heard_much_are_let_go_of() {
        let (pool, now) = (Pool::new(9), Instant::now());
        pool.give("worn", RATE, heard(WORN), now);
        assert_eq!(pool.take(RATE, now), None);
        for name in ["a", "b", "c"] {
            pool.give(name, RATE, heard(80), now);
        }
        assert_eq!(pool.take(RATE, now).unwrap().0, "c");
        assert_eq!(pool.take(RATE, now).unwrap().0, "b");
        assert_eq!(pool.take(RATE, now), None, "together they heard too much");
    }

    #[test]
    fn few_wait_and_not_for_long() {
        let (pool, now) = (Pool::new(2), Instant::now());
        for name in ["a", "b", "c"] {
            pool.give(name, RATE, 0, now);
        }
        let later = now + 2 * PATIENCE;
        assert_eq!(pool.take(8_000, later), None);
        assert_eq!(pool.take(RATE, later).unwrap().0, "c", "the last one stays");
        assert_eq!(pool.take(RATE, later), None);
    }
}
