//! Raw audio of any format: cut anywhere, it decodes to the same samples, and lasts as long as it did.

#![no_main]

use voice_core::ErrorKind;
use voice_core::audio::{Decoder, Encoder, Format, SAMPLE_RATE, SampleEncoding};
use voice_fuzz::{settings, target};

/// Rates that clients have; any other is as good to the resampler, but its tables take long to make.
const RATES: [u32; 8] = [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 192_000];

const ENCODINGS: [SampleEncoding; 4] =
    [SampleEncoding::PcmI16, SampleEncoding::PcmF32, SampleEncoding::MuLaw, SampleEncoding::ALaw];

fn seeds() -> Vec<Vec<u8>> {
    (0..32u8).map(|kind| [&[kind, kind, 7][..], &[kind.wrapping_mul(16); 640]].concat()).collect()
}

fn decode(format: Format, audio: &[u8], piece: usize) -> (Vec<i16>, bool) {
    let mut decoder = Decoder::new(format).expect("a format that is supported");
    let mut samples = Vec::new();
    for piece in audio.chunks(piece) {
        decoder.push(piece, &mut samples).expect("any bytes are audio");
    }
    let end = decoder.finish(&mut samples);
    let is_whole = match &end {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::AudioMisaligned);
            false
        }
    };
    (samples, is_whole)
}

target!(seeds(), [""; 0], |data: &[u8]| {
    let ([kind, channels, piece], audio) = settings(data);
    let encoding = ENCODINGS[usize::from(kind >> 3 & 3)];
    let rate = RATES[usize::from(kind & 7)];
    let format = Format::new(encoding, rate, u16::from(channels % 8) + 1).expect("within the limits");

    let (samples, is_whole) = decode(format, audio, audio.len().max(1));
    assert_eq!(is_whole, audio.len().is_multiple_of(format.frame_bytes()));
    assert_eq!(decode(format, audio, usize::from(piece) + 1), (samples.clone(), is_whole));
    let frames = (audio.len() / format.frame_bytes()) as u64;
    let lasts = frames * u64::from(SAMPLE_RATE) / u64::from(rate);
    assert!((samples.len() as u64).abs_diff(lasts) <= 1, "{} samples instead of {lasts}", samples.len());

    let floats: Vec<_> = audio.as_chunks().0.iter().map(|sample| f32::from_le_bytes(*sample)).collect();
    let mut encoder = Encoder::new(rate, format).expect("a format that is supported");
    let mut bytes = Vec::new();
    for piece in floats.chunks(usize::from(piece) + 1) {
        encoder.push(piece, &mut bytes).expect("any samples are audio");
    }
    encoder.finish(&mut bytes).expect("any samples are audio");
    assert_eq!(bytes.len(), floats.len() * format.frame_bytes());
});
