//! Secrets, tokens and tickets.

pub(crate) mod bearer;
pub(crate) mod jwt;
pub(crate) mod revoked;
pub(crate) mod secret;
pub(crate) mod ticket;
