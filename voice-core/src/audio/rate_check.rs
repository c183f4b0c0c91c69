//! Detection of speech at a higher sample rate than stated.

use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

/// Samples of one frame (32 ms), and between the starts of two frames (16 ms).
const FRAME: usize = 256;
const STEP: usize = 128;

/// Bands of 250 Hz, from 125 Hz.
const BANDS: usize = 15;
const FIRST_BIN: usize = 4;
const BINS: usize = 8;

/// Frames of one section, which is classified as a whole: 10 s.
const SECTION: usize = 624;

/// The least number of frames with sound in a section that is classified.
const MIN_FRAMES: usize = 150;

/// The most sections that are examined.
const MAX_SECTIONS: u32 = 3;

/// The least power ratio of loud and quiet frames in speech.
const MIN_CONTRAST: f32 = 10.0;

/// The score above which the rate is surely higher; docs/benchmarks.md has the measurement.
const THRESHOLD: f32 = 3.0;

/// Weights of the level, the change and the spread of each band: a logistic regression on recordings at 8 kHz
/// (original, with telephone bandwidth, and with noise) and on the same at 16 to 48 kHz read as 8 kHz, in which voices
/// are too low and too slow.
const LEVELS: [f32; BANDS] = [
    2.082, -2.020, -0.504, 0.670, 2.796, -1.267, -1.665, 0.222, -0.552, -2.608, 1.594, -0.545, -0.815,
    -0.807, -0.659,
];
const CHANGES: [f32; BANDS] = [
    -5.994, -28.128, -15.923, -4.129, 15.392, 4.283, -7.507, -16.987, -0.606, -5.786, 4.184, 0.866, 13.007,
    -15.149, -10.329,
];
const SPREADS: [f32; BANDS] = [
    9.960, -0.159, -0.176, -0.976, -3.121, -3.442, 0.140, -1.195, -0.916, -0.162, 4.163, 4.664, 5.758,
    -1.975, 1.676,
];
const BIAS: f32 = 6.573;

/// Detects whether a stream that is stated to be at 8 kHz contains speech at a higher rate.
pub struct RateCheck {
    transform: Arc<dyn RealToComplex<f32>>,
    window: [f32; FRAME],
    pending: Vec<f32>,
    /// The power of each band in each frame.
    frames: Vec<[f32; BANDS]>,
    sections: u32,
}

impl Default for RateCheck {
    fn default() -> Self {
        let turn = std::f32::consts::TAU / (FRAME - 1) as f32;
        Self {
            transform: RealFftPlanner::new().plan_fft_forward(FRAME),
            window: std::array::from_fn(|n| 0.5 - 0.5 * (turn * n as f32).cos()),
            pending: Vec::new(),
            frames: Vec::new(),
            sections: 0,
        }
    }
}

impl RateCheck {
    /// Takes more samples. True if the rate is surely higher than 8 kHz, false if it is not or cannot be determined;
    /// `None` while more audio is needed: at least 10 s, at most 30 s.
    pub fn push(&mut self, samples: impl Iterator<Item = i16>) -> Option<bool> {
        for sample in samples {
            self.pending.push(sample.into());
            if self.pending.len() < FRAME {
                continue;
            }
            let bands = self.bands();
            self.frames.push(bands);
            self.pending.drain(..STEP);
            if self.frames.len() < SECTION {
                continue;
            }
            let score = score(&self.frames);
            self.frames.clear();
            self.sections += 1;
            if score.is_some() || self.sections == MAX_SECTIONS {
                return Some(score.is_some_and(|score| score > THRESHOLD));
            }
        }
        None
    }

    fn bands(&self) -> [f32; BANDS] {
        let mut frame: Vec<f32> =
            self.pending.iter().zip(&self.window).map(|(sample, part)| sample * part).collect();
        let mut spectrum = self.transform.make_output_vec();
        // Fails only for buffers of a wrong length.
        if self.transform.process(&mut frame, &mut spectrum).is_err() {
            return [1.0; BANDS];
        }
        std::array::from_fn(|band| {
            let bins = &spectrum[FIRST_BIN + BINS * band..][..BINS];
            1.0 + bins.iter().map(realfft::num_complex::Complex::norm_sqr).sum::<f32>() / BINS as f32
        })
    }
}

/// The score of a section; `None` if it has too little speech.
fn score(frames: &[[f32; BANDS]]) -> Option<f32> {
    let power = |frame: &[f32; BANDS]| frame.iter().sum::<f32>();
    let mut powers: Vec<f32> = frames.iter().map(power).collect();
    powers.sort_by(f32::total_cmp);
    let least = powers[powers.len() * 97 / 100] / 1_000.0;
    let loud: Vec<[f32; BANDS]> =
        frames.iter().filter(|frame| power(frame) > least).map(|frame| frame.map(f32::log10)).collect();
    // Silence, noise and tones have a low contrast; speech has a high one.
    if loud.len() < MIN_FRAMES || powers[powers.len() / 10] * MIN_CONTRAST > powers[powers.len() * 97 / 100] {
        return None;
    }
    let count = loud.len() as f32;
    let mean = |of: &dyn Fn(&[f32; BANDS], usize) -> f32, band: usize| {
        loud.iter().map(|frame| of(frame, band)).sum::<f32>() / count
    };
    let level: [f32; BANDS] = std::array::from_fn(|band| mean(&|frame, band| frame[band], band));
    let whole = power(&level) / BANDS as f32;
    // Relative to the mean of the frame.
    let shape = |frame: &[f32; BANDS], band: usize| frame[band] - power(frame) / BANDS as f32;
    let mut score = BIAS;
    for band in 0..BANDS {
        let change =
            loud.windows(2).map(|pair| (pair[1][band] - pair[0][band]).abs()).sum::<f32>() / (count - 1.0);
        let middle = mean(&shape, band);
        let spread = mean(&|frame, band| (shape(frame, band) - middle).powi(2), band).sqrt();
        score += LEVELS[band] * (level[band] - whole) + CHANGES[band] * change + SPREADS[band] * spread;
    }
    Some(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_noise_and_tones_are_not_detected() {
        let mut random = fastrand::Rng::with_seed(3);
        let mut noise = || random.i16(-3_000..3_000);
        let tone = |n: usize| ((n as f32 * 0.4).sin() * 9_000.0) as i16;
        for sound in
            [vec![0; 300_000], (0..300_000).map(|_| noise()).collect(), (0..300_000).map(tone).collect()]
        {
            assert_eq!(RateCheck::default().push(sound.into_iter()), Some(false));
        }
    }
}
