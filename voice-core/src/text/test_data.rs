//! Files of external test data: `VOICE_DATA`, else `../shared/data` beside the project.

use std::path::{Path, PathBuf};

/// The text of a file below the data folder; `None`, after printing why, if there is no such folder.
pub(crate) fn read(file: &str) -> Option<String> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("VOICE_DATA").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(std::fs::read_to_string(folder.join(file)).unwrap());
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "no data at {}; set VOICE_DATA to its folder",
        folder.display()
    );
    println!("skipped: no data at {}; set VOICE_DATA to its folder", folder.display());
    None
}
