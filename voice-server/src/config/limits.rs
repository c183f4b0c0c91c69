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
const OTHER_CONNECTIONS: u64 = 1_000;

/// The most connections, and so the most sessions: as many files as Linux lets a process open, by default.
const MAX_CONNECTIONS: u64 = 1 << 20;

impl Limits {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let seconds = |reader: &mut Reader, name, default: u64| {
            Duration::from_secs(reader.number(name, default, 1..=MAX_SECONDS))
        };
        let sessions = reader.count("MAX_CONCURRENT_SESSIONS", 10, MAX_CONNECTIONS);
        let all = sessions.get() as u64;
        let per_minute = reader.number("RATE_LIMIT_PER_MINUTE", 60, 1..=u64::from(u32::MAX)) as u32;
        Self {
            sessions,
            sessions_per_address: reader.count("VOICE_SESSIONS_PER_IP", all, MAX_CONNECTIONS),
            sessions_per_subject: reader.count("VOICE_SESSIONS_PER_SUBJECT", all, MAX_CONNECTIONS),
            requests_per_minute: NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN),
            connections: reader.count(
                "VOICE_MAX_CONNECTIONS",
                (all + OTHER_CONNECTIONS).min(MAX_CONNECTIONS),
                MAX_CONNECTIONS,
            ),
            head: seconds(reader, "VOICE_HEAD_SECONDS", 10),
            idle: seconds(reader, "VOICE_IDLE_SECONDS", 600),
            session: seconds(reader, "VOICE_SESSION_SECONDS", 4 * 3_600),
            ping: match reader.number("VOICE_PING_SECONDS", 30, 0..=MAX_SECONDS) {
                0 => None,
                given => Some(Duration::from_secs(given)),
            },
            grace: seconds(reader, "VOICE_GRACE_SECONDS", 20),
        }
    }
}

/// A week: longer than any session, and far from what clocks cannot add.
const MAX_SECONDS: u64 = 7 * 24 * 3_600;
