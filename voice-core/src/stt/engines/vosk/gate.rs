//! A gate before libvosk: no call enters after the process has begun to end, or without address space for its buffer.
//!
//! When `main` returns, or a thread calls `exit`, libvosk's destructors free memory that other threads still use. A
//! handler that runs before them refuses new calls and waits for the active ones. If the address space is limited,
//! `OpenBLAS`, which is a part of libvosk, retries the allocation of its buffer in an endless loop.

#![expect(unsafe_code, reason = "handlers are registered for the end of the process and for forks")]

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// How long the end of a process waits for active calls. A step of audio takes milliseconds. Loading a model of
/// gigabytes may take longer and is not waited for.
const WAIT_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes that `OpenBLAS` maps for each computing thread, and a reserve for the call.
const BUFFER_BYTES: usize = (128 + 16) << 20;

/// The number of active calls, and the flag of the closed gate.
static CALLS: AtomicUsize = AtomicUsize::new(0);
const CLOSED: usize = 1 << (usize::BITS - 1);

static BUFFERS: Buffers = Buffers::new();

thread_local! {
    /// Active calls of this thread.
    static MINE: Cell<usize> = const { Cell::new(0) };
}

/// An active call.
pub(super) struct Entry {
    /// The number of computing calls, including this one, if it computes.
    computing: Option<usize>,
}

/// The buffers of `OpenBLAS`: one for each of the calls that compute at the same time. It never frees them.
struct Buffers {
    /// Active computing calls.
    computing: AtomicUsize,
    /// The most calls that have computed at the same time and returned, which is the number of existing buffers.
    mapped: AtomicUsize,
}

/// Begins a call that does not compute.
pub(super) fn enter() -> Result<Entry> {
    if CALLS.fetch_add(1, Ordering::AcqRel) & CLOSED != 0 {
        CALLS.fetch_sub(1, Ordering::AcqRel);
        let message = "the process is ending, and takes no more audio; end threads that use sessions before main returns";
        return Err(Error::new(ErrorKind::Cancelled, message));
    }
    MINE.set(MINE.get() + 1);
    Ok(Entry { computing: None })
}

/// Begins a call that computes: one that decodes, or loads a model.
pub(super) fn enter_to_compute() -> Result<Entry> {
    let mut entry = enter()?;
    entry.computing = Some(BUFFERS.enter(can_map)?);
    Ok(entry)
}

impl Buffers {
    const fn new() -> Self {
        Self { computing: AtomicUsize::new(0), mapped: AtomicUsize::new(0) }
    }

    /// Counts a computing call, if there is address space for all buffers that are still missing.
    fn enter(&self, can_map: impl Fn(usize) -> bool) -> Result<usize> {
        let computing = self.computing.fetch_add(1, Ordering::AcqRel) + 1;
        if computing <= self.mapped.load(Ordering::Acquire) {
            return Ok(computing);
        }
        // Of several concurrent calls, the last one to be counted checks the buffers of all. A lock is not used,
        // because a child of `fork` could inherit it locked.
        let all = self.computing.load(Ordering::Acquire);
        let missing = all.saturating_sub(self.mapped.load(Ordering::Acquire)).max(1);
        if can_map(missing.saturating_mul(BUFFER_BYTES)) {
            return Ok(computing);
        }
        self.computing.fetch_sub(1, Ordering::AcqRel);
        let message = format!(
            "libvosk needs {} MiB of address space for each decoding thread, and they are not available; raise the \
             limit (ulimit -v, RLIMIT_AS) or use fewer threads",
            BUFFER_BYTES >> 20
        );
        Err(Error::new(ErrorKind::MemoryInsufficient, message))
    }

    /// Records the return of a call that was one of `computing`.
    fn leave(&self, computing: usize) {
        self.mapped.fetch_max(computing, Ordering::AcqRel);
        self.computing.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(computing) = self.computing {
            BUFFERS.leave(computing);
        }
        MINE.set(MINE.get() - 1);
        CALLS.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Whether `bytes` of address space can be mapped now.
#[cfg(unix)]
fn can_map(bytes: usize) -> bool {
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

    // SAFETY: a new mapping that nothing uses.
    unsafe {
        let Ok(at) = mmap_anonymous(std::ptr::null_mut(), bytes, ProtFlags::empty(), MapFlags::PRIVATE)
        else {
            return false;
        };
        let _ = munmap(at, bytes);
    }
    true
}

#[cfg(not(unix))]
fn can_map(_bytes: usize) -> bool {
    true
}

/// When libvosk registers destructors.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    /// It has registered none yet.
    BeforeLoad,
    /// It has been loaded.
    Loaded,
    /// It has loaded a model.
    ModelLoaded,
}

/// Registers a handler that closes the gate when the process ends. It runs before all destructors that libvosk has
/// registered by now. Called at each stage; only the first call of a stage has an effect.
pub(super) fn close_at_exit(stage: Stage) {
    static REGISTERED: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];
    if REGISTERED[stage as usize].swap(true, Ordering::AcqRel) {
        return;
    }
    if matches!(stage, Stage::BeforeLoad) {
        #[cfg(unix)]
        // SAFETY: the function only stores numbers, which is allowed in a child of `fork`.
        unsafe {
            libc::pthread_atfork(None, None, Some(forget_other_threads));
        }
    }
    // SAFETY: a function without arguments that does not unwind. If it cannot be registered, the process ends as it
    // would without the gate.
    unsafe {
        libc::atexit(close);
    }
}

extern "C" fn close() {
    CALLS.fetch_or(CLOSED, Ordering::AcqRel);
    let until = Instant::now() + WAIT_TIMEOUT;
    while CALLS.load(Ordering::Acquire) & !CLOSED > MINE.get() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A child of `fork` has one thread: calls of other threads never return.
#[cfg(unix)]
extern "C" fn forget_other_threads() {
    let closed = CALLS.load(Ordering::Acquire) & CLOSED;
    CALLS.store(closed | MINE.get(), Ordering::Release);
    BUFFERS.computing.store(0, Ordering::Release);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_calls_are_counted() {
        let before = MINE.get();
        let entry = enter_to_compute().unwrap();
        assert_eq!(MINE.get(), before + 1);
        assert!(CALLS.load(Ordering::Acquire) > 0);
        drop(entry);
        assert_eq!(MINE.get(), before);
        assert!(!can_map(usize::MAX >> 2));
    }

    #[test]
    fn missing_buffers_of_all_calls_count() {
        let buffers = Buffers::new();
        let room_for = |count: usize| move |bytes: usize| bytes <= count * BUFFER_BYTES;
        assert_eq!(buffers.enter(room_for(2)).unwrap(), 1);
        assert_eq!(buffers.enter(room_for(2)).unwrap(), 2);
        let error = buffers.enter(room_for(2)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MemoryInsufficient, "the other two calls have no buffers yet");
        buffers.leave(2);
        buffers.leave(1);
        assert_eq!(buffers.enter(room_for(0)).unwrap(), 1, "its buffer exists");
        assert_eq!(buffers.enter(room_for(0)).unwrap(), 2);
        assert!(buffers.enter(room_for(0)).is_err());
        assert_eq!(buffers.enter(room_for(1)).unwrap(), 3, "a refused call is not counted");
    }
}
