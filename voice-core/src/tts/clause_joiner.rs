//! Joins clauses without clicks. It replaces the silence that a voice puts around a clause by the pause for the
//! punctuation.

use std::collections::VecDeque;

use super::calibration::SPEECH_LEVEL;
use crate::audio::Limiter;

/// The maximum sample: 1.5 dB below full scale, since the signal between two samples can be higher than both (ITU-R
/// BS.1770-5, annex 2, "true peak").
const CEILING: f32 = 0.841;

/// Silence kept before the first and after the last loud sample of a clause, which may hold soft consonants. It
/// scales with the speed.
pub(super) const MARGIN_MS: u32 = 30;

/// The length of the fade at both ends of a clause.
const FADE_MS: u32 = 4;

/// Shapes the samples of clauses, one clause at a time.
pub(super) struct ClauseJoiner {
    rate: u32,
    margin: usize,
    fade: usize,
    gain: f32,
    /// The level above which samples are speech.
    speech: f32,
    limiter: Limiter,
    /// Held samples, which may be the silent end of the clause.
    held: VecDeque<f32>,
    /// Samples of the clause returned so far.
    given: usize,
    /// The last returned sample, before the gain.
    last: f32,
    begun: bool,
}

impl ClauseJoiner {
    pub(super) fn new(sample_rate: u32) -> Self {
        let samples = |ms: u32| (sample_rate * ms / 1_000) as usize;
        Self {
            rate: sample_rate,
            margin: samples(MARGIN_MS),
            fade: samples(FADE_MS).max(1),
            gain: 1.0,
            speech: SPEECH_LEVEL,
            limiter: Limiter::new(sample_rate, CEILING),
            held: VecDeque::new(),
            given: 0,
            last: 0.0,
            begun: false,
        }
    }

    /// Begins a clause with a speaking rate factor `speed` and the factor `gain`. Samples below the level `speech`
    /// are silence.
    pub(super) fn begin(&mut self, gain: f32, speed: f32, speech: f32) {
        self.margin = (self.rate as f32 * MARGIN_MS as f32 / 1_000.0 / speed) as usize;
        self.held.clear();
        self.limiter.restart();
        self.given = 0;
        self.begun = false;
        self.gain = gain;
        self.speech = speech;
    }

