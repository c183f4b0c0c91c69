//! A secret of the operator. It is never shown, and compared in constant time.

use std::fmt;

use subtle::ConstantTimeEq as _;

use crate::digest::{Hash, sha256};

/// Fewer bytes than the output of the signing hash weaken it (RFC 7518, section 3.2).
const MIN_BYTES: usize = 32;

/// Placeholders for secrets, in lower case, with letters and digits only.
const PLACEHOLDERS: [&str; 74] = [
    "changeme",
    "changeit",
    "replaceme",
    "replace",
    "change",
    "insert",
    "placeholder",
    "example",
    "sample",
    "default",
    "password",
    "passphrase",
    "passwd",
    "secret",
    "token",
    "apikey",
    "admin",
    "letmein",
    "qwerty",
    "voice",
    "service",
    "vosk",
    "production",
    "development",
    "test",
    "demo",
    "insecure",
    "unsafe",
    "dummy",
    "fake",
    "signing",
    "random",
    "string",
    "bytes",
    "characters",
    "minimum",
    "least",
    "super",
    "strong",
    "please",
    "enough",
    "long",
    "very",
    "your",
    "mine",
    "this",
    "that",
    "here",
    "with",
    "never",
    "only",
    "nobody",
    "everybody",
    "knows",
    "key",
    "use",
    "set",
    "put",
    "the",
    "not",
    "and",
    "for",
    "must",
    "server",
    "clinic",
    "user",
    "todo",
    "fixme",
    "local",
    "ertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1234567890",
    "123456789",
];

/// The number of characters that must remain of a secret without such words.
const MIN_UNKNOWN: usize = 16;

/// A secret of 32 random bytes in hexadecimal has 16 different characters, and almost never fewer than 12.
const MIN_DISTINCT: usize = 8;

/// Bytes that only the operator and this process know.
#[derive(Clone)]
pub(crate) struct Secret {
    bytes: Box<[u8]>,
    hash: Hash,
}

/// Why a secret is too weak for production. The message follows the name of the variable, says what to do, and never
/// quotes the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weakness {
    Short { bytes: usize },
    WellKnown,
    Repetitive,
}

impl Secret {
    pub(crate) fn new(bytes: impl Into<Box<[u8]>>) -> Self {
        let bytes = bytes.into();
        Self { hash: sha256(&bytes), bytes }
    }

    /// The bytes, from which keys are derived.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether `candidate` is the secret, in a time that depends on the candidate's length alone. Nothing matches an
    /// empty secret.
    pub(crate) fn matches(&self, candidate: &[u8]) -> bool {
        let same: bool = self.hash.ct_eq(&sha256(candidate)).into();
        same && !self.bytes.is_empty()
    }

    /// Checks whether the secret is strong enough for the internet: long enough, and neither a known placeholder nor a
    /// pattern.
    pub(crate) fn check_strength(&self) -> Result<(), Weakness> {
        if self.bytes.len() < MIN_BYTES {
            return Err(Weakness::Short { bytes: self.bytes.len() });
        }
        if is_placeholder(&self.bytes) {
            return Err(Weakness::WellKnown);
        }
        if is_pattern(&self.bytes) {
            return Err(Weakness::Repetitive);
        }
        Ok(())
    }
}

/// Whether little remains without the words of placeholders, including words in which digits replace letters.
fn is_placeholder(bytes: &[u8]) -> bool {
    let text = |letter: fn(u8) -> u8| -> String {
        let letters = bytes.iter().map(|byte| letter(byte.to_ascii_lowercase()));
        letters.filter(u8::is_ascii_alphanumeric).map(char::from).collect()
    };
    let spelled = |byte| match byte {
        b'0' => b'o',
        b'1' | b'!' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' => b't',
        other => other,
    };
    // Bytes that are not text contain no word.
    let others = bytes.iter().filter(|byte| !byte.is_ascii_graphic() && **byte != b' ').count();
    [text(|byte| byte), text(spelled)].iter().any(|text| {
        let rest = PLACEHOLDERS.iter().fold(text.clone(), |text, word| text.replace(word, ""));
        rest.len() < text.len() && rest.len() + others < MIN_UNKNOWN
    })
}

