//! Many connections of a few addresses must not keep other addresses out.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpSocket;
use voice_tests::server::{ADMIN_SECRET, Server};
use voice_tests::wire::{Frame, Wire};

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection from 127.0.0.`host`; `None` if the system has no such address.
fn from(host: u8, server: &Server) -> Option<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let connected = runtime.block_on(async {
        let socket = TcpSocket::new_v4().expect("a socket");
        let own = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, host)), 0);
        if socket.bind(own).is_err() {
            println!("skipped: no address 127.0.0.{host}");
            return None;
        }
        // A server without a free slot closes at once.
        Some(
            socket.connect(server.address()).await.expect("the system accepts").into_std().expect("a socket"),
        )
    });
    let stream = connected?;
    stream.set_nonblocking(false).expect("a socket that waits");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_nodelay(true).expect("no delay");
    Some(stream)
}

/// The status of the answer to a GET, and its body; 0 if there was no answer.
fn ask(host: u8, server: &Server, path: &str, headers: &str) -> (u16, Value) {
    let Some(mut stream) = from(host, server) else { return (0, Value::Null) };
    let request = format!("GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{headers}\r\n");
    let mut answer = String::new();
    if stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer)).is_err() {
        return (0, Value::Null);
    }
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
    (status, body.unwrap_or_default())
}

/// A connection on which these bytes were sent, and whose first answer was read if there is one.
fn idle(host: u8, server: &Server, bytes: &[u8], has_answer: bool) -> TcpStream {
    let mut stream = from(host, server).expect("the address was there");
    let _ = stream.write_all(bytes);
    if has_answer {
        let _ = stream.read(&mut [0; 4_096]);
    }
    stream
}

