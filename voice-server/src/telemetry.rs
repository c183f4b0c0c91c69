//! Logs. They hold session ids, lengths, timings and codes; never audio, transcripts or tokens.

mod dialogs;
mod labels;
mod metrics;
mod store;
#[cfg_attr(
    not(feature = "otel"),
    path = "telemetry/no_traces.rs",
    expect(clippy::unused_self, reason = "the same calls as with traces")
)]
mod traces;

use std::io::IsTerminal as _;

use hyper::header::{HeaderMap, HeaderName};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt, registry};

pub(crate) use self::metrics::{Metrics, Reading};
pub(crate) use self::store::StoreMetrics;
pub(crate) use self::traces::{SessionSpan, Traces};
use crate::config::{Config, Environment};

/// The headers that name the trace of a request.
pub(crate) fn trace(headers: &HeaderMap) -> HeaderMap {
    let of = |name| headers.get(name).map(|value| (HeaderName::from_static(name), value.clone()));
    ["traceparent", "tracestate"].into_iter().filter_map(of).collect()
}

/// Commands log errors only, unless `LOG_LEVEL` asks for more.
pub(crate) fn init(config: &Config, is_server: bool) {
    let asked = config.settings.iter().any(|setting| setting.name == "LOG_LEVEL" && !setting.is_default);
    let level = if is_server || asked { config.log_level } else { Level::WARN };
    let logs = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // Otherwise it would also write to standard error, and panic if that is closed.
        .log_internal_errors(false);
    let logs = match config.environment {
        Environment::Development => logs.with_target(false).boxed(),
        Environment::Production => logs.json().boxed(),
    };
    registry().with(logs.with_filter(targets(level))).init();
    // The default hook prints the message of the panic, which may quote speech.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}

/// Libraries log from WARN up only, whatever the level is, because some print their data below it. `h2` logs from ERROR
/// up, because it warns about single frames, of which a client may send any number. The audit log is logged at every
/// level, because without a file it is nowhere else.
fn targets(level: Level) -> Targets {
    Targets::new()
        .with_default(level.min(Level::WARN))
        .with_target("h2", level.min(Level::ERROR))
        .with_target("voice_server", level)
        .with_target("voice_server::audit", level.max(Level::INFO))
        .with_target("voice_core", level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_log_no_details() {
        let targets = targets(Level::TRACE);
        assert!(targets.would_enable("voice_server::serve", &Level::TRACE));
        assert!(targets.would_enable("hyper", &Level::WARN));
        assert!(!targets.would_enable("h2::proto::ping_pong", &Level::WARN), "a line for a frame");
        assert!(!targets.would_enable("tungstenite::protocol", &Level::INFO));
        let quiet = self::targets(Level::ERROR);
        assert!(
            !quiet.would_enable("hyper", &Level::WARN) && !quiet.would_enable("voice_server", &Level::INFO)
        );
        assert!(quiet.would_enable("voice_server::audit", &Level::INFO));
    }
}
