//! Streaming resampling between any two rates, without a shift in time.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, Fft, FixedAsync, FixedSync, Indexing, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};

use crate::error::{Error, ErrorKind, Result};

/// The intended length of an FFT block, in frames at the lower of the two rates. The filter has the length of a block;
/// a shorter one would remove the top of the band. The delay is 16 to 32 ms.
const BLOCK: usize = 256;

/// The longest FFT block in frames. Rates with few common factors would need longer ones and are interpolated.
const MAX_BLOCK: u32 = 2_048;

/// The length of the interpolation filter, in frames at the lower rate.
const TAPS: usize = 192;

pub(crate) struct Resampler {
    inner: Box<dyn rubato::Resampler<f32>>,
    from: u32,
    to: u32,
    /// Input of an incomplete block.
    pending: Vec<f32>,
    block: Vec<f32>,
    frames_in: u64,
    frames_out: u64,
    /// Output frames still to be dropped, because of the filter's delay.
    delay: usize,
}

impl Resampler {
    /// A resampler from `from` to `to` samples per second.
    pub(crate) fn new(from: u32, to: u32) -> Result<Self> {
        let inner = make(from, to).map_err(|reason| {
            let message = format!("cannot resample {from} Hz to {to} Hz: {reason}");
            Error::new(ErrorKind::AudioFormatUnsupported, message)
        })?;
        Ok(Self {
            block: vec![0.0; inner.output_frames_max()],
            delay: inner.output_delay(),
            inner,
            from,
            to,
            pending: Vec::new(),
            frames_in: 0,
            frames_out: 0,
        })
    }

    /// Resamples `mono` and passes the output to `sink` in pieces.
    pub(crate) fn push(&mut self, mono: &[f32], mut sink: impl FnMut(&[f32])) -> Result<()> {
        self.frames_in += mono.len() as u64;
        self.pending.extend_from_slice(mono);
        let mut used = 0;
        while self.pending.len() - used >= self.inner.input_frames_next() {
            used += self.process(used, None, u64::MAX, &mut sink)?;
        }
        self.pending.drain(..used);
        Ok(())
    }

    /// Flushes the filter, so that output and input have the same duration.
    pub(crate) fn finish(&mut self, mut sink: impl FnMut(&[f32])) -> Result<()> {
        let total = (self.frames_in * u64::from(self.to)).div_ceil(u64::from(self.from));
        while self.frames_out < total {
            let left = self.pending.len();
            self.process(0, Some(left), total, &mut sink)?;
            self.pending.clear();
        }
        Ok(())
    }

    fn process(
        &mut self,
        offset: usize,
        partial: Option<usize>,
        total: u64,
        sink: &mut impl FnMut(&[f32]),
    ) -> Result<usize> {
        let failed = |error: String| Error::new(ErrorKind::Internal, format!("resampling failed: {error}"));
        let input = InterleavedSlice::new(&self.pending, 1, self.pending.len())
            .map_err(|error| failed(error.to_string()))?;
        let room = self.block.len();
        let mut output =
            InterleavedSlice::new_mut(&mut self.block, 1, room).map_err(|error| failed(error.to_string()))?;
        let mut indexing = Indexing::new().input_offset(offset);
        indexing.partial_len = partial;
        let (read, written) = self
            .inner
            .process_into_buffer(&input, &mut output, Some(&indexing))
            .map_err(|error| failed(error.to_string()))?;
        let skipped = self.delay.min(written);
        self.delay -= skipped;
        let wanted = ((written - skipped) as u64).min(total.saturating_sub(self.frames_out)) as usize;
        self.frames_out += wanted as u64;
        sink(&self.block[skipped..skipped + wanted]);
        Ok(read)
    }
}

fn make(from: u32, to: u32) -> Result<Box<dyn rubato::Resampler<f32>>, rubato::ResamplerConstructionError> {
    let at_input = |frames: usize| frames.max((frames * from as usize).div_ceil(to as usize));
    if from / gcd(from, to) <= MAX_BLOCK {
        let fft = Fft::new(from as usize, to as usize, at_input(BLOCK), 1, FixedSync::Both)?;
        return Ok(Box::new(fft));
    }
    let sinc = SincInterpolationParameters {
        sinc_len: at_input(TAPS).next_multiple_of(8),
        f_cutoff: None,
        interpolation: SincInterpolationType::Cubic,
        oversampling_factor: 128,
        window: WindowFunction::BlackmanHarris2,
    };
    let ratio = f64::from(to) / f64::from(from);
    Ok(Box::new(Async::new_sinc(ratio, 1.0, &sinc, BLOCK, 1, FixedAsync::Input)?))
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::SAMPLE_RATE;
    use std::f32::consts::TAU;

    fn resample(rate: u32, input: &[f32], piece: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(rate, SAMPLE_RATE).unwrap();
        let mut output = Vec::new();
        for part in input.chunks(piece) {
            resampler.push(part, |samples| output.extend_from_slice(samples)).unwrap();
        }
        resampler.finish(|samples| output.extend_from_slice(samples)).unwrap();
        output
    }

    fn tone(rate: u32, hz: f32, seconds: f32) -> Vec<f32> {
        (0..(rate as f32 * seconds) as usize).map(|n| (TAU * hz * n as f32 / rate as f32).sin()).collect()
    }

    #[test]
    fn tone_keeps_phase_level_and_duration() {
        for rate in [8_000, 11_025, 22_050, 24_000, 44_100, 44_101, 48_000, 96_000, 192_000] {
            let output = resample(rate, &tone(rate, 440.0, 0.5), 777);
            assert_eq!(output.len(), 8_000, "{rate} Hz");
            let expected = tone(SAMPLE_RATE, 440.0, 0.5);
            // The first and last 20 ms hold the filter's response to the tone's edges.
            let worst = (320..7_680).map(|n| (output[n] - expected[n]).abs()).fold(0.0, f32::max);
            let one_sample = TAU * 440.0 / SAMPLE_RATE as f32;
            assert!(worst < one_sample, "{rate} Hz: off by {worst}");
        }
    }

    #[test]
    fn band_of_the_models_is_kept() {
        for rate in [16_001, 22_050, 44_100, 44_101, 48_000, 96_000, 191_999, 192_000] {
            let output = resample(rate, &tone(rate, 7_000.0, 0.5), 777);
            let power = output[800..7_200].iter().map(|s| s * s).sum::<f32>() / 6_400.0;
            let loss = 10.0 * (0.5 / power).log10();
            assert!(loss < 1.0, "{rate} Hz: 7 kHz loses {loss} dB");
        }
    }

    #[test]
    fn frequencies_above_the_band_are_removed() {
        let output = resample(48_000, &tone(48_000, 12_000.0, 0.5), 480);
        let loudest = output[320..7_680].iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
        assert!(loudest < 0.01, "12 kHz leaks through at {loudest}");
    }

    #[test]
    fn pieces_of_any_size_give_the_same_output() {
        let input = tone(44_100, 300.0, 0.3);
        let whole = resample(44_100, &input, input.len());
        for piece in [1, 7, 441, 1_000] {
            assert_eq!(resample(44_100, &input, piece), whole);
        }
    }
}
