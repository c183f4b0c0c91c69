//! HTTP: which path is what, and the shape of every answer.

mod public;

use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use voice_core::{Error, ErrorKind};

use crate::protocol::error_json;
use crate::serve::App;
use crate::ws;

/// When to come back where nobody knows better.
const SOON: Duration = Duration::from_secs(2);

pub(crate) type Body = Full<Bytes>;

pub(crate) fn route(request: Request<Incoming>, app: &Arc<App>) -> Response<Body> {
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    match request.uri().path() {
        // Any path, as in vosk-server: clients and proxies are configured with paths of their own.
        _ if ws::is_upgrade(&request) => ws::upgrade(request, app),
        "/" if is_get => public::service(app),
        "/ws" => {
            let error =
                Error::new(ErrorKind::MessageInvalid, "this path speaks WebSocket; ask for an upgrade");
            let mut response = self::error(StatusCode::UPGRADE_REQUIRED, &error);
            response.headers_mut().insert("upgrade", HeaderValue::from_static("websocket"));
            response
        }
        "/health" if is_get => public::health(app),
        "/" | "/health" => {
            let error = Error::new(ErrorKind::MessageInvalid, "this path takes GET only");
            let mut response = self::error(StatusCode::METHOD_NOT_ALLOWED, &error);
            response.headers_mut().insert("allow", HeaderValue::from_static("GET, HEAD"));
            response
        }
        _ => {
            let error = Error::new(ErrorKind::MessageInvalid, "no such path; see GET / for those there are");
            self::error(StatusCode::NOT_FOUND, &error)
        }
    }
}

pub(crate) fn json(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(crate) fn error(status: StatusCode, error: &Error) -> Response<Body> {
    refusal(status, error, None)
}

/// An error that is over after `next_try`, where that is known.
pub(crate) fn refusal(status: StatusCode, error: &Error, next_try: Option<Duration>) -> Response<Body> {
    tracing::debug!(status = status.as_u16(), code = error.code(), "refused");
    let mut response = json(status, &json!({"error": error_json(error)}));
    let retryable = error.kind().is_retryable().then_some(SOON);
    if let Some(wait) = next_try.or(retryable) {
        let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}