#[test]
fn few_addresses_cannot_use_all_connections() {
    let server = Server::secured()
        .env("MAX_CONCURRENT_SESSIONS", "20")
        .env("VOICE_MAX_CONNECTIONS", "120")
        .env("LOG_LEVEL", "INFO")
        .start();
    if from(2, &server).is_none() {
        return;
    }
    let mut honest = server.connect();
    assert_eq!(honest.ask(r#"{"reset": 1}"#)["text"], "");
    let ways: [(&[u8], bool); 5] = [
        (b"GET /health HTTP/1.1\r\nHost: t\r\n\r\n", true),
        (b"", false),
        (b"GET /health HT", false),
        (b"POST /v1/audio/speech HTTP/1.1\r\nHost: t\r\nContent-Length: 900\r\n\r\n{", false),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", true),
    ];
    for hosts in [2..3, 2..6] {
        for (bytes, has_answer) in ways {
            let mut flood = Vec::new();
            for host in hosts.clone().cycle().take(200) {
                flood.push(idle(host, &server, bytes, has_answer));
            }
            let admin = format!("Authorization: Bearer {ADMIN_SECRET}\r\n");
            for (path, headers) in
                [("/health", ""), ("/readyz", ""), ("/livez", ""), ("/admin/health", &*admin)]
            {
                for host in [9, 10, 2] {
                    let what = String::from_utf8_lossy(bytes);
                    assert_eq!(ask(host, &server, path, headers).0, 200, "{path} for {host} in {what:?}");
                }
            }
        }
    }
    assert_eq!(honest.ask(r#"{"reset": 1}"#)["text"], "", "a session is not closed to make room");
    let log = server.log();
    // Two thousand connections; this may take more than a minute.
    let lines = log.lines().filter(|line| line.contains("too many connections")).count();
    assert!((1..=5).contains(&lines), "{lines} lines: {log}");
    let metrics = server.admin("GET", "/metrics", "").body;
    let displaced = metrics.lines().find_map(|line| line.strip_prefix("voice_connections_displaced_total "));
    assert!(displaced.is_some_and(|count| count.parse::<f64>().unwrap() > 0.0), "{metrics}");
}

#[test]
fn sessions_leave_connections_for_health_checks() {
    let server = Server::secured().env("VOICE_MAX_CONNECTIONS", "20").start();
    let mut sessions = Vec::new();
    let mut refused = 0;
    for _ in 0..30 {
        match voice_tests::client::Client::with_headers(server.address(), "/", &[]) {
            Ok(client) => sessions.push(client),
            Err((status, code)) => {
                assert_eq!((status, &*code), (503, "session_limit"));
                refused += 1;
            }
        }
    }
    assert_eq!((sessions.len(), refused), (18, 12));
    assert_eq!(server.get("/health").0, 200);
    assert_eq!(server.admin("GET", "/admin/health", "").status, 200);
}

#[test]
fn first_message_slots_are_limited_per_address() {
    let server = Server::secured().start();
    if from(2, &server).is_none() {
        return;
    }
    let handshake = "GET /secure HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let statuses = |host: u8, count: usize| -> (Vec<TcpStream>, Vec<String>) {
        (0..count)
            .map(|_| {
                let mut stream = from(host, &server).expect("the address was there");
                stream.write_all(handshake.as_bytes()).expect("the server reads");
                let mut answer = [0; 12];
                stream.read_exact(&mut answer).expect("an answer");
                (stream, String::from_utf8_lossy(&answer[9..]).into_owned())
            })
            .unzip()
    };
    let begin = Instant::now();
    let (_flood, flood) = statuses(2, 64);
    let (_other, other) = statuses(3, 1);
    // Each waits for at most five seconds; on a slow machine some have ended by now.
    if begin.elapsed() < Duration::from_secs(4) {
        assert_eq!(flood.iter().filter(|status| *status == "101").count(), 16);
        assert!(flood.iter().all(|status| status == "101" || status == "503"), "{flood:?}");
    }
    assert_eq!(other, ["101"]);
}

#[test]
fn flood_of_addresses_leaves_first_message_slots() {
    let server = Server::secured().start();
    if from(2, &server).is_none() {
        return;
    }
    let token = server.token("a", "speech", 60);
    let handshake = "GET /secure HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let open = |host: u8| {
        let mut stream = from(host, &server).expect("the address was there");
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(handshake.as_bytes()).expect("the server reads");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("an answer");
            answer.extend(byte);
        }
        assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
        stream
    };
    let flood: Vec<_> = (2..6).flat_map(|host| [host; 16]).map(open).collect();
    let mut client = open(7);
    let token = Frame::text(format!("{{\"token\": \"{token}\"}}"));
    client.write_all(&[token.to_bytes(), Frame::text(r#"{"reset": 1}"#).to_bytes()].concat()).unwrap();
    let reply = br#"{"text":""}"#;
    let mut answer = vec![0; 2 + reply.len()];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer[2..], reply);
    drop(flood);
}

#[test]
fn proxy_may_have_many_connections() {
    let server = Server::secured()
        .env("VOICE_TRUSTED_PROXIES", "1")
        .env("VOICE_CONNECTIONS_PER_IP", "2")
        .env("VOICE_MAX_CONNECTIONS", "40")
        .start();
    let open = |client: u8| {
        let mut stream = TcpStream::connect(server.address()).expect("the server accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        write!(stream, "GET /livez HTTP/1.1\r\nHost: t\r\nX-Forwarded-For: 203.0.113.{client}\r\n\r\n")
            .expect("the server reads");
        let mut answer = [0; 4_096];
        let length = stream.read(&mut answer).expect("an answer");
        assert!(answer[..length].starts_with(b"HTTP/1.1 200"));
        stream
    };
    let each: Vec<_> = (0..30).map(open).collect();
    let mut same: Vec<_> = (0..4).map(|_| open(100)).collect();
    assert_eq!(server.admin("GET", "/admin/health", "").json()["connections"], 30 + 2 + 1);
    // The first two of the four were closed.
    for stream in &mut same[..2] {
        assert_eq!(stream.read(&mut [0; 16]).unwrap_or(0), 0);
    }
    drop(each);
}

#[test]
fn connection_ends_with_its_closing_handshake() {
    let server = Server::start();
    // The client breaks a rule and answers the server's close correctly. It then waits for the server to end the
    // connection, which once took two seconds.
    let wait = |bytes: &[u8]| {
        let (mut wire, _) = Wire::open(server.address(), "");
        wire.send(bytes, usize::MAX);
        while wire.receive().expect("a close").code().is_none() {}
        wire.send(&Frame::close(1000, b"").to_bytes(), usize::MAX);
        let answered = Instant::now();
        assert_eq!(wire.receive(), None);
        answered.elapsed()
    };
    for bytes in [
        Frame::binary(vec![0; 8]).reserved(1).to_bytes(),
        Frame::text(r#"{"config": 5}"#).to_bytes(),
        Frame::text(r#"{"eof": 1}"#).to_bytes(),
        Frame::text(b"\xff").to_bytes(),
    ] {
        // That wait was the same each time; a busy machine is not late each time.
        let soon = (0..5).any(|_| wait(&bytes) < Duration::from_secs(1));
        assert!(soon, "{bytes:?}");
    }
}
