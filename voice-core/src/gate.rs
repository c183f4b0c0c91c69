//! Which calls may enter a native library: none once the process ends, and none while it forks.
//!
//! When `main` returns, or a thread calls `exit`, destructors free what threads that still compute are using: ONNX
//! Runtime then reports errors that make no sense, or crashes. A handler that runs before them keeps new calls out, and
//! waits for those inside. A process that is forked in the middle of a call has the locks that the call held, for ever,
//! and what it left half done. So a fork waits for the calls inside, and new calls wait for the fork.

#![expect(
    unsafe_code,
    reason = "the C library is told what to call at the end of the process and around forks"
)]

use std::cell::Cell;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// How long the end of a process and a fork wait for calls that are inside. A chunk of sound takes milliseconds, the
/// load of a large voice seconds.
const PATIENCE: Duration = Duration::from_secs(5);

const TICK: Duration = Duration::from_micros(200);

/// Calls inside, below the flags.
static STATE: AtomicUsize = AtomicUsize::new(0);
const CLOSED: usize = 1 << (usize::BITS - 1);
const FORKING: usize = CLOSED >> 1;
/// This process was forked while a call was inside.
const LOST: usize = CLOSED >> 2;
const CALLS: usize = LOST - 1;

thread_local! {
    /// Calls of this thread.
    static MINE: Cell<usize> = const { Cell::new(0) };
    /// This thread has set [`FORKING`].
    static FORKS: Cell<bool> = const { Cell::new(false) };
}

/// A call that is inside.
pub(crate) struct Entry(());

/// Enters for as long as the entry lives. What the library has made in the call must be dropped before it.
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
            std::thread::sleep(TICK);
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
    let message = "this process was forked while a voice was at work for longer than a fork waits, and cannot use it; \
                   fork before anything is spoken";
    Error::new(ErrorKind::EngineUnavailable, message)
}

/// Has the gate closed when the process ends, before the destructors that a library has registered until now. To be
/// called whenever it may have registered further ones.
pub(crate) fn close_at_exit() {
    #[cfg(unix)]
    {
        static ONCE: Once = Once::new();
        // SAFETY: functions that do not unwind. The one for the child stores a number, which is allowed there.
        ONCE.call_once(|| unsafe {
            libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(after_fork_in_child));
        });
    }
    // SAFETY: a function without arguments that does not unwind. If it cannot be registered, the end of the process is
    // as safe as without it.
    unsafe {
        libc::atexit(close);
    }
}

/// Waits once: what has not come back by then does not.
extern "C" fn close() {
    if STATE.fetch_or(CLOSED, Ordering::AcqRel) & CLOSED == 0 {
        wait_for_others();
    }
}

fn wait_for_others() {
    let until = Instant::now() + PATIENCE;
    while STATE.load(Ordering::Acquire) & CALLS > MINE.get() && Instant::now() < until {
        std::thread::sleep(TICK);
    }
}

#[cfg(unix)]
extern "C" fn before_fork() {
    let until = Instant::now() + PATIENCE;
    while STATE.fetch_or(FORKING, Ordering::AcqRel) & FORKING != 0 {
        // Another thread forks.
        if Instant::now() >= until {
            return;
        }
        std::thread::sleep(TICK);
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

/// There is one thread: calls of the others never come back.
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
    fn calls_are_counted_while_they_are_inside() {
        let before = MINE.get();
        let entry = enter().unwrap();
        assert_eq!(MINE.get(), before + 1);
        assert!(STATE.load(Ordering::Acquire) & CALLS > 0);
        drop(entry);
        assert_eq!(MINE.get(), before);
    }
}
