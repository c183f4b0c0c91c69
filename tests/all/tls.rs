//! HTTPS, secured WebSocket and HTTP/2, with a certificate of the test.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use tungstenite::Message;
use voice_tests::recordings::{self, bytes, keyword};
use voice_tests::recordings_or_skip;
use voice_tests::server::Server;
use voice_tests::wire::Frame;

use crate::unread::assert_bounded;

/// A certificate for `localhost` in a temporary folder.
struct Certificate {
    folder: tempfile::TempDir,
    der: CertificateDer<'static>,
}

impl Certificate {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let der = Self::write(folder.path());
        Self { folder, der }
    }

    fn write(folder: &Path) -> CertificateDer<'static> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        made.cert.der().clone()
    }

    fn server(&self) -> Server {
        Server::secured()
            .env("VOICE_TLS_CERT", self.folder.path().join("cert.pem"))
            .env("VOICE_TLS_KEY", self.folder.path().join("key.pem"))
            .start_unready()
    }

    fn client(&self, protocols: &[&[u8]]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Arc::new(config)
    }

    fn connect(&self, server: &Server) -> StreamOwned<ClientConnection, TcpStream> {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        StreamOwned::new(ClientConnection::new(self.client(&[b"http/1.1"]), name).unwrap(), stream)
    }

    fn get(&self, server: &Server, path: &str) -> std::io::Result<String> {
        let mut stream = self.connect(server);
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    fn wait_until_healthy(&self, server: &Server) {
        for _ in 0..200 {
            if self.get(server, "/health").unwrap().starts_with("HTTP/1.1 200") {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("not healthy: {}", server.log());
    }
}

#[test]
fn session_works_over_tls() {
    let data = recordings_or_skip!();
    let certificate = Certificate::new();
    let server = certificate.server();
    certificate.wait_until_healthy(&server);
    let answer = certificate.get(&server, "/livez").unwrap();
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");

    let (mut socket, _) = tungstenite::client("wss://localhost/", certificate.connect(&server)).unwrap();
    let config = json!({"config": {"sample_rate": 16_000}}).to_string();
    let clip = keyword(&data, recordings::SPEAKER, "seven");
    let messages = [Message::text(config), Message::binary(bytes(&clip)), Message::text("{\"eof\": 1}")];
    for message in messages {
        socket.send(message).unwrap();
    }
    let mut texts = String::new();
    while let Ok(Message::Text(reply)) = socket.read() {
        let reply: Value = serde_json::from_str(&reply).unwrap();
        texts.push_str(reply["text"].as_str().unwrap_or_default());
    }
    assert_eq!(texts, "سبعة");
}

#[test]
fn http_2_serves_many_requests_on_one_connection() {
    let certificate = Certificate::new();
    let server = certificate.server();
    certificate.wait_until_healthy(&server);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(certificate.client(&[b"h2"]));
        let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        for (path, status) in [("/health", 200), ("/livez", 200), ("/secure", 426), ("/nowhere", 404)] {
            let request = hyper::Request::get(format!("https://localhost{path}")).body(Empty::<Bytes>::new());
            let response = sender.send_request(request.unwrap()).await.unwrap();
            assert_eq!(response.status().as_u16(), status, "{path}");
            assert!(response.headers().contains_key("x-request-id"));
            let body = response.into_body().collect().await.unwrap().to_bytes();
            assert!(serde_json::from_slice::<Value>(&body).unwrap().is_object());
        }
        drop(sender);
        let _ = connection.await;
    });
}

#[test]
fn renewed_certificate_is_used_and_a_broken_one_is_not() {
    let mut certificate = Certificate::new();
    let server = certificate.server();
    certificate.wait_until_healthy(&server);
    let reload = |word: &str| {
        server.signal("HUP");
        server.wait_for_log(word);
    };
    std::fs::write(certificate.folder.path().join("cert.pem"), "no certificate").unwrap();
    reload("the old certificate stays");
    assert!(certificate.get(&server, "/livez").is_ok());
    certificate.der = Certificate::write(certificate.folder.path());
    assert!(certificate.get(&server, "/livez").is_err(), "the server still shows the old one");
    server.signal("HUP");
    for _ in 0..200 {
        if certificate.get(&server, "/livez").is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the new certificate is not shown: {}", server.log());
}

#[test]
fn unusable_certificate_ends_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cert.pem");
    std::fs::write(&path, "nothing").unwrap();
    let output = std::process::Command::new(voice_tests::server::program())
        .envs([("VOICE_TLS_CERT", &path), ("VOICE_TLS_KEY", &path)])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cert.pem"));
}

#[test]
fn frames_and_requests_over_tls_without_reading() {
    let certificate = Certificate::new();
    let server = certificate.server();
    certificate.wait_until_healthy(&server);
    let connect = || {
        let stream = certificate.connect(&server);
        stream.sock.set_write_timeout(Some(Duration::from_millis(400))).unwrap();
        stream
    };
    let session = || {
        let (socket, _) = tungstenite::client("wss://localhost/", connect()).unwrap();
        socket.into_inner()
    };
    let ping = Frame::ping([7; 125]).to_bytes().repeat(500);
    assert_bounded(&server, "pings over TLS", session, &|_| ping.clone());
    let question = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200);
    assert_bounded(&server, "questions over TLS", connect, &|_| question.clone());
    assert_bounded(&server, "new keys", || NewKeys(connect()), &|_| vec![b'G']);
    assert!(certificate.get(&server, "/livez").is_ok());
}

/// A connection whose client requests new keys instead of sending data.
struct NewKeys(StreamOwned<ClientConnection, TcpStream>);

impl std::io::Write for NewKeys {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.flush()?;
        self.0.conn.refresh_traffic_keys().map_err(std::io::Error::other)?;
        self.0.flush()?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}
