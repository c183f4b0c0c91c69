//! What instances share in a build without Redis: nothing. There is no value of these types.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::client_ip::IpKey;
use super::jwt::Claims;
use super::limits::{Limits, Who};
use super::rate::{Standing, TooOften};
use super::redis_server::{BadUrl, Outage, Redis};
use super::refusal::Refusal;
use super::revoked::{Revoked, TokenId};
use super::secret::Secret;
use super::ticket::TicketHash;

pub(super) enum Shared {}

#[expect(dead_code, reason = "no Redis answers")]
pub(super) enum Answer {
    Admitted(Standing, Lease),
    Refused(Refusal),
}

pub(super) enum Asked {}

pub(super) enum Lease {}

impl Shared {
    pub(super) async fn start(_: Redis<'_>, _: &Secret, _: Arc<Revoked>) -> Result<Self, BadUrl> {
        Err(BadUrl)
    }

    pub(super) async fn admit(&self, _: &Who, _: Limits, _: Duration) -> Result<Answer, Asked> {
        match *self {}
    }

    pub(super) async fn admit_request(
        &self,
        _: IpKey,
        _: Limits,
        _: Duration,
    ) -> Option<Result<Standing, TooOften>> {
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

impl Asked {
    pub(super) fn hold(self) -> Lease {
        match self {}
    }
}
