//! Audio to Opus in Ogg: RFC 7845.

use ogg::{PacketWriteEndInfo, PacketWriter};

use super::OpusEncoder;
use crate::audio::Format;
use crate::error::{Error, ErrorKind, Result};

/// Samples per second in which Ogg counts the position in Opus.
const GRANULES: u64 = 48_000;

/// Encodes 16-bit samples to an Ogg stream of Opus. Each push gives whole pages, and the last packet of 20 ms is kept
/// for the next.
pub struct OggEncoder {
    encoder: OpusEncoder,
    format: Format,
    serial: u32,
    /// Writes to the pages that are complete.
    writer: PacketWriter<'static, Vec<u8>>,
    stream: Option<Stream>,
}

/// A stream that has begun.
struct Stream {
    /// The last packet.
    kept: Option<Vec<u8>>,
    /// The audio in all packets before it, in granules.
    before: u64,
    /// The audio that was pushed, in bytes.
    pushed: u64,
}

impl OggEncoder {
    /// An encoder as [`OpusEncoder::new`] makes it.
    pub fn new(format: Format, bitrate: u32) -> Result<Self> {
        Ok(Self {
            encoder: OpusEncoder::new(format, bitrate)?,
            format,
            serial: 0,
            writer: PacketWriter::new(Vec::new()),
            stream: None,
        })
    }

    /// The frames at the beginning of the decoded stream that precede the audio, and that players leave out, at the
    /// encoder's sample rate.
    pub fn lookahead(&self) -> u32 {
        self.encoder.lookahead()
    }

    /// Encodes `audio`, cut anywhere, and appends the pages that are complete with it to `out`. After a
    /// [finish](Self::finish) another stream begins, as the next link of a chain.
    pub fn push(&mut self, audio: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if self.stream.is_none() {
            self.serial += 1;
            for header in [self.head(), tags()] {
                self.write(header, PacketWriteEndInfo::EndPage, 0)?;
            }
            self.stream = Some(Stream { kept: None, before: 0, pushed: 0 });
        }
        let mut packets = Vec::new();
        self.encoder.push(audio, |packet| packets.push(packet.to_vec()))?;
        self.keep(packets)?;
        if let Some(stream) = &mut self.stream {
            stream.pushed += audio.len() as u64;
        }
        out.append(self.writer.inner_mut());
        Ok(())
    }

    /// Ends the stream: appends the remaining pages to `out`, if any audio was pushed. The decoded stream has the
    /// duration of the audio.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let Some(stream) = &self.stream else { return Ok(()) };
        let frames = stream.pushed / self.format.frame_bytes() as u64 + u64::from(self.lookahead());
        let end = frames * GRANULES / u64::from(self.format.sample_rate());
        // The decoder gives the last audio only after the lookahead.
        let late = vec![0; self.lookahead() as usize * self.format.frame_bytes()];
        let mut packets = Vec::new();
        self.encoder.push(&late, |packet| packets.push(packet.to_vec()))?;
        self.encoder.finish(|packet| packets.push(packet.to_vec()))?;
        self.keep(packets)?;
        if let Some(last) = self.stream.take().and_then(|stream| stream.kept) {
            self.write(last, PacketWriteEndInfo::EndStream, end)?;
        }
        out.append(self.writer.inner_mut());
        Ok(())
    }

    /// Writes the packet that was kept and all of `packets` but the last, which is kept.
    fn keep(&mut self, packets: Vec<Vec<u8>>) -> Result<()> {
        let mut left = packets.len();
        for packet in packets {
            left -= 1;
            let Some(stream) = &mut self.stream else { return Ok(()) };
            let Some(complete) = stream.kept.replace(packet) else { continue };
            stream.before += u64::from(OpusEncoder::PACKET_MS) * GRANULES / 1_000;
            let position = stream.before;
            let end = if left == 0 { PacketWriteEndInfo::EndPage } else { PacketWriteEndInfo::NormalPacket };
            self.write(complete, end, position)?;
        }
        Ok(())
    }

    fn write(&mut self, packet: Vec<u8>, end: PacketWriteEndInfo, position: u64) -> Result<()> {
        self.writer.write_packet(packet, self.serial, end, position).map_err(|error| {
            Error::new(ErrorKind::Internal, "the Ogg stream cannot be written").with_source(error)
        })
    }

    /// The header of RFC 7845, 5.1.
    fn head(&self) -> Vec<u8> {
        let pre_skip = u64::from(self.lookahead()) * GRANULES / u64::from(self.format.sample_rate());
        let channels = self.format.channels() as u8;
        let mut head = [&b"OpusHead\x01"[..], &[channels], &(pre_skip as u16).to_le_bytes()].concat();
        head.extend(self.format.sample_rate().to_le_bytes());
        // No gain, and the mapping of mono and stereo.
        head.extend([0, 0, 0]);
        head
    }
}

/// The tags of RFC 7845, 5.2: the program, and no others.
fn tags() -> Vec<u8> {
    let program = b"libvoice";
    [b"OpusTags", &(program.len() as u32).to_le_bytes()[..], program, &[0; 4]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::file::Reader;

    fn decoded(stream: Vec<u8>) -> (usize, Vec<f32>) {
        let mut reader = Reader::new(std::io::Cursor::new(stream)).unwrap();
        let (mut block, mut samples) = (Vec::new(), Vec::new());
        loop {
            reader.read(1_000, &mut block).unwrap();
            if block.is_empty() {
                assert_eq!(reader.remarks(), []);
                return (reader.format().sample_rate() as usize, samples);
            }
            samples.extend(block.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)));
        }
    }

    #[cfg(feature = "files")]
    #[test]
    fn duration_is_that_of_the_audio() {
        for frames in [0usize, 1, 324, 479, 480, 481, 2_400, 12_345] {
            let audio: Vec<u8> = (0..frames)
                .map(|n| ((n as f32 * 0.1).sin() * 9_000.0) as i16)
                .flat_map(i16::to_le_bytes)
                .collect();
            for piece in [2, 700, 4_800, 30_000] {
                let mut encoder = OggEncoder::new(Format::pcm16(24_000).unwrap(), 32_000).unwrap();
                let mut stream = Vec::new();
                for part in audio.chunks(piece) {
                    encoder.push(part, &mut stream).unwrap();
                }
                encoder.finish(&mut stream).unwrap();
                if frames == 0 {
                    assert!(stream.is_empty());
                    continue;
                }
                let (rate, samples) = decoded(stream);
                assert_eq!((rate, samples.len()), (48_000, 2 * frames), "pieces of {piece}");
            }
        }
    }

    #[test]
    fn stream_after_the_end_is_a_new_one() {
        let mut encoder = OggEncoder::new(Format::pcm16(24_000).unwrap(), 32_000).unwrap();
        let mut stream = Vec::new();
        for _ in 0..2 {
            encoder.push(&[0; 9_600], &mut stream).unwrap();
            encoder.finish(&mut stream).unwrap();
        }
        assert_eq!(stream.windows(8).filter(|bytes| bytes == b"OpusHead").count(), 2);
    }
}
