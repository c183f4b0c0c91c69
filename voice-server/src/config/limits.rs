//! How much the server takes, of everything.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use super::Reader;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Sessions at once: of everybody, of one address, of one subject.
    pub(crate) sessions: NonZeroUsize,
    pub(crate) sessions_per_address: NonZeroUsize,
    pub(crate) sessions_per_subject: NonZeroUsize,
    /// Attempts of one address: sessions, tickets, speech over HTTP, wrong tokens. Wrong admin secrets have a
    /// limit of their own.
    pub(crate) requests_per_minute: NonZeroU32,
    /// Open connections of any kind.
    pub(crate) connections: NonZeroUsize,
    /// For the head of a request, and for a TLS handshake.
    pub(crate) head: Duration,
    /// A session in which the client sends nothing for this long ends.
    pub(crate) idle: Duration,
    /// The longest session.
    pub(crate) session: Duration,
    /// How often a silent client is pinged; gone after two unanswered ones. `None`: never.
    pub(crate) ping: Option<Duration>,
    /// For sessions to finish their last utterance once the server is told to stop.
    pub(crate) grace: Duration,
}

/// Connections beyond those of sessions: health checks, admin calls, clients that are being refused.
const OTHER_CONNECTIONS: usize = 1_000;

/// The most connections, and so the most sessions: as many files as Linux lets a process open, by default.
const MAX_CONNECTIONS: usize = 1 << 20;

impl Limits {
    pub(super) fn read(reader: &mut Reader) -> Self {
        const fn at_least_one(value: usize) -> NonZeroUsize {
            NonZeroUsize::MIN.saturating_add(value.saturating_sub(1))
        }
        let seconds = |reader: &mut Reader, name, default: u64| {
            let given = reader.value(name, default);
            if !(1..=MAX_SECONDS).contains(&given) {
                reader.problems.push(format!("{name}={given}: give 1 to {MAX_SECONDS} seconds"));
            }
            Duration::from_secs(given)
        };
        let most = at_least_one(MAX_CONNECTIONS);
        let sessions = reader.value_up_to("MAX_CONCURRENT_SESSIONS", at_least_one(10), most);
        let connections = sessions.saturating_add(OTHER_CONNECTIONS).min(most);
        Self {
            sessions,
            sessions_per_address: reader.value("VOICE_SESSIONS_PER_IP", sessions),
            sessions_per_subject: reader.value("VOICE_SESSIONS_PER_SUBJECT", sessions),
            requests_per_minute: reader.value("RATE_LIMIT_PER_MINUTE", NonZeroU32::MIN.saturating_add(59)),
            connections: reader.value_up_to("VOICE_MAX_CONNECTIONS", connections, most),
            head: seconds(reader, "VOICE_HEAD_SECONDS", 10),
            idle: seconds(reader, "VOICE_IDLE_SECONDS", 600),
            session: seconds(reader, "VOICE_SESSION_SECONDS", 4 * 3_600),
            ping: match reader.value("VOICE_PING_SECONDS", 30) {
                0 => None,
                given => Some(Duration::from_secs(given.min(MAX_SECONDS))),
            },
            grace: seconds(reader, "VOICE_GRACE_SECONDS", 20),
        }
    }
}

/// A week: longer than any session, and far from what clocks cannot add.
const MAX_SECONDS: u64 = 7 * 24 * 3_600;
