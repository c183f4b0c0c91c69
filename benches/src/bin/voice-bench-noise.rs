//! Word errors in noise, with and without the denoiser.
//!
//! Usage: `voice-bench-noise DATA DENOISER`: the folder of recordings, and GTCRN's streaming ONNX file.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use voice_bench::recordings::{files, flac, speakers, trimmed, wav};
use voice_bench::root;
use voice_bench::score::word_errors;
use voice_bench::words::WORDS;
use voice_core::audio::SAMPLE_RATE;
use voice_core::onnx::Runtime;
use voice_core::source::ModelSource;
use voice_core::stt::{DenoiseFor, Denoiser, SttSource};
use voice_core::{Engine, EngineOptions, SttEvent, SttOptions};

type Outcome<T> = Result<T, Box<dyn Error>>;

const NOISES: [&str; 6] = ["boiler", "washing_machine", "noise2", "noise3", "noise4", "noise5"];

/// Recordings of each word by each speaker.
const TAKES: usize = 1;

/// The noise before and after a recording.
const AROUND: usize = SAMPLE_RATE as usize;

/// Words that were said, wrong, and the time that it took.
struct Score {
    words: usize,
    errors: usize,
    spent: Duration,
}

fn main() -> Outcome<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [data, denoiser] = &arguments[..] else {
        return Err("usage: voice-bench-noise DATA DENOISER".into());
    };
    let stt = vec![SttSource::from(ModelSource::folder(root().join("models/ar-commands")))];
    let engine = Engine::new(EngineOptions { stt, ..EngineOptions::default() });
    engine.load()?;
    let denoiser = Denoiser::load(&Runtime::load(None)?, denoiser)?;
    let noises = NOISES
        .iter()
        .map(|name| wav(&data.join(format!("noise/{name}.wav"))))
        .collect::<Outcome<Vec<_>>>()?;
    let mut speech = Vec::new();
    for speaker in speakers(data)? {
        for (name, word) in WORDS {
            for file in files(data, &speaker, name)?.iter().take(TAKES) {
                speech.push((word, flac(file)?));
            }
        }
    }
    println!(
        "signal to noise | word errors, as it is | denoised for detection | for all | time of the recognition, of the denoiser"
    );
    for snr in [None, Some(10.0), Some(5.0), Some(0.0)] {
        let [mut plain, mut detection, mut all] = [const { Score::NONE }; 3];
        for (number, (word, samples)) in speech.iter().enumerate() {
            let noise = &noises[number % noises.len()];
            let mixed = snr.map_or_else(|| padded(samples), |snr| mix(samples, noise, number * 4_799, snr));
            plain.add(word, &mixed, &engine, None)?;
            detection.add(word, &mixed, &engine, Some((&denoiser, DenoiseFor::Detection)))?;
            all.add(word, &mixed, &engine, Some((&denoiser, DenoiseFor::All)))?;
        }
        let audio = speech.iter().map(|(_, samples)| samples.len() + 2 * AROUND).sum::<usize>() as f64;
        let rate = |spent: Duration| spent.as_secs_f64() * f64::from(SAMPLE_RATE) / audio * 100.0;
        println!(
            "{}: {} words, {:.1} %, {:.1} %, {:.1} %, {:.1} % and {:.1} % of the audio's duration",
            snr.map_or_else(|| "clean".to_owned(), |snr| format!("{snr} dB")),
            plain.words,
            plain.percent(),
            detection.percent(),
            all.percent(),
            rate(plain.spent),
            rate(all.spent.saturating_sub(plain.spent)),
        );
    }
    Ok(())
}

impl Score {
    const NONE: Self = Self { words: 0, errors: 0, spent: Duration::ZERO };

    fn add(
        &mut self,
        word: &str,
        samples: &[i16],
        engine: &Engine,
        denoiser: Option<(&Arc<Denoiser>, DenoiseFor)>,
    ) -> Outcome<()> {
        let mut session = engine.stt_session(SttOptions::default())?;
        if let Some((denoiser, use_for)) = denoiser {
            session.denoise(denoiser, use_for);
        }
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let started = Instant::now();
        session.push(&bytes)?;
        session.finish()?;
        self.spent += started.elapsed();
        let mut heard = Vec::new();
        while let Some(event) = session.next_event()? {
            if let SttEvent::Final(transcript) = event {
                heard.extend(transcript.text.split_whitespace().map(str::to_owned));
            }
        }
        self.words += 1;
        self.errors += word_errors(&[word], &heard);
        Ok(())
    }

    fn percent(&self) -> f64 {
        self.errors as f64 / self.words as f64 * 100.0
    }
}

fn padded(samples: &[i16]) -> Vec<i16> {
    let silence = vec![0; AROUND];
    [&silence, samples, &silence].concat()
}

/// The recording with noise, whose power is `snr` dB below that of the voice.
fn mix(samples: &[i16], noise: &[i16], from: usize, snr: f32) -> Vec<i16> {
    let power = |samples: &[i16]| {
        samples.iter().map(|&sample| f32::from(sample).powi(2)).sum::<f32>() / samples.len().max(1) as f32
    };
    let padded = padded(samples);
    let noise: Vec<i16> = noise.iter().cycle().skip(from % noise.len()).take(padded.len()).copied().collect();
    let gain = (power(trimmed(samples)) / power(&noise).max(1.0)).sqrt() * 10.0_f32.powf(-snr / 20.0);
    let mixed = padded.iter().zip(&noise).map(|(&voice, &noise)| f32::from(voice) + f32::from(noise) * gain);
    mixed.map(|sample| sample.clamp(-32_768.0, 32_767.0) as i16).collect()
}
