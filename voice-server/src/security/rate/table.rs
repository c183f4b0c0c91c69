//! A table whose size is decided when it is made: whoever asks, and however many ask, it does not grow.
//!
//! A key belongs to one set of a few slots, as an address belongs to one set of a processor's cache. An
//! entry that is over is the same as none, so its slot is simply taken by whoever comes next: nothing has
//! to be cleaned, and nothing ever pauses to clean. A live entry is never given away. Newcomers to a set
//! full of live ones share one further slot.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use crate::security::client_ip::IpKey;

/// Slots of a set. With 10,000 live addresses in 4,096 sets, the chance that any set is full is a few in
/// a million.
const WAYS: usize = 16;

pub(super) struct Table {
    sets: Box<[Mutex<Set>]>,
    /// Keyed anew in every process, so that nobody can choose addresses that meet in one set.
    hasher: RandomState,
}

struct Set {
    slots: [Slot; WAYS],
    /// The end of the entry that newcomers share while all slots are taken.
    shared: u64,
}

#[derive(Clone, Copy)]
struct Slot {
    key: IpKey,
    /// The entry is live before this moment, in nanoseconds since some beginning.
    until: u64,
}

impl Table {
    /// Room for `sets` times 16 keys of their own.
    pub(super) fn new(sets: usize) -> Self {
        let empty = || Mutex::new(Set { slots: [Slot { key: IpKey::V4(0), until: 0 }; WAYS], shared: 0 });
        Self { sets: std::iter::repeat_with(empty).take(sets.max(1)).collect(), hasher: RandomState::new() }
    }

    /// Shows `decide` the end of the key's entry, if that is live at `now`, and puts what it answers in its
    /// place; `None` leaves things as they are. Nobody else sees the entry meanwhile.
    pub(super) fn update<T>(
        &self,
        key: IpKey,
        now: u64,
        decide: impl FnOnce(Option<u64>) -> (T, Option<u64>),
    ) -> T {
        let set = &self.sets[self.hasher.hash_one(key) as usize % self.sets.len()];
        let mut set = set.lock().unwrap_or_else(PoisonError::into_inner);
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
        let live =
            |set: &Mutex<Set>| set.lock().unwrap().slots.iter().filter(|slot| slot.until > now).count();
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
