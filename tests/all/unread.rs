//! Clients that make the server write and never read. Each kind of answer is flooded while the server's memory is
//! measured.

use std::io::{ErrorKind, Read as _, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;
use voice_tests::has_espeak;
use voice_tests::server::Server;
use voice_tests::wire::{Frame, Wire};

/// Connections that flood at once.
const CLIENTS: usize = 4;

/// The server's growth in bytes that is allowed for all of them.
const GROWTH: u64 = 8 << 20;

/// A client stops when the server has accepted nothing for this long, or after a number of bytes or a time. A server
/// that keeps reading and does not answer is correct, as long as it stores nothing.
const STALL: Duration = Duration::from_millis(400);
const BYTES: usize = 24 << 20;
const TIME: Duration = Duration::from_secs(4);

/// The data of a client: the block of each number, from 0.
pub(crate) type Blocks<'a> = &'a (dyn Fn(u32) -> Vec<u8> + Sync);

/// Sends block after block and never reads, until the server accepts no more.
pub(crate) fn flood<S: Write>(stream: &mut S, blocks: Blocks<'_>) {
    let (begin, mut sent) = (Instant::now(), 0);
    for number in 0.. {
        let block = blocks(number);
        let mut rest = &block[..];
        while !rest.is_empty() {
            if sent >= BYTES || begin.elapsed() >= TIME {
                return;
            }
            match stream.write(rest) {
                Ok(length) => {
                    sent += length;
                    rest = &rest[length..];
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

/// Floods `server` over some connections that `open` opens, and fails if its memory grows.
pub(crate) fn assert_bounded<S: Write + Send>(
    server: &Server,
    what: &str,
    open: impl Fn() -> S + Sync,
    blocks: Blocks<'_>,
) {
    assert_grows_less(server, what, open, blocks, GROWTH);
}

/// The same, and fails if it grows by `most` bytes or more.
fn assert_grows_less<S: Write + Send>(
    server: &Server,
    what: &str,
    open: impl Fn() -> S + Sync,
    blocks: Blocks<'_>,
    most: u64,
) {
    // What the first connection of a kind needs is allocated before it is measured.
    let mut first = open();
    let _ = first.write_all(&blocks(0));
    drop(first);
    let before = server.memory();
    let mut highest = before;
    std::thread::scope(|scope| {
        let client = || {
            let mut stream = open();
            flood(&mut stream, blocks);
            stream
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        while !clients.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            highest = highest.max(server.memory());
            // The clients end soon, before the machine's memory is used up.
            assert!(highest - before < 32 * most, "{what}: it grows and grows");
            std::thread::sleep(Duration::from_millis(10));
        }
        let open: Vec<_> = clients.into_iter().map(|client| client.join().expect("a client")).collect();
        highest = highest.max(server.memory());
        drop(open);
    });
    let grown = highest - before;
    println!("{what}: {} KiB", grown >> 10);
    assert!(grown < most, "{what}: {grown} bytes");
}

/// A connection without any data.
fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address()).expect("the server accepts");
    stream.set_write_timeout(Some(STALL)).expect("a timeout");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    stream
}

/// A session, or the beginning of one.
pub(crate) fn session(server: &Server, path: &str, first: &[u8]) -> TcpStream {
    let (mut wire, _) = Wire::open_path(server.address(), path, "");
    wire.send(first, usize::MAX);
    let stream = wire.into_stream();
    stream.set_write_timeout(Some(STALL)).expect("a timeout");
    stream
}

#[test]
fn websocket_frames_without_reading() {
    let server = Server::secured().without_canary().start();
    let basic = || session(&server, "/", b"");
    let awaited = || session(&server, "/secure", b"");
    let closed = || session(&server, "/", &Frame::close(1000, b"").to_bytes());
    let refused = || session(&server, "/", &Frame::text(r#"{"config": 5}"#).to_bytes());
    let repeated = |frame: Frame| frame.to_bytes().repeat(500);
    let ping = repeated(Frame::ping([7; 125]));
    assert_bounded(&server, "pings", basic, &|_| ping.clone());
    assert_bounded(&server, "pings before a token", awaited, &|_| ping.clone());
    assert_bounded(&server, "pings after a close", closed, &|_| ping.clone());
    assert_bounded(&server, "pings after a refusal", refused, &|_| ping.clone());
    for (what, frame) in [
        ("empty pings", Frame::ping([])),
        ("pongs", Frame::pong([7; 125])),
        ("texts", Frame::text("what?")),
        ("audio", Frame::binary([0; 2])),
        ("nothing as audio", Frame::binary([])),
        ("resets", Frame::text(r#"{"reset": 1}"#)),
        ("closes", Frame::close(1000, &[b'x'; 100])),
        ("parts of a message", Frame::continuation([]).unfinished()),
    ] {
        let block = repeated(frame);
        assert_bounded(&server, what, basic, &|_| block.clone());
    }
    assert_eq!(server.get("/livez").0, 200);
}

#[test]
fn http_1_requests_without_reading() {
    let server = Server::secured().without_canary().start();
    let request = |line: &str, lines: &str| format!("{line} HTTP/1.1\r\nHost: t\r\n{lines}\r\n");
    let expects = "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n";
    let preflight = "Origin: http://localhost\r\nAccess-Control-Request-Method: GET\r\n";
    for (what, one) in [
        ("questions", request("GET /health", "")),
        ("heads alone", request("HEAD /health", "")),
        ("unknown paths", request("GET /nowhere", "")),
        ("methods", request("DELETE /health", "")),
        ("preflights", request("OPTIONS /health", preflight)),
        ("no upgrades", request("GET /ws", "")),
        ("wrong secrets", request("GET /admin/health", "Authorization: Bearer wrong\r\n")),
        ("expectations", request("POST /v1/audio/speech", expects) + "{}"),
        ("expectations that are not read", request("GET /health", expects) + "{}"),
    ] {
        let block = one.repeat(200).into_bytes();
        assert_bounded(&server, what, || connect(&server), &|_| block.clone());
    }
    assert_eq!(server.get("/livez").0, 200);
}

/// HTTP/2 by hand (RFC 9113).
pub(crate) mod http_2 {
    /// The preface, and settings with these pairs.
    pub(crate) fn begin(settings: &[(u16, u32)]) -> Vec<u8> {
        let mut pairs = Vec::new();
        for (id, value) in settings {
            pairs.extend(id.to_be_bytes());
            pairs.extend(value.to_be_bytes());
        }
        [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(SETTINGS, 0, 0, &pairs)].concat()
    }

    pub(crate) const DATA: u8 = 0;
    pub(crate) const HEADERS: u8 = 1;
    pub(crate) const PRIORITY: u8 = 2;
    pub(crate) const RST_STREAM: u8 = 3;
    pub(crate) const SETTINGS: u8 = 4;
    pub(crate) const PING: u8 = 6;
    pub(crate) const WINDOW_UPDATE: u8 = 8;
    pub(crate) const CONTINUATION: u8 = 9;

    pub(crate) const END_STREAM: u8 = 1;
    pub(crate) const END_HEADERS: u8 = 4;

    pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        frame
    }

    /// A field whose name is in the static table, never indexed (RFC 7541, 6.2.3).
    fn field(index: u8, value: &str) -> Vec<u8> {
        assert!(index < 15 && value.len() < 127);
        [&[0x10 | index, value.len() as u8], value.as_bytes()].concat()
    }

    /// The header block of a request: the method's index in the static table, 2 for GET and 3 for POST.
    pub(crate) fn block(method: u8, path: &str) -> Vec<u8> {
        [&[0x80 | method, 0x86][..], &field(4, path), &field(1, "t")].concat()
    }

    /// The stream of a client's request of this number.
    pub(crate) fn stream(number: u32) -> u32 {
        2 * number + 1
    }

    pub(crate) fn get(number: u32, path: &str) -> Vec<u8> {
        frame(HEADERS, END_HEADERS | END_STREAM, stream(number), &block(2, path))
    }

    pub(crate) fn post(number: u32, path: &str) -> Vec<u8> {
        frame(HEADERS, END_HEADERS, stream(number), &block(3, path))
    }
}

#[test]
fn http_2_frames_without_reading() {
    use http_2::{
        CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PRIORITY, RST_STREAM, SETTINGS,
        WINDOW_UPDATE, begin, block, frame, get, post, stream,
    };
    const SPEECH: &str = "/v1/audio/speech";
    const INITIAL_WINDOW_SIZE: u16 = 4;
    let server = Server::secured().without_canary().start();
    let open_with = |settings: &[(u16, u32)]| {
        let mut stream = connect(&server);
        stream.write_all(&begin(settings)).expect("the server reads");
        stream
    };
    let open = || open_with(&[]);
    // The frames are correct: a request gets an answer.
    let mut asking = open();
    asking.write_all(&get(0, "/health")).expect("the server reads");
    let mut answer = Vec::new();
    while !answer.windows(15).any(|bytes| bytes == b"\"uptime_seconds") {
        let mut block = [0; 4_096];
        let length = asking.read(&mut block).expect("an answer");
        assert!(length > 0, "{}", String::from_utf8_lossy(&answer));
        answer.extend(&block[..length]);
    }
    let no_window = || open_with(&[(INITIAL_WINDOW_SIZE, 0)]);
    let full_window = || open_with(&[(INITIAL_WINDOW_SIZE, (1 << 31) - 1)]);
    // A hundred of each kind in one block; the numbers of streams increase.
    let hundred = |number: u32, one: &dyn Fn(u32) -> Vec<u8>| {
        (100 * number..100 * (number + 1)).flat_map(one).collect::<Vec<u8>>()
    };
    let uppercase = [block(2, "/"), b"\x00\x01A\x01b".to_vec()].concat();
    let long = [block(3, SPEECH), [&b"\x00\x01a\x7f\x81\x76"[..], &[b'x'; 15_000]].concat()].concat();
    let first = |number: u32| if number == 0 { post(0, SPEECH) } else { Vec::new() };
    let each: &[(&str, Blocks<'_>)] = &[
        ("pings", &|_| frame(PING, 0, 0, &[7; 8])),
        ("settings", &|_| frame(SETTINGS, 0, 0, &[])),
        ("questions", &|n| get(n, "/health")),
        ("unknown paths", &|n| get(n, "/nowhere")),
        ("requests that are reset", &|n| {
            [get(n, "/health"), frame(RST_STREAM, 0, stream(n), &[0, 0, 0, 8])].concat()
        }),
        ("requests that are malformed", &|n| frame(HEADERS, END_HEADERS | END_STREAM, stream(n), &uppercase)),
        ("windows that do not grow", &|n| {
            [post(n, SPEECH), frame(WINDOW_UPDATE, 0, stream(n), &[0; 4])].concat()
        }),
        ("priorities", &|n| frame(PRIORITY, 0, stream(n), &[0, 0, 0, 0, 1])),
        ("frames of no kind", &|n| frame(0xbb, 0xff, stream(n), &[7; 100])),
        ("bodies that are not read", &|n| {
            [post(n, "/nowhere"), frame(DATA, 0, stream(n), &[0; 9_000])].concat()
        }),
        ("bodies that go on", &|n| [post(n, SPEECH), frame(DATA, 0, stream(n), &[b' '; 9_000])].concat()),
        ("a body of single bytes", &|n| [first(n), frame(DATA, 0, 1, b" ")].concat()),
        ("a body of nothing", &|n| [first(n), frame(DATA, 0, 1, &[])].concat()),
        ("a body of padding", &|n| [first(n), frame(DATA, 8, 1, &[200; 201])].concat()),
        ("a head that never ends", &|n| {
            if n == 0 { frame(HEADERS, 0, 1, &block(2, "/")) } else { frame(CONTINUATION, 0, 1, &[]) }
        }),
        ("long heads", &|n| frame(HEADERS, END_HEADERS, stream(n), &long)),
        ("trailers", &|n| {
            let trailers = frame(HEADERS, END_HEADERS | END_STREAM, stream(n), b"\x00\x01a\x01b");
            [post(n, SPEECH), trailers].concat()
        }),
    ];
    for (what, one) in each {
        assert_bounded(&server, what, open, &|number| hundred(number, one));
    }
    assert_bounded(&server, "questions without a window", no_window, &|number| {
        hundred(number, &|n| get(n, "/health"))
    });
    assert_bounded(&server, "questions with a full window", full_window, &|number| {
        hundred(number, &|n| get(n, "/health"))
    });
    assert_eq!(server.get("/livez").0, 200);
}

#[test]
fn speech_without_reading() {
    // Each stream has a session, and the number of sessions is limited. It may hold a clause or two, with what the
    // voice needs for them, and not the whole speech.
    const PER_STREAM: u64 = 8 << 20;
    if !has_espeak() {
        return;
    }
    let server = Server::builder().env("VOICE_TTS_VOICES", "en=espeak").start();
    server.wait_until("speaking", |health| health["models"]["tts"][0]["state"] == "ready");
    let text =
        "This goes on and on without an end, and on, and on, as long as there is room for it. ".repeat(40);
    let wanted = json!({"input": text, "response_format": "pcm", "sample_rate": 48_000}).to_string();
    let length = wanted.len();
    let head = format!("POST /v1/audio/speech HTTP/1.1\r\nHost: t\r\nContent-Length: {length}\r\n\r\n");
    let request = (head + &wanted).into_bytes();
    // What the voice needs is allocated before it is measured.
    let mut first = connect(&server);
    let closing = [b"POST /v1/audio/speech HTTP/1.1\r\nConnection: close", &request[30..]].concat();
    first.write_all(&closing).expect("the server reads");
    assert!(first.read_to_end(&mut Vec::new()).expect("an answer") as u64 > 2 * PER_STREAM);
    let streams = CLIENTS as u64;
    assert_grows_less(&server, "speech", || connect(&server), &|_| request.clone(), streams * PER_STREAM);
    // With windows that accept everything.
    let open = || {
        let mut stream = connect(&server);
        let window = (1_u32 << 31) - 1 - 65_535;
        let begin = [
            http_2::begin(&[(4, (1 << 31) - 1)]),
            http_2::frame(http_2::WINDOW_UPDATE, 0, 0, &window.to_be_bytes()),
        ];
        stream.write_all(&begin.concat()).expect("the server reads");
        stream
    };
    let blocks = |number: u32| {
        if number >= 2 {
            std::thread::sleep(STALL);
            return http_2::frame(0xbb, 0, 0, &vec![0; 16 << 10]);
        }
        let body = http_2::frame(http_2::DATA, http_2::END_STREAM, http_2::stream(number), wanted.as_bytes());
        [http_2::post(number, "/v1/audio/speech"), body].concat()
    };
    assert_grows_less(&server, "speech over HTTP/2", open, &blocks, 2 * streams * PER_STREAM);
    assert_eq!(server.get("/livez").0, 200);
}
