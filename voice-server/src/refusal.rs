//! All refusals over HTTP and in close frames: one table of codes, statuses and messages.

use std::borrow::Cow;
use std::time::Duration;

use hyper::StatusCode;
use voice_core::{Error, ErrorKind};

use crate::client_message::client_message;
use crate::protocol::voice_v1::Problem;
use crate::security::client::rate::{RateLimited, RateStatus};
use crate::security::credentials::jwt::TokenError;
use crate::security::refusal::{self as security, SOON};
use crate::store::StoreError;

macro_rules! reasons {
    ($($(#[$attribute:meta])* $reason:ident = $code:literal, $status:ident, $message:literal;)*) => {
        /// Why the server refuses a request, in addition to the codes of `voice_core::ErrorKind`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Reason { $($(#[$attribute])* $reason,)* }

        impl Reason {
            /// Every reason, in the order of the documentation.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$($(#[$attribute])* Self::$reason,)*];

            /// The stable code in answers, metrics and logs.
            pub(crate) const fn code(self) -> &'static str {
                match self { $($(#[$attribute])* Self::$reason => $code,)* }
            }

            pub(crate) const fn status(self) -> StatusCode {
                match self { $($(#[$attribute])* Self::$reason => StatusCode::$status,)* }
            }

            const fn message(self) -> &'static str {
                match self { $($(#[$attribute])* Self::$reason => $message,)* }
            }
        }
    };
}

reasons! {
    HeadAmbiguous =
        "head_ambiguous", BAD_REQUEST, "the head is ambiguous; send one Host, and each line of a handshake once";
    PathUnknown = "path_unknown", NOT_FOUND, "no such path; see GET / for those there are";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "this path does not take this method; see Allow";
    UpgradeRequired = "upgrade_required", UPGRADE_REQUIRED, "this path speaks WebSocket; ask for an upgrade";
    HandshakeInvalid = "handshake_invalid", BAD_REQUEST, "the WebSocket handshake is incomplete; send version 13 and a key";
    BodyInvalid = "body_invalid", BAD_REQUEST, "the body must be a JSON object with the fields of this path";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "the body is longer than this path takes";
    BodyLate = "body_late", REQUEST_TIMEOUT, "the body did not arrive in time";
    NotConfigured = "not_configured", FORBIDDEN, "this is switched off until its secret is set: VOICE_SERVICE_SECRET for admin paths, VOICE_SERVICE_TOKEN for tokens";
    BasicOff = "basic_off", FORBIDDEN, "unsecured sessions are switched off; use /secure with a token";
    SessionUnknown = "session_unknown", NOT_FOUND, "no session under that number; see GET /admin/sessions";
    InterviewsOff = "interviews_off", FORBIDDEN, "interviews are switched off until VOICE_STORE_KEYS is set";
    InterviewUnknown = "interview_unknown", NOT_FOUND, "no interview of yours under that id; it may have been deleted";
    InterviewTakenOver = "interview_taken_over", CONFLICT, "another connection has resumed this interview";
    InterviewUnreadable = "interview_unreadable", INTERNAL_SERVER_ERROR, "the answers cannot be opened; the server's operator must restore their key";
    ResumeTokenInvalid = "resume_token_invalid", GONE, "the resume token was used, has expired, or is not yours";
    InterviewMissing = "interview_missing", BAD_REQUEST, "sessions of this path are interviews; send start with interview";
    NoInterviewHere = "no_interview_here", BAD_REQUEST, "interviews are on /secure/healthcare; connect there";
    FormUnknown = "form_unknown", NOT_FOUND, "no form of that URL and version; see GET /v1/questionnaires";
    Stopping = "stopping", SERVICE_UNAVAILABLE, "the server is shutting down; reconnect";
    SessionTooLong = "session_too_long", REQUEST_TIMEOUT, "the session has lasted as long as one may; open a new one";
    SessionClosed = "session_closed", GONE, "an administrator ended the session";
}

/// The HTTP status of an error that a request caused. A model that this server does not have is 404; for one of its own
/// that does not work now, see [`Refusal::unavailable`].
fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::OptionInvalid
        | ErrorKind::AudioFormatUnsupported
        | ErrorKind::SsmlInvalid
        | ErrorKind::TextEmpty => StatusCode::BAD_REQUEST,
        ErrorKind::TextTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::ModelNotFound => StatusCode::NOT_FOUND,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// A refusal on its way to the client.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) message: Cow<'static, str>,
    pub(crate) retry_after: Option<Duration>,
    /// The value of `WWW-Authenticate`, for a client that has to show who it is.
    pub(crate) challenge: Option<&'static str>,
    /// The rate of the client's address, if the request was counted.
    pub(crate) rate_status: Option<RateStatus>,
}

impl Refusal {
    /// An error that a request caused. The client may try again after `next_try`, if that is known and if waiting helps.
    pub(crate) fn of(error: &Error, next_try: Option<Duration>) -> Self {
        let status = status_of(error.kind());
        Self::with_status(error, status, next_try.filter(|_| status == StatusCode::SERVICE_UNAVAILABLE))
    }

    /// An error of the server's own models: the client can do nothing but wait.
    pub(crate) fn unavailable(error: &Error, next_try: Option<Duration>) -> Self {
        Self::with_status(error, StatusCode::SERVICE_UNAVAILABLE, next_try)
    }

    fn with_status(error: &Error, status: StatusCode, next_try: Option<Duration>) -> Self {
        let soon = error.kind().is_retryable().then_some(SOON);
        Self {
            code: error.code(),
            status,
            message: client_message(error),
            retry_after: next_try.or(soon),
            challenge: None,
            rate_status: None,
        }
    }

    /// The same refusal with a more specific message.
    pub(crate) fn saying(self, message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// What a client of `voice.v1` is told.
    pub(crate) fn problem(&self) -> Problem {
        let is_retryable = self.retry_after.is_some();
        Problem { code: self.code, message: self.message.clone(), is_retryable }
    }

    /// Whether the request was counted against the rate of its address, or exceeded it.
    pub(crate) fn is_counted(&self) -> bool {
        self.rate_status.is_some()
    }

    pub(crate) fn with_rate(self, rate_status: RateStatus) -> Self {
        Self { rate_status: Some(rate_status), ..self }
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self {
            code: reason.code(),
            status: reason.status(),
            message: reason.message().into(),
            // Another instance, or the restarted process, may answer.
            retry_after: (reason == Reason::Stopping).then_some(SOON),
            challenge: None,
            rate_status: None,
        }
    }
}

impl From<security::Denial> for Refusal {
    fn from(denial: security::Denial) -> Self {
        Self {
            code: denial.code(),
            status: denial.status(),
            message: denial.to_string().into(),
            retry_after: denial.retry_after(),
            challenge: denial.challenge(),
            rate_status: denial.rate_status(),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error.reason() {
            Some(reason) => reason.into(),
            None => Self::unavailable(&Error::new(ErrorKind::StorageUnavailable, error.to_string()), None),
        }
    }
}

impl From<RateLimited> for Refusal {
    fn from(rate_limited: RateLimited) -> Self {
        security::Denial::RateLimited(rate_limited).into()
    }
}

impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Self {
        security::Denial::Token(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_listed_in_the_documentation() {
        let documented = include_str!("../../docs/errors.md");
        let mut codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        for (reason, code) in Reason::ALL.iter().zip(&codes) {
            let row = format!("| `{code}` | {} |", reason.status().as_u16());
            assert!(documented.contains(&row), "docs/errors.md has no row {row}");
            assert!(ErrorKind::from_code(code).is_none(), "{code} is taken by the core");
        }
        // Only unavailability is worth a retry.
        for reason in Reason::ALL {
            let is_away = reason.status() == StatusCode::SERVICE_UNAVAILABLE;
            assert_eq!(Refusal::from(*reason).retry_after.is_some(), is_away, "{}", reason.code());
        }
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Reason::ALL.len());
    }
}
