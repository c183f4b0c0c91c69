//! What the benchmarks share: servers, clients, streams and figures.

#![expect(missing_docs, reason = "the programs of this package use it, and nobody else")]

pub mod client;
pub mod conversation;
pub mod interview;
pub mod measure;
pub mod recordings;
pub mod report;
pub mod score;
pub mod server;
pub mod stream;
pub mod words;

use std::path::{Path, PathBuf};

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty());
    named.map_or_else(|| root().join("target"), PathBuf::from)
}
