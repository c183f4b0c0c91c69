//! Who may open sessions, how often, and how many at once. Decisions get all their inputs, including the time, as
//! arguments. Only `shared`, which asks Redis, uses a socket and a clock.

pub(crate) mod admission;
pub(crate) mod client;
pub(crate) mod credentials;
pub(crate) mod refusal;