    /// Takes samples of the clause and appends them to `out`, except those that may be its silent end.
    pub(super) fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let Some(last) = samples.iter().rposition(|sample| sample.abs() >= self.speech) else {
            self.hold(samples);
            return;
        };
        let mut speech = &samples[..=last];
        if !self.begun {
            let first = speech.iter().position(|sample| sample.abs() >= self.speech).unwrap_or(0);
            // The margin may lie in the held samples; the other held samples are silence and dropped.
            let here = first.min(self.margin);
            let before = self.held.len().min(self.margin - here);
            self.held.drain(..self.held.len() - before);
            speech = &speech[first - here..];
            self.begun = true;
        }
        let held = std::mem::take(&mut self.held);
        self.give(held.into_iter(), out);
        self.give(speech.iter().copied(), out);
        self.hold(&samples[last + 1..]);
    }

    /// Ends the clause: appends the margin after it, faded out.
    pub(super) fn finish(&mut self, out: &mut Vec<f32>) {
        let mut held = std::mem::take(&mut self.held);
        if !self.begun {
            return;
        }
        self.begun = false;
        held.truncate(self.margin);
        // A clause that ends loud needs time to fade out.
        let last = held.len().saturating_sub(self.fade);
        let fade = self.fade as f32;
        let faded = held.iter().enumerate().map(|(at, sample)| {
            let left = (held.len() - at) as f32;
            if at < last { *sample } else { sample * (left / fade).min(1.0) }
        });
        let faded: Vec<_> = faded.collect();
        if faded.is_empty() {
            let level = self.last;
            self.give((1..=self.fade).map(|step| level * (1.0 - step as f32 / fade)), out);
        }
        self.give(faded.into_iter(), out);
        self.limiter.finish(out);
    }

    fn hold(&mut self, samples: &[f32]) {
        self.held.extend(samples);
        if !self.begun {
            let excess = self.held.len().saturating_sub(self.margin);
            self.held.drain(..excess);
        }
    }

    fn give(&mut self, samples: impl Iterator<Item = f32>, out: &mut Vec<f32>) {
        for sample in samples {
            let rise = ((self.given + 1) as f32 / self.fade as f32).min(1.0);
            self.limiter.push(sample * self.gain * rise, out);
            self.last = sample;
            self.given += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::tts::Calibration;

    const RATE: u32 = 16_000;
    const MARGIN: usize = 480;

    fn joined(clause: &[f32], piece: usize, gain: f32) -> Vec<f32> {
        let mut joint = ClauseJoiner::new(RATE);
        let mut out = Vec::new();
        joint.begin(gain, 1.0, SPEECH_LEVEL);
        for samples in clause.chunks(piece) {
            joint.push(samples, &mut out);
        }
        joint.finish(&mut out);
        out
    }

    fn clause(before: usize, behind: usize) -> Vec<f32> {
        let voice = (0..8_000).map(|at| 0.5 * (at as f32 * 0.2).sin());
        let silence = |count| std::iter::repeat_n(0.001, count);
        silence(before).chain(voice).chain(silence(behind)).collect()
    }

    #[test]
    fn silence_around_a_clause_is_trimmed() {
        for (before, behind) in [(0, 0), (100, 100), (5_000, 9_000)] {
            let clause = clause(before, behind);
            let whole = joined(&clause, clause.len(), 1.0);
            let expected = 8_000 + before.min(MARGIN) + behind.min(MARGIN);
            assert!(whole.len().abs_diff(expected) < 70, "{} of {expected}", whole.len());
            for piece in [1, 7, 160, 3_000] {
                assert_eq!(joined(&clause, piece, 1.0), whole, "pieces of {piece}");
            }
        }
    }

    #[test]
    fn clause_ends_without_clicks() {
        for (before, behind) in [(0, 0), (3_000, 3_000)] {
            let out = joined(&clause(before, behind), 512, 1.0);
            assert!(out[0].abs() < 0.01 && out[out.len() - 1].abs() < 0.01);
        }
        let loud = joined(&[1.0; 1_000], 100, 1.0);
        let steps = loud.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(steps < 0.03, "a step of {steps}");
    }

    #[test]
    fn silence_inside_a_clause_is_kept() {
        let clause: Vec<_> = [clause(0, 0), vec![0.0; 4_000], clause(0, 0)].concat();
        assert!(joined(&clause, 160, 1.0).len() >= clause.len());
    }

    #[test]
    fn only_loud_peaks_are_limited() {
        let clause = clause(0, 0);
        let loud = joined(&clause, 160, 4.0);
        assert!(loud.iter().all(|sample| sample.abs() <= CEILING));
        let out = joined(&clause, 160, 1.0);
        let inner = 100..7_900;
        assert!(out[inner.clone()].iter().zip(&clause[inner]).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn margins_scale_with_speed() {
        let length = |speed| {
            let (mut joint, mut out) = (ClauseJoiner::new(RATE), Vec::new());
            joint.begin(1.0, speed, SPEECH_LEVEL);
            joint.push(&clause(5_000, 5_000), &mut out);
            joint.finish(&mut out);
            out.len()
        };
        assert_eq!(length(1.0) - length(2.0), MARGIN);
    }

    #[test]
    fn soft_ends_of_a_quiet_voice_are_kept() {
        // A vowel and a soft consonant of a voice at about -42 LUFS, and noise below both.
        let vowel = (0..8_000).map(|at| 0.012 * (at as f32 * 0.2).sin());
        let consonant = (0..2_000).map(|at| 0.004 * (at as f32 * 1.3).sin());
        let clause: Vec<_> = vowel.chain(consonant).chain(std::iter::repeat_n(0.0001, 8_000)).collect();
        let length = |speech| {
            let (mut joint, mut out) = (ClauseJoiner::new(RATE), Vec::new());
            joint.begin(16.0, 1.0, speech);
            joint.push(&clause, &mut out);
            joint.finish(&mut out);
            out.len()
        };
        let quiet = Calibration { loudness: Some(-42.0), comma_ms: None };
        assert!(length(quiet.speech_level()).abs_diff(10_000 + MARGIN) < 10);
        assert!(length(Calibration::default().speech_level()) < 8_600);
    }

    #[test]
    fn silent_clause_gives_no_audio() {
        assert!(joined(&vec![0.0; 5_000], 500, 1.0).is_empty());
    }
}
