//! Who asks, and under which id.

use std::net::SocketAddr;

use hyper::Request;

use super::answer::REQUEST_ID;
use crate::audit::Details;
use crate::security::client_ip::ClientIp;
use crate::security::jwt::OPERATOR;
use crate::serve::App;

/// One request, as logs know it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The client's own, or one of ours.
    pub(crate) id: String,
    pub(crate) client: ClientIp,
}

/// The longest id that is taken from a client.
const MAX_ID: usize = 64;

impl Call {
    pub(super) fn new<B>(request: &Request<B>, peer: SocketAddr, app: &App) -> Self {
        let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(|id| is_id(id));
        let id = given.map_or_else(|| format!("{:016x}", fastrand::u64(..)), str::to_owned);
        Self { id, client: ClientIp::of(peer.ip(), request.headers(), app.config.access.trusted_proxies) }
    }

    /// What the audit log holds of it.
    pub(crate) fn details(&self) -> Details {
        Details {
            address: Some(self.client.to_string()),
            request_id: Some(self.id.clone()),
            outcome: "ok".to_owned(),
            ..Details::default()
        }
    }

    /// The same, for whoever knows the admin secret.
    pub(super) fn by_admin(&self) -> Details {
        Details { actor: Some(OPERATOR.to_owned()), ..self.details() }
    }
}

/// Letters that mean nothing to logs and headers.
fn is_id(text: &str) -> bool {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=MAX_ID).contains(&text.len()) && text.bytes().all(harmless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_could_forge_a_log_are_not_taken() {
        assert!(is_id("3f1c-A.b_9"));
        for id in ["", "a b", "a\n", "a\u{e9}", "\"", "{}", "a=b", &"a".repeat(65)] {
            assert!(!is_id(id), "{id:?}");
        }
    }
}
