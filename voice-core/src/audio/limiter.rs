//! A look-ahead limiter: it reduces the gain before a peak, so that no sample exceeds the ceiling and no wave is
//! distorted.

use std::collections::VecDeque;

/// The look-ahead, which is also the attack time.
const AHEAD_MS: u32 = 5;

/// The time constant of the release. Longer than a period of any voice, so that the gain does not follow the wave.
const RELEASE_MS: f32 = 80.0;

/// Limits one stream of samples, delayed by the look-ahead.
///
/// The needed gain of a sample is the one that brings it to the ceiling. The gain at a sample is the mean, over the
/// window after it, of the least needed gain in the window before each position. The sample is in all of these windows,
/// so the gain never exceeds its needed gain.
pub(crate) struct Limiter {
    /// The highest absolute value of an output sample.
    ceiling: f32,
    window: usize,
    release: f32,
    /// Delayed samples.
    held: VecDeque<f32>,
    /// Needed gains that are less than all later ones, with the numbers of their samples.
    needed: VecDeque<(u64, f32)>,
    /// The last gains of the window, and their sum.
    gains: VecDeque<f32>,
    sum: f64,
    /// The least gain of the window, released slowly.
    gain: f32,
    taken: u64,
}

impl Limiter {
    pub(crate) fn new(sample_rate: u32, ceiling: f32) -> Self {
        let window = (sample_rate * AHEAD_MS / 1_000).max(1) as usize;
        Self {
            ceiling,
            window,
            release: 1.0 - (-1_000.0 / (RELEASE_MS * sample_rate as f32)).exp(),
            held: VecDeque::new(),
            needed: VecDeque::new(),
            gains: VecDeque::from(vec![1.0; window]),
            sum: window as f64,
            gain: 1.0,
            taken: 0,
        }
    }

    /// Takes a sample, and appends the delayed one to `out`.
    pub(crate) fn push(&mut self, sample: f32, out: &mut Vec<f32>) {
        self.held.push_back(sample);
        let needed = if sample.abs() > self.ceiling { self.ceiling / sample.abs() } else { 1.0 };
        while self.needed.back().is_some_and(|(_, gain)| *gain >= needed) {
            self.needed.pop_back();
        }
        self.needed.push_back((self.taken, needed));
        self.taken += 1;
        while self.needed.front().is_some_and(|(at, _)| at + (self.window as u64) < self.taken) {
            self.needed.pop_front();
        }
        let least = self.needed.front().map_or(1.0, |(_, gain)| *gain);
        self.gain = least.min(self.gain + (1.0 - self.gain) * self.release);
        self.sum += f64::from(self.gain) - f64::from(self.gains.pop_front().unwrap_or(1.0));
        self.gains.push_back(self.gain);
        if self.held.len() == self.window {
            self.emit(out);
        }
    }

    /// Ends the stream: appends the delayed samples to `out`, and resets the limiter.
    pub(crate) fn finish(&mut self, out: &mut Vec<f32>) {
        // Silence pushes the delayed samples out.
        let end = out.len() + self.held.len();
        while out.len() < end {
            self.push(0.0, out);
        }
        self.restart();
    }

    /// Drops the delayed samples and resets the limiter.
    pub(crate) fn restart(&mut self) {
        self.held.clear();
        self.needed.clear();
        self.gains.iter_mut().for_each(|gain| *gain = 1.0);
        self.sum = self.window as f64;
        self.gain = 1.0;
        self.taken = 0;
    }

    fn emit(&mut self, out: &mut Vec<f32>) {
        if let Some(sample) = self.held.pop_front() {
            let gain = (self.sum / self.window as f64) as f32;
            // The sum has rounding errors, so the result is clamped.
            out.push((sample * gain).clamp(-self.ceiling, self.ceiling));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 22_050;
    const CEILING: f32 = 0.841;

    fn limited(samples: &[f32]) -> Vec<f32> {
        let mut limiter = Limiter::new(RATE, CEILING);
        let mut out = Vec::new();
        for sample in samples {
            limiter.push(*sample, &mut out);
        }
        limiter.finish(&mut out);
        out
    }

    fn tone(level: f32, count: usize) -> Vec<f32> {
        (0..count).map(|at| level * (at as f32 * 0.05).sin()).collect()
    }

    #[test]
    fn samples_below_the_ceiling_are_unchanged() {
        for count in [0, 1, 50, 110, 111, 5_000] {
            let samples = tone(0.8, count);
            let out = limited(&samples);
            assert_eq!(out.len(), count);
            assert!(out.iter().zip(&samples).all(|(out, sample)| (out - sample).abs() < 1e-6), "{count}");
        }
    }

    #[test]
    fn no_sample_exceeds_the_ceiling() {
        fastrand::seed(1);
        let noise: Vec<_> = (0..20_000).map(|_| 8.0 * (fastrand::f32() - 0.5).powi(3)).collect();
        let impulse = [vec![0.1; 3_000], vec![4.0], vec![0.1; 3_000]].concat();
        for samples in [noise, impulse, tone(2.0, 10_000), vec![3.0; 40]] {
            let out = limited(&samples);
            assert_eq!(out.len(), samples.len());
            assert!(out.iter().all(|sample| sample.abs() <= CEILING));
        }
    }

    #[test]
    fn loud_tone_is_not_distorted() {
        let samples = tone(2.0, 20_000);
        let out = limited(&samples);
        let loud = out.iter().zip(&samples).skip(5_000).filter(|(_, sample)| sample.abs() > 0.5);
        let gains: Vec<_> = loud.map(|(out, sample)| out / sample).collect();
        let (least, most) =
            gains.iter().fold((f32::MAX, 0.0_f32), |(a, b), gain| (a.min(*gain), b.max(*gain)));
        assert!(most / least < 1.1, "the gain moves between {least} and {most}");
    }
}
