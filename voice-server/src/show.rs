//! `voice-server config` and `voice-server audit verify`: what is in force, and whether the audit log is whole.

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::audit;
use crate::cli::{Audit, AuditAction};
use crate::config::Config;

/// Prints every variable with the value in force, one a line.
pub(crate) fn config(config: &Config) -> ExitCode {
    let mut out = io::stdout().lock();
    for setting in &config.settings {
        let mark = if setting.is_default { "# default: " } else { "" };
        if writeln!(out, "{mark}{}={}", setting.name, setting.value).is_err() {
            return ExitCode::FAILURE;
        }
    }
    for warning in &config.warnings {
        eprintln!("voice-server: {warning}");
    }
    ExitCode::SUCCESS
}

pub(crate) fn audit(arguments: &Audit) -> ExitCode {
    let AuditAction::Verify { file } = &arguments.action;
    match audit::verify(file) {
        Ok(end) => {
            println!("{} entries, whole; the last has the hash {}", end.count, end.hash);
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("voice-server: {problem}");
            ExitCode::FAILURE
        }
    }
}
