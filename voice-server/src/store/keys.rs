//! Encryption at rest: AES-256-GCM with keys of the operator.
//!
//! A sealed value is: one byte for the layout (1), the first four bytes of the key's fingerprint, a random nonce of 12
//! bytes, and the ciphertext with its tag of 16 bytes. The additional data binds it to its row and its column, so that a
//! value that is moved elsewhere cannot be opened.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::error::StoreError;
use crate::digest::{hex, sha256_of};

/// The bytes of a key.
const KEY_LEN: usize = 32;

/// The bytes of a fingerprint that are stored.
const ID_LEN: usize = 4;

const LAYOUT: u8 = 1;

/// The keys of the store: the first one seals, all of them open.
pub(crate) struct Keys {
    keys: Vec<Key>,
    random: SystemRandom,
}

struct Key {
    id: [u8; ID_LEN],
    key: LessSafeKey,
}

/// Where a sealed value belongs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The id of the interview.
    pub(super) row: &'a str,
    pub(super) column: &'static str,
}

impl Place<'_> {
    fn additional_data(self) -> Vec<u8> {
        [b"voice-server interviews\0", self.row.as_bytes(), b"\0", self.column.as_bytes()].concat()
    }
}

impl Keys {
    /// Reads `[NAME:]BASE64,…`: 32 random bytes each. Names are for the operator; a key is known by its fingerprint.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut keys: Vec<Key> = Vec::new();
        for (index, entry) in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).enumerate() {
            let encoded = entry.rsplit(':').next().unwrap_or_default();
            let bytes = STANDARD.decode(encoded).ok().filter(|bytes| bytes.len() == KEY_LEN);
            let bytes = bytes.ok_or_else(|| {
                format!(
                    "key {} is not {KEY_LEN} bytes in base64; make one: openssl rand -base64 32",
                    index + 1
                )
            })?;
            if bytes.iter().all(|byte| *byte == bytes[0]) {
                return Err(format!(
                    "key {} is one byte repeated; make one: openssl rand -base64 32",
                    index + 1
                ));
            }
            let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| "a key has the wrong length")?;
            let mut id = [0; ID_LEN];
            id.copy_from_slice(&sha256_of([&b"voice-server store key\0"[..], &bytes])[..ID_LEN]);
            if keys.iter().any(|known| known.id == id) {
                return Err(format!("key {} is there twice", index + 1));
            }
            keys.push(Key { id, key: LessSafeKey::new(key) });
        }
        if keys.is_empty() {
            return Err("there is no key; make one: openssl rand -base64 32".to_owned());
        }
        Ok(Self { keys, random: SystemRandom::new() })
    }

    /// The text of a new key.
    pub(super) fn generate() -> Result<String, StoreError> {
        let mut bytes = [0; KEY_LEN];
        SystemRandom::new().fill(&mut bytes).map_err(|_| StoreError::Unavailable)?;
        Ok(STANDARD.encode(bytes))
    }

    /// The fingerprint of the key that seals.
    pub(super) fn current(&self) -> String {
        hex(&self.keys[0].id)
    }

    /// Whether a value that was sealed with the key of this fingerprint can be opened.
    pub(super) fn has(&self, id: &str) -> bool {
        self.keys.iter().any(|key| hex(&key.id) == id)
    }

    pub(super) fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let Key { id, key } = &self.keys[0];
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| StoreError::Unavailable)?;
        let mut text = plain.to_vec();
        let data = Aad::from(place.additional_data());
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), data, &mut text)
            .map_err(|_| StoreError::Unreadable)?;
        Ok([&[LAYOUT][..], id, &nonce, &text].concat())
    }

    pub(super) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let opened = || {
            let (layout, rest) = sealed.split_first()?;
            let (id, rest) = rest.split_first_chunk::<ID_LEN>()?;
            let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>()?;
            let key = self.keys.iter().find(|key| *layout == LAYOUT && key.id == *id)?;
            let mut text = rest.to_vec();
            let data = Aad::from(place.additional_data());
            let plain = key.key.open_in_place(Nonce::assume_unique_for_key(*nonce), data, &mut text).ok()?;
            let length = plain.len();
            text.truncate(length);
            Some(text)
        };
        opened().ok_or(StoreError::Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const TWO: &str = "IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const HERE: Place<'_> = Place { row: "17", column: "state" };

    #[test]
    fn value_opens_in_its_place_alone() {
        let keys = Keys::parse(ONE).unwrap();
        let sealed = keys.seal(HERE, "نعم".as_bytes()).unwrap();
        assert_eq!(keys.open(HERE, &sealed).unwrap(), "نعم".as_bytes());
        assert!(!sealed.windows(2).any(|part| part == "ن".as_bytes()));
        for other in [Place { row: "18", ..HERE }, Place { column: "response", ..HERE }] {
            assert_eq!(keys.open(other, &sealed), Err(StoreError::Unreadable));
        }
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(keys.open(HERE, &changed), Err(StoreError::Unreadable), "byte {index}");
            assert_eq!(keys.open(HERE, &sealed[..index]), Err(StoreError::Unreadable), "cut at {index}");
        }
        assert_ne!(keys.seal(HERE, b"").unwrap(), keys.seal(HERE, b"").unwrap(), "a nonce is used once");
    }

    #[test]
    fn first_key_seals_and_all_keys_open() {
        let old = Keys::parse(ONE).unwrap();
        let both = Keys::parse(&format!("2026-11:{TWO}, 2025-11:{ONE}")).unwrap();
        let new = Keys::parse(TWO).unwrap();
        let sealed = old.seal(HERE, b"7").unwrap();
        assert_eq!(both.open(HERE, &sealed).unwrap(), b"7");
        assert_eq!(new.open(HERE, &sealed), Err(StoreError::Unreadable));
        assert!(both.has(&old.current()) && !new.has(&old.current()));
        assert_eq!(both.current(), new.current());
    }

    #[test]
    fn wrong_keys_are_refused_without_quotes() {
        for (text, told) in [
            ("", "there is no key"),
            ("c2hvcnQ=", "key 1 is not 32 bytes"),
            ("changeme", "key 1 is not 32 bytes"),
            ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "one byte repeated"),
            (&format!("{ONE},x:{ONE}"), "key 2 is there twice"),
            (&format!("{ONE},secret"), "key 2 is not 32 bytes"),
        ] {
            let problem = Keys::parse(text).err().unwrap();
            assert!(problem.contains(told), "{problem}");
            assert!(!problem.contains("secret") && !problem.contains("changeme"));
        }
        assert!(Keys::parse(&Keys::generate().unwrap()).is_ok());
    }
}
