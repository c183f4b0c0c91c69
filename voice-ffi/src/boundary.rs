//! The one place where calls from C enter and panics stop.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{voice_code, voice_error};

/// Runs the body of an exported function. A panic becomes an error; unwinding into C would be
/// undefined.
pub(crate) fn guard(body: impl FnOnce() -> Result<(), voice_error>) -> Option<Box<voice_error>> {
    // What a panic leaves half done is behind the session's mutex, which it poisons.
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(Box::new(error)),
        Err(_) => {
            let message = "a fault inside libvoice; see its message on standard error, and please report it";
            Some(Box::new(voice_error::new(voice_code::Internal, message)))
        }
    }
}

/// Frees `object`, whatever its destructor does.
pub(crate) fn free<T>(object: Option<Box<T>>) {
    drop(guard(|| {
        drop(object);
        Ok(())
    }));
}

/// `argument`, or an error that names it.
pub(crate) fn required<T>(argument: Option<T>, name: &str) -> Result<T, voice_error> {
    argument.ok_or_else(|| voice_error::new(voice_code::ArgumentNull, &format!("{name} is NULL; pass it")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let error = guard(|| panic!("injected")).expect("an error");
        assert_eq!(error.code(), voice_code::Internal);
        assert!(guard(|| Ok(())).is_none());
    }

    #[test]
    fn a_panicking_destructor_stays_inside() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("injected");
            }
        }
        free(Some(Box::new(Bomb)));
    }
}
