//! The status, headers and body of answers.

use hyper::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
    RETRY_AFTER, STRICT_TRANSPORT_SECURITY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::body::Body;
use super::route::Route;
use crate::refusal::{Reason, Refusal};
use crate::security::client::rate::seconds_up;

pub(crate) fn json(status: StatusCode, body: &Value) -> Response<Body> {
    with_type(status, "application/json", body.to_string())
}

pub(super) fn with_type(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::Whole(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = status;
    response
}

pub(crate) fn refusal(refusal: &Refusal, route: Option<Route>) -> Response<Body> {
    let mut response = json(refusal.status, &refusal.body());
    let headers = response.headers_mut();
    if let Some(wait) = refusal.retry_after {
        headers.insert(RETRY_AFTER, seconds_up(wait).max(1).into());
    }
    if let Some(rate_status) = refusal.rate_status {
        rate_status.write(headers);
    }
    if let Some(challenge) = refusal.challenge {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if refusal.code == Reason::HeadAmbiguous.code() {
        // The rest of this connection may belong to another client.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if refusal.code == Reason::UpgradeRequired.code() {
        headers.insert("upgrade", HeaderValue::from_static("websocket"));
    }
    if let Some(route) = route.filter(|_| refusal.status == StatusCode::METHOD_NOT_ALLOWED) {
        let methods: Vec<_> = route.methods().iter().map(hyper::Method::as_str).collect();
        if let Ok(value) = HeaderValue::from_str(&methods.join(", ")) {
            headers.insert(ALLOW, value);
        }
    }
    response
}

impl Refusal {
    /// The JSON of the refusal, for every protocol.
    pub(crate) fn body(&self) -> Value {
        json!({"error": {"code": self.code, "message": self.message}})
    }
}

/// Security headers for every response; none is meant to be rendered.
pub(super) fn harden(response: &mut Response<Body>, encrypted: bool) {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    if encrypted {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::security::client::rate::{RateLimited, RateStatus};
    use crate::security::credentials::jwt::TokenError;

    #[test]
    fn refusal_headers_say_when_to_retry_and_what_to_show() {
        let rate_status = RateStatus { limit: 60, remaining: 0, reset: Duration::from_mins(1) };
        let limited = RateLimited { retry_after: Duration::from_millis(1_200), rate_status };
        let response = refusal(&limited.into(), None);
        assert_eq!(response.headers()["retry-after"], "2");
        assert_eq!(response.headers()["ratelimit-remaining"], "0");
        let response = refusal(&TokenError::Missing.into(), None);
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        assert!(
            !response.headers().contains_key("ratelimit") && !response.headers().contains_key("retry-after")
        );
    }
}
