//! TLS 1.2 and 1.3 by rustls with `ring`, for servers without a proxy in front.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::Tls;

/// Reads the certificate chain and its key. An error names the file and what is wrong with it.
pub(crate) fn acceptor(tls: &Tls) -> Result<TlsAcceptor, String> {
    let wrong = |variable: &str, path: &Path, error: &dyn std::fmt::Display| {
        format!("{variable}={}: {error}", path.display())
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| wrong("VOICE_TLS_CERT", &tls.certificate, &error))?;
    let key =
        PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| wrong("VOICE_TLS_KEY", &tls.key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| wrong("VOICE_TLS_CERT", &tls.certificate, &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
