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

    /// How long a program that tests a model in a process of its own may take, which is less than the limit of the load
    /// that waits for it: 60 deadlines, by default 4 min.
    pub const fn trial_deadline(&self) -> Duration {
        self.deadline.saturating_mul(60)
    }

    /// How long a call waits for what another one measures or a helper process loads, so that it is not late because of
    /// it: 5 deadlines, by default 20 s.
    pub const fn wait_deadline(&self) -> Duration {
        self.deadline.saturating_mul(5)
    }

    /// How long a helper process may take for a piece of work, so that a hung one is ended before the call that waits
    /// for it is stuck: 3/4 of the deadline, by default 3 s.
    pub fn helper_deadline(&self) -> Duration {
        self.deadline / 4 * 3
    }

    /// How long a step may take before a [`Pool`](crate::pool::Pool) replaces its worker, which is many times the longest
    /// step of a streaming engine: a quarter of the deadline, by default 1 s.
    pub fn step_deadline(&self) -> Duration {
        self.deadline / 4
    }

    /// How long a session waits for the outcome of a command, while the engine may be slow: 15 deadlines, by default
    /// 60 s.
    pub const fn outcome_deadline(&self) -> Duration {
        self.deadline.saturating_mul(15)
    }

    /// The same if the engine is known to be stuck: a quarter of it, by default 15 s. Workers that hang have been replaced
    /// by then, and served the commands that only waited for a worker.
    pub fn stuck_outcome_deadline(&self) -> Duration {
        self.outcome_deadline() / 4
    }

    /// How long a caller waits for its turn at an engine that serves one caller at a time, and may be starting: 8
    /// deadlines, by default 32 s.
    pub const fn queue_deadline(&self) -> Duration {
        self.deadline.saturating_mul(8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(policy: &Policy) -> [Duration; 10] {
        [
            policy.step_deadline(),
            policy.helper_deadline(),
            policy.deadline,
            policy.stuck_outcome_deadline(),
            policy.wait_deadline(),
            policy.late_deadline(),
            policy.queue_deadline(),
            policy.outcome_deadline(),
            policy.trial_deadline(),
            policy.load_deadline(),
        ]
    }

    #[test]
    fn limits_keep_their_order() {
        for deadline in [1, 30, 4_000, 600_000].map(Duration::from_millis).into_iter().chain([LONGEST]) {
            let policy = Policy { deadline, ..Policy::DEFAULT };
            let limits = limits(&policy);
            assert!(limits.is_sorted() && policy.tick() <= deadline, "{limits:?}");
        }
        assert_eq!(
            limits(&Policy::DEFAULT).map(|limit| limit.as_secs()),
            [1, 3, 4, 15, 20, 24, 32, 60, 240, 300]
        );
    }
}
