//! Voice activity: where speech starts and ends.

mod endpoint;

pub(crate) use endpoint::{Edge, Endpointer};

use earshot::{DefaultPredictor, Detector};

use crate::audio::{SAMPLE_RATE, SAMPLES_PER_MS};

/// Samples in one frame: 16 ms at [`SAMPLE_RATE`].
pub const FRAME: usize = 256;

/// Length of one frame in milliseconds.
pub(crate) const FRAME_MS: u32 = (FRAME as u64 / SAMPLES_PER_MS) as u32;

const _: () = assert!(FRAME as u32 * 1_000 == FRAME_MS * SAMPLE_RATE);

/// Judges audio frame by frame.
pub trait Vad: Send {
    /// The probability, 0–1, that `frame` holds voice. Frames come in stream order.
    fn score(&mut self, frame: &[i16; FRAME]) -> f32;

    /// Forgets the stream so far.
    fn reset(&mut self);
}

/// The small neural network of the `earshot` crate: 8 KiB of state, no allocation per frame.
pub struct Earshot(Box<Detector<DefaultPredictor>>);

impl Default for Earshot {
    fn default() -> Self {
        Self(Detector::default_boxed())
    }
}

impl Vad for Earshot {
    fn score(&mut self, frame: &[i16; FRAME]) -> f32 {
        self.0.predict_i16(frame)
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

/// Calls everything voice; for hosts that know themselves when somebody speaks.
#[derive(Default)]
pub struct AlwaysVoice;

impl Vad for AlwaysVoice {
    fn score(&mut self, _frame: &[i16; FRAME]) -> f32 {
        1.0
    }

    fn reset(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_steady_tones_are_not_voice() {
        let mut vad = Earshot::default();
        let hum = |n: usize| ((n as f32 * 0.02).sin() * 3_000.0) as i16;
        for start in (0..SAMPLE_RATE as usize).step_by(FRAME) {
            let frame = std::array::from_fn(|n| hum(start + n));
            assert!(vad.score(&[0; FRAME]) < 0.5);
            assert!(vad.score(&frame) < 0.5);
        }
    }
}
