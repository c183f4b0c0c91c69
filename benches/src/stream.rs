//! Test streams: human words and pauses, the same for each server and each run.

use std::collections::HashMap;
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::words::WORDS;

pub const RATE: usize = 16_000;

/// Samples in one message: 100 ms.
pub const FRAME: usize = RATE / 10;

const SPEAKERS: [&str; 6] = ["00000002", "00000007", "00000008", "00000012", "00000021", "00000025"];

/// What one client says.
pub struct Stream {
    /// 16-bit little-endian mono, a whole number of frames.
    pub pcm: Vec<u8>,
    /// The words in it.
    pub words: Vec<&'static str>,
    /// Where the speech before each pause ends, in seconds.
    pub speech_ends: Vec<f64>,
}

impl Stream {
    pub fn seconds(&self) -> f64 {
        (self.pcm.len() / 2) as f64 / RATE as f64
    }

    /// Nothing but quiet: digital silence at `level` 0, else noise of that root mean square.
    pub fn quiet(seconds: usize, level: f64) -> Self {
        let mut random = Random(1);
        let samples: Vec<i16> = (0..seconds * RATE).map(|_| random.noise(level)).collect();
        Self { pcm: bytes(&samples), words: Vec::new(), speech_ends: Vec::new() }
    }
}

/// How a stream alternates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pauses {
    /// One or two words, then 0.6 to 2 s of quiet.
    Natural,
    /// Word upon word, so that the utterance never ends.
    None,
}

/// The recordings, read when needed.
pub struct Recordings {
    folder: PathBuf,
    clips: HashMap<(usize, usize, usize), Arc<[i16]>>,
}

impl Recordings {
    /// Those below the folder of shared data.
    pub fn open(data: &Path) -> Result<Self, String> {
        let folder = data.join("arabic-commands/val");
        if !folder.is_dir() {
            let shown = folder.display();
            return Err(format!(
                "{shown} is missing; name the folder that holds arabic-commands in VOICE_DATA"
            ));
        }
        Ok(Self { folder, clips: HashMap::new() })
    }

    /// Stream number `seed`, by one speaker.
    pub fn stream(&mut self, seed: usize, seconds: usize, pauses: Pauses) -> Result<Stream, String> {
        let mut random = Random(seed as u64 + 1);
        let speaker = seed % SPEAKERS.len();
        let length = seconds * RATE;
        let mut samples: Vec<i16> = Vec::with_capacity(length);
        let (mut words, mut speech_ends) = (Vec::new(), Vec::new());
        let mut level = 0.0;
        while samples.len() < length {
            let count = if pauses == Pauses::Natural { 1 + random.below(2) } else { usize::MAX };
            let mut speech_end = None;
            for _ in 0..count {
                let word = random.below(WORDS.len());
                let clip = self.clip(speaker, word, 1 + random.below(10))?;
                // A word that does not fit is not begun.
                if samples.len() + clip.len() > length {
                    break;
                }
                if level == 0.0 {
                    level = floor(&clip);
                }
                speech_end = Some((samples.len() + voice_end(&clip)) as f64 / RATE as f64);
                samples.extend_from_slice(&clip);
                words.push(WORDS[word].1);
            }
            speech_ends.extend(speech_end);
            let pause = match (pauses, speech_end) {
                (Pauses::Natural, Some(_)) => RATE * (600 + random.below(1_401)) / 1_000,
                _ => length,
            };
            let end = (samples.len() + pause).min(length);
            samples.extend((samples.len()..end).map(|_| random.noise(level)).collect::<Vec<_>>());
        }
        Ok(Stream { pcm: bytes(&samples), words, speech_ends })
    }

    fn clip(&mut self, speaker: usize, word: usize, take: usize) -> Result<Arc<[i16]>, String> {
        if let Some(clip) = self.clips.get(&(speaker, word, take)) {
            return Ok(Arc::clone(clip));
        }
        let path = self.folder.join(SPEAKERS[speaker]).join(WORDS[word].0).join(format!("{take:02}.flac"));
        let samples =
            crate::recordings::flac(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let clip: Arc<[i16]> = samples.into();
        self.clips.insert((speaker, word, take), Arc::clone(&clip));
        Ok(clip)
    }
}

fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// Root mean square of a recording's quietest tenth of a second: its room.
fn floor(clip: &[i16]) -> f64 {
    clip.chunks_exact(FRAME).map(power).fold(f64::MAX, f64::min).sqrt().clamp(1.0, 100.0)
}

/// Where the voice in a recording ends: 30 dB below its loudest moment.
fn voice_end(clip: &[i16]) -> usize {
    const STEP: usize = RATE / 50;
    let powers: Vec<f64> = clip.chunks(STEP).map(power).collect();
    let bar = powers.iter().copied().fold(0.0, f64::max) / 1_000.0;
    powers
        .iter()
        .rposition(|&power| power > bar)
        .map_or(clip.len(), |last| ((last + 1) * STEP).min(clip.len()))
}

fn power(samples: &[i16]) -> f64 {
    samples.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>() / samples.len() as f64
}

/// A small generator of repeatable numbers (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A sample of Gaussian noise.
    fn noise(&mut self, level: f64) -> i16 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        (level * radius * (TAU * self.unit()).cos()) as i16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voice_ends_where_it_falls_silent() {
        let mut clip = vec![1_000; RATE / 2];
        clip.resize(RATE, 1);
        assert_eq!(voice_end(&clip), RATE / 2);
    }

    #[test]
    fn quiet_has_its_level_and_whole_frames() {
        let stream = Stream::quiet(2, 50.0);
        assert_eq!(stream.pcm.len(), 2 * 2 * RATE);
        let samples: Vec<i16> =
            stream.pcm.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        assert!((power(&samples).sqrt() - 50.0).abs() < 2.0);
        assert!(Stream::quiet(1, 0.0).pcm.iter().all(|&byte| byte == 0));
    }
}
