//! What anybody may ask.

use hyper::{Response, StatusCode};
use serde_json::json;
use voice_core::Status;

use super::Body;
use crate::serve::App;

/// `GET /`: what this service is and where its doors are.
pub(crate) fn service(app: &App) -> Response<Body> {
    let models = app.engine.health().stt;
    let body = json!({
        "service": "voice-server",
        "version": env!("CARGO_PKG_VERSION"),
        "model": models.iter().find(|model| model.in_use),
        "protocols": {"vosk": ["/", "/ws"]},
        "health": "/health",
    });
    super::json(StatusCode::OK, &body)
}

/// `GET /health`: 200 when sessions can be served, 503 while not.
pub(crate) fn health(app: &App) -> Response<Body> {
    let health = app.engine.health();
    let status = match health.status {
        Status::Healthy | Status::Degraded => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = json!({
        "status": health.status,
        "models": {"stt": health.stt},
        "sessions": {"active": app.sessions.active(), "max": app.sessions.max()},
        "waiting_for_a_thread": app.pool.waiting(),
        "uptime_seconds": app.started.elapsed().as_secs(),
    });
    super::json(status, &body)
}
