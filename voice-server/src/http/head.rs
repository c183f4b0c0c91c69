//! What a head must not be, although it can be read: hyper sees to the framing, and to nothing else.

use hyper::header::{HOST, HeaderName, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION};
use hyper::{Request, Version};

/// Lines that two programs on the way might take from different places.
const SINGLE: [HeaderName; 3] = [HOST, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION];

/// Whether the head can be read in two ways, or lacks its host (RFC 9112, 3.2; RFC 6455, 4.1).
pub(crate) fn is_ambiguous<B>(request: &Request<B>) -> bool {
    let count = |name: &HeaderName| request.headers().get_all(name).iter().count();
    // HTTP/2 has a field of its own for the host, and HTTP/1.0 none.
    let lacks_host = request.version() == Version::HTTP_11 && count(&HOST) == 0;
    lacks_host || SINGLE.iter().any(|name| count(name) > 1)
}
