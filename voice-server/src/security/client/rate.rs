//! The rate limit of an address: the generic cell rate algorithm (ITU-T I.371) over a table of fixed size. For all
//! instances, Redis computes the same (`shared/admit.lua`).

mod table;

use std::cell::Cell;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use self::table::Table;
use super::client_ip::IpKey;

/// The time in which a full quota becomes available again.
pub(crate) const WINDOW: Duration = Duration::from_mins(1);

/// Sets of the table for clients: 65,536 addresses in 1.6 MB.
const CLIENT_SETS: usize = 4_096;

/// Attempts per minute and address, all of which may come at once.
pub(crate) struct Rate {
    per_minute: NonZeroU32,
    table: Table,
    /// The start of the table's time.
    epoch: Instant,
}

/// The rate of an address after a decision, as in the `RateLimit` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateStatus {
    /// Attempts per minute.
    pub(crate) limit: u32,
    /// Attempts left now.
    pub(crate) remaining: u32,
    /// The time until all attempts are available again.
    pub(crate) reset: Duration,
}

/// An attempt beyond the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLimited {
    /// The time until one attempt is admitted.
    pub(crate) retry_after: Duration,
    pub(crate) rate_status: RateStatus,
}

impl Rate {
    /// `now` is the start: an earlier time counts as the start.
    pub(crate) fn new(per_minute: NonZeroU32, now: Instant) -> Self {
        Self::with_sets(per_minute, CLIENT_SETS, now)
    }

    /// A table of `sets` times 16 addresses.
    pub(crate) fn with_sets(per_minute: NonZeroU32, sets: usize, now: Instant) -> Self {
        Self { per_minute, table: Table::new(sets), epoch: now }
    }

    /// The time in which one attempt becomes available again.
    pub(crate) fn interval(&self) -> Duration {
        WINDOW / self.per_minute.get()
    }

    /// Counts an attempt if one is left.
    pub(crate) fn check(&self, key: IpKey, now: Instant) -> Result<RateStatus, RateLimited> {
        self.decide(key, now, || true)
    }

    /// The same decision without counting.
    pub(crate) fn peek(&self, key: IpKey, now: Instant) -> Result<RateStatus, RateLimited> {
        self.decide(key, now, || false)
    }

    /// Makes an attempt if one is left, counts it if it fails, and returns its result. Attempts of one address are made
    /// one after the other, so that concurrent ones cannot pass before the first failure is counted.
    pub(crate) fn attempt(
        &self,
        key: IpKey,
        now: Instant,
        attempt: impl Fn() -> bool,
    ) -> Result<bool, RateLimited> {
        let succeeded = Cell::new(false);
        self.decide(key, now, || {
            succeeded.set(attempt());
            !succeeded.get()
        })?;
        Ok(succeeded.get())
    }

    /// `counts` is called only if an attempt is left, while the entry is locked.
    fn decide(
        &self,
        key: IpKey,
        now: Instant,
        counts: impl FnOnce() -> bool,
    ) -> Result<RateStatus, RateLimited> {
        let now = now.saturating_duration_since(self.epoch).as_nanos() as u64;
        let (interval, burst) = (self.interval().as_nanos() as u64, u64::from(self.per_minute.get()));
        self.table.update(key, now, |until| {
            // An entry ends when all attempts are available again: the theoretical arrival time of the algorithm.
            let until = until.unwrap_or(now);
            let opens = until.saturating_sub(interval * (burst - 1));
            if now < opens {
                let retry_after = Duration::from_nanos(opens - now);
                return (Err(RateLimited { retry_after, rate_status: self.status(until, now) }), None);
            }
            if counts() {
                let until = until + interval;
                (Ok(self.status(until, now)), Some(until))
            } else {
                (Ok(self.status(until, now)), None)
            }
        })
    }

    /// The rate of an address whose entry ends at `until`.
    fn status(&self, until: u64, now: u64) -> RateStatus {
        let (interval, limit) = (self.interval().as_nanos() as u64, self.per_minute.get());
        let used = (until - now).div_ceil(interval);
        RateStatus {
            limit,
            remaining: limit.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX)),
            reset: Duration::from_nanos(until - now),
        }
    }
}

impl RateStatus {
    /// Writes `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10) and, for clients of its
    /// earlier versions, the three fields with one number each.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let reset = seconds_up(self.reset);
        let texts = [
            ("ratelimit-policy", format!("\"address\";q={};w={}", self.limit, WINDOW.as_secs())),
            ("ratelimit", format!("\"address\";r={};t={reset}", self.remaining)),
        ];
        for (name, text) in texts {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        let numbers = [
            ("ratelimit-limit", u64::from(self.limit)),
            ("ratelimit-remaining", self.remaining.into()),
            ("ratelimit-reset", reset),
        ];
        for (name, number) in numbers {
            headers.insert(HeaderName::from_static(name), number.into());
        }
    }
}

