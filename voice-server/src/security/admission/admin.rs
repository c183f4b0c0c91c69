//! The check of the admin secret. An address that guesses is stopped after a few attempts.

use std::num::NonZeroU32;
use std::time::Instant;

use crate::security::client::client_ip::IpKey;
use crate::security::client::rate::Rate;
use crate::security::credentials::secret::Secret;
use crate::security::refusal::Denial;

/// Wrong secrets per minute and address, and as many requests without a secret.
const FAILURES_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);

/// Sets of each table: 16,384 addresses in 400 KB.
const SETS: usize = 1_024;

/// Compares secrets with the operator's.
pub(crate) struct AdminGuard {
    secret: Secret,
    failures: Rate,
    /// Requests without a secret are not guesses. A web page can make any browser send them, so they have a separate
    /// limit and do not lock out the operator.
    missing: Rate,
}

impl AdminGuard {
    pub(crate) fn new(secret: Secret, now: Instant) -> Self {
        let rate = || Rate::with_sets(FAILURES_PER_MINUTE, SETS, now);
        Self { secret, failures: rate(), missing: rate() }
    }

    /// Checks a secret. An address with too many wrong secrets is refused before the comparison. Right secrets are
    /// never counted.
    pub(crate) fn check(&self, offered: Option<&[u8]>, address: IpKey, now: Instant) -> Result<(), Denial> {
        let Some(offered) = offered else {
            self.missing.check(address, now)?;
            return Err(Denial::AdminSecretInvalid);
        };
        let matches = self.failures.attempt(address, now, || self.secret.matches(offered))?;
        if matches { Ok(()) } else { Err(Denial::AdminSecretInvalid) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECRET: &[u8] = b"mXq0v2P4cYf1uGz7Lr8TnE5wJb3HsKd9";
    const HERE: IpKey = IpKey::V4(1);

    #[test]
    fn five_wrong_secrets_lock_an_address_out() {
        let now = Instant::now();
        let guard = AdminGuard::new(Secret::new(SECRET), now);
        for _ in 0..100 {
            assert_eq!(guard.check(Some(SECRET), HERE, now), Ok(()));
        }
        for wrong in
            ["", "m", "wrong", "mXq0v2P4cYf1uGz7Lr8TnE5wJb3HsKd9 ", "mXq0v2P4cYf1uGz7Lr8TnE5wJb3HsKd8"]
        {
            assert_eq!(guard.check(Some(wrong.as_bytes()), HERE, now), Err(Denial::AdminSecretInvalid));
        }
        for offered in [SECRET, b"wrong"] {
            assert!(matches!(guard.check(Some(offered), HERE, now), Err(Denial::RateLimited(_))));
        }
        assert_eq!(guard.check(Some(SECRET), IpKey::V4(2), now), Ok(()), "others are not locked out");
        assert_eq!(guard.check(Some(SECRET), HERE, now + Duration::from_secs(12)), Ok(()));
    }

    #[test]
    fn missing_secrets_are_limited_separately() {
        let now = Instant::now();
        let guard = AdminGuard::new(Secret::new(SECRET), now);
        let refused: Vec<_> = (0..100).map(|_| guard.check(None, HERE, now).unwrap_err()).collect();
        assert_eq!(refused[..5], [Denial::AdminSecretInvalid; 5]);
        assert!(refused[5..].iter().all(|refusal| matches!(refusal, Denial::RateLimited(_))));
        assert_eq!(guard.check(Some(b"wrong"), HERE, now), Err(Denial::AdminSecretInvalid));
        assert_eq!(guard.check(Some(SECRET), HERE, now), Ok(()));
    }

    #[test]
    fn concurrent_guesses_are_limited() {
        let now = Instant::now();
        let guard = AdminGuard::new(Secret::new(SECRET), now);
        let guess = || guard.check(Some(b"wrong"), HERE, now) == Err(Denial::AdminSecretInvalid);
        let compared: usize = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| (0..100).filter(|_| guess()).count())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(compared, 5);
    }
}
