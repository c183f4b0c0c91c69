//! WebSocket: the upgrade, and the driver that moves messages between a socket and a session.

mod session;
mod upgrade;

pub(crate) use upgrade::{is_upgrade, upgrade};
