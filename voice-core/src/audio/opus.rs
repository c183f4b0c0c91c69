//! Opus packets, one for each message or frame of a network: RFC 6716.

mod item;
mod ogg;
mod ogg_encoder;
mod stream;
mod webm;

use std::time::Duration;

use ropus::{Application, Bitrate, Channels, DecodeMode, Decoder, Encoder};

use crate::audio::{Format, SampleEncoding};
use crate::error::{Error, ErrorKind, Result};

pub use ogg_encoder::OggEncoder;
pub use stream::StreamDecoder;

/// The largest packet in bytes: 120 ms in six frames of 1,275 bytes, and their header.
pub const MAX_PACKET: usize = 7_662;

/// The longest packet in ms.
const MAX_MS: u32 = 120;

/// The duration that is concealed for a lost packet before the first packet arrived.
const USUAL_MS: u32 = 20;

/// The duration of the audio in `packet`; `None` if it is not an Opus packet. RFC 6716, 3.1 and 3.2.
pub fn packet_duration(packet: &[u8]) -> Option<Duration> {
    let (&toc, rest) = packet.split_first()?;
    let frame_us: u64 = match toc >> 3 {
        config @ 0..=11 => [10_000, 20_000, 40_000, 60_000][usize::from(config & 3)],
        config @ 12..=15 => [10_000, 20_000][usize::from(config & 1)],
        config => [2_500, 5_000, 10_000, 20_000][usize::from(config & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(rest.first()? & 63),
    };
    let duration = Duration::from_micros(frame_us * frames);
    let is_possible = frames > 0 && duration <= Duration::from_millis(MAX_MS.into());
    is_possible.then_some(duration)
}

/// Decodes Opus packets to 16-bit samples.
pub struct OpusDecoder {
    decoder: Decoder,
    format: Format,
    /// The duration of the last packet in frames.
    last: usize,
    samples: Vec<i16>,
}

impl OpusDecoder {
    /// A decoder whose audio has `format`: 16 bits, one or two channels, and a sample rate of 8, 12, 16, 24 or 48 kHz,
    /// which need not be the one that was encoded. Fails with [`ErrorKind::AudioFormatUnsupported`] for another format.
    pub fn new(format: Format) -> Result<Self> {
        let channels = channels(format)?;
        let decoder =
            Decoder::new(format.sample_rate(), channels).map_err(|error| unsupported(format, &error))?;
        let samples = vec![0; format.bytes_in(MAX_MS) / 2];
        let last = (format.sample_rate() / 1_000 * USUAL_MS) as usize;
        Ok(Self { decoder, format, last, samples })
    }

    /// The format of the decoded audio.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Appends the audio of `packet` to `out`. An empty packet stands for one that was lost: audio of the last packet's
    /// duration is concealed. A packet of one byte is a pause of a sender with discontinuous transmission.
    ///
    /// Fails with [`ErrorKind::AudioPacketInvalid`] for a packet that cannot be decoded, which is concealed like a lost
    /// one, so that times stay true.
    pub fn decode(&mut self, packet: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if packet.is_empty() {
            self.conceal(out);
            return Ok(());
        }
        let is_possible = packet.len() <= MAX_PACKET && packet_duration(packet).is_some();
        let decoded = is_possible.then(|| self.decoder.decode(packet, &mut self.samples, DecodeMode::Normal));
        match decoded {
            Some(Ok(frames)) => {
                self.last = frames;
                self.append(frames, out);
                Ok(())
            }
            failed => {
                self.conceal(out);
                let message = format!(
                    "a message of {} bytes is not an Opus packet; send each packet as one message, without a container",
                    packet.len()
                );
                let error = Error::new(ErrorKind::AudioPacketInvalid, message);
                Err(match failed {
                    Some(Err(cause)) => error.with_source(cause),
                    _ => error,
                })
            }
        }
    }

    fn conceal(&mut self, out: &mut Vec<u8>) {
        let wanted = self.last * usize::from(self.format.channels());
        let concealed = self.decoder.decode(&[], &mut self.samples[..wanted], DecodeMode::Normal);
        if concealed.is_err() {
            self.samples[..wanted].fill(0);
        }
        self.append(self.last, out);
    }

    fn append(&self, frames: usize, out: &mut Vec<u8>) {
        let samples = &self.samples[..frames * usize::from(self.format.channels())];
        out.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    }
}

/// Encodes 16-bit samples to Opus packets of 20 ms.
pub struct OpusEncoder {
    encoder: Encoder,
    format: Format,
    /// Bytes of an incomplete frame.
    pending: Vec<u8>,
    samples: Vec<i16>,
    packet: Vec<u8>,
}

impl OpusEncoder {
    /// The duration of a packet in ms.
    pub const PACKET_MS: u32 = 20;

    /// An encoder for audio in `format`: 16 bits, one or two channels, and a sample rate of 8, 12, 16, 24 or 48 kHz.
    /// `bitrate` is in bits per second, 6,000 to 510,000; speech sounds natural from 24,000. Fails with
    /// [`ErrorKind::AudioFormatUnsupported`] or [`ErrorKind::OptionInvalid`].
    pub fn new(format: Format, bitrate: u32) -> Result<Self> {
        let channels = channels(format)?;
        if !(6_000..=510_000).contains(&bitrate) {
            let message = format!("an Opus bitrate of {bitrate} bit/s; give 6000 to 510000");
            return Err(Error::new(ErrorKind::OptionInvalid, message));
        }
        let encoder = Encoder::builder(format.sample_rate(), channels, Application::Voip)
            .bitrate(Bitrate::Bits(bitrate))
            .build()
            .map_err(|error| unsupported(format, &error))?;
        Ok(Self { encoder, format, pending: Vec::new(), samples: Vec::new(), packet: vec![0; MAX_PACKET] })
    }

    /// The frames at the beginning of the decoded stream that precede the audio, at the encoder's sample rate.
    pub fn lookahead(&self) -> u32 {
        self.encoder.lookahead()
    }

    /// Encodes `audio`, cut anywhere, and passes each packet that is complete with it to `sink`.
    pub fn push(&mut self, mut audio: &[u8], mut sink: impl FnMut(&[u8])) -> Result<()> {
        let frame = self.format.bytes_in(Self::PACKET_MS);
        while !audio.is_empty() {
            let (taken, rest) = audio.split_at(audio.len().min(frame - self.pending.len()));
            self.pending.extend_from_slice(taken);
            audio = rest;
            if self.pending.len() == frame {
                self.encode(&mut sink)?;
            }
        }
        Ok(())
    }

    /// Encodes the remaining audio, filled with silence to a whole packet.
    pub fn finish(&mut self, mut sink: impl FnMut(&[u8])) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.pending.resize(self.format.bytes_in(Self::PACKET_MS), 0);
        self.encode(&mut sink)
    }

    fn encode(&mut self, sink: &mut impl FnMut(&[u8])) -> Result<()> {
        self.samples.clear();
        self.samples.extend(self.pending.as_chunks().0.iter().map(|&bytes| i16::from_le_bytes(bytes)));
        self.pending.clear();
        let length = self
            .encoder
            .encode(&self.samples, &mut self.packet)
            .map_err(|error| Error::new(ErrorKind::Internal, "the Opus encoder failed").with_source(error))?;
        sink(&self.packet[..length]);
        Ok(())
    }
}

fn channels(format: Format) -> Result<Channels> {
    match (format.encoding(), format.channels()) {
        (SampleEncoding::PcmI16, 1) => Ok(Channels::Mono),
        (SampleEncoding::PcmI16, 2) => Ok(Channels::Stereo),
        _ => Err(unsupported(format, &"only 16-bit samples of one or two channels")),
    }
}

fn unsupported(format: Format, reason: &dyn std::fmt::Display) -> Error {
    let message = format!(
        "Opus at {} Hz with {} channel(s) ({reason}); use 8000, 12000, 16000, 24000 or 48000 Hz and 1 or 2 channels",
        format.sample_rate(),
        format.channels()
    );
    Error::new(ErrorKind::AudioFormatUnsupported, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    fn tone(rate: u32, ms: u32) -> Vec<u8> {
        (0..rate / 1_000 * ms)
            .map(|n| ((TAU * 440.0 * n as f32 / rate as f32).sin() * 12_000.0) as i16)
            .flat_map(i16::to_le_bytes)
            .collect()
    }

    fn packets(rate: u32, audio: &[u8]) -> (Vec<Vec<u8>>, usize) {
        let mut encoder = OpusEncoder::new(Format::pcm16(rate).unwrap(), 24_000).unwrap();
        let mut packets = Vec::new();
        for piece in audio.chunks(777) {
            encoder.push(piece, |packet| packets.push(packet.to_vec())).unwrap();
        }
        encoder.finish(|packet| packets.push(packet.to_vec())).unwrap();
        (packets, encoder.lookahead() as usize)
    }

    #[test]
    fn tone_comes_back_at_every_rate() {
        for rate in [8_000, 12_000, 16_000, 24_000, 48_000] {
            let audio = tone(rate, 510);
            let (packets, lookahead) = packets(rate, &audio);
            assert_eq!(packets.len(), 26, "{rate} Hz");
            assert!(packets.iter().all(|packet| packet_duration(packet) == Some(Duration::from_millis(20))));
            let mut decoder = OpusDecoder::new(Format::pcm16(rate).unwrap()).unwrap();
            let mut out = Vec::new();
            for packet in &packets {
                decoder.decode(packet, &mut out).unwrap();
            }
            assert_eq!(out.len(), (rate / 50 * 26 * 2) as usize);
            let read = |bytes: &[u8]| -> Vec<f64> {
                bytes.as_chunks().0.iter().map(|&s| i16::from_le_bytes(s).into()).collect()
            };
            let (before, after) = (read(&audio), read(&out));
            let inner = before.len() / 4..before.len() * 3 / 4;
            let power: f64 = before[inner.clone()].iter().map(|s| s * s).sum();
            // The filters of the codec shift the phase by up to some samples.
            let best = (lookahead.saturating_sub(20)..lookahead + 20)
                .map(|lag| inner.clone().map(|n| (before[n] - after[n + lag]).powi(2)).sum::<f64>())
                .fold(f64::MAX, f64::min);
            assert!(best < power / 20.0, "{rate} Hz: {} dB", 10.0 * (power / best).log10());
        }
    }

    #[test]
    fn lost_and_damaged_packets_keep_the_time() {
        let (packets, _) = packets(16_000, &tone(16_000, 400));
        let mut decoder = OpusDecoder::new(Format::default()).unwrap();
        let mut out = Vec::new();
        for (number, packet) in packets.iter().enumerate() {
            match number % 5 {
                1 => decoder.decode(&[], &mut out).unwrap(),
                // A pause of discontinuous transmission: the header alone.
                2 => decoder.decode(&packet[..1], &mut out).unwrap(),
                3 => {
                    // Code 3 with no frames.
                    let error = decoder.decode(&[0x4b, 0x00, 1, 2], &mut out).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::AudioPacketInvalid);
                }
                _ => decoder.decode(packet, &mut out).unwrap(),
            }
        }
        assert_eq!(out.len(), packets.len() * 640);
        let error = decoder.decode(&[0; MAX_PACKET + 1], &mut out).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AudioPacketInvalid);
    }

    #[test]
    fn durations_are_those_of_the_table() {
        for (packet, ms) in [
            (&[0x00][..], Some(10.0)),
            (&[0x18], Some(60.0)),
            (&[0x60], Some(10.0)),
            (&[0x80], Some(2.5)),
            (&[0xf8], Some(20.0)),
            (&[0xf9, 1, 2], Some(40.0)),
            (&[0xfb, 6], Some(120.0)),
            (&[0xfb, 7], None),
            (&[0xfb, 0], None),
            (&[0xfb], None),
            (&[], None),
        ] {
            assert_eq!(packet_duration(packet).map(|d| d.as_secs_f64() * 1e3), ms, "{packet:?}");
        }
    }

    #[test]
    fn random_packets_are_refused_or_decoded() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut decoder = OpusDecoder::new(Format::new(SampleEncoding::PcmI16, 48_000, 2).unwrap()).unwrap();
        for _ in 0..2_000 {
            let length = random.usize(..300);
            let packet: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(length).collect();
            let mut out = Vec::new();
            let _ = decoder.decode(&packet, &mut out);
            assert!(!out.is_empty() && out.len() <= 48 * 120 * 4);
        }
    }

    #[test]
    fn other_formats_are_refused() {
        for (encoding, rate, channels) in [
            (SampleEncoding::PcmI16, 44_100, 1),
            (SampleEncoding::PcmI16, 48_000, 3),
            (SampleEncoding::PcmF32, 48_000, 1),
        ] {
            let format = Format::new(encoding, rate, channels).unwrap();
            assert_eq!(OpusDecoder::new(format).err().unwrap().kind(), ErrorKind::AudioFormatUnsupported);
            assert_eq!(
                OpusEncoder::new(format, 24_000).err().unwrap().kind(),
                ErrorKind::AudioFormatUnsupported
            );
        }
        let error = OpusEncoder::new(Format::default(), 5_999).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::OptionInvalid);
    }
}
