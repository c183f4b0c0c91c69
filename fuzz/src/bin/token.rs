//! Tokens: nothing but what we have signed is believed, whatever a client makes of it.

#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use voice_fuzz::target;

/// The server's own files.
#[path = "../../../voice-server/src/security/credentials"]
#[expect(dead_code, reason = "the server asks for more than this target does")]
mod security {
    pub(crate) mod jwt;
    pub(crate) mod secret;
}

/// What they compute hashes with.
#[path = "../../../voice-server/src/digest.rs"]
#[expect(dead_code, reason = "the server asks for more than this target does")]
mod digest;

use security::jwt::{Grant, TokenError, Tokens};
use security::secret::Secret;

const NOW: Duration = Duration::from_hours(500_000);

struct Issuer {
    tokens: Tokens,
    token: String,
}

static ISSUER: LazyLock<Issuer> = LazyLock::new(|| {
    let secret = Secret::new(&b"a secret of this target alone, long enough"[..]);
    let tokens = Tokens::new(&secret, None, "issuer", "audience", Duration::from_hours(1))
        .unwrap_or_else(|_| unreachable!());
    let scopes = vec!["speech".to_owned()];
    let grant = Grant { subject: "clinic".to_owned(), scopes, lifetime: Duration::from_mins(1) };
    let issued = tokens.issue(&grant, SystemTime::UNIX_EPOCH + NOW);
    let Ok(issued) = issued else { unreachable!("a good grant") };
    Issuer { tokens, token: issued.token }
});

/// A token of ours, whole and in parts, and headers of others.
fn seeds() -> Vec<String> {
    let token = &ISSUER.token;
    let (head, rest) = token.split_once('.').unwrap_or_default();
    let (claims, signature) = rest.split_once('.').unwrap_or_default();
    vec![
        token.clone(),
        format!("{head}.{claims}."),
        format!("eyJhbGciOiJub25lIn0.{claims}.{signature}"),
        format!("{head}.eyJzdWIiOiJhIn0.{signature}"),
    ]
}

target!(seeds(), [".", "eyJ", "=", "-", "_"], |text: &str| {
    let tokens = &ISSUER.tokens;
    let now = SystemTime::UNIX_EPOCH + NOW;
    match tokens.verify(text, now) {
        Ok(claims) => {
            // Every process of this target makes a token of its own, which differs in its id alone.
            let seconds = NOW.as_secs();
            let told = (&*claims.sub, &*claims.scope, claims.iat, claims.exp);
            assert_eq!(told, ("clinic", "speech", seconds, seconds + 60), "a token that we have not made");
            assert_eq!(tokens.verify(text, now + Duration::from_mins(1)).err(), Some(TokenError::Expired));
        }
        Err(error) => assert!(matches!(error, TokenError::Invalid | TokenError::Missing), "{error}"),
    }
});
