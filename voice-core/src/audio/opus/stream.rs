//! Opus in Ogg or `WebM` that arrives in pieces, such as from a browser's `MediaRecorder`.

use super::item::Item;
use super::{OpusDecoder, ogg, webm};
use crate::audio::{Container, Format};
use crate::error::{Error, ErrorKind, Result};

/// The bytes by which the container is identified.
const HEAD: usize = 8;

/// The most bytes without a header of Opus, after which a stream is refused.
const MAX_BEFORE_HEADER: usize = 1 << 20;

/// Decodes Opus in Ogg or `WebM`, cut anywhere, to 16-bit samples. The memory in use does not depend on the stream.
pub struct StreamDecoder {
    demuxer: Demuxer,
    decoder: OpusDecoder,
    /// Bytes of an incomplete page or element.
    pending: Vec<u8>,
    before_header: usize,
    has_header: bool,
    /// Bytes of audio that precede the recording.
    skipped: usize,
}

enum Demuxer {
    Unknown,
    Ogg(ogg::Demuxer),
    Webm(webm::Demuxer),
    Refused,
}

impl StreamDecoder {
    /// A decoder at the start of a stream, whose audio has `format`; see [`OpusDecoder::new`].
    pub fn new(format: Format) -> Result<Self> {
        Ok(Self {
            demuxer: Demuxer::Unknown,
            decoder: OpusDecoder::new(format)?,
            pending: Vec::new(),
            before_header: 0,
            has_header: false,
            skipped: 0,
        })
    }

