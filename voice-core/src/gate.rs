//! Gates before native libraries: no call enters after the process has begun to end, or, of some libraries, while it
//! forks.
//!
//! When `main` returns, or a thread calls `exit`, destructors free memory that other threads still use: ONNX Runtime
//! then reports nonsensical errors or crashes. A handler that runs before the destructors refuses new calls and waits
//! for the active ones. A child that is forked during a call would inherit locks that are never released and data in
//! an inconsistent state. Where that matters, a fork waits for the active calls, and new calls wait for the fork.

#![expect(unsafe_code, reason = "handlers are registered for the end of the process and for forks")]

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Once, OnceLock};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// How long the end of a process and a fork wait for active calls. A chunk of audio takes milliseconds, loading a
/// large model takes seconds.
const WAIT_TIMEOUT: Duration = Duration::from_secs(5);

/// The interval at which a waiting thread checks the state.
const POLL_INTERVAL: Duration = Duration::from_micros(200);

const CLOSED: usize = 1 << (usize::BITS - 1);
const FORKING: usize = CLOSED >> 1;
/// This process was forked while a call was active.
const LOST: usize = CLOSED >> 2;
const CALLS: usize = LOST - 1;

/// The gate of ONNX Runtime and espeak-ng.
#[cfg(any(feature = "espeak", feature = "onnx"))]
pub(crate) static VOICES: Gate = Gate::new(
    0,
    AtFork::Wait,
    "the process is ending, and nothing more is spoken; end threads that use sessions before main returns",
);

/// The most gates.
const GATES: usize = 2;

/// The gates with handlers, each at its number.
static REGISTERED: [OnceLock<&'static Gate>; GATES] = [const { OnceLock::new() }; GATES];

thread_local! {
    /// Active calls of this thread through each gate.
    static MINE: [Cell<usize>; GATES] = const { [const { Cell::new(0) }; GATES] };
    /// This thread has set [`FORKING`] at the gates that wait.
    static FORKS: Cell<bool> = const { Cell::new(false) };
}

/// The gate of a library, or of several.
pub(crate) struct Gate {
    number: usize,
    at_fork: AtFork,
    /// The message for calls while the process ends.
    ending: &'static str,
    /// The number of active calls, and the flags above it.
    state: AtomicUsize,
}

/// What happens to active calls when the process forks.
pub(crate) enum AtFork {
    /// The fork waits for them, and new calls wait for the fork. The child cannot use the library if one does not end.
    #[cfg_attr(
        not(any(test, feature = "espeak", feature = "onnx")),
        expect(dead_code, reason = "no such library")
    )]
    Wait,
    /// The child does not count the calls of other threads, which do not return there. It also calls the function, which
    /// may only store numbers.
    #[cfg_attr(not(feature = "vosk"), expect(dead_code, reason = "no such library"))]
    Forget(fn()),
}

