//! The gate before libvosk, which also refuses calls without address space for their buffers.
//!
//! If the address space is limited, `OpenBLAS`, which is a part of libvosk, retries the allocation of its buffer in an
//! endless loop.

#![expect(unsafe_code, reason = "address space is mapped to see whether there is any")]

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, ErrorKind, Result};
use crate::gate::{self, AtFork, Gate};

/// Bytes that `OpenBLAS` maps for each computing thread, and a reserve for the call.
const BUFFER_BYTES: usize = (128 + 16) << 20;

/// A fork does not wait for calls: loading a model of gigabytes takes long, and a child uses other recognizers.
pub(super) static GATE: Gate = Gate::new(
    1,
    AtFork::Forget(Buffers::forget_other_threads),
    "the process is ending, and takes no more audio; end threads that use sessions before main returns",
);

static BUFFERS: Buffers = Buffers::new();

/// An active call that computes.
pub(super) struct ComputingEntry {
    /// The number of computing calls, including this one.
    computing: usize,
    _entry: gate::Entry,
}

/// The buffers of `OpenBLAS`: one for each of the calls that compute at the same time. It never frees them.
struct Buffers {
    /// Active computing calls.
    computing: AtomicUsize,
    /// The most calls that have computed at the same time and returned, which is the number of existing buffers.
    mapped: AtomicUsize,
}

/// Begins a call that computes: one that decodes, or loads a model.
pub(super) fn enter_to_compute() -> Result<ComputingEntry> {
    let entry = GATE.enter()?;
    Ok(ComputingEntry { computing: BUFFERS.enter(can_map)?, _entry: entry })
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

    /// In a child of `fork`, calls of other threads do not return.
    fn forget_other_threads() {
        BUFFERS.computing.store(0, Ordering::Release);
    }
}

impl Drop for ComputingEntry {
    fn drop(&mut self) {
        BUFFERS.leave(self.computing);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_calls_are_counted() {
        let before = GATE.own_calls();
        let entry = enter_to_compute().unwrap();
        assert_eq!(GATE.own_calls(), before + 1);
        assert!(BUFFERS.computing.load(Ordering::Acquire) > 0);
        drop(entry);
        assert_eq!(GATE.own_calls(), before);
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
