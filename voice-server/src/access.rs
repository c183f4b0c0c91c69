//! Who may do what: puts the parts of `security` together, and says no in the server's words.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use hyper::header::{AUTHORIZATION, HeaderMap};
use hyper::{Request, StatusCode};
use ring::rand::SystemRandom;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use voice_core::{Error, ErrorKind};

use crate::audit::{Action, Audit, Details};
use crate::config::{Config, SigningKeys};
use crate::http::{Call, Door};
use crate::refusal::{Reason, Refusal};
use crate::security::admin::AdminDoor;
use crate::security::client_ip::ClientIp;
use crate::security::gate::{Gate, Limits, Permit, Who};
use crate::security::jwt::{Claims, Grant, Issued, TokenError, Tokens, since_1970};
use crate::security::origin::Origins;
use crate::security::rate::Standing;
use crate::security::refusal as security;
use crate::security::revoked::{Revoked, RevokedFull, TokenId};
use crate::security::ticket::{Ticket, TicketHash, Tickets, TicketsFull};
use crate::ws;

/// Tickets that are out at once.
const MAX_TICKETS: usize = 10_000;

/// Revoked tokens that are remembered.
const MAX_REVOKED: usize = 100_000;

/// Clients at once that have been let in to show their token as the first message.
const AWAITED: usize = 64;

pub(crate) struct Access {
    admin: Option<AdminDoor>,
    tokens: Option<Tokens>,
    gate: Gate,
    tickets: Tickets,
    revoked: Revoked,
    origins: Origins,
    random: SystemRandom,
    /// How long a token may live: how long a revoked one is remembered.
    max_lifetime: Duration,
    /// Places for clients that still have to say who they are.
    awaited: Arc<Semaphore>,
}

/// Somebody who has shown a token.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) subject: String,
    pub(crate) token_id: String,
    /// When the token ends, and with it the session.
    pub(crate) expires: Instant,
}

impl Access {
    /// Reads the keys; the error names the file that is wrong.
    pub(crate) async fn open(config: &Config) -> Result<Self, String> {
        let (access, limits, now) = (&config.access, &config.limits, Instant::now());
        let limits = Limits {
            per_minute: limits.requests_per_minute,
            sessions: limits.sessions,
            per_address: limits.sessions_per_address,
            per_subject: limits.sessions_per_subject,
        };
        Ok(Self {
            admin: access.admin.clone().map(|secret| AdminDoor::new(secret, now)),
            tokens: access.tokens.as_ref().map(tokens).transpose()?,
            gate: Gate::new(limits, now),
            tickets: Tickets::new(MAX_TICKETS),
            revoked: Revoked::new(MAX_REVOKED),
            origins: access.origins.clone(),
            random: SystemRandom::new(),
            max_lifetime: access.tokens.as_ref().map(|keys| keys.max_lifetime).unwrap_or_default(),
            awaited: Arc::new(Semaphore::new(AWAITED)),
        })
    }

    pub(crate) fn origins(&self) -> &Origins {
        &self.origins
    }

    /// Lets through whoever knows the admin secret; the others, a few times a minute.
    pub(crate) fn admin<B>(&self, request: &Request<B>, call: &Call, audit: &Audit) -> Result<(), Refusal> {
        let door = self.admin.as_ref().ok_or(Reason::NotConfigured)?;
        let offered = only_bearer(request.headers()).ok();
        let opened = door.open(offered.map(str::as_bytes), call.client.key(), Instant::now());
        opened.map_err(|refusal| {
            let details = Details { outcome: refusal.code().to_owned(), ..call.details() };
            audit.record(Action::AccessRefused, details);
            refusal.into()
        })
    }

    /// Counts a request that needs no session.
    pub(crate) async fn attempt(&self, client: ClientIp) -> Result<Standing, Refusal> {
        Ok(self.gate.admit_request(client.key(), Instant::now())?)
    }

    /// Lets one session in, and counts the attempt.
    pub(crate) async fn admit(&self, client: ClientIp, subject: Option<&str>) -> Result<Permit, Refusal> {
        let who = Who { address: client.key(), subject: subject.map(Arc::from) };
        Ok(self.gate.admit(&who, Instant::now())?)
    }