/// Few different bytes, one piece repeated, or mostly steps of one size ("abcdef…", "13579…").
fn is_pattern(bytes: &[u8]) -> bool {
    let mut seen = [false; 256];
    for &byte in bytes {
        seen[usize::from(byte)] = true;
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    let repeats = (1..=bytes.len() / 2)
        .any(|period| bytes[period..].iter().zip(bytes).all(|(later, first)| later == first));
    let mut steps = [0_usize; 256];
    for pair in bytes.windows(2) {
        steps[usize::from(pair[1].wrapping_sub(pair[0]))] += 1;
    }
    let most = steps.iter().max().copied().unwrap_or(0);
    distinct < MIN_DISTINCT || repeats || most > bytes.len() / 2
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("********")
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { bytes } => write!(f, "has {bytes} bytes and needs {MIN_BYTES} or more")?,
            Self::WellKnown => f.write_str("is a well-known placeholder")?,
            Self::Repetitive => f.write_str("is a pattern that can be guessed")?,
        }
        f.write_str("; make one with: openssl rand -base64 48")
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const GOOD: &str = "mXq0v2P4cYf1uGz7Lr8TnE5wJb3HsKd9";

    fn strength(secret: &str) -> Result<(), Weakness> {
        Secret::new(secret.as_bytes()).check_strength()
    }

    #[test]
    fn only_the_secret_matches() {
        let secret = Secret::new(GOOD.as_bytes());
        assert!(secret.matches(GOOD.as_bytes()));
        for wrong in ["", "m", &GOOD[..31], &format!("{GOOD}9"), &format!("{GOOD}\0"), &GOOD.to_lowercase()] {
            assert!(!secret.matches(wrong.as_bytes()), "{wrong}");
        }
        assert!(!Secret::new([]).matches(b""));
    }

    #[test]
    fn secrets_are_never_shown() {
        let secret = Secret::new(GOOD.as_bytes());
        for shown in [format!("{secret}"), format!("{secret:?}"), format!("{secret:#?}")] {
            assert!(!GOOD.as_bytes().windows(3).any(|part| shown.as_bytes().windows(3).any(|s| s == part)));
            assert!(!shown.contains("109") && !shown.contains("0x"), "bytes as numbers: {shown}");
        }
    }

    #[test]
    fn random_secrets_are_strong() {
        for _ in 0..1_000 {
            let bytes: [u8; 32] = ring::rand::generate(&ring::rand::SystemRandom::new()).unwrap().expose();
            let text = URL_SAFE_NO_PAD.encode(bytes);
            assert_eq!(strength(&text), Ok(()), "{text}");
            assert_eq!(Secret::new(bytes).check_strength(), Ok(()), "{text}");
        }
    }

    #[test]
    fn weak_secrets_are_refused_without_quotes() {
        let weak = [
            ("", Weakness::Short { bytes: 0 }),
            ("changeme", Weakness::Short { bytes: 8 }),
            (&GOOD[..31], Weakness::Short { bytes: 31 }),
            ("change-me-change-me-change-me-change-me", Weakness::WellKnown),
            ("your-super-secret-token-change-me-in-production", Weakness::WellKnown),
            ("REPLACE_THIS_WITH_A_SECRET_TOKEN", Weakness::WellKnown),
            ("thisisaverysecretkeythatnobodyknows", Weakness::WellKnown),
            ("insecure-development-only-secret-do-not-use", Weakness::WellKnown),
            ("Ch4ng3M3-Ch4ng3M3-S3cr3t-P4ssw0rd!", Weakness::WellKnown),
            ("qwertyuiopasdfghjklzxcvbnm1234567890", Weakness::WellKnown),
            ("make-me-at-least-32-bytes-long-please", Weakness::WellKnown),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Weakness::Repetitive),
            ("0123456701234567012345670123456701234567", Weakness::Repetitive),
            ("mXq0v2P4mXq0v2P4mXq0v2P4mXq0v2P4", Weakness::Repetitive),
            ("abcdefghijklmnopqrstuvwxyz0123456789", Weakness::Repetitive),
        ];
        for (secret, weakness) in weak {
            assert_eq!(strength(secret), Err(weakness), "{secret}");
            assert!(secret.is_empty() || !weakness.to_string().contains(secret));
        }
    }

    /// An operator who copies an example into production gets an error, instead of a secret that all readers know.
    #[test]
    fn examples_of_the_documentation_are_refused() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let all =
            |folder: &str| std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let files = ["README.md", "CHANGELOG.md", "Dockerfile", "Makefile", "render.yaml"]
            .map(|name| root.join(name));
        let mut examples = 0;
        for page in all("docs").chain(all("deploy")).chain(files) {
            let text = std::fs::read_to_string(&page).unwrap();
            for name in ["VOICE_SERVICE_SECRET=", "VOICE_SERVICE_TOKEN="] {
                for (place, _) in text.match_indices(name) {
                    let value = &text[place + name.len()..];
                    let value = value.trim_start_matches(['"', '\'']);
                    let end =
                        value.find(|c: char| c.is_whitespace() || "\"'`".contains(c)).unwrap_or(value.len());
                    // A command that creates a secret, or a variable that contains one.
                    if !value.starts_with('$') {
                        assert!(strength(&value[..end]).is_err(), "{}: {name}…", page.display());
                        examples += 1;
                    }
                }
            }
        }
        assert!(examples > 0, "the documentation shows how to set the secrets");
    }
}
