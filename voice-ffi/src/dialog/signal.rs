//! Wakes the thread that waits for work.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::Instant;

/// A signal to one waiting thread. It stays set until that thread sees it.
#[derive(Default)]
pub(super) struct Signal {
    is_set: AtomicBool,
    waiter: Mutex<Option<Thread>>,
}

impl Signal {
    /// Sets the signal. It neither waits nor allocates, so an audio callback may call it.
    pub(super) fn set(&self) {
        if self.is_set.swap(true, Ordering::SeqCst) {
            return;
        }
        // If the lock is taken, the waiting thread is about to look at the signal.
        if let Ok(waiter) = self.waiter.try_lock()
            && let Some(waiter) = &*waiter
        {
            waiter.unpark();
        }
    }

    /// Waits for the signal until `end`, and clears it. One thread may wait at a time.
    pub(super) fn wait_until(&self, end: Instant) {
        *self.waiter.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current());
        while !self.is_set.swap(false, Ordering::SeqCst) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            thread::park_timeout(left);
        }
        *self.waiter.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn signal_before_and_during_a_wait_ends_it() {
        let signal = Signal::default();
        let hour = Instant::now() + Duration::from_hours(1);
        signal.set();
        signal.set();
        signal.wait_until(hour);
        thread::scope(|threads| {
            threads.spawn(|| signal.set());
            signal.wait_until(hour);
        });
        signal.wait_until(Instant::now());
        assert!(!signal.is_set.load(Ordering::SeqCst));
    }
}
