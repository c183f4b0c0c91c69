//! What is known about the client of a request: its address, the origin of its page, the rate of its address.

pub(crate) mod client_ip;
pub(crate) mod origin;
pub(crate) mod own_origin;
pub(crate) mod rate;
