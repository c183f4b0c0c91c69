//! The level of a voice compared with its loudest part: it falls at the end of a word before the detector is sure.

use crate::vad::FRAME;

/// A frame is quiet if its power is less than this part of the loudest: -26 dB. The level at which recordings of words
/// are usually cut is -30 dB.
const QUIET: f32 = 0.0025;

/// How the loudest power fades with each frame, so that a louder word before does not count for ever: 6 dB per second.
const FADE: f32 = 0.978;

/// The level of an utterance.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Level {
    loudest: f32,
    quiet: u32,
}

impl Level {
    /// Takes the next frame.
    pub(crate) fn observe(&mut self, frame: &[i16; FRAME]) {
        let count = FRAME as f32;
        let mean = frame.iter().map(|&sample| f32::from(sample)).sum::<f32>() / count;
        let power = frame.iter().map(|&sample| (f32::from(sample) - mean).powi(2)).sum::<f32>() / count;
        self.loudest = power.max(self.loudest * FADE);
        self.quiet = if power < self.loudest * QUIET { self.quiet + 1 } else { 0 };
    }

    /// The number of quiet frames at the end.
    pub(crate) fn quiet(self) -> u32 {
        self.quiet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(amplitude: i16) -> [i16; FRAME] {
        std::array::from_fn(|at| if at % 2 == 0 { amplitude } else { -amplitude })
    }

    #[test]
    fn quiet_frames_after_a_word_are_counted() {
        let mut level = Level::default();
        let mut after = |amplitude| {
            level.observe(&frame(amplitude));
            level.quiet()
        };
        assert_eq!([10, 10_000, 3_000, 300, 300, 600, 300].map(&mut after), [0, 0, 0, 1, 2, 0, 1]);
        // An offset is not sound.
        let mut level = Level::default();
        level.observe(&frame(10_000));
        level.observe(&[5_000; FRAME]);
        assert_eq!(level.quiet(), 1);
    }
}
