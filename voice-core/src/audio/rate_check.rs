//! Detection of speech whose sample rate is not the declared one.

use std::fmt;
use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

/// Samples of one frame (32 ms), and between the starts of two frames (16 ms), at 8 kHz.
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

/// The scores above which the rate surely differs: of one section, and of the mean of two or three; docs/benchmarks.md has
/// the measurement.
const SLOW: Thresholds = Thresholds { one: 5.5, mean: 3.5 };
const FAST: Thresholds = Thresholds { one: 7.5, mean: 4.0 };

/// One half of a low-pass filter for half of the rate: 41 taps in a Kaiser window (β = 5), of which every second one is
/// zero. The first is that of the middle.
const MIDDLE: f32 = 0.500_258_7;
const TAPS: [f32; 10] = [
    0.316_700_3,
    -0.100_930_2,
    0.055_288_3,
    -0.034_340_2,
    0.022_023_1,
    -0.013_990,
    0.008_556_6,
    -0.004_894_8,
    0.002_509_0,
    -0.001_051_5,
];

struct Thresholds {
    one: f32,
    mean: f32,
}

/// Weights of the level, the change and the spread of each band, of a logistic regression.
struct Weights {
    levels: [f32; BANDS],
    changes: [f32; BANDS],
    spreads: [f32; BANDS],
    bias: f32,
}

/// Fitted on recordings of 16 to 48 kHz read as 8 kHz, in which voices are too low and too slow, against others.
const SLOW_WEIGHTS: Weights = Weights {
    levels: [
        3.318, -2.545, -2.027, -0.403, 1.694, -2.035, 0.150, -0.331, -2.110, -0.427, -0.834, -1.715, -0.302,
        0.517, -1.836,
    ],
    changes: [
        18.572, -14.268, -17.684, 1.018, -3.212, -3.615, -16.961, 4.615, 7.069, -1.792, -0.740, 3.925, 0.013,
        -3.049, 1.932,
    ],
    spreads: [
        4.047, -0.205, 0.483, -0.247, -4.609, -1.323, -2.000, -1.697, -1.352, 1.007, 3.423, -0.724, 0.812,
        1.207, -0.216,
    ],
    bias: 2.213,
};

/// Fitted on recordings read 1.4 to 6 times too fast against others, among them higher voices and faster talkers.
const FAST_WEIGHTS: Weights = Weights {
    levels: [
        -1.431, -0.685, -0.204, 1.948, -0.302, 0.775, 0.118, -0.530, 1.090, -0.713, -0.414, -0.527, 0.606,
        1.645, 1.465,
    ],
    changes: [
        10.600, -14.645, 3.166, 22.184, 13.614, 3.701, -0.132, 4.694, 3.519, 1.577, -3.659, -1.090, -5.850,
        -3.491, -5.610,
    ],
    spreads: [
        -4.345, 1.538, -0.924, 0.451, -4.956, -0.715, 3.445, 3.563, -0.197, 0.064, 0.660, 2.407, -0.380,
        -0.277, 0.525,
    ],
    bias: -6.944,
};

/// How the sample rate seems to differ from the declared one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateDoubt {
    /// The audio has a higher rate: its voices are too low and too slow.
    Higher,
    /// The audio has a lower rate: its voices are too high and too fast.
    Lower,
}

impl fmt::Display for RateDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Higher => {
                "the voices are too low and too slow: the audio seems to have a higher sample rate than was declared, \
                 such as 16000 Hz where 8000 Hz is the default; declare its true rate"
            }
            Self::Lower => {
                "the voices are too high and too fast: the audio seems to have a lower sample rate than was declared, \
                 such as 8000 Hz instead of 16000 Hz; declare its true rate"
            }
        })
    }
}

/// Detects whether speech was recorded at another sample rate than its stream declares, by what becomes of voices.
pub struct RateCheck {
    transform: Arc<dyn RealToComplex<f32>>,
    window: [f32; FRAME],
    /// Samples at 16 kHz that the filter still needs.
    filtered: Vec<f32>,
    /// Samples at 8 kHz.
    pending: Vec<f32>,
    /// The power of each band in each frame.
    frames: Vec<[f32; BANDS]>,
    sections: u32,
    slow: Scores,
    fast: Scores,
}

/// The scores of the sections so far.
#[derive(Default)]
struct Scores {
    sum: f32,
    count: u32,
}

impl Scores {
    /// Adds the score of a section. Whether the scores are above `thresholds`.
    fn add(&mut self, score: f32, thresholds: &Thresholds) -> bool {
        self.sum += score;
        self.count += 1;
        score > thresholds.one || self.count > 1 && self.sum > thresholds.mean * self.count as f32
    }
}

