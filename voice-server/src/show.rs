//! `voice-server config` and `voice-server audit verify`: what is in force, and whether the audit log is whole.

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::audit::{self, AuditKey};
use crate::cli::{Audit, AuditAction};
use crate::config::Config;
use crate::credentials;
use crate::security::secret::Secret;

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

pub(crate) fn audit(config: &Config, arguments: &Audit) -> ExitCode {
    let AuditAction::Verify { file, key_files } = &arguments.action;
    let given = key_files.iter().map(|path| {
        let secret = credentials::from_file(path)?;
        Ok(AuditKey::derive(&Secret::new(secret.into_bytes())))
    });
    let keys: Result<Vec<_>, String> = config.access.audit_key().map(Ok).into_iter().chain(given).collect();
    match keys.and_then(|keys| audit::verify(file, &keys)) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("voice-server: {problem}");
            ExitCode::FAILURE
        }
    }
}
