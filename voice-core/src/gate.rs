//! A gate before native libraries: no call enters after the process has begun to end, or while it forks.
//!
//! When `main` returns, or a thread calls `exit`, destructors free memory that other threads still use: ONNX Runtime
//! then reports nonsensical errors or crashes. A handler that runs before the destructors refuses new calls and waits
//! for the active ones. A child that is forked during a call would inherit locks that are never released and data in
//! an inconsistent state. So a fork waits for the active calls, and new calls wait for the fork.

#![expect(unsafe_code, reason = "handlers are registered for the end of the process and for forks")]

use std::cell::Cell;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// How long the end of a process and a fork wait for active calls. A chunk of audio takes milliseconds, loading a
/// large voice takes seconds.
const WAIT_TIMEOUT: Duration = Duration::from_secs(5);

/// The interval at which a waiting thread checks the state.
const POLL_INTERVAL: Duration = Duration::from_micros(200);

/// The number of active calls, and the flags above it.
static STATE: AtomicUsize = AtomicUsize::new(0);
const CLOSED: usize = 1 << (usize::BITS - 1);
const FORKING: usize = CLOSED >> 1;
/// This process was forked while a call was active.
const LOST: usize = CLOSED >> 2;
const CALLS: usize = LOST - 1;

thread_local! {
    /// Active calls of this thread.
    static MINE: Cell<usize> = const { Cell::new(0) };
    /// This thread has set [`FORKING`].
    static FORKS: Cell<bool> = const { Cell::new(false) };
}

/// An active call.
pub(crate) struct Entry(());

/// Begins a call, which lasts until the entry is dropped. The entry must outlive the objects that the library makes in
/// the call.
pub(crate) fn enter() -> Result<Entry> {
    loop {
        let state = STATE.load(Ordering::Acquire);
        if state & CLOSED != 0 {
            return Err(ending());
        }
        if state & LOST != 0 {
            return Err(lost());
        }
        if state & FORKING != 0 && MINE.get() == 0 {
            std::thread::sleep(POLL_INTERVAL);
            continue;
        }
        if STATE.compare_exchange_weak(state, state + 1, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            MINE.set(MINE.get() + 1);
            return Ok(Entry(()));
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        MINE.set(MINE.get() - 1);
        STATE.fetch_sub(1, Ordering::AcqRel);
    }
}

fn ending() -> Error {
    let message = "the process is ending, and nothing more is spoken; end threads that use sessions before main returns";
    Error::new(ErrorKind::Cancelled, message)
}

fn lost() -> Error {
    let message = "this process was forked during a call of a voice that did not end in time, and cannot use voices; \
                   fork before anything is spoken";
    Error::new(ErrorKind::EngineUnavailable, message)
}

/// Registers a handler that closes the gate when the process ends. It runs before all destructors that are registered
/// by now. Must be called again after a library may have registered more.
pub(crate) fn close_at_exit() {
    #[cfg(unix)]
    {
        static ONCE: Once = Once::new();
        // SAFETY: functions that do not unwind. The one for the child only stores numbers, which is allowed there.
        ONCE.call_once(|| unsafe {
            libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(after_fork_in_child));
        });
    }
    // SAFETY: a function without arguments that does not unwind. If it cannot be registered, the process ends as it
    // would without the gate.
    unsafe {
        libc::atexit(close);
    }
}

/// Waits only the first time: a call that has not returned by then is not waited for again.
extern "C" fn close() {
    if STATE.fetch_or(CLOSED, Ordering::AcqRel) & CLOSED == 0 {
        wait_for_others();
    }
}

fn wait_for_others() {
    let until = Instant::now() + WAIT_TIMEOUT;
    while STATE.load(Ordering::Acquire) & CALLS > MINE.get() && Instant::now() < until {
        std::thread::sleep(POLL_INTERVAL);
    }
}

#[cfg(unix)]
extern "C" fn before_fork() {
    let until = Instant::now() + WAIT_TIMEOUT;
    while STATE.fetch_or(FORKING, Ordering::AcqRel) & FORKING != 0 {
        // Another thread is forking.
        if Instant::now() >= until {
            return;
        }
        std::thread::sleep(POLL_INTERVAL);
    }
    FORKS.set(true);
    wait_for_others();
}

#[cfg(unix)]
extern "C" fn after_fork() {
    if FORKS.take() {
        STATE.fetch_and(!FORKING, Ordering::AcqRel);
    }
}

/// The child has one thread: calls of other threads never return.
#[cfg(unix)]
extern "C" fn after_fork_in_child() {
    FORKS.set(false);
    let (state, mine) = (STATE.load(Ordering::Acquire), MINE.get());
    let lost = if state & CALLS > mine { LOST } else { state & LOST };
    STATE.store(state & CLOSED | lost | mine, Ordering::Release);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_calls_are_counted() {
        let before = MINE.get();
        let entry = enter().unwrap();
        assert_eq!(MINE.get(), before + 1);
        assert!(STATE.load(Ordering::Acquire) & CALLS > 0);
        drop(entry);
        assert_eq!(MINE.get(), before);
    }
}