/// Seconds, rounded up.
pub(crate) fn seconds_up(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    fn rate(per_minute: u32, now: Instant) -> Rate {
        Rate::new(NonZeroU32::new(per_minute).unwrap(), now)
    }

    fn address(number: u32) -> IpKey {
        IpKey::V4(number)
    }

    #[test]
    fn quota_is_a_burst_then_one_by_one() {
        let start = Instant::now();
        let rate = rate(60, start);
        for used in 1..=60 {
            let rate_status = rate.check(address(1), start).unwrap();
            let reset = Duration::from_secs(used.into());
            assert_eq!(rate_status, RateStatus { limit: 60, remaining: 60 - used, reset });
        }
        let full = RateStatus { limit: 60, remaining: 0, reset: WINDOW };
        let refused = RateLimited { retry_after: Duration::from_secs(1), rate_status: full };
        assert_eq!(rate.check(address(1), start), Err(refused));
        let soon = start + Duration::from_millis(999);
        assert_eq!(rate.check(address(1), soon).unwrap_err().retry_after, MILLI);
        assert_eq!(rate.check(address(1), soon + MILLI).unwrap().remaining, 0);
        assert!(rate.check(address(1), soon + MILLI).is_err());
        assert_eq!(rate.check(address(2), start).unwrap().remaining, 59, "another address is not touched");
        let rested = start + WINDOW + Duration::from_secs(1);
        assert_eq!(rate.check(address(1), rested).unwrap().remaining, 59);
    }

    #[test]
    fn peek_counts_nothing_and_time_may_step_back() {
        let start = Instant::now();
        let later = start + Duration::from_secs(30);
        let rate = rate(3, start);
        for _ in 0..10 {
            assert!(rate.peek(address(1), start).is_ok());
        }
        for _ in 0..3 {
            rate.check(address(1), later).unwrap();
        }
        assert!(rate.check(address(1), start).is_err());
        assert!(rate.peek(address(1), later).is_err());
    }

    #[test]
    fn only_failures_count() {
        let start = Instant::now();
        let rate = rate(5, start);
        for _ in 0..100 {
            assert_eq!(rate.attempt(address(1), start, || true), Ok(true));
        }
        for _ in 0..5 {
            assert_eq!(rate.attempt(address(1), start, || false), Ok(false));
        }
        let made = Cell::new(false);
        assert!(rate.attempt(address(1), start, || made.replace(true)).is_err());
        assert!(!made.get());
    }

    #[test]
    fn many_addresses_are_counted_exactly() {
        let start = Instant::now();
        let rate = rate(7, start);
        let mut order: Vec<u32> = (0..100_000).map(|attempt| attempt % 10_000).collect();
        let mut random = 1_u64;
        for place in (1..order.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            order.swap(place, (random >> 33) as usize % (place + 1));
        }
        let allowed_at =
            |now| order.iter().filter(|&&number| rate.check(address(number), now).is_ok()).count();
        assert_eq!(allowed_at(start), 70_000);
        // Three of seven are available after 3/7 of a minute, and all of them after a minute.
        assert_eq!(allowed_at(start + 3 * rate.interval()), 30_000);
        assert_eq!(allowed_at(start + 3 * rate.interval() + WINDOW), 70_000);
    }

    #[test]
    fn million_addresses_do_not_grow_the_table() {
        let start = Instant::now();
        let rate = rate(2, start);
        let bytes = rate.table.bytes();
        assert!(bytes < 2 << 20, "{bytes}");
        let regulars = || (0..1_000).map(address);
        for key in regulars() {
            assert!(rate.check(key, start).is_ok() && rate.check(key, start).is_ok());
        }
        let newcomers = (0..1_000_000).map(|number| IpKey::V6(number << 20));
        let allowed = newcomers.filter(|key| rate.check(*key, start).is_ok()).count();
        assert_eq!(rate.table.live(0), rate.table.capacity(), "every slot is taken");
        assert_eq!(rate.table.bytes(), bytes);
        assert!(
            regulars().all(|key| rate.check(key, start).is_err()),
            "those who were there are still known"
        );
        // One for each free slot, and two for each set's shared slot.
        assert_eq!(allowed, rate.table.capacity() - 1_000 + 2 * CLIENT_SETS);
        assert!(
            (0..1_000)
                .map(|number| IpKey::V6(number << 20))
                .all(|key| rate.check(key, start + WINDOW).is_ok())
        );
    }

    #[test]
    fn threads_share_the_quota_of_an_address() {
        let start = Instant::now();
        let rate = rate(1_000, start);
        let allowed: usize = std::thread::scope(|scope| {
            let asking = || (0..500).filter(|_| rate.check(address(1), start).is_ok()).count();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(asking)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(allowed, 1_000);
    }

    #[test]
    fn headers_show_the_rate() {
        let mut headers = HeaderMap::new();
        RateStatus { limit: 60, remaining: 12, reset: Duration::from_millis(47_001) }.write(&mut headers);
        for (name, value) in [
            ("ratelimit-policy", "\"address\";q=60;w=60"),
            ("ratelimit", "\"address\";r=12;t=48"),
            ("ratelimit-limit", "60"),
            ("ratelimit-remaining", "12"),
            ("ratelimit-reset", "48"),
        ] {
            assert_eq!(headers[name], value);
        }
    }
}
