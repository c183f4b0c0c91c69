//! The socket of a session, and the sizes of its messages.

use std::time::Duration;

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;

use super::counted::CountedIo;

/// The largest message. Clients of vosk-server send messages up to this size.
pub(super) const MAX_MESSAGE: usize = 1 << 20;

/// The most bytes of one message with the heads of its frames. A message of 1 MiB in frames of three bytes has this
/// many.
pub(super) const MAX_RECEIVED: usize = 4 * MAX_MESSAGE;

/// The largest text message: about the size of the longest phrase list.
pub(super) const MAX_TEXT: usize = 256 << 10;

/// The longest time that a client may take to accept a message.
pub(super) const SEND_TIMEOUT: Duration = Duration::from_mins(1);

pub(super) type Socket = WebSocketStream<CountedIo<TokioIo<Upgraded>>>;
