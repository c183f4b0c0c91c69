//! The claims of a token.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::TokenError;

/// The longest subject in bytes; it is a key of tables and part of every token.
pub(super) const MAX_SUBJECT: usize = 256;

/// The longest id of a token in bytes. The server's own have 22.
const MAX_ID: usize = 64;

/// The difference of clocks that is tolerated for the time of issue. It does not extend the lifetime.
pub(super) const LEEWAY: u64 = 5;

/// The claims of RFC 7519 and the scope of RFC 8693. Every accepted token has all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) sub: String,
    /// Seconds since 1970, like the next two.
    pub(crate) iat: u64,
    pub(crate) nbf: u64,
    pub(crate) exp: u64,
    /// 128 random bits in base64url.
    pub(crate) jti: String,
    /// Words separated by single spaces.
    pub(crate) scope: String,
}

impl Claims {
    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|held| held == scope)
    }

    pub(crate) fn require_scope(&self, scope: &str) -> Result<(), TokenError> {
        if self.has_scope(scope) { Ok(()) } else { Err(TokenError::ScopeMissing) }
    }

    /// The remaining lifetime of the token, which bounds a session.
    pub(crate) fn remaining(&self, now: SystemTime) -> Duration {
        Duration::from_secs(self.exp).saturating_sub(since_1970(now))
    }

    /// Checks times and single claims. A token with a longer lifetime than `max_lifetime`, from a time when that was
    /// allowed, is not valid: its revocation could be forgotten before it expires.
    /// that was allowed, is not good: its revocation might be forgotten before it ends.
    pub(super) fn check(&self, max_lifetime: Duration, now: SystemTime) -> Result<(), TokenError> {
        let seconds = since_1970(now).as_secs();
        let in_order = self.iat <= self.nbf.saturating_add(LEEWAY) && self.nbf < self.exp;
        let begun = self.iat.max(self.nbf) <= seconds.saturating_add(LEEWAY);
        let lifetime = Duration::from_secs(self.exp.saturating_sub(self.iat));
        let named = is_subject(&self.sub) && (1..=MAX_ID).contains(&self.jti.len());
        if !(in_order && begun && named && lifetime <= max_lifetime) {
            return Err(TokenError::Invalid);
        }
        if self.remaining(now).is_zero() { Err(TokenError::Expired) } else { Ok(()) }
    }
}

/// The name of the admin in the audit log. No token may have it as its subject.
pub(crate) const OPERATOR: &str = "admin";

pub(super) fn is_subject(subject: &str) -> bool {
    let length = 1..=MAX_SUBJECT;
    length.contains(&subject.len()) && subject != OPERATOR && !subject.chars().any(is_deceptive)
}

/// Whether a character changes how a line is displayed, or is invisible: control characters, separators of lines and
/// words other than the space, direction marks, and Unicode's general category Cf.
/// the space, marks that change the direction of writing, and what is invisible (Unicode's general category Cf).
fn is_deceptive(letter: char) -> bool {
    letter.is_control()
        || (letter.is_whitespace() && letter != ' ')
        || matches!(
            letter,
            '\u{ad}'
                | '\u{34f}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'..='\u{891}'
                | '\u{8e2}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A scope-token of RFC 6749, section 3.3.
pub(super) fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

/// A clock before 1970 is broken; for it, every token is from the future.
pub(crate) fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}
