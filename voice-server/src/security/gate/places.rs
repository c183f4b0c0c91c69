//! Places among the sessions, counted three ways.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::security::client_ip::IpKey;
use crate::security::limits::{Limits, Who};
use crate::security::refusal::Full;

/// The tables hold addresses and subjects of running sessions only, so they are never larger than the
/// number of sessions.
pub(crate) struct Places {
    limits: Limits,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpKey, usize>,
    by_subject: HashMap<Arc<str>, usize>,
    /// Without a subject.
    anonymous: usize,
}

/// A place, free again when dropped.
pub(crate) struct Place {
    who: Who,
    places: Arc<Places>,
}

impl Places {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, counts: Mutex::default() }
    }

    /// A place for one session if all limits have one, else nothing.
    pub(crate) fn take(self: &Arc<Self>, who: &Who) -> Result<Place, Full> {
        let mut counts = self.counts();
        let of_address = counts.by_address.get(&who.address).copied().unwrap_or(0);
        let of_subject =
            who.subject.as_ref().and_then(|subject| counts.by_subject.get(subject)).copied().unwrap_or(0);
        if counts.all >= self.limits.sessions.get() {
            return Err(Full::Server);
        }
        if of_address >= self.limits.per_address.get() {
            return Err(Full::Address);
        }
        if who.subject.is_none() && counts.anonymous >= self.limits.anonymous() {
            return Err(Full::Reserved);
        }
        if of_subject >= self.limits.per_subject.get() {
            return Err(Full::Subject);
        }
        counts.add(who);
        drop(counts);
        Ok(Place { who: who.clone(), places: Arc::clone(self) })
    }

    /// A place beyond all limits.
    pub(super) fn occupy(self: &Arc<Self>, who: &Who) -> Place {
        self.counts().add(who);
        Place { who: who.clone(), places: Arc::clone(self) }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        self.counts().all
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn add(&mut self, who: &Who) {
        self.all += 1;
        *self.by_address.entry(who.address).or_default() += 1;
        if let Some(subject) = &who.subject {
            *self.by_subject.entry(Arc::clone(subject)).or_default() += 1;
        } else {
            self.anonymous += 1;
        }
    }

    fn remove(&mut self, who: &Who) {
        self.all = self.all.saturating_sub(1);
        remove_one(&mut self.by_address, &who.address);
        if let Some(subject) = &who.subject {
            remove_one(&mut self.by_subject, subject);
        } else {
            self.anonymous = self.anonymous.saturating_sub(1);
        }
    }
}

fn remove_one<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.counts().remove(&self.who);
    }
}

#[cfg(test)]
impl Places {
    /// Entries of the tables.
    pub(super) fn entries(&self) -> (usize, usize) {
        let counts = self.counts();
        (counts.by_address.len(), counts.by_subject.len())
    }
}
