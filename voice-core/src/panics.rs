//! Panics, caught where they must not go on.
//!
//! What a panic says may quote what somebody said, and the default hook writes it to standard error. Inside of
//! [`catch`] the hook is silent, and the place in the source is all that is kept. Elsewhere in the process the hook
//! that was there before does what it did.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, Location, catch_unwind};
use std::sync::Once;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Where it panicked: file and line.
#[derive(Debug)]
#[doc(hidden)]
pub struct Panicked(pub String);

/// Runs `body`; a panic in it is logged by its place, and returned.
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
    fn caught_panic_is_known_by_its_place_only() {
        let Panicked(place) = catch(|| panic!("secret")).unwrap_err();
        assert!(place.contains("panics.rs:"), "{place}");
        assert_eq!(catch(|| 1).unwrap(), 1);
        assert!(!CATCHING.get());
    }

    #[test]
    fn caught_panic_writes_nothing() {
        let name = "panics::tests::caught_panic_is_known_by_its_place_only";
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
