//! A client of the protocol `voice.v1`: a microphone, a player, and the messages of the server.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, Message, WebSocket};

use crate::recordings::bytes;
use crate::server::Server;

/// Samples in 20 ms at 16 kHz.
const FRAME: usize = 320;

/// The longest wait for one message.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client in a conversation. It sends and plays 16-bit samples at 16 kHz, in real time.
pub struct Talker {
    path: &'static str,
    socket: WebSocket<TcpStream>,
    /// What the user is about to say. Then there is silence.
    microphone: Vec<i16>,
    /// The audio of the current run that was not played, and the run and time of its beginning.
    buffered: Vec<u8>,
    run: u64,
    at_ms: u64,
    /// Messages since the beginning, except for audio.
    pub messages: Vec<Value>,
    taken: usize,
    /// The number of messages that were received, as the protocol counts them.
    pub received: u64,
    /// All audio that was played.
    pub played: Vec<u8>,
    ticks: u64,
    began: Instant,
}

impl Talker {
    /// Connects to `/secure` with a token, and with further subprotocols.
    pub fn connect(server: &Server, further: &str) -> Self {
        let token = server.token("patient", "speech", 600);
        Self::with_protocols(server, &format!("voice.v1, bearer.{token}{further}"))
    }

    /// Connects to `/secure/healthcare` with a token.
    pub fn interview(server: &Server) -> Self {
        let token = server.token("patient", "healthcare", 600);
        Self::on(server, "/secure/healthcare", &format!("voice.v1, bearer.{token}"))
    }

    /// Connects to `/secure` with these subprotocols.
    pub fn with_protocols(server: &Server, protocols: &str) -> Self {
        Self::on(server, "/secure", protocols)
    }

    fn on(server: &Server, path: &'static str, protocols: &str) -> Self {
        Self {
            path,
            socket: Self::open(server, path, protocols),
            microphone: Vec::new(),
            buffered: Vec::new(),
            run: 0,
            at_ms: 0,
            messages: Vec::new(),
            taken: 0,
            received: 0,
            played: Vec::new(),
            ticks: 0,
            began: Instant::now(),
        }
    }

    /// Loses the connection without a word, as in a network that fails, and resumes the session on another one.
    pub fn reconnect(&mut self, server: &Server, resume_token: &str) {
        self.cut();
        let scope = if self.path == "/secure" { "speech" } else { "healthcare" };
        let token = server.token("patient", scope, 600);
        let protocols = format!("voice.v1, bearer.{token}, resume.{resume_token}.{}", self.received);
        self.socket = Self::open(server, self.path, &protocols);
    }

