//! Recordings of people: Arabic Speech Commands, of speakers that the model has not heard in training.

use std::error::Error;
use std::path::{Path, PathBuf};

use voice_core::audio::{SAMPLE_RATE, wav};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The names of the speakers.
pub fn speakers(data: &Path) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for entry in data.join("arabic-commands/val").read_dir()? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// The recordings of a word by a speaker.
pub fn files(data: &Path, speaker: &str, word: &str) -> Outcome<Vec<PathBuf>> {
    let folder = data.join("arabic-commands/val").join(speaker).join(word);
    let mut files = Vec::new();
    for entry in folder.read_dir()? {
        files.push(entry?.path());
    }
    files.sort();
    Ok(files)
}

/// Up to `most` recordings of each word by each speaker.
pub fn recordings(data: &Path, words: &[&str], most: usize) -> Outcome<Vec<Vec<i16>>> {
    let mut found = Vec::new();
    for speaker in speakers(data)? {
        for word in words {
            for file in files(data, &speaker, word)?.iter().take(most) {
                found.push(flac(file)?);
            }
        }
    }
    Ok(found)
}

/// The samples of a FLAC file of one channel.
pub fn flac(path: &Path) -> Outcome<Vec<i16>> {
    let mut reader = claxon::FlacReader::open(path)?;
    let samples: Result<Vec<i32>, _> = reader.samples().collect();
    Ok(samples?.into_iter().map(|sample| sample.clamp(-32_768, 32_767) as i16).collect())
}

/// The samples of a WAV file of 16 bits and one channel.
pub fn wav(path: &Path) -> Outcome<Vec<i16>> {
    let mut audio = wav::Reader::open(path)?;
    let (mut block, mut samples) = (Vec::new(), Vec::new());
    loop {
        block.clear();
        audio.read(1_000, &mut block)?;
        if block.is_empty() {
            return Ok(samples);
        }
        samples.extend(block.as_chunks().0.iter().map(|&bytes| i16::from_le_bytes(bytes)));
    }
}

/// The response of a room from its loudest sample on, for 125 ms, with a power of 1.
pub fn room(path: &Path) -> Outcome<&'static [f32]> {
    let samples = wav(path)?;
    let loudest = (0..samples.len()).max_by_key(|&at| samples[at].unsigned_abs()).unwrap_or_default();
    let taps = samples[loudest..].iter().take(SAMPLE_RATE as usize / 8).map(|&sample| f32::from(sample));
    let power = taps.clone().map(|tap| tap * tap).sum::<f32>().sqrt();
    Ok(Vec::leak(taps.map(|tap| tap / power).collect()))
}

/// The frames of 10 ms whose power is within 30 dB of the loudest.
fn loud(samples: &[i16]) -> Vec<bool> {
    let power = |frame: &[i16]| frame.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>();
    let powers: Vec<f64> = samples.chunks(SAMPLE_RATE as usize / 100).map(power).collect();
    let most = powers.iter().copied().fold(0.0, f64::max);
    powers.iter().map(|&power| power > most / 1_000.0).collect()
}

/// The start of the voice.
pub fn onset_ms(samples: &[i16]) -> u64 {
    loud(samples).iter().position(|&is_loud| is_loud).unwrap_or_default() as u64 * 10
}

/// The end of the voice.
pub fn end_ms(samples: &[i16]) -> u64 {
    loud(samples).iter().rposition(|&is_loud| is_loud).map_or(0, |at| at + 1) as u64 * 10
}

/// The samples between the two.
pub fn trimmed(samples: &[i16]) -> &[i16] {
    let frame = |ms: u64| ms as usize * SAMPLE_RATE as usize / 1_000;
    &samples[frame(onset_ms(samples))..frame(end_ms(samples)).min(samples.len())]
}
