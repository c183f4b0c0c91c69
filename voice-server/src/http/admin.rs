//! The routes that need the admin secret.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};
use voice_core::report;

use super::answer::json;
use super::body::Body;
use crate::app::App;
use crate::audit::{Action, Details};
use crate::process;
use crate::refusal::{Reason, Refusal};
use crate::request::Call;
use crate::security::client::client_ip::ClientIp;

/// How long `POST /admin/models/reload` waits before it answers that models are still loading.
const RELOAD_TIMEOUT: Duration = Duration::from_mins(2);

/// `GET /admin/sessions`: the open sessions, oldest first.
pub(super) fn sessions<B>(
    request: &Request<B>,
    call: &Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    app.access.admin(request, call, &app.audit)?;
    app.audit.record(Action::SessionsListed, call.by_admin());
    let sessions: Vec<_> = app
        .sessions
        .all()
        .iter()
        .map(|session| {
            let mut shown = json!(*session.info());
            shown["id"] = session.id.into();
            shown["seconds"] = session.opened().elapsed().as_secs().into();
            shown["bytes"] = session.bytes().into();
            shown
        })
        .collect();
    Ok(json(StatusCode::OK, &json!({"sessions": sessions})))
}

/// `DELETE /admin/sessions/{id}`: ends a session at once.
pub(super) fn end_session<B>(
    request: &Request<B>,
    id: u64,
    call: &Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    app.access.admin(request, call, &app.audit)?;
    if !app.sessions.end(id, Reason::SessionClosed) {
        return Err(Reason::SessionUnknown.into());
    }
    app.audit.record(Action::SessionClosed, Details { session: Some(id), ..call.by_admin() });
    Ok(json(StatusCode::OK, &json!({"ended": id})))
}

/// `GET /admin/health`: the state of the server in full.
pub(super) fn health<B>(
    request: &Request<B>,
    call: &Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    app.access.admin(request, call, &app.audit)?;
    app.audit.record(Action::HealthRead, call.by_admin());
    let health = app.engine.health();
    let limits = &app.config.limits;
    let refusals: serde_json::Map<String, Value> =
        app.metrics.refusals().into_iter().map(|(code, count)| (code.to_owned(), count.into())).collect();
    let body = json!({
        "status": health.status,
        "models": {"stt": health.stt, "tts": health.tts},
        "limits": {
            "sessions": limits.sessions,
            "sessions_per_ip": limits.sessions_per_address,
            "sessions_per_subject": limits.sessions_per_subject,
            "requests_per_minute": limits.requests_per_minute,
            "connections": limits.connections,
            "connections_per_ip": limits.connections_per_address,
            "reserved_sessions": limits.reserved_sessions,
            "session_seconds": limits.session.as_secs(),
            "idle_seconds": limits.idle.as_secs(),
            "shared": app.access.sharing().word(),
        },
        // Shown as networks, as in logs: the addresses that proxies wrote, and the client that results.
        "client": {
            "network": call.client.to_string(),
            "forwarded_for": ClientIp::forwarded(request.headers())
                .iter()
                .map(|entry| entry.map(|entry| entry.to_string()))
                .collect::<Vec<_>>(),
            "trusted_proxies": app.config.access.trusted_proxies,
        },
        "sessions": app.sessions.active(),
        "connections": app.metrics.connections.open.get(),
        "refusals": refusals,
        "queues": {"sessions_waiting_for_a_thread": app.pool.waiting(), "threads": app.config.threads},
        "memory_bytes": process::memory(),
        "open_files": process::open_files(),
        "uptime_seconds": app.started.elapsed().as_secs(),
        "versions": {
            "voice_server": env!("CARGO_PKG_VERSION"),
            "target": format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        },
    });
    Ok(json(StatusCode::OK, &body))
}

/// `POST /admin/models/reload`: reloads every model. If one fails, the old model stays in use.
pub(super) async fn reload<B>(
    request: &Request<B>,
    call: &Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    app.access.admin(request, call, &app.audit)?;
    // Runs in a separate task: a client that disconnects ends its own task, but the reload continues and must be
    // recorded.
    let reloaded = tokio::spawn(reload_models(call.clone(), Arc::clone(app)));
    let Reloaded { models, known, all_well } = reloaded.await.unwrap_or_default();
    let status = if all_well { StatusCode::OK } else { StatusCode::MULTI_STATUS };
    Ok(json(status, &json!({"models": models, "still_loading": !known})))
}

/// The outcome of a reload; by default unknown.
#[derive(Default)]
struct Reloaded {
    models: Vec<Value>,
    /// Every model has loaded or failed.
    known: bool,
    all_well: bool,
}

async fn reload_models(call: Call, app: Arc<App>) -> Reloaded {
    tracing::info!(request = call.id, "reloading the models");
    let outcomes = app.supervisor.reload();
    // The outcomes arrive on a blocking channel.
    let collected = tokio::task::spawn_blocking(move || {
        let deadline = Instant::now() + RELOAD_TIMEOUT;
        let mut models = Vec::new();
        loop {
            match outcomes.recv_deadline(deadline) {
                Ok((name, Ok(()))) => models.push(json!({"name": name, "outcome": "ok"})),
                Ok((name, Err(error))) => {
                    let reason = report(&error);
                    models.push(json!({"name": name, "outcome": error.code(), "reason": reason}));
                }
                Err(ended) => {
                    let known = !ended.is_timeout();
                    let all_well = known && models.iter().all(|model| model["outcome"] == "ok");
                    return Reloaded { models, known, all_well };
                }
            }
        }
    });
    let reloaded = collected.await.unwrap_or_default();
    let outcome = if reloaded.all_well { "ok" } else { "model_load_failed" };
    app.audit.record(Action::ModelsReloaded, Details { outcome: outcome.to_owned(), ..call.by_admin() });
    reloaded
}
