//! Who may open sessions, how often, and how many at once. Decisions get all their inputs, including the time, as
//! arguments. Only `shared`, which asks Redis, uses a socket and a clock.

pub(crate) mod admin;
pub(crate) mod admission;
pub(crate) mod bearer;
pub(crate) mod client_ip;
pub(crate) mod first_messages;
pub(crate) mod gate;
pub(crate) mod jwt;
pub(crate) mod limits;
pub(crate) mod origin;
pub(crate) mod own_origin;
pub(crate) mod rate;
mod redis_server;
pub(crate) mod refusal;
pub(crate) mod revoked;
pub(crate) mod secret;
#[cfg_attr(
    not(feature = "redis"),
    path = "security/no_shared.rs",
    expect(clippy::unused_async, reason = "the same calls as with Redis")
)]
mod shared;
pub(crate) mod ticket;
