//! The last report of the player's position, until a thread that computes takes it.

use std::sync::atomic::{AtomicU64, Ordering};

/// The bits of a position: 34 years in milliseconds.
const BITS: u32 = 40;

/// No report.
const NONE: u64 = u64::MAX;

/// The last position that was reported and not taken.
pub(super) struct Position(AtomicU64);

impl Default for Position {
    fn default() -> Self {
        Self(AtomicU64::new(NONE))
    }
}

impl Position {
    /// Keeps a report. It neither waits nor allocates, so an audio callback may call it. An older report that was not
    /// taken is replaced: the position of a later run is not before that of an earlier one.
    pub(super) fn report(&self, run: u32, ms: u64) {
        let ms = ms.min((1 << BITS) - 2);
        self.0.store(u64::from(run) << BITS | ms, Ordering::Release);
    }

    /// The report that was kept: its run, modulo 2^24, and the position.
    pub(super) fn take(&self) -> Option<(u32, u64)> {
        let report = self.0.swap(NONE, Ordering::AcqRel);
        (report != NONE).then_some(((report >> BITS) as u32, report & ((1 << BITS) - 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_report_is_taken_once() {
        let position = Position::default();
        assert_eq!(position.take(), None);
        position.report(1, 2);
        position.report(3, 4);
        assert_eq!((position.take(), position.take()), (Some((3, 4)), None));
        position.report(u32::MAX, u64::MAX);
        assert_eq!(position.take(), Some(((1 << 24) - 1, (1 << 40) - 2)));
    }
}