    /// Lets a client in to show its token as the first message.
    pub(crate) async fn await_token(&self, client: ClientIp) -> Result<OwnedSemaphorePermit, Refusal> {
        self.tokens()?;
        self.attempt(client).await?;
        let place = Arc::clone(&self.awaited).try_acquire_owned();
        place.map_err(|_| {
            let message = "too many clients are about to show a token; send it with the handshake";
            let error = Error::new(ErrorKind::SessionLimit, message);
            Refusal::of(&error, StatusCode::SERVICE_UNAVAILABLE, None)
        })
    }

    /// Who shows this token, if it opens `door`.
    pub(crate) async fn by_token(&self, token: &str, door: Door) -> Result<Identity, Refusal> {
        identity(&self.claims(token).await?, door)
    }

    /// Who was given this ticket, which is worth nothing from now on.
    pub(crate) async fn by_ticket(&self, ticket: &str, door: Door) -> Result<Identity, Refusal> {
        self.tokens()?;
        let hash = TicketHash::of(ticket).ok_or(security::Refusal::TicketInvalid)?;
        let claims = self.tickets.take(hash, Instant::now()).ok_or(security::Refusal::TicketInvalid)?;
        self.check_revoked(&claims).await?;
        identity(&claims, door)
    }

    /// A ticket for whoever shows a token, and the token's claims.
    pub(crate) async fn ticket(&self, headers: &HeaderMap) -> Result<(Ticket, Claims), Refusal> {
        let claims = self.claims(only_bearer(headers)?).await?;
        let ticket = Ticket::draw(&self.random).ok_or(security::Refusal::TicketLimit)?;
        let put = self.tickets.put(ticket.hash(), claims.clone(), Instant::now());
        put.map_err(|TicketsFull| security::Refusal::TicketLimit)?;
        Ok((ticket, claims))
    }

    /// Makes a token worth nothing.
    pub(crate) async fn revoke(&self, token_id: &str) -> Result<(), Refusal> {
        self.tokens()?;
        let now = SystemTime::now();
        let exp = since_1970(now + self.max_lifetime).as_secs();
        let revoked = self.revoked.add(TokenId::of(token_id), exp, now);
        Ok(revoked.map_err(|RevokedFull| security::Refusal::RevocationLimit)?)
    }

    async fn claims(&self, token: &str) -> Result<Claims, Refusal> {
        let claims = self.tokens()?.verify(token, SystemTime::now())?;
        self.check_revoked(&claims).await?;
        Ok(claims)
    }

    async fn check_revoked(&self, claims: &Claims) -> Result<(), Refusal> {
        if self.revoked.contains(TokenId::of(&claims.jti)) { Err(TokenError::Revoked.into()) } else { Ok(()) }
    }

    /// What keeps limits from being shared with other instances; `None` if nothing does.
    pub(crate) fn shared_trouble(&self) -> Option<&'static str> {
        None
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

    /// The public keys by which others check our tokens.
    pub(crate) fn key_set(&self) -> Result<Value, Refusal> {
        Ok(self.tokens()?.jwks())
    }

    fn tokens(&self) -> Result<&Tokens, Refusal> {
        self.tokens.as_ref().ok_or_else(|| Reason::NotConfigured.into())
    }
}

fn identity(claims: &Claims, door: Door) -> Result<Identity, Refusal> {
    if let Some(scope) = door.scope() {
        claims.require_scope(scope)?;
    }
    Ok(Identity {
        subject: claims.sub.clone(),
        token_id: claims.jti.clone(),
        expires: Instant::now() + claims.remaining(SystemTime::now()),
    })
}

/// The one bearer token among the headers.
fn only_bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => ws::bearer(value),
        (None, _) => Err(TokenError::Missing.into()),
        (Some(_), Some(_)) => Err(TokenError::Invalid.into()),
    }
}

fn tokens(keys: &SigningKeys) -> Result<Tokens, String> {
    let pem = match &keys.ed25519 {
        None => None,
        Some(path) => {
            Some((path, std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?))
        }
    };
    let ed25519 = pem.as_ref().map(|(_, pem)| pem.as_slice());
    Tokens::new(&keys.secret, ed25519, &keys.issuer, &keys.audience, keys.max_lifetime).map_err(|error| {
        let path = pem.as_ref().map(|(path, _)| path.display().to_string()).unwrap_or_default();
        format!("VOICE_TOKEN_ED25519_KEY={path} {error}")
    })
}
