//! A session as a client opens it, for a second or two.

use std::fmt;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Message};

/// The sample rate of the silence that is sent, in Hz.
const RATE: usize = 16_000;

/// An upgraded connection.
pub(super) struct Socket {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    time_limit: Duration,
}

/// Why there is no reply.
pub(super) enum NoReply {
    Closed(Option<CloseFrame>),
    Late(Duration),
    /// A text message that is not JSON.
    NotJson,
    Broken(Box<tungstenite::Error>),
}

impl fmt::Display for NoReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(Some(frame)) => {
                write!(f, "closed with {} {:?}", u16::from(frame.code), frame.reason.as_str())
            }
            Self::Closed(None) => f.write_str("the connection ended"),
            Self::Late(time_limit) => write!(f, "no reply in {} s", time_limit.as_secs_f32()),
            Self::NotJson => f.write_str("a reply that is not JSON"),
            Self::Broken(error) => error.fmt(f),
        }
    }
}

impl From<tungstenite::Error> for NoReply {
    fn from(error: tungstenite::Error) -> Self {
        Self::Broken(Box::new(error))
    }
}

impl Socket {
    pub(super) fn new(stream: WebSocketStream<TokioIo<Upgraded>>, time_limit: Duration) -> Self {
        Self { stream, time_limit }
    }

    /// Sends a second of silence, waits for the reply, and ends the stream.
    pub(super) async fn converse(&mut self) -> Result<Value, NoReply> {
        self.configure().await?;
        let reply = self.silence(RATE).await?;
        self.stream.send(Message::text(json!({"eof": 1}).to_string())).await?;
        self.closed(self.time_limit).await;
        Ok(reply)
    }

    /// Sends silence, 100 ms at a time, until the server ends the session or `within` is over. Returns the server's
    /// close, if there is one.
    pub(super) async fn converse_until_closed(&mut self, within: Duration) -> Option<CloseFrame> {
        let deadline = Instant::now() + within;
        self.configure().await.ok()?;
        while Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(100)).await;
            match self.silence(RATE / 10).await {
                Ok(_) => {}
                Err(NoReply::Closed(frame)) => return frame,
                Err(_) => break,
            }
        }
        self.closed(Duration::from_secs(1)).await
    }

    /// The server's close, if it arrives within `within`.
    pub(super) async fn closed(&mut self, within: Duration) -> Option<CloseFrame> {
        let deadline = Instant::now() + within;
        while let Ok(Some(Ok(message))) = timeout_at(deadline, self.stream.next()).await {
            if let Message::Close(frame) = message {
                return frame;
            }
        }
        None
    }

    /// Closes the connection properly.
    pub(super) async fn leave(mut self) {
        let _ = timeout(self.time_limit, self.stream.close(None)).await;
        self.closed(self.time_limit).await;
    }

    async fn configure(&mut self) -> Result<(), tungstenite::Error> {
        self.stream.send(Message::text(json!({"config": {"sample_rate": RATE}}).to_string())).await
    }

    async fn silence(&mut self, samples: usize) -> Result<Value, NoReply> {
        let deadline = Instant::now() + self.time_limit;
        self.stream.send(Message::binary(vec![0; 2 * samples])).await?;
        loop {
            let message = timeout_at(deadline, self.stream.next()).await;
            match message.map_err(|_| NoReply::Late(self.time_limit))?.transpose()? {
                Some(Message::Text(text)) => {
                    return serde_json::from_str(&text).map_err(|_| NoReply::NotJson);
                }
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                Some(Message::Close(frame)) => return Err(NoReply::Closed(frame)),
                Some(_) => return Err(NoReply::NotJson),
                None => return Err(NoReply::Closed(None)),
            }
        }
    }
}
