//! How connections end.

use std::io;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as WsError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use voice_core::{Error, ErrorKind};

use super::socket::{MAX_MESSAGE, SEND_TIMEOUT, Socket};
use crate::client_message::client_message;
use crate::refusal::{Reason, Refusal};

/// The time for a client to answer a close.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How a connection ends.
pub(super) enum Close {
    /// It failed.
    Gone,
    /// The client closed it.
    Left,
    /// The client has another connection.
    Replaced,
    /// The client is gone, as far as can be known, and may resume the session.
    Lost,
    Regular,
    GoingAway,
    /// An error of the client that the last reply contains.
    Refused,
    /// Its time is up, or an administrator ended it.
    Ended(Refusal),
    /// An error that no reply contains.
    Because(CloseCode, Error),
    /// The client asks for another protocol, with this first message.
    Switch(Utf8Bytes),
}

impl Close {
    /// The code for logs.
    pub(super) fn code(&self) -> String {
        self.frame().map_or_else(|| "gone".to_owned(), |frame| u16::from(frame.code).to_string())
    }

    /// The reason for clients whose protocol tells it.
    pub(super) fn reason_code(&self) -> &'static str {
        match self {
            Self::GoingAway => Reason::Stopping.code(),
            Self::Ended(refusal) => refusal.code,
            Self::Because(_, error) => error.code(),
            _ => "ok",
        }
    }

    fn frame(&self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Gone | Self::Left | Self::Switch(_) => return None,
            Self::Regular => (CloseCode::Normal, Utf8Bytes::default()),
            Self::Replaced => (CloseCode::Normal, "the session goes on, on another connection".into()),
            Self::GoingAway => (CloseCode::Away, "the server is shutting down; reconnect".into()),
            Self::Lost => (CloseCode::Away, "the connection was lost; resume the session".into()),
            Self::Refused => (CloseCode::Policy, "see the error in the last message".into()),
            Self::Ended(refusal) => (CloseCode::Policy, self::reason(refusal.code, &refusal.message).into()),
            Self::Because(code, error) => (*code, reason(error.code(), &client_message(error)).into()),
        };
        Some(CloseFrame { code, reason })
    }
}

/// A code and its message, in the 123 bytes of a close frame.
fn reason(code: &str, message: &str) -> String {
    let mut text = format!("{code}: {message}");
    text.truncate(text.floor_char_boundary(123));
    text
}

/// Closes a connection after the last message.
pub(super) async fn close(socket: &mut Socket, close: &Close) {
    let frame = close.frame();
    let by_us = frame.is_some();
    if let Some(frame) = frame {
        let _ = timeout(SEND_TIMEOUT, socket.close(Some(frame))).await;
    }
    let _ = timeout(CLOSE_TIMEOUT, finish_close(socket, by_us)).await;
}

/// Tells a client a refusal as a message.
pub(super) async fn tell(socket: &mut Socket, refusal: &Refusal) -> bool {
    let told = timeout(CLOSE_TIMEOUT, socket.send(Message::text(refusal.body().to_string()))).await;
    matches!(told, Ok(Ok(())))
}

/// Closes the connection of a client that was refused.
pub(super) async fn close_with(mut socket: Socket, code: CloseCode, refusal: &Refusal) {
    let frame = CloseFrame { code, reason: reason(refusal.code, &refusal.message).into() };
    if let Ok(Ok(())) = timeout(CLOSE_TIMEOUT, socket.close(Some(frame))).await {
        let _ = timeout(CLOSE_TIMEOUT, finish_close(&mut socket, true)).await;
    }
}

/// Completes the closing handshake, which this side began if `by_us`.
async fn finish_close(socket: &mut Socket, by_us: bool) {
    let mut is_answered = !by_us;
    while let Some(Ok(message)) = socket.next().await {
        is_answered |= message.is_close();
    }
    if is_answered {
        return;
    }
    // If the client's last bytes were left unread, the system would reset the connection, and the client might never
    // see the close frame. A client that sees the end closes its side, which ends this function.
    let io = socket.get_mut().get_mut();
    if io.shutdown().await.is_ok() {
        let _ = tokio::io::copy(&mut io.take(16 * MAX_MESSAGE as u64), &mut tokio::io::sink()).await;
    }
}

/// How an error of the connection ends it.
pub(super) fn because_of(error: &WsError) -> Close {
    match error {
        WsError::Capacity(CapacityError::MessageTooLong { .. }) => {
            let message = format!("send at most {MAX_MESSAGE} bytes in one message");
            Close::Because(CloseCode::Size, Error::new(ErrorKind::MessageTooLarge, message))
        }
        WsError::Io(error) if error.kind() == io::ErrorKind::QuotaExceeded => {
            let message = "a message has too many frames of too little content";
            Close::Because(CloseCode::Size, Error::new(ErrorKind::MessageTooLarge, message))
        }
        WsError::Utf8(_) => {
            let message = "text must be UTF-8; send audio as binary messages";
            Close::Because(CloseCode::Invalid, Error::new(ErrorKind::MessageInvalid, message))
        }
        WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Close::Gone,
        WsError::Protocol(_) => {
            let message = "a frame breaks the WebSocket protocol";
            Close::Because(CloseCode::Protocol, Error::new(ErrorKind::MessageInvalid, message))
        }
        _ => Close::Gone,
    }
}
