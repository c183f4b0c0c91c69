//! The credentials that a client sends with its handshake.

use hyper::Uri;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue, SEC_WEBSOCKET_PROTOCOL};

use super::resumable::ResumeRequest;
use crate::refusal::{Reason, Refusal};
use crate::request::query;
use crate::security::credentials::bearer::bearer;
use crate::security::credentials::jwt::{MAX_TOKEN, TokenError};

/// Prefixes of a token or a ticket in a subprotocol. Subprotocols are the only header that web pages can set.
const TOKEN: &str = "bearer.";
const TICKET: &str = "ticket.";

/// The prefix of the token of a session to resume, which a client shows beside its credential.
const RESUME: &str = "resume.";

#[derive(PartialEq, Eq)]
pub(super) enum Credential {
    /// None yet: the first message must contain a token.
    FirstMessage,
    Token(String),
    Ticket(String),
}

/// The credentials and the subprotocol of a handshake.
pub(super) struct HandshakeCredentials {
    pub(super) credential: Credential,
    /// The subprotocol to answer with: the first one that is not a secret.
    pub(super) protocol: Option<HeaderValue>,
    /// The session to resume.
    pub(super) resume: Option<ResumeRequest>,
}

impl HandshakeCredentials {
    /// Reads `Authorization: Bearer`, the subprotocols, `?ticket=` and `?resume=`. More than one credential is an error.
    pub(super) fn read(headers: &HeaderMap, uri: &Uri) -> Result<Self, Refusal> {
        let mut found = Vec::new();
        for value in headers.get_all(AUTHORIZATION) {
            found.push(Credential::Token(bearer(value)?.to_owned()));
        }
        let (mut protocol, mut resume) = (None, query(uri, "resume").map(ResumeRequest::read));
        let offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
        for name in offered.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')) {
            let name = name.trim();
            if let Some(token) = name.strip_prefix(TOKEN).or_else(|| is_token(name).then_some(name)) {
                found.push(Credential::Token(token.to_owned()));
            } else if let Some(ticket) = name.strip_prefix(TICKET) {
                found.push(Credential::Ticket(ticket.to_owned()));
            } else if let Some(request) = name.strip_prefix(RESUME) {
                resume = resume.or(Some(ResumeRequest::read(request)));
            } else if protocol.is_none() {
                protocol = HeaderValue::from_str(name).ok().filter(|_| !name.is_empty());
            }
        }
        if protocol.is_none() && headers.contains_key(SEC_WEBSOCKET_PROTOCOL) {
            // A browser fails unless the answer has one of its subprotocols, and a secret must not be sent back.
            let message =
                "offer a subprotocol beside the token or ticket, such as voice.v1; it is the answer";
            return Err(Refusal::from(Reason::HandshakeInvalid).saying(message));
        }
        if let Some(ticket) = query(uri, "ticket") {
            found.push(Credential::Ticket(ticket.to_owned()));
        }
        let too_long = found.iter().any(|found| match found {
            Credential::Token(text) | Credential::Ticket(text) => text.len() > MAX_TOKEN,
            Credential::FirstMessage => false,
        });
        if found.len() > 1 || too_long {
            let message = "show one token or one ticket, of at most 4 KiB";
            return Err(Refusal::from(TokenError::Invalid).saying(message));
        }
        Ok(Self { credential: found.pop().unwrap_or(Credential::FirstMessage), protocol, resume })
    }
}

/// Whether a subprotocol without a prefix is a JSON web token: `new WebSocket(url, ["voice.v1", token])`.
fn is_token(name: &str) -> bool {
    name.starts_with("eyJ") && name.matches('.').count() == 2
}

/// The token in a first message: `{"token": "…"}`, alone or inside `"auth"`.
pub(super) fn in_message(text: &str) -> Option<String> {
    // A client without credentials must not cause much work.
    if text.len() > 2 * MAX_TOKEN {
        return None;
    }
    let message: serde_json::Value = serde_json::from_str(text).ok()?;
    let token = message.get("token").or_else(|| message.get("auth")?.get("token"))?.as_str()?;
    (token.len() <= MAX_TOKEN).then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(headers: &[(&'static str, &str)], uri: &str) -> Result<HandshakeCredentials, &'static str> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        HandshakeCredentials::read(&map, &uri.parse().unwrap()).map_err(|refusal| refusal.code)
    }

    fn token(headers: &[(&'static str, &str)]) -> String {
        match shown(headers, "/secure").unwrap().credential {
            Credential::Token(token) => token,
            _ => panic!("no token"),
        }
    }

    #[test]
    fn token_is_found_in_every_allowed_place() {
        assert_eq!(token(&[("authorization", "Bearer abc")]), "abc");
        assert_eq!(token(&[("authorization", "bearer  abc ")]), "abc");
        for offered in ["voice.v1, bearer.abc", "bearer.abc,voice.v1"] {
            assert_eq!(token(&[("sec-websocket-protocol", offered)]), "abc");
        }
        assert_eq!(token(&[("sec-websocket-protocol", "bearer, eyJa.b.c")]), "eyJa.b.c");
        let split = [("sec-websocket-protocol", "voice.v1"), ("sec-websocket-protocol", "bearer.abc")];
        assert_eq!(token(&split), "abc");
    }

    #[test]
    fn answer_never_contains_the_secret() {
        let shown = shown(&[("sec-websocket-protocol", "bearer.abc, voice.v1, other")], "/secure").unwrap();
        assert_eq!(shown.protocol.unwrap(), "voice.v1");
        let alone = [("sec-websocket-protocol", "bearer.abc")];
        assert_eq!(self::shown(&alone, "/secure").err(), Some("handshake_invalid"));
    }

    #[test]
    fn ticket_is_accepted_in_the_url() {
        let shown = shown(&[], "/secure?language=ar&ticket=xyz").unwrap();
        assert!(shown.credential == Credential::Ticket("xyz".to_owned()) && shown.protocol.is_none());
        // A token is valid for hours, and URLs are logged.
        assert!(self::shown(&[], "/secure?token=abc").unwrap().credential == Credential::FirstMessage);
    }

    #[test]
    fn two_credentials_are_refused() {
        let twice = [("authorization", "Bearer a"), ("authorization", "Bearer b")];
        assert_eq!(shown(&twice, "/secure").err(), Some("token_invalid"));
        assert_eq!(shown(&twice[..1], "/secure?ticket=c").err(), Some("token_invalid"));
        assert_eq!(shown(&[("authorization", "Basic YTpi")], "/secure").err(), Some("token_invalid"));
        let huge = format!("Bearer {}", "a".repeat(5_000));
        assert_eq!(shown(&[("authorization", &huge)], "/secure").err(), Some("token_invalid"));
    }

    #[test]
    fn first_message_may_contain_the_token() {
        for text in [r#"{"token": "abc"}"#, r#"{"auth": {"token": "abc"}}"#] {
            assert_eq!(in_message(text).as_deref(), Some("abc"));
        }
        for text in ["", "abc", "[]", r#"{"token": 5}"#, r#"{"auth": "abc"}"#, r#"{"eof": 1}"#] {
            assert_eq!(in_message(text), None, "{text}");
        }
    }
}
