//! Detection of samples that are not stored as declared.

use std::fmt;

use audio_codec_algorithms::{decode_alaw, decode_ulaw};

use crate::audio::{Container, Format, IDENTIFIABLE, SampleEncoding};

/// Bytes that are examined as a whole.
const BLOCK: usize = 8_192;

/// The blocks in a row that must agree.
const AGREEING: u32 = 4;

/// The most blocks that are examined.
const MAX_BLOCKS: u32 = 128;

/// The roughness above which samples are not those of a voice, and the one below which they are. Speech has 0.02 to
/// 0.4, and bytes that are read in a wrong way have 0.8 to 1.1, as white noise has.
const ROUGH: f64 = 0.7;
const SMOOTH: f64 = 0.3;

/// How the bytes seem to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doubt {
    /// The stream begins with the signature of a file. This is certain.
    File(Container),
    /// 32-bit floats.
    Floats,
    /// 16-bit integers.
    Integers,
    /// 16-bit integers with the other order of bytes.
    BigEndian,
    /// 16-bit integers, of which one byte is missing or too many.
    Shifted,
    /// µ-law of G.711.
    MuLaw,
    /// A-law of G.711.
    ALaw,
    /// Floats beyond ±1, such as integers that were converted and not divided.
    FloatsOutOfRange,
    /// Every sample comes twice: two equal channels, or twice the rate.
    Twice,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File(container) => {
                return write!(
                    f,
                    "the audio begins like {}, and is decoded as samples; declare what it is, or send samples",
                    container.name()
                );
            }
            Self::Floats => "the audio looks like 32-bit floats; declare them, or send what was declared",
            Self::Integers => "the audio looks like 16-bit integers; declare them, or send what was declared",
            Self::BigEndian => "the audio looks like 16-bit integers in big-endian order; send them in little-endian order",
            Self::Shifted => {
                "the audio looks like 16-bit integers that begin with half a sample; send whole samples from the start"
            }
            Self::MuLaw => "the audio looks like µ-law; declare that, or send what was declared",
            Self::ALaw => "the audio looks like A-law; declare that, or send what was declared",
            Self::FloatsOutOfRange => "the floats go far beyond -1 and 1, where they are cut; divide them, for integers of 16 bits by 32768",
            Self::Twice => {
                "every sample comes twice; declare two channels if there are two, or half of the sample rate"
            }
        })
    }
}

/// Detects audio that is not stored as declared, from its first bytes and the statistics of its first seconds.
///
/// The statistics compare the declared reading of the bytes with others: neighbouring samples of a voice are alike, and
/// those of a wrong reading are not. Quiet audio and noise are not judged.
pub struct FormatCheck {
    format: Format,
    head: Option<Vec<u8>>,
    block: Vec<u8>,
    blocks: u32,
    last: Verdict,
    agreeing: u32,
}

impl FormatCheck {
    /// A check of a stream that is declared as `format`.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            head: Some(Vec::new()),
            block: Vec::new(),
            blocks: 0,
            last: Verdict::Unknown,
            agreeing: 0,
        }
    }

    /// Takes more bytes of the stream. Returns what is doubtful, as soon as it is known.
    pub fn push(&mut self, mut bytes: &[u8]) -> Option<Doubt> {
        if let Some(head) = &mut self.head {
            head.extend_from_slice(&bytes[..bytes.len().min(IDENTIFIABLE - head.len())]);
            let container = Container::identify(head);
            if container.is_some() || head.len() == IDENTIFIABLE {
                self.head = None;
            }
            if let Some(container) = container {
                self.blocks = MAX_BLOCKS;
                return Some(Doubt::File(container));
            }
        }
        while !bytes.is_empty() && !self.is_done() {
            let (part, rest) = bytes.split_at(bytes.len().min(BLOCK - self.block.len()));
            self.block.extend_from_slice(part);
            bytes = rest;
            if self.block.len() < BLOCK {
                break;
            }
            let found = examine(self.format, &self.block);
            self.block.clear();
            self.blocks += 1;
            if found == Verdict::Unknown {
                continue;
            }
            self.agreeing = if found == self.last { self.agreeing + 1 } else { 1 };
            self.last = found;
            if self.agreeing == AGREEING {
                self.blocks = MAX_BLOCKS;
                return if let Verdict::Doubtful(doubt) = found { Some(doubt) } else { None };
            }
        }
        None
    }

    /// Whether later bytes are not examined.
    pub fn is_done(&self) -> bool {
        self.blocks >= MAX_BLOCKS
    }
}

