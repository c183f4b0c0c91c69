//! The shape of every answer.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    REFERRER_POLICY, RETRY_AFTER, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::Route;
use super::speech::{Cut, Sound};
use crate::refusal::{Reason, Refusal};
use crate::security::rate::seconds_up;

/// What an answer holds.
pub(crate) enum Body {
    Whole(Full<Bytes>),
    /// What is still being computed.
    Sound(Sound),
}

impl Default for Body {
    fn default() -> Self {
        Self::Whole(Full::default())
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Self::Sound(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Sound(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Sound(body) => body.size_hint(),
        }
    }
}

/// Where a request id stands, in requests and in answers.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
    if let Some(standing) = refusal.standing {
        standing.write(headers);
    }
    if let Some(access) = &refusal.access {
        access.write(headers);
    }
    if refusal.code == Reason::HeadAmbiguous.code() {
        // What follows on this connection may be somebody else's.
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
    /// What it says to clients, in every protocol.
    pub(crate) fn body(&self) -> Value {
        json!({"error": {"code": self.code, "message": self.message}})
    }
}

/// What browsers are told about every answer: nothing in it is a page.
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
