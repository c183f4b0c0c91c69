//! What the benchmarks share: servers, clients, streams and figures.

#![expect(missing_docs, reason = "the programs of this package use it, and nobody else")]

pub mod client;
pub mod measure;
pub mod report;
pub mod score;
pub mod server;
pub mod stream;
mod words;

use std::path::Path;

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}
