//! Where the Redis of all instances is, and why it is not asked.

#![cfg_attr(not(feature = "redis"), expect(dead_code, reason = "this build has no Redis"))]

use std::fmt;
use std::time::Duration;

/// Where Redis is. Has no `Debug`: there may be a password in the address.
#[derive(Clone, Copy)]
pub(crate) struct Redis<'a> {
    /// `redis://` or, for TLS, `rediss://`, as in `REDIS_URL`.
    pub(crate) url: &'a str,
    /// In PEM, in the place of the built-in ones.
    pub(crate) root_certificate: Option<&'a [u8]>,
    /// How long a client at the door waits for it.
    pub(crate) deadline: Duration,
}

impl Redis<'_> {
    /// The deadline, unless the operator says otherwise.
    pub(crate) const DEADLINE: Duration = Duration::from_millis(100);
}

/// Why Redis is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outage {
    /// No connection can be made, or it broke.
    Unreachable,
    /// It does not answer in time.
    Slow,
    /// It answers with an error: a wrong password, memory that is full, a node that only reads.
    Refusing,
}

/// An address that cannot be used. Reads behind the name of its variable, and does not quote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadUrl;

impl Outage {
    /// The stable name of the reason.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "redis_unreachable",
            Self::Slow => "redis_slow",
            Self::Refusing => "redis_refusing",
        }
    }
}

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is no address of a Redis server; write redis://HOST:PORT, or rediss:// for TLS")
    }
}

impl std::error::Error for BadUrl {}