/// An active call.
pub(crate) struct Entry(&'static Gate);

impl Gate {
    /// The gate with this number, of which there is only one.
    pub(crate) const fn new(number: usize, at_fork: AtFork, ending: &'static str) -> Self {
        assert!(number < GATES);
        Self { number, at_fork, ending, state: AtomicUsize::new(0) }
    }

    /// Begins a call, which lasts until the entry is dropped. The entry must outlive the objects that the library makes
    /// in the call.
    pub(crate) fn enter(&'static self) -> Result<Entry> {
        loop {
            let state = self.state.load(Ordering::Acquire);
            if state & CLOSED != 0 {
                return Err(Error::new(ErrorKind::Cancelled, self.ending));
            }
            if state & LOST != 0 {
                return Err(lost());
            }
            if state & FORKING != 0 && self.own_calls() == 0 {
                std::thread::sleep(POLL_INTERVAL);
                continue;
            }
            if self.state.compare_exchange_weak(state, state + 1, Ordering::AcqRel, Ordering::Acquire).is_ok()
            {
                MINE.with(|mine| mine[self.number].set(mine[self.number].get() + 1));
                return Ok(Entry(self));
            }
        }
    }

    /// Registers a handler that closes all gates when the process ends. It runs before all destructors that are registered
    /// by now. Must be called again after a library may have registered more.
    pub(crate) fn close_at_exit(&'static self) {
        REGISTERED[self.number].get_or_init(|| self);
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

    /// Active calls of this thread.
    pub(crate) fn own_calls(&self) -> usize {
        MINE.with(|mine| mine[self.number].get())
    }

    /// Active calls of all threads.
    fn calls(&self) -> usize {
        self.state.load(Ordering::Acquire) & CALLS
    }

    fn wait_for_others(&self, until: Instant) {
        while self.calls() > self.own_calls() && Instant::now() < until {
            std::thread::sleep(POLL_INTERVAL);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        MINE.with(|mine| mine[self.0.number].set(mine[self.0.number].get() - 1));
        self.0.state.fetch_sub(1, Ordering::AcqRel);
    }
}

fn lost() -> Error {
    let message = "this process was forked during a call of a voice that did not end in time, and cannot use voices; \
                   fork before anything is spoken";
    Error::new(ErrorKind::EngineUnavailable, message)
}

fn registered() -> impl Iterator<Item = &'static Gate> {
    REGISTERED.iter().filter_map(OnceLock::get).copied()
}

/// Waits only the first time: a call that has not returned by then is not waited for again.
extern "C" fn close() {
    let until = Instant::now() + WAIT_TIMEOUT;
    for gate in registered() {
        if gate.state.fetch_or(CLOSED, Ordering::AcqRel) & CLOSED == 0 {
            gate.wait_for_others(until);
        }
    }
}

#[cfg(unix)]
fn waiting() -> impl Iterator<Item = &'static Gate> {
    registered().filter(|gate| matches!(gate.at_fork, AtFork::Wait))
}

#[cfg(unix)]
extern "C" fn before_fork() {
    let until = Instant::now() + WAIT_TIMEOUT;
    for gate in waiting() {
        while gate.state.fetch_or(FORKING, Ordering::AcqRel) & FORKING != 0 {
            // Another thread is forking.
            if Instant::now() >= until {
                return;
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        FORKS.set(true);
        gate.wait_for_others(until);
    }
}

#[cfg(unix)]
extern "C" fn after_fork() {
    if FORKS.take() {
        for gate in waiting() {
            gate.state.fetch_and(!FORKING, Ordering::AcqRel);
        }
    }
}

/// The child has one thread: calls of other threads never return.
#[cfg(unix)]
extern "C" fn after_fork_in_child() {
    FORKS.set(false);
    for gate in registered() {
        let (state, mine) = (gate.state.load(Ordering::Acquire), gate.own_calls());
        let lost = match gate.at_fork {
            AtFork::Wait if state & CALLS > mine => LOST,
            AtFork::Wait => state & LOST,
            AtFork::Forget(forget) => {
                forget();
                0
            }
        };
        gate.state.store(state & CLOSED | lost | mine, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static TESTED: Gate = Gate::new(1, AtFork::Wait, "ending");

    #[test]
    fn active_calls_are_counted() {
        let before = TESTED.own_calls();
        let entry = TESTED.enter().unwrap();
        assert_eq!((TESTED.own_calls(), TESTED.calls()), (before + 1, 1));
        drop(entry);
        assert_eq!((TESTED.own_calls(), TESTED.calls()), (before, 0));
    }

    #[test]
    fn closed_gate_refuses_calls() {
        static CLOSING: Gate = Gate::new(1, AtFork::Wait, "ending");
        CLOSING.state.fetch_or(CLOSED, Ordering::AcqRel);
        let error = CLOSING.enter().err().unwrap();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Cancelled, "ending"));
    }
}
