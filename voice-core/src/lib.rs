//! The voice engine: audio in, transcripts out; text in, audio out.
//!
//! A [`stt::SttSession`] does no input or output of its own: the caller pushes bytes and pulls [`SttEvent`]s. A
//! [`tts::TtsSession`] does the same for text. Sessions use no async runtime and no socket. The only global state is
//! that of libvosk, ONNX Runtime and espeak-ng, which a process loads once. The same code runs on a phone, in a
//! server and in a test.
//!
//! ```no_run
//! use voice_core::{Engine, SttEvent, SttOptions};
//!
//! let engine = Engine::open("models/ar-commands")?;
//! let mut session = engine.stt_session(SttOptions { words: true, ..SttOptions::default() })?;
//! # let microphone: Vec<Vec<u8>> = Vec::new();
//! for piece in microphone {
//!     session.push(&piece)?; // 16-bit mono at 16 kHz, cut anywhere
//!     while let Some(event) = session.next_event()? {
//!         match event {
//!             SttEvent::Partial { text } => println!("… {text}"),
//!             SttEvent::Final(transcript) => println!("{}", transcript.text),
//!             _ => {}
//!         }
//!     }
//! }
//! session.finish()?;
//! # Ok::<(), voice_core::Error>(())
//! ```
//!
//! Threads: [`Engine`] and models are shared by all threads; a session is used by one thread at a time.
//! [`pool`] runs many sessions on a fixed set of threads.

pub mod audio;
mod backoff;
mod clock;
pub mod dialog;
mod engine;
mod environment;
mod error;
#[cfg(feature = "espeak")]
pub mod espeak;
mod espeak_helper;
#[cfg(all(fuzzing, feature = "espeak", feature = "onnx"))]
pub mod fuzzing;
#[cfg(any(feature = "espeak", feature = "onnx", feature = "vosk"))]
mod gate;
mod helper_program;
#[cfg(feature = "interview")]
pub mod interview;
mod language;
#[cfg(any(feature = "onnx", feature = "vosk"))]
mod native;
#[cfg(feature = "onnx")]
pub mod onnx;
mod panics;
pub mod pool;
pub mod shipped;
pub mod source;
pub mod store;
pub mod stt;
pub mod supervision;
pub mod text;
pub mod tts;
pub mod vad;
mod watchdog;

pub use backoff::Backoff;
pub use engine::{Engine, EngineOptions, Health, Status};
#[doc(hidden)]
pub use environment::TrapsMasked;
#[doc(hidden)]
pub use error::one_line;
pub use error::{Error, ErrorKind, Result, report};
pub use espeak_helper::EspeakHelper;
pub use helper_program::HelperProgram;
pub use language::LanguageTag;
#[doc(hidden)]
pub use panics::{Panicked, catch};
pub use stt::{
    Alternative, EndReason, Grammar, GrammarUpdate, LeftOut, MaxAlternatives, Speaker, SttEvent, SttOptions,
    SttSession, SttUpdate, Transcript, VadMode, Word,
};
pub use tts::{TtsEvent, TtsOptions, TtsSession};
pub use vad::Endpoint;
