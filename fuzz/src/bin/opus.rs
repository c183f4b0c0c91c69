//! Opus packets, and streams of Ogg and `WebM` that are still arriving: any bytes keep the time and little memory, and
//! what the encoder writes comes back.

#![no_main]

use std::time::Duration;

use voice_core::ErrorKind;
use voice_core::audio::opus::{
    MAX_PACKET, OggEncoder, OpusDecoder, OpusEncoder, StreamDecoder, packet_duration,
};
use voice_core::audio::{Format, SampleEncoding};
use voice_fuzz::{settings, target};

const RATES: [u32; 5] = [8_000, 12_000, 16_000, 24_000, 48_000];

/// A packet of a pause lasts 120 ms in two bytes.
const MAX_MS_PER_BYTE: u128 = 60;

fn format(kind: u8) -> Format {
    let rate = RATES[usize::from(kind) % RATES.len()];
    Format::new(SampleEncoding::PcmI16, rate, u16::from(kind >> 7) + 1).expect("within the limits")
}

fn tone(format: Format, ms: u32) -> Vec<u8> {
    let samples = format.bytes_in(ms) / 2;
    (0..samples).map(|n| ((n as f32 * 0.1).sin() * 9_000.0) as i16).flat_map(i16::to_le_bytes).collect()
}

fn packets(format: Format) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    let mut encoder = OpusEncoder::new(format, 24_000).expect("a format of Opus");
    encoder.push(&tone(format, 200), |packet| packets.push(packet.to_vec())).expect("any samples are audio");
    packets
}

/// An element of `WebM` with a length of four bytes.
fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
    [id, &(body.len() as u32 | 0x1000_0000).to_be_bytes(), body].concat()
}

/// As browsers write it: segment and cluster without a length.
fn webm(packets: &[Vec<u8>]) -> Vec<u8> {
    let header = [&b"OpusHead\x01\x01\x38\x01"[..], &48_000u32.to_le_bytes(), &[0; 3]].concat();
    let track =
        [element(&[0xd7], &[1]), element(&[0x86], b"A_OPUS"), element(&[0x63, 0xa2], &header)].concat();
    let mut stream = element(&[0x1a, 0x45, 0xdf, 0xa3], &[0x42, 0x86, 0x81, 1]);
    stream.extend([0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    stream.extend(element(&[0x16, 0x54, 0xae, 0x6b], &element(&[0xae], &track)));
    stream.extend([0x1f, 0x43, 0xb6, 0x75, 0xff]);
    for packet in packets {
        stream.extend(element(&[0xa3], &[&[0x81, 0, 0, 0x80], &packet[..]].concat()));
    }
    stream
}

fn ogg(format: Format) -> Vec<u8> {
    let mut encoder = OggEncoder::new(format, 24_000).expect("a format of Opus");
    let mut stream = Vec::new();
    encoder.push(&tone(format, 200), &mut stream).expect("any samples are audio");
    encoder.finish(&mut stream).expect("any samples are audio");
    stream
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for kind in [0, 2, 4, 0x84] {
        let packets = packets(format(kind));
        seeds.push([&[kind, 50][..], &ogg(format(kind))].concat());
        seeds.push([&[kind, 200][..], &webm(&packets)].concat());
        // Packets with their lengths, for the decoder of packets.
        let lengths = packets.iter().flat_map(|packet| [&[packet.len() as u8][..], packet].concat());
        seeds.push([kind, 0].into_iter().chain(lengths).collect());
    }
    seeds
}

/// Every packet fills its time: as long as it says, or as long as the last.
fn decode_packets(format: Format, mut data: &[u8]) {
    let mut decoder = OpusDecoder::new(format).expect("a format of Opus");
    let mut last = Duration::from_millis(20);
    while let Some((&length, rest)) = data.split_first() {
        let (packet, rest) = rest.split_at(usize::from(length).min(rest.len()));
        data = rest;
        let mut audio = Vec::new();
        match decoder.decode(packet, &mut audio) {
            Ok(()) => last = packet_duration(packet).unwrap_or(last),
            Err(error) => assert_eq!(error.kind(), ErrorKind::AudioPacketInvalid),
        }
        assert_eq!(format.duration_of(audio.len()), last);
    }
    assert!(decoder.decode(&[0; MAX_PACKET + 1], &mut Vec::new()).is_err());
}

/// The audio of a stream in pieces of so many bytes.
fn decode_stream(format: Format, stream: &[u8], piece: usize) -> (Vec<u8>, bool) {
    let mut decoder = StreamDecoder::new(format).expect("a format of Opus");
    let (mut audio, mut is_sound) = (Vec::new(), true);
    for piece in stream.chunks(piece) {
        match decoder.push(piece, &mut audio) {
            Ok(()) => {}
            Err(error) => {
                is_sound = false;
                let kind = error.kind();
                assert!(
                    matches!(kind, ErrorKind::AudioPacketInvalid | ErrorKind::AudioFormatUnsupported),
                    "{kind:?}"
                );
            }
        }
    }
    (audio, is_sound)
}

target!(seeds(), ["OggS", "OpusHead", "OpusTags", "A_OPUS"], |data: &[u8]| {
    let ([kind, piece], stream) = settings(data);
    let format = format(kind);
    if piece == 0 {
        decode_packets(format, stream);
        return;
    }
    let (audio, is_sound) = decode_stream(format, stream, stream.len().max(1));
    assert!(format.duration_of(audio.len()).as_millis() <= stream.len() as u128 * MAX_MS_PER_BYTE);
    assert_eq!(decode_stream(format, stream, usize::from(piece)), (audio, is_sound));
});
