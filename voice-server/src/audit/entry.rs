//! A line of the log.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::key::AuditKey;
use crate::digest::{hex, sha256_of};

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $name:literal;)*) => {
        /// A recorded action.
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
    /// Access was refused: a token, a ticket or the admin secret was missing, wrong, expired, revoked or without the
    /// required scope. Attempts beyond the rate of an address are not recorded.
    AccessRefused = "access_refused";
    TokenIssued = "token_issued";
    TokenRevoked = "token_revoked";
    TicketIssued = "ticket_issued";
    SessionsListed = "sessions_listed";
    SessionClosed = "session_closed";
    HealthRead = "health_read";
    ModelsReloaded = "models_reloaded";
    /// The answers of the interview in `object` were read.
    InterviewRead = "interview_read";
    InterviewsListed = "interviews_listed";
    InterviewsExported = "interviews_exported";
    InterviewDeleted = "interview_deleted";
    OutboxRead = "outbox_read";
    OutboxRetried = "outbox_retried";
    /// Entries of clients without a token that were left out in one minute: `count` of the action in `object`.
    EntriesOmitted = "entries_omitted";
    /// The first entry of a file that continues another one.
    LogOpened = "log_opened";
    /// The last entry of a file that was moved away.
    LogClosed = "log_closed";
    /// The file was damaged; the outcome says how.
    LogRepaired = "log_repaired";
}

impl Action {
    /// Whether clients without a token can cause it in any number.
    pub(super) fn is_of_clients(self) -> bool {
        matches!(self, Self::SessionOpened | Self::SessionEnded | Self::AccessRefused)
    }
}

/// The members of an entry that its caller gives.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Details {
    /// The subject of the token; `admin` for requests with the admin secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<String>,
    /// The part of the address that may be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<u64>,
    /// The object of the action: the id of a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) object: Option<String>,
    /// The subject that a new token is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    /// `ok`, or the stable code of the error.
    pub(crate) outcome: String,
}

/// Members of entries about the log itself.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Addition {
    /// The number of entries that this one reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) count: Option<u64>,
    /// The length in bytes of an unfinished line before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<u64>,
}

/// An entry before it has a number and a hash.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// Milliseconds since 1970, UTC.
    pub(super) time_ms: u64,
    pub(super) action: Action,
    pub(super) details: Details,
    pub(super) addition: Addition,
}

impl Event {
    /// An event at the current time.
    pub(super) fn new(action: Action, details: Details, addition: Addition) -> Self {
        Self { time_ms: now(), action, details, addition }
    }

    /// Writes the event to the ordinary log.
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
    /// The hash of the line before, in hexadecimal. An unfinished line in between is part of that line.
    pub(super) previous: String,
    /// The name of the key and the MAC of the line without this member, which is the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mac: Option<String>,
}

impl Entry {
    /// The line without its line end.
    pub(super) fn line(&self, key: Option<&AuditKey>) -> serde_json::Result<String> {
        let mut line = serde_json::to_string(self)?;
        if let Some(key) = key {
            let mac = key.sign(line.as_bytes());
            line.pop();
            line.push_str(&tail(&mac));
        }
        Ok(line)
    }

    /// The part of `line` that the MAC covers; `None` if the MAC is not the last member.
    pub(super) fn signed(mac: &str, line: &str) -> Option<String> {
        Some(format!("{}}}", line.strip_suffix(&tail(mac))?))
    }
}

fn tail(mac: &str) -> String {
    format!(",\"mac\":\"{mac}\"}}")
}

/// The hash of a line and of the unfinished line before it, if there is one.
pub(super) fn hash(torn: &[u8], line: &str) -> String {
    hex(&sha256_of([torn, line.as_bytes()]))
}
