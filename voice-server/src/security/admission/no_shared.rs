//! Stand-in for shared limits in a build without Redis. These types have no values.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::limits::{AdmissionLimits, Client};
use super::redis_server::{BadUrl, Outage, Redis};
use crate::security::client::client_ip::IpKey;
use crate::security::client::rate::{RateLimited, RateStatus};
use crate::security::credentials::jwt::Claims;
use crate::security::credentials::revoked::{Revoked, TokenId};
use crate::security::credentials::secret::Secret;
use crate::security::credentials::ticket::TicketHash;
use crate::security::refusal::Denial;

pub(super) enum Shared {}

#[expect(dead_code, reason = "no Redis answers")]
pub(super) enum Answer {
    Admitted(RateStatus, Lease),
    Refused(Denial),
}

pub(super) enum PendingLease {}

pub(super) enum Lease {}

impl Shared {
    pub(super) async fn start(_: Redis<'_>, _: &Secret, _: Arc<Revoked>) -> Result<Self, BadUrl> {
        Err(BadUrl)
    }

    pub(super) async fn admit(
        &self,
        _: &Client,
        _: AdmissionLimits,
        _: Duration,
    ) -> Result<Answer, PendingLease> {
        match *self {}
    }

    pub(super) async fn admit_request(
        &self,
        _: IpKey,
        _: AdmissionLimits,
        _: Duration,
    ) -> Option<Result<RateStatus, RateLimited>> {
        match *self {}
    }

    pub(super) async fn put_ticket(&self, _: TicketHash, _: &Claims) -> Option<()> {
        match *self {}
    }

    pub(super) async fn take_ticket(&self, _: TicketHash) -> Option<Option<Claims>> {
        match *self {}
    }

    pub(super) async fn revoke(&self, _: TokenId, _: u64, _: SystemTime) -> Option<()> {
        match *self {}
    }

    pub(super) async fn is_revoked(&self, _: TokenId) -> Option<bool> {
        match *self {}
    }

    pub(super) fn outage(&self) -> Option<Outage> {
        match *self {}
    }

    pub(super) fn outages(&self) -> u64 {
        match *self {}
    }

    pub(super) async fn close(&self) {
        match *self {}
    }
}

impl PendingLease {
    pub(super) fn hold(self) -> Lease {
        match self {}
    }
}
