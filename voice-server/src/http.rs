//! HTTP: which path is what, and the shape of every answer.

mod public;

use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use voice_core::{Error, ErrorKind};

use crate::protocol::error_json;
use crate::serve::App;
use crate::ws;

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
    tracing::debug!(status = status.as_u16(), code = error.code(), "refused");
    let mut response = json(status, &json!({"error": error_json(error)}));
    if error.kind().is_retryable() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}
