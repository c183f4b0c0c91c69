use std::time::UNIX_EPOCH;

use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::*;

const SECRET: &[u8] = b"mXq0v2P4cYf1uGz7Lr8TnE5wJb3HsKd9";
const NOW: u64 = 1_800_000_000;
const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// A token with header and claims as text, so that a test can write what no library would.
struct TestToken {
    header: String,
    claims: String,
}

impl TestToken {
    fn new(header: &str, claims: &Value) -> Self {
        Self { header: header.to_owned(), claims: claims.to_string() }
    }

    fn message(&self) -> String {
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&self.header), URL_SAFE_NO_PAD.encode(&self.claims))
    }

    fn hs256(&self, key: &[u8]) -> String {
        let message = self.message();
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn hs512(&self, key: &[u8]) -> String {
        let message = self.message();
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, key), message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn ed25519(&self, key: &Ed25519KeyPair) -> String {
        let message = self.message();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes())))
    }
}

fn pair() -> (Ed25519KeyPair, String) {
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let base64 = base64::engine::general_purpose::STANDARD.encode(der.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");
    (Ed25519KeyPair::from_pkcs8(der.as_ref()).unwrap(), pem)
}

fn tokens(pem: Option<&str>) -> Tokens {
    let hour = Duration::from_hours(1);
    Tokens::new(&Secret::new(SECRET), pem.map(str::as_bytes), "voice", "clients", hour).unwrap()
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn grant(lifetime: u64) -> Grant {
    let scopes = vec!["stt".to_owned(), "tts".to_owned()];
    Grant { subject: "ward-7".to_owned(), scopes, lifetime: Duration::from_secs(lifetime) }
}

/// Claims that are valid at `NOW`.
fn claims() -> Value {
    json!({
        "iss": "voice", "aud": "clients", "sub": "ward-7", "iat": NOW, "nbf": NOW, "exp": NOW + 600,
        "jti": "AAAAAAAAAAAAAAAAAAAAAA", "scope": "stt",
    })
}

fn claims_with(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims[name] = value.into();
    claims
}

fn claims_without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[test]
fn token_is_valid_from_issue_to_expiry() {
    for tokens in [tokens(None), tokens(Some(&pair().1))] {
        let issued = tokens.issue(&grant(600), at(NOW)).unwrap();
        assert!(issued.token.len() < 600, "{}", issued.token.len());
        for seconds in [NOW - 5, NOW, NOW + 599] {
            assert_eq!(tokens.verify(&issued.token, at(seconds)), Ok(issued.claims.clone()));
        }
        assert_eq!(tokens.verify(&issued.token, at(NOW - 6)), Err(TokenError::Invalid));
        assert_eq!(tokens.verify(&issued.token, at(NOW + 600)), Err(TokenError::Expired));
        assert_eq!(issued.claims.remaining(at(NOW + 590)), Duration::from_secs(10));
        assert_eq!(issued.claims.remaining(at(NOW + 700)), Duration::ZERO);
        assert_eq!(issued.claims.require_scope("tts"), Ok(()));
        for scope in ["", "t", "stt tts", "admin"] {
            assert_eq!(issued.claims.require_scope(scope), Err(TokenError::ScopeMissing));
        }
    }
}

#[test]
fn every_token_has_a_unique_id() {
    let tokens = tokens(None);
    let ids: std::collections::HashSet<_> =
        (0..1_000).map(|_| tokens.issue(&grant(60), at(NOW)).unwrap().claims.jti).collect();
    assert_eq!(ids.len(), 1_000);
    assert!(ids.iter().all(|id| URL_SAFE_NO_PAD.decode(id).unwrap().len() == 16));
}

#[test]
fn grants_out_of_range_are_refused() {
    let tokens = tokens(None);
    let refusal = |change: &dyn Fn(&mut Grant)| {
        let mut grant = grant(60);
        change(&mut grant);
        tokens.issue(&grant, at(NOW)).err()
    };
    let deceptive = [
        '\0',
        '\t',
        '\u{7f}',
        '\u{85}',
        '\u{a0}',
        '\u{ad}',
        '\u{61c}',
        '\u{200b}',
        '\u{200d}',
        '\u{200e}',
        '\u{200f}',
        '\u{2028}',
        '\u{2029}',
        '\u{202a}',
        '\u{202e}',
        '\u{2066}',
        '\u{2069}',
        '\u{3000}',
        '\u{feff}',
        '\u{e0041}',
    ];
    for letter in deceptive {
        let subject = format!("ward{letter}7");
        assert_eq!(
            refusal(&|grant| grant.subject.clone_from(&subject)),
            Some(GrantError::Subject),
            "{subject:?}"
        );
    }
    for subject in [String::new(), "line\nbreak".to_owned(), "admin".to_owned(), "x".repeat(MAX_SUBJECT + 1)]
    {
        assert_eq!(refusal(&|grant| grant.subject.clone_from(&subject)), Some(GrantError::Subject));
    }
    for scope in ["", "two words", "quo\"te", "back\\slash", "ش"] {
        assert_eq!(
            refusal(&|grant| grant.scopes = vec![scope.to_owned()]),
            Some(GrantError::Scope),
            "{scope}"
        );
    }
    for lifetime in [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(3_601), Duration::MAX] {
        let expected = Some(GrantError::Lifetime { max: Duration::from_hours(1) });
        assert_eq!(refusal(&|grant| grant.lifetime = lifetime), expected);
    }
    assert_eq!(refusal(&|grant| grant.scopes = vec!["s".repeat(8); 500]), Some(GrantError::TooLarge));
    assert_eq!(refusal(&|grant| grant.subject = "مريم 🎙".to_owned()), None);
}

#[test]
fn valid_tokens_expire_before_their_revocation() {
    let with = |longest| Tokens::new(&Secret::new(SECRET), None, "voice", "clients", longest).unwrap();
    let (before, now) = (with(Duration::from_hours(2)), with(Duration::from_hours(1)));
    let old = before.issue(&grant(3_601), at(NOW)).unwrap().token;
    assert!(before.verify(&old, at(NOW + 3_000)).is_ok());
    assert_eq!(now.verify(&old, at(NOW + 3_000)), Err(TokenError::Invalid), "less is allowed now");
    let from_a_clock_ahead = now.issue(&grant(3_600), at(NOW + 5)).unwrap();
    assert!(now.verify(&from_a_clock_ahead.token, at(NOW)).is_ok());
    assert!(now.last_end(at(NOW)) >= from_a_clock_ahead.claims.exp);
}

#[test]
fn key_pair_lets_others_verify_tokens() {
    let (key, pem) = pair();
    let (before, after) = (tokens(None), tokens(Some(&pem)));
    let old = before.issue(&grant(600), at(NOW)).unwrap().token;
    let new = after.issue(&grant(600), at(NOW)).unwrap().token;
    assert!(after.verify(&old, at(NOW)).is_ok());
    assert!(after.verify(&new, at(NOW)).is_ok());
    assert_eq!(before.verify(&new, at(NOW)), Err(TokenError::Invalid));

    // As in another program: the key by its id, the signature by the key.
    assert_eq!(before.jwks(), json!({"keys": []}));
    let jwk = &after.jwks()["keys"][0];
    let (message, signature) = new.rsplit_once('.').unwrap();
    let header = URL_SAFE_NO_PAD.decode(message.split_once('.').unwrap().0).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({"alg": "EdDSA", "typ": "JWT", "kid": jwk["kid"]}));
    let public = URL_SAFE_NO_PAD.decode(jwk["x"].as_str().unwrap()).unwrap();
    assert_eq!(public, key.public_key().as_ref());
    ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, public)
        .verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .unwrap();
}

