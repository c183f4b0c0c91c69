//! When a session may end after the server is told to stop: everything that the client had sent is processed first,
//! including speech in progress.

use std::time::{Duration, Instant};

/// A client that sends nothing for this long has no more data on its way.
const CAUGHT_UP: Duration = Duration::from_millis(300);

/// If the session has waited this long in total, message by message, only new speech is still on its way.
const KEPT_UP: Duration = Duration::from_secs(2);

/// A client that sends nothing for this long in the middle of speech has stopped.
const BROKEN_OFF: Duration = Duration::from_secs(1);

pub(super) struct Stopping {
    /// When the last result is requested in any case.
    deadline: Instant,
    /// The total time without anything to do or to read.
    waited: Duration,
    waiting_since: Option<Instant>,
}

impl Stopping {
    /// A quarter of `grace` is for the last result and the close.
    pub(super) fn new(grace: Duration, now: Instant) -> Self {
        Self { deadline: now + grace / 4 * 3, waited: Duration::ZERO, waiting_since: None }
    }

    /// Records whether the session has nothing to do and nothing to read, and returns when to check again.
    pub(super) fn look(&mut self, is_waiting: bool, is_speaking: bool, now: Instant) -> Instant {
        if !is_waiting {
            self.waited += self.spell(now);
            self.waiting_since = None;
            return self.deadline;
        }
        let since = *self.waiting_since.get_or_insert(now);
        let wait = if is_speaking { BROKEN_OFF } else { CAUGHT_UP.min(KEPT_UP.saturating_sub(self.waited)) };
        self.deadline.min(since + wait)
    }

    /// A message arrived.
    pub(super) fn heard(&mut self, now: Instant) {
        self.look(false, false, now);
    }

    /// Whether the session must end now.
    pub(super) fn is_over(&self, is_speaking: bool, now: Instant) -> bool {
        let spell = self.spell(now);
        let is_through = if is_speaking {
            spell >= BROKEN_OFF
        } else {
            spell >= CAUGHT_UP || self.waited + spell >= KEPT_UP
        };
        now >= self.deadline || self.waiting_since.is_some() && is_through
    }

    fn spell(&self, now: Instant) -> Duration {
        self.waiting_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn client_without_more_data_ends_soon() {
        let start = Instant::now();
        let mut stopping = Stopping::new(Duration::from_secs(20), start);
        assert!(!stopping.is_over(false, start));
        assert_eq!(stopping.look(true, false, start), start + CAUGHT_UP);
        assert!(!stopping.is_over(false, start + 299 * MS));
        assert!(stopping.is_over(false, start + CAUGHT_UP));
    }

    #[test]
    fn backlog_in_bursts_is_processed() {
        let start = Instant::now();
        let mut stopping = Stopping::new(Duration::from_secs(20), start);
        let mut now = start;
        for _ in 0..6 {
            assert_eq!(stopping.look(true, false, now), now + CAUGHT_UP);
            now += 290 * MS;
            assert!(!stopping.is_over(false, now), "the next burst is on its way");
            stopping.heard(now);
        }
        assert_eq!(stopping.look(true, false, now), now + 260 * MS, "of two seconds in all");
        assert!(stopping.is_over(false, now + 260 * MS));
    }

    #[test]
    fn backlog_and_speech_in_progress_are_processed() {
        let start = Instant::now();
        let mut stopping = Stopping::new(Duration::from_secs(20), start);
        // A backlog: there is always something to do or to read.
        let mut now = start;
        while now < start + Duration::from_secs(10) {
            stopping.heard(now);
            assert!(!stopping.is_over(false, now));
            now += 100 * MS;
        }
        // A microphone: nothing arrives during 90 of 100 ms.
        for _ in 0..30 {
            stopping.look(true, true, now);
            now += 90 * MS;
            assert!(!stopping.is_over(true, now), "in the middle of a word");
            stopping.heard(now);
            now += 10 * MS;
        }
        stopping.look(true, false, now);
        assert!(stopping.is_over(false, now), "the word is over");
    }

    #[test]
    fn session_ends_after_three_quarters_of_the_grace() {
        let start = Instant::now();
        let mut stopping = Stopping::new(Duration::from_secs(20), start);
        let end = start + Duration::from_secs(15);
        assert_eq!(stopping.look(false, true, start), end);
        assert!(!stopping.is_over(true, start + 14_999 * MS) && stopping.is_over(true, end));
    }
}
