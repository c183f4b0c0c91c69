//! Time stretching at constant pitch: WSOLA (Verhelst and Roelands 1993, "An overlap-add technique based on waveform
//! similarity").
//!
//! Windows of the audio are placed closer together or further apart. Each window is taken from where it is most
//! similar to the continuation of the previous one, so that the periods of the voice align.

use std::ops::RangeInclusive;

/// Length of a window: two periods of a low voice.
const WINDOW_MS: u32 = 24;

/// The maximum shift of a window: half a period of a low voice in each direction.
const SEARCH_MS: u32 = 6;

/// Speeds audio up or slows it down by a factor.
pub(super) struct TimeStretch {
    times: f64,
    /// Half a window: the distance of windows in the output.
    hop: usize,
    search: usize,
    /// The first half of the window function. The second half is 1 minus this.
    rise: Vec<f32>,
    /// Input that may still be used.
    input: Vec<f32>,
    /// The number of input samples before `input`.
    dropped: usize,
    /// The start of the second half of the last window, counted in all input.
    next: Option<usize>,
    /// The index of the next window.
    number: usize,
}

impl TimeStretch {
    /// Makes audio of that sample rate `times` as fast.
    pub(super) fn new(times: f64, sample_rate: u32) -> Self {
        let hop = ((sample_rate * WINDOW_MS / 2_000) as usize).max(2);
        Self {
            times,
            hop,
            search: (sample_rate * SEARCH_MS / 1_000) as usize,
            rise: (0..hop).map(|at| rise(at, hop)).collect(),
            input: Vec::new(),
            dropped: 0,
            next: None,
            number: 0,
        }
    }

    /// How many times as fast the audio is made.
    pub(super) fn times(&self) -> f64 {
        self.times
    }

    /// Takes further samples and appends the finished output to `out`.
    pub(super) fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.input.extend_from_slice(samples);
        // The next window is compared with the continuation of this one, and the last one needs room.
        let room = (self.most_left() as f64 * self.times).ceil() as usize + 1;
        let after = (self.search + 3 * self.hop).max(room);
        while self.place() + after <= self.end() {
            self.add(out);
        }
    }

    /// Ends the audio: appends the rest to `out`. The output ends where the input ends.
    pub(super) fn finish(&mut self, out: &mut Vec<f32>) {
        let end = self.end();
        let wanted = (end as f64 / self.times).round() as usize;
        while self.given() + self.most_left().min(end) <= wanted && 2 * self.hop <= end {
            self.add(out);
        }
        // The rest becomes a last window of the needed length that does not fade out.
        let least = if self.next.is_some() { self.hop } else { 0 };
        let most = self.input.len();
        let left = (wanted - self.given()).clamp(least, most);
        let shortest = left.saturating_sub(self.search).max(self.hop.min(left));
        let longest = (left + self.search).min(most);
        let next = self.next.unwrap_or(0);
        let overlap = self.hop.min(left);
        let at = self.most_alike(end - longest..=end - shortest, next, overlap);
        let window = &self.input[at - self.dropped..];
        let before = &self.input[next - self.dropped..];
        let joined = window.iter().zip(before).take(overlap).enumerate().map(|(at, (sample, before))| {
            let rise = rise(at, overlap);
            sample * rise + before * (1.0 - rise)
        });
        out.extend(joined);
        out.extend_from_slice(&window[overlap..]);
        self.input.clear();
    }

    /// The nominal position of the next window.
    fn place(&self) -> usize {
        (self.given() as f64 * self.times) as usize
    }

    /// The number of input samples.
    fn end(&self) -> usize {
        self.dropped + self.input.len()
    }

    /// The number of output samples.
    fn given(&self) -> usize {
        self.number * self.hop
    }

    /// The upper bound of the last window's length: twice its fade-in.
    fn most_left(&self) -> usize {
        3 * self.hop
    }

    /// Adds the next window, whose input is complete.
    fn add(&mut self, out: &mut Vec<f32>) {
        let place = self.place();
        let last = self.end() - 2 * self.hop;
        let places = place.saturating_sub(self.search).min(last)..=(place + self.search).min(last);
        let at = self.next.map_or(place.min(last), |next| self.most_alike(places, next, self.hop));
        let samples = &self.input[at - self.dropped..][..self.hop];
        if let Some(next) = self.next {
            let before = &self.input[next - self.dropped..];
            let joined = samples.iter().zip(before).zip(&self.rise);
            out.extend(joined.map(|((sample, before), rise)| sample * rise + before * (1.0 - rise)));
        } else {
            out.extend_from_slice(samples);
        }
        self.next = Some(at + self.hop);
        self.number += 1;
        let kept = self.most_left() + self.search;
        let needed = self.place().saturating_sub(self.search).min(at + self.hop);
        let unneeded = needed.min(self.end().saturating_sub(kept)).saturating_sub(self.dropped);
        self.input.drain(..unneeded);
        self.dropped += unneeded;
    }

    /// The position among `places` where `count` samples are most similar to those at `next`.
    fn most_alike(&self, places: RangeInclusive<usize>, next: usize, count: usize) -> usize {
        let wanted = &self.input[next - self.dropped..][..count];
        let likeness = |at: usize| {
            let candidate = &self.input[at - self.dropped..][..count];
            let (mut product, mut energy) = (0.0, 1e-9);
            for (a, b) in candidate.iter().zip(wanted) {
                product += a * b;
                energy += a * a;
            }
            product / energy.sqrt()
        };
        let mut best = (f32::MIN, *places.start());
        for at in places {
            let found = likeness(at);
            if found > best.0 {
                best = (found, at);
            }
        }
        best.1
    }
}

