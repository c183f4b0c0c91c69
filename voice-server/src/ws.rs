//! WebSocket: the upgrade, and the driver that moves messages between a socket and a session.

mod apology;
mod counted;
mod credentials;
mod deadlines;
mod first_message;
mod pace;
mod session;
mod stopping;
mod upgrade;

pub(crate) use credentials::bearer;
use upgrade::query;
pub(crate) use upgrade::{is_upgrade, upgrade};

/// The largest message. Clients of vosk-server send up to this much in one piece.
const MAX_MESSAGE: usize = 1 << 20;

/// The largest text message: the longest phrase list has about as much.
const MAX_TEXT: usize = 256 << 10;
