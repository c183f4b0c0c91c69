//! A line of the log.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::key::AuditKey;
use crate::digest::{hex, sha256_of};

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $name:literal;)*) => {
        /// Something that is remembered.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub(crate) enum Action { $($(#[$doc])* #[serde(rename = $name)] $action,)* }

        impl Action {
            #[cfg(test)]
            pub(super) const ALL: &'static [Self] = &[$(Self::$action,)*];

            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$action => $name,)* }
            }
        }
    };
}

actions! {
    ServerStarted = "server_started";
    ServerStopped = "server_stopped";
    SessionOpened = "session_opened";
    SessionEnded = "session_ended";
    /// A way in was refused: a token, a ticket or the admin secret was missing, wrong, expired, revoked or without
    /// the scope that the way asks for. What an address tries beyond its rate is not in the log.
    AccessRefused = "access_refused";
    TokenIssued = "token_issued";
    TokenRevoked = "token_revoked";
    TicketIssued = "ticket_issued";
    SessionsListed = "sessions_listed";
    SessionClosed = "session_closed";
    HealthRead = "health_read";
    ModelsReloaded = "models_reloaded";
    /// Entries of clients without a token that a minute had no room for: `count` of the action that is the object.
    EntriesOmitted = "entries_omitted";
    /// The first entry of a file that goes on where another one ended.
    LogOpened = "log_opened";
    /// The last entry of a file that was moved away.
    LogClosed = "log_closed";
    /// Something was wrong with the file, which the outcome names.
    LogRepaired = "log_repaired";
}

impl Action {
    /// Whether clients cause it, however many there are.
    pub(super) fn is_of_clients(self) -> bool {
        matches!(self, Self::SessionOpened | Self::SessionEnded | Self::AccessRefused)
    }
}

/// One entry, as it is told.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Details {
    /// Whom the token names; `admin` for whoever knows the admin secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<String>,
    /// The part of the address that may be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<u64>,
    /// What was acted upon: a token, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) object: Option<String>,
    /// For whom that token is, where it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    /// `ok`, or the stable code of what was wrong.
    pub(crate) outcome: String,
}

/// What only entries about the log itself hold.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Addition {
    /// Of how many entries this one tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) count: Option<u64>,
    /// The length of the piece of a line that stands before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<u64>,
}

/// Something that happened, on its way into the log.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// Milliseconds since 1970, UTC.
    pub(super) time_ms: u64,
    pub(super) action: Action,
    pub(super) details: Details,
    pub(super) addition: Addition,
}

impl Event {
    /// Of now.
    pub(super) fn new(action: Action, details: Details, addition: Addition) -> Self {
        Self { time_ms: now(), action, details, addition }
    }

    /// Writes it among the other logs.
    pub(super) fn log(&self) {
        let Self { action, details, addition, .. } = self;
        tracing::info!(
            target: "voice_server::audit",
            action = action.name(),
            actor = details.actor,
            address = details.address,
            request = details.request_id,
            session = details.session,
            object = details.object,
            subject = details.subject,
            count = addition.count,
            outcome = details.outcome,
        );
    }
}

/// Milliseconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) number: u64,
    /// Milliseconds since 1970, UTC.
    pub(super) time_ms: u64,
    pub(super) action: Action,
    #[serde(flatten)]
    pub(super) details: Details,
    #[serde(flatten)]
    pub(super) addition: Addition,
    /// Hash of the line before, in hexadecimal; of a piece of a line that stands between, that piece belongs to it.
    pub(super) previous: String,
    /// The key's name and the MAC of the line without this member, which is the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mac: Option<String>,
}

impl Entry {
    /// The line without its end.
    pub(super) fn line(&self, key: Option<&AuditKey>) -> serde_json::Result<String> {
        let mut line = serde_json::to_string(self)?;
        if let Some(key) = key {
            let mac = key.sign(line.as_bytes());
            line.pop();
            line.push_str(&tail(&mac));
        }
        Ok(line)
    }

    /// What of its `line` the MAC was computed of; `None` where the MAC is not the last member.
    pub(super) fn signed(mac: &str, line: &str) -> Option<String> {
        Some(format!("{}}}", line.strip_suffix(&tail(mac))?))
    }
}

fn tail(mac: &str) -> String {
    format!(",\"mac\":\"{mac}\"}}")
}

/// The hash of a line, after the piece of one that may stand before it.
pub(super) fn hash(torn: &[u8], line: &str) -> String {
    hex(&sha256_of([torn, line.as_bytes()]))
}
