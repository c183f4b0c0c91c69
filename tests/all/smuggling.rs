//! Requests that two programs might read differently, and heads that no client sends. Each has one meaning here, or is
//! refused, and never hides a second request.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use voice_tests::server::Server;

/// The request that is hidden in an ambiguous one; its answer would be a second one.
const HIDDEN: &str = "GET /health HTTP/1.1\r\nHost: t\r\n\r\n";

/// The statuses of all answers to `bytes`, and whether the connection was closed. Waits for `count` answers, and a
/// moment for more.
fn answers(server: &Server, bytes: &[u8], count: usize) -> (Vec<u16>, bool) {
    let mut stream = TcpStream::connect(server.address()).expect("the server accepts");
    stream.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
    // A server that refuses the beginning need not read the rest.
    let _ = stream.write_all(bytes);
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut all = Vec::new();
    let mut block = [0; 4_096];
    loop {
        match stream.read(&mut block) {
            Ok(0) => return (statuses(&all), true),
            Ok(length) => all.extend_from_slice(&block[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if statuses(&all).len() >= count || Instant::now() > deadline {
                    return (statuses(&all), false);
                }
            }
            Err(_) => return (statuses(&all), true),
        }
    }
}

/// The statuses of the answers in `bytes`, each with a length.
fn statuses(mut bytes: &[u8]) -> Vec<u16> {
    let mut found = Vec::new();
    while let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        found.push(status.unwrap_or_else(|| panic!("no status in {head}")));
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
        bytes = bytes.get(end + 4 + length..).unwrap_or_default();
    }
    found
}

/// A GET of /health with further lines in its head, and a hidden request after it.
fn head(lines: &str) -> String {
    format!("GET /health HTTP/1.1\r\nHost: t\r\n{lines}\r\n{HIDDEN}")
}

#[test]
fn ambiguous_head_ends_the_connection() {
    let server = Server::start();
    for (name, request) in [
        ("two lengths", head("Content-Length: 0\r\nContent-Length: 35\r\n")),
        ("two lengths in one line", head("Content-Length: 0, 35\r\n")),
        ("a length with a sign", head("Content-Length: +0\r\n")),
        ("a negative length", head("Content-Length: -1\r\n")),
        ("a length in hexadecimal", head("Content-Length: 0x0\r\n")),
        ("an empty length", head("Content-Length: \r\n")),
        ("a length beyond 64 bits", head("Content-Length: 18446744073709551616\r\n")),
        ("an encoding that is not known", head("Transfer-Encoding: xchunked\r\n")),
        ("chunked that is not last", head("Transfer-Encoding: chunked, identity\r\n")),
        ("an encoding behind a tab", head("Transfer-Encoding:\x0bchunked\r\n")),
        ("a folded line", head("X-A: b\r\n c\r\n")),
        ("a space before the colon", head("Content-Length : 0\r\n")),
        ("a line without a name", head(": b\r\n")),
        ("a line without a colon", head("Transfer-Encoding\r\n")),
        ("a NUL in a value", head("X-A: b\0c\r\n")),
        ("a NUL in a name", head("X\0A: b\r\n")),
        ("two hosts", head("Host: u\r\n")),
        ("no host", head("").replacen("Host", "X-Host", 1)),
        ("two keys of a handshake", head("Sec-WebSocket-Key: a\r\nSec-WebSocket-Key: b\r\n")),
        ("a bare carriage return", head("X-A: b\rTransfer-Encoding: chunked\r\n")),
        ("a space in front of the first line", head("").replacen("Host", " Host", 1)),
        ("a space in the path", head("").replacen("/health", "/health /x", 1)),
        ("a version of its own", head("").replacen("HTTP/1.1", "HTTP/1.9", 1)),
        ("a version of another case", head("").replacen("HTTP/1.1", "http/1.1", 1)),
        (
            "a chunk of a broken size",
            format!("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{HIDDEN}"),
        ),
    ] {
        let (statuses, closed) = answers(&server, request.as_bytes(), 1);
        // An error in a body comes after the answer to its head, which needs no body.
        assert!(matches!(statuses[..], [400 | 405 | 501]), "{name}: {statuses:?}");
        assert!(closed, "{name}: the connection goes on");
    }
}

