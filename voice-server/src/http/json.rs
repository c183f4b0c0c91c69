//! Bodies of requests: short JSON objects.

use std::time::Duration;

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

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
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| describe(&error));
    let read = read.and_then(|value| reader.end().map(|()| value).map_err(|error| malformed(&error)));
    read.map_err(|message| Refusal::from(Reason::BodyInvalid).saying(message))
}

/// Describes what is wrong with a body, without quoting its values.
fn describe(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let (path, inner) = (error.path().to_string(), error.inner());
    if !inner.is_data() {
        return malformed(inner);
    }
    let text = inner.to_string();
    let text = text.rsplit_once(" at line ").map_or(&*text, |(text, _)| text);
    // Of the names of fields, only unknown ones are the client's own words.
    if text.starts_with("unknown field") {
        return format!("the body has an {}", shortened(text));
    }
    if text.starts_with("missing field") || text.starts_with("duplicate field") {
        return format!("the body has a {}", shortened(text));
    }
    let expected = text.rsplit_once("expected ").map_or("another type", |(_, expected)| expected);
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        other if other.starts_with("struct") => "an object",
        other => other,
    };
    if path == "." {
        format!("the body must be {expected}")
    } else {
        format!("{}: expected {expected}", shortened(&path))
    }
}

fn malformed(error: &serde_json::Error) -> String {
    format!("the body cannot be read at line {}, column {}", error.line(), error.column())
}

/// At most 200 characters of text from a client.
fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
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
