//! The entry of every call from C, where panics are caught.

use voice_core::{Panicked, TrapsMasked, catch};

use crate::error::{voice_code, voice_error};

/// Runs the body of an exported function. A panic becomes an error; unwinding into C would be
/// undefined.
pub(crate) fn guard(body: impl FnOnce() -> Result<(), voice_error>) -> Option<Box<voice_error>> {
    // The host may have enabled floating-point traps; the library computes without them.
    let _traps = TrapsMasked::new();
    // A panic poisons the session's mutex, so half-finished state is never used.
    match catch(body) {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(Box::new(error)),
        Err(Panicked(place)) => {
            let message = format!("a fault inside libvoice, at {place}; please report it");
            Some(Box::new(voice_error::new(voice_code::Internal, &message)))
        }
    }
}

/// `argument`, or an error that names it.
pub(crate) fn required<T>(argument: Option<T>, name: &str) -> Result<T, voice_error> {
    argument.ok_or_else(|| voice_error::new(voice_code::ArgumentNull, &format!("{name} is NULL; pass it")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_becomes_an_error() {
        let error = guard(|| panic!("injected")).expect("an error");
        assert_eq!(error.code(), voice_code::Internal);
        // SAFETY: borrowed from `error`, which is alive.
        let message = unsafe { std::ffi::CStr::from_ptr(crate::voice_error_message(Some(&error))) };
        let message = message.to_str().unwrap();
        assert!(message.contains("boundary.rs:") && !message.contains("injected"), "{message}");
        assert!(guard(|| Ok(())).is_none());
    }
}