    /// Appends to `out` the audio that is complete with `bytes`. Fails with [`ErrorKind::AudioFormatUnsupported`] if
    /// the stream is not Ogg or `WebM` with Opus, and with [`ErrorKind::AudioPacketInvalid`] for damage, whose time is
    /// filled; the rest of `bytes` is decoded even then.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.pending.extend_from_slice(bytes);
        if matches!(self.demuxer, Demuxer::Unknown) && self.pending.len() >= HEAD {
            self.demuxer = match Container::identify(&self.pending) {
                Some(Container::Ogg) => Demuxer::Ogg(ogg::Demuxer::default()),
                Some(Container::Webm) => Demuxer::Webm(webm::Demuxer::default()),
                _ => Demuxer::Refused,
            };
        }
        let Self { decoder, has_header, skipped, .. } = self;
        let mut damage = None;
        let mut sink = |item: Item<'_>| match item {
            Item::Header(header) => {
                let rate = u64::from(decoder.format().sample_rate());
                let pre_skip =
                    header.get(10..).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or([0; 2]);
                let frames = u64::from(u16::from_le_bytes(pre_skip)) * rate / 48_000;
                *skipped = frames as usize * decoder.format().frame_bytes();
                *has_header = true;
            }
            Item::Packet(packet) => {
                let before = out.len();
                if let Err(error) = decoder.decode(packet, out) {
                    damage.get_or_insert(error);
                }
                let cut = (*skipped).min(out.len() - before);
                *skipped -= cut;
                out.drain(before..before + cut);
            }
            Item::Unsupported => {
                let message = "several Opus packets in one block of WebM; send each in its own block";
                damage.get_or_insert_with(|| Error::new(ErrorKind::AudioPacketInvalid, message));
            }
        };
        let done = match &mut self.demuxer {
            Demuxer::Unknown => 0,
            Demuxer::Ogg(demuxer) => demuxer.take(&self.pending, &mut sink),
            Demuxer::Webm(demuxer) => demuxer.take(&self.pending, &mut sink),
            Demuxer::Refused => self.pending.len(),
        };
        self.pending.drain(..done);
        if !self.has_header {
            self.before_header = self.before_header.saturating_add(bytes.len());
            if self.before_header > MAX_BEFORE_HEADER {
                self.demuxer = Demuxer::Refused;
            }
        }
        if matches!(self.demuxer, Demuxer::Refused) {
            self.pending = Vec::new();
            let message = "the stream is not Ogg or WebM with Opus; send that, Opus packets or samples, and other \
                           files through voice-server transcribe";
            return Err(Error::new(ErrorKind::AudioFormatUnsupported, message));
        }
        damage.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::opus::OpusEncoder;

    fn packets(count: u32) -> Vec<Vec<u8>> {
        let audio: Vec<u8> = (0..320 * count)
            .map(|n| ((n as f32 * 0.2).sin() * 9_000.0) as i16)
            .flat_map(i16::to_le_bytes)
            .collect();
        let mut packets = Vec::new();
        let mut encoder = OpusEncoder::new(Format::default(), 24_000).unwrap();
        encoder.push(&audio, |packet| packets.push(packet.to_vec())).unwrap();
        packets
    }

    fn header() -> Vec<u8> {
        [&b"OpusHead\x01\x01"[..], &312u16.to_le_bytes(), &48_000u32.to_le_bytes(), &[0, 0, 0]].concat()
    }

    fn page(flags: u8, packets: &[&[u8]]) -> Vec<u8> {
        let table: Vec<u8> = packets
            .iter()
            .flat_map(|packet| {
                std::iter::repeat_n(255, packet.len() / 255).chain([(packet.len() % 255) as u8])
            })
            .collect();
        let mut page = [&b"OggS\0"[..], &[flags], &[0; 8], &7u32.to_le_bytes(), &[0; 8]].concat();
        page.push(table.len() as u8);
        [page, table, packets.concat()].concat()
    }

    fn ogg(packets: &[Vec<u8>]) -> Vec<u8> {
        let mut stream = [page(2, &[&header()]), page(0, &[b"OpusTags with a name"])].concat();
        for some in packets.chunks(3) {
            stream.extend(page(0, &some.iter().map(Vec::as_slice).collect::<Vec<_>>()));
        }
        stream
    }

    fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
        [id, &(body.len() as u32 | 0x1000_0000).to_be_bytes(), body].concat()
    }

    fn webm(packets: &[Vec<u8>]) -> Vec<u8> {
        let track = [element(&[0xd7], &[1]), element(&[0x86], b"A_OPUS"), element(&[0x63, 0xa2], &header())];
        let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &element(&[0xae], &track.concat()));
        // Segment and cluster have no known size, as those of browsers.
        let mut stream = [
            element(&[0x1a, 0x45, 0xdf, 0xa3], &[0x42, 0x86, 0x81, 1]),
            vec![0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            tracks,
            vec![0x1f, 0x43, 0xb6, 0x75, 0xff],
            element(&[0xe7], &[0]),
        ]
        .concat();
        for packet in packets {
            stream.extend(element(&[0xa3], &[&[0x81, 0, 0, 0x80], &packet[..]].concat()));
        }
        stream
    }

    fn decode(stream: &[u8], piece: usize) -> Vec<u8> {
        let mut decoder = StreamDecoder::new(Format::default()).unwrap();
        let mut out = Vec::new();
        for part in stream.chunks(piece) {
            decoder.push(part, &mut out).unwrap();
        }
        out
    }

    #[test]
    fn streams_give_the_audio_of_their_packets() {
        let packets = packets(25);
        let mut decoder = OpusDecoder::new(Format::default()).unwrap();
        let mut expected = Vec::new();
        for packet in &packets {
            decoder.decode(packet, &mut expected).unwrap();
        }
        let expected = &expected[104 * 2..];
        for (name, stream) in [("ogg", ogg(&packets)), ("webm", webm(&packets))] {
            for piece in [1, 7, 100, stream.len()] {
                assert!(decode(&stream, piece) == expected, "{name} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn long_packet_continues_in_the_next_page() {
        let packets = packets(2);
        let whole = ogg(&packets);
        let long = [&packets[0][..], &[0; 600]].concat();
        // The table ends with 255: the packet goes on.
        let mut first = page(0, &[&long[..510]]);
        let table = 27;
        first[26] = 2;
        first.remove(table + 2);
        let second = page(1, &[&long[510..], &packets[1]]);
        let head = [page(2, &[&header()]), page(0, &[b"OpusTags"])].concat();
        let split = [head.clone(), first, second].concat();
        let joined = [head, page(0, &[&long]), page(0, &[&packets[1]])].concat();
        assert_eq!(decode(&split, 50).len(), decode(&whole, 50).len());
        assert!(decode(&split, 50) == decode(&joined, 50));
    }

    #[test]
    fn damage_between_pages_is_skipped() {
        let packets = packets(6);
        let [whole, mut damaged] = [ogg(&packets), ogg(&packets)];
        let at = page(2, &[&header()]).len() + page(0, &[b"OpusTags with a name"]).len();
        damaged.splice(at..at, *b"OggOggO noise Og");
        assert!(decode(&damaged, 13) == decode(&whole, 13));
    }

    #[test]
    fn other_streams_are_refused_and_not_kept() {
        for stream in [&b"fLaC\0\0\0\x22 and so on"[..], &[0; 400], b"\0\0\0\x20ftypmp42isom"] {
            let mut decoder = StreamDecoder::new(Format::default()).unwrap();
            for _ in 0..3 {
                let error = decoder.push(stream, &mut Vec::new()).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::AudioFormatUnsupported);
            }
            assert_eq!(decoder.pending.len(), 0);
        }
        // Ogg without Opus.
        let mut decoder = StreamDecoder::new(Format::default()).unwrap();
        let vorbis = page(2, &[b"\x01vorbis"]).repeat(64);
        let outcome: Result<Vec<()>> = (0..2_000).map(|_| decoder.push(&vorbis, &mut Vec::new())).collect();
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::AudioFormatUnsupported);
    }

    /// Any bytes after a valid beginning: no panic, and never more kept than a page.
    #[test]
    fn random_bytes_keep_little() {
        let mut random = fastrand::Rng::with_seed(11);
        for number in 0..60 {
            let mut stream = if number % 2 == 0 { ogg(&packets(9)) } else { webm(&packets(9)) };
            for _ in 0..20 {
                let at = random.usize(60..stream.len());
                stream[at] = random.u8(..);
            }
            let mut decoder = StreamDecoder::new(Format::default()).unwrap();
            let mut out = Vec::new();
            for part in stream.chunks(31) {
                let _ = decoder.push(part, &mut out);
                assert!(decoder.pending.len() <= 27 + 255 + 255 * 255);
            }
            assert!(out.len() <= stream.len() * 3_840);
        }
    }
}
