//! The voice engine as a server and on the command line.

// They panic if standard output is closed; `output` does not.
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr))]

mod access;
mod app;
mod audit;
mod cli;
mod client_message;
mod commands;
mod config;
mod connections;
mod credentials;
mod digest;
mod engine_config;
mod http;
mod lexicon;
mod locate;
mod output;
mod process;
mod protocol;
mod refusal;
mod request;
mod security;
mod server;
mod sessions;
mod synthesis;
mod telemetry;
mod ws;

use std::process::ExitCode;

use clap::Parser as _;

use self::commands::{doctor, models, say, show, transcribe, try_model};

/// A fifth less work than with the system's allocator, most of it in libvosk (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    process::use_small_pages();
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(message) => return output::usage(&message),
    };
    #[cfg(all(unix, feature = "espeak"))]
    if matches!(arguments.command, Some(cli::Command::EspeakHelper)) {
        // The helper has neither configuration nor logs.
        return ExitCode::from(voice_core::espeak::serve());
    }
    let config = match config::parse_all(&credentials::lookup, credentials::names()) {
        Ok(config) => config,
        Err(problems) => {
            for problem in problems {
                output::complain(format_args!("voice-server: {problem}"));
            }
            return ExitCode::from(2);
        }
    };
    let command = arguments.command.unwrap_or(cli::Command::Serve);
    telemetry::init(&config, matches!(command, cli::Command::Serve));
    match command {
        cli::Command::Serve => server::run(config),
        cli::Command::Transcribe(arguments) => transcribe::run(&config, &arguments),
        cli::Command::Say(arguments) => say::run(&config, &arguments),
        cli::Command::Models(arguments) => models::run(&config, &arguments),
        cli::Command::Config => show::config(&config),
        cli::Command::Audit(arguments) => show::audit(&config, &arguments),
        cli::Command::Doctor(arguments) => doctor::run(&config, &arguments),
        cli::Command::EspeakHelper => ExitCode::from(2),
        cli::Command::TryModel { path } => ExitCode::from(try_model::run(&config, &path)),
    }
}
