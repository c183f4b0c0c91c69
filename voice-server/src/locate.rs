//! Finds the files that ship with the program, whatever the working directory is.

use std::path::{Path, PathBuf};

/// The model that is used when none is configured.
const DEFAULT_MODEL: &str = "ar-commands";

/// The folder of the models that ship with the program: below its own folder or one of its parents.
///
/// That covers an unpacked release (`voice-server` beside `models/`), an installation
/// (`bin/` beside `share/voice/models/`) and a build tree (`target/release/` below `models/`).
/// Never fails: a path that leads nowhere is reported by the engine, which names it.
pub(crate) fn shipped_models() -> PathBuf {
    let program = std::env::current_exe().and_then(|program| program.canonicalize()).unwrap_or_default();
    let below = |folder: &Path| [folder.join("models"), folder.join("share/voice/models")];
    let found =
        program.ancestors().skip(1).flat_map(below).find(|models| models.join(DEFAULT_MODEL).is_dir());
    found.unwrap_or_else(|| PathBuf::from("models"))
}

/// Where downloaded models go when nothing else is configured: the user's data folder, as the XDG Base
/// Directory Specification has it.
pub(crate) fn data_models() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let data = data.or_else(|| Some(variable("HOME")?.join(".local/share")));
    data.unwrap_or_else(std::env::temp_dir).join("libvoice/models")
}

/// The folder of the model that is used when none is configured.
pub(crate) fn default_model() -> PathBuf {
    shipped_models().join(DEFAULT_MODEL)
}
