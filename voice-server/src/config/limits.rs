//! The limits of the server.

use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::RangeInclusive;
use std::time::Duration;

use super::environment::Environment;
use super::reader::Reader;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LimitsConfig {
    /// Concurrent sessions: in total, per address, per subject.
    pub(crate) sessions: NonZeroUsize,
    pub(crate) sessions_per_address: NonZeroUsize,
    pub(crate) sessions_per_subject: NonZeroUsize,
    /// Attempts per minute and address: sessions, tickets, speech over HTTP, wrong tokens. Wrong admin secrets have a
    /// separate limit.
    pub(crate) requests_per_minute: NonZeroU32,
    /// Sessions that are reserved for clients with tokens.
    pub(crate) reserved_sessions: usize,
    /// Open connections of any kind: in total, per address.
    pub(crate) connections: NonZeroUsize,
    pub(crate) connections_per_address: NonZeroUsize,
    /// Seconds of audio that a session may send per second, in the long run. `None`: unlimited.
    pub(crate) audio_rate: Option<NonZeroU32>,
    /// The same for messages.
    pub(crate) messages_per_second: Option<NonZeroU32>,
    /// The time for the head of a request, and for a TLS handshake.
    pub(crate) head: Duration,
    /// A session ends if its client sends nothing for this long.
    pub(crate) idle: Duration,
    /// The longest session.
    pub(crate) session: Duration,
    /// How often a silent client is pinged. It is gone after two unanswered pings. `None`: never.
    pub(crate) ping: Option<Duration>,
    /// The time for sessions to finish their last utterance once the server is told to stop.
    pub(crate) grace: Duration,
}

/// Connections beyond those of sessions: health checks, admin requests, refused clients.
const OTHER_CONNECTIONS: u64 = 1_000;

/// The most connections, and so the most sessions: the number of files that Linux lets a process open by default.
const MAX_CONNECTIONS: u64 = 1 << 20;

impl LimitsConfig {
    /// Some sessions are reserved for clients with tokens if there are `tokens`. In production, one address or subject
    /// gets only a part of all sessions.
    pub(super) fn read(reader: &mut Reader, tokens: bool, environment: Environment) -> Self {
        let seconds = |reader: &mut Reader, name, default: u64| {
            Duration::from_secs(reader.number(name, default, 1..=MAX_SECONDS))
        };
        let sessions = reader.count("MAX_CONCURRENT_SESSIONS", 10, MAX_CONNECTIONS);
        let all = sessions.get() as u64;
        let of_one = if environment == Environment::Production { all.div_ceil(2) } else { all };
        let sessions_per_address = reader.count("VOICE_SESSIONS_PER_IP", of_one, MAX_CONNECTIONS);
        let reserved = if tokens { all / 4 } else { 0 };
        let connections = (all + OTHER_CONNECTIONS).min(MAX_CONNECTIONS);
        let connections = reader.count("VOICE_MAX_CONNECTIONS", connections, MAX_CONNECTIONS);
        let all_connections = connections.get() as u64;
        // Besides its sessions, an address may have some further connections.
        let of_address = (all_connections / 4 * 3).max(sessions_per_address.get() as u64 + 100);
        let of_address = of_address.min(all_connections);
        let rate = |reader: &mut Reader, name, default, range: RangeInclusive<u64>| {
            reader.number(name, default, range) as u32
        };
        let per_minute = rate(reader, "RATE_LIMIT_PER_MINUTE", 60, 1..=u64::from(u32::MAX));
        Self {
            sessions,
            sessions_per_address,
            reserved_sessions: reader.number("VOICE_RESERVED_SESSIONS", reserved, 0..=all) as usize,
            sessions_per_subject: reader.count("VOICE_SESSIONS_PER_SUBJECT", of_one, MAX_CONNECTIONS),
            requests_per_minute: NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN),
            connections,
            connections_per_address: reader.count("VOICE_CONNECTIONS_PER_IP", of_address, all_connections),
            audio_rate: NonZeroU32::new(rate(reader, "VOICE_AUDIO_RATE", 4, 0..=1_000_000)),
            messages_per_second: NonZeroU32::new(rate(
                reader,
                "VOICE_MESSAGES_PER_SECOND",
                250,
                0..=1_000_000,
            )),
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

/// One week in seconds: longer than any session, and small enough for clock arithmetic.
const MAX_SECONDS: u64 = 7 * 24 * 3_600;
