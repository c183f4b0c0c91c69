//! The state of one examination: later rows use the results of earlier ones.

use hyper::header::AUTHORIZATION;
use serde_json::Value;

use super::client::{Answer, Client};
use super::destination::Destination;
use super::outcome::{Finding, skipped};

/// The examination of one server.
pub(super) struct Visit {
    pub(super) client: Client,
    /// The value of an Authorization header for the admin routes.
    pub(super) admin: Option<String>,
    pub(super) seen: Seen,
}

/// The results of earlier rows.
#[derive(Default)]
pub(super) struct Seen {
    /// The answer to `GET /`.
    pub(super) root: Option<Answer>,
    /// The body of `/health`.
    pub(super) health: Option<Value>,
    /// The body of `/admin/health`.
    pub(super) admin_health: Option<Value>,
    /// A token that is valid for another minute.
    pub(super) token: Option<String>,
    /// Refused upgrades.
    pub(super) refusals: Vec<Answer>,
}

impl Visit {
    pub(super) fn new(client: Client, secret: Option<&str>) -> Self {
        Self { client, admin: secret.map(bearer), seen: Seen::default() }
    }

    pub(super) fn destination(&self) -> &Destination {
        &self.client.destination
    }

    /// The admin secret as a header, or the reason to skip a row.
    pub(super) fn admin_header(&self) -> Result<String, Finding> {
        if self.client.distrust.is_some() {
            return Err(skipped("the secret is not sent to a server whose certificate is not valid"));
        }
        self.admin.clone().ok_or_else(|| skipped("give the admin secret: --admin-secret-file FILE"))
    }

    /// The token of an earlier row as a header, or the reason to skip a row.
    pub(super) fn token_header(&self) -> Result<String, Finding> {
        let token = self.seen.token.as_deref().map(bearer);
        token.ok_or_else(|| skipped("no token was issued to check this with"))
    }

    /// Whether `GET /` lists paths that need no token.
    pub(super) fn is_basic_on(&self) -> bool {
        let root = self.seen.root.as_ref().and_then(Answer::json).unwrap_or_default();
        root["protocols"]["vosk"].as_array().is_some_and(|paths| paths.iter().any(|path| path == "/ws"))
    }
}

/// The value of an Authorization header.
pub(super) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// The name of that header.
pub(super) const AUTHORIZED: hyper::header::HeaderName = AUTHORIZATION;
