//! A token in the first message, for clients that cannot set headers.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::credentials;
use super::socket::Socket;
use crate::refusal::Refusal;
use crate::security::credentials::jwt::TokenError;

/// The time for the client to send it.
const FIRST_MESSAGE_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn token(socket: &mut Socket) -> Result<String, Refusal> {
    let first = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => return credentials::in_message(&text),
                // The pong is written before the client is read again.
                Some(Ok(Message::Ping(_))) => socket.flush().await.ok()?,
                Some(Ok(Message::Pong(_))) => {}
                _ => return None,
            }
        }
    };
    let missing =
        || Refusal::from(TokenError::Missing).saying("the first message must be {\"token\": \"…\"}");
    timeout(FIRST_MESSAGE_TIMEOUT, first).await.ok().flatten().ok_or_else(missing)
}
