//! Wire protocols: pure functions from messages to commands and from outcomes to messages.
//! No socket in here.

pub(crate) mod vosk;

use serde_json::{Value, json};
use voice_core::Error;

/// The shape of an error in every JSON message of the server.
pub(crate) fn error_json(error: &Error) -> Value {
    json!({"code": error.code(), "message": error.to_string()})
}
