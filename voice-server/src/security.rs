//! Who may come in, how often and how many at once. No socket and no clock in here: what a decision
//! needs, the time included, is handed in.

pub(crate) mod admin;
pub(crate) mod admission;
pub(crate) mod client_ip;
pub(crate) mod gate;
mod hash;
pub(crate) mod jwt;
pub(crate) mod origin;
pub(crate) mod rate;
pub(crate) mod refusal;
pub(crate) mod revoked;
pub(crate) mod secret;
mod shared;
pub(crate) mod ticket;
