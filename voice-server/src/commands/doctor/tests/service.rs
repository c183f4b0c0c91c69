//! A service with one fault, which the doctor must find.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, ORIGIN, SEC_WEBSOCKET_EXTENSIONS};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::create_response;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

pub(super) const SECRET: &str = "of the stand-in, which guards nothing";

/// A fault of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    RootIsAPage,
    NoVersion,
    NotLive,
    NotReady,
    Degraded,
    ModelFailed,
    PlainErrors,
    NoHeaders,
    NoRequestId,
    BasicIsSilent,
    BasicIsHidden,
    BasicIsRefused,
    Compresses,
    AnyOrigin,
    AnyReader,
    AdminIsAPage,
    NoLimits,
    TrustsTooMany,
    TrustsTooFew,
    OpenMetrics,
    AnySecret,
    OpenSecure,
    NoRateHeaders,
    NoTokens,
    AnyToken,
    ReusableTickets,
    ImmortalSessions,
    ImmortalTokens,
}

type Body = Full<Bytes>;

struct Service {
    fault: Option<Fault>,
    /// When each token expires.
    tokens: Mutex<HashMap<String, Instant>>,
    tickets: Mutex<HashSet<String>>,
}

/// Starts it on a free loopback port; it ends with the runtime.
pub(super) async fn start(fault: Option<Fault>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = Arc::new(Service { fault, tokens: Mutex::default(), tickets: Mutex::default() });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = Arc::clone(&service);
            tokio::spawn(async move {
                let answer = service_fn(move |request| {
                    let service = Arc::clone(&service);
                    async move { Ok::<_, Infallible>(service.answer(request).await) }
                });
                let http = hyper::server::conn::http1::Builder::new();
                let _ = http.serve_connection(TokioIo::new(stream), answer).with_upgrades().await;
            });
        }
    });
    address
}

fn json(status: u16, body: &Value) -> Response<Body> {
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response.headers_mut().insert("content-type", "application/json".parse().unwrap());
    response
}

fn refusal(status: u16, code: &str) -> Response<Body> {
    json(status, &json!({"error": {"code": code, "message": "No."}}))
}

impl Service {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    async fn answer(&self, mut request: Request<Incoming>) -> Response<Body> {
        let id = request.headers().get("x-request-id").cloned();
        let mut response = if request.headers().contains_key("upgrade") {
            self.upgrade(&mut request)
        } else {
            self.route(request).await
        };
        let headers = response.headers_mut();
        if !self.has(Fault::NoHeaders) {
            headers.insert("cache-control", "no-store".parse().unwrap());
            headers.insert("x-content-type-options", "nosniff".parse().unwrap());
        }
        if let Some(id) = id.filter(|_| !self.has(Fault::NoRequestId)) {
            headers.insert("x-request-id", id);
        }
        if self.has(Fault::AnyReader) {
            headers.insert("access-control-allow-origin", "*".parse().unwrap());
        }
        if !self.has(Fault::NoRateHeaders) {
            headers.insert("ratelimit", "\"default\";r=59;t=1".parse().unwrap());
        }
        response
    }

    async fn route(&self, request: Request<Incoming>) -> Response<Body> {
        let ok = |body: &Value| json(200, body);
        let authorization = bearer(&request);
        let admin =
            authorization.as_deref().is_some_and(|given| given == SECRET || self.has(Fault::AnySecret));
        let method = request.method().clone();
        match (method, request.uri().path()) {
            (_, "/") if self.has(Fault::RootIsAPage) => Response::new(Full::from("<h1>Welcome!</h1>")),
            (_, "/") => {
                let paths = if self.has(Fault::BasicIsHidden) { json!([]) } else { json!(["/", "/ws"]) };
                let version =
                    if self.has(Fault::NoVersion) { Value::Null } else { json!(env!("CARGO_PKG_VERSION")) };
                ok(&json!({"service": "voice-server", "version": version, "protocols": {"vosk": paths}}))
            }
            (_, "/livez") if !self.has(Fault::NotLive) => ok(&json!({"status": "live"})),
            (_, "/readyz") if !self.has(Fault::NotReady) => ok(&json!({"status": "ready"})),
            (_, "/health") => self.health(),
            (_, "/admin/health" | "/admin/sessions") | (Method::POST, "/auth/token") if !admin => {
                refusal(401, "secret_invalid")
            }
            (_, "/metrics") if !admin && !self.has(Fault::OpenMetrics) => refusal(401, "secret_invalid"),
            (_, "/metrics") => Response::new(Full::from("# TYPE sessions gauge\nsessions 0\n")),
            (_, "/admin/health") if self.has(Fault::AdminIsAPage) => {
                Response::new(Full::from("<h1>Admin</h1>"))
            }
            (_, "/admin/health") if self.has(Fault::NoLimits) => ok(&json!({"versions": {}})),
            (_, "/admin/health") => ok(&self.admin_health(&request)),
            (_, "/admin/sessions") => ok(&json!([])),
            (Method::POST, "/auth/token") if self.has(Fault::NoTokens) => refusal(500, "internal"),
            (Method::POST, "/auth/token") => self.issue(request).await,
            (Method::POST, "/auth/ticket") if self.knows(authorization.as_deref()) => {
                let mut tickets = self.tickets.lock().unwrap();
                let ticket = format!("ticket-{}", tickets.len());
                tickets.insert(ticket.clone());
                ok(&json!({"ticket": ticket}))
            }
            _ if self.has(Fault::PlainErrors) => {
                let mut response = Response::new(Full::from("not found"));
                *response.status_mut() = StatusCode::NOT_FOUND;
                response
            }
            _ => refusal(404, "message_invalid"),
        }
    }

