//! The routes that need neither token nor secret.

use hyper::{Response, StatusCode};
use serde_json::json;
use voice_core::supervision::ModelHealth;
use voice_core::{ErrorKind, Health, Status};

use super::answer::json;
use super::body::Body;
use super::route::Route;
use crate::app::App;
use crate::client_message::reason;
use crate::refusal::{Reason, Refusal};
use crate::security::admission::Sharing;

/// `GET /`: describes this service and its routes.
pub(super) fn service(app: &App) -> Response<Body> {
    let Health { stt, tts, .. } = app.engine.health();
    let used = |models: &[ModelHealth]| models.iter().find(|model| model.in_use).cloned();
    let access = &app.config.access;
    let basic: &[&str] = if access.basic { &["/", "/ws"] } else { &[] };
    let secure: &[&str] = if access.tokens.is_some() { &["/secure", "/ws/secure"] } else { &[] };
    let body = json!({
        "service": "voice-server",
        "version": env!("CARGO_PKG_VERSION"),
        "model": used(&stt).map(general),
        "voice": used(&tts).map(general),
        "protocols": {"vosk": basic, "vosk_with_token": secure, "openai": [Route::Speech.name()]},
        "health": "/health",
    });
    json(StatusCode::OK, &body)
}

/// The health of a model for everyone, with a general reason. `/admin/health` has the full reason.
fn general(model: ModelHealth) -> ModelHealth {
    ModelHealth { reason: model.code.map(|code| reason(code).to_owned()), ..model }
}

/// `GET /health`: 200 if sessions can be served, otherwise 503.
pub(super) fn health(app: &App) -> Response<Body> {
    let health = app.engine.health();
    let sharing = app.access.sharing();
    let audit = app.audit.health();
    let interviews = interviews(app);
    let (status, word) = match health.status {
        Status::Healthy
            if matches!(sharing, Sharing::Degraded(_))
                || audit.is_some_and(|audit| audit.failing)
                || interviews == Some("unavailable") =>
        {
            (StatusCode::OK, Status::Degraded)
        }
        Status::Healthy | Status::Degraded => (StatusCode::OK, health.status),
        _ => (StatusCode::SERVICE_UNAVAILABLE, health.status),
    };
    let mut body = json!({
        "status": word,
        "models": {
            "stt": health.stt.into_iter().map(general).collect::<Vec<_>>(),
            "tts": health.tts.into_iter().map(general).collect::<Vec<_>>(),
        },
        "sessions": {"active": app.sessions.active(), "max": app.config.limits.sessions},
        "waiting_for_a_thread": app.pool.waiting(),
        "uptime_seconds": app.started.elapsed().as_secs(),
    });
    if sharing != Sharing::Alone {
        body["shared_limits"] = sharing.word().into();
    }
    if let Some(state) = interviews {
        body["interviews"] = state.into();
    }
    if let Some(audit) = audit {
        body["audit_log"] =
            json!({"state": if audit.failing { "failing" } else { "ok" }, "entries_lost": audit.lost});
    }
    json(status, &body)
}

/// The state of the store of interviews; `None` if there is none.
fn interviews(app: &App) -> Option<&'static str> {
    app.store.as_ref().map(|store| store.health().word())
}

/// `GET /livez`: the process answers. Liveness only: nothing else is fixed by a restart.
pub(super) fn alive() -> Response<Body> {
    json(StatusCode::OK, &json!({"status": "alive"}))
}

/// `GET /readyz`: whether new clients should be sent to this instance.
pub(super) fn ready(app: &App) -> Result<Response<Body>, Refusal> {
    if *app.shutdown.borrow() {
        return Err(Reason::Stopping.into());
    }
    match app.engine.stt_models(None) {
        Ok(_) => Ok(json(StatusCode::OK, &json!({"status": "ready"}))),
        Err(error) => {
            let next_try = app.engine.next_try().filter(|_| error.kind() != ErrorKind::ModelLoading);
            Err(Refusal::unavailable(&error, next_try))
        }
    }
}
