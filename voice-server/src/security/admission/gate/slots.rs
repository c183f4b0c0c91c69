//! The slots of sessions, counted in total, per address and per subject.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::security::admission::limits::{AdmissionLimits, Client};
use crate::security::client::client_ip::IpKey;
use crate::security::refusal::LimitReached;

/// The tables contain addresses and subjects of running sessions only, so they are never larger than the number of
/// sessions.
pub(crate) struct SessionSlots {
    limits: AdmissionLimits,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpKey, usize>,
    by_subject: HashMap<Arc<str>, usize>,
    /// Sessions without a subject.
    anonymous: usize,
}

/// A slot, released when dropped.
pub(crate) struct SessionSlot {
    client: Client,
    slots: Arc<SessionSlots>,
}

impl SessionSlots {
    pub(crate) fn new(limits: AdmissionLimits) -> Self {
        Self { limits, counts: Mutex::default() }
    }

    /// A slot for one session, if no limit is reached.
    pub(crate) fn take(self: &Arc<Self>, client: &Client) -> Result<SessionSlot, LimitReached> {
        let mut counts = self.counts.lock();
        let of_address = counts.by_address.get(&client.address).copied().unwrap_or(0);
        let of_subject =
            client.subject.as_ref().and_then(|subject| counts.by_subject.get(subject)).copied().unwrap_or(0);
        if counts.all >= self.limits.sessions.get() {
            return Err(LimitReached::Server);
        }
        if of_address >= self.limits.per_address.get() {
            return Err(LimitReached::Address);
        }
        if client.subject.is_none() && counts.anonymous >= self.limits.anonymous() {
            return Err(LimitReached::Reserved);
        }
        if of_subject >= self.limits.per_subject.get() {
            return Err(LimitReached::Subject);
        }
        counts.add(client);
        drop(counts);
        Ok(SessionSlot { client: client.clone(), slots: Arc::clone(self) })
    }

    /// A slot that ignores the limits.
    pub(super) fn occupy(self: &Arc<Self>, client: &Client) -> SessionSlot {
        self.counts.lock().add(client);
        SessionSlot { client: client.clone(), slots: Arc::clone(self) }
    }

    pub(super) fn limits(&self) -> AdmissionLimits {
        self.limits
    }

    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        self.counts.lock().all
    }
}

impl Counts {
    fn add(&mut self, client: &Client) {
        self.all += 1;
        *self.by_address.entry(client.address).or_default() += 1;
        if let Some(subject) = &client.subject {
            *self.by_subject.entry(Arc::clone(subject)).or_default() += 1;
        } else {
            self.anonymous += 1;
        }
    }

    fn remove(&mut self, client: &Client) {
        self.all = self.all.saturating_sub(1);
        remove_one(&mut self.by_address, &client.address);
        if let Some(subject) = &client.subject {
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

impl Drop for SessionSlot {
    fn drop(&mut self) {
        self.slots.counts.lock().remove(&self.client);
    }
}

#[cfg(test)]
impl SessionSlots {
    /// The number of entries in the tables.
    pub(super) fn entries(&self) -> (usize, usize) {
        let counts = self.counts.lock();
        (counts.by_address.len(), counts.by_subject.len())
    }
}
