//! The pauses of a speaker within a turn, which tell how long a silence must be to end a turn.

use std::ops::RangeInclusive;

/// The part of a new pause in the mean.
const WEIGHT: f32 = 0.3;

/// Shorter silences are parts of words.
const LEAST_MS: u32 = 160;

/// The silence that ends a turn, relative to the mean pause, and the silence added to it.
const FACTOR: f32 = 1.4;
const ADDED_MS: f32 = 160.0;

/// The mean pause of one speaker.
#[derive(Debug, Clone, Default)]
pub(super) struct Pauses {
    mean_ms: Option<f32>,
}

impl Pauses {
    /// Counts a silence after which the speaker went on.
    pub(super) fn observe(&mut self, ms: u32) {
        if ms >= LEAST_MS {
            let mean = self.mean_ms.unwrap_or(ms as f32);
            self.mean_ms = Some(mean + WEIGHT * (ms as f32 - mean));
        }
    }

    /// The silence that ends a turn, within `range`. It is the middle of the range before the first pause.
    pub(super) fn end_ms(&self, range: &RangeInclusive<u32>) -> u32 {
        let (low, high) = (*range.start(), *range.end());
        let Some(mean) = self.mean_ms else { return u32::midpoint(low, high) };
        ((mean * FACTOR + ADDED_MS) as u32).clamp(low, high.max(low))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_follows_the_speaker() {
        let mut pauses = Pauses::default();
        assert_eq!(pauses.end_ms(&(600..=800)), 700);
        pauses.observe(100);
        assert_eq!(pauses.end_ms(&(600..=800)), 700, "a gap within a word");
        for _ in 0..10 {
            pauses.observe(200);
        }
        assert_eq!(pauses.end_ms(&(600..=800)), 600);
        pauses.observe(900);
        pauses.observe(900);
        assert_eq!(pauses.end_ms(&(600..=800)), 800);
    }
}
