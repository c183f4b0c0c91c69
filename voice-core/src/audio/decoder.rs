//! The conversion of a byte stream to mono samples.

use audio_codec_algorithms::{decode_alaw, decode_ulaw};

use crate::audio::mix::Mixer;
use crate::audio::resample::Resampler;
use crate::audio::{Channel, Format, SAMPLE_RATE, SampleEncoding};
use crate::error::{Error, ErrorKind, Result};

/// Frames decoded at a time, so that a burst does not leave large buffers allocated.
const BLOCK: usize = 4_096;

/// Converts a byte stream of one [`Format`] to mono 16-bit samples at [`SAMPLE_RATE`].
///
/// The stream may be cut anywhere, even inside a sample.
pub struct Decoder {
    format: Format,
    mixer: Box<Mixer>,
    resampler: Option<Box<Resampler>>,
    /// The beginning of an incomplete frame.
    split: Vec<u8>,
    mono: Vec<f32>,
}

impl Decoder {
    /// A decoder at the start of a stream that mixes all channels.
    pub fn new(format: Format) -> Result<Self> {
        Self::of_channel(format, Channel::Mix)
    }

    /// A decoder at the start of a stream that decodes `channel`. Fails with [`ErrorKind::OptionInvalid`] if the format
    /// has no such channel.
    pub fn of_channel(format: Format, channel: Channel) -> Result<Self> {
        let resampler = match format.sample_rate() {
            SAMPLE_RATE => None,
            rate => Some(Box::new(Resampler::new(rate, SAMPLE_RATE)?)),
        };
        let mixer = Box::new(Mixer::new(format, channel)?);
        Ok(Self { format, mixer, resampler, split: Vec::new(), mono: Vec::new() })
    }

    /// The format of the bytes.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The size in bytes of audio that gives about `samples` samples.
    pub(crate) fn bytes_of(&self, samples: usize) -> usize {
        let frames = samples as u64 * u64::from(self.format.sample_rate()) / u64::from(SAMPLE_RATE);
        frames as usize * self.format.frame_bytes()
    }

    /// Appends to `out` the samples that are complete with `bytes`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<i16>) -> Result<()> {
        self.take(bytes, out, None)
    }

    /// The same, and appends to `original` the mono samples at the stream's own rate.
    pub(crate) fn push_both(
        &mut self,
        bytes: &[u8],
        out: &mut Vec<i16>,
        original: &mut Vec<i16>,
    ) -> Result<()> {
        self.take(bytes, out, Some(original))
    }

    fn take(
        &mut self,
        mut bytes: &[u8],
        out: &mut Vec<i16>,
        mut original: Option<&mut Vec<i16>>,
    ) -> Result<()> {
        let frame = self.format.frame_bytes();
        if !self.split.is_empty() {
            let missing = (frame - self.split.len()).min(bytes.len());
            self.split.extend_from_slice(&bytes[..missing]);
            bytes = &bytes[missing..];
            if self.split.len() < frame {
                return Ok(());
            }
            let whole = std::mem::take(&mut self.split);
            self.decode(&whole, out, original.as_deref_mut())?;
        }
        let (whole, rest) = bytes.split_at(bytes.len() - bytes.len() % frame);
        self.split.extend_from_slice(rest);
        whole.chunks(BLOCK * frame).try_for_each(|block| self.decode(block, out, original.as_deref_mut()))
    }

    /// Appends the remaining samples to `out`. Fails with [`ErrorKind::AudioMisaligned`] if the stream ended within a
    /// frame; all complete frames are decoded even then.
    pub fn finish(&mut self, out: &mut Vec<i16>) -> Result<()> {
        if let Some(resampler) = &mut self.resampler {
            resampler.finish(|samples| out.extend(samples.iter().map(|&s| to_i16(s))))?;
        }
        if self.split.is_empty() {
            return Ok(());
        }
        let message = format!(
            "the stream ended {} bytes into a frame of {}; check that the format matches the audio",
            self.split.len(),
            self.format.frame_bytes()
        );
        self.split.clear();
        Err(Error::new(ErrorKind::AudioMisaligned, message))
    }

    fn decode(&mut self, frames: &[u8], out: &mut Vec<i16>, original: Option<&mut Vec<i16>>) -> Result<()> {
        if self.format == Format::default() {
            out.extend(frames.as_chunks().0.iter().map(|&bytes| i16::from_le_bytes(bytes)));
            return Ok(());
        }
        self.mono.clear();
        match self.format.encoding() {
            SampleEncoding::PcmI16 => {
                let samples = frames.as_chunks().0.iter();
                self.mixer.mix(samples.map(|&b| f32::from(i16::from_le_bytes(b)) / 32_768.0), &mut self.mono);
            }
            SampleEncoding::PcmF32 => {
                let samples = frames.as_chunks().0.iter();
                self.mixer.mix(samples.map(|&b| sanitize(f32::from_le_bytes(b))), &mut self.mono);
            }
            SampleEncoding::MuLaw => self.mixer.mix(companded(frames, decode_ulaw), &mut self.mono),
            SampleEncoding::ALaw => self.mixer.mix(companded(frames, decode_alaw), &mut self.mono),
        }
        if let Some(original) = original {
            original.extend(self.mono.iter().map(|&s| to_i16(s)));
        }
        let Some(resampler) = &mut self.resampler else {
            out.extend(self.mono.iter().map(|&s| to_i16(s)));
            return Ok(());
        };
        resampler.push(&self.mono, |samples| out.extend(samples.iter().map(|&s| to_i16(s))))
    }
}

