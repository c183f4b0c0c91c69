//! A client of the vosk-server protocol that works in lock step: one message, one reply.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, Message, WebSocket};

use crate::recordings::bytes;

/// A connected client. Every wait is bounded.
pub struct Client(WebSocket<TcpStream>);

impl Client {
    /// Connects to `path`; panics if the server refuses.
    pub fn connect(address: SocketAddr, path: &str) -> Self {
        Self::try_connect(address, path).unwrap_or_else(|status| panic!("refused with HTTP {status}"))
    }

    /// Connects to `path`, or says with which HTTP status the server refused.
    pub fn try_connect(address: SocketAddr, path: &str) -> Result<Self, u16> {
        Self::with_headers(address, path, &[]).map_err(|(status, _)| status)
    }

    /// Connects with further headers; or says with which status and code the server refused.
    pub fn with_headers(
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, (u16, String)> {
        let stream = TcpStream::connect(address).expect("the server accepts");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        let mut request = format!("ws://{address}{path}").into_client_request().expect("a path");
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().expect("a header value"));
        }
        match tungstenite::client(request, stream) {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(tungstenite::HandshakeError::Failure(Error::Http(response))) => {
                let body = response.body().as_deref().unwrap_or_default();
                let body: Value = serde_json::from_slice(body).unwrap_or_default();
                let code = body["error"]["code"].as_str().unwrap_or_default().to_owned();
                Err((response.status().as_u16(), code))
            }
            Err(error) => panic!("handshake failed: {error}"),
        }
    }

    /// The same client with `config` sent; the protocol has no reply to it.
    pub fn configured(mut self, config: &Value) -> Self {
        self.send(Message::text(json!({"config": config}).to_string()));
        self
    }

    /// Sends any message.
    pub fn send(&mut self, message: Message) {
        self.0.send(message).expect("the server reads");
    }

    /// Sends any message; fails if the server has closed.
    pub fn try_send(&mut self, message: Message) -> Result<(), Error> {
        self.0.send(message)
    }

    /// The next message of any kind.
    pub fn message(&mut self) -> Message {
        self.0.read().expect("a message in time")
    }

    /// The next JSON message.
    pub fn receive(&mut self) -> Value {
        match self.message() {
            Message::Text(text) => serde_json::from_str(&text).expect("replies are JSON"),
            other => panic!("expected text, got {other:?}"),
        }
    }

    /// The reply to a text message.
    pub fn ask(&mut self, text: &str) -> Value {
        self.send(Message::text(text));
        self.receive()
    }

    /// The reply to one audio message.
    pub fn audio(&mut self, audio: Vec<u8>) -> Value {
        self.send(Message::binary(audio));
        self.receive()
    }

    /// Streams samples in messages of 100 ms (at 16 kHz) and returns all replies.
    pub fn stream(&mut self, samples: &[i16]) -> Vec<Value> {
        samples.chunks(1_600).map(|chunk| self.audio(bytes(chunk))).collect()
    }

    /// Streams samples, ends the stream, and returns all final texts joined by spaces.
    pub fn transcribe(&mut self, samples: &[i16]) -> String {
        let mut replies = self.stream(samples);
        replies.push(self.ask(r#"{"eof" : 1}"#));
        texts(&replies)
    }

    /// Waits for the server's close frame; `None` if the connection ended without one.
    pub fn closed(&mut self) -> Option<CloseFrame> {
        loop {
            match self.0.read() {
                Ok(Message::Close(frame)) => return frame,
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// All messages until the server closes, and its close frame.
    pub fn rest(&mut self) -> (Vec<Value>, Option<CloseFrame>) {
        let mut replies = Vec::new();
        loop {
            match self.0.read() {
                Ok(Message::Text(text)) => {
                    replies.push(serde_json::from_str(&text).expect("replies are JSON"));
                }
                Ok(Message::Close(frame)) => return (replies, frame),
                Ok(_) => {}
                Err(_) => return (replies, None),
            }
        }
    }

    /// Closes the connection and returns the server's answer.
    pub fn close(mut self) -> Option<CloseFrame> {
        self.0
            .close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() }))
            .expect("the server reads");
        self.closed()
    }

    /// The raw connection, for bytes that no WebSocket library would send.
    pub fn raw(&mut self) -> &mut TcpStream {
        self.0.get_mut()
    }
}

/// All final texts of `replies`, joined by spaces.
pub fn texts(replies: &[Value]) -> String {
    let finals = replies.iter().filter_map(|reply| reply["text"].as_str()).filter(|text| !text.is_empty());
    finals.collect::<Vec<_>>().join(" ")
}
