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
mod forms;
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
mod store;
mod synthesis;
mod telemetry;
mod ws;

use std::process::ExitCode;

use clap::Parser as _;

use self::cli::Command;
use self::commands::interview;
use self::commands::{completions, doctor, man, models, say, show, transcribe, try_model};
use self::commands::{store as store_command, try_store};
use self::config::Config;

/// A fifth less work than with the system's allocator, most of it in libvosk (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    process::use_small_pages();
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(message) => return output::usage(&message),
    };
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => configured(true, server::run),
        Command::Transcribe(arguments) => configured(false, |config| transcribe::run(&config, &arguments)),
        Command::Say(arguments) => configured(false, |config| say::run(&config, &arguments)),
        Command::Interview(arguments) => configured(false, |config| interview::run(&config, &arguments)),
        Command::Models(arguments) => configured(false, |config| models::run(&config, &arguments)),
        Command::Config => configured(false, |config| show::config(&config)),
        Command::Audit(arguments) => configured(false, |config| show::audit(&config, &arguments)),
        Command::Doctor(arguments) => configured(false, |config| doctor::run(&config, &arguments)),
        Command::TryModel { path } => {
            configured(false, |config| ExitCode::from(try_model::run(&config, &path)))
        }
        Command::Store(arguments) => configured(false, |config| store_command::run(&config, &arguments)),
        Command::TryStore(arguments) => configured(false, |config| try_store::run(&config, &arguments)),
        // The others have neither configuration nor logs.
        Command::Completions { shell } => completions::run(shell),
        Command::Man { folder } => man::run(&folder),
        #[cfg(all(unix, feature = "espeak"))]
        Command::EspeakHelper => ExitCode::from(voice_core::espeak::serve()),
        #[cfg(not(all(unix, feature = "espeak")))]
        Command::EspeakHelper => ExitCode::from(2),
    }
}

/// Runs a command with the configuration of the environment.
fn configured(is_server: bool, run: impl FnOnce(Config) -> ExitCode) -> ExitCode {
    match config::parse_all(&credentials::lookup, credentials::names()) {
        Ok(config) => {
            telemetry::init(&config, is_server);
            run(config)
        }
        Err(problems) => {
            for problem in problems {
                output::complain(format_args!("voice-server: {problem}"));
            }
            ExitCode::from(2)
        }
    }
}
