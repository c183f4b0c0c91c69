//! The commands of the command line, one file each.

pub(crate) mod completions;
pub(crate) mod doctor;
#[cfg(feature = "interview")]
pub(crate) mod interview;
pub(crate) mod man;
pub(crate) mod models;
pub(crate) mod say;
pub(crate) mod show;
#[cfg(feature = "interview")]
pub(crate) mod store;
pub(crate) mod transcribe;
pub(crate) mod try_model;
#[cfg(feature = "interview")]
pub(crate) mod try_store;