    /// As with one proxy in front, which adds an entry.
    fn admin_health(&self, request: &Request<Incoming>) -> Value {
        let written = request.headers().get("x-forwarded-for").map_or("", |value| value.to_str().unwrap());
        let written =
            written.split(", ").filter_map(|entry| Some(format!("{}.0/24", entry.rsplit_once('.')?.0)));
        let entries: Vec<_> = written.chain(["203.0.113.0/24".to_owned()]).collect();
        let trusted: usize = match self.fault {
            Some(Fault::TrustsTooMany) => 2,
            Some(Fault::TrustsTooFew) => 0,
            _ => 1,
        };
        json!({
            "versions": {},
            "limits": {"sessions": 10},
            "client": {"network": "203.0.113.0/24", "forwarded_for": entries, "trusted_proxies": trusted},
        })
    }

    fn health(&self) -> Response<Body> {
        let model = |state: &str| json!({"name": "stand-in", "state": state, "in_use": state == "ready"});
        let (code, word, models) = match self.fault {
            Some(Fault::ModelFailed) => (503, "unhealthy", vec![model("failed")]),
            Some(Fault::Degraded) => (200, "degraded", vec![model("failed"), model("ready")]),
            _ => (200, "healthy", vec![model("ready")]),
        };
        json(code, &json!({"status": word, "models": {"stt": models}}))
    }

    async fn issue(&self, request: Request<Incoming>) -> Response<Body> {
        let body = http_body_util::BodyExt::collect(request.into_body()).await.unwrap().to_bytes();
        let wish: Value = serde_json::from_slice(&body).unwrap_or_default();
        let lifetime = Duration::from_secs(wish["lifetime_seconds"].as_u64().unwrap());
        let mut tokens = self.tokens.lock().unwrap();
        let token = format!("head.claims.signature{}", tokens.len());
        tokens.insert(token.clone(), Instant::now() + lifetime);
        json(200, &json!({"token": token}))
    }

    /// Whether a token is known and not expired.
    fn knows(&self, token: Option<&str>) -> bool {
        token.is_some_and(|token| match self.tokens.lock().unwrap().get(token) {
            Some(end) => *end > Instant::now() || self.has(Fault::ImmortalTokens),
            None => self.has(Fault::AnyToken),
        })
    }

    fn upgrade(&self, request: &mut Request<Incoming>) -> Response<Body> {
        let secured = request.uri().path().contains("/secure");
        if request.headers().contains_key(ORIGIN) && !self.has(Fault::AnyOrigin) {
            return refusal(403, "origin_forbidden");
        }
        if !secured && self.has(Fault::BasicIsRefused) {
            return refusal(503, "model_loading");
        }
        let token = bearer(request);
        if secured && !self.opens(request, token.as_deref()) {
            return refusal(401, "token_invalid");
        }
        let mut handshake = Request::new(());
        handshake.headers_mut().clone_from(request.headers());
        let mut response = create_response(&handshake).unwrap().map(|()| Body::default());
        if self.has(Fault::Compresses) && request.headers().contains_key(SEC_WEBSOCKET_EXTENSIONS) {
            response.headers_mut().insert(SEC_WEBSOCKET_EXTENSIONS, "permessage-deflate".parse().unwrap());
        }
        let end = token.and_then(|token| self.tokens.lock().unwrap().get(&token).copied());
        let end = end.filter(|_| !self.has(Fault::ImmortalSessions));
        let is_silent = !secured && self.has(Fault::BasicIsSilent);
        let upgraded = hyper::upgrade::on(request);
        tokio::spawn(async move {
            let io = TokioIo::new(upgraded.await.unwrap());
            converse(WebSocketStream::from_raw_socket(io, Role::Server, None).await, end, is_silent).await;
        });
        response
    }

    fn opens(&self, request: &Request<Incoming>, token: Option<&str>) -> bool {
        let query = request.uri().query().unwrap_or_default();
        if let Some(ticket) = query.strip_prefix("ticket=") {
            let mut tickets = self.tickets.lock().unwrap();
            return tickets.contains(ticket) && (self.has(Fault::ReusableTickets) || tickets.remove(ticket));
        }
        (token.is_none() && self.has(Fault::OpenSecure)) || self.knows(token)
    }
}

fn bearer(request: &Request<Incoming>) -> Option<String> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::to_owned)
}

type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

async fn converse(mut socket: Socket, end: Option<Instant>, is_silent: bool) {
    let end = end.unwrap_or_else(|| Instant::now() + Duration::from_hours(1));
    loop {
        let Ok(message) = timeout_at(end, socket.next()).await else {
            let frame = CloseFrame { code: CloseCode::Policy, reason: "token_expired".into() };
            let _ = socket.close(Some(frame)).await;
            while let Some(Ok(_)) = socket.next().await {}
            return;
        };
        match message {
            Some(Ok(Message::Binary(_))) if !is_silent => {
                let _ = socket.send(Message::text(r#"{"partial": ""}"#)).await;
            }
            Some(Ok(Message::Text(text))) if text.contains("eof") => {
                let _ = socket.send(Message::text(r#"{"text": ""}"#)).await;
                let _ = socket.close(None).await;
            }
            Some(Ok(_)) => {}
            _ => return,
        }
    }
}