impl Default for RateCheck {
    fn default() -> Self {
        let turn = std::f32::consts::TAU / (FRAME - 1) as f32;
        Self {
            transform: RealFftPlanner::new().plan_fft_forward(FRAME),
            window: std::array::from_fn(|n| 0.5 - 0.5 * (turn * n as f32).cos()),
            filtered: Vec::new(),
            pending: Vec::new(),
            frames: Vec::new(),
            sections: 0,
            slow: Scores::default(),
            fast: Scores::default(),
        }
    }
}

impl RateCheck {
    /// Takes more audio, converted from its declared rate to [`SAMPLE_RATE`](crate::audio::SAMPLE_RATE). It should begin
    /// with speech. Returns what is doubtful, after at least 10 s and at most 30 s.
    pub fn push(&mut self, samples: &[i16]) -> Option<RateDoubt> {
        if self.is_done() {
            return None;
        }
        self.filtered.extend(samples.iter().map(|&sample| f32::from(sample)));
        self.halve();
        while self.pending.len() >= FRAME {
            let bands = self.bands();
            self.frames.push(bands);
            self.pending.drain(..STEP);
            if self.frames.len() < SECTION {
                continue;
            }
            let doubt = self.classify();
            self.frames.clear();
            self.sections += 1;
            if doubt.is_some() {
                self.sections = MAX_SECTIONS;
                return doubt;
            }
        }
        None
    }

    /// Whether later audio is not examined.
    pub fn is_done(&self) -> bool {
        self.sections >= MAX_SECTIONS
    }

    /// What is doubtful after another section.
    fn classify(&mut self) -> Option<RateDoubt> {
        let features = Features::of(&self.frames)?;
        let is_slow = self.slow.add(features.score(&SLOW_WEIGHTS), &SLOW);
        let is_fast = self.fast.add(features.score(&FAST_WEIGHTS), &FAST);
        if is_slow { Some(RateDoubt::Higher) } else { is_fast.then_some(RateDoubt::Lower) }
    }

    /// Halves the rate of the samples.
    fn halve(&mut self) {
        const REACH: usize = 2 * TAPS.len() - 1;
        let mut middle = REACH;
        while middle + REACH < self.filtered.len() {
            let pair = |n: usize| self.filtered[middle - 2 * n - 1] + self.filtered[middle + 2 * n + 1];
            let sides: f32 = TAPS.iter().enumerate().map(|(n, tap)| tap * pair(n)).sum();
            self.pending.push(MIDDLE * self.filtered[middle] + sides);
            middle += 2;
        }
        self.filtered.drain(..middle - REACH);
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

/// The level, the change and the spread of each band in the frames with sound, as powers of ten.
struct Features {
    levels: [f32; BANDS],
    changes: [f32; BANDS],
    spreads: [f32; BANDS],
}

impl Features {
    /// The features of a section; `None` if it has too little speech.
    fn of(frames: &[[f32; BANDS]]) -> Option<Self> {
        let power = |frame: &[f32; BANDS]| frame.iter().sum::<f32>();
        let mut powers: Vec<f32> = frames.iter().map(power).collect();
        powers.sort_by(f32::total_cmp);
        let high = powers[powers.len() * 97 / 100];
        let loud: Vec<[f32; BANDS]> = frames
            .iter()
            .filter(|frame| power(frame) > high / 1_000.0)
            .map(|frame| frame.map(f32::log10))
            .collect();
        // Silence, noise and tones have a low contrast; speech has a high one.
        if loud.len() < MIN_FRAMES || powers[powers.len() / 10] * MIN_CONTRAST > high {
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
        Some(Self {
            levels: level.map(|level| level - whole),
            changes: std::array::from_fn(|band| {
                let changes = loud.windows(2).map(|pair| (pair[1][band] - pair[0][band]).abs());
                changes.sum::<f32>() / (count - 1.0)
            }),
            spreads: std::array::from_fn(|band| {
                let middle = mean(&shape, band);
                mean(&|frame, band| (shape(frame, band) - middle).powi(2), band).sqrt()
            }),
        })
    }

    fn score(&self, weights: &Weights) -> f32 {
        let sum = |values: &[f32; BANDS], weights: &[f32; BANDS]| -> f32 {
            values.iter().zip(weights).map(|(value, weight)| value * weight).sum()
        };
        weights.bias
            + sum(&self.levels, &weights.levels)
            + sum(&self.changes, &weights.changes)
            + sum(&self.spreads, &weights.spreads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_noise_and_tones_are_not_judged() {
        let mut random = fastrand::Rng::with_seed(3);
        let mut noise = || random.i16(-3_000..3_000);
        let tone = |n: usize| ((n as f32 * 0.4).sin() * 9_000.0) as i16;
        for sound in
            [vec![0; 600_000], (0..600_000).map(|_| noise()).collect(), (0..600_000).map(tone).collect()]
        {
            let mut check = RateCheck::default();
            assert_eq!(sound.chunks(777).find_map(|part| check.push(part)), None);
            assert!(check.is_done());
        }
    }
}
