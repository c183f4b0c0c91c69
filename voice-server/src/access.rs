//! Decides who may do what: joins the parts of `security` and turns their denials into the server's refusals.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use hyper::Request;
use hyper::header::HeaderMap;
use serde_json::Value;
use voice_core::{Error, ErrorKind};

use crate::audit::{Action, Audit, Details};
use crate::config::{Config, SigningKeys};
use crate::refusal::{Reason, Refusal};
use crate::request::{Call, SessionRoute};
use crate::security::admission::admin::AdminGuard;
use crate::security::admission::first_messages::{FirstMessageSlot, FirstMessages};
use crate::security::admission::gate::Permit;
use crate::security::admission::limits::{AdmissionLimits, Client};
use crate::security::admission::{Admission, Redis, Sharing};
use crate::security::client::client_ip::ClientIp;
use crate::security::client::origin::Origins;
use crate::security::client::own_origin::OwnOrigin;
use crate::security::client::rate::RateStatus;
use crate::security::credentials::bearer::only_bearer;
use crate::security::credentials::jwt::{Claims, Grant, Issued, TokenError, Tokens};
use crate::security::credentials::ticket::Ticket;
use crate::security::refusal as security;

pub(crate) struct Access {
    admin: Option<AdminGuard>,
    tokens: Option<Tokens>,
    admission: Admission,
    origins: Origins,
    own_origin: OwnOrigin,
    /// Slots for clients that have yet to show a token in their first message.
    awaited: Arc<FirstMessages>,
}

/// The holder of a valid token.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    pub(crate) subject: String,
    pub(crate) token_id: String,
    /// When the token expires and the session ends; `None` if that is later than the clock can express.
    pub(crate) expires: Option<Instant>,
}

/// The holder of a token who asks for interviews.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    pub(crate) actor: String,
    /// The subject whose interviews it may see; `None` for all.
    pub(crate) only: Option<String>,
}

impl Viewer {
    /// The scope that reads the answers of every subject.
    pub(crate) const READ_ALL: &str = "healthcare:read";
}

impl Access {
    /// Reads the keys. An error names the file that is wrong.
    pub(crate) async fn open(config: &Config) -> Result<Self, String> {
        let (access, limits, now) = (&config.access, &config.limits, Instant::now());
        let limits = AdmissionLimits {
            per_minute: limits.requests_per_minute,
            sessions: limits.sessions,
            reserved: limits.reserved_sessions,
            per_address: limits.sessions_per_address,
            per_subject: limits.sessions_per_subject,
        };
        let admission = match (&access.redis, &access.tokens) {
            (Some(_), _) if !cfg!(feature = "redis") => {
                return Err("REDIS_URL: this build cannot share limits with other instances; build it with the feature `redis`"
                    .to_owned());
            }
            (Some(url), Some(keys)) => {
                let url = std::str::from_utf8(url.expose()).map_err(|_| "REDIS_URL is not UTF-8")?;
                // The Redis client uses these instead of its built-in certificates.
                let root_certificate = config.store.root_certificate.as_deref();
                let root_certificate =
                    root_certificate.map(|path| read("VOICE_CA_FILE", path)).transpose()?;
                let redis =
                    Redis { url, root_certificate: root_certificate.as_deref(), deadline: Redis::DEADLINE };
                let shared = Admission::shared(limits, now, redis, &keys.secret).await;
                shared.map_err(|error| format!("REDIS_URL {error}"))?
            }
            (Some(_), None) => {
                return Err(
                    "REDIS_URL needs VOICE_SERVICE_TOKEN, which derives the names of shared keys".to_owned()
                );
            }
            (None, _) => Admission::local(limits, now),
        };
        Ok(Self {
            admin: access.admin.clone().map(|secret| AdminGuard::new(secret, now)),
            tokens: access.tokens.as_ref().map(tokens).transpose()?,
            admission,
            origins: access.origins.clone(),
            own_origin: OwnOrigin {
                encrypted: access.tls.is_some(),
                trusted_proxies: access.trusted_proxies,
            },
            awaited: Arc::default(),
        })
    }

    pub(crate) fn origins(&self) -> &Origins {
        &self.origins
    }

