//! The voice engine: audio in, transcripts out; text in, audio out.
//!
//! A [`stt::Session`] is a machine without input or output of its own: bytes are pushed in,
//! [`Event`]s are pulled out; a [`tts::TtsSession`] is the same for text. There is no async runtime and no
//! socket in sessions, and no global state but that of ONNX Runtime and espeak-ng, which a process has once;
//! so the same code runs on a phone, in a server and in a test.
//!
//! ```no_run
//! use voice_core::{Engine, Event, SttOptions};
//!
//! let engine = Engine::open("models/ar-commands")?;
//! let mut session = engine.stt_session(SttOptions { words: true, ..SttOptions::default() })?;
//! # let microphone: Vec<Vec<u8>> = Vec::new();
//! for piece in microphone {
//!     session.push(&piece)?; // 16-bit mono at 16 kHz, cut anywhere
//!     while let Some(event) = session.next_event()? {
//!         match event {
//!             Event::Partial { text } => println!("… {text}"),
//!             Event::Final(transcript) => println!("{}", transcript.text),
//!             _ => {}
//!         }
//!     }
//! }
//! session.finish()?;
//! # Ok::<(), voice_core::Error>(())
//! ```
//!
//! Threads: [`Engine`] and models are shared by all threads; a session belongs to one at a time.
//! [`pool`] drives many sessions on a fixed set of threads.

pub mod audio;
mod engine;
mod environment;
mod error;
mod event;
#[cfg(any(feature = "espeak", feature = "onnx"))]
mod gate;
pub mod model;
#[cfg(any(feature = "onnx", feature = "vosk"))]
mod native;
mod options;
mod panics;
pub mod pool;
pub mod stt;
pub mod text;
pub mod tts;
pub mod vad;
mod watchdog;

pub use engine::{Engine, EngineOptions, Health, Status};
#[doc(hidden)]
pub use environment::TrapsMasked;
#[doc(hidden)]
pub use error::one_line;
pub use error::{Error, ErrorKind, Result, report};
pub use event::{Alternative, EndReason, Event, Transcript, Word};
pub use options::{Endpoint, Grammar, LeftOut, MaxAlternatives, Speaker, SttOptions, VadMode};
#[doc(hidden)]
pub use panics::{Panicked, catch};