/// The samples of G.711 in `bytes`.
fn companded(bytes: &[u8], decode: fn(u8) -> i16) -> impl ExactSizeIterator<Item = f32> {
    bytes.iter().map(move |&byte| f32::from(decode(byte)) / 32_768.0)
}

/// Clips a sample, and replaces NaN and infinities by silence, because they would stay in every filter.
fn sanitize(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
}

fn to_i16(sample: f32) -> i16 {
    (sample * 32_768.0).round_ties_even() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(format: Format, bytes: &[u8], piece: usize) -> Vec<i16> {
        let mut decoder = Decoder::new(format).unwrap();
        let mut out = Vec::new();
        for part in bytes.chunks(piece) {
            decoder.push(part, &mut out).unwrap();
        }
        decoder.finish(&mut out).unwrap();
        out
    }

    #[test]
    fn pieces_of_any_size_give_the_same_samples() {
        let bytes: Vec<u8> = (0..=255).cycle().take(4_800).collect();
        for (encoding, rate, channels) in [
            (SampleEncoding::PcmI16, 16_000, 1),
            (SampleEncoding::PcmI16, 44_100, 2),
            (SampleEncoding::PcmF32, 8_000, 3),
            (SampleEncoding::MuLaw, 8_000, 1),
            (SampleEncoding::ALaw, 16_000, 2),
        ] {
            let format = Format::new(encoding, rate, channels).unwrap();
            let whole = decode(format, &bytes, bytes.len());
            for piece in [1, 3, 5, 1_001] {
                assert_eq!(decode(format, &bytes, piece), whole, "{format:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn channels_are_averaged_and_floats_are_clipped() {
        let stereo = Format::new(SampleEncoding::PcmI16, 16_000, 2).unwrap();
        let bytes: Vec<u8> = [100i16, 300, -5, 5].iter().flat_map(|s| s.to_le_bytes()).collect();
        assert_eq!(decode(stereo, &bytes, 4), [200, 0]);

        let float = Format::new(SampleEncoding::PcmF32, 16_000, 1).unwrap();
        let wild = [0.5f32, 2.0, -2.0, f32::NAN, f32::INFINITY, -1.0];
        let bytes: Vec<u8> = wild.iter().flat_map(|s| s.to_le_bytes()).collect();
        assert_eq!(decode(float, &bytes, 4), [16_384, i16::MAX, i16::MIN, 0, 0, i16::MIN]);
    }

    /// The values of the tables 1a and 2a of G.711, from the formulas of their segments, at the scale of 16 bits.
    #[test]
    fn bytes_of_g711_have_the_values_of_its_tables() {
        let bytes: Vec<u8> = (0..=255).collect();
        let decoded = |encoding| decode(Format::new(encoding, SAMPLE_RATE, 1).unwrap(), &bytes, 7);
        let mu_law = |byte: u8| {
            let (segment, step) = (i32::from(!byte >> 4 & 7), i32::from(!byte & 15));
            let magnitude = (((2 * step + 33) << segment) - 33) * 4;
            if byte & 0x80 == 0 { -magnitude } else { magnitude }
        };
        let a_law = |byte: u8| {
            let code = byte ^ 0x55;
            let (segment, step) = (i32::from(code >> 4 & 7), i32::from(code & 15));
            let magnitude = if segment == 0 { 2 * step + 1 } else { (2 * step + 33) << (segment - 1) } * 8;
            if byte & 0x80 == 0 { -magnitude } else { magnitude }
        };
        let expected: Vec<i32> = bytes.iter().map(|&byte| mu_law(byte)).collect();
        assert_eq!(decoded(SampleEncoding::MuLaw), expected.iter().map(|&s| s as i16).collect::<Vec<_>>());
        let expected: Vec<i32> = bytes.iter().map(|&byte| a_law(byte)).collect();
        assert_eq!(decoded(SampleEncoding::ALaw), expected.iter().map(|&s| s as i16).collect::<Vec<_>>());
    }

    #[test]
    fn end_within_a_sample_is_an_error() {
        let mut decoder = Decoder::new(Format::default()).unwrap();
        let mut out = Vec::new();
        decoder.push(&[1, 0, 2, 0, 3], &mut out).unwrap();
        let error = decoder.finish(&mut out).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AudioMisaligned);
        assert_eq!(out, [1, 2]);
    }
}
