//! The folders of models that need no configuration.

use std::path::PathBuf;

use etcetera::base_strategy::{BaseStrategy as _, choose_native_strategy};
use voice_core::shipped;

/// The model that is used when none is configured.
const DEFAULT_MODEL: &str = "ar-commands";

/// The folders of models below the folder of a release or a workspace, and below that of an installation.
const FOLDERS: [&str; 2] = ["models", "share/voice/models"];

/// The folder of the models that ship with the program, whatever the working directory is.
///
/// Never fails: a path that leads nowhere is reported by the engine, which names it.
pub(crate) fn shipped_models() -> PathBuf {
    let found = shipped::find(&FOLDERS.map(|folder| format!("{folder}/{DEFAULT_MODEL}")));
    found.as_deref().and_then(|model| model.parent()).map_or_else(|| FOLDERS[0].into(), Into::into)
}

/// Where downloaded models go when nothing else is configured: a folder in the user's data folder, which is
/// `~/.local/share` or `XDG_DATA_HOME` on Linux and `~/Library/Application Support` on macOS. `None` for a user without
/// a home folder.
pub(crate) fn data_models() -> Option<PathBuf> {
    Some(choose_native_strategy().ok()?.data_dir().join("libvoice/models"))
}

/// Where the interviews are stored when nothing else is configured.
pub(crate) fn data_interviews() -> Option<PathBuf> {
    Some(choose_native_strategy().ok()?.data_dir().join("libvoice/interviews/interviews.sqlite"))
}

/// The folder of the model that is used when none is configured.
pub(crate) fn default_model() -> PathBuf {
    shipped_models().join(DEFAULT_MODEL)
}
