//! Who asks for a session, and how many sessions and attempts there may be.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use super::client_ip::IpKey;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) address: IpKey,
    /// The subject of the token; `None` where none was asked for.
    pub(crate) subject: Option<Arc<str>>,
}

/// How much is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AdmissionLimits {
    /// Attempts a minute from one address.
    pub(crate) per_minute: NonZeroU32,
    /// Sessions at once.
    pub(crate) sessions: NonZeroUsize,
    /// Of these, those that only clients with tokens may have.
    pub(crate) reserved: usize,
    /// Of one address.
    pub(crate) per_address: NonZeroUsize,
    /// Of one subject, from wherever.
    pub(crate) per_subject: NonZeroUsize,
}

impl AdmissionLimits {
    /// Sessions without a token at once.
    pub(crate) fn anonymous(&self) -> usize {
        self.sessions.get().saturating_sub(self.reserved)
    }
}
