//! The clock of a session: how much audio was made, and how much of it has not been heard yet.

use std::time::{Duration, Instant};

/// Counts frames of a session's audio, and estimates when they have been heard by a listener who plays them at once.
pub(super) struct Clock {
    rate: u32,
    /// Frames made, without dropped ones.
    made: u64,
    /// Frames returned to the caller.
    given: u64,
    heard: Instant,
}

impl Clock {
    /// A clock at the start of a stream of `rate` frames per second.
    pub(super) fn new(rate: u32) -> Self {
        Self { rate, made: 0, given: 0, heard: Instant::now() }
    }

    pub(super) fn make(&mut self, frames: u64) {
        self.made += frames;
        // After an underrun the next audio is heard later.
        self.heard =
            self.heard.max(Instant::now()) + Duration::from_secs_f64(frames as f64 / f64::from(self.rate));
    }

    pub(super) fn give(&mut self, frames: u64) {
        self.given += frames;
    }

    /// Drops audio that was not returned, which takes no time. The listener stops playing returned audio too.
    pub(super) fn forget(&mut self) {
        self.made = self.given;
        self.heard = Instant::now();
    }

    /// The duration of audio that was made and not heard yet.
    pub(super) fn ahead(&self) -> Duration {
        self.heard.saturating_duration_since(Instant::now())
    }

    /// The end of the audio made, in milliseconds of audio.
    pub(super) fn now_ms(&self) -> u64 {
        self.made * 1_000 / u64::from(self.rate)
    }
}