/// What a block of bytes seems to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Silence, noise, or a mixture.
    Unknown,
    Declared,
    Doubtful(Doubt),
}

fn verdict(doubt: Option<Doubt>) -> Verdict {
    doubt.map_or(Verdict::Declared, Verdict::Doubtful)
}

fn examine(format: Format, bytes: &[u8]) -> Verdict {
    let channels = usize::from(format.channels());
    let little = roughness(shorts(bytes, i16::from_le_bytes), channels);
    let floats: Vec<f32> = bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    let plain = floats.iter().filter(|sample| **sample == 0.0 || (1e-8..8.0).contains(&sample.abs())).count();
    let sounding = floats.iter().filter(|sample| **sample != 0.0).count();
    let are_floats = plain * 100 >= floats.len() * 99 && sounding * 2 > floats.len();
    match format.encoding() {
        SampleEncoding::PcmF32 if are_floats => Verdict::Declared,
        SampleEncoding::PcmF32 => {
            if little.is_some_and(|roughness| roughness < SMOOTH) && plain * 2 < floats.len() {
                return Verdict::Doubtful(Doubt::Integers);
            }
            let large = floats.iter().filter(|sample| (8.0..=65_536.0).contains(&sample.abs())).count();
            let are_large = large * 2 > floats.len();
            if are_large { Verdict::Doubtful(Doubt::FloatsOutOfRange) } else { Verdict::Unknown }
        }
        _ if are_floats => Verdict::Doubtful(Doubt::Floats),
        SampleEncoding::PcmI16 => {
            let Some(declared) = little else { return Verdict::Unknown };
            // Codes of one byte are somewhat alike when they are read as pairs; of integers, every second byte is noise.
            let laws = smoothest([
                (Doubt::MuLaw, roughness(companded(bytes, decode_ulaw), channels)),
                (Doubt::ALaw, roughness(companded(bytes, decode_alaw), channels)),
            ]);
            if let Some(law) = laws {
                return Verdict::Doubtful(law);
            }
            if declared < ROUGH {
                return verdict((channels == 1 && is_twice(bytes)).then_some(Doubt::Twice));
            }
            verdict(smoothest([
                (Doubt::BigEndian, roughness(shorts(bytes, i16::from_be_bytes), channels)),
                (Doubt::Shifted, roughness(shorts(&bytes[1..], i16::from_le_bytes), channels)),
            ]))
        }
        encoding @ (SampleEncoding::MuLaw | SampleEncoding::ALaw) => {
            let decode = if encoding == SampleEncoding::MuLaw { decode_ulaw } else { decode_alaw };
            match roughness(companded(bytes, decode), channels) {
                None => Verdict::Unknown,
                Some(declared) if declared < ROUGH => Verdict::Declared,
                Some(_) => verdict(smoothest([(Doubt::Integers, little)])),
            }
        }
    }
}

/// The reading that gives a voice, if one does.
fn smoothest<const N: usize>(readings: [(Doubt, Option<f64>); N]) -> Option<Doubt> {
    let smooth = readings
        .into_iter()
        .filter_map(|(doubt, roughness)| Some((doubt, roughness?)))
        .filter(|(_, roughness)| *roughness < SMOOTH);
    smooth.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(doubt, _)| doubt)
}

fn shorts(bytes: &[u8], read: fn([u8; 2]) -> i16) -> impl Iterator<Item = i16> {
    bytes.as_chunks().0.iter().map(move |&bytes| read(bytes))
}

fn companded(bytes: &[u8], decode: fn(u8) -> i16) -> impl Iterator<Item = i16> {
    bytes.iter().map(move |&byte| decode(byte))
}

