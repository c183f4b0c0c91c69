//! WebSocket: the upgrade, and the driver that moves messages between a socket and a session.

mod apology;
mod closing;
mod counted;
mod credentials;
mod deadlines;
mod dialog;
mod driver;
mod first_message;
mod hints;
mod interview;
mod pace;
mod protocol;
mod resumable;
mod session;
mod socket;
mod stopping;
mod upgrade;
mod vosk;

pub(crate) use self::resumable::Resumables;
pub(crate) use self::upgrade::{is_upgrade, upgrade};
