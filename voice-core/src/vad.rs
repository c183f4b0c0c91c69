//! Voice activity detection and endpointing.

mod endpoint;
mod gate;
mod level;

pub use endpoint::Endpoint;
pub(crate) use endpoint::{Edge, Endpointer, STAY};
pub(crate) use gate::EnergyGate;
pub(crate) use level::Level;

use earshot::{DefaultPredictor, Detector};

use crate::audio::{SAMPLE_RATE, SAMPLES_PER_MS};

/// Samples in one frame: 16 ms at [`SAMPLE_RATE`].
pub const FRAME: usize = 256;

/// Length of one frame in milliseconds.
pub(crate) const FRAME_MS: u32 = (FRAME as u64 / SAMPLES_PER_MS) as u32;

const _: () = assert!(FRAME as u32 * 1_000 == FRAME_MS * SAMPLE_RATE);

/// A voice activity detector, which classifies audio frame by frame.
pub trait Vad: Send {
    /// The probability, 0–1, that `frame` is voice. Frames come in stream order.
    fn score(&mut self, frame: &[i16; FRAME]) -> f32;

    /// The same, if it is cheap to compute. If it is `None`, the caller must call [`score`](Self::score) with this
    /// frame before the next one.
    fn quick_score(&mut self, frame: &[i16; FRAME]) -> Option<f32> {
        let _ = frame;
        None
    }
}

/// The neural network of the `earshot` crate: 8 KiB of state, no allocation per frame.
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
}

/// Classifies every frame as voice, for hosts with their own detection.
#[derive(Default)]
pub struct AlwaysVoice;

impl Vad for AlwaysVoice {
    fn score(&mut self, _frame: &[i16; FRAME]) -> f32 {
        1.0
    }

    fn quick_score(&mut self, frame: &[i16; FRAME]) -> Option<f32> {
        Some(self.score(frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    #[test]
    fn silence_and_steady_tones_are_not_voice() {
        for (hz, level) in [(0.0, 0.0), (50.0, 3_000.0), (1_000.0, 3_000.0)] {
            let mut vad = Earshot::default();
            for start in (0..SAMPLE_RATE as usize).step_by(FRAME) {
                let time = |n: usize| (start + n) as f32 / SAMPLE_RATE as f32;
                let frame = std::array::from_fn(|n| (level * (TAU * hz * time(n)).sin()) as i16);
                assert!(vad.score(&frame) < 0.5, "{hz} Hz after {start} samples");
            }
        }
    }
}
