//! The messages that clients get for errors. A fault of the server's own machine is described in general words. Its
//! paths, its addresses and the messages of its engines are for the operator, in the log and at `/admin/health`.

use std::borrow::Cow;

use voice_core::{Error, ErrorKind};

/// The message of an error for clients.
pub(crate) fn client_message(error: &Error) -> Cow<'static, str> {
    let message = error.to_string();
    match summary(error.kind()) {
        // Messages about what the client sent may say more, such as the names of the voices.
        Some(_) if error.kind() == ErrorKind::ModelNotFound && !message.contains(['/', '\\']) => {
            message.into()
        }
        Some(summary) => summary.into(),
        None => message.into(),
    }
}

/// The message for a code, as `/health` shows it.
pub(crate) fn reason(code: &str) -> &'static str {
    ErrorKind::from_code(code).and_then(summary).unwrap_or("see the code in docs/errors.md")
}

/// `None` for errors that the client causes, or may know in full.
fn summary(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::ModelNotFound => "the model is missing; its name or folder is configured wrongly",
        ErrorKind::ModelIncomplete => "a file of the model is missing",
        ErrorKind::ModelInvalid => "the model is damaged, or this server cannot use it",
        ErrorKind::ModelUnreadable => "a file of the model cannot be read",
        ErrorKind::ModelLoadFailed => "the engine refused the model",
        ErrorKind::ModelStuck => "the model does not answer and is being reloaded; try again later",
        ErrorKind::ModelFallback => {
            "the model failed; another one recognizes this utterance and the following ones"
        }
        ErrorKind::MemoryInsufficient => "the server has less memory than the model needs",
        ErrorKind::ManifestInvalid => "the server's list of models cannot be read",
        ErrorKind::Offline => "the model is missing, and downloads are switched off",
        ErrorKind::DownloadFailed => "the model's download was interrupted; it is retried",
        ErrorKind::DownloadRefused => "the model's download was refused",
        ErrorKind::DownloadMismatch => "the downloaded file is not the model",
        ErrorKind::ArchiveInvalid => "the model's archive is damaged",
        ErrorKind::DiskFull => "the server's disk is full",
        ErrorKind::StoreUnwritable => "the server's folder of models cannot be written",
        ErrorKind::ModelNotRemovable => "the server's store may not remove the model",
        ErrorKind::EngineUnavailable => "the engine is not installed on the server",
        ErrorKind::EngineFailed => "the engine failed; the utterance is lost, try again",
        ErrorKind::StorageUnavailable => {
            "the store of answers does not answer; what was answered is held in memory and saved later"
        }
        ErrorKind::Io => "a file of the server cannot be read or written",
        ErrorKind::Internal => "a fault of the server; its log says more",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_faults_are_described_in_general_words() {
        let told = |kind, message: &str| client_message(&Error::new(kind, message)).into_owned();
        for kind in ErrorKind::ALL {
            let is_private = summary(*kind).is_some();
            let message = told(*kind, "ASSERTION_FAILED (VoskAPI:Read():x.cc:14) in /srv/models/clinic");
            assert_eq!(is_private, !message.contains("/srv"), "{}", kind.code());
            // Each of these names a file, a library or the engine.
            let of_machine = ["model_", "download_", "engine_", "archive", "disk", "store", "io", "internal"];
            let of_machine = of_machine.iter().any(|prefix| kind.code().starts_with(prefix));
            assert!(is_private || !of_machine || *kind == ErrorKind::ModelLoading, "{}", kind.code());
        }
        assert_eq!(
            told(ErrorKind::ModelNotFound, "no voice is called x; there are a, b"),
            "no voice is called x; there are a, b"
        );
        assert_eq!(
            told(ErrorKind::OptionInvalid, "speed is 9; give 0.25 to 4"),
            "speed is 9; give 0.25 to 4"
        );
    }
}
