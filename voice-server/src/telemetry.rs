//! Logs. They hold session ids, lengths, timings and codes; never audio, transcripts or tokens.

use std::io::IsTerminal as _;

use tracing_subscriber::fmt;

use crate::config::{Config, Environment};

pub(crate) fn init(config: &Config) {
    let logs = fmt()
        .with_max_level(config.log_level)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match config.environment {
        Environment::Development => logs.with_target(false).init(),
        Environment::Production => logs.json().init(),
    }
    // The default hook prints the panic's text, which may quote what somebody said.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
