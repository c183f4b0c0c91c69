//! A table of fixed size, whatever the number of keys.
//!
//! A key belongs to one set of a few slots, as an address belongs to one set of a processor's cache. An expired entry
//! equals no entry, so the next key may use its slot, and nothing ever has to be cleaned. A live entry is never
//! replaced. New keys of a set that is full of live entries share one further slot.

use std::hash::{BuildHasher as _, RandomState};

use parking_lot::Mutex;

use crate::security::client::client_ip::IpKey;

/// Slots of a set. With 10,000 live addresses in 4,096 sets, the chance that any set is full is a few in a million.
const WAYS: usize = 16;

pub(super) struct Table {
    sets: Box<[Mutex<Set>]>,
    /// Random in every process, so that clients cannot choose addresses that share a set.
    hasher: RandomState,
}

struct Set {
    slots: [Slot; WAYS],
    /// The end of the entry that new keys share while all slots are taken.
    shared: u64,
}

#[derive(Clone, Copy)]
struct Slot {
    key: IpKey,
    /// The entry is live before this time, in nanoseconds since the start.
    until: u64,
}

impl Table {
    /// Room for `sets` times 16 keys.
    pub(super) fn new(sets: usize) -> Self {
        let empty = || Mutex::new(Set { slots: [Slot { key: IpKey::V4(0), until: 0 }; WAYS], shared: 0 });
        Self { sets: std::iter::repeat_with(empty).take(sets.max(1)).collect(), hasher: RandomState::new() }
    }

    /// Calls `decide` with the end of the key's entry, if it is live at `now`, and stores the end that it returns;
    /// `None` leaves the entry unchanged. The entry is locked meanwhile.
    pub(super) fn update<T>(
        &self,
        key: IpKey,
        now: u64,
        decide: impl FnOnce(Option<u64>) -> (T, Option<u64>),
    ) -> T {
        let set = &self.sets[self.hasher.hash_one(key) as usize % self.sets.len()];
        let mut set = set.lock();
        let Set { slots, shared } = &mut *set;
        let own = slots.iter().position(|slot| slot.key == key && slot.until > now);
        let (result, end) = match own.or_else(|| slots.iter().position(|slot| slot.until <= now)) {
            Some(place) => {
                let slot = &mut slots[place];
                let (result, end) = decide(Some(slot.until).filter(|until| *until > now));
                if let Some(until) = end {
                    *slot = Slot { key, until };
                }
                return result;
            }
            None => decide(Some(*shared).filter(|until| *until > now)),
        };
        *shared = end.unwrap_or(*shared);
        result
    }

    #[cfg(test)]
    pub(super) fn live(&self, now: u64) -> usize {
        let live = |set: &Mutex<Set>| set.lock().slots.iter().filter(|slot| slot.until > now).count();
        self.sets.iter().map(live).sum()
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.sets.len() * WAYS
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.sets)
    }
}
