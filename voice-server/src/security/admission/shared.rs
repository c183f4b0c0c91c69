//! Limits that several instances share through Redis. Each decision is one script in Redis, so two instances cannot
//! both take the last session.
//!
//! Every function returns `None` if Redis does not answer, and the caller then decides alone. A renewal task renews the
//! leases of running sessions and reconnects after an outage.

mod keys;
mod lease;
mod link;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use redis::aio::MultiplexedConnection;
use redis::{RedisError, Script, ScriptInvocation, cmd, pipe};
use ring::rand::{self, SystemRandom};
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};

use self::keys::{Keys, SessionKeys};
use self::lease::Leases;
use self::link::Link;
use super::limits::{AdmissionLimits, Client};
use super::redis_server::{BadUrl, Outage, Redis};
use crate::security::client::client_ip::IpKey;
use crate::security::client::rate::{RateLimited, RateStatus};
use crate::security::credentials::jwt::{Claims, since_1970};
use crate::security::credentials::revoked::{Revoked, TokenId};
use crate::security::credentials::secret::Secret;
use crate::security::credentials::ticket::{self, TicketHash};
use crate::security::refusal::{Denial, LimitReached};

pub(super) use self::lease::{Lease, PendingLease};

/// The sessions of an instance that is silent for this long are gone.
const LEASE_TIME: Duration = Duration::from_secs(10);

/// The time between two renewals, or between two attempts to connect.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(2);

/// The number of leases in one script and of revocations in one pipeline, small enough for an answer in time.
const BATCH: usize = 256;

/// The shared part of the limits.
pub(super) struct Shared {
    inner: Arc<Inner>,
    renewal: AbortHandle,
}

struct Inner {
    link: Link,
    keys: Keys,
    leases: Arc<Leases>,
    /// The revocations of this instance, for a Redis that was lost or emptied.
    revoked: Arc<Revoked>,
    admit: Script,
    renew: Script,
}

/// The answer of Redis to a session.
pub(super) enum Answer {
    Admitted(RateStatus, Lease),
    Refused(Denial),
}

impl Shared {
    /// Connects once, for at most two seconds; the renewal task keeps trying.
    pub(super) async fn start(
        redis: Redis<'_>,
        secret: &Secret,
        revoked: Arc<Revoked>,
    ) -> Result<Self, BadUrl> {
        let instance = match rand::generate::<[u8; 12]>(&SystemRandom::new()) {
            Ok(random) => URL_SAFE_NO_PAD.encode(random.expose()),
            // Without random numbers no ticket is issued either. The name only has to be unique.
            Err(_) => format!("{}-{}", std::process::id(), since_1970(SystemTime::now()).as_nanos()),
        };
        let inner = Arc::new(Inner {
            link: Link::new(redis)?,
            keys: Keys::new(secret),
            leases: Arc::new(Leases::new(instance)),
            revoked,
            admit: Script::new(include_str!("shared/admit.lua")),
            renew: Script::new(include_str!("shared/renew.lua")),
        });
        inner.heartbeat().await;
        if let Some(outage) = inner.link.outage() {
            tracing::warn!(reason = outage.code(), "no Redis yet; this instance decides alone");
        }
        let renewal = tokio::spawn(renew_leases(Arc::clone(&inner))).abort_handle();
        Ok(Self { inner, renewal })
    }

    /// Decides on a session. Without an answer it returns the pending lease, for a caller that admits the session
    /// without Redis.
    pub(super) async fn admit(
        &self,
        client: &Client,
        limits: AdmissionLimits,
        interval: Duration,
    ) -> Result<Answer, PendingLease> {
        let inner = &self.inner;
        let asked = inner.leases.ask(inner.keys.sessions(client));
        let mut invocation = inner.attempt(client.address, limits, interval);
        for key in asked.keys().iter() {
            invocation.key(key);
        }
        invocation.arg(asked.id()).arg(LEASE_TIME.as_millis() as u64);
        invocation.arg(limits.sessions.get()).arg(limits.per_address.get());
        invocation.arg(if client.subject.is_some() { limits.per_subject.get() } else { limits.anonymous() });
        let Some(decision) = inner.decide(&invocation).await else { return Err(asked) };
        let rate_status = decision.rate_status(limits);
        let full = match decision.refused_by {
            0 => return Ok(Answer::Admitted(rate_status, asked.hold())),
            1 => {
                asked.refused();
                return Ok(Answer::Refused(Denial::RateLimited(decision.rate_limited(limits))));
            }
            2 => LimitReached::Server,
            3 => LimitReached::Address,
            _ if client.subject.is_none() => LimitReached::Reserved,
            _ => LimitReached::Subject,
        };
        asked.refused();
        Ok(Answer::Refused(Denial::SessionLimit(full, rate_status)))
    }

    /// Decides on a request that needs no session.
    pub(super) async fn admit_request(
        &self,
        address: IpKey,
        limits: AdmissionLimits,
        interval: Duration,
    ) -> Option<Result<RateStatus, RateLimited>> {
        let decision = self.inner.decide(&self.inner.attempt(address, limits, interval)).await?;
        let rate_status = decision.rate_status(limits);
        Some(if decision.refused_by == 0 { Ok(rate_status) } else { Err(decision.rate_limited(limits)) })
    }

    /// Stores a ticket for all instances.
    pub(super) async fn put_ticket(&self, ticket: TicketHash, claims: &Claims) -> Option<()> {
        let claims = serde_json::to_string(claims).ok()?;
        let mut set = cmd("SET");
        set.arg(self.inner.keys.ticket(ticket)).arg(claims).arg("EX").arg(ticket::LIFETIME.as_secs());
        self.inner.link.ask(async |connection| set.exec_async(connection).await).await
    }

