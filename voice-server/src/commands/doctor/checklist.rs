//! The rows of the deployment checklist, in order.

use super::outcome::{Outcome, Report, Row, skipped};
use super::visit::Visit;
use super::{admin, public, tokens, websocket};

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Check {
    Reachable,
    Encrypted,
    Service,
    Version,
    Live,
    Ready,
    Health,
    Models,
    Errors,
    Headers,
    RequestId,
    Basic,
    Compression,
    Origin,
    Cors,
    AdminOpen,
    Limits,
    ClientAddress,
    Metrics,
    AdminClosed,
    SecureClosed,
    RateHeaders,
    Token,
    Forged,
    Ticket,
    Expiry,
}

impl Check {
    pub(super) const ALL: [Self; 26] = [
        Self::Reachable,
        Self::Encrypted,
        Self::Service,
        Self::Version,
        Self::Live,
        Self::Ready,
        Self::Health,
        Self::Models,
        Self::Errors,
        Self::Headers,
        Self::RequestId,
        // The right secret is used first: wrong ones may close the admin routes for a while.
        Self::AdminOpen,
        Self::Limits,
        Self::ClientAddress,
        Self::Metrics,
        Self::Token,
        Self::Ticket,
        Self::Basic,
        Self::Compression,
        Self::Origin,
        Self::Cors,
        Self::SecureClosed,
        Self::Forged,
        Self::RateHeaders,
        Self::Expiry,
        Self::AdminClosed,
    ];

    /// The name of the row in the table, in JSON and in docs/deploy.md.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Reachable => "reachable",
            Self::Encrypted => "encrypted",
            Self::Service => "service",
            Self::Version => "version",
            Self::Live => "live",
            Self::Ready => "ready",
            Self::Health => "health",
            Self::Models => "models",
            Self::Errors => "errors",
            Self::Headers => "headers",
            Self::RequestId => "request-id",
            Self::Basic => "basic",
            Self::Compression => "compression",
            Self::Origin => "origin",
            Self::Cors => "cors",
            Self::AdminOpen => "admin-open",
            Self::Limits => "limits",
            Self::ClientAddress => "client-address",
            Self::Metrics => "metrics",
            Self::AdminClosed => "admin-closed",
            Self::SecureClosed => "secure-closed",
            Self::RateHeaders => "rate-headers",
            Self::Token => "token",
            Self::Forged => "forged",
            Self::Ticket => "ticket",
            Self::Expiry => "expiry",
        }
    }

    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Reachable => "the server answers HTTP",
            Self::Encrypted => "the connection is encrypted, with a valid certificate",
            Self::Service => "GET / describes the service and its routes",
            Self::Version => "the server is as new as this program",
            Self::Live => "/livez answers 200",
            Self::Ready => "/readyz answers 200",
            Self::Health => "/health shows the models' state, and is healthy",
            Self::Models => "every model is ready",
            Self::Errors => "a wrong path is refused in JSON with a stable code",
            Self::Headers => {
                "answers have headers against caching and sniffing, and none with a program's version"
            }
            Self::RequestId => "a request keeps its request id",
            Self::Basic => "/ws is open or closed, as GET / says",
            Self::Compression => "compression is not accepted",
            Self::Origin => "a page of another origin gets no WebSocket",
            Self::Cors => "a page of another origin may not read answers",
            Self::AdminOpen => "the admin secret opens the admin routes",
            Self::Limits => "the session limits are known and finite",
            Self::ClientAddress => {
                "the server uses the client address from its proxies, and none that a client writes"
            }
            Self::Metrics => "/metrics answers with the admin secret only",
            Self::AdminClosed => "no admin route opens without the secret or with a wrong one",
            Self::SecureClosed => "no secured path opens without a token",
            Self::RateHeaders => "refusals say how much the rate limit leaves",
            Self::Token => "an issued token opens /secure, and a second of silence gets a reply",
            Self::Forged => "tokens without a valid signature are refused",
            Self::Ticket => "a ticket opens /secure once",
            Self::Expiry => "a session ends when its token does, and the token is then refused",
        }
    }

    async fn perform(self, visit: &mut Visit) -> Outcome {
        match self {
            Self::Reachable => public::reachable(visit).await,
            Self::Encrypted => public::encrypted(visit),
            Self::Service => public::service(visit),
            Self::Version => public::version(visit),
            Self::Live => public::status(visit, "/livez").await,
            Self::Ready => public::status(visit, "/readyz").await,
            Self::Health => public::health(visit).await,
            Self::Models => public::models(visit),
            Self::Errors => public::errors(visit).await,
            Self::Headers => public::headers(visit),
            Self::RequestId => public::request_id(visit).await,
            Self::Basic => websocket::basic(visit).await,
            Self::Compression => websocket::compression(visit).await,
            Self::Origin => websocket::origin(visit).await,
            Self::Cors => websocket::cors(visit).await,
            Self::AdminOpen => admin::open(visit).await,
            Self::Limits => admin::limits(visit),
            Self::ClientAddress => admin::client_address(visit).await,
            Self::Metrics => admin::metrics(visit).await,
            Self::AdminClosed => admin::closed(visit).await,
            // Four handshakes at once need more stack than any other row.
            Self::SecureClosed => Box::pin(tokens::closed(visit)).await,
            Self::RateHeaders => tokens::rate_headers(visit),
            Self::Token => tokens::works(visit).await,
            Self::Forged => tokens::forged(visit).await,
            Self::Ticket => tokens::ticket(visit).await,
            Self::Expiry => tokens::expiry(visit).await,
        }
    }
}

/// Examines all rows of the checklist.
pub(super) async fn examine(mut visit: Visit) -> Report {
    let mut rows = Vec::with_capacity(Check::ALL.len());
    for check in Check::ALL {
        let is_there = visit.seen.root.is_some() || check == Check::Reachable;
        let outcome = if is_there { check.perform(&mut visit).await } else { Err(skipped("no answer")) };
        rows.push(Row { id: check.id(), what: check.what(), outcome });
    }
    Report { target: visit.client.destination.target, rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_unique_and_documented() {
        let guide = include_str!("../../../../docs/deploy.md");
        for (index, check) in Check::ALL.iter().enumerate() {
            assert!(!Check::ALL[..index].contains(check), "{} twice", check.id());
            let row = format!("| `{}` | {} |", check.id(), check.what());
            assert!(guide.contains(&row), "docs/deploy.md lacks the row {row}");
        }
    }
}
