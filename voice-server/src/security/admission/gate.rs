//! Admission: decides whether a client gets a session, before its handshake is answered.

mod slots;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use self::slots::{SessionSlot, SessionSlots};
use super::limits::{AdmissionLimits, Client};
use crate::security::client::client_ip::IpKey;
use crate::security::client::rate::{Rate, RateLimited, RateStatus};
use crate::security::refusal::Denial;

/// Decides for this process alone.
pub(crate) struct Gate {
    rate: Rate,
    slots: Arc<SessionSlots>,
}

/// Keeps a slot among the sessions of all instances until it is dropped.
pub(super) type Lease = Box<dyn Send + Sync>;

/// An admitted session. Dropping it releases its slot.
#[must_use]
pub(crate) struct Permit {
    /// The rate of the address.
    pub(crate) rate_status: RateStatus,
    _slot: SessionSlot,
    /// The slot among the sessions of all instances, released when dropped.
    _lease: Option<Lease>,
}

impl Permit {
    /// Adds the session's lease among all instances, which takes effect once Redis is reachable.
    pub(super) fn with(self, lease: Lease) -> Self {
        Self { _lease: Some(lease), ..self }
    }
}

impl Gate {
    /// `now` is the start: an earlier time counts as the start.
    pub(crate) fn new(limits: AdmissionLimits, now: Instant) -> Self {
        Self { rate: Rate::new(limits.per_minute, now), slots: Arc::new(SessionSlots::new(limits)) }
    }

    /// Admits one session. The attempt counts against the address's rate in any case; nothing else is counted for a
    /// refused session.
    pub(crate) fn admit(&self, client: &Client, now: Instant) -> Result<Permit, Denial> {
        let rate_status = self.rate.check(client.address, now)?;
        self.take_slot(client, rate_status)
    }

    /// The same for an attempt that was counted before.
    pub(super) fn take_slot(&self, client: &Client, rate_status: RateStatus) -> Result<Permit, Denial> {
        match self.slots.take(client) {
            Ok(slot) => Ok(Permit { rate_status, _slot: slot, _lease: None }),
            Err(full) => Err(Denial::SessionLimit(full, rate_status)),
        }
    }

    /// Counts a session that all instances together admitted, so that this instance can decide alone later. The local
    /// caps may be exceeded.
    pub(super) fn note(&self, client: &Client, rate_status: RateStatus, lease: Lease) -> Permit {
        Permit { rate_status, _slot: self.slots.occupy(client), _lease: Some(lease) }
    }

    /// Whether the address has an attempt left, as far as this process knows. Counts nothing.
    pub(super) fn peek(&self, address: IpKey, now: Instant) -> Result<RateStatus, RateLimited> {
        self.rate.peek(address, now)
    }

    /// The time in which one attempt becomes available again.
    pub(super) fn interval(&self) -> Duration {
        self.rate.interval()
    }

    pub(super) fn limits(&self) -> AdmissionLimits {
        self.slots.limits()
    }

    /// Admits a request that needs no session.
    pub(crate) fn admit_request(&self, address: IpKey, now: Instant) -> Result<RateStatus, RateLimited> {
        self.rate.check(address, now)
    }

    /// The number of sessions.
    #[cfg(test)]
    pub(crate) fn sessions(&self) -> usize {
        self.slots.taken()
    }
}

#[cfg(test)]
pub(super) mod tests;
