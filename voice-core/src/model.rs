//! Models on disk and in memory: where they come from, whether they are whole, and how they live.

mod backoff;
mod choice;
#[cfg(feature = "download")]
mod download;
mod files;
#[cfg(all(fuzzing, feature = "download"))]
pub mod fuzzing;
mod hash;
mod keeper;
mod manifest;
mod memory;
mod monitor;
mod name;
mod need;
#[cfg(feature = "download")]
mod pull;
mod receipt;
mod slot;
mod source;
mod store;
pub mod trial;
#[cfg(feature = "download")]
mod unpack;
mod verify;

pub use backoff::Backoff;
pub use choice::ModelChoice;
#[cfg(feature = "download")]
pub use download::{Network, Proxy};
pub use hash::{Hash, Md5Hash, Sha256Hash};
pub use keeper::{Keeper, Policy, Reloads};
pub use manifest::{Archive, FileEntry, Manifest, ModelEntry, Task};
pub use slot::{ModelHealth, ModelState};
pub use source::ModelSource;
pub use store::{Access, OnProgress, Presence, Progress, Store};
pub use trial::Trial;
pub use verify::Verified;

pub(crate) use monitor::{Line, Monitor};
pub(crate) use name::nearest;
pub(crate) use slot::{Methods, Slot, Tenant};
pub(crate) use source::{check_language, speaks};
