//! libvoice: the C interface of the voice engine.
//!
//! The interface is described in `include/voice.h`, which is generated from this crate, and in `docs/embedding.md`.
//! This crate holds no speech logic: it checks the arguments of a C caller, calls `voice-core`, and returns borrowed
//! or owned results. Rust programs use `voice-core` itself.
//!
//! Conventions of every function: the Rust type states the ownership (`Option<Box<T>>` takes, `Option<&T>` borrows,
//! `NULL` is `None`; outputs are `MaybeUninit`, since C passes them uninitialised), the body runs inside
//! `boundary::guard`, and outputs are written only on success.

#![expect(unsafe_code, reason = "only this crate reads pointers from C")]
#![expect(non_camel_case_types, reason = "types have their C names, in the header and in the source")]
#![expect(
    clippy::missing_safety_doc,
    reason = "the Ownership and Threads lines state it; a Safety heading would appear in the C header"
)]

mod boundary;
mod dialog;
mod engine;
mod error;
mod exclusive;
mod from_core;
mod health;
mod log;
mod options;
mod owned;
mod store;
mod stt;
mod text;
mod tts;
mod version;
mod voices;

pub use dialog::*;
pub use engine::*;
pub use error::*;

pub use health::*;
pub use log::*;
pub use options::*;
pub use store::*;
pub use stt::*;
pub use text::*;
pub use tts::*;
pub use version::*;
pub use voices::*;
