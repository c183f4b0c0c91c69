//! The optional key pair for tokens that others can verify and cannot issue.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use super::KeyError;

pub(super) struct Ed25519 {
    pub(super) signing: EncodingKey,
    pub(super) verifying: DecodingKey,
    /// The key's thumbprint (RFC 7638, RFC 8037 appendix A.3), which is the same on every instance.
    pub(super) kid: String,
    /// The public key in base64url.
    x: String,
}

impl Ed25519 {
    /// `pem`: a private key as `openssl genpkey -algorithm ed25519` writes it (PKCS #8).
    pub(super) fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| KeyError)?;
        let der = der.secret_pkcs8_der();
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| KeyError)?;
        let public = pair.public_key().as_ref();
        let x = URL_SAFE_NO_PAD.encode(public);
        // The required members of this kind of key, in the order of their names, without spaces.
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        Ok(Self {
            signing: EncodingKey::from_ed_der(der),
            verifying: DecodingKey::from_ed_der(public),
            kid: URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes())),
            x,
        })
    }

    /// The public key (RFC 7517, RFC 8037).
    pub(super) fn jwk(&self) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "x": self.x, "kid": self.kid, "use": "sig", "alg": "EdDSA"})
    }
}
