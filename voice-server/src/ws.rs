//! WebSocket: the upgrade, and the driver that moves messages between a socket and a session.

mod apology;
mod counted;
mod credentials;
mod deadlines;
mod first_message;
mod pace;
mod session;
mod socket;
mod stopping;
mod upgrade;

pub(crate) use self::upgrade::{is_upgrade, upgrade};
