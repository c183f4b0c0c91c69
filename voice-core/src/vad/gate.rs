//! An energy gate, which spares the voice detector frames that are only background.

use std::collections::VecDeque;

use crate::vad::endpoint::STAY;
use crate::vad::{FRAME, Vad};

/// Skipped frames that the inner detector gets before an onset: twice the length of its window and context.
const WARM_UP: usize = 8;

/// A frame is background if its power is less than 4 dB above the background estimate.
const MARGIN: f32 = 2.5;

/// The growth of the background estimate per frame: 3 dB per second while the detector reports voice, 12 dB per second
/// otherwise.
const RISE_IN_VOICE: f32 = 1.011;
const RISE: f32 = 1.045;

/// The least background power: rounding noise.
const MIN_POWER: f32 = 2.0;

/// A detector that scores background frames 0 and passes the others to `inner`.
///
/// Most of a stream is silence, and a neural detector pays as much for it as for speech.
pub(crate) struct EnergyGate<V> {
    inner: V,
    low: Background,
    high: Background,
    previous: i16,
    /// Whether the current frame was examined already and needs the inner detector.
    needs_inner: bool,
    score: f32,
    skipped: VecDeque<[i16; FRAME]>,
}

/// The estimated power of the background.
struct Background(f32);

impl Background {
    /// Updates the estimate, and returns whether `power` is background.
    fn covers(&mut self, power: f32, rise: f32) -> bool {
        self.0 = power.max(MIN_POWER).min(self.0 * rise);
        power < self.0 * MARGIN
    }
}

impl<V: Vad> EnergyGate<V> {
    /// A gate in front of `inner`.
    pub(crate) fn new(inner: V) -> Self {
        Self {
            inner,
            low: Background(MIN_POWER),
            high: Background(MIN_POWER),
            previous: 0,
            needs_inner: false,
            score: 0.0,
            skipped: VecDeque::new(),
        }
    }

    /// Whether `frame` is background.
    ///
    /// Uses two measures that are independent of a DC offset: the power of the samples around their mean, which
    /// distinguishes voice from hiss, and the power of their differences, which distinguishes it from hum.
    fn is_background(&mut self, frame: &[i16; FRAME]) -> bool {
        let count = FRAME as f32;
        let sum: i64 = frame.iter().map(|&sample| i64::from(sample)).sum();
        let squares: i64 = frame.iter().map(|&sample| i64::from(sample) * i64::from(sample)).sum();
        let mean = sum as f32 / count;
        let power = (squares as f32 / count - mean * mean).max(0.0);
        let mut differences = square(self.previous, frame[0]);
        differences += frame.windows(2).map(|pair| square(pair[0], pair[1])).sum::<i64>();
        self.previous = frame[FRAME - 1];
        let rise = if self.score < STAY { RISE } else { RISE_IN_VOICE };
        // Both estimates are updated with every frame.
        let low = self.low.covers(power, rise);
        let high = self.high.covers(differences as f32 / count, rise);
        low && high
    }
}

fn square(before: i16, after: i16) -> i64 {
    let difference = i64::from(after) - i64::from(before);
    difference * difference
}

impl<V: Vad> Vad for EnergyGate<V> {
    fn score(&mut self, frame: &[i16; FRAME]) -> f32 {
        if let Some(score) = self.quick_score(frame) {
            return score;
        }
        self.needs_inner = false;
        for missed in self.skipped.drain(..) {
            self.inner.score(&missed);
        }
        self.score = self.inner.score(frame);
        self.score
    }

