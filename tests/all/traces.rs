//! Traces sent to a collector.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use voice_tests::client::Client;
use voice_tests::recordings::{self, keyword};
use voice_tests::recordings_or_skip;
use voice_tests::server::Server;

/// A collector on loopback that returns the first export.
fn collector() -> (String, mpsc::Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (send, exports) = mpsc::channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut reader = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let begin = head.len();
            assert!(reader.read_line(&mut head).unwrap() > 0, "the head ends early");
            let line = head[begin..].to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        send.send((head, serde_json::from_slice(&body).unwrap())).unwrap();
    });
    (endpoint, exports)
}

#[test]
fn session_is_a_span_in_the_client_trace() {
    let data = recordings_or_skip!();
    let (endpoint, exports) = collector();
    let server = Server::secured().env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).start();
    let token = format!("Bearer {}", server.token("clinic-7", "speech", 60));
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace}-b7ad6b7169203331-01");
    let headers = [("traceparent", &*parent), ("authorization", &*token), ("x-request-id", "r-1")];
    let wrong = [("traceparent", &*parent), ("authorization", "Bearer x")];
    assert!(Client::with_headers(server.address(), "/secure", &wrong).is_err());
    let client = Client::with_headers(server.address(), "/secure", &headers).unwrap();
    client.configured(&json!({"sample_rate": 16_000})).transcribe(&keyword(
        &data,
        recordings::SPEAKER,
        "seven",
    ));
    server.wait_until_idle();
    assert_eq!(server.terminate(), Some(0), "the last spans are sent before the end");
    let (head, export) = exports.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(head.starts_with("POST /v1/traces "), "{head}");
    let spans = export["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    assert_eq!(spans.len(), 1, "who is refused has no session: {export}");
    let span = &spans[0];
    assert_eq!((&span["name"], &span["traceId"]), (&json!("session"), &json!(trace)), "{export}");
    let text = export.to_string();
    for told in ["voice-server", "voice.audio_bytes", "voice.latency_ms", "\"r-1\"", "\"1000\""] {
        assert!(text.contains(told), "{told} is missing from {export}");
    }
    for secret in [&token[7..], "clinic-7", "127.0.0.1", "سبعة"] {
        assert!(!text.contains(secret), "{secret} in {export}");
    }
}
