//! The supervision of models: loading with retries, tests while they are in use, and reloads after a failure.

mod engine_call;
mod load;
pub(crate) mod memory;
mod monitor;
pub(crate) mod need;
mod policy;
mod slot;
mod supervisor;
pub mod trial;

pub use policy::Policy;
pub use slot::{ModelHealth, ModelState};
pub use supervisor::{Reloads, Supervisor};
pub use trial::Trial;

pub(crate) use load::load_once;
pub(crate) use monitor::{CallSlot, Monitor};
pub(crate) use slot::{Methods, Slot};
