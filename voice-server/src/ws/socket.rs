//! The socket of a session, and the sizes of its messages.

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;

use super::counted::CountedIo;

/// The largest message. Clients of vosk-server send up to this much in one piece.
pub(super) const MAX_MESSAGE: usize = 1 << 20;

/// The most bytes that a message may take with the heads of its frames. A message of 1 MiB in frames of three bytes has
/// this many.
pub(super) const MAX_RECEIVED: usize = 4 * MAX_MESSAGE;

/// The largest text message: the longest phrase list has about as much.
pub(super) const MAX_TEXT: usize = 256 << 10;

pub(super) type Socket = WebSocketStream<CountedIo<TokioIo<Upgraded>>>;
