//! Changes the pitch: a clause is rendered slower and then resampled to the original duration.
//!
//! The network has no pitch input, so the whole spectrum moves, as on a tape that runs faster.

use std::time::Duration;

use crate::audio::resample::Resampler;
use crate::error::Result;
use crate::tts::voice::Rendering;

/// The maximum error of a pitch: a third of the least audible difference.
const TOLERANCE: f64 = 0.001;

/// The largest term that a ratio between a half and two needs to reach this tolerance.
const MAX_TERM: u32 = 1_000;

/// A pitch relative to the voice's own, as a ratio of the smallest possible integers, because the resampler works in
/// multiples of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    /// Rendered samples ...
    from: u32,
    /// ... for this many output samples.
    to: u32,
}

impl Interval {
    /// The interval for the pitch factor `pitch`; `None` if the change is inaudible.
    pub(super) fn of(pitch: f32) -> Option<Self> {
        let pitch = f64::from(pitch);
        let mut intervals =
            (1..=MAX_TERM).map(|to| Self { from: (pitch * f64::from(to)).round() as u32, to });
        let nearest = intervals.find(|interval| (interval.ratio() / pitch - 1.0).abs() < TOLERANCE)?;
        (nearest.from != nearest.to).then_some(nearest)
    }

    /// Rendered samples per output sample.
    pub(super) fn ratio(self) -> f64 {
        f64::from(self.from) / f64::from(self.to)
    }
}

/// The factor on the length scale that gives `pace` times the `own` frames of a clause of `sounds` phoneme ids.
///
/// Each id lasts whole frames, rounded up. On average half a frame does not grow with the scale.
pub(super) fn stretch(pace: f64, own: usize, sounds: usize) -> f64 {
    let rounding = sounds as f64 / 2.0;
    let (own, wanted) = (own as f64, own as f64 * pace);
    let stretch = (wanted - rounding) / (own - rounding).max(1.0);
    // If most ids last a single frame, the estimate is not reliable.
    stretch.clamp(pace / 4.0, pace * 2.0)
}

/// A rendering resampled to be faster or slower.
pub(super) struct Transposed<R> {
    /// `None` after it has ended.
    inner: Option<R>,
    resampler: Resampler,
    interval: Interval,
}

impl<R: Rendering> Transposed<R> {
    pub(super) fn new(inner: R, interval: Interval) -> Result<Self> {
        Ok(Self { inner: Some(inner), resampler: Resampler::new(interval.from, interval.to)?, interval })
    }
}

impl<R: Rendering> Rendering for Transposed<R> {
    fn next_chunk(&mut self, ahead: Duration) -> Result<Option<Vec<f32>>> {
        // It is put back only if there is more; a failed rendering has no tail.
        while let Some(mut inner) = self.inner.take() {
            let mut samples = Vec::new();
            let sink = |part: &[f32]| samples.extend_from_slice(part);
            if let Some(chunk) = inner.next_chunk(ahead)? {
                self.resampler.push(&chunk, sink)?;
                self.inner = Some(inner);
            } else {
                self.resampler.finish(sink)?;
            }
            if !samples.is_empty() {
                return Ok(Some(samples));
            }
        }
        Ok(None)
    }