    fn quick_score(&mut self, frame: &[i16; FRAME]) -> Option<f32> {
        if self.needs_inner {
            return None;
        }
        let background = self.is_background(frame);
        // The gate closes only after the detector has stopped reporting voice.
        if background && self.score < STAY {
            if self.skipped.len() == WARM_UP {
                self.skipped.pop_front();
            }
            self.skipped.push_back(*frame);
            return Some(0.0);
        }
        self.needs_inner = true;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    /// Scores loud frames as voice, and records all frames.
    #[derive(Default)]
    struct Recorder(Vec<[i16; FRAME]>);

    impl Vad for Recorder {
        fn score(&mut self, frame: &[i16; FRAME]) -> f32 {
            self.0.push(*frame);
            if frame.iter().any(|sample| sample.unsigned_abs() > 100) { 0.9 } else { 0.0 }
        }
    }

    fn tone(hz: f32, level: f32) -> [f32; FRAME] {
        std::array::from_fn(|n| level * (TAU * hz * n as f32 / 16_000.0).sin())
    }

    fn frame(samples: &[f32; FRAME]) -> [i16; FRAME] {
        samples.map(|sample| sample as i16)
    }

    fn feed(gate: &mut EnergyGate<Recorder>, frame: &[i16; FRAME], times: usize) -> usize {
        gate.inner.0.clear();
        for _ in 0..times {
            gate.score(frame);
        }
        gate.inner.0.len()
    }

    /// A gate that has adapted to `background`.
    fn settled(background: &[i16; FRAME]) -> EnergyGate<Recorder> {
        let mut gate = EnergyGate::new(Recorder::default());
        feed(&mut gate, background, 600);
        assert_eq!(feed(&mut gate, background, 60), 0, "the background is not skipped");
        gate
    }

    #[test]
    fn skipped_background_precedes_an_onset() {
        let (quiet, loud) = (frame(&tone(500.0, 10.0)), frame(&tone(500.0, 1_000.0)));
        let mut gate = settled(&quiet);
        assert!(gate.score(&loud) > 0.5);
        assert_eq!(gate.inner.0, [&[quiet; WARM_UP][..], &[loud]].concat());
    }

    #[test]
    fn gate_closes_after_the_detector() {
        let (quiet, loud) = (frame(&tone(500.0, 10.0)), frame(&tone(500.0, 1_000.0)));
        let mut gate = settled(&quiet);
        gate.score(&loud);
        assert_eq!(feed(&mut gate, &quiet, 1), 1, "its last score was voice");
        assert_eq!(feed(&mut gate, &quiet, 1), 0);
    }

    #[test]
    fn quick_score_changes_no_score() {
        let frames: Vec<_> =
            (0..400).map(|n| frame(&tone(500.0, if n / 40 % 3 == 1 { 1_000.0 } else { 10.0 }))).collect();
        let mut gate = EnergyGate::new(Recorder::default());
        let scores: Vec<_> = frames.iter().map(|frame| gate.score(frame)).collect();
        let mut quick = EnergyGate::new(Recorder::default());
        let mut skipped = 0;
        for (frame, score) in frames.iter().zip(scores) {
            let mut found = quick.quick_score(frame);
            if found.is_some() {
                skipped += 1;
            } else {
                assert_eq!(quick.quick_score(frame), None);
                found = Some(quick.score(frame));
            }
            assert_eq!(found, Some(score));
        }
        assert_eq!(quick.inner.0, gate.inner.0);
        assert!((100..300).contains(&skipped), "{skipped}");
    }

    #[test]
    fn first_frame_may_be_voice() {
        assert!(EnergyGate::new(Recorder::default()).score(&frame(&tone(300.0, 1_000.0))) > 0.5);
    }

    #[test]
    fn estimate_adapts_to_a_louder_background() {
        let mut gate = settled(&frame(&tone(500.0, 5.0)));
        let louder = frame(&tone(500.0, 60.0));
        assert!(feed(&mut gate, &louder, 60) >= 60);
        feed(&mut gate, &louder, 300);
        assert_eq!(feed(&mut gate, &louder, 60), 0);
    }

    #[test]
    fn quiet_voice_is_detected_in_noise() {
        let add = |a: [f32; FRAME], b: [f32; FRAME]| frame(&std::array::from_fn(|n| a[n] + b[n]));
        let whine = tone(7_000.0, 70.0);
        assert!(settled(&frame(&whine)).score(&add(whine, tone(300.0, 150.0))) > 0.5);
        let hum = tone(62.5, 90.0);
        assert!(settled(&frame(&hum)).score(&add(hum, tone(2_000.0, 60.0))) > 0.5);
        let offset = [50.0; FRAME];
        assert!(settled(&frame(&offset)).score(&add(offset, tone(300.0, 60.0))) > 0.5);
    }
}
