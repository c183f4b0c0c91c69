//! JSON Web Tokens (RFC 7519), which this server issues and verifies itself.
//!
//! There are two kinds, and each is verified with the one key of its kind: HS256 without a `kid`, and Ed25519 with the
//! thumbprint of the server's key. Any other header, or one with further members, was not written by this server.

mod claims;
mod ed25519;
mod provider;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::rand::{self, SystemRandom};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) use self::claims::OPERATOR;
use self::claims::{LEEWAY, MAX_SUBJECT, is_scope, is_subject};
use self::ed25519::Ed25519;
use super::secret::Secret;

pub(crate) use self::claims::{Claims, since_1970};

/// The longest token that is parsed, in bytes. The server's own have about 400.
pub(crate) const MAX_TOKEN: usize = 4 << 10;

/// The signing keys and the accepted claims.
pub(crate) struct Tokens {
    signing: EncodingKey,
    verifying: DecodingKey,
    ed25519: Option<Ed25519>,
    issuer: String,
    audience: String,
    max_lifetime: Duration,
    random: SystemRandom,
}

/// The subject, scopes and lifetime of a new token.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) subject: String,
    pub(crate) scopes: Vec<String>,
    /// Rounded down to whole seconds.
    pub(crate) lifetime: Duration,
}

/// A new token. It has no `Debug`, because a token must not reach a log.
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) claims: Claims,
}

/// Why a token is refused. The client is not told which check failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenError {
    Missing,
    Invalid,
    Expired,
    Revoked,
    ScopeMissing,
}

/// Why a token was not issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GrantError {
    Subject,
    Scope,
    Lifetime { max: Duration },
    TooLarge,
    Unavailable,
}

/// A file without an Ed25519 private key. The message follows the file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyError;

/// The header of a token of this server. A header with any other member (`jku`, `x5u`, `jwk`, `crit`, …) is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OurHeader {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
}

impl Tokens {
    /// `ed25519`: a private key in PEM. It then signs new tokens; tokens signed with the secret stay valid until they
    /// expire.
    pub(crate) fn new(
        secret: &Secret,
        ed25519: Option<&[u8]>,
        issuer: impl Into<String>,
        audience: impl Into<String>,
        max_lifetime: Duration,
    ) -> Result<Self, KeyError> {
        provider::install();
        Ok(Self {
            signing: EncodingKey::from_secret(secret.expose()),
            verifying: DecodingKey::from_secret(secret.expose()),
            ed25519: ed25519.map(Ed25519::from_pem).transpose()?,
            issuer: issuer.into(),
            audience: audience.into(),
            max_lifetime,
            random: SystemRandom::new(),
        })
    }

