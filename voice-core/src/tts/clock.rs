//! The time of a session: how much sound there is, and how much of it is still to be heard.

use std::time::{Duration, Instant};

/// Counts frames of a session's audio, and knows when they will have been heard by somebody who hears them at once.
pub(super) struct Clock {
    rate: u32,
    /// Frames made, but for those that were forgotten.
    made: u64,
    /// Those of them that were given out.
    given: u64,
    heard: Instant,
}

impl Clock {
    /// At the start of a stream of `rate` frames a second.
    pub(super) fn new(rate: u32) -> Self {
        Self { rate, made: 0, given: 0, heard: Instant::now() }
    }

    pub(super) fn make(&mut self, frames: u64) {
        self.made += frames;
        // Who has heard all and waits for more hears the next sound later.
        self.heard =
            self.heard.max(Instant::now()) + Duration::from_secs_f64(frames as f64 / f64::from(self.rate));
    }

    pub(super) fn give(&mut self, frames: u64) {
        self.given += frames;
    }

    /// Sound that nobody got takes no time, and nobody goes on hearing what was given out.
    pub(super) fn forget(&mut self) {
        self.made = self.given;
        self.heard = Instant::now();
    }

    /// The sound that was made and is still to be heard.
    pub(super) fn ahead(&self) -> Duration {
        self.heard.saturating_duration_since(Instant::now())
    }

    /// The end of what was made, in milliseconds of audio.
    pub(super) fn now_ms(&self) -> u64 {
        self.made * 1_000 / u64::from(self.rate)
    }
}
