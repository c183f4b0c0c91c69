//! Human recordings, read from the data folder beside the project; never part of it.

use std::path::{Path, PathBuf};

/// A speaker whom the shipped model understands well: these tests are about everything around it.
pub const SPEAKER: &str = "00000008";

/// Samples per second of every recording.
pub const RATE: u32 = 16_000;

/// The data folder: `VOICE_DATA`, else `../shared/data` beside the project.
///
/// Without it a test has nothing to say: it prints why and returns, but fails in CI, where a
/// silently skipped test would look like a passed one.
pub fn data() -> Option<PathBuf> {
    let folder =
        std::env::var_os("VOICE_DATA").map_or_else(|| crate::root().join("../shared/data"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing; CI must have the recordings", folder.display());
    println!("skipped: no recordings at {}; set VOICE_DATA to their folder", folder.display());
    None
}

/// Leaves the test, with a printed reason, where the recordings are missing.
#[macro_export]
macro_rules! recordings_or_skip {
    () => {
        match $crate::recordings::data() {
            Some(folder) => folder,
            None => return,
        }
    };
}

/// A FLAC file's samples; every recording is mono at [`RATE`].
pub fn flac(path: &Path) -> Vec<i16> {
    let mut reader = claxon::FlacReader::open(path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    assert_eq!((reader.streaminfo().sample_rate, reader.streaminfo().channels), (RATE, 1));
    reader.samples().map(|sample| i16::try_from(sample.expect("sound FLAC")).expect("16 bits")).collect()
}

/// A WAV file's samples; the noises are mono at [`RATE`].
pub fn wav(path: &Path) -> Vec<i16> {
    let mut reader = voice_core::audio::wav::Reader::open(path).expect("a WAV file");
    assert_eq!(reader.format(), voice_core::audio::Format::default());
    let mut bytes = Vec::new();
    reader.read(10_000, &mut bytes).expect("sound WAV");
    bytes.as_chunks().0.iter().map(|&sample| i16::from_le_bytes(sample)).collect()
}

/// One recording of a keyword by a named speaker of the validation set.
pub fn keyword(data: &Path, speaker: &str, word: &str) -> Vec<i16> {
    let folder = data.join("arabic-commands/val").join(speaker).join(word);
    let mut files: Vec<_> = folder
        .read_dir()
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    files.sort();
    flac(files.first().expect("at least one recording"))
}

/// Silence.
pub fn silence(ms: u32) -> Vec<i16> {
    vec![0; (RATE / 1_000 * ms) as usize]
}

/// `speech` with `noise` under it, `snr_db` quieter; the noise repeats as needed.
pub fn noisy(speech: &[i16], noise: &[i16], snr_db: f64) -> Vec<i16> {
    let power = |samples: &[i16]| {
        samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / samples.len().max(1) as f64
    };
    let gain = (power(speech) / power(noise) / 10f64.powf(snr_db / 10.0)).sqrt();
    let mixed = speech.iter().zip(noise.iter().cycle());
    mixed.map(|(&s, &n)| (f64::from(s) + f64::from(n) * gain) as i16).collect()
}

/// The same sound at another rate, by straight lines; two neighbours are averaged first when the
/// rate falls, which is filter enough for speech in a test.
pub fn at_rate(samples: &[i16], rate: u32) -> Vec<i16> {
    let smooth: Vec<f64> = if rate < RATE {
        samples.windows(2).map(|pair| f64::midpoint(f64::from(pair[0]), f64::from(pair[1]))).collect()
    } else {
        samples.iter().map(|&s| f64::from(s)).collect()
    };
    let step = f64::from(RATE) / f64::from(rate);
    let count = ((smooth.len() - 1) as f64 / step) as usize;
    (0..count)
        .map(|n| {
            let (position, fraction) = ((n as f64 * step) as usize, (n as f64 * step).fract());
            (smooth[position] * (1.0 - fraction) + smooth[position + 1] * fraction) as i16
        })
        .collect()
}

/// Little-endian bytes, as they go over the wire.
pub fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}
