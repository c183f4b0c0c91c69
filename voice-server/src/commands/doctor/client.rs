//! One request per connection, as an outside client sends it.
//!
//! Connections are not reused and no proxy is used, so that each answer comes from the server itself.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{
    CONNECTION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{self, CertificateError, ClientConfig, RootCertStore};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::destination::Destination;
use super::own::AnyCertificate;
use super::socket::Socket;
use crate::refusal::Reason;

/// The largest answer that is read.
const MAX_BODY: usize = 1 << 20;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    Connect(std::io::Error),
    Tls(std::io::Error),
    Http(hyper::Error),
    /// The answer to an upgrade lacks the proof that the server understood it.
    Handshake,
    TooLarge,
    Late(Duration),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => write!(f, "no connection: {error}"),
            Self::Tls(error) => match self.certificate() {
                Some(problem) => write!(f, "no TLS: {problem}"),
                None => write!(f, "no TLS: {error}"),
            },
            Self::Http(error) => write!(f, "no HTTP: {}", chain(error)),
            Self::Handshake => f.write_str("101 with a wrong Sec-WebSocket-Accept"),
            Self::TooLarge => write!(f, "the answer has more than {MAX_BODY} bytes"),
            Self::Late(time_limit) => write!(f, "no answer in {} s", time_limit.as_secs_f32()),
        }
    }
}

impl Failure {
    /// What is wrong with the server's certificate, if that is the reason.
    pub(super) fn certificate(&self) -> Option<&'static str> {
        let Self::Tls(error) = self else { return None };
        let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
        let rustls::Error::InvalidCertificate(error) = error else { return None };
        Some(match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the certificate has expired"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the certificate is not valid yet, or a clock is wrong"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the certificate is for another name"
            }
            CertificateError::UnknownIssuer => {
                "the certificate's issuer is not a known authority, or the certificate is self-signed"
            }
            CertificateError::Other(error) if format!("{error:?}").contains("CaUsedAsEndEntity") => {
                "the certificate is self-signed"
            }
            _ => "the certificate is not valid",
        })
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

/// A complete answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body, if its type is JSON.
    pub(super) fn json(&self) -> Option<Value> {
        let is_json = self.header(CONTENT_TYPE.as_str())?.starts_with("application/json");
        serde_json::from_slice(&self.body).ok().filter(|_| is_json)
    }

    /// The stable code of a refusal.
    pub(super) fn code(&self) -> Option<String> {
        Some(self.json()?["error"]["code"].as_str()?.to_owned())
    }

    /// Whether the route is closed to everyone, because the server has no secret for it.
    pub(super) fn is_switched_off(&self) -> bool {
        self.status == StatusCode::FORBIDDEN && self.code().as_deref() == Some(Reason::NotConfigured.code())
    }
}

/// The answer to an upgrade.
pub(super) enum Upgraded {
    Accepted(Box<Socket>, HeaderMap),
    Refused(Answer),
}

/// Sends requests to one server.
pub(super) struct Client {
    pub(super) destination: Destination,
    tls: TlsConnector,
    /// Accepts any certificate.
    lenient: TlsConnector,
    /// Why the server's certificate is invalid, if it is; the secret is not sent then.
    pub(super) distrust: Option<&'static str>,
    /// The time-out of one answer in total.
    time_limit: Duration,
}

