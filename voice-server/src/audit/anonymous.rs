//! Bounds how many entries per minute clients without a token cause.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::entry::Action;

/// Entries per minute of clients without a token, about 140 KB. The rate limits one address, but an IPv6 client may
/// have any number of addresses.
pub(super) const MAX_PER_MINUTE: u32 = 600;

const MINUTE: Duration = Duration::from_mins(1);

pub(super) struct AnonymousQuota {
    since: Instant,
    admitted: u32,
    omitted: BTreeMap<Action, u64>,
}

impl AnonymousQuota {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, admitted: 0, omitted: BTreeMap::new() }
    }

    /// Whether there is room for one more entry. If not, it is counted.
    pub(super) fn admit(&mut self, action: Action) -> bool {
        let has_room = self.admitted < MAX_PER_MINUTE;
        if has_room {
            self.admitted += 1;
        } else {
            *self.omitted.entry(action).or_default() += 1;
        }
        has_room
    }

    /// The counts of a minute that is over, or at the end those of the current minute.
    pub(super) fn omitted(&mut self, now: Instant, is_end: bool) -> BTreeMap<Action, u64> {
        if now.duration_since(self.since) >= MINUTE {
            (self.since, self.admitted) = (now, 0);
        } else if !is_end {
            return BTreeMap::new();
        }
        std::mem::take(&mut self.omitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_beyond_the_quota_are_counted() {
        let start = Instant::now();
        let mut anonymous = AnonymousQuota::new(start);
        let admitted = (0..100_000).filter(|_| anonymous.admit(Action::AccessRefused)).count();
        assert_eq!(admitted, MAX_PER_MINUTE as usize);
        assert!(!anonymous.admit(Action::SessionOpened));
        assert!(anonymous.omitted(start + Duration::from_secs(59), false).is_empty());
        let told = anonymous.omitted(start + MINUTE, false);
        let expected =
            [(Action::SessionOpened, 1), (Action::AccessRefused, 100_000 - u64::from(MAX_PER_MINUTE))];
        assert_eq!(told, BTreeMap::from(expected));
        assert!(anonymous.admit(Action::AccessRefused), "the next minute has room");
        assert!(anonymous.omitted(start + MINUTE, true).is_empty(), "told once");
    }
}
