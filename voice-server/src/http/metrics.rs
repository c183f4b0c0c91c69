//! `GET /metrics`.

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::{Request, Response, StatusCode};
use voice_core::supervision::{ModelHealth, ModelState};

use super::answer::with_type;
use super::body::Body;
use crate::app::App;
use crate::process;
use crate::refusal::Refusal;
use crate::request::Call;
use crate::security::admission::Sharing;
use crate::store::{Store, StoreHealth};
use crate::telemetry::Reading;

/// The content type of the text format that Prometheus reads, `OpenMetrics` 1.0.
const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) fn text<B>(request: &Request<B>, call: &Call, app: &Arc<App>) -> Result<Response<Body>, Refusal> {
    app.access.admin(request, call, &app.audit)?;
    let health = app.engine.health();
    let (losses, alone) = app.access.losses();
    let mut readings = vec![
        Reading::single("sessions_active", "Open sessions", app.sessions.active() as f64),
        Reading::single("sessions_max", "Maximum of open sessions", app.config.limits.sessions.get() as f64),
        Reading::single("sessions_waiting", "Sessions that wait for a thread", app.pool.waiting() as f64),
        Reading::single("uptime_seconds", "Seconds since the start", app.started.elapsed().as_secs_f64()),
        Reading::single(
            "shared_limits_degraded",
            "1 while limits that should be shared apply to this instance alone",
            f64::from(u8::from(matches!(app.access.sharing(), Sharing::Degraded(_)))),
        ),
        Reading::single("redis_losses", "How often Redis was lost", losses as f64),
        Reading::single(
            "decisions_alone",
            "Decisions that this instance made alone because Redis was lost",
            alone as f64,
        ),
        Reading::single(
            "audit_entries_lost",
            "Entries of the audit log that could not be written to its file",
            app.audit.health().map_or(0, |audit| audit.lost) as f64,
        ),
        states("stt", &health.stt),
        states("tts", &health.tts),
    ];
    let memory = process::memory().map(|bytes| Reading::single("memory_bytes", "Memory held", bytes as f64));
    let files = process::open_files().map(|count| Reading::single("open_files", "Open files", count as f64));
    readings.extend(memory.into_iter().chain(files));
    readings.extend(app.store.as_ref().map(of_interviews).into_iter().flatten());
    // Writing to a string fails only for an invalid metric, which a test would find.
    let text = app.metrics.text(&readings).unwrap_or_default();
    Ok(with_type(StatusCode::OK, TYPE, text))
}

/// What is stored, as it was counted a few seconds ago.
fn of_interviews(store: &Store) -> Vec<Reading> {
    let counts = store.counts();
    let by = |label: &str, counts: &BTreeMap<&'static str, i64>| {
        let series = counts.iter();
        series.map(|(name, count)| (vec![(label.to_owned(), (*name).to_owned())], *count as f64)).collect()
    };
    vec![
        Reading {
            name: "interviews",
            help: "Stored interviews by status",
            series: by("status", &counts.interviews),
        },
        Reading {
            name: "outbox_responses",
            help: "Finished responses that are not at the FHIR server",
            series: by("state", &counts.outbox),
        },
        Reading::single(
            "interviews_unsaved",
            "Interviews whose last change is only in memory, because the database does not answer",
            store.unsaved() as f64,
        ),
        Reading::single(
            "store_available",
            "1 while the database of interviews answers",
            f64::from(u8::from(store.health() == StoreHealth::Ready)),
        ),
    ]
}

/// One series for each model and state, as in Prometheus's enumerations: 1 for the current state.
fn states(task: &str, models: &[ModelHealth]) -> Reading {
    const STATES: [ModelState; 4] =
        [ModelState::Loading, ModelState::Ready, ModelState::Degraded, ModelState::Failed];
    let series = models.iter().flat_map(|model| {
        STATES.map(|state| {
            let labels =
                vec![("model".to_owned(), model.name.clone()), ("state".to_owned(), state.to_string())];
            (labels, f64::from(u8::from(model.state == state)))
        })
    });
    let (name, help) = match task {
        "stt" => ("stt_model_state", "The state of each speech-to-text model"),
        _ => ("tts_model_state", "The state of each voice"),
    };
    Reading { name, help, series: series.collect() }
}
