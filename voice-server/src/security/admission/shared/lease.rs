//! Leases: the sessions of this instance in the sets of all instances. A lease expires unless it is renewed, so the
//! sessions of a crashed instance disappear.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::keys::SessionKeys;

/// Ended leases that wait to be released. Further ones expire.
const MAX_ENDED: usize = 4_096;

/// The leases of this instance.
pub(super) struct Leases {
    /// Random, so that two instances never use the same id.
    instance: String,
    next: AtomicU64,
    table: Mutex<LeaseTable>,
    /// A lease has ended.
    pub(super) ended: Notify,
}

#[derive(Default)]
struct LeaseTable {
    held: HashMap<u64, Arc<SessionKeys>>,
    ended: Vec<(u64, Arc<SessionKeys>)>,
}

/// A lease that Redis was asked for. If it is dropped before the answer, it is released, because Redis may have added
/// it.
pub(in crate::security) struct PendingLease(LeaseEntry);

/// The lease of a running session. It is renewed, added where it is missing, and released when dropped.
pub(in crate::security) struct Lease {
    _entry: LeaseEntry,
}

struct LeaseEntry {
    number: u64,
    keys: Arc<SessionKeys>,
    leases: Arc<Leases>,
    /// Redis has refused it, so it was not added.
    refused: bool,
}

impl Leases {
    pub(super) fn new(instance: String) -> Self {
        Self { instance, next: AtomicU64::new(0), table: Mutex::default(), ended: Notify::new() }
    }

    pub(super) fn ask(self: &Arc<Self>, keys: SessionKeys) -> PendingLease {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        PendingLease(LeaseEntry { number, keys: Arc::new(keys), leases: Arc::clone(self), refused: false })
    }

    /// The name of a lease in Redis.
    pub(super) fn id(&self, number: u64) -> String {
        format!("{}:{number}", self.instance)
    }

    pub(super) fn held(&self) -> Vec<(u64, Arc<SessionKeys>)> {
        self.table.lock().held.iter().map(|(number, keys)| (*number, Arc::clone(keys))).collect()
    }

    pub(super) fn take_ended(&self) -> Vec<(u64, Arc<SessionKeys>)> {
        std::mem::take(&mut self.table.lock().ended)
    }
}

impl PendingLease {
    pub(super) fn id(&self) -> String {
        self.0.leases.id(self.0.number)
    }

    pub(super) fn keys(&self) -> &SessionKeys {
        &self.0.keys
    }

    /// The session was admitted, by Redis or without it.
    pub(in crate::security) fn hold(self) -> Lease {
        self.0.leases.table.lock().held.insert(self.0.number, Arc::clone(&self.0.keys));
        Lease { _entry: self.0 }
    }

    /// Redis has refused the session.
    pub(super) fn refused(mut self) {
        self.0.refused = true;
    }
}

impl Drop for LeaseEntry {
    fn drop(&mut self) {
        if self.refused {
            return;
        }
        let mut table = self.leases.table.lock();
        table.held.remove(&self.number);
        if table.ended.len() < MAX_ENDED {
            table.ended.push((self.number, Arc::clone(&self.keys)));
        }
        drop(table);
        self.leases.ended.notify_one();
    }
}
