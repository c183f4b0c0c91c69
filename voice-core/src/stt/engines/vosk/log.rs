//! Forwards libvosk's errors to the log of this crate.
//!
//! Each time libvosk loads a model, it installs its own handler, which writes to standard error. This module replaces
//! the handler after each load; messages during a load still go to standard error. The function that sets the handler
//! is Kaldi's, in C++: a libvosk that does not export it keeps its own handler.

#![expect(unsafe_code, reason = "a C++ library calls this code")]

use std::ffi::{CStr, c_char, c_int};
use std::sync::OnceLock;

/// `kaldi::SetLogHandler(LogHandler)`, which returns the previous handler.
#[cfg(not(feature = "vosk-linked"))]
const SET_LOG_HANDLER: &str = "_ZN5kaldi13SetLogHandlerEPFvRKNS_18LogMessageEnvelopeEPKcE";

/// `kaldi::LogMessageEnvelope`, kaldi-error.h.
#[repr(C)]
struct Envelope {
    severity: c_int,
    function: *const c_char,
    file: *const c_char,
    line: i32,
}

/// `LogMessageEnvelope::kError`. Failed assertions have a lower value. Warnings have a higher one, and may quote
/// phrases.
const ERROR: c_int = -2;

type Handler = unsafe extern "C" fn(*const Envelope, *const c_char);
type SetLogHandler = unsafe extern "C" fn(Handler) -> Option<Handler>;

/// libvosk's own handler.
static TO_STANDARD_ERROR: OnceLock<Handler> = OnceLock::new();

/// The function that sets the handler, if the library exports it.
pub(super) struct Log(Option<SetLogHandler>);

impl Log {
    #[cfg(not(feature = "vosk-linked"))]
    pub(super) fn of(file: &libloading::Library) -> Self {
        // SAFETY: the mangled name holds the types of the arguments; the file is never unloaded.
        Self(unsafe { file.get(SET_LOG_HANDLER) }.ok().map(|function| *function))
    }

    #[cfg(feature = "vosk-linked")]
    pub(super) fn of_linked() -> Self {
        Self(None)
    }

    /// Replaces the handler that was installed by loading a model.
    pub(super) fn redirect(&self) {
        let Some(set) = self.0 else { return };
        // SAFETY: a function that lives as long as the process and does not unwind.
        let before = unsafe { set(handle) };
        if let Some(before) = before.filter(|before| !std::ptr::fn_addr_eq(*before, handle as Handler)) {
            let _ = TO_STANDARD_ERROR.set(before);
        }
    }
}

/// Logs an error. Without a subscriber it goes to libvosk's own handler.
unsafe extern "C" fn handle(envelope: *const Envelope, message: *const c_char) {
    // SAFETY: Kaldi passes a reference, valid for the call.
    let Envelope { severity, file, line, .. } = unsafe { &*envelope };
    if *severity > ERROR {
        return;
    }
    if tracing::enabled!(tracing::Level::ERROR) {
        // SAFETY: strings that end with a NUL and outlive the call.
        let (file, message) = unsafe { (CStr::from_ptr(*file), CStr::from_ptr(message)) };
        let (file, message) = (file.to_string_lossy(), message.to_string_lossy());
        let _ = crate::panics::catch(|| tracing::error!(%file, line, "libvosk: {}", message.trim_end()));
    } else if let Some(own) = TO_STANDARD_ERROR.get() {
        // SAFETY: the arguments of this call, and the handler that libvosk installed.
        unsafe { own(envelope, message) };
    }
}