    /// Refuses requests from web pages of other sites, unless their origin is listed.
    pub(crate) fn check_origin<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let headers = request.headers();
        if self.origins.allow(headers) || self.own_origin.sent(headers, request.uri()) {
            Ok(())
        } else {
            Err(security::Denial::OriginForbidden.into())
        }
    }

    /// Admits requests with the admin secret. A few refusals a minute are recorded in the audit log; further ones are
    /// only refused, so that a flood cannot fill the log.
    pub(crate) fn admin<B>(&self, request: &Request<B>, call: &Call, audit: &Audit) -> Result<(), Refusal> {
        let guard = self.admin.as_ref().ok_or(Reason::NotConfigured)?;
        let offered = only_bearer(request.headers()).ok();
        let opened = guard.check(offered.map(str::as_bytes), call.client.key(), Instant::now());
        opened.map_err(|refusal| match refusal {
            security::Denial::RateLimited(rate_limited) => rate_limited.into(),
            refused => recorded(refused.into(), call, audit),
        })
    }

    /// Counts a request that needs no session.
    pub(crate) async fn attempt(&self, client: ClientIp) -> Result<RateStatus, Refusal> {
        let rate_status = self.admission.count_request(client.key(), Instant::now())?;
        Ok(self.admission.confirm(client.key(), rate_status).await?)
    }

    /// Counts a refusal of a request that was not counted before.
    pub(crate) async fn counted(&self, refusal: Refusal, client: ClientIp) -> Refusal {
        match self.attempt(client).await {
            Ok(rate_status) => refusal.with_rate(rate_status),
            Err(rate_limited) => rate_limited,
        }
    }

    /// Refuses a client with an invalid token or ticket, and counts the attempt. Valid attempts are counted when the
    /// session is admitted; this prevents uncounted guesses. Attempts within the rate are recorded in the audit log.
    pub(crate) async fn refuse_unauthenticated(
        &self,
        refusal: Refusal,
        call: &Call,
        audit: &Audit,
    ) -> Refusal {
        let address = call.client.key();
        let rate_status = match self.admission.count_request(address, Instant::now()) {
            Ok(rate_status) => rate_status,
            Err(rate_limited) => return rate_limited.into(),
        };
        // Recorded before the next await: if the client disconnects there, this function ends.
        let refusal = recorded(refusal, call, audit);
        match self.admission.confirm(address, rate_status).await {
            Ok(rate_status) => refusal.with_rate(rate_status),
            Err(rate_limited) => rate_limited.into(),
        }
    }

    /// Admits one session, and counts the attempt.
    pub(crate) async fn admit(&self, client: ClientIp, subject: Option<&str>) -> Result<Permit, Refusal> {
        let client = Client { address: client.key(), subject: subject.map(Arc::from) };
        Ok(self.admission.admit(&client, Instant::now()).await?)
    }

    /// Whether the client has an attempt left, before any work is done for it. Counts nothing.
    pub(crate) fn check_rate(&self, client: ClientIp) -> Result<(), Refusal> {
        self.admission.peek(client.key(), Instant::now())?;
        Ok(())
    }

    /// Admits a client that will show its token in its first message.
    pub(crate) async fn await_token(&self, client: ClientIp) -> Result<FirstMessageSlot, Refusal> {
        self.tokens()?;
        let rate_status = self.attempt(client).await?;
        self.awaited.admit(client.key()).ok_or_else(|| too_many_awaited().with_rate(rate_status))
    }

    /// The holder of this token, if it permits `route`.
    pub(crate) async fn by_token(&self, token: &str, route: SessionRoute) -> Result<Principal, Refusal> {
        principal(&self.claims(token).await?, route)
    }

    /// The holder of the token in `headers`, if it permits `route`.
    pub(crate) async fn by_header(
        &self,
        headers: &HeaderMap,
        route: SessionRoute,
    ) -> Result<Principal, Refusal> {
        self.by_token(only_bearer(headers)?, route).await
    }

    /// The client that was given this ticket, which is used up by this call.
    pub(crate) async fn by_ticket(&self, ticket: &str, route: SessionRoute) -> Result<Principal, Refusal> {
        self.tokens()?;
        let claims = self.admission.redeem_ticket(ticket, Instant::now()).await?;
        self.check(&claims).await?;
        principal(&claims, route)
    }

    /// Exchanges a valid token for a ticket. Also returns the token's claims and the rate status; the attempt counts.
    pub(crate) async fn ticket(
        &self,
        headers: &HeaderMap,
        call: &Call,
        audit: &Audit,
    ) -> Result<(Ticket, Claims, RateStatus), Refusal> {
        let rate_status = self.attempt(call.client).await?;
        let claims = match only_bearer(headers) {
            Ok(token) => self.claims(token).await,
            Err(error) => Err(error.into()),
        };
        let claims = claims.map_err(|refusal| recorded(refusal, call, audit).with_rate(rate_status))?;
        let ticket = self.admission.issue_ticket(&claims, Instant::now()).await;
        Ok((ticket.map_err(|refusal| Refusal::from(refusal).with_rate(rate_status))?, claims, rate_status))
    }

    /// Whose interviews the token in `headers` may see: those of every subject with the scope `all`, or else those of
    /// its own subject with the scope `healthcare`. The request counts.
    pub(crate) async fn interviews(
        &self,
        headers: &HeaderMap,
        all: &str,
        call: &Call,
        audit: &Audit,
    ) -> Result<(Viewer, RateStatus), Refusal> {
        let rate_status = self.attempt(call.client).await?;
        let claims = match only_bearer(headers) {
            Ok(token) => self.claims(token).await,
            Err(error) => Err(error.into()),
        };
        let viewer = claims.and_then(|claims| {
            let sees_all = claims.has_scope(all);
            if !sees_all {
                claims.require_scope("healthcare")?;
            }
            Ok(Viewer { only: (!sees_all).then(|| claims.sub.clone()), actor: claims.sub })
        });
        let viewer = viewer.map_err(|refusal| recorded(refusal, call, audit).with_rate(rate_status))?;
        Ok((viewer, rate_status))
    }

    /// Revokes a token.
    pub(crate) async fn revoke(&self, token_id: &str) -> Result<(), Refusal> {
        let now = SystemTime::now();
        let exp = self.tokens()?.last_end(now);
        Ok(self.admission.revoke(token_id, exp, now).await?)
    }

    async fn claims(&self, token: &str) -> Result<Claims, Refusal> {
        let claims = self.tokens()?.verify(token, SystemTime::now())?;
        self.check_revoked(&claims).await?;
        Ok(claims)
    }

    /// Checks that claims that were verified some time ago are still valid.
    async fn check(&self, claims: &Claims) -> Result<(), Refusal> {
        if claims.remaining(SystemTime::now()).is_zero() {
            return Err(TokenError::Expired.into());
        }
        self.check_revoked(claims).await
    }

    async fn check_revoked(&self, claims: &Claims) -> Result<(), Refusal> {
        if self.is_revoked(&claims.jti).await { Err(TokenError::Revoked.into()) } else { Ok(()) }
    }

    /// Whether this instance or another one has revoked the token.
    pub(crate) async fn is_revoked(&self, token_id: &str) -> bool {
        self.admission.is_revoked(token_id).await
    }

    pub(crate) fn sharing(&self) -> Sharing {
        self.admission.sharing()
    }

    /// How often Redis was lost, and how many decisions this instance made alone because of it.
    pub(crate) fn losses(&self) -> (u64, u64) {
        (self.admission.outages(), self.admission.decisions_alone())
    }

    /// Releases the shared session leases at the end of the process.
    pub(crate) async fn close(&self) {
        self.admission.close().await;
    }

    pub(crate) fn issue(
        &self,
        subject: &str,
        scopes: &[String],
        lifetime: Duration,
    ) -> Result<Issued, Refusal> {
        let grant = Grant { subject: subject.to_owned(), scopes: scopes.to_vec(), lifetime };
        let issued = self.tokens()?.issue(&grant, SystemTime::now());
        issued.map_err(|error| Refusal::from(Reason::BodyInvalid).saying(error.to_string()))
    }

    /// The public keys with which others verify the tokens of this server.
    pub(crate) fn key_set(&self) -> Result<Value, Refusal> {
        Ok(self.tokens()?.jwks())
    }

    fn tokens(&self) -> Result<&Tokens, Refusal> {
        self.tokens.as_ref().ok_or_else(|| Reason::NotConfigured.into())
    }
}