    fn open(server: &Server, path: &str, protocols: &str) -> WebSocket<TcpStream> {
        let stream = TcpStream::connect(server.address()).expect("the server accepts");
        stream.set_nodelay(true).expect("no delay");
        let mut request = format!("ws://{}{path}", server.address()).into_client_request().expect("a path");
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().expect("a header value"));
        let (socket, response) = tungstenite::client(request, stream).expect("a handshake");
        assert_eq!(response.headers()["sec-websocket-protocol"], "voice.v1");
        socket.get_ref().set_read_timeout(Some(Duration::from_millis(2))).expect("a timeout");
        socket
    }

    /// Sends `start` with 16 kHz in both directions, and returns `ready`.
    pub fn start(&mut self, further: &Value) -> Value {
        let mut start = json!({"type": "start", "language": "ar", "audio_out": {"sample_rate": 16_000}});
        for (key, value) in further.as_object().expect("an object") {
            start[key] = value.clone();
        }
        self.send(&start);
        self.wait_for("ready")
    }

    /// Sends a message.
    pub fn send(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).expect("the server reads");
    }

    /// Sends any message.
    pub fn send_raw(&mut self, message: Message) {
        self.socket.send(message).expect("the server reads");
    }

    /// The user says this next.
    pub fn say(&mut self, samples: &[i16]) {
        self.microphone.extend_from_slice(samples);
    }

    /// Waits for a message without talking.
    pub fn wait_for(&mut self, kind: &str) -> Value {
        self.wait(kind, false)
    }

    /// Talks and plays until a message of this type comes, and returns it. It must come after those that were waited for.
    pub fn talk_until(&mut self, kind: &str) -> Value {
        self.wait(kind, true)
    }

    fn wait(&mut self, kind: &str, talks: bool) -> Value {
        let end = Instant::now() + PATIENCE;
        if talks {
            self.began = Instant::now();
            self.ticks = 0;
        }
        loop {
            while let Some(message) = self.messages.get(self.taken) {
                self.taken += 1;
                if message["type"] == kind {
                    return message.clone();
                }
            }
            assert!(Instant::now() < end, "no {kind} in {:#?}", self.messages);
            if talks {
                self.tick();
            }
            self.receive();
        }
    }

    /// Talks and plays for this time.
    pub fn talk_for(&mut self, ms: u64) {
        self.began = Instant::now();
        self.ticks = 0;
        while self.ticks < ms / 20 {
            self.tick();
            self.receive();
        }
    }

    /// Sends what the microphone hears, and plays, when the time has come.
    fn tick(&mut self) {
        let due = self.began + Duration::from_millis(20 * self.ticks);
        if Instant::now() < due {
            return;
        }
        self.ticks += 1;
        let mut frame: Vec<_> = self.microphone.drain(..FRAME.min(self.microphone.len())).collect();
        frame.resize(FRAME, 0);
        self.socket.send(Message::binary(bytes(&frame))).expect("the server reads");
        let now: Vec<_> = self.buffered.drain(..(2 * FRAME).min(self.buffered.len())).collect();
        if !now.is_empty() {
            self.at_ms += now.len() as u64 / 32;
            self.played.extend(&now);
            let report = json!({"type": "played", "run": self.run, "ms": self.at_ms});
            self.send(&report);
        }
    }

    /// Takes the messages that have arrived.
    fn receive(&mut self) {
        loop {
            match self.socket.read() {
                Ok(Message::Binary(audio)) => {
                    self.received += 1;
                    self.buffered.extend_from_slice(&audio);
                }
                Ok(Message::Text(text)) => {
                    let message: Value = serde_json::from_str(&text).expect("JSON");
                    if let Some(number) = message["seq"].as_u64() {
                        self.received += 1;
                        assert_eq!(number, self.received, "{message}");
                    }
                    self.take(&message);
                    self.messages.push(message);
                }
                Ok(Message::Close(frame)) => {
                    let code = frame.map_or(1005, |frame| u16::from(frame.code));
                    self.messages.push(json!({"type": "(close)", "code": code}));
                }
                Ok(_) => {}
                Err(Error::Io(error))
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    return;
                }
                Err(error) => {
                    let is_told = self.messages.iter().any(|message| message["type"] == "(close)");
                    assert!(is_told, "{error} after {:#?}", self.messages);
                    return;
                }
            }
        }
    }

    /// Does what a message asks of the player.
    fn take(&mut self, message: &Value) {
        match message["type"].as_str().unwrap_or_default() {
            "audio" => {
                let run = message["run"].as_u64().expect("a run");
                if run != self.run || self.buffered.is_empty() {
                    self.run = run;
                    self.at_ms = message["at_ms"].as_u64().expect("a time");
                }
            }
            "paused" | "interrupted" => {
                self.buffered.clear();
            }
            _ => {}
        }
    }

    /// The types of all messages until now.
    pub fn types(&self) -> Vec<&str> {
        self.messages.iter().filter_map(|message| message["type"].as_str()).collect()
    }

    /// Ends the connection without a word.
    pub fn cut(&mut self) {
        // It fails if the connection has ended already.
        let _ = self.socket.get_ref().shutdown(std::net::Shutdown::Both);
    }

    /// Closes the connection.
    pub fn close(mut self) {
        let frame = tungstenite::protocol::CloseFrame { code: CloseCode::Normal, reason: "".into() };
        self.socket.close(Some(frame)).expect("the server reads");
    }
}
