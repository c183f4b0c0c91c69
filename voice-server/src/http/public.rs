//! What anybody may ask.

use hyper::{Response, StatusCode};
use serde_json::json;
use voice_core::ModelState;

use super::Body;
use crate::serve::App;

/// `GET /`: what this service is and where its doors are.
pub(crate) fn service(app: &App) -> Response<Body> {
    let body = json!({
        "service": "voice-server",
        "version": env!("CARGO_PKG_VERSION"),
        "model": app.engine.health().stt,
        "protocols": {"vosk": ["/", "/ws"]},
        "health": "/health",
    });
    super::json(StatusCode::OK, &body)
}

/// `GET /health`: 200 when sessions can be served, 503 while not.
pub(crate) fn health(app: &App) -> Response<Body> {
    let health = app.engine.health();
    let (status, word) = match health.stt.state {
        ModelState::Ready => (StatusCode::OK, "healthy"),
        ModelState::Loading => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy"),
    };
    let body = json!({
        "status": word,
        "models": health,
        "sessions": {"active": app.sessions.active(), "max": app.sessions.max()},
        "waiting_for_a_thread": app.pool.waiting(),
        "uptime_seconds": app.started.elapsed().as_secs(),
    });
    super::json(status, &body)
}
