//! Catches panics at boundaries that they must not cross.
//!
//! The message of a panic may quote a transcript, and the default hook writes it to standard error. Inside of [`catch`]
//! the hook writes nothing and keeps only the place in the source. Other panics of the process reach the previous hook.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, Location, catch_unwind};
use std::sync::Once;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The place of a panic: file, line and column.
#[derive(Debug)]
#[doc(hidden)]
pub struct Panicked(pub String);

/// Runs `body`. The place of a panic in it is logged and returned.
#[doc(hidden)]
pub fn catch<T>(body: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if CATCHING.get() {
                PLACE.set(panic.location().map(Location::to_string).unwrap_or_default());
            } else {
                before(panic);
            }
        }));
    });
    let outer = CATCHING.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(body));
    CATCHING.set(outer);
    outcome.map_err(|_| {
        let place = PLACE.take();
        tracing::error!(place, "a panic was caught");
        Panicked(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caught_panic_keeps_only_its_place() {
        let Panicked(place) = catch(|| panic!("secret")).unwrap_err();
        assert!(place.contains("panics.rs:"), "{place}");
        assert_eq!(catch(|| 1).unwrap(), 1);
        assert!(!CATCHING.get());
    }

    #[test]
    fn caught_panic_writes_nothing() {
        let name = "panics::tests::caught_panic_keeps_only_its_place";
        let again = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .output()
            .unwrap();
        assert!(again.status.success());
        let written = String::from_utf8([again.stdout, again.stderr].concat()).unwrap();
        assert!(written.contains("1 passed"), "{written}");
        assert!(!written.contains("secret"), "{written}");
    }
}
