//! The supervision of models: loading with retries, tests while they are in use, and reloads after a failure.

pub(crate) mod memory;
mod monitor;
pub(crate) mod need;
mod slot;
mod supervisor;
pub mod trial;

pub use slot::{ModelHealth, ModelState};
pub use supervisor::{Policy, Reloads, Supervisor};
pub use trial::Trial;

pub(crate) use monitor::{CallSlot, Monitor};
pub(crate) use slot::{LoadedModel, Methods, Slot};
