//! Wire protocols: pure functions from messages to commands and from outcomes to messages. They use no socket.

pub(crate) mod fields;
pub(crate) mod limits;
pub(crate) mod voice_v1;
pub(crate) mod vosk;

use serde_json::{Value, json};
use voice_core::Error;

use crate::client_message::client_message;

/// The form of an error in every JSON message of the server.
pub(crate) fn error_json(error: &Error) -> Value {
    json!({"code": error.code(), "message": client_message(error)})
}
