//! Wire protocols: pure functions from messages to commands and from outcomes to messages. They use no socket.

pub(crate) mod fields;
pub(crate) mod voice_v1;
pub(crate) mod vosk;

use serde_json::{Value, json};
use voice_core::Error;
use voice_core::audio::Input;

use crate::client_message::client_message;

/// The most bytes of samples in one message, and those in progress at which a client is no longer read. Clients of
/// vosk-server send messages up to this size.
pub(crate) const MAX_SAMPLES: usize = 1 << 20;

/// The same of compressed audio: 16 s at 128 kbit/s, and hours of silence. How long it is, is known when it is decoded.
pub(crate) const MAX_COMPRESSED: usize = 256 << 10;

/// The most audio of a message and in progress, in bytes.
pub(crate) const fn max_audio(input: Input) -> usize {
    match input {
        Input::Samples => MAX_SAMPLES,
        _ => MAX_COMPRESSED,
    }
}

/// The form of an error in every JSON message of the server.
pub(crate) fn error_json(error: &Error) -> Value {
    json!({"code": error.code(), "message": client_message(error)})
}
