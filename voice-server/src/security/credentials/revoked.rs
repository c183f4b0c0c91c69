//! Tokens that were revoked before they expire.

use std::collections::{BTreeSet, HashMap};
use std::time::SystemTime;

use parking_lot::RwLock;

use super::jwt::since_1970;
use crate::digest::{Hash, sha256};

/// The most expired entries that one operation removes.
const SWEEP: usize = 16;

/// The hashes of the ids of revoked tokens, until the tokens expire.
pub(crate) struct Revoked {
    capacity: usize,
    list: RwLock<List>,
}

/// The stored form of a token's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TokenId(Hash);

/// The limit of revoked tokens is reached. Forgetting one would make it valid again, so none is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RevokedFull;

#[derive(Default)]
struct List {
    /// Each with the second since 1970 in which it expires.
    ids: HashMap<TokenId, u64>,
    /// The same, ordered by expiry.
    order: BTreeSet<(u64, TokenId)>,
}

impl TokenId {
    /// `jti`: the claim of that name.
    pub(crate) fn of(jti: &str) -> Self {
        Self(sha256(jti.as_bytes()))
    }

    #[cfg(feature = "redis")]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Revoked {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, list: RwLock::default() }
    }

    /// `exp`: the token's own expiry or, if that is not known, the expiry of the longest token that could have been
    /// issued.
    pub(crate) fn add(&self, id: TokenId, exp: u64, now: SystemTime) -> Result<(), RevokedFull> {
        let mut list = self.list.write();
        list.sweep(now);
        let known = list.ids.get(&id).copied();
        if known.is_none() && list.ids.len() >= self.capacity {
            return Err(RevokedFull);
        }
        if let Some(known) = known {
            list.order.remove(&(known, id));
        }
        let exp = known.map_or(exp, |known| known.max(exp));
        list.ids.insert(id, exp);
        list.order.insert((exp, id));
        Ok(())
    }

    pub(crate) fn contains(&self, id: TokenId) -> bool {
        self.list.read().ids.contains_key(&id)
    }

    /// All entries, each with the second since 1970 in which it expires.
    #[cfg(any(feature = "redis", test))]
    pub(crate) fn all(&self) -> Vec<(u64, TokenId)> {
        self.list.read().order.iter().copied().collect()
    }
}

impl List {
    fn sweep(&mut self, now: SystemTime) {
        let now = since_1970(now).as_secs();
        for _ in 0..SWEEP {
            let Some(&(exp, id)) = self.order.first().filter(|(exp, _)| *exp <= now) else { break };
            self.order.remove(&(exp, id));
            self.ids.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn id(number: u64) -> TokenId {
        TokenId::of(&number.to_string())
    }

    #[test]
    fn token_stays_revoked_until_it_expires() {
        let revoked = Revoked::new(10);
        assert!(!revoked.contains(id(1)));
        revoked.add(id(1), 100, at(0)).unwrap();
        revoked.add(id(1), 50, at(0)).unwrap();
        revoked.add(id(2), 200, at(99)).unwrap();
        assert!(revoked.contains(id(1)) && revoked.contains(id(2)) && !revoked.contains(id(3)));
        revoked.add(id(3), 300, at(100)).unwrap();
        assert_eq!(revoked.all(), [(200, id(2)), (300, id(3))]);
    }

    #[test]
    fn full_list_forgets_no_token() {
        let revoked = Revoked::new(100);
        for number in 0..100 {
            revoked.add(id(number), 100 + number, at(0)).unwrap();
        }
        assert_eq!(revoked.add(id(100), 1_000, at(99)), Err(RevokedFull));
        assert_eq!(revoked.add(id(7), 1_000, at(99)), Ok(()), "a known token needs no room");
        assert!((0..100).all(|number| revoked.contains(id(number))));
        assert_eq!(revoked.add(id(100), 1_000, at(100)), Ok(()));
        assert!(!revoked.contains(id(0)));
        assert_eq!(revoked.all().len(), 100);
    }
}
