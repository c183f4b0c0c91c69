//! Which calls may enter libvosk: none once the process ends, and none that needs memory which cannot be had.
//!
//! When `main` returns, or a thread calls `exit`, libvosk's destructors free what threads that still decode are
//! using. A handler that runs before them keeps new calls out, and waits for those inside. And where the address space
//! is limited, `OpenBLAS`, which is a part of libvosk, asks for its buffer again and again, for ever.

#![expect(unsafe_code, reason = "the C library is told what to call at the end of the process")]

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// How long the end of a process waits for calls that are inside: a step of audio takes milliseconds, a model of
/// gigabytes longer than anybody would wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// What `OpenBLAS` maps for each thread that computes, and some for the call around it.
const BUFFER: usize = (128 + 16) << 20;

/// Calls inside, and whether the gate is closed.
static CALLS: AtomicUsize = AtomicUsize::new(0);
const CLOSED: usize = 1 << (usize::BITS - 1);

static BUFFERS: Buffers = Buffers::new();

thread_local! {
    /// Calls of this thread.
    static MINE: Cell<usize> = const { Cell::new(0) };
}

/// A call that is inside.
pub(super) struct Entry {
    /// Calls that compute, with this one, if it does.
    computing: Option<usize>,
}

/// The buffers of `OpenBLAS`: one for each call that computes at the same time as others. It keeps them.
struct Buffers {
    /// Calls that compute.
    computing: AtomicUsize,
    /// How many of them at once have come back, and so have found their buffers.
    found: AtomicUsize,
}

/// Enters for a call that computes nothing.
pub(super) fn enter() -> Result<Entry> {
    if CALLS.fetch_add(1, Ordering::AcqRel) & CLOSED != 0 {
        CALLS.fetch_sub(1, Ordering::AcqRel);
        let message = "the process is ending, and takes no more audio; end threads that use sessions before main returns";
        return Err(Error::new(ErrorKind::Cancelled, message));
    }
    MINE.set(MINE.get() + 1);
    Ok(Entry { computing: None })
}

/// Enters for a call that computes: one that decodes, or loads a model.
pub(super) fn enter_to_compute() -> Result<Entry> {
    let mut entry = enter()?;
    entry.computing = Some(BUFFERS.enter(can_map)?);
    Ok(entry)
}

impl Buffers {
    const fn new() -> Self {
        Self { computing: AtomicUsize::new(0), found: AtomicUsize::new(0) }
    }

    /// Counts a call that computes, if there is address space for the buffers of all that do and have none yet.
    fn enter(&self, can_map: impl Fn(usize) -> bool) -> Result<usize> {
        let computing = self.computing.fetch_add(1, Ordering::AcqRel) + 1;
        if computing <= self.found.load(Ordering::Acquire) {
            return Ok(computing);
        }
        // Whichever of several calls counted itself last looks for the buffers of all. No lock: a child of `fork` could
        // find it held for ever.
        let all = self.computing.load(Ordering::Acquire);
        let missing = all.saturating_sub(self.found.load(Ordering::Acquire)).max(1);
        if can_map(missing.saturating_mul(BUFFER)) {
            return Ok(computing);
        }
        self.computing.fetch_sub(1, Ordering::AcqRel);
        let message = format!(
            "libvosk needs {} MiB of address space for each thread that decodes, and they cannot be had; raise the \
             limit (ulimit -v, RLIMIT_AS) or use fewer threads",
            BUFFER >> 20
        );
        Err(Error::new(ErrorKind::MemoryInsufficient, message))
    }

    /// The call that was one of so many has come back.
    fn leave(&self, computing: usize) {
        self.found.fetch_max(computing, Ordering::AcqRel);
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

/// Whether that much more memory could be mapped now.
#[cfg(unix)]
fn can_map(bytes: usize) -> bool {
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

    // SAFETY: a mapping of its own, which nothing uses.
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

/// Has the gate closed when the process ends, before everything that libvosk has registered until now. Called at each
/// stage; the first call of a stage counts.
pub(super) fn close_at_exit(stage: Stage) {
    static REGISTERED: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];
    if REGISTERED[stage as usize].swap(true, Ordering::AcqRel) {
        return;
    }
    if matches!(stage, Stage::BeforeLoad) {
        #[cfg(unix)]
        // SAFETY: a function that may be called in a child of `fork`: it stores numbers.
        unsafe {
            libc::pthread_atfork(None, None, Some(forget_other_threads));
        }
    }
    // SAFETY: a function without arguments that does not unwind. If it cannot be registered, the end of the process is
    // as safe as without it.
    unsafe {
        libc::atexit(close);
    }
}

extern "C" fn close() {
    CALLS.fetch_or(CLOSED, Ordering::AcqRel);
    let until = Instant::now() + PATIENCE;
    while CALLS.load(Ordering::Acquire) & !CLOSED > MINE.get() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// In a child of `fork` there is one thread: calls of the others never come back.
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
    fn calls_are_counted_while_they_are_inside() {
        let before = MINE.get();
        let entry = enter_to_compute().unwrap();
        assert_eq!(MINE.get(), before + 1);
        assert!(CALLS.load(Ordering::Acquire) > 0);
        drop(entry);
        assert_eq!(MINE.get(), before);
        assert!(!can_map(usize::MAX >> 2));
    }

    #[test]
    fn calls_that_have_no_buffer_yet_are_all_reckoned_with() {
        let buffers = Buffers::new();
        let room_for = |count: usize| move |bytes: usize| bytes <= count * BUFFER;
        assert_eq!(buffers.enter(room_for(2)).unwrap(), 1);
        assert_eq!(buffers.enter(room_for(2)).unwrap(), 2);
        let error = buffers.enter(room_for(2)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MemoryInsufficient, "the other two have mapped nothing yet");
        buffers.leave(2);
        buffers.leave(1);
        assert_eq!(buffers.enter(room_for(0)).unwrap(), 1, "its buffer is there");
        assert_eq!(buffers.enter(room_for(0)).unwrap(), 2);
        assert!(buffers.enter(room_for(0)).is_err());
        assert_eq!(buffers.enter(room_for(1)).unwrap(), 3, "one that was refused is not counted");
    }
}