/// Rises from 0 to 1 over `of` samples: half a Hann window.
fn rise(at: usize, of: usize) -> f32 {
    0.5 - 0.5 * (std::f32::consts::PI * (at as f32 + 0.5) / of as f32).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 22_050;

    fn tone(hz: f32, count: usize) -> Vec<f32> {
        (0..count).map(|n| 0.5 * (std::f32::consts::TAU * hz * n as f32 / RATE as f32).sin()).collect()
    }

    fn shortened(samples: &[f32], times: f64, piece: usize) -> Vec<f32> {
        let mut stretch = TimeStretch::new(times, RATE);
        let mut out = Vec::new();
        samples.chunks(piece).for_each(|piece| stretch.push(piece, &mut out));
        stretch.finish(&mut out);
        out
    }

    /// Upward zero crossings per second.
    fn frequency(samples: &[f32]) -> f32 {
        let crossings = samples.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        crossings as f32 * RATE as f32 / samples.len() as f32
    }

    #[test]
    fn speed_changes_at_constant_pitch_and_level() {
        for hz in [90.0, 220.0, 1_000.0] {
            for times in [0.5, 0.8, 1.05, 1.5, 2.0, 4.0] {
                let out = shortened(&tone(hz, 44_100), times, 4_096);
                let expected = 44_100.0 / times;
                assert!((out.len() as f64 - expected).abs() < 600.0, "{} of {expected}", out.len());
                let inner = &out[600..out.len() - 3_000];
                assert!((frequency(inner) / hz - 1.0).abs() < 0.02, "{hz} Hz became {}", frequency(inner));
                let level = (inner.iter().map(|s| s * s).sum::<f32>() / inner.len() as f32).sqrt();
                assert!((level / 0.353_6 - 1.0).abs() < 0.05, "{hz} Hz at {times}: {level}");
            }
        }
    }

    #[test]
    fn chunk_sizes_do_not_change_the_audio() {
        let sound: Vec<_> =
            tone(130.0, 30_000).iter().zip(tone(777.0, 30_000)).map(|(a, b)| a + 0.3 * b).collect();
        let whole = shortened(&sound, 1.7, sound.len());
        for piece in [1, 100, 5_000] {
            assert_eq!(shortened(&sound, 1.7, piece), whole, "pieces of {piece}");
        }
    }

    #[test]
    fn output_ends_like_the_input() {
        for times in [0.5, 0.9, 1.1, 1.75, 2.0, 3.0, 4.0] {
            for count in [2_000, 4_410, 11_025, 11_111, 11_500] {
                // A soft tone that ends in a loud one of 5 ms.
                let mut sound = tone(200.0, count);
                let end = count - 110;
                for sample in &mut sound {
                    *sample *= 0.1;
                }
                sound[end..].copy_from_slice(&tone(1_000.0, 110));
                let out = shortened(&sound, times, 512);
                let ends = out[out.len() - 110..].iter().zip(&sound[end..]);
                assert!(ends.map(|(a, b)| (a - b).abs()).all(|off| off < 1e-6), "{count} samples at {times}");
                let expected = count as f64 / times;
                assert!((out.len() as f64 - expected).abs() < 133.0, "{} of {expected}", out.len());
            }
        }
    }

    #[test]
    fn short_audio_keeps_length_and_level() {
        let level = |samples: &[f32]| samples.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        for times in [0.5, 1.5, 4.0] {
            assert!(shortened(&[], times, 7).is_empty());
            for count in [1, 10, 300, 600, 1_000] {
                let sound = tone(200.0, count);
                let out = shortened(&sound, times, 7);
                // Input shorter than a window is shortened and never lengthened.
                let expected = (count as f64 / times).round();
                let least = if times < 1.0 && count < 528 { count as f64 } else { expected };
                let found = out.len() as f64;
                assert!((least - 132.0..=expected + 132.0).contains(&found), "{found} of {expected}");
                assert!(level(&out) >= 0.7 * level(&sound), "{count} samples at {times}");
            }
        }
    }
}