    pub(crate) fn issue(&self, grant: &Grant, now: SystemTime) -> Result<Issued, GrantError> {
        if !is_subject(&grant.subject) {
            return Err(GrantError::Subject);
        }
        if !grant.scopes.iter().all(|scope| is_scope(scope)) {
            return Err(GrantError::Scope);
        }
        if grant.lifetime < Duration::from_secs(1) || grant.lifetime > self.max_lifetime {
            return Err(GrantError::Lifetime { max: self.max_lifetime });
        }
        let id: [u8; 16] = rand::generate(&self.random).map_err(|_| GrantError::Unavailable)?.expose();
        let seconds = since_1970(now).as_secs();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: grant.subject.clone(),
            iat: seconds,
            nbf: seconds,
            exp: seconds.saturating_add(grant.lifetime.as_secs()),
            jti: URL_SAFE_NO_PAD.encode(id),
            scope: grant.scopes.join(" "),
        };
        let (header, key) = match &self.ed25519 {
            Some(key) => {
                (Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::EdDSA) }, &key.signing)
            }
            None => (Header::new(Algorithm::HS256), &self.signing),
        };
        let token = jsonwebtoken::encode(&header, &claims, key).map_err(|_| GrantError::Unavailable)?;
        if token.len() > MAX_TOKEN { Err(GrantError::TooLarge) } else { Ok(Issued { token, claims }) }
    }

    /// The claims of a token that this server issued and that is valid at `now`. Revocation is checked elsewhere.
    pub(crate) fn verify(&self, token: &str, now: SystemTime) -> Result<Claims, TokenError> {
        if token.is_empty() {
            return Err(TokenError::Missing);
        }
        if token.len() > MAX_TOKEN {
            return Err(TokenError::Invalid);
        }
        let (algorithm, key) = self.key_for(token).ok_or(TokenError::Invalid)?;
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        // It would use the system's clock; `Claims::check` uses `now`.
        validation.validate_exp = false;
        let decoded = jsonwebtoken::decode::<Claims>(token, key, &validation);
        let claims = decoded.map_err(|_| TokenError::Invalid)?.claims;
        claims.check(self.max_lifetime, now)?;
        Ok(claims)
    }

    /// The second since 1970 by which every token that is valid at `now` has expired.
    pub(crate) fn last_end(&self, now: SystemTime) -> u64 {
        let longest = self.max_lifetime.as_secs().saturating_add(LEEWAY);
        since_1970(now).as_secs().saturating_add(longest)
    }

    /// The public keys with which others verify new tokens (RFC 7517); none without an Ed25519 key.
    pub(crate) fn jwks(&self) -> Value {
        json!({"keys": self.ed25519.iter().map(Ed25519::jwk).collect::<Vec<_>>()})
    }

    fn key_for(&self, token: &str) -> Option<(Algorithm, &DecodingKey)> {
        let header = URL_SAFE_NO_PAD.decode(token.split_once('.')?.0).ok()?;
        let header: OurHeader = serde_json::from_slice(&header).ok()?;
        if header.typ.is_some_and(|typ| typ != "JWT") {
            return None;
        }
        match (header.alg.as_str(), header.kid) {
            ("HS256", None) => Some((Algorithm::HS256, &self.verifying)),
            ("EdDSA", Some(kid)) => {
                let key = self.ed25519.as_ref().filter(|key| key.kid == kid)?;
                Some((Algorithm::EdDSA, &key.verifying))
            }
            _ => None,
        }
    }
}

impl TokenError {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 5] =
        [Self::Missing, Self::Invalid, Self::Expired, Self::Revoked, Self::ScopeMissing];

    /// The stable name of the error.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Missing => "token_missing",
            Self::Invalid => "token_invalid",
            Self::Expired => "token_expired",
            Self::Revoked => "token_revoked",
            Self::ScopeMissing => "scope_missing",
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the token is missing; send one as Authorization: Bearer",
            Self::Invalid => "the token was not issued by this server; ask for a new one",
            Self::Expired => "the token has expired; ask for a new one",
            Self::Revoked => "the token was revoked; ask for a new one",
            Self::ScopeMissing => "the token does not allow this; ask for one with the scope it needs",
        })
    }
}

impl std::error::Error for TokenError {}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subject => {
                write!(
                    f,
                    "a subject has 1 to {MAX_SUBJECT} bytes, and no character that is a control, a separator of lines, a \
                     mark of direction or invisible, and is not `{OPERATOR}`, which is the operator; change it"
                )
            }
            Self::Scope => {
                f.write_str("a scope must be an ASCII word without quotes and backslashes; rename it")
            }
            Self::Lifetime { max } => {
                write!(
                    f,
                    "the lifetime of a token is 1 to {} seconds; ask for one in this range",
                    max.as_secs()
                )
            }
            Self::TooLarge => write!(f, "the token would exceed {MAX_TOKEN} bytes; ask for fewer scopes"),
            Self::Unavailable => f.write_str("the token could not be signed; try again"),
        }
    }
}

impl std::error::Error for GrantError {}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not an Ed25519 private key in PEM; make one with: openssl genpkey -algorithm ed25519")
    }
}

impl std::error::Error for KeyError {}
