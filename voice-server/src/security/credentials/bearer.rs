//! The bearer token of an `Authorization` header (RFC 6750).

use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::jwt::TokenError;

/// The token in an `Authorization` header.
pub(crate) fn bearer(value: &HeaderValue) -> Result<&str, TokenError> {
    let text = value.to_str().unwrap_or_default();
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(TokenError::Invalid),
    }
}

/// The one bearer token among the headers.
pub(crate) fn only_bearer(headers: &HeaderMap) -> Result<&str, TokenError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => bearer(value),
        (None, _) => Err(TokenError::Missing),
        (Some(_), Some(_)) => Err(TokenError::Invalid),
    }
}
