//! The conversion of mono samples to a byte stream.

use audio_codec_algorithms::{encode_alaw, encode_ulaw};

use crate::audio::limiter::Limiter;
use crate::audio::resample::Resampler;
use crate::audio::{Format, SampleEncoding};
use crate::error::Result;

/// Converts mono samples of one rate to a byte stream of one [`Format`].
pub struct Encoder {
    format: Format,
    from: u32,
    resampled: Option<Box<Resampled>>,
}

/// Resampling with a limiter. Removing high frequencies can raise the peaks of a wave, by a quarter for a square wave.
/// The limiter avoids the distortion that clipping would cause.
struct Resampled {
    resampler: Resampler,
    limiter: Limiter,
    /// A buffer that each call reuses.
    limited: Vec<f32>,
}

impl Resampled {
    fn new(from: u32, to: u32) -> Result<Self> {
        Ok(Self { resampler: Resampler::new(from, to)?, limiter: Limiter::new(to, 1.0), limited: Vec::new() })
    }

    /// Returns the samples that are complete with `samples`.
    fn push(&mut self, samples: &[f32]) -> Result<&[f32]> {
        let Self { resampler, limiter, limited } = self;
        limited.clear();
        resampler
            .push(samples, |samples| samples.iter().for_each(|sample| limiter.push(*sample, limited)))?;
        Ok(limited)
    }

    /// Returns the remaining samples.
    fn finish(&mut self) -> Result<&[f32]> {
        let Self { resampler, limiter, limited } = self;
        limited.clear();
        resampler.finish(|samples| samples.iter().for_each(|sample| limiter.push(*sample, limited)))?;
        limiter.finish(limited);
        Ok(limited)
    }
}

impl Encoder {
    /// An encoder at the start of a stream with `from` samples per second.
    pub fn new(from: u32, format: Format) -> Result<Self> {
        let mut encoder = Self { format, from, resampled: None };
        encoder.restart()?;
        Ok(encoder)
    }

    /// Begins a new stream and drops the remaining samples.
    pub fn restart(&mut self) -> Result<()> {
        let same = self.from == self.format.sample_rate();
        self.resampled =
            if same { None } else { Some(Box::new(Resampled::new(self.from, self.format.sample_rate())?)) };
        Ok(())
    }

    /// The format of the bytes.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Appends to `out` the bytes that are complete with `samples`. Samples beyond ±1 are clipped. With resampling, the
    /// resampled signal is limited to ±1 by a look-ahead limiter, without distortion.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<u8>) -> Result<()> {
        let samples = match &mut self.resampled {
            Some(resampled) => resampled.push(samples)?,
            None => samples,
        };
        write(self.format, samples, out);
        Ok(())
    }

    /// Appends the remaining bytes to `out`. The stream then has the duration of its samples.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if let Some(resampled) = &mut self.resampled {
            write(self.format, resampled.finish()?, out);
        }
        Ok(())
    }
}

fn write(format: Format, samples: &[f32], out: &mut Vec<u8>) {
    out.reserve(samples.len() * format.frame_bytes());
    for &sample in samples {
        let sample = sample.clamp(-1.0, 1.0);
        for _ in 0..format.channels() {
            match format.encoding() {
                SampleEncoding::PcmI16 => out.extend_from_slice(&to_i16(sample).to_le_bytes()),
                SampleEncoding::PcmF32 => out.extend_from_slice(&sample.to_le_bytes()),
                SampleEncoding::MuLaw => out.push(encode_ulaw(to_i16(sample))),
                SampleEncoding::ALaw => out.push(encode_alaw(to_i16(sample))),
            }
        }
    }
}

