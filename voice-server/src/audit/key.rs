//! The key of the log. Without it, entries can be neither written nor removed from the end unnoticed.

use std::fmt;

use ring::hmac;

use crate::digest::hex;
use crate::security::credentials::secret::Secret;

/// The purpose is part of the derivation, so that no other use of the secret gives the same key.
const PURPOSE: &[u8] = b"voice-server audit log, version 1";
const NAME: &[u8] = b"name";

#[derive(Clone)]
pub(crate) struct AuditKey {
    key: hmac::Key,
    /// Distinguishes keys, and reveals nothing about them.
    name: String,
}

impl AuditKey {
    /// Derives the key from `secret`.
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

/// The result of checking a MAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Good,
    /// The text was changed, or was signed without the key.
    Bad,
    /// It was signed with an unknown key.
    UnknownKey,
}

pub(super) fn check(keys: &[AuditKey], mac: &str, text: &[u8]) -> Proof {
    let name = mac.split_once(':').map_or("", |(name, _)| name);
    match keys.iter().find(|key| key.name == name) {
        None => Proof::UnknownKey,
        // Not in constant time: a process that can measure this can read the file, which does not contain the key.
        Some(key) if key.sign(text) == mac => Proof::Good,
        Some(_) => Proof::Bad,
    }
}
