//! The client of a session or request, and the limits of admission.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use crate::security::client::client_ip::IpKey;

/// The client that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) address: IpKey,
    /// The subject of the token; `None` if no token is needed.
    pub(crate) subject: Option<Arc<str>>,
}

/// The limits of admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AdmissionLimits {
    /// Attempts per minute and address.
    pub(crate) per_minute: NonZeroU32,
    /// Concurrent sessions.
    pub(crate) sessions: NonZeroUsize,
    /// Sessions that are reserved for clients with tokens.
    pub(crate) reserved: usize,
    /// Concurrent sessions per address.
    pub(crate) per_address: NonZeroUsize,
    /// Concurrent sessions per subject, from all addresses.
    pub(crate) per_subject: NonZeroUsize,
}

impl AdmissionLimits {
    /// Concurrent sessions without a token.
    pub(crate) fn anonymous(&self) -> usize {
        self.sessions.get().saturating_sub(self.reserved)
    }
}
