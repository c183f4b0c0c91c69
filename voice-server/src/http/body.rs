//! Bodies of requests: short JSON objects.

use std::time::Duration;

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::refusal::{Reason, Refusal};

/// The longest body of paths that take some words.
pub(super) const SHORT: usize = 16 << 10;

/// Reads a body of at most `max` bytes within `time`; an empty one is an empty object.
pub(super) async fn json<T: DeserializeOwned>(
    body: Incoming,
    max: usize,
    time: Duration,
) -> Result<T, Refusal> {
    let whole = timeout(time, Limited::new(body, max).collect()).await.map_err(|_| Reason::BodyLate)?;
    let bytes = whole
        .map_err(
            |error| if error.is::<LengthLimitError>() { Reason::BodyTooLarge } else { Reason::BodyInvalid },
        )?
        .to_bytes();
    let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
    serde_json::from_slice(text).map_err(|error| {
        let message = format!("the body cannot be read at line {}, column {}", error.line(), error.column());
        Refusal::from(Reason::BodyInvalid).saying(message)
    })
}
