//! The hashes of files: SHA-256, and MD5 for publishers that give no other.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::str::FromStr;

#[cfg(feature = "download")]
use md5::Md5;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A hash of `N` bytes, written and read as hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash<const N: usize>([u8; N]);

/// A SHA-256 hash.
pub type Sha256Hash = Hash<32>;

/// An MD5 hash. It detects damage, but not a malicious change.
pub type Md5Hash = Hash<16>;

impl<const N: usize> fmt::Display for Hash<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const N: usize> FromStr for Hash<N> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not {} hexadecimal digits", 2 * N);
        let mut bytes = [0; N];
        if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = str::from_utf8(pair).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

impl<const N: usize> Serialize for Hash<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hash<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Computes both hashes of a stream.
#[cfg(feature = "download")]
#[derive(Default)]
pub(super) struct Hasher {
    sha256: Sha256,
    md5: Md5,
    length: u64,
}

/// The hashes of a file.
#[cfg(feature = "download")]
pub(super) struct Digest {
    pub(super) sha256: Sha256Hash,
    pub(super) md5: Md5Hash,
}

#[cfg(feature = "download")]
impl Hasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.md5.update(bytes);
        self.length += bytes.len() as u64;
    }

    /// Bytes seen so far.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn finish(self) -> Digest {
        Digest { sha256: Hash(self.sha256.finalize().into()), md5: Hash(self.md5.finalize().into()) }
    }

    /// Hashes the rest of `reader`.
    pub(super) fn read(&mut self, reader: &mut impl Read) -> io::Result<()> {
        each_block(reader, |block| self.update(block))
    }
}

/// The SHA-256 of the file at `path`.
pub(super) fn sha256_of(path: &Path) -> io::Result<Sha256Hash> {
    let mut sha256 = Sha256::new();
    each_block(&mut File::open(path)?, |block| sha256.update(block))?;
    Ok(Hash(sha256.finalize().into()))
}

fn each_block(reader: &mut impl Read, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut block = vec![0; 128 << 10];
    loop {
        match reader.read(&mut block)? {
            0 => return Ok(()),
            length => take(&block[..length]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "download")]
    #[test]
    fn hashes_match_the_standards() {
        let mut hasher = Hasher::default();
        hasher.update(b"a");
        hasher.read(&mut &b"bc"[..]).unwrap();
        assert_eq!(hasher.length(), 3);
        let digest = hasher.finish();
        // FIPS 180-2 B.1 and RFC 1321 A.5
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.sha256.to_string(), sha256);
        assert_eq!(digest.md5.to_string(), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(sha256.to_uppercase().parse(), Ok(digest.sha256));
    }

    #[test]
    fn invalid_hashes_are_refused() {
        for text in ["", "00", "zz", "+1000000000000000000000000000000", "é00000000000000000000000000000"] {
            assert!(text.parse::<Md5Hash>().is_err(), "{text}");
        }
    }
}
