//! Admission: one decision on whether a client gets a session, taken before its handshake is answered.

mod places;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use self::places::{Place, Places};
use super::client_ip::IpKey;
use super::limits::{Limits, Who};
use super::rate::{Rate, Standing, TooOften};
use super::refusal::Refusal;

/// Decides for this process alone.
pub(crate) struct Gate {
    rate: Rate,
    places: Arc<Places>,
}

/// What keeps a place among the sessions of all instances until it is dropped.
pub(super) type Lease = Box<dyn Send + Sync>;

/// A session that was let in. Its place is free again when this is dropped.
#[must_use]
pub(crate) struct Permit {
    /// Where the address stands now.
    pub(crate) standing: Standing,
    _place: Place,
    /// The same place among the sessions of all instances: dropping it gives the place back.
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
    pub(crate) fn new(limits: Limits, now: Instant) -> Self {
        Self { rate: Rate::new(limits.per_minute, now), places: Arc::new(Places::new(limits)) }
    }

    /// Lets one session in. The attempt counts against the address's rate whatever else is decided;
    /// nothing else is counted for a session that is refused.
    pub(crate) fn admit(&self, who: &Who, now: Instant) -> Result<Permit, Refusal> {
        let standing = self.rate.check(who.address, now)?;
        self.take_place(who, standing)
    }

    /// The same for an attempt that was counted already.
    pub(super) fn take_place(&self, who: &Who, standing: Standing) -> Result<Permit, Refusal> {
        match self.places.take(who) {
            Ok(place) => Ok(Permit { standing, _place: place, _lease: None }),
            Err(full) => Err(Refusal::SessionLimit(full, standing)),
        }
    }

    /// Notes a session that all instances together have let in, so that this one knows where it stands
    /// should it have to decide alone. Its caps may be exceeded by that.
    pub(super) fn note(&self, who: &Who, standing: Standing, lease: Lease) -> Permit {
        Permit { standing, _place: self.places.occupy(who), _lease: Some(lease) }
    }

    /// Whether the address has an attempt left, as far as this process knows. Counts nothing.
    pub(super) fn peek(&self, address: IpKey, now: Instant) -> Result<Standing, TooOften> {
        self.rate.peek(address, now)
    }

    /// The time in which one attempt comes back.
    pub(super) fn interval(&self) -> Duration {
        self.rate.interval()
    }

    pub(super) fn limits(&self) -> Limits {
        self.places.limits()
    }

    /// Lets a request in that needs no session.
    pub(crate) fn admit_request(&self, address: IpKey, now: Instant) -> Result<Standing, TooOften> {
        self.rate.check(address, now)
    }

    /// Sessions that are in.
    #[cfg(test)]
    pub(crate) fn sessions(&self) -> usize {
        self.places.taken()
    }
}

#[cfg(test)]
mod tests;
