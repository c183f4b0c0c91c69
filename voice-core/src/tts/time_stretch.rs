//! Speech made shorter or longer at the same pitch: WSOLA (Verhelst and Roelands 1993, "An overlap-add technique based on waveform
//! similarity").
//!
//! Windows of the sound are laid closer together than they were, or further apart. Each is taken from where it is most like what followed
//! the one before it, so that the periods of a voice meet.

/// Length of a window: two periods of a low voice.
const WINDOW_MS: u32 = 24;

/// How far from its place a window may be taken: half a period of a low voice to either side.
const SEARCH_MS: u32 = 6;

/// Makes sound so many times as fast.
pub(super) struct TimeStretch {
    times: f64,
    /// Half a window: the distance of windows in what comes out.
    hop: usize,
    search: usize,
    /// Rises over half a window, and falls over the other half.
    window: Vec<f32>,
    /// What came in and may still be used.
    input: Vec<f32>,
    /// Samples that came in before those of `input`.
    dropped: usize,
    /// Where what follows the last window begins, in all that came in.
    next: Option<usize>,
    /// Number of the next window.
    number: u64,
    /// The second half of the last window.
    tail: Vec<f32>,
}

impl TimeStretch {
    /// Makes sound of that rate `times` as fast.
    pub(super) fn new(times: f64, sample_rate: u32) -> Self {
        let hop = ((sample_rate * WINDOW_MS / 2_000) as usize).max(2);
        let phase = |at: usize| std::f32::consts::PI * (at as f32 + 0.5) / hop as f32;
        Self {
            times,
            hop,
            search: (sample_rate * SEARCH_MS / 1_000) as usize,
            window: (0..2 * hop).map(|at| 0.5 - 0.5 * phase(at).cos()).collect(),
            input: Vec::new(),
            dropped: 0,
            next: None,
            number: 0,
            tail: vec![0.0; hop],
        }
    }

    /// Takes further samples and appends to `out` what they make certain.
    pub(super) fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.input.extend_from_slice(samples);
        loop {
            let place = self.place();
            // With what follows it, which the next one is compared with.
            if place + self.search + 3 * self.hop > self.dropped + self.input.len() {
                return;
            }
            self.add(place, out);
        }
    }

    /// Ends the sound: appends the rest to `out`.
    pub(super) fn finish(&mut self, out: &mut Vec<f32>) {
        let end = self.dropped + self.input.len();
        self.input.resize(self.input.len() + self.search + 3 * self.hop, 0.0);
        while self.place() < end {
            self.add(self.place(), out);
        }
        self.input.clear();
    }

    /// Where the next window would be taken if the sound were not looked at.
    fn place(&self) -> usize {
        (self.number as f64 * self.hop as f64 * self.times) as usize
    }

    fn add(&mut self, place: usize, out: &mut Vec<f32>) {
        let at = self.next.map_or(place, |next| self.most_alike(place, next));
        let window = &self.input[at - self.dropped..][..2 * self.hop];
        let (first, second) = window.split_at(self.hop);
        let (rise, fall) = self.window.split_at(self.hop);
        // Before the first window there is nothing to fade from.
        let begins = self.number == 0;
        out.extend(
            first.iter().zip(rise).zip(&self.tail).map(
                |((sample, rise), tail)| {
                    if begins { *sample } else { sample * rise + tail }
                },
            ),
        );
        self.tail.clear();
        self.tail.extend(second.iter().zip(fall).map(|(sample, fall)| sample * fall));
        self.next = Some(at + self.hop);
        self.number += 1;
        let needed = self.place().saturating_sub(self.search).min(at + self.hop);
        let unneeded = needed.saturating_sub(self.dropped).min(self.input.len());
        self.input.drain(..unneeded);
        self.dropped += unneeded;
    }

    /// The place near `place` where the sound is most like that at `next`.
    fn most_alike(&self, place: usize, next: usize) -> usize {
        let wanted = &self.input[next - self.dropped..][..self.hop];
        let begin = place.saturating_sub(self.search).max(self.dropped);
        let likeness = |at: usize| {
            let candidate = &self.input[at - self.dropped..][..self.hop];
            let (mut product, mut energy) = (0.0, 1e-9);
            for (a, b) in candidate.iter().zip(wanted) {
                product += a * b;
                energy += a * a;
            }
            product / energy.sqrt()
        };
        let mut best = (f32::MIN, place);
        for at in begin..=place + self.search {
            let found = likeness(at);
            if found > best.0 {
                best = (found, at);
            }
        }
        best.1
    }
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

    /// Zero crossings upwards in a second.
    fn frequency(samples: &[f32]) -> f32 {
        let crossings = samples.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        crossings as f32 * RATE as f32 / samples.len() as f32
    }

    #[test]
    fn sound_is_as_fast_as_asked_for_at_the_same_pitch_and_level() {
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
    fn how_it_is_cut_cannot_be_heard() {
        let sound: Vec<_> =
            tone(130.0, 30_000).iter().zip(tone(777.0, 30_000)).map(|(a, b)| a + 0.3 * b).collect();
        let whole = shortened(&sound, 1.7, sound.len());
        for piece in [1, 100, 5_000] {
            assert_eq!(shortened(&sound, 1.7, piece), whole, "pieces of {piece}");
        }
    }

    #[test]
    fn little_sound_and_none_are_no_trouble() {
        for count in [0, 1, 10, 300, 600] {
            let out = shortened(&tone(200.0, count), 2.0, 7);
            assert!(out.len() <= count / 2 + 300, "{} of {count}", out.len());
        }
    }
}
