//! Finds what ships with the program, from whatever folder it is started in.

use std::path::{Path, PathBuf};

/// The default model, below the folder of `program` or one of its parents.
///
/// That covers an unpacked release (`voice-server` beside `models/`), an installation
/// (`bin/` beside `share/voice/models/`) and a build tree (`target/release/` below `models/`).
pub(crate) fn shipped_model(program: &Path) -> Option<PathBuf> {
    let program = program.canonicalize().ok()?;
    program
        .ancestors()
        .skip(1)
        .flat_map(|folder| [folder.join("models/ar-commands"), folder.join("share/voice/models/ar-commands")])
        .find(|candidate| candidate.is_dir())
}

/// The configured model, else the shipped one. Never fails: a path that leads nowhere is
/// reported by the engine, which names it.
pub(crate) fn model(configured: Option<&Path>) -> PathBuf {
    configured.map_or_else(
        || {
            std::env::current_exe()
                .ok()
                .and_then(|program| shipped_model(&program))
                .unwrap_or_else(|| PathBuf::from("models/ar-commands"))
        },
        Path::to_owned,
    )
}
