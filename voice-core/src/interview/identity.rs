//! The check of who is speaking, against salted hashes that the caller of an interview gives at its start. The interview
//! never holds a birth date or an identity number.
//!
//! A hash is the text `pbkdf2-sha256$ITERATIONS$SALT$HASH`: PBKDF2 (RFC 8018) with HMAC-SHA-256 and a result of 32
//! bytes. Salt and hash are hexadecimal digits; the salt has 8 to 64 bytes, and there are 1,000 to 1,000,000 iterations.
//! What is hashed is the date as `YYYY-MM-DD` of the Gregorian calendar, or the last four digits of the identity number.

use std::fmt;
use std::str::FromStr;

use pbkdf2::pbkdf2_hmac;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::value::Date;
use crate::error::{Error, ErrorKind, Result};

/// What identifies a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityCheck {
    /// The date of birth.
    BirthDate(SaltedHash),
    /// The last four digits of the identity number.
    LastFourDigits(SaltedHash),
}

/// A salted hash; see the [module](self) for its form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SaltedHash {
    iterations: u32,
    salt: Vec<u8>,
    hash: [u8; LENGTH],
}

const SCHEME: &str = "pbkdf2-sha256";
const LENGTH: usize = 32;
/// Enough that a list of all birth dates takes an hour of a processor.
const ITERATIONS: u32 = 100_000;

impl IdentityCheck {
    /// The check of a date of birth, with a salt of at least 8 bytes that is drawn for this interview.
    ///
    /// Fails with [`ErrorKind::OptionInvalid`].
    pub fn birth_date(date: Date, salt: &[u8]) -> Result<Self> {
        SaltedHash::new(&date.to_string(), salt).map(Self::BirthDate)
    }

    /// The check of the last four digits of an identity number, with such a salt.
    ///
    /// Fails with [`ErrorKind::OptionInvalid`].
    pub fn last_four_digits(digits: &str, salt: &[u8]) -> Result<Self> {
        if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid("the last digits of an identity number are four digits"));
        }
        SaltedHash::new(digits, salt).map(Self::LastFourDigits)
    }

    /// Whether this date of birth is the patient's.
    pub(super) fn is_birth_date(&self, date: Date) -> bool {
        matches!(self, Self::BirthDate(hash) if hash.is_of(&date.to_string()))
    }

    /// Whether these are the last digits of the patient's number. A longer number is compared by its end.
    pub(super) fn are_last_digits(&self, digits: &str) -> bool {
        let last = digits.len().checked_sub(4).and_then(|from| digits.get(from..));
        matches!((self, last), (Self::LastFourDigits(hash), Some(last)) if hash.is_of(last))
    }
}

impl SaltedHash {
    fn new(text: &str, salt: &[u8]) -> Result<Self> {
        let empty = Self { iterations: ITERATIONS, salt: salt.to_vec(), hash: [0; LENGTH] };
        let hash = Self { hash: empty.derive(text), ..empty };
        hash.to_string().parse()
    }

    /// Whether it is the hash of `text`. The comparison takes the same time for any text.
    fn is_of(&self, text: &str) -> bool {
        self.derive(text).ct_eq(&self.hash).into()
    }

    fn derive(&self, text: &str) -> [u8; LENGTH] {
        let mut hash = [0; LENGTH];
        pbkdf2_hmac::<Sha256>(text.as_bytes(), &self.salt, self.iterations, &mut hash);
        hash
    }
}

impl FromStr for SaltedHash {
    type Err = Error;

    /// Fails with [`ErrorKind::OptionInvalid`].
    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<_> = text.split('$').collect();
        let [SCHEME, iterations, salt, hash] = parts[..] else {
            return Err(invalid("a hash of an identity is pbkdf2-sha256$ITERATIONS$SALT$HASH"));
        };
        let iterations = iterations.parse().ok().filter(|count| (1_000..=1_000_000).contains(count));
        let salt = bytes(salt).filter(|salt| (8..=64).contains(&salt.len()));
        let hash = bytes(hash).and_then(|hash| hash.try_into().ok());
        match (iterations, salt, hash) {
            (Some(iterations), Some(salt), Some(hash)) => Ok(Self { iterations, salt, hash }),
            (None, ..) => Err(invalid("a hash of an identity has 1000 to 1000000 iterations")),
            (_, None, _) => Err(invalid("the salt of an identity has 8 to 64 bytes in hexadecimal digits")),
            _ => Err(invalid("the hash of an identity has 32 bytes in hexadecimal digits")),
        }
    }
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::OptionInvalid, message)
}

/// The bytes of hexadecimal digits.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len().is_multiple_of(2)
        && text.len() <= 128
        && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
    })?
}

impl fmt::Display for SaltedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}${}$", self.iterations)?;
        self.salt.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("$")?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SaltedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SaltedHash(…)")
    }
}

impl TryFrom<String> for SaltedHash {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<SaltedHash> for String {
    fn from(hash: SaltedHash) -> Self {
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_is_that_of_other_programs() {
        // Python: hashlib.pbkdf2_hmac("sha256", b"1980-05-17", bytes.fromhex("00112233445566778899aabbccddeeff"), 1000)
        let text = "pbkdf2-sha256$1000$00112233445566778899aabbccddeeff$1c9cd32dbc0c9b40f02d5983a24a7be77a01390db5005a902b5aae37e5aed6cc";
        let check = IdentityCheck::BirthDate(text.parse().unwrap());
        assert!(check.is_birth_date("1980-05-17".parse().unwrap()));
        assert!(!check.is_birth_date("1980-05-18".parse().unwrap()) && !check.are_last_digits("0517"));
        let json = serde_json::to_string(&check).unwrap();
        assert_eq!(json, format!("{{\"birth_date\":\"{text}\"}}"));
        assert_eq!(serde_json::from_str::<IdentityCheck>(&json).unwrap(), check);
    }

    #[test]
    fn last_digits_are_compared_by_their_end() {
        let check = IdentityCheck::last_four_digits("0042", b"saltsalt").unwrap();
        assert!(check.are_last_digits("0042") && check.are_last_digits("1000000042"));
        for wrong in ["", "042", "42", "0043", "00420"] {
            assert!(!check.are_last_digits(wrong), "{wrong}");
        }
        assert!(IdentityCheck::last_four_digits("٠٠٤٢", b"saltsalt").is_err());
        assert!(IdentityCheck::last_four_digits("0042", b"salt").is_err());
    }

    #[test]
    fn hashes_of_another_form_are_refused() {
        let hash = "00".repeat(32);
        for text in [
            String::new(),
            format!("sha256$1000$0011223344556677${hash}"),
            format!("pbkdf2-sha256$10$0011223344556677${hash}"),
            format!("pbkdf2-sha256$9999999$0011223344556677${hash}"),
            format!("pbkdf2-sha256$1000$00112233${hash}"),
            format!("pbkdf2-sha256$1000$zz11223344556677${hash}"),
            format!("pbkdf2-sha256$1000$0011223344556677${}", &hash[2..]),
            format!("pbkdf2-sha256$1000$0011223344556677${hash}$"),
        ] {
            assert_eq!(text.parse::<SaltedHash>().unwrap_err().kind(), ErrorKind::OptionInvalid, "{text}");
        }
    }
}
