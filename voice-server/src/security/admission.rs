//! The interface of `security` to the server: limits, tickets and revocations, for this instance alone or, with
//! `REDIS_URL`, for all instances together.

pub(crate) mod admin;
pub(crate) mod first_messages;
pub(crate) mod gate;
pub(crate) mod limits;
mod redis_server;
#[cfg_attr(
    not(feature = "redis"),
    path = "admission/no_shared.rs",
    expect(clippy::unused_async, reason = "the same calls as with Redis")
)]
mod shared;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use ring::rand::SystemRandom;

use self::gate::{Gate, Permit};
use self::limits::{AdmissionLimits, Client};
use self::shared::{Answer, Shared};
use super::client::client_ip::IpKey;
use super::client::rate::{RateLimited, RateStatus};
use super::credentials::jwt::Claims;
use super::credentials::revoked::{Revoked, TokenId};
use super::credentials::secret::Secret;
use super::credentials::ticket::{Ticket, TicketHash, Tickets};
use super::refusal::Denial;

/// Unused tickets at once; they live for half a minute.
const TICKETS: usize = 10_000;

/// Revoked tokens that have not expired yet.
const REVOKED: usize = 100_000;

pub(crate) use self::redis_server::{BadUrl, Outage, Redis};

/// Decides on sessions, requests, tickets and revocations.
pub(crate) struct Admission {
    gate: Gate,
    tickets: Tickets,
    revoked: Arc<Revoked>,
    random: SystemRandom,
    shared: Option<Shared>,
    /// Decisions that this instance made alone because Redis was lost.
    alone: AtomicU64,
}

/// How decisions are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// By this instance, without Redis.
    Alone,
    Together,
    /// By this instance, because Redis is lost.
    Degraded(Outage),
}

impl Sharing {
    /// One word for health pages.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Together => "ok",
            Self::Degraded(outage) => outage.code(),
        }
    }
}

impl Admission {
    /// Decides for this instance alone.
    pub(crate) fn local(limits: AdmissionLimits, now: Instant) -> Self {
        Self {
            gate: Gate::new(limits, now),
            tickets: Tickets::new(TICKETS),
            revoked: Arc::new(Revoked::new(REVOKED)),
            random: SystemRandom::new(),
            shared: None,
            alone: AtomicU64::new(0),
        }
    }

    /// Decides together with all instances that have the same Redis and the same secret. It succeeds without Redis too:
    /// until Redis is reachable, this instance decides alone.
    pub(crate) async fn shared(
        limits: AdmissionLimits,
        now: Instant,
        redis: Redis<'_>,
        secret: &Secret,
    ) -> Result<Self, BadUrl> {
        let local = Self::local(limits, now);
        let shared = Shared::start(redis, secret, Arc::clone(&local.revoked)).await?;
        Ok(Self { shared: Some(shared), ..local })
    }

    /// Admits one session: see [`Gate::admit`].
    pub(crate) async fn admit(&self, client: &Client, now: Instant) -> Result<Permit, Denial> {
        let Some(shared) = &self.shared else { return self.gate.admit(client, now) };
        // Beyond the rate of this instance is beyond the rate of all. The attempt counts here whatever Redis answers,
        // so that a flood does not reach Redis.
        let rate_status = self.gate.admit_request(client.address, now)?;
        match shared.admit(client, self.gate.limits(), self.gate.interval()).await {
            Ok(Answer::Admitted(rate_status, lease)) => {
                Ok(self.gate.note(client, rate_status, Box::new(lease)))
            }
            Ok(Answer::Refused(refusal)) => Err(refusal),
            Err(asked) => {
                self.alone.fetch_add(1, Ordering::Relaxed);
                Ok(self.gate.take_slot(client, rate_status)?.with(Box::new(asked.hold())))
            }
        }
    }

    /// Whether the address has an attempt left, as far as this instance knows. Counts nothing.
    pub(crate) fn peek(&self, address: IpKey, now: Instant) -> Result<RateStatus, RateLimited> {
        self.gate.peek(address, now)
    }

    /// Counts a request that needs no session, as far as this instance knows. [`Self::confirm`] asks the other
    /// instances.
    pub(crate) fn count_request(&self, address: IpKey, now: Instant) -> Result<RateStatus, RateLimited> {
        self.gate.admit_request(address, now)
    }

    /// Asks all instances whether a request that was counted here is admitted.
    pub(crate) async fn confirm(
        &self,
        address: IpKey,
        rate_status: RateStatus,
    ) -> Result<RateStatus, RateLimited> {
        let Some(shared) = &self.shared else { return Ok(rate_status) };
        shared.admit_request(address, self.gate.limits(), self.gate.interval()).await.unwrap_or_else(|| {
            self.alone.fetch_add(1, Ordering::Relaxed);
            Ok(rate_status)
        })
    }

    /// Exchanges a verified token for a ticket.
    pub(crate) async fn issue_ticket(&self, claims: &Claims, now: Instant) -> Result<Ticket, Denial> {
        let ticket = Ticket::draw(&self.random).ok_or(Denial::TicketLimit)?;
        if let Some(shared) = &self.shared {
            if shared.put_ticket(ticket.hash(), claims).await.is_some() {
                return Ok(ticket);
            }
            self.alone.fetch_add(1, Ordering::Relaxed);
        }
        match self.tickets.put(ticket.hash(), claims.clone(), now) {
            Ok(()) => Ok(ticket),
            Err(_) => Err(Denial::TicketLimit),
        }
    }

