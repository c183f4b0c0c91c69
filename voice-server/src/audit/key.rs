//! The key of the log: who does not have it can neither write an entry nor take the last ones away unnoticed.

use std::fmt;

use ring::hmac;

use crate::digest::hex;
use crate::security::secret::Secret;

/// What a secret is used for, so that no other use of it gives the same key.
const PURPOSE: &[u8] = b"voice-server audit log, version 1";
const NAME: &[u8] = b"name";

#[derive(Clone)]
pub(crate) struct AuditKey {
    key: hmac::Key,
    /// Tells keys apart, and nothing of them.
    name: String,
}

impl AuditKey {
    /// The key that `secret` stands for.
    pub(crate) fn derive(secret: &Secret) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
        let key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&secret, PURPOSE).as_ref());
        let name = hex(&hmac::sign(&key, NAME).as_ref()[..4]);
        Self { key, name }
    }

    pub(super) fn sign(&self, text: &[u8]) -> String {
        format!("{}:{}", self.name, hex(hmac::sign(&self.key, text).as_ref()))
    }
}

impl fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuditKey({})", self.name)
    }
}

/// What a MAC says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Good,
    /// Changed, or made by someone without the key.
    Bad,
    /// It was made with a key that is not here.
    UnknownKey,
}

pub(super) fn check(keys: &[AuditKey], mac: &str, text: &[u8]) -> Proof {
    let name = mac.split_once(':').map_or("", |(name, _)| name);
    match keys.iter().find(|key| key.name == name) {
        None => Proof::UnknownKey,
        // Whoever can read the time that this takes can read the file, and the key is not in it.
        Some(key) if key.sign(text) == mac => Proof::Good,
        Some(_) => Proof::Bad,
    }
}
