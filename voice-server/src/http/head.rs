//! Checks of a request head that hyper does not make. hyper checks the framing only.

use hyper::header::{HOST, HeaderName, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION};
use hyper::{Request, Version};

/// Fields of which two programs might use different occurrences.
const SINGLE: [HeaderName; 3] = [HOST, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION];

/// Whether the head is ambiguous, or lacks its host (RFC 9112, 3.2; RFC 6455, 4.1).
pub(crate) fn is_ambiguous<B>(request: &Request<B>) -> bool {
    let count = |name: &HeaderName| request.headers().get_all(name).iter().count();
    // HTTP/2 has a pseudo-header for the host, and HTTP/1.0 has none.
    let lacks_host = request.version() == Version::HTTP_11 && count(&HOST) == 0;
    lacks_host || SINGLE.iter().any(|name| count(name) > 1)
}