#[test]
fn body_is_never_taken_for_a_request() {
    let server = Server::start();
    let length = HIDDEN.len();
    for (name, request) in [
        ("a length", format!("POST /health HTTP/1.1\r\nHost: t\r\nContent-Length: {length}\r\n\r\n{HIDDEN}")),
        (
            "a length with GET",
            format!("GET /nowhere HTTP/1.1\r\nHost: t\r\nContent-Length: {length}\r\n\r\n{HIDDEN}"),
        ),
        (
            "chunks",
            format!(
                "POST /health HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{HIDDEN}\r\n0\r\n\r\n"
            ),
        ),
        (
            "a trailer",
            format!(
                "POST /health HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: {length}\r\nX: {HIDDEN}"
            ),
        ),
        (
            "both, the length longer",
            format!(
                "POST /health HTTP/1.1\r\nHost: t\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}"
            ),
        ),
        (
            "both, the chunks longer",
            format!(
                "POST /health HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{HIDDEN}\r\n0\r\n\r\n"
            ),
        ),
        (
            "an expectation",
            format!(
                "POST /health HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n{HIDDEN}"
            ),
        ),
    ] {
        let (statuses, _) = answers(&server, request.as_bytes(), 1);
        assert!(matches!(statuses[..], [400 | 404 | 405]), "{name}: {statuses:?}");
    }
}

#[test]
fn head_size_is_limited() {
    let server = Server::start();
    let line = format!("X-A: {}\r\n", "a".repeat(64 << 10));
    let many = "X-A: a\r\n".repeat(1_000);
    let path = "a".repeat(64 << 10);
    for (name, request, expected) in [
        ("a huge line", head(&line), [400, 431]),
        ("a thousand lines", head(&many), [400, 431]),
        ("a huge path", head("").replacen("/health", &format!("/{path}"), 1), [414, 431]),
        ("an endless first line", path.clone(), [400, 431]),
    ] {
        let (statuses, closed) = answers(&server, request.as_bytes(), 1);
        // The answer may be lost if the rest of the head was still being sent.
        assert!(
            statuses.len() <= 1 && statuses.iter().all(|status| expected.contains(status)),
            "{name}: {statuses:?}"
        );
        assert!(closed, "{name}: the connection goes on");
    }
}

#[test]
fn other_versions_are_answered_or_refused() {
    let server = Server::start();
    let (statuses, closed) = answers(&server, b"GET /health HTTP/1.0\r\n\r\n", 1);
    assert_eq!((&statuses[..], closed), (&[200][..], true), "HTTP/1.0 has no Host and ends");
    let (statuses, closed) = answers(&server, b"GET /health\r\n", 1);
    assert!(matches!(statuses[..], [] | [400]) && closed, "HTTP/0.9: {statuses:?}");
    let (statuses, closed) = answers(&server, b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 1);
    assert!(matches!(statuses[..], [] | [400]) && closed, "TLS on a plain port: {statuses:?}");
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Server::start();
    let request = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: t\r\n\r\n");
    let three = [request("/health"), request("/nowhere"), request("/")].concat();
    assert_eq!(answers(&server, three.as_bytes(), 3), (vec![200, 404, 200], false));
    let absolute = request("http://elsewhere.example/health");
    assert_eq!(answers(&server, absolute.as_bytes(), 1).0, [200], "the form that proxies use");
    let many = request("/health").repeat(100);
    assert_eq!(answers(&server, many.as_bytes(), 100).0, [200; 100]);
}

#[test]
fn incomplete_handshakes_are_refused() {
    let server = Server::start();
    let good = "GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    assert_eq!(answers(&server, good.as_bytes(), 1).0, [101]);
    server.wait_until_idle();
    let without = |line: &str| {
        let lines: Vec<_> = good.split_inclusive("\r\n").filter(|other| !other.starts_with(line)).collect();
        lines.concat()
    };
    for (name, request) in [
        ("no version", without("Sec-WebSocket-Version")),
        ("an old version", good.replace("Version: 13", "Version: 8")),
        ("no key", without("Sec-WebSocket-Key")),
        ("a POST", good.replacen("GET", "POST", 1)),
        ("HTTP/1.0", good.replacen("HTTP/1.1", "HTTP/1.0", 1)),
    ] {
        let (statuses, _) = answers(&server, request.as_bytes(), 1);
        assert!(matches!(statuses[..], [400 | 405 | 426]), "{name}: {statuses:?}");
    }
    server.wait_until_idle();
}
