//! Why a request is denied: codes that exist in HTTP alone, each with its status. Codes that all interfaces share are
//! in `voice_core::ErrorKind`; `session_limit` is one of them.

use std::fmt;
use std::time::Duration;

use hyper::StatusCode;
use voice_core::ErrorKind;

use super::client::rate::{RateLimited, RateStatus};
use super::credentials::jwt::TokenError;

/// The default time to wait before a retry.
pub(crate) const SOON: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denial {
    Token(TokenError),
    /// A ticket that was used, has expired, or was never issued.
    TicketInvalid,
    TicketLimit,
    RevocationLimit,
    /// The admin secret is missing or wrong.
    AdminSecretInvalid,
    OriginForbidden,
    /// More attempts than an address has per minute.
    RateLimited(RateLimited),
    SessionLimit(LimitReached, RateStatus),
}

/// The session limit that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum LimitReached {
    /// Of the whole server, or of all instances together.
    Server,
    /// Of one client address.
    Address,
    /// Of one subject of tokens.
    Subject,
    /// Of all clients without a token.
    Reserved,
}

impl Denial {
    /// The stable code of the denial.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Token(error) => error.code(),
            Self::TicketInvalid => "ticket_invalid",
            Self::TicketLimit => "ticket_limit",
            Self::RevocationLimit => "revocation_limit",
            Self::AdminSecretInvalid => "admin_secret_invalid",
            Self::OriginForbidden => "origin_forbidden",
            Self::RateLimited(_) => "rate_limited",
            Self::SessionLimit(..) => ErrorKind::SessionLimit.code(),
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Token(TokenError::ScopeMissing) | Self::OriginForbidden => StatusCode::FORBIDDEN,
            Self::Token(_) | Self::TicketInvalid | Self::AdminSecretInvalid => StatusCode::UNAUTHORIZED,
            Self::RateLimited(_) | Self::SessionLimit(LimitReached::Address | LimitReached::Subject, _) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::TicketLimit
            | Self::RevocationLimit
            | Self::SessionLimit(LimitReached::Server | LimitReached::Reserved, _) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// When the same request may be admitted; `None` if never.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited(rate_limited) => Some(rate_limited.retry_after),
            Self::SessionLimit(..) | Self::TicketLimit | Self::RevocationLimit => Some(SOON),
            _ => None,
        }
    }

    /// The rate of the client's address, if it was counted.
    pub(crate) fn rate_status(&self) -> Option<RateStatus> {
        match self {
            Self::RateLimited(RateLimited { rate_status, .. }) | Self::SessionLimit(_, rate_status) => {
                Some(*rate_status)
            }
            _ => None,
        }
    }

    /// The value of `WWW-Authenticate` (RFC 6750).
    pub(crate) fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::Token(TokenError::Missing) | Self::AdminSecretInvalid => Some("Bearer"),
            Self::Token(TokenError::ScopeMissing) => Some("Bearer error=\"insufficient_scope\""),
            Self::Token(_) | Self::TicketInvalid => Some("Bearer error=\"invalid_token\""),
            _ => None,
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(error) => return error.fmt(f),
            Self::TicketInvalid => "the ticket was used or has expired; ask for a new one",
            Self::TicketLimit => "too many tickets are unused; try again in a moment",
            Self::RevocationLimit => {
                "too many tokens are revoked; replace VOICE_SERVICE_TOKEN to revoke all of them"
            }
            Self::AdminSecretInvalid => "the admin secret is missing or wrong; send it as Authorization: Bearer",
            Self::OriginForbidden => "this page's origin is not allowed; the server's operator can add it to the list",
            Self::RateLimited(_) => "too many attempts from your address; slow down",
            Self::SessionLimit(LimitReached::Server, _) => "the session limit is reached; try again in a moment",
            Self::SessionLimit(LimitReached::Address, _) => {
                "your address has reached its session limit; end a session first"
            }
            Self::SessionLimit(LimitReached::Reserved, _) => {
                "the remaining sessions are reserved for clients with tokens; send a token, or try again in a moment"
            }
            Self::SessionLimit(LimitReached::Subject, _) => {
                "your token has reached its session limit; end a session first"
            }
        })
    }
}

impl std::error::Error for Denial {}

impl From<TokenError> for Denial {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl From<RateLimited> for Denial {
    fn from(rate_limited: RateLimited) -> Self {
        Self::RateLimited(rate_limited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDING: RateStatus = RateStatus { limit: 60, remaining: 0, reset: Duration::from_mins(1) };

    fn all() -> Vec<Denial> {
        let rate_limited = RateLimited { retry_after: Duration::from_millis(1_200), rate_status: STANDING };
        let mut all: Vec<_> = TokenError::ALL.map(Denial::Token).into();
        all.extend(
            [LimitReached::Server, LimitReached::Address, LimitReached::Subject, LimitReached::Reserved]
                .map(|full| Denial::SessionLimit(full, STANDING)),
        );
        all.extend([
            Denial::TicketInvalid,
            Denial::TicketLimit,
            Denial::RevocationLimit,
            Denial::AdminSecretInvalid,
            Denial::OriginForbidden,
            Denial::RateLimited(rate_limited),
        ]);
        all
    }

    #[test]
    fn documentation_lists_every_code_with_its_status() {
        let page = include_str!("../../../docs/errors.md");
        let table = page.split_once("## Codes of the server alone").expect("a heading").1;
        let table = table.split("\n## ").next().unwrap();
        let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
        let own: Vec<_> =
            all().into_iter().filter(|refusal| !matches!(refusal, Denial::SessionLimit(..))).collect();
        assert_eq!(rows.len(), own.len());
        for refusal in own {
            let retry = if refusal.retry_after().is_some() { "yes" } else { "no" };
            let begin = format!("| `{}` | {} | {retry} | ", refusal.code(), refusal.status().as_u16());
            assert!(rows.iter().any(|row| row.starts_with(&begin)), "docs/errors.md has no row {begin}");
        }
        let shared: Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert!(rows.iter().all(|row| !shared.iter().any(|code| row.starts_with(&format!("| `{code}` |")))));
    }

    #[test]
    fn status_retry_time_and_challenge_agree() {
        for denial in all() {
            let status = denial.status().as_u16();
            assert_eq!(denial.retry_after().is_some(), matches!(status, 429 | 503), "{denial}");
            assert_eq!(
                denial.rate_status().is_some(),
                matches!(denial.code(), "rate_limited" | "session_limit")
            );
            assert!(status != 401 || denial.challenge().is_some(), "{denial}");
        }
    }
}