/// A stream, encrypted or not.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Headers of a request, by name.
pub(super) type Headers<'a> = &'a [(HeaderName, &'a str)];

impl Client {
    /// `authorities` is a PEM file of additional certificate authorities.
    pub(super) fn new(
        destination: Destination,
        authorities: Option<&Path>,
        time_limit: Duration,
    ) -> Result<Self, String> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = authorities {
            let unreadable = |error: &dyn fmt::Display| format!("VOICE_CA_FILE={}: {error}", path.display());
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))? {
                let certificate = certificate.map_err(|error| unreadable(&error))?;
                roots.add(certificate).map_err(|error| unreadable(&error))?;
            }
        }
        let provider = Arc::new(ring::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error: rustls::Error| error.to_string())?;
        let any = Arc::new(AnyCertificate(algorithms));
        let lenient = config.clone().dangerous().with_custom_certificate_verifier(any).with_no_client_auth();
        let lenient = TlsConnector::from(Arc::new(lenient));
        // Certificates of other machines are always checked.
        let tls = if destination.target.is_own && destination.is_here() {
            lenient.clone()
        } else {
            Arc::new(config.with_root_certificates(roots).with_no_client_auth()).into()
        };
        Ok(Self { destination, tls, lenient, distrust: None, time_limit })
    }

    pub(super) async fn get(&self, path: &str, headers: Headers<'_>) -> Result<Answer, Failure> {
        self.ask(Method::GET, path, headers, Bytes::new()).await
    }

    pub(super) async fn post(
        &self,
        path: &str,
        headers: Headers<'_>,
        body: &Value,
    ) -> Result<Answer, Failure> {
        let headers = [headers, &[(CONTENT_TYPE, "application/json")]].concat();
        self.ask(Method::POST, path, &headers, Bytes::from(body.to_string())).await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: Headers<'_>,
        body: Bytes,
    ) -> Result<Answer, Failure> {
        let headers = [headers, &[(CONNECTION, "close")]].concat();
        let answer = async { read(self.send(method, path, &headers, body).await?).await };
        self.in_time(answer).await
    }

    /// Requests a WebSocket at `path`.
    pub(super) async fn upgrade(&self, path: &str, headers: Headers<'_>) -> Result<Upgraded, Failure> {
        let key = generate_key();
        let handshake = [
            (CONNECTION, "Upgrade"),
            (UPGRADE, "websocket"),
            (SEC_WEBSOCKET_VERSION, "13"),
            (SEC_WEBSOCKET_KEY, &key),
        ];
        let headers = [&handshake, headers].concat();
        let answer = async {
            let response = self.send(Method::GET, path, &headers, Bytes::new()).await?;
            if response.status() != StatusCode::SWITCHING_PROTOCOLS {
                return read(response).await.map(Upgraded::Refused);
            }
            let accept = response.headers().get(SEC_WEBSOCKET_ACCEPT);
            if accept.is_none_or(|accept| accept.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes()) {
                return Err(Failure::Handshake);
            }
            let headers = response.headers().clone();
            let io = TokioIo::new(hyper::upgrade::on(response).await.map_err(Failure::Http)?);
            let stream = WebSocketStream::from_raw_socket(io, Role::Client, None).await;
            Ok(Upgraded::Accepted(Box::new(Socket::new(stream, self.time_limit)), headers))
        };
        self.in_time(answer).await
    }

    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::time::timeout(self.time_limit, answer).await.unwrap_or(Err(Failure::Late(self.time_limit)))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: Headers<'_>,
        body: Bytes,
    ) -> Result<Response<Incoming>, Failure> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        let (target, unusable) = (&self.destination.target, std::io::ErrorKind::InvalidInput);
        let invalid = |error| Failure::Connect(std::io::Error::new(unusable, error));
        *request.uri_mut() = format!("{}{path}", target.prefix).parse().map_err(|_| invalid("not a path"))?;
        let host = format!("{}:{}", target.host, target.port);
        for (name, value) in [&[(HOST, host.as_str())], headers].concat() {
            let value = HeaderValue::from_str(value).map_err(|_| invalid("not a header's value"))?;
            request.headers_mut().append(name, value);
        }
        let io = TokioIo::new(self.connect().await?);
        let (mut sender, connection) = http1::handshake(io).await.map_err(Failure::Http)?;
        // The task ends with the answer's body, or with the upgraded socket.
        tokio::spawn(connection.with_upgrades());
        sender.send_request(request).await.map_err(Failure::Http)
    }

    async fn connect(&self) -> Result<Box<dyn Wire>, Failure> {
        let addresses = self.destination.addresses().map_err(Failure::Connect)?;
        let stream = TcpStream::connect(addresses).await.map_err(Failure::Connect)?;
        // The server waits for small messages.
        let _ = stream.set_nodelay(true);
        let target = &self.destination.target;
        if !target.encrypted {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(target.bare_host().to_owned())
            .map_err(|error| Failure::Tls(std::io::Error::other(error)))?;
        let tls = if self.distrust.is_none() { &self.tls } else { &self.lenient };
        Ok(Box::new(tls.connect(name, stream).await.map_err(Failure::Tls)?))
    }
}

async fn read(response: Response<Incoming>) -> Result<Answer, Failure> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(|error| {
        match error.downcast::<hyper::Error>() {
            Ok(error) => Failure::Http(*error),
            Err(error) if error.is::<LengthLimitError>() => Failure::TooLarge,
            Err(error) => Failure::Connect(std::io::Error::other(error)),
        }
    })?;
    Ok(Answer { status: head.status, headers: head.headers, body: body.to_bytes() })
}
