//! Names of keys in Redis. They contain addresses and subjects as keyed hashes only, so that a reader of the keys
//! cannot identify clients.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use crate::security::admission::limits::Client;
use crate::security::client::client_ip::IpKey;
use crate::security::credentials::revoked::TokenId;
use crate::security::credentials::secret::Secret;
use crate::security::credentials::ticket::TicketHash;

/// The prefix of every key. A cluster hashes the part in braces, so all keys of one decision are on one node.
const PREFIX: &str = "voice:{voice}:";

/// Bytes of a hash that are used.
const HASH: usize = 16;

pub(super) struct Keys {
    key: hmac::Key,
}

/// The sets in which a session is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SessionKeys {
    pub(super) all: String,
    pub(super) address: String,
    /// The set of the subject, or of all sessions without one.
    pub(super) subject: String,
}

impl Keys {
    /// All instances must have the same secret. The derived key is not used for tokens.
    pub(super) fn new(secret: &Secret) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&secret, b"names in redis").as_ref()) }
    }

    pub(super) fn rate(&self, address: IpKey) -> String {
        self.name("rate", &address.to_bytes())
    }

    pub(super) fn sessions(&self, client: &Client) -> SessionKeys {
        SessionKeys {
            all: self.name("sessions", &[]),
            address: self.name("address", &client.address.to_bytes()),
            subject: match &client.subject {
                Some(subject) => self.name("subject", subject.as_bytes()),
                None => self.name("anonymous", &[]),
            },
        }
    }

    pub(super) fn ticket(&self, ticket: TicketHash) -> String {
        self.name("ticket", ticket.as_bytes())
    }

    pub(super) fn revoked(&self, token: TokenId) -> String {
        self.name("revoked", token.as_bytes())
    }

    fn name(&self, kind: &str, value: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(value);
        let tag = context.sign();
        format!("{PREFIX}{kind}:{}", URL_SAFE_NO_PAD.encode(&tag.as_ref()[..HASH]))
    }
}

impl SessionKeys {
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        [self.all.as_str(), &self.address, &self.subject].into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::client::client_ip::IpKey;

    #[test]
    fn names_are_equal_on_all_instances_and_reveal_nothing() {
        let client =
            |subject: &str| Client { address: IpKey::V4(0x0a01_0203), subject: Some(subject.into()) };
        let keys = Keys::new(&Secret::new(*b"one"));
        let sessions = keys.sessions(&client("ward-7"));
        let names: Vec<_> =
            sessions.iter().map(str::to_owned).chain([keys.rate(client("ward-7").address)]).collect();
        for name in &names {
            assert!(
                name.starts_with(PREFIX) && !name.contains("ward") && !name.contains("10.1.2.3"),
                "{name}"
            );
        }
        assert_eq!(Keys::new(&Secret::new(*b"one")).sessions(&client("ward-7")), sessions);
        let other = Keys::new(&Secret::new(*b"two")).sessions(&client("ward-7"));
        assert!(sessions.iter().zip(other.iter()).all(|(one, other)| one != other), "nothing is shared");
        assert_ne!(keys.sessions(&client("ward-8")).subject, sessions.subject);
    }
}