    /// Takes a ticket, which then exists for no instance.
    pub(super) async fn take_ticket(&self, ticket: TicketHash) -> Option<Option<Claims>> {
        let mut take = cmd("GETDEL");
        take.arg(self.inner.keys.ticket(ticket));
        let claims: Option<String> =
            self.inner.link.ask(async |connection| take.query_async(connection).await).await?;
        Some(claims.and_then(|claims| serde_json::from_str(&claims).ok()))
    }

    /// Announces a token that was revoked here to all instances.
    pub(super) async fn revoke(&self, token: TokenId, exp: u64, now: SystemTime) -> Option<()> {
        let mut tell = pipe();
        self.inner.add_revoked(&mut tell, token, exp, now);
        self.inner.link.ask(async |connection| tell.exec_async(connection).await).await
    }

    /// Whether any instance has revoked the token.
    pub(super) async fn is_revoked(&self, token: TokenId) -> Option<bool> {
        let mut exists = cmd("EXISTS");
        exists.arg(self.inner.keys.revoked(token));
        self.inner.link.ask(async |connection| exists.query_async(connection).await).await
    }

    pub(super) fn outage(&self) -> Option<Outage> {
        self.inner.link.outage()
    }

    pub(super) fn outages(&self) -> u64 {
        self.inner.link.outages()
    }

    /// Releases the leases of ended sessions for the last time.
    pub(super) async fn close(&self) {
        self.renewal.abort();
        self.inner.release_ended().await;
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

async fn renew_leases(inner: Arc<Inner>) {
    let mut heartbeats = interval(HEARTBEAT_INTERVAL);
    heartbeats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = heartbeats.tick() => inner.heartbeat().await,
            () = inner.leases.ended.notified() => {}
        }
        inner.release_ended().await;
    }
}

/// The answer of the admission script.
struct Decision {
    /// The number of the key that refused, or 0.
    refused_by: u8,
    wait: Duration,
    remaining: u32,
    reset: Duration,
}

impl Decision {
    fn rate_status(&self, limits: AdmissionLimits) -> RateStatus {
        RateStatus { limit: limits.per_minute.get(), remaining: self.remaining, reset: self.reset }
    }

    fn rate_limited(&self, limits: AdmissionLimits) -> RateLimited {
        RateLimited { retry_after: self.wait, rate_status: self.rate_status(limits) }
    }
}

impl Inner {
    /// The arguments of the admission script that every attempt needs.
    fn attempt(&self, address: IpKey, limits: AdmissionLimits, interval: Duration) -> ScriptInvocation<'_> {
        let mut invocation = self.admit.key(self.keys.rate(address));
        invocation.arg(interval.as_micros().max(1) as u64).arg(limits.per_minute.get());
        invocation
    }

    async fn decide(&self, invocation: &ScriptInvocation<'_>) -> Option<Decision> {
        let answer: (u8, u64, u32, u64) =
            self.link.ask(async |connection| invocation.invoke_async(connection).await).await?;
        let (refused_by, wait, remaining, reset) = answer;
        let (wait, reset) = (Duration::from_micros(wait), Duration::from_micros(reset));
        Some(Decision { refused_by, wait, remaining, reset })
    }

    async fn heartbeat(&self) {
        if self.link.outage().is_some() {
            self.link.open(async |connection| self.resync(connection).await).await;
        } else {
            // An instance without sessions has nothing to renew, but must still notice an outage.
            self.link
                .ask_in_background(async |connection| {
                    cmd("PING").exec_async(connection).await?;
                    self.renew(connection).await
                })
                .await;
        }
    }

    /// Sends Redis what it must know before it decides, because a restart may have emptied it.
    async fn resync(&self, connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
        cmd("PING").exec_async(connection).await?;
        let now = SystemTime::now();
        for batch in self.revoked.all().chunks(BATCH) {
            let mut tell = pipe();
            for (exp, token) in batch {
                self.add_revoked(&mut tell, *token, *exp, now);
            }
            tell.exec_async(connection).await?;
        }
        self.renew(connection).await
    }

    async fn renew(&self, connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
        for batch in self.leases.held().chunks(BATCH) {
            let mut invocation = self.renew.prepare_invoke();
            invocation.arg(LEASE_TIME.as_millis() as u64);
            for (number, keys) in batch {
                let id = self.leases.id(*number);
                for key in keys.iter() {
                    invocation.key(key).arg(&id);
                }
            }
            invocation.invoke_async::<()>(connection).await?;
        }
        Ok(())
    }

    /// Leases that cannot be released expire.
    async fn release_ended(&self) {
        let ended = self.leases.take_ended();
        for batch in ended.chunks(BATCH) {
            let mut release = pipe();
            for (number, keys) in batch {
                let id = self.leases.id(*number);
                for key in SessionKeys::iter(keys) {
                    release.zrem(key, &id).ignore();
                }
            }
            self.link.ask_in_background(async |connection| release.exec_async(connection).await).await;
        }
    }

    fn add_revoked(&self, pipe: &mut redis::Pipeline, token: TokenId, exp: u64, now: SystemTime) {
        let left = exp.saturating_sub(since_1970(now).as_secs());
        if left > 0 {
            pipe.cmd("SET").arg(self.keys.revoked(token)).arg(1).arg("EX").arg(left).ignore();
        }
    }
}
