//! Why a call to the store failed.

use std::fmt;

use voice_core::ErrorKind;

use crate::refusal::Reason;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreError {
    /// The database does not answer, or is full. Worth a retry.
    Unavailable,
    /// No such interview: it was deleted, its time is over, or it never existed.
    Unknown,
    /// Another connection has resumed the interview; this one may not write any more.
    TakenOver,
    /// The resume token was used, has expired, belongs to another subject, or was never issued.
    TokenInvalid,
    /// The answers were sealed with a key that is not in `VOICE_STORE_KEYS`, or the row is damaged.
    Unreadable,
}

impl StoreError {
    /// The stable code.
    pub(crate) fn code(self) -> &'static str {
        self.reason().map_or(ErrorKind::StorageUnavailable.code(), Reason::code)
    }

    /// Why a client is refused; `None` for the code that all interfaces share.
    pub(crate) fn reason(self) -> Option<Reason> {
        match self {
            Self::Unavailable => None,
            Self::Unknown => Some(Reason::InterviewUnknown),
            Self::TakenOver => Some(Reason::InterviewTakenOver),
            Self::TokenInvalid => Some(Reason::ResumeTokenInvalid),
            Self::Unreadable => Some(Reason::InterviewUnreadable),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable => "the store of answers does not answer; try again in a moment",
            Self::Unknown => "no interview under that id; it may have been deleted",
            Self::TakenOver => "another connection has resumed this interview",
            Self::TokenInvalid => "the resume token was used or has expired; begin again with a token",
            Self::Unreadable => {
                "the answers cannot be opened; the key that they were sealed with must be in VOICE_STORE_KEYS"
            }
        })
    }
}

impl std::error::Error for StoreError {}
