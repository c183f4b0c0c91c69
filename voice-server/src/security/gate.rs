//! Admission: one decision on whether a client gets a session, taken before its handshake is answered.

mod slots;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use self::slots::{SessionSlot, SessionSlots};
use super::client_ip::IpKey;
use super::limits::{AdmissionLimits, Client};
use super::rate::{Rate, RateLimited, RateStatus};
use super::refusal::Denial;

/// Decides for this process alone.
pub(crate) struct Gate {
    rate: Rate,
    slots: Arc<SessionSlots>,
}

/// What keeps a slot among the sessions of all instances until it is dropped.
pub(super) type Lease = Box<dyn Send + Sync>;

/// A session that was let in. Its slot is free again when this is dropped.
#[must_use]
pub(crate) struct Permit {
    /// Where the address stands now.
    pub(crate) rate_status: RateStatus,
    _slot: SessionSlot,
    /// The same slot among the sessions of all instances: dropping it gives the slot back.
    _lease: Option<Lease>,
}

impl Permit {
    /// The session counts among those of all instances as soon as they can be told.
    pub(super) fn with(self, lease: Lease) -> Self {
        Self { _lease: Some(lease), ..self }
    }
}

impl Gate {
    /// `now` is the beginning: a decision of an earlier time counts as one of that time.
    pub(crate) fn new(limits: AdmissionLimits, now: Instant) -> Self {
        Self { rate: Rate::new(limits.per_minute, now), slots: Arc::new(SessionSlots::new(limits)) }
    }

    /// Lets one session in. The attempt counts against the address's rate whatever else is decided;
    /// nothing else is counted for a session that is refused.
    pub(crate) fn admit(&self, client: &Client, now: Instant) -> Result<Permit, Denial> {
        let rate_status = self.rate.check(client.address, now)?;
        self.take_slot(client, rate_status)
    }

    /// The same for an attempt that was counted already.
    pub(super) fn take_slot(&self, client: &Client, rate_status: RateStatus) -> Result<Permit, Denial> {
        match self.slots.take(client) {
            Ok(slot) => Ok(Permit { rate_status, _slot: slot, _lease: None }),
            Err(full) => Err(Denial::SessionLimit(full, rate_status)),
        }
    }

    /// Notes a session that all instances together have let in, so that this one knows where it stands
    /// should it have to decide alone. Its caps may be exceeded by that.
    pub(super) fn note(&self, client: &Client, rate_status: RateStatus, lease: Lease) -> Permit {
        Permit { rate_status, _slot: self.slots.occupy(client), _lease: Some(lease) }
    }

    /// Whether the address has an attempt left, as far as this process knows. Counts nothing.
    pub(super) fn peek(&self, address: IpKey, now: Instant) -> Result<RateStatus, RateLimited> {
        self.rate.peek(address, now)
    }

    /// The time in which one attempt comes back.
    pub(super) fn interval(&self) -> Duration {
        self.rate.interval()
    }

    pub(super) fn limits(&self) -> AdmissionLimits {
        self.slots.limits()
    }

    /// Lets a request in that needs no session.
    pub(crate) fn admit_request(&self, address: IpKey, now: Instant) -> Result<RateStatus, RateLimited> {
        self.rate.check(address, now)
    }

    /// Sessions that are in.
    #[cfg(test)]
    pub(crate) fn sessions(&self) -> usize {
        self.slots.taken()
    }
}

#[cfg(test)]
mod tests;
