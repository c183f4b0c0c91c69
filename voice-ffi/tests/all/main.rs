//! Tests of libvoice through its C interface: the header, the library file, and C programs.

#![expect(unsafe_code, reason = "the functions under test take pointers")]

mod arguments;
#[cfg(target_os = "linux")]
mod artifact;
mod bindings;
#[cfg(all(feature = "onnx", feature = "vosk"))]
mod broken;
mod build;
#[cfg(feature = "vosk")]
mod engine;
mod header;
#[cfg(all(feature = "vosk", target_os = "linux"))]
mod hosts;
#[cfg(target_os = "linux")]
mod install;
#[cfg(all(feature = "vosk", target_os = "linux"))]
mod kotlin;
#[cfg(all(feature = "vosk", target_os = "linux"))]
mod programs;
mod random;
#[cfg(all(feature = "vosk", target_os = "linux"))]
mod sanitizers;
mod store;
#[cfg(all(feature = "vosk", target_os = "linux"))]
mod swift;