    /// Redeems a ticket for its claims; each ticket works once. The caller must still check whether the claims have
    /// expired or were revoked.
    pub(crate) async fn redeem_ticket(&self, ticket: &str, now: Instant) -> Result<Claims, Denial> {
        let ticket = TicketHash::of(ticket).ok_or(Denial::TicketInvalid)?;
        // A ticket that was issued while Redis was lost is only here.
        if let Some(claims) = self.tickets.take(ticket, now) {
            return Ok(claims);
        }
        let claims = match &self.shared {
            Some(shared) => shared.take_ticket(ticket).await.flatten(),
            None => None,
        };
        claims.ok_or(Denial::TicketInvalid)
    }

    /// Revokes a token until `exp`, in seconds since 1970: the token's own expiry or, if that is not known, the expiry
    /// of the longest possible token.
    pub(crate) async fn revoke(&self, jti: &str, exp: u64, now: SystemTime) -> Result<(), Denial> {
        let token = TokenId::of(jti);
        self.revoked.add(token, exp, now).map_err(|_| Denial::RevocationLimit)?;
        if let Some(shared) = &self.shared
            && shared.revoke(token, exp, now).await.is_none()
        {
            self.alone.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Whether a token was revoked here or, if Redis answers, by any instance.
    pub(crate) async fn is_revoked(&self, jti: &str) -> bool {
        let token = TokenId::of(jti);
        let elsewhere = match &self.shared {
            Some(shared) if !self.revoked.contains(token) => shared.is_revoked(token).await.unwrap_or(false),
            _ => false,
        };
        elsewhere || self.revoked.contains(token)
    }

    #[cfg(test)]
    pub(crate) fn sessions(&self) -> usize {
        self.gate.sessions()
    }

    pub(crate) fn sharing(&self) -> Sharing {
        match &self.shared {
            None => Sharing::Alone,
            Some(shared) => shared.outage().map_or(Sharing::Together, Sharing::Degraded),
        }
    }

    /// How often Redis was lost.
    pub(crate) fn outages(&self) -> u64 {
        self.shared.as_ref().map_or(0, Shared::outages)
    }

    /// Decisions that this instance made alone because Redis was lost.
    pub(crate) fn decisions_alone(&self) -> u64 {
        self.alone.load(Ordering::Relaxed)
    }

    /// Releases the leases of this instance at the end of the process, when all permits are dropped.
    pub(crate) async fn close(&self) {
        if let Some(shared) = &self.shared {
            shared.close().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::{NonZeroU32, NonZeroUsize};
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::security::credentials::jwt::{Grant, Tokens};
    use crate::security::credentials::ticket::LIFETIME;

    /// The steps of a client that can only open a URL: a token, a ticket for it, a session.
    #[tokio::test]
    async fn token_opens_a_session_by_ticket_until_revoked() {
        let (now, wall) = (Instant::now(), UNIX_EPOCH + Duration::from_hours(1));
        let limits = AdmissionLimits {
            per_minute: NonZeroU32::new(10).unwrap(),
            sessions: NonZeroUsize::MIN,
            reserved: 0,
            per_address: NonZeroUsize::MIN,
            per_subject: NonZeroUsize::MIN,
        };
        let admission = Admission::local(limits, now);
        assert_eq!(admission.sharing(), Sharing::Alone);
        let tokens =
            Tokens::new(&Secret::new(*b"s"), None, "voice", "clients", Duration::from_hours(1)).unwrap();
        let grant =
            Grant { subject: "ward-7".to_owned(), scopes: Vec::new(), lifetime: Duration::from_mins(5) };
        let token = tokens.issue(&grant, wall).unwrap().token;
        let claims = tokens.verify(&token, wall).unwrap();

        let ticket = admission.issue_ticket(&claims, now).await.unwrap();
        assert_eq!(admission.redeem_ticket(&token, now).await, Err(Denial::TicketInvalid));
        let claims = admission.redeem_ticket(ticket.as_str(), now).await.unwrap();
        assert_eq!(admission.redeem_ticket(ticket.as_str(), now).await, Err(Denial::TicketInvalid));
        let late = admission.issue_ticket(&claims, now).await.unwrap();
        assert_eq!(admission.redeem_ticket(late.as_str(), now + LIFETIME).await, Err(Denial::TicketInvalid));

        let client = Client { address: IpKey::V4(1), subject: Some(claims.sub.as_str().into()) };
        let permit = admission.admit(&client, now).await.unwrap();
        assert_eq!(admission.sessions(), 1);
        assert!(admission.admit(&client, now).await.is_err());
        drop(permit);
        assert_eq!(admission.sessions(), 0);

        assert!(!admission.is_revoked(&claims.jti).await);
        admission.revoke(&claims.jti, claims.exp, wall).await.unwrap();
        assert!(admission.is_revoked(&claims.jti).await);
    }
}