fn to_i16(sample: f32) -> i16 {
    (sample * 32_767.0).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(from: u32, format: Format, samples: &[f32]) -> Vec<u8> {
        let mut encoder = Encoder::new(from, format).unwrap();
        let mut out = Vec::new();
        for piece in samples.chunks(333) {
            encoder.push(piece, &mut out).unwrap();
        }
        encoder.finish(&mut out).unwrap();
        out
    }

    #[test]
    fn all_encodings_and_channel_counts_are_written() {
        let samples = [0.0, 0.5, -1.0, 2.0];
        let shorts = encode(16_000, Format::pcm16(16_000).unwrap(), &samples);
        let found: Vec<_> = shorts.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
        assert_eq!(found, [0, 16_384, -32_767, 32_767]);
        let format = Format::new(SampleEncoding::PcmF32, 16_000, 2).unwrap();
        let floats = encode(16_000, format, &samples);
        let found: Vec<_> = floats.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        assert_eq!(found, [0.0, 0.0, 0.5, 0.5, -1.0, -1.0, 1.0, 1.0]);
    }

    /// Every sample gets the code between whose decision values it lies; G.711, tables 1 and 2. Their numbers have 14
    /// and 13 bits, and a negative sample is the complement of a positive one, as in the software of ITU-T G.191.
    #[test]
    fn g711_decides_as_its_tables_do() {
        let samples: Vec<i16> = (-32_767..=32_767).collect();
        let floats: Vec<_> = samples.iter().map(|&sample| f32::from(sample) / 32_767.0).collect();
        let encoded = |encoding| encode(16_000, Format::new(encoding, 16_000, 1).unwrap(), &floats);
        let magnitude = |sample: i16| i32::from(if sample < 0 { !sample } else { sample });
        for (&sample, code) in samples.iter().zip(encoded(SampleEncoding::MuLaw)) {
            assert_eq!(code & 0x80 == 0, sample < 0);
            let (segment, step) = (!code >> 4 & 7, i32::from(!code & 15));
            let decision =
                |step: i32| ((2 * step + 32) << segment) - 33 + i32::from(segment == 0 && step == 0);
            let is_last = !code & 0x7f == 0x7f;
            let value = magnitude(sample) >> 2;
            assert!(decision(step) <= value && (is_last || value < decision(step + 1)), "{sample}: {code}");
        }
        for (&sample, code) in samples.iter().zip(encoded(SampleEncoding::ALaw)) {
            let code = code ^ 0x55;
            assert_eq!(code & 0x80 == 0, sample < 0);
            let (segment, step) = (code >> 4 & 7, i32::from(code & 15));
            let decision = |step: i32| if segment == 0 { 2 * step } else { (2 * step + 32) << (segment - 1) };
            let value = magnitude(sample) >> 3;
            assert!(decision(step) <= value && value < decision(step + 1), "{sample}: {code}");
        }
    }

    #[test]
    fn resampled_peaks_are_limited_without_distortion() {
        // A band-limited square wave. At 8 kHz only its fundamental is left, whose peak is higher than that of the
        // square.
        let phase = |at: usize, rate: u32| std::f32::consts::TAU * 1_500.0 * at as f32 / rate as f32;
        let square =
            |phase: f32| [1.0, 3.0, 5.0, 7.0].map(|times| (times * phase).sin() / times).iter().sum::<f32>();
        let square: Vec<f32> = (0..44_100).map(|at| 1.07 * square(phase(at, 22_050))).collect();
        assert!(square.iter().all(|sample| sample.abs() < 1.0));
        let bytes = encode(22_050, Format::new(SampleEncoding::PcmF32, 8_000, 1).unwrap(), &square);
        let found: Vec<_> = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let inner = &found[4_000..12_000];
        let highest = inner.iter().fold(0.0, |highest: f32, sample| highest.max(sample.abs()));
        assert!((0.95..=1.0).contains(&highest), "{highest}");
        // The remainder after subtracting a sine of this frequency.
        let (mut sine, mut cosine) = (0.0, 0.0);
        for (at, sample) in inner.iter().enumerate() {
            sine += sample * phase(at, 8_000).sin() / 4_000.0;
            cosine += sample * phase(at, 8_000).cos() / 4_000.0;
        }
        let rest =
            |at: usize, sample: f32| sample - sine * phase(at, 8_000).sin() - cosine * phase(at, 8_000).cos();
        let rest = inner.iter().enumerate().map(|(at, sample)| rest(at, *sample).powi(2)).sum::<f32>();
        let all = inner.iter().map(|sample| sample.powi(2)).sum::<f32>();
        assert!(rest / all < 1e-3, "{} of it is distortion", rest / all);
    }

    #[test]
    fn every_rate_keeps_the_duration() {
        let samples = vec![0.1; 22_050];
        for rate in [8_000, 16_000, 22_050, 24_000, 44_100, 48_000] {
            let bytes = encode(22_050, Format::pcm16(rate).unwrap(), &samples);
            assert_eq!(bytes.len(), 2 * rate as usize, "{rate} Hz");
        }
    }
}
