use std::collections::VecDeque;

use crate::vad::endpoint::STAY;
use crate::vad::{FRAME, Vad};

/// Frames that the inner detector hears late when the sound returns, so that it does not meet an
/// onset cold: what its window and its context hold, and as much again.
const WARM_UP: usize = 8;

/// A frame is background if it is less than 4 dB louder than the quietest of the last seconds.
const MARGIN: f32 = 2.5;

/// How fast the estimate of the background rises to a louder one: 3 dB a second while the detector
/// hears a voice, 12 dB a second while it does not.
const RISE_IN_VOICE: f32 = 1.011;
const RISE: f32 = 1.045;

/// The power below which nothing is heard: rounding noise.
const INAUDIBLE: f32 = 2.0;

/// Spares a detector the frames that are no louder than the background; they score 0.
///
/// Most of a stream is silence, and a neural detector pays as much for it as for speech.
pub(crate) struct EnergyGate<V> {
    inner: V,
    low: Background,
    high: Background,
    previous: i16,
    /// The frame that comes next was glanced at, and needs the detector.
    glanced: bool,
    score: f32,
    skipped: VecDeque<[i16; FRAME]>,
}

/// The power of what is always there.
struct Background(f32);

impl Background {
    /// Whether `power` is no more than the background, which follows it.
    fn covers(&mut self, power: f32, rise: f32) -> bool {
        self.0 = power.max(INAUDIBLE).min(self.0 * rise);
        power < self.0 * MARGIN
    }
}

impl<V: Vad> EnergyGate<V> {
    /// A gate before `inner`.
    pub(crate) fn new(inner: V) -> Self {
        Self {
            inner,
            low: Background(INAUDIBLE),
            high: Background(INAUDIBLE),
            previous: 0,
            glanced: false,
            score: 0.0,
            skipped: VecDeque::new(),
        }
    }

    /// Whether `frame` holds no more than the background.
    ///
    /// Two measures, both without the microphone's offset: the power of the samples around their
    /// mean, where voice stands out of hiss, and the power of their differences, where it stands
    /// out of hum.
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
        // Both follow every frame.
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
        if let Some(score) = self.glance(frame) {
            return score;
        }
        self.glanced = false;
        for missed in self.skipped.drain(..) {
            self.inner.score(&missed);
        }
        self.score = self.inner.score(frame);
        self.score
    }

    fn glance(&mut self, frame: &[i16; FRAME]) -> Option<f32> {
        if self.glanced {
            return None;
        }
        let background = self.is_background(frame);
        // The gate closes only once the detector itself no longer hears a voice.
        if background && self.score < STAY {
            if self.skipped.len() == WARM_UP {
                self.skipped.pop_front();
            }
            self.skipped.push_back(*frame);
            return Some(0.0);
        }
        self.glanced = true;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    /// Hears a voice in loud frames, and keeps a list of all it was given.
    #[derive(Default)]
    struct Listening(Vec<[i16; FRAME]>);

    impl Vad for Listening {
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

    fn feed(gate: &mut EnergyGate<Listening>, frame: &[i16; FRAME], times: usize) -> usize {
        gate.inner.0.clear();
        for _ in 0..times {
            gate.score(frame);
        }
        gate.inner.0.len()
    }

    /// A gate that has learnt a background.
    fn settled(background: &[i16; FRAME]) -> EnergyGate<Listening> {
        let mut gate = EnergyGate::new(Listening::default());
        feed(&mut gate, background, 600);
        assert_eq!(feed(&mut gate, background, 60), 0, "the background is not spared");
        gate
    }

    #[test]
    fn background_is_spared_and_heard_again_before_an_onset() {
        let (quiet, loud) = (frame(&tone(500.0, 10.0)), frame(&tone(500.0, 1_000.0)));
        let mut gate = settled(&quiet);
        assert!(gate.score(&loud) > 0.5);
        assert_eq!(gate.inner.0, [&[quiet; WARM_UP][..], &[loud]].concat());
    }

    #[test]
    fn the_detector_itself_says_when_speech_is_over() {
        let (quiet, loud) = (frame(&tone(500.0, 10.0)), frame(&tone(500.0, 1_000.0)));
        let mut gate = settled(&quiet);
        gate.score(&loud);
        assert_eq!(feed(&mut gate, &quiet, 1), 1, "its last score was voice");
        assert_eq!(feed(&mut gate, &quiet, 1), 0);
    }

    #[test]
    fn a_glance_changes_no_score() {
        let frames: Vec<_> =
            (0..400).map(|n| frame(&tone(500.0, if n / 40 % 3 == 1 { 1_000.0 } else { 10.0 }))).collect();
        let mut gate = EnergyGate::new(Listening::default());
        let scores: Vec<_> = frames.iter().map(|frame| gate.score(frame)).collect();
        let mut glancing = EnergyGate::new(Listening::default());
        let mut spared = 0;
        for (frame, score) in frames.iter().zip(scores) {
            let mut glanced = glancing.glance(frame);
            if glanced.is_some() {
                spared += 1;
            } else {
                assert_eq!(glancing.glance(frame), None);
                glanced = Some(glancing.score(frame));
            }
            assert_eq!(glanced, Some(score));
        }
        assert_eq!(glancing.inner.0, gate.inner.0);
        assert!((100..300).contains(&spared), "{spared}");
    }

    #[test]
    fn a_stream_that_begins_with_speech_is_heard_from_its_first_frame() {
        assert!(EnergyGate::new(Listening::default()).score(&frame(&tone(300.0, 1_000.0))) > 0.5);
    }

    #[test]
    fn a_louder_background_becomes_the_background() {
        let mut gate = settled(&frame(&tone(500.0, 5.0)));
        let louder = frame(&tone(500.0, 60.0));
        assert!(feed(&mut gate, &louder, 60) >= 60);
        feed(&mut gate, &louder, 300);
        assert_eq!(feed(&mut gate, &louder, 60), 0);
    }

    #[test]
    fn neither_hiss_nor_hum_nor_an_offset_hides_a_quiet_voice() {
        let add = |a: [f32; FRAME], b: [f32; FRAME]| frame(&std::array::from_fn(|n| a[n] + b[n]));
        let whine = tone(7_000.0, 70.0);
        assert!(settled(&frame(&whine)).score(&add(whine, tone(300.0, 150.0))) > 0.5);
        let hum = tone(62.5, 90.0);
        assert!(settled(&frame(&hum)).score(&add(hum, tone(2_000.0, 60.0))) > 0.5);
        let offset = [50.0; FRAME];
        assert!(settled(&frame(&offset)).score(&add(offset, tone(300.0, 60.0))) > 0.5);
    }
}