/// The power of the differences of neighbours, relative to that of white noise; `None` in silence.
fn roughness(samples: impl Iterator<Item = i16>, channels: usize) -> Option<f64> {
    let samples: Vec<f64> = samples.map(f64::from).collect();
    let mean = samples.iter().sum::<f64>() / samples.len() as f64;
    let power: f64 = samples.iter().map(|sample| (sample - mean).powi(2)).sum();
    let differences =
        samples.iter().zip(&samples[channels..]).map(|(before, after)| (after - before).powi(2));
    // -50 dB: below it, the last bits decide.
    (power > samples.len() as f64 * 100.0 * 100.0).then(|| differences.sum::<f64>() / power / 2.0)
}

fn is_twice(bytes: &[u8]) -> bool {
    let pairs = || bytes.as_chunks::<4>().0.iter();
    let equal = pairs().filter(|pair| pair[..2] == pair[2..]).count();
    // Not so if every fourth sample is equal too, as in steps.
    let changes = bytes.as_chunks::<8>().0.iter().filter(|pairs| pairs[..4] != pairs[4..]).count();
    equal * 100 >= BLOCK / 4 * 99 && changes * 2 > BLOCK / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A voice-like sound: harmonics of a gliding tone.
    fn voice() -> Vec<i16> {
        let mut phase = 0.0f32;
        (0..48_000)
            .map(|n| {
                phase += (110.0 + (n as f32 * 2e-4).sin() * 20.0) * std::f32::consts::TAU / 16_000.0;
                let wave: f32 = (1..12).map(|k| (k as f32 * phase).sin() / k as f32).sum();
                (wave * 5_000.0) as i16
            })
            .collect()
    }

    fn found(encoding: SampleEncoding, bytes: &[u8]) -> Option<Doubt> {
        let mut check = FormatCheck::new(Format::new(encoding, 16_000, 1).unwrap());
        bytes.chunks(321).find_map(|part| check.push(part))
    }

    fn stored(encoding: SampleEncoding) -> Vec<u8> {
        let samples: Vec<f32> = voice().iter().map(|&sample| f32::from(sample) / 32_768.0).collect();
        let format = Format::new(encoding, 16_000, 1).unwrap();
        let mut bytes = Vec::new();
        crate::audio::Encoder::new(16_000, format).unwrap().push(&samples, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn wrong_readings_are_found() {
        use SampleEncoding::{ALaw, MuLaw, PcmF32, PcmI16};
        let [shorts, floats, mu_law, a_law] = [PcmI16, PcmF32, MuLaw, ALaw].map(stored);
        let swapped: Vec<u8> = shorts.as_chunks::<2>().0.iter().flat_map(|&[a, b]| [b, a]).collect();
        let twice: Vec<u8> = shorts.as_chunks::<2>().0.iter().flat_map(|&[a, b]| [a, b, a, b]).collect();
        let large: Vec<u8> = voice().iter().flat_map(|&sample| f32::from(sample).to_le_bytes()).collect();
        for (declared, bytes, expected) in [
            (PcmI16, &shorts[..], None),
            (PcmF32, &floats, None),
            (MuLaw, &mu_law, None),
            (ALaw, &a_law, None),
            (PcmI16, &floats, Some(Doubt::Floats)),
            (PcmF32, &shorts, Some(Doubt::Integers)),
            (PcmI16, &swapped, Some(Doubt::BigEndian)),
            (PcmI16, &shorts[1..], Some(Doubt::Shifted)),
            (PcmI16, &mu_law, Some(Doubt::MuLaw)),
            (PcmI16, &a_law, Some(Doubt::ALaw)),
            (MuLaw, &shorts, Some(Doubt::Integers)),
            (PcmF32, &large, Some(Doubt::FloatsOutOfRange)),
            (PcmI16, &twice, Some(Doubt::Twice)),
            (PcmI16, &[&b"OggS\0\x02\0\0"[..], &shorts].concat(), Some(Doubt::File(Container::Ogg))),
        ] {
            assert_eq!(found(declared, bytes), expected, "{declared:?}");
        }
    }

    #[test]
    fn noise_and_silence_are_not_judged() {
        let mut random = fastrand::Rng::with_seed(3);
        for level in [0, 1, 30, 1_000, 32_767] {
            let noise: Vec<u8> =
                (0..600_000).map(|_| random.i16(-level..=level)).flat_map(i16::to_le_bytes).collect();
            assert_eq!(found(SampleEncoding::PcmI16, &noise), None, "{level}");
        }
    }
}
