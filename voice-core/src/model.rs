//! Models on disk and in memory: where they come from, whether they are whole, and how they live.

mod backoff;
mod download;
mod files;
mod hash;
mod manifest;
mod receipt;
mod store;
mod unpack;

pub use backoff::Backoff;
pub use download::{Network, Proxy};
pub use hash::{Hash, Md5Hash, Sha256Hash};
pub use manifest::{Archive, FileEntry, Manifest, ModelEntry, Task};
pub use store::{Access, OnProgress, Presence, Progress, Store};
