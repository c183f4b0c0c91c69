//! Published models that others made, kept outside the project; `scripts/published_models.py` brings them.

use std::path::PathBuf;

/// A genuine Vosk model: small, Korean, with a look-ahead graph and its words inside `Gr.fst`.
pub const VOSK_SMALL_KO: &str = "vosk-model-small-ko-0.22";

/// A genuine Piper voice, 22,050 Hz.
pub const PIPER_JOE: &str = "en_US-joe-medium.onnx";

/// A diacritizer for Arabic: rawi v3 of the package text2tashkeel.
pub const RAWI_V3: &str = "rawi-v3";

/// The file or folder `name` among the published models.
///
/// `None`, with a printed reason, where it is missing; a failure in CI.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = folder().join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing; CI must have it", path.display());
    println!("skipped: no {}; run scripts/published_models.py", path.display());
    None
}

/// The same folder that `scripts/published_models.py` uses.
fn folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("VOICE_PUBLISHED_MODELS") {
        return folder.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").filter(|cache| !cache.is_empty()).map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    cache.unwrap_or_else(home).join("libvoice/models")
}

/// Leaves the test, with a printed reason, where a published model is missing.
#[macro_export]
macro_rules! published_or_skip {
    ($name:expr) => {
        match $crate::published::find($name) {
            Some(path) => path,
            None => return,
        }
    };
}