    fn total_samples(&self) -> Option<usize> {
        let total = self.inner.as_ref()?.total_samples()?;
        Some((total as f64 / self.interval.ratio()) as usize)
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use crate::error::{Error, ErrorKind};

    const RATE: f64 = 22_050.0;
    const HZ: f64 = 441.0;
    const SECOND: usize = 22_050;

    /// A tone in chunks of odd sizes, which may fail at its end.
    struct Tone {
        given: usize,
        total: usize,
        sizes: Vec<usize>,
        failure: Option<ErrorKind>,
    }

    impl Tone {
        fn new(total: usize, sizes: &[usize]) -> Self {
            Self { given: 0, total, sizes: sizes.to_vec(), failure: None }
        }
    }

    impl Rendering for Tone {
        fn next_chunk(&mut self, _ahead: Duration) -> Result<Option<Vec<f32>>> {
            let end = (self.given + self.sizes[0]).min(self.total);
            self.sizes.rotate_left(1);
            if self.given == self.total {
                let failure = self.failure.take();
                return failure.map_or(Ok(None), |kind| Err(Error::new(kind, "the tone broke off")));
            }
            let samples = tone(HZ, self.given..end);
            self.given = end;
            Ok(Some(samples))
        }
    }

    fn tone(hz: f64, range: std::ops::Range<usize>) -> Vec<f32> {
        range.map(|n| (TAU * hz * n as f64 / RATE).sin() as f32).collect()
    }

    /// The level of a tone of `hz` in `samples`, for any phase, and the largest sample of the remainder.
    fn against_tone(samples: &[f32], hz: f64) -> (f64, f64) {
        let turn = |n: usize| (TAU * hz * n as f64 / RATE).sin_cos();
        let scale = 2.0 / samples.len() as f64;
        let (mut sine, mut cosine) = (0.0, 0.0);
        for (n, sample) in samples.iter().enumerate() {
            sine += scale * f64::from(*sample) * turn(n).0;
            cosine += scale * f64::from(*sample) * turn(n).1;
        }
        let rest = samples.iter().enumerate().map(|(n, sample)| {
            let (sin, cos) = turn(n);
            (f64::from(*sample) - sine * sin - cosine * cos).abs()
        });
        (sine.hypot(cosine), rest.fold(0.0, f64::max))
    }

    fn chunks(total: usize, sizes: &[usize], interval: Interval) -> Vec<Vec<f32>> {
        let mut rendering = Transposed::new(Tone::new(total, sizes), interval).unwrap();
        std::iter::from_fn(|| rendering.next_chunk(Duration::ZERO).unwrap()).collect()
    }

    /// Semitones, and some pitches between them.
    fn pitches() -> impl Iterator<Item = f32> {
        let semitones = (-12_i8..=12).map(|semitones| (f32::from(semitones) / 12.0).exp2());
        semitones.chain([0.503, 0.77, 0.999, 1.0015, 1.01, 1.37, 1.999])
    }

    #[test]
    fn every_pitch_has_a_near_interval() {
        let fine = (0..15_000_u16).map(|step| 0.5 + f32::from(step) / 10_000.0);
        for pitch in pitches().chain(fine) {
            let Some(interval) = Interval::of(pitch) else {
                assert!((pitch - 1.0).abs() <= 0.001, "{pitch} is not the own pitch");
                continue;
            };
            assert!((interval.ratio() / f64::from(pitch) - 1.0).abs() < TOLERANCE, "{pitch}: {interval:?}");
            assert!(interval.from <= MAX_TERM && interval.to <= MAX_TERM, "{pitch}: {interval:?}");
        }
        assert_eq!(Interval::of(1.0), None);
        assert_eq!(Interval::of(2.0), Some(Interval { from: 2, to: 1 }));
        assert_eq!(Interval::of(0.5), Some(Interval { from: 1, to: 2 }));
        for nonsense in [f32::NAN, 0.0, -1.0] {
            assert_eq!(Interval::of(nonsense), None);
        }
    }

    #[test]
    fn tone_is_shifted_without_clicks() {
        for pitch in pitches() {
            let Some(interval) = Interval::of(pitch) else { continue };
            let total = (SECOND as f64 * interval.ratio()).round() as usize;
            let heard = chunks(total, &[4_096, 1, 2_047, 257, 7_000], interval).concat();
            assert!(heard.len().abs_diff(SECOND) <= 1, "{pitch}: {} samples", heard.len());
            // Without the filter's response to the start and the end of the tone.
            let inner = &heard[2_000..heard.len() - 2_000];
            let (level, rest) = against_tone(inner, HZ * interval.ratio());
            assert!((level - 1.0).abs() < 0.001, "{pitch}: {level} times as loud");
            assert!(rest < 0.001, "{pitch}: {rest} beside the tone");
        }
    }

    #[test]
    fn chunk_sizes_do_not_change_the_audio() {
        for pitch in [0.5, 0.89, 1.0595, 1.999, 2.0] {
            let interval = Interval::of(pitch).unwrap();
            let whole = chunks(SECOND, &[SECOND], interval).concat();
            for sizes in [&[1_usize, 2, 3][..], &[4_096, 2_048], &[999]] {
                assert_eq!(chunks(SECOND, sizes, interval).concat(), whole, "{pitch} in {sizes:?}");
            }
        }
    }

    #[test]
    fn tone_above_the_band_does_not_alias() {
        struct High(Option<Vec<f32>>);
        impl Rendering for High {
            fn next_chunk(&mut self, _ahead: Duration) -> Result<Option<Vec<f32>>> {
                Ok(self.0.take())
            }
        }
        let high = High(Some(tone(8_000.0, 0..SECOND)));
        let mut rendering = Transposed::new(high, Interval::of(2.0).unwrap()).unwrap();
        let heard: Vec<_> =
            std::iter::from_fn(|| rendering.next_chunk(Duration::ZERO).unwrap()).flatten().collect();
        let loudest = heard[500..heard.len() - 500].iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
        assert!(loudest < 0.01, "leaks through at {loudest}");
    }

    #[test]
    fn error_ends_it_without_a_tail() {
        let broken = Tone { failure: Some(ErrorKind::EngineFailed), ..Tone::new(5_000, &[5_000]) };
        let mut rendering = Transposed::new(broken, Interval::of(1.5).unwrap()).unwrap();
        assert!(rendering.next_chunk(Duration::ZERO).unwrap().is_some());
        assert_eq!(rendering.next_chunk(Duration::ZERO).unwrap_err().kind(), ErrorKind::EngineFailed);
        assert!(rendering.next_chunk(Duration::ZERO).unwrap().is_none());
    }

    #[test]
    fn stretch_allows_for_rounding() {
        // 100 sounds of 2.5 frames that became 300 frames: twice as many need 5.5 frames of each.
        assert!((stretch(2.0, 300, 100) - 5.5 / 2.5).abs() < 1e-9);
        assert!((stretch(0.5, 300, 100) - 1.0 / 2.5).abs() < 1e-9);
        for (own, sounds) in [(100, 100), (51, 100), (1, 100), (0, 0)] {
            assert!((0.5..=4.0).contains(&stretch(2.0, own, sounds)), "{own} of {sounds}");
            assert!((0.125..=1.0).contains(&stretch(0.5, own, sounds)), "{own} of {sounds}");
        }
    }
}