/// The refusal of a client that has no slot to wait for its first message, or lost it.
pub(crate) fn too_many_awaited() -> Refusal {
    let message = "too many clients wait to send a token; send it with the handshake";
    Refusal::of(&Error::new(ErrorKind::SessionLimit, message), None)
}

fn principal(claims: &Claims, route: SessionRoute) -> Result<Principal, Refusal> {
    if let Some(scope) = route.scope() {
        claims.require_scope(scope)?;
    }
    Ok(Principal {
        subject: claims.sub.clone(),
        token_id: claims.jti.clone(),
        expires: Instant::now().checked_add(claims.remaining(SystemTime::now())),
    })
}

/// Records a refusal in the audit log and returns it.
fn recorded(refusal: Refusal, call: &Call, audit: &Audit) -> Refusal {
    let details = Details { outcome: refusal.code.to_owned(), ..call.details() };
    audit.record(Action::AccessRefused, details);
    refusal
}

fn read(variable: &str, path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{variable}={}: {error}", path.display()))
}

fn tokens(keys: &SigningKeys) -> Result<Tokens, String> {
    let pem = match &keys.ed25519 {
        None => None,
        Some(path) => Some((path, read("VOICE_TOKEN_ED25519_KEY", path)?)),
    };
    let ed25519 = pem.as_ref().map(|(_, pem)| pem.as_slice());
    Tokens::new(&keys.secret, ed25519, &keys.issuer, &keys.audience, keys.max_lifetime).map_err(|error| {
        let path = pem.as_ref().map(|(path, _)| path.display().to_string()).unwrap_or_default();
        format!("VOICE_TOKEN_ED25519_KEY={path} {error}")
    })
}
