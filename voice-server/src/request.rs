//! A request: who asks, under which id, and what it asks for.

use std::net::SocketAddr;

use hyper::header::HeaderName;
use hyper::{Request, Uri};

use crate::audit::Details;
use crate::security::client::client_ip::ClientIp;
use crate::security::credentials::jwt::OPERATOR;

/// The header with the id of a request, in requests and in answers.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// One request, as logs show it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The id that the client sent, or a random one.
    pub(crate) id: String,
    pub(crate) client: ClientIp,
}

/// The longest id that is accepted from a client.
const MAX_ID: usize = 64;

impl Call {
    pub(crate) fn new<B>(request: &Request<B>, peer: SocketAddr, trusted_proxies: usize) -> Self {
        let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(|id| is_id(id));
        let id = given.map_or_else(|| format!("{:016x}", fastrand::u64(..)), str::to_owned);
        Self { id, client: ClientIp::of(peer.ip(), request.headers(), trusted_proxies) }
    }

    /// The details of the request for the audit log.
    pub(crate) fn details(&self) -> Details {
        Details {
            address: Some(self.client.to_string()),
            request_id: Some(self.id.clone()),
            outcome: "ok".to_owned(),
            ..Details::default()
        }
    }

    /// The same for a request with the admin secret.
    pub(crate) fn by_admin(&self) -> Details {
        Details { actor: Some(OPERATOR.to_owned()), ..self.details() }
    }
}

/// A path that opens a WebSocket session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionRoute {
    Basic,
    Secure,
    Healthcare,
}

impl SessionRoute {
    /// One name for all paths that mean the same.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Basic => "/ws",
            Self::Secure => "/secure",
            Self::Healthcare => "/secure/healthcare",
        }
    }

    /// The scope that a token needs; `None` if no token is needed.
    pub(crate) fn scope(self) -> Option<&'static str> {
        match self {
            Self::Basic => None,
            Self::Secure => Some("speech"),
            Self::Healthcare => Some("healthcare"),
        }
    }
}

/// The raw value of a query parameter. No value that the server understands needs escapes.
pub(crate) fn query<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
}

/// Whether `text` is safe in headers and logs.
fn is_id(text: &str) -> bool {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=MAX_ID).contains(&text.len()) && text.bytes().all(harmless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_request_ids_are_replaced() {
        assert!(is_id("3f1c-A.b_9"));
        for id in ["", "a b", "a\n", "a\u{e9}", "\"", "{}", "a=b", &"a".repeat(65)] {
            assert!(!is_id(id), "{id:?}");
        }
    }
}
