//! The WebSocket protocol by hand: frames that no library would send, and raw answers (RFC 6455).

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// The longest wait for anything.
const DEADLINE: Duration = Duration::from_secs(20);

/// A frame's kind, by its number in the protocol.
#[expect(missing_docs, reason = "they are called as in the protocol")]
pub mod opcode {
    pub const CONTINUATION: u8 = 0;
    pub const TEXT: u8 = 1;
    pub const BINARY: u8 = 2;
    pub const CLOSE: u8 = 8;
    pub const PING: u8 = 9;
    pub const PONG: u8 = 10;
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Nothing of its message follows.
    pub is_final: bool,
    /// The three reserved bits, as a number from 0 to 7.
    pub reserved: u8,
    /// Its kind.
    pub opcode: u8,
    /// Its payload, unmasked.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A frame that is a whole message.
    pub fn new(opcode: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self { is_final: true, reserved: 0, opcode, payload: payload.into() }
    }

    /// A text message.
    pub fn text(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::TEXT, payload)
    }

    /// A binary message.
    pub fn binary(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::BINARY, payload)
    }

    /// A ping.
    pub fn ping(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::PING, payload)
    }

    /// A pong.
    pub fn pong(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::PONG, payload)
    }

    /// A close with its code and reason.
    pub fn close(code: u16, reason: &[u8]) -> Self {
        Self::new(opcode::CLOSE, [&code.to_be_bytes(), reason].concat())
    }

    /// A continuation of a message.
    pub fn continuation(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::CONTINUATION, payload)
    }

    /// The same frame, with more of its message to follow.
    pub fn unfinished(self) -> Self {
        Self { is_final: false, ..self }
    }

    /// The same frame with reserved bits.
    pub fn reserved(self, reserved: u8) -> Self {
        Self { reserved, ..self }
    }

    /// The same message in frames of `size` bytes.
    pub fn fragments(self, size: usize) -> Vec<Self> {
        let mut frames: Vec<_> =
            self.payload.chunks(size).map(|part| Self::continuation(part).unfinished()).collect();
        if let Some(first) = frames.first_mut() {
            first.opcode = self.opcode;
        }
        if let Some(last) = frames.last_mut() {
            last.is_final = true;
        }
        frames
    }

    /// The status code of a close frame.
    pub fn code(&self) -> Option<u16> {
        (self.opcode == opcode::CLOSE).then(|| self.payload.first_chunk().copied().map(u16::from_be_bytes))?
    }

    /// The frame as a client sends it.
    pub fn to_bytes(&self) -> Vec<u8> {
        const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
        let mut bytes = self.head(0x80);
        bytes.extend(MASK);
        bytes.extend(self.payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        bytes
    }

    /// The frame without a mask, which clients must not send.
    pub fn to_bytes_unmasked(&self) -> Vec<u8> {
        [self.head(0), self.payload.clone()].concat()
    }

    fn head(&self, mask: u8) -> Vec<u8> {
        let mut head = vec![u8::from(self.is_final) << 7 | self.reserved << 4 | self.opcode];
        let length = self.payload.len();
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(length @ 0..=125), _) => head.push(mask + length),
            (_, Ok(length)) => {
                head.push(mask + 126);
                head.extend(length.to_be_bytes());
            }
            _ => {
                head.push(mask + 127);
                head.extend((length as u64).to_be_bytes());
            }
        }
        head
    }
}

/// A connection after its handshake.
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    /// Connects, and also returns the head of the server's answer.
    pub fn open(address: SocketAddr, headers: &str) -> (Self, String) {
        Self::open_path(address, "/", headers)
    }

    /// The same, to another path.
    pub fn open_path(address: SocketAddr, path: &str, headers: &str) -> (Self, String) {
        let mut stream = TcpStream::connect(address).expect("the server accepts");
        stream.set_nodelay(true).expect("no delay");
        stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        stream.set_write_timeout(Some(DEADLINE)).expect("a timeout");
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        )
        .expect("the server reads");
        let mut wire = Self { stream, buffer: Vec::new() };
        loop {
            if let Some(end) = wire.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head = String::from_utf8(wire.buffer.drain(..end + 4).collect()).expect("a head is text");
                assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
                // The answer to that key, from the protocol's own example.
                assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
                return (wire, head);
            }
            assert!(wire.fill(), "the handshake has an answer");
        }
    }

    /// The connection itself, for a client that reads no frames.
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Sends bytes, `size` at a time. A server that has closed is not an error here: its answer shows it.
    pub fn send(&mut self, bytes: &[u8], size: usize) {
        for part in bytes.chunks(size) {
            if self.stream.write_all(part).is_err() {
                return;
            }
        }
    }

    /// Sends bytes; false if the server has not accepted them all within `wait`.
    pub fn send_within(&mut self, bytes: &[u8], wait: Duration) -> bool {
        self.stream.set_write_timeout(Some(wait)).expect("a timeout");
        self.stream.write_all(bytes).is_ok()
    }

    /// Closes this side's direction of the connection.
    pub fn end(&mut self) {
        // The server may have closed already.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// The next frame; `None` once the connection is closed or reset.
    pub fn receive(&mut self) -> Option<Frame> {
        loop {
            if let Some((frame, length)) = parse(&self.buffer) {
                self.buffer.drain(..length);
                return Some(frame);
            }
            if !self.fill() {
                return None;
            }
        }
    }

    /// Whether data arrives within `wait`.
    pub fn hears_within(&mut self, wait: Duration) -> bool {
        self.stream.set_read_timeout(Some(wait)).expect("a timeout");
        let mut block = [0; 1_024];
        let read = self.stream.read(&mut block);
        self.stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        match read {
            Ok(length) => {
                self.buffer.extend_from_slice(&block[..length]);
                true
            }
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }

    /// Reads more; false at the end.
    fn fill(&mut self) -> bool {
        let mut block = [0; 16 << 10];
        match self.stream.read(&mut block) {
            Ok(0) => false,
            Ok(length) => {
                self.buffer.extend_from_slice(&block[..length]);
                true
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("nothing came in {} s", DEADLINE.as_secs())
            }
            Err(_) => false,
        }
    }
}

/// The first frame of `bytes` and its length, if it is complete. Servers do not mask.
fn parse(bytes: &[u8]) -> Option<(Frame, usize)> {
    let [first, second, rest @ ..] = bytes else { return None };
    assert_eq!(second & 0x80, 0, "a server masks nothing");
    let (length, start) = match second & 0x7f {
        126 => (u64::from(u16::from_be_bytes(*rest.first_chunk()?)), 4),
        127 => (u64::from_be_bytes(*rest.first_chunk()?), 10),
        short => (u64::from(short), 2),
    };
    let end = start + usize::try_from(length).expect("a length that fits");
    let payload = bytes.get(start..end)?.to_vec();
    let frame = Frame { is_final: first & 0x80 != 0, reserved: first >> 4 & 7, opcode: first & 15, payload };
    Some((frame, end))
}
