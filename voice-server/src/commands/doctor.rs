//! `voice-server doctor`: the deployment checklist, row by row, against a running server.
//!
//! The doctor connects as an outside client, changes nothing, and leaves only log lines on the server. Every wait has
//! an end: a row takes a few answers, each at most as long as `--timeout`. The doctor follows no redirect, and sends
//! the secret unencrypted to this machine only.

mod admin;
mod checklist;
mod client;
mod destination;
mod outcome;
mod own;
mod public;
mod socket;
mod target;
#[cfg(test)]
mod tests;
mod tokens;
mod visit;
mod websocket;

use std::process::ExitCode;
use std::time::Duration;

use crate::cli::Doctor;
use crate::config::Config;
use crate::{credentials, output};
use client::Client;
use destination::Destination;
use target::Target;
use visit::Visit;

pub(crate) fn run(config: &Config, arguments: &Doctor) -> ExitCode {
    match examine(config, arguments) {
        Ok((text, is_well)) => match output::write(text.as_bytes()) {
            Ok(()) if is_well => ExitCode::SUCCESS,
            Ok(()) => ExitCode::FAILURE,
            Err(error) => output::failure(&error),
        },
        Err(problem) => {
            output::complain(format_args!("voice-server: {problem}"));
            ExitCode::from(2)
        }
    }
}

/// The report, and whether the server has no failure. An error if the examination cannot begin.
fn examine(config: &Config, arguments: &Doctor) -> Result<(String, bool), String> {
    let target = match &arguments.url {
        Some(url) => Target::parse(url)?,
        None => Target::own(config.address, config.access.tls.is_some()),
    };
    let secret = arguments.admin_secret_file.as_deref().map(credentials::from_file).transpose()?;
    let time_limit = Duration::from_secs(arguments.timeout);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?;
    let destination = runtime.block_on(Destination::resolve(target, time_limit));
    if secret.is_some()
        && let Err(refusal) = destination.check_confidential()
    {
        output::complain(format_args!("voice-server: {refusal}"));
        return Ok((String::new(), false));
    }
    let client = Client::new(destination, config.store.root_certificate.as_deref(), time_limit)?;
    if arguments.health {
        return Ok(runtime.block_on(is_healthy(&client)));
    }
    let report = runtime.block_on(checklist::examine(Visit::new(client, secret.as_deref())));
    let text = if arguments.json { format!("{:#}\n", report.json()) } else { report.table() };
    Ok((text, report.failures() == 0))
}

/// The health check of a container.
async fn is_healthy(client: &Client) -> (String, bool) {
    match client.get("/health", &[]).await {
        Ok(answer) => (format!("{}\n", answer.status), answer.status.is_success()),
        Err(failure) => (format!("{failure}\n"), false),
    }
}
