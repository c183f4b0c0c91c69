//! Another pitch for a voice that has only its own: what was rendered slower is played faster by the same factor.
//!
//! Pitch and formants move together, as with a smaller or larger speaker. The duration stays, but for the rounding of
//! each sound to whole frames, which the slower rendering does at other places: up to a fifth at the ends of the range.

use crate::audio::resample::Resampler;
use crate::error::Result;
use crate::tts::voice::Rendering;

/// Steps of a pitch: an error of 0.05 % at most, which is a cent, with ratios that keep the filter short.
const STEPS: u32 = 1_000;

/// A rendering whose samples are played `pitch` times as fast.
pub(super) struct Pitched<R> {
    inner: R,
    /// Gone once the last samples are out.
    resampler: Option<Box<Resampler>>,
}

/// `pitch` in steps; nothing for a voice's own.
pub(super) fn steps(pitch: f32) -> Option<u32> {
    let steps = (pitch * STEPS as f32).round() as u32;
    (steps != STEPS).then_some(steps)
}

impl<R> Pitched<R> {
    pub(super) fn new(inner: R, steps: u32) -> Result<Self> {
        Ok(Self { inner, resampler: Some(Box::new(Resampler::new(steps, STEPS)?)) })
    }
}

impl<R: Rendering> Rendering for Pitched<R> {
    fn next_chunk(&mut self) -> Result<Option<Vec<f32>>> {
        let mut samples = Vec::new();
        // The filter may keep a whole chunk.
        while samples.is_empty()
            && let Some(mut resampler) = self.resampler.take()
        {
            let take = |more: &[f32]| samples.extend_from_slice(more);
            if let Some(chunk) = self.inner.next_chunk()? {
                resampler.push(&chunk, take)?;
                self.resampler = Some(resampler);
            } else {
                resampler.finish(take)?;
            }
        }
        Ok((!samples.is_empty()).then_some(samples))
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;
    use crate::error::{Error, ErrorKind};

    const RATE: f32 = 22_050.0;

    /// A tone of 200 Hz in pieces of odd lengths, which fails at its end if `fails`.
    struct Tone {
        pieces: Vec<Vec<f32>>,
        fails: bool,
    }

    impl Tone {
        fn new(samples: usize) -> Self {
            let tone: Vec<_> = (0..samples).map(|n| (TAU * 200.0 * n as f32 / RATE).sin()).collect();
            let mut pieces: Vec<_> = tone.chunks(1_777).map(<[f32]>::to_vec).collect();
            pieces.reverse();
            Self { pieces, fails: false }
        }
    }

    impl Rendering for Tone {
        fn next_chunk(&mut self) -> Result<Option<Vec<f32>>> {
            match self.pieces.pop() {
                None if self.fails => Err(Error::new(ErrorKind::EngineFailed, "it fails")),
                piece => Ok(piece),
            }
        }
    }

    fn all(mut rendering: impl Rendering) -> Vec<f32> {
        std::iter::from_fn(|| rendering.next_chunk().unwrap()).flatten().collect()
    }

    #[test]
    fn a_tone_sounds_higher_by_the_factor_and_shorter_by_the_same() {
        for pitch in [0.5, 0.944, 1.059, 1.5, 2.0] {
            let played = all(Pitched::new(Tone::new(44_100), steps(pitch).unwrap()).unwrap());
            let wanted = 44_100.0 / pitch;
            assert!((played.len() as f32 - wanted).abs() <= 1.0, "{pitch}: {} samples", played.len());
            let expected = |n: usize| (TAU * 200.0 * pitch * n as f32 / RATE).sin();
            // Without its edges, of which the filter makes something of its own.
            let inner = 2_000..played.len() - 2_000;
            let worst = inner.map(|n| (played[n] - expected(n)).abs()).fold(0.0, f32::max);
            let one_sample = TAU * 200.0 * pitch / RATE;
            assert!(worst < one_sample, "{pitch}: off by {worst}");
        }
    }

    #[test]
    fn a_voice_keeps_its_own_pitch_untouched() {
        assert_eq!((steps(1.0), steps(1.000_4), steps(1.001)), (None, None, Some(1_001)));
    }

    #[test]
    fn a_failure_is_passed_on_and_then_it_is_over() {
        let tone = Tone { fails: true, ..Tone::new(5_000) };
        let mut pitched = Pitched::new(tone, 1_500).unwrap();
        let failed =
            std::iter::repeat_with(|| pitched.next_chunk()).find(|chunk| !matches!(chunk, Ok(Some(_))));
        assert_eq!(failed.unwrap().unwrap_err().kind(), ErrorKind::EngineFailed);
        assert!(pitched.next_chunk().unwrap().is_none());
    }
}
