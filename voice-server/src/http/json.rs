//! Bodies of requests: short JSON objects.

use std::time::Duration;

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::protocol::fields;
use crate::refusal::{Reason, Refusal};

/// The longest body of routes that take a few fields.
pub(super) const MAX_SHORT: usize = 16 << 10;

/// Reads a body of at most `max` bytes within `time`. An empty body is an empty object.
pub(super) async fn read<T: DeserializeOwned>(
    body: Incoming,
    max: usize,
    time: Duration,
) -> Result<T, Refusal> {
    let whole = timeout(time, Limited::new(body, max).collect()).await.map_err(|_| Reason::BodyLate)?;
    let whole = whole.map_err(|error| {
        if error.is::<LengthLimitError>() {
            Refusal::from(Reason::BodyTooLarge)
        } else {
            Refusal::from(Reason::BodyInvalid).saying("the body is truncated, or its chunks are malformed")
        }
    });
    let bytes = whole?.to_bytes();
    parse(if bytes.is_empty() { b"{}" } else { &bytes })
}

fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Refusal> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read =
        serde_path_to_error::deserialize(&mut reader).map_err(|error| fields::describe("the body", &error));
    let read = read.and_then(|value| {
        reader.end().map(|()| value).map_err(|error| fields::malformed("the body", &error))
    });
    read.map_err(|message| Refusal::from(Reason::BodyInvalid).saying(message))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only how it is read matters")]
    struct Wanted {
        jti: String,
        #[serde(default)]
        seconds: u64,
        #[serde(default)]
        scopes: Vec<String>,
    }

    #[test]
    fn wrong_field_is_named_without_its_value() {
        for (body, told) in [
            (r"{}", "the body has a missing field `jti`"),
            (
                r#"{"jti": "a", "jit": 1}"#,
                "the body has an unknown field `jit`, expected one of `jti`, `seconds`, `scopes`",
            ),
            (r#"{"jti": "a", "seconds": "secret"}"#, "seconds: expected a whole number"),
            (r#"{"jti": "a", "seconds": -1}"#, "seconds: expected a whole number"),
            (r#"{"jti": ["secret"]}"#, "jti: expected a string"),
            (r#"{"jti": "a", "scopes": ["x", 7]}"#, "scopes[1]: expected a string"),
            (r#"{"jti": "a", "scopes": 7}"#, "scopes: expected a list"),
            (r#"{"jti": "a", "jti": "b"}"#, "the body has a duplicate field `jti`"),
            (r"7", "the body must be an object"),
            (r#"{"jti": "a"} x"#, "the body cannot be read at line 1, column 14"),
            (r#"{"jti": "a""#, "the body cannot be read at line 1, column 11"),
        ] {
            let refused = parse::<Wanted>(body.as_bytes()).unwrap_err();
            assert_eq!((refused.code, &*refused.message), ("body_invalid", told), "{body}");
        }
    }
}