/// The key and thumbprint of RFC 8037, appendix A.
#[test]
fn key_ids_follow_the_standard() {
    let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let der = [&[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20][..], &seed].concat();
    let base64 = base64::engine::general_purpose::STANDARD.encode(der);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");
    let jwk = &tokens(Some(&pem)).jwks()["keys"][0];
    assert_eq!(jwk["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    assert_eq!(jwk["kid"], "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn a_file_without_an_ed25519_key_is_told() {
    let (_, pem) = pair();
    let cut = pem[..pem.len() / 2].to_owned();
    let public = pem.replace("PRIVATE", "PUBLIC");
    for wrong in ["", "not a key", &cut, &public, &pem.replace("MFEC", "QQEC")] {
        let made =
            Tokens::new(&Secret::new(SECRET), Some(wrong.as_bytes()), "i", "a", Duration::from_secs(1));
        assert_eq!(made.err(), Some(KeyError), "{wrong}");
    }
}

/// A server with both keys, and a count of the forged tokens that were tried.
struct Trial {
    tokens: Tokens,
    key: Ed25519KeyPair,
    kid: String,
    tried: usize,
}

impl Trial {
    fn new() -> Self {
        let (key, pem) = pair();
        let tokens = tokens(Some(&pem));
        let kid = tokens.ed25519.as_ref().unwrap().kid.clone();
        let trial = Self { tokens, key, kid, tried: 0 };
        // The base of each forgery is valid, so that each forgery is refused for its own reason.
        assert!(trial.tokens.verify(&TestToken::new(HS256, &claims()).hs256(SECRET), at(NOW)).is_ok());
        assert!(trial.tokens.verify(&trial.ed25519("").ed25519(&trial.key), at(NOW)).is_ok());
        trial
    }

    /// A valid token of the second kind, with further members in its header.
    fn ed25519(&self, members: &str) -> TestToken {
        TestToken::new(&format!(r#"{{"alg":"EdDSA","kid":"{}"{members}}}"#, self.kid), &claims())
    }

    fn refused(&mut self, attack: &str, token: impl AsRef<str>) {
        let error = self.tokens.verify(token.as_ref(), at(NOW)).expect_err(attack);
        assert!(matches!(error, TokenError::Invalid | TokenError::Expired), "{attack}: {error}");
        self.tried += 1;
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        println!("{} forged tokens tried", self.tried);
    }
}

#[test]
fn other_algorithms_and_keys_are_refused() {
    let mut trial = Trial::new();
    let good = TestToken::new(HS256, &claims());
    let public = trial.key.public_key().as_ref().to_vec();
    let jwk = trial.tokens.jwks()["keys"][0].to_string();
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let token = TestToken::new(&format!(r#"{{"alg":"{none}"}}"#), &claims());
        trial.refused("no signature asked for", format!("{}.", token.message()));
        trial.refused("no signature asked for, no last dot", token.message());
        trial.refused("no signature asked for, with one", token.hs256(SECRET));
    }
    trial.refused("signature left out", format!("{}.", good.message()));
    trial.refused("no alg", TestToken::new(r#"{"typ":"JWT"}"#, &claims()).hs256(SECRET));
    trial.refused("alg null", TestToken::new(r#"{"alg":null}"#, &claims()).hs256(SECRET));
    for alg in ["HS384", "HS512", "RS256", "ES256", "PS256", "hs256", "HS256 ", "EdDSA", "Ed25519"] {
        let token = TestToken::new(&format!(r#"{{"alg":"{alg}"}}"#), &claims());
        trial.refused("another algorithm", token.hs256(SECRET));
        trial.refused("another algorithm", token.hs512(SECRET));
    }
    trial.refused("EdDSA without kid", TestToken::new(r#"{"alg":"EdDSA"}"#, &claims()).ed25519(&trial.key));

    for header in [HS256.to_owned(), format!(r#"{{"alg":"HS256","kid":"{}"}}"#, trial.kid)] {
        let token = TestToken::new(&header, &claims());
        trial.refused("HS256 with the public key", token.hs256(&public));
        trial.refused(
            "HS256 with the public key as text",
            token.hs256(URL_SAFE_NO_PAD.encode(&public).as_bytes()),
        );
        trial.refused("HS256 with the public key as a JWK", token.hs256(jwk.as_bytes()));
        trial.refused("HS256 signed by Ed25519", token.ed25519(&trial.key));
        trial.refused("HS256 with an empty key", token.hs256(b""));
        trial.refused("HS256 with another key", token.hs256(b"another secret, of 32 bytes or more"));
    }
    trial.refused("EdDSA signed with the secret", trial.ed25519("").hs256(SECRET));
    trial.refused("EdDSA by another key", trial.ed25519("").ed25519(&pair().0));
}

#[test]
fn forged_headers_are_refused() {
    let mut trial = Trial::new();
    for kid in ["", "0", "../../dev/null", "/dev/null", "' OR '1'='1", "|id", "key\\u0000", "http://a.test/k"]
    {
        let header = |alg| format!(r#"{{"alg":"{alg}","kid":"{kid}"}}"#);
        trial.refused("kid of another key, HS256", TestToken::new(&header("HS256"), &claims()).hs256(SECRET));
        trial.refused(
            "kid of another key, HS256, empty key",
            TestToken::new(&header("HS256"), &claims()).hs256(b""),
        );
        trial.refused(
            "kid of another key, EdDSA",
            TestToken::new(&header("EdDSA"), &claims()).ed25519(&trial.key),
        );
    }
    let foreign = tokens(Some(&pair().1)).jwks()["keys"][0].clone();
    for member in [
        r#""jku":"https://a.test/keys""#.to_owned(),
        r#""x5u":"https://a.test/chain""#.to_owned(),
        r#""x5c":["MIIB"]"#.to_owned(),
        format!(r#""jwk":{foreign}"#),
        r#""crit":["exp"]"#.to_owned(),
        r#""crit":["b64"],"b64":false"#.to_owned(),
        r#""zip":"DEF""#.to_owned(),
        r#""typ":"JWE""#.to_owned(),
        r#""cty":"JWT""#.to_owned(),
        r#""alg":"none""#.to_owned(),
        r#""kid":7"#.to_owned(),
    ] {
        let token = TestToken::new(&format!(r#"{{"alg":"HS256",{member}}}"#), &claims());
        trial.refused(&format!("header with {member}"), token.hs256(SECRET));
        let token = TestToken::new(&format!(r#"{{{member},"alg":"HS256"}}"#), &claims());
        trial.refused(&format!("header that begins with {member}"), token.hs256(SECRET));
        let token = trial.ed25519(&format!(",{member}"));
        trial.refused(&format!("EdDSA header with {member}"), token.ed25519(&trial.key));
    }
    for header in
        ["", "{}", "[]", "null", "\"HS256\"", "{\"alg\":\"HS256\"", "{\"alg\":[\"HS256\"]}", "\u{feff}{}"]
    {
        trial.refused("header that is none", TestToken::new(header, &claims()).hs256(SECRET));
    }
}

#[test]
fn forged_claims_are_refused() {
    let mut trial = Trial::new();
    for name in ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "scope"] {
        trial.refused(&format!("no {name}"), TestToken::new(HS256, &claims_without(name)).hs256(SECRET));
        trial.refused(
            &format!("{name} null"),
            TestToken::new(HS256, &claims_with(name, Value::Null)).hs256(SECRET),
        );
        trial.refused(
            &format!("{name} a list"),
            TestToken::new(HS256, &claims_with(name, json!(["voice"]))).hs256(SECRET),
        );
        let twice = claims().to_string().replacen('{', &format!("{{{:?}:{},", name, claims()[name]), 1);
        let token = TestToken { header: HS256.to_owned(), claims: twice };
        trial.refused(&format!("{name} twice"), token.hs256(SECRET));
    }
    for (name, value) in [
        ("iss", json!("Voice")),
        ("iss", json!("voice ")),
        ("iss", json!("voice\0")),
        ("iss", json!("voicé")),
        ("iss", json!({"voice": 1})),
        ("aud", json!("client")),
        ("aud", json!("")),
        ("aud", json!("clients,x")),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("sub", json!("a\nb")),
        ("sub", json!("s".repeat(257))),
        ("jti", json!("")),
        ("jti", json!("j".repeat(65))),
        ("jti", json!(1)),
        ("exp", json!(NOW)),
        ("exp", json!(NOW - 1)),
        ("exp", json!(0)),
        ("exp", json!(-1)),
        ("exp", json!("9e9")),
        ("exp", json!(1e300)),
        ("exp", json!(2.5e9)),
        ("exp", json!(true)),
        ("nbf", json!(NOW + 6)),
        ("nbf", json!(NOW + 600)),
        ("nbf", json!(u64::MAX)),
        ("nbf", json!(-5)),
        ("iat", json!(NOW + 6)),
        ("iat", json!(u64::MAX)),
    ] {
        trial.refused(
            &format!("{name}: {value}"),
            TestToken::new(HS256, &claims_with(name, value)).hs256(SECRET),
        );
    }
    for claims in ["", "{}", "[]", "null", "1", "\u{feff}{}", "{\"iss\":\"voice\""] {
        let token = TestToken { header: HS256.to_owned(), claims: claims.to_owned() };
        trial.refused("claims that are none", token.hs256(SECRET));
    }
}

#[test]
fn damaged_tokens_are_refused() {
    let mut trial = Trial::new();
    let good = TestToken::new(HS256, &claims());
    let token = good.hs256(SECRET);
    let parts: Vec<&str> = token.split('.').collect();
    for cut in 1..token.len() {
        trial.refused("cut short", &token[..cut]);
        trial.refused("beginning lost", &token[cut..]);
    }
    for place in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        trial.refused("one character changed", String::from_utf8(bytes).unwrap());
    }
    for added in ["=", "==", " ", "\n", "\t", "\0", ".", ".x", "A", "%00", "ش", "\u{200b}", "\u{202e}"] {
        trial.refused(&format!("{added:?} behind"), format!("{token}{added}"));
        trial.refused(&format!("{added:?} in front"), format!("{added}{token}"));
        for part in 0..2 {
            let mut parts = parts.clone();
            let changed = format!("{}{added}", parts[part]);
            parts[part] = &changed;
            trial.refused(&format!("{added:?} behind part {part}"), parts.join("."));
        }
    }
    for odd in [".", "..", "...", "....", "Bearer", "null", "undefined", "{}", "\0", "ش.ش.ش", "🎙"] {
        trial.refused("no token at all", odd);
    }
    trial.refused("Bearer left on", format!("Bearer {token}"));
    trial.refused("parts in another order", format!("{}.{}.{}", parts[1], parts[0], parts[2]));
    trial.refused(
        "JSON serialization",
        json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]}).to_string(),
    );
    trial.refused("five parts", format!("{token}.{}.{}", parts[1], parts[2]));
    trial.refused("standard base64", token.replace('-', "+").replace('_', "/") + "/");
    trial.refused(
        "huge claims",
        TestToken::new(HS256, &claims_with("x", "x".repeat(MAX_TOKEN))).hs256(SECRET),
    );
    trial.refused(
        "huge header",
        TestToken::new(&format!("{HS256}{}", " ".repeat(MAX_TOKEN)), &claims()).hs256(SECRET),
    );
    trial.refused("a megabyte of dots", ".".repeat(1 << 20));
    trial.refused(
        "deep nesting",
        TestToken { header: "[".repeat(1_000), claims: "[".repeat(1_000) }.hs256(SECRET),
    );

    assert_eq!(trial.tokens.verify("", at(NOW)), Err(TokenError::Missing));
}
