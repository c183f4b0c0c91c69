//! The policy of supervision, from which every time limit for engines is derived.

use std::time::Duration;

use crate::backoff::{Backoff, LONGEST};
use crate::error::{Error, ErrorKind, Result};

/// How models are loaded, tested and reloaded, and how long engines may take.
///
/// An engine that hangs is found at several places. Their limits are all multiples of [`deadline`](Self::deadline), so
/// that they keep their order if it is changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Attempts to load a model after errors that are retryable, and the delays between them.
    pub attempts: Backoff,
    /// The delays between further attempts in the background, whose number is not limited.
    pub retries: Backoff,
    /// The interval between the canaries of a loaded model; a year at most.
    pub canary_interval: Duration,
    /// How long a call of an engine may take before the model counts as stuck; a year at most. Time in which its
    /// thread is given no CPU does not count.
    pub deadline: Duration,
    /// Consecutive failures of sessions after which a model is reloaded.
    pub max_failures: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Policy {
    /// Three attempts, then delays from one to ten minutes; a canary every 30 s; a deadline of 4 s; five failures.
    pub const DEFAULT: Self = Self {
        attempts: Backoff::DEFAULT,
        retries: Backoff { first: Duration::from_mins(1), max: Duration::from_mins(10), ..Backoff::DEFAULT },
        canary_interval: Duration::from_secs(30),
        deadline: Duration::from_secs(4),
        max_failures: 5,
    };

    /// A call that takes this many deadlines is stuck, even if others return meanwhile. It is also the most deadlines
    /// for which a call is excused because another one is given no CPU.
    pub(super) const LATE_FACTOR: u32 = 6;

    /// Checks that every field is in its range. Fails with [`ErrorKind::OptionInvalid`].
    pub fn validate(&self) -> Result<()> {
        self.attempts.validate()?;
        self.retries.validate()?;
        let wrong = |what: &str| Err(Error::new(ErrorKind::OptionInvalid, what));
        if self.retries.first < Duration::from_millis(1) {
            return wrong("retries must be at least 1 ms apart");
        }
        if self.canary_interval < Duration::from_millis(1) || self.deadline < Duration::from_millis(1) {
            return wrong("the canary's interval and deadline must be at least 1 ms");
        }
        if self.canary_interval.max(self.deadline) > LONGEST {
            return wrong("the canary's interval and deadline must be a year at most");
        }
        if self.max_failures == 0 {
            return wrong("the number of failures before a reload must be at least 1");
        }
        Ok(())
    }

    /// The interval at which calls of engines are checked, so that a stuck one is found soon after its deadline.
    pub(super) fn tick(&self) -> Duration {
        (self.deadline / 8).min(self.canary_interval).max(Duration::from_millis(1))
    }

    /// How long a call or a canary may take while other calls of the model return: 6 deadlines, by default 24 s.
    pub const fn late_deadline(&self) -> Duration {
        self.deadline.saturating_mul(Self::LATE_FACTOR)
    }

    /// How long an engine may take to load a model of gigabytes from a slow disk, without a report of progress: 75
    /// deadlines, by default 5 min.
    pub const fn load_deadline(&self) -> Duration {
        self.deadline.saturating_mul(75)
    }

    /// How long a worker of a [`Pool`](crate::pool::Pool) may take for one turn, which makes several calls: 2.5
    /// deadlines, by default 10 s.
    pub fn turn_deadline(&self) -> Duration {
        self.deadline.saturating_mul(5) / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_keep_their_order() {
        for deadline in [1, 30, 4_000, 600_000].map(Duration::from_millis).into_iter().chain([LONGEST]) {
            let policy = Policy { deadline, ..Policy::DEFAULT };
            let limits = [deadline, policy.turn_deadline(), policy.late_deadline(), policy.load_deadline()];
            assert!(limits.is_sorted() && policy.tick() <= deadline, "{limits:?}");
        }
        let seconds = |limit: Duration| limit.as_secs();
        let default = Policy::DEFAULT;
        assert_eq!(
            [default.turn_deadline(), default.late_deadline(), default.load_deadline()].map(seconds),
            [10, 24, 300]
        );
    }
}
