//! Recordings of people: Arabic Speech Commands, of speakers that the model has not heard in training.

use std::error::Error;
use std::path::{Path, PathBuf};

use voice_core::audio::SAMPLE_RATE;

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
