//! Tokens that resume an interview. The database holds their hashes only.

use ring::rand::{SecureRandom as _, SystemRandom};

use super::error::StoreError;
use crate::digest::{hex, sha256_of};

/// 256 random bits in hexadecimal, which no command line takes for an option. It resumes its interview once.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ResumeToken(String);

impl ResumeToken {
    pub(super) fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).map_err(|_| StoreError::Unavailable)?;
        Ok(Self(hex(&bytes)))
    }

    /// A token that a client sent.
    pub(crate) fn sent(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn hash(&self) -> String {
        hex(&sha256_of([&b"voice-server resume token\0"[..], self.0.as_bytes()]))
    }
}
