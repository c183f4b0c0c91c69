//! `voice-server config` and `voice-server audit verify`.

use std::fmt::Write as _;
use std::process::ExitCode;

use crate::audit::{self, AuditKey};
use crate::cli::{Audit, AuditAction};
use crate::config::{Config, Setting};
use crate::security::credentials::secret::Secret;
use crate::{credentials, locate, output};

/// Prints every variable with the value in force, one per line.
pub(crate) fn config(config: &Config) -> ExitCode {
    let mut shown = String::new();
    for setting in &config.settings {
        let mark = if setting.is_default { "# default: " } else { "" };
        let value = in_force(setting, config);
        let _ = writeln!(shown, "{mark}{}={value}", setting.name);
    }
    if let Err(error) = output::write(shown.as_bytes()) {
        return output::failure(&error);
    }
    for warning in &config.warnings {
        output::complain(format_args!("voice-server: {warning}"));
    }
    ExitCode::SUCCESS
}

/// The value of a setting; for a path that is not set, the default path.
fn in_force(setting: &Setting, config: &Config) -> String {
    let models = || config.store.folder.clone().or_else(locate::data_models).unwrap_or_default();
    let path = match setting.name {
        _ if !setting.value.is_empty() => return setting.value.clone(),
        "VOSK_MODEL_PATH" => locate::default_model(),
        "VOICE_MODELS_DIR" | "TTS_HOME" => models(),
        _ => return String::new(),
    };
    path.display().to_string()
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
            output::line(report).map_or_else(|error| output::failure(&error), |()| ExitCode::SUCCESS)
        }
        Err(problem) => {
            output::complain(format_args!("voice-server: {problem}"));
            ExitCode::FAILURE
        }
    }
}
