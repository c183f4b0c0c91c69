//! The canary: a short synthetic utterance that tests whether a model works.

use std::f32::consts::TAU;
use std::sync::Arc;

use crate::audio::SAMPLE_RATE;
use crate::error::{Error, ErrorKind, Result};
use crate::stt::{Ending, Model, RecognizerOptions};

/// Length of the utterance in samples: a tenth of a second of silence, half a second of voice, silence.
const LENGTH: usize = SAMPLE_RATE as usize * 7 / 10;

/// Samples pushed at a time.
const STEP: usize = 1_600;

/// Decodes the canary with the model. Fails if a call fails, or if a word's times are outside of the audio.
///
/// The recognized text is not checked, because no sound is a word in every model.
pub(crate) fn run(model: &Arc<dyn Model>) -> Result<()> {
    let options = RecognizerOptions { words: true, ..RecognizerOptions::default() };
    let mut recognizer = Arc::clone(model).recognizer(&options)?;
    for samples in utterance().chunks(STEP) {
        recognizer.push(samples)?;
        recognizer.partial()?;
    }
    let transcript = recognizer.finish(Ending::Last)?;
    // The first session of a newly loaded model gets this recognizer.
    recognizer.release();
    let length_ms = LENGTH as u64 * 1_000 / u64::from(SAMPLE_RATE);
    // Engines round to frames, and pad the end by their look-ahead.
    if transcript.words.iter().all(|word| word.start_ms <= word.end_ms && word.end_ms <= 2 * length_ms) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::EngineFailed, "the engine reports words outside of the audio"))
}

/// A vowel like "a": harmonics of 120 Hz, amplified at the formants of 700 and 1,200 Hz.
fn utterance() -> Vec<i16> {
    let pitch = 120.0;
    let loudness = |hz: f32| {
        let near = |formant: f32| 1.0 / (1.0 + ((hz - formant) / 120.0).powi(2));
        near(700.0) + 0.6 * near(1_200.0) + 0.02
    };
    let voiced = SAMPLE_RATE as usize / 10..SAMPLE_RATE as usize * 6 / 10;
    let sample = |at: usize| {
        if !voiced.contains(&at) {
            return 0;
        }
        let t = at as f32 / SAMPLE_RATE as f32;
        let harmonics = (1..30_u8).map(|n| pitch * f32::from(n));
        let sum: f32 = harmonics.map(|hz| loudness(hz) * (TAU * hz * t).sin()).sum();
        (sum * 2_000.0) as i16
    };
    (0..LENGTH).map(sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stt::scripted::{Counting, failure};

    #[test]
    fn canary_is_decoded_whole_and_not_clipped() {
        let model = Counting::new();
        run(&(Arc::clone(&model) as _)).unwrap();
        assert_eq!(model.decoded.load(std::sync::atomic::Ordering::Relaxed), LENGTH as u64);
        let loudest = utterance().into_iter().map(i16::unsigned_abs).max().unwrap();
        assert!((5_000..32_000).contains(&loudest), "{loudest}");
    }

    #[test]
    fn failing_engine_fails_its_canary() {
        let error = run(&(Counting::acting(|_| Err(failure())) as _)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EngineFailed);
    }
}
