use crate::audio::resample::Resampler;
use crate::audio::{Format, SampleEncoding};
use crate::error::Result;

/// Turns mono samples of one rate into a byte stream of one [`Format`].
pub struct Encoder {
    format: Format,
    from: u32,
    resampler: Option<Box<Resampler>>,
}

impl Encoder {
    /// An encoder at the start of a stream of `from` samples a second.
    pub fn new(from: u32, format: Format) -> Result<Self> {
        let mut encoder = Self { format, from, resampler: None };
        encoder.restart()?;
        Ok(encoder)
    }

    /// Begins a new stream; what the filter still held is dropped.
    pub fn restart(&mut self) -> Result<()> {
        let same = self.from == self.format.sample_rate();
        self.resampler =
            if same { None } else { Some(Box::new(Resampler::new(self.from, self.format.sample_rate())?)) };
        Ok(())
    }

    /// What the bytes are.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Appends to `out` what `samples` complete. Samples beyond ±1 are clipped.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<u8>) -> Result<()> {
        let format = self.format;
        if let Some(resampler) = &mut self.resampler {
            return resampler.push(samples, |samples| write(format, samples, out));
        }
        write(format, samples, out);
        Ok(())
    }

    /// Appends to `out` what is still inside. The stream then lasts as long as its samples did.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let format = self.format;
        match &mut self.resampler {
            Some(resampler) => resampler.finish(|samples| write(format, samples, out)),
            None => Ok(()),
        }
    }
}

fn write(format: Format, samples: &[f32], out: &mut Vec<u8>) {
    out.reserve(samples.len() * format.frame_bytes());
    for &sample in samples {
        let sample = sample.clamp(-1.0, 1.0);
        for _ in 0..format.channels() {
            match format.encoding() {
                SampleEncoding::PcmI16 => {
                    out.extend_from_slice(&((sample * 32_767.0).round() as i16).to_le_bytes());
                }
                SampleEncoding::PcmF32 => out.extend_from_slice(&sample.to_le_bytes()),
            }
        }
    }
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
    fn samples_become_bytes_of_every_encoding_and_channel_count() {
        let samples = [0.0, 0.5, -1.0, 2.0];
        let shorts = encode(16_000, Format::pcm16(16_000).unwrap(), &samples);
        let found: Vec<_> = shorts.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
        assert_eq!(found, [0, 16_384, -32_767, 32_767]);
        let format = Format::new(SampleEncoding::PcmF32, 16_000, 2).unwrap();
        let floats = encode(16_000, format, &samples);
        let found: Vec<_> = floats.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        assert_eq!(found, [0.0, 0.0, 0.5, 0.5, -1.0, -1.0, 1.0, 1.0]);
    }

    #[test]
    fn every_rate_keeps_the_length() {
        let samples = vec![0.1; 22_050];
        for rate in [8_000, 16_000, 22_050, 24_000, 44_100, 48_000] {
            let bytes = encode(22_050, Format::pcm16(rate).unwrap(), &samples);
            assert_eq!(bytes.len(), 2 * rate as usize, "{rate} Hz");
        }
    }
}
