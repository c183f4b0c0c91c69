//! The commands of the command line, one file each.

pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod interview;
pub(crate) mod man;
pub(crate) mod models;
pub(crate) mod say;
pub(crate) mod show;
pub(crate) mod store;
pub(crate) mod transcribe;
pub(crate) mod try_model;
pub(crate) mod try_store;
