//! libvoice: the voice engine behind a C interface.
//!
//! The interface is described in `include/voice.h`, which is generated from this crate, and in
//! `docs/embedding.md`. This crate holds no speech logic: it checks what a C caller hands over,
//! calls `voice-core`, and lends the results back. Rust programs use `voice-core` itself.
//!
//! How every function is built: ownership is the Rust type (`Option<Box<T>>` takes, `Option<&T>`
//! lends, `NULL` is `None`; outputs are `MaybeUninit`, since C passes them uninitialised), its body
//! runs inside `boundary::guard`, and outputs are written only on success.

#![expect(unsafe_code, reason = "pointers from C are read here, and nowhere else")]
#![expect(non_camel_case_types, reason = "types carry their C names, so header and source read alike")]
#![expect(
    clippy::missing_safety_doc,
    reason = "the Ownership and Threads lines of the C header say it; a Safety heading would leak into it"
)]

mod boundary;
mod engine;
mod error;
mod exclusive;
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
