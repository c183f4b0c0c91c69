//! A look-ahead limiter: what is loud gets quieter before it comes, so that no sample passes the ceiling and no
//! wave is bent.

use std::collections::VecDeque;

/// How far it looks ahead, and how long it takes to become quieter.
const AHEAD_MS: u32 = 5;

/// The time constant of becoming louder again: longer than a period of any voice, or the gain would follow the wave.
const RELEASE_MS: f32 = 80.0;

/// Limits one stretch of sound, which comes out later by the look-ahead.
///
/// The gain at a sample is the mean over the window after it of the least gain that any sample of the window before
/// that needs. The sample itself is in all of these windows, so the gain is never above what it needs.
pub(crate) struct Limiter {
    /// No sample that comes out is above it.
    ceiling: f32,
    window: usize,
    release: f32,
    /// Samples that are still to come out.
    held: VecDeque<f32>,
    /// Needed gains that are less than all after them, with their numbers.
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

    /// Takes a sample, and appends to `out` the one that is due.
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
            self.give(out);
        }
    }

    /// Ends the stretch: appends what is held to `out`, and begins anew.
    pub(crate) fn finish(&mut self, out: &mut Vec<f32>) {
        // Silence pushes out what is held.
        let end = out.len() + self.held.len();
        while out.len() < end {
            self.push(0.0, out);
        }
        self.restart();
    }

    /// Forgets what is held.
    pub(crate) fn restart(&mut self) {
        self.held.clear();
        self.needed.clear();
        self.gains.iter_mut().for_each(|gain| *gain = 1.0);
        self.sum = self.window as f64;
        self.gain = 1.0;
        self.taken = 0;
    }

    fn give(&mut self, out: &mut Vec<f32>) {
        if let Some(sample) = self.held.pop_front() {
            let gain = (self.sum / self.window as f64) as f32;
            // The sum is rounded; the ceiling is not.
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
    fn what_is_below_the_ceiling_comes_out_as_it_was() {
        for count in [0, 1, 50, 110, 111, 5_000] {
            let samples = tone(0.8, count);
            let out = limited(&samples);
            assert_eq!(out.len(), count);
            assert!(out.iter().zip(&samples).all(|(out, sample)| (out - sample).abs() < 1e-6), "{count}");
        }
    }

    #[test]
    fn no_sample_passes_the_ceiling_and_none_is_lost() {
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
    fn a_loud_tone_stays_a_tone() {
        let samples = tone(2.0, 20_000);
        let out = limited(&samples);
        let loud = out.iter().zip(&samples).skip(5_000).filter(|(_, sample)| sample.abs() > 0.5);
        let gains: Vec<_> = loud.map(|(out, sample)| out / sample).collect();
        let (least, most) =
            gains.iter().fold((f32::MAX, 0.0_f32), |(a, b), gain| (a.min(*gain), b.max(*gain)));
        assert!(most / least < 1.1, "the gain moves between {least} and {most}");
    }
}
