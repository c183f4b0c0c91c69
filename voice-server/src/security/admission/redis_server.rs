//! The Redis that all instances share, and why it is not used.

#![cfg_attr(not(feature = "redis"), expect(dead_code, reason = "this build has no Redis"))]

use std::fmt;
use std::time::Duration;

/// The address of Redis. It has no `Debug`, because the address may contain a password.
#[derive(Clone, Copy)]
pub(crate) struct Redis<'a> {
    /// `redis://` or, for TLS, `rediss://`, as in `REDIS_URL`.
    pub(crate) url: &'a str,
    /// In PEM, instead of the built-in certificates.
    pub(crate) root_certificate: Option<&'a [u8]>,
    /// How long the admission of a client waits for it.
    pub(crate) deadline: Duration,
}

impl Redis<'_> {
    /// The default deadline.
    pub(crate) const DEADLINE: Duration = Duration::from_millis(100);
}

/// Why Redis is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outage {
    /// The connection cannot be opened, or was closed.
    Unreachable,
    /// It does not answer in time.
    Slow,
    /// It answers with an error, such as a wrong password, full memory, or a read-only node.
    Refusing,
}

/// An address that cannot be used. The message follows the name of the variable and does not quote the address.
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
        f.write_str("is not an address of a Redis server; write redis://HOST:PORT, or rediss:// for TLS")
    }
}

impl std::error::Error for BadUrl {}
