//! Clients that occupy the server without using it are disconnected, and other clients are served.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tungstenite::Message;
use voice_tests::recordings::{self, keyword, silence};
use voice_tests::recordings_or_skip;
use voice_tests::server::Server;
use voice_tests::wire::{Frame, Wire};

use crate::unread::http_2;

/// The time for the head of a request; short, if the server can be configured.
const HEAD_SECONDS: &str = "2";

/// The longest wait for a disconnect, longer than any limit that is tested here.
const PATIENCE: Duration = Duration::from_secs(90);

/// Connections of the flood; fewer if the system allows fewer files.
const FLOOD: usize = 2_000;

/// Reads until the server closes, and returns what it sent.
fn until_closed(mut stream: TcpStream) -> Vec<u8> {
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut answer = Vec::new();
    // A reset is an end too.
    if let Err(error) = stream.read_to_end(&mut answer) {
        let is_late = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        assert!(!is_late, "still open after {} s", PATIENCE.as_secs());
    }
    answer
}

#[test]
fn endless_heads_time_out() {
    let server = Server::builder().env("VOICE_HEAD_SECONDS", HEAD_SECONDS).start();
    let mut honest = server.connect();
    let clients: Vec<_> = ["", "GET", "GET / HTTP/1.1\r\nHost: t\r\nX-A: ", "GET / HTTP/1.1\r\nHost: t\r\n"]
        .into_iter()
        .cycle()
        .take(60)
        .map(|begin| {
            let mut stream = TcpStream::connect(server.address()).expect("the server accepts");
            stream.write_all(begin.as_bytes()).expect("the server reads");
            thread::spawn(move || {
                let mut writer = stream.try_clone().expect("a second handle");
                let given_up = AtomicBool::new(false);
                thread::scope(|scope| {
                    // One byte at a time: a limit on silence alone would never end it.
                    scope.spawn(|| {
                        while !begin.is_empty() && !given_up.load(Ordering::Relaxed) {
                            if writer.write_all(b"a").is_err() {
                                return;
                            }
                            thread::sleep(Duration::from_millis(200));
                        }
                    });
                    let answer = until_closed(stream);
                    given_up.store(true, Ordering::Relaxed);
                    let answer = String::from_utf8_lossy(&answer);
                    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 40"), "{begin:?}: {answer}");
                });
            })
        })
        .collect();
    assert_eq!(honest.audio(vec![0; 1_600]), json!({"partial": ""}));
    for client in clients {
        client.join().expect("a slow client is given up");
    }
    assert_eq!(honest.ask(r#"{"eof" : 1}"#), json!({"text": ""}));
}

#[test]
fn half_closed_connection_ends_the_session() {
    let server = Server::start();
    let mut open = Vec::new();
    for bytes in [
        Vec::new(),
        Frame::text(r#"{"config": {"sample_rate": 8000}}"#).to_bytes(),
        // The beginning of a message, whose rest never arrives.
        Frame::binary(vec![0; 1_600]).unfinished().to_bytes(),
        Frame::binary(vec![0; 1_600]).to_bytes()[..100].to_vec(),
    ] {
        let (mut wire, _) = Wire::open(server.address(), "");
        wire.send(&bytes, usize::MAX);
        wire.end();
        open.push(wire);
    }
    // This side still reads, and never closes.
    server.wait_until_idle();
    drop(open);
}

#[test]
fn client_that_does_not_read_is_dropped() {
    let server = Server::builder().without_canary().start();
    let (mut wire, _) = Wire::open(server.address(), "");
    let before = server.memory();
    // Each is answered by about 200 bytes, which fill the buffers of the system on the way back.
    let question = Frame::text("what?").to_bytes();
    let block = question.repeat(1_000);
    let mut sent = 0;
    while wire.send_within(&block, Duration::from_secs(3)) {
        sent += 1_000;
        assert!(sent < 2_000_000, "it is read and read");
    }
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} bytes for one client");
    // The session ends, and its slot is free again.
    let deadline = Instant::now() + PATIENCE;
    while server.get("/health").1["sessions"]["active"] != 0 {
        assert!(Instant::now() < deadline, "the session goes on");
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn slow_client_delays_no_other() {
    let server = Server::start();
    let whole = Frame::binary(vec![0; 1 << 20]).to_bytes();
    let mut slow: Vec<_> = (0..5).map(|_| Wire::open(server.address(), "").0).collect();
    let mut honest = server.connect();
    for part in whole[..100].chunks(10) {
        for wire in &mut slow {
            wire.send(part, 1);
        }
        assert_eq!(honest.audio(vec![0; 1_600]), json!({"partial": ""}));
    }
    drop(slow);
    assert_eq!(honest.ask(r#"{"eof" : 1}"#), json!({"text": ""}));
    server.wait_until_idle();
}

#[test]
fn sessions_are_served_during_a_flood() {
    let data = recordings_or_skip!();
    let server = Server::builder().env("MAX_CONCURRENT_SESSIONS", "10").start();
    let speech = [keyword(&data, recordings::SPEAKER, "seven"), silence(1_000)].concat().repeat(3);
    let speech = &*speech;
    let honest: Vec<_> =
        (0..10).map(|_| server.connect().configured(&json!({"sample_rate": 16_000}))).collect();
    let (over, flooded) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let clients: Vec<_> =
            honest.into_iter().map(|mut client| scope.spawn(move || client.transcribe(speech))).collect();
        scope.spawn(|| flood(&server, &over, &flooded));
        for client in clients {
            assert_eq!(client.join().expect("an honest client"), "سبعة سبعة سبعة");
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!(flooded.load(Ordering::Relaxed) > 100);
    // Until the last connection of the flood has ended, all slots are taken and other connections are closed without an
    // answer.
    let deadline = Instant::now() + PATIENCE;
    while !is_answered(&server) {
        assert!(Instant::now() < deadline, "the flood is over, and nobody is answered");
        thread::sleep(Duration::from_millis(50));
    }
    server.wait_until_idle();
    assert_eq!(server.get("/health").1["status"], "healthy");
}

/// Whether a request gets an answer.
fn is_answered(server: &Server) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(server.address())?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

/// Opens connections, up to [`FLOOD`] at once, until the end of the test: silent ones, half a request, sessions beyond
/// the limit, and requests.
fn flood(server: &Server, over: &AtomicBool, count: &AtomicUsize) {
    let upgrade = "GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let mut open = std::collections::VecDeque::new();
    for bytes in ["", "GET / HT", upgrade, "GET /health HTTP/1.1\r\nHost: t\r\n\r\n"].into_iter().cycle() {
        if over.load(Ordering::Relaxed) {
            return;
        }
        if open.len() >= FLOOD {
            open.pop_front();
        }
        match TcpStream::connect_timeout(&server.address(), Duration::from_secs(1)) {
            Ok(mut stream) => {
                let _ = stream.write_all(bytes.as_bytes());
                open.push_back(stream);
                count.fetch_add(1, Ordering::Relaxed);
            }
            // No more files, on either side.
            Err(_) => drop(open.pop_front()),
        }
    }
}

#[test]
fn pings_use_no_memory() {
    // Of 124 bytes each: in total three times as much as the server may grow by.
    const PINGS: u32 = 100_000;
    const GROWTH: u64 = 4 << 20;
    let server = Server::builder().without_canary().start();
    let mut honest = server.connect();
    let (mut wire, _) = Wire::open(server.address(), "");
    let mut ping = |number: u32| {
        let payload = number.to_be_bytes().repeat(31);
        wire.send(&Frame::ping(payload.clone()).to_bytes(), usize::MAX);
        assert_eq!(wire.receive(), Some(Frame::pong(payload)));
    };
    // What a session needs at first is allocated before it is measured.
    (0..1_000).for_each(&mut ping);
    let before = server.memory();
    (0..PINGS).for_each(&mut ping);
    let grown = server.memory().saturating_sub(before);
    assert!(grown < GROWTH, "{grown} bytes for {PINGS} pings");
    honest.send(Message::text(r#"{"eof" : 1}"#));
    assert_eq!(honest.receive(), json!({"text": ""}));
}

#[test]
fn frames_of_http_2_write_no_log() {
    let server = Server::start();
    let before = server.log().len();
    let mut stream = TcpStream::connect(server.address()).expect("the server accepts");
    // Answers to pings that were never sent.
    let unasked = http_2::frame(http_2::PING, 1, 0, b"what now").repeat(2_000);
    stream.write_all(&[http_2::begin(&[]), unasked, http_2::get(0, "/livez")].concat()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = Vec::<u8>::new();
    while !answer.windows(2).any(|bytes| bytes == b"{\"") {
        let mut part = [0; 1_024];
        let length = stream.read(&mut part).expect("an answer");
        assert!(length > 0, "closed");
        answer.extend(&part[..length]);
    }
    // Requests that are cancelled at once.
    let mut resets = http_2::begin(&[]);
    for number in 0..100 {
        resets.extend(http_2::get(number, "/livez"));
        resets.extend(http_2::frame(http_2::RST_STREAM, 0, http_2::stream(number), &[0, 0, 0, 8]));
    }
    for _ in 0..20 {
        let mut stream = TcpStream::connect(server.address()).expect("the server accepts");
        // The server may close during the write.
        let _ = stream.write_all(&resets);
        until_closed(stream);
    }
    let log = server.log();
    assert!(!log[before..].contains(" WARN "), "{}", &log[before..]);
}
