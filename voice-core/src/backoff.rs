//! Delays between the attempts at something that may fail.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// The upper bound of delays and intervals. Larger values could overflow `Instant` arithmetic.
pub(super) const LONGEST: Duration = Duration::from_hours(365 * 24);

/// Exponential backoff: each delay is `factor` times the previous one, up to `max`, and then changed at random, so that
/// many clients do not retry at the same moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// The number of attempts, the first included; at least 1.
    pub attempts: u32,
    /// The delay before the second attempt; a year at most.
    pub first: Duration,
    /// The factor between two delays; at least 1.
    pub factor: f64,
    /// The longest delay; a year at most.
    pub max: Duration,
    /// The most by which a delay is changed, as a fraction of itself: 0 to 1.
    pub jitter: f64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Backoff {
    /// Three attempts with delays of 1 and 2 s, changed by up to a quarter.
    pub const DEFAULT: Self = Self {
        attempts: 3,
        first: Duration::from_secs(1),
        factor: 2.0,
        max: Duration::from_mins(1),
        jitter: 0.25,
    };

    /// Checks that every field is in its range. Fails with [`ErrorKind::OptionInvalid`].
    pub fn validate(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::new(ErrorKind::OptionInvalid, what));
        if self.attempts == 0 {
            return wrong("a backoff needs at least 1 attempt");
        }
        if !(self.factor >= 1.0 && self.factor.is_finite()) {
            return wrong("a backoff's factor must be 1 or more");
        }
        if !(0.0..=1.0).contains(&self.jitter) {
            return wrong("a backoff's jitter must lie between 0 and 1");
        }
        if self.first.max(self.max) > LONGEST {
            return wrong("a backoff's delays must be a year at most");
        }
        Ok(())
    }

    /// The delays between the attempts: one fewer than attempts.
    pub fn delays(self) -> impl Iterator<Item = Duration> {
        self.endless().take(self.attempts.saturating_sub(1) as usize)
    }

    /// The same delays without end.
    pub fn endless(self) -> impl Iterator<Item = Duration> {
        let max = self.max.min(LONGEST);
        // The product may overflow a duration. It is limited to `max` afterwards.
        let times = |delay: Duration, factor: f64| {
            Duration::try_from_secs_f64(delay.as_secs_f64() * factor).unwrap_or(LONGEST)
        };
        let mut next = self.first;
        std::iter::from_fn(move || {
            let delay = next.min(max);
            next = times(delay, self.factor);
            Some(times(delay, 1.0 + self.jitter * (2.0 * fastrand::f64() - 1.0)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: Backoff = Backoff {
        attempts: 5,
        first: Duration::from_secs(1),
        factor: 3.0,
        max: Duration::from_secs(10),
        jitter: 0.0,
    };

    #[test]
    fn delays_grow_up_to_the_maximum() {
        let seconds: Vec<_> = EXACT.delays().map(|delay| delay.as_secs()).collect();
        assert_eq!(seconds, [1, 3, 9, 10]);
        assert_eq!(EXACT.endless().nth(1_000), Some(EXACT.max));
    }

    #[test]
    fn large_values_do_not_overflow() {
        for backoff in [
            Backoff { factor: f64::MAX, max: LONGEST, ..EXACT },
            Backoff {
                first: Duration::MAX,
                max: Duration::MAX,
                factor: f64::INFINITY,
                attempts: 3,
                jitter: 1.0,
            },
        ] {
            assert!(backoff.endless().take(100).all(|delay| delay <= 2 * LONGEST), "{backoff:?}");
        }
    }

    #[test]
    fn jitter_is_bounded() {
        let backoff = Backoff { jitter: 0.5, max: EXACT.first, ..EXACT };
        let delays: Vec<_> = backoff.endless().take(200).map(|delay| delay.as_secs_f64()).collect();
        assert!(delays.iter().all(|delay| (0.5..=1.5).contains(delay)), "{delays:?}");
        assert!(delays.iter().any(|delay| *delay < 0.9) && delays.iter().any(|delay| *delay > 1.1));
    }

    #[test]
    fn invalid_fields_are_refused() {
        assert_eq!(Backoff { attempts: 1, ..EXACT }.delays().count(), 0);
        for wrong in [
            Backoff { attempts: 0, ..EXACT },
            Backoff { factor: 0.5, ..EXACT },
            Backoff { factor: f64::NAN, ..EXACT },
            Backoff { jitter: 1.5, ..EXACT },
            Backoff { first: Duration::MAX, ..EXACT },
            Backoff { max: LONGEST + Duration::from_secs(1), ..EXACT },
        ] {
            assert!(wrong.validate().is_err(), "{wrong:?}");
        }
    }
}
