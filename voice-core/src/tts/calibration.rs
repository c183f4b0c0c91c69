//! What a voice is like: how loud it speaks and how long it pauses, found out from what it says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ebur128::{EbuR128, Mode};
use serde::{Deserialize, Serialize};

use super::voice::{Canceller, Rendering, Speech, Style, Voice, VoiceInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::text::{Language, normalize};

/// What is said to find out: in digits, which every voice can say, with commas within a sentence.
const SAMPLE: &str = "1 2 3 4 5 6, 7 8 9 10 11 12, 1 2 3.";

/// Quieter than this is a pause: 40 dB below full scale.
const PAUSE_LEVEL: f32 = 0.01;

/// Shorter silences lie within words; longer ones are no pauses of speech.
const PAUSES: std::ops::RangeInclusive<u32> = 120..=700;

/// Loudness that speech can have, in LUFS.
const LOUDNESS: std::ops::RangeInclusive<f32> = -70.0..=0.0;

/// Changes whenever the same voice would be found to be another.
const VERSION: u32 = 1;

/// What a voice is like.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize, Serialize)]
pub struct Calibration {
    /// Its loudness in LUFS: integrated, gated, of one channel (ITU-R BS.1770-5). Nothing where it said nothing.
    pub loudness: Option<f32>,
    /// The pause that it makes at a comma within a sentence, in milliseconds. Nothing where it makes none.
    pub comma_ms: Option<u32>,
}

impl Calibration {
    /// How `samples` of speech are.
    fn of(samples: &[f32], rate: u32) -> Result<Self> {
        let failed = |error| {
            Error::new(ErrorKind::Internal, "the loudness of a voice cannot be measured").with_source(error)
        };
        let mut meter = EbuR128::new(1, rate, Mode::I).map_err(failed)?;
        meter.add_frames_f32(samples).map_err(failed)?;
        let loudness = meter.loudness_global().map_err(failed)?;
        Ok(Self {
            loudness: Some(loudness as f32).filter(|loudness| loudness.is_finite()),
            comma_ms: pauses(samples, rate).max(),
        })
    }
}

/// The pauses between what is loud, in milliseconds.
fn pauses(samples: &[f32], rate: u32) -> impl Iterator<Item = u32> {
    let loud = samples.iter().enumerate().filter(|(_, sample)| sample.abs() >= PAUSE_LEVEL);
    let places: Vec<_> = loud.map(|(at, _)| at as u64).collect();
    let lengths: Vec<_> =
        places.windows(2).map(|pair| ((pair[1] - pair[0]) * 1_000 / u64::from(rate)) as u32).collect();
    lengths.into_iter().filter(|length| PAUSES.contains(length))
}

/// A voice that knows what it is like, each of its speakers from the first time that somebody asks.
pub(super) struct Calibrated {
    inner: Arc<dyn Voice>,
    known: Mutex<BTreeMap<Option<u32>, Calibration>>,
}

impl Calibrated {
    /// The voice, and what it is like with its own speaker. A voice that fails at this is found out by its canary.
    pub(super) fn new(inner: Arc<dyn Voice>) -> Self {
        let voice = Self { inner, known: Mutex::default() };
        voice.calibration(None);
        voice
    }

    fn measure(&self, speaker: Option<u32>) -> Result<Calibration> {
        let info = self.inner.info();
        let spelled = Language::from_tag(&info.language).map(|language| normalize(SAMPLE, language));
        let speech = [Speech::Text(spelled.unwrap_or_else(|| SAMPLE.to_owned()))];
        let style = Style { noise: Some(0.0), speaker, ..Style::default() };
        let mut rendering = Arc::clone(&self.inner).render(&speech, &style, &Canceller::default())?;
        let mut samples = Vec::new();
        while let Some(chunk) = rendering.next_chunk(Duration::from_secs(1))? {
            samples.extend_from_slice(&chunk);
        }
        Calibration::of(&samples, info.sample_rate)
    }

    /// Where it is kept what a speaker is like.
    fn note(&self, speaker: Option<u32>) -> Option<PathBuf> {
        let name = speaker.map_or_else(|| "own".to_owned(), |speaker| speaker.to_string());
        Some(self.inner.notes()?.join(format!("calibration-{VERSION}-{name}.json")))
    }
}

fn read(note: &Path) -> Option<Calibration> {
    let read: Calibration = serde_json::from_slice(&std::fs::read(note).ok()?).ok()?;
    // What no measurement gives was not measured.
    let is_sound = read.loudness.is_none_or(|loudness| LOUDNESS.contains(&loudness))
        && read.comma_ms.is_none_or(|comma| PAUSES.contains(&comma));
    is_sound.then_some(read)
}

impl Voice for Calibrated {
    fn info(&self) -> &VoiceInfo {
        self.inner.info()
    }

    fn render(
        self: Arc<Self>,
        speech: &[Speech],
        style: &Style,
        cancel: &Canceller,
    ) -> Result<Box<dyn Rendering>> {
        Arc::clone(&self.inner).render(speech, style, cancel)
    }

    fn notes(&self) -> Option<PathBuf> {
        self.inner.notes()
    }

    fn calibration(&self, speaker: Option<u32>) -> Calibration {
        // Held while it is measured: others would only do the same work.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(calibration) = known.get(&speaker) {
            return *calibration;
        }
        let note = self.note(speaker);
        if let Some(kept) = note.as_deref().and_then(read) {
            known.insert(speaker, kept);
            return kept;
        }
        let measured = match self.measure(speaker) {
            Ok(measured) => measured,
            Err(error) => {
                tracing::warn!(
                    voice = self.info().name,
                    code = error.code(),
                    "the loudness of a voice is unknown"
                );
                if error.kind().is_retryable() {
                    // The next clause tries again.
                    return Calibration::default();
                }
                Calibration::default()
            }
        };
        if let (Some(note), Ok(text)) = (&note, serde_json::to_vec(&measured))
            && measured.loudness.is_some()
        {
            // Where it cannot be kept, it is measured again at the next load.
            let _ = std::fs::write(note, text);
        }
        known.insert(speaker, measured);
        measured
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 16_000;

    fn tone(level: f32, ms: u32) -> Vec<f32> {
        let count = RATE * ms / 1_000;
        (0..count).map(|at| level * (std::f32::consts::TAU * 997.0 * at as f32 / RATE as f32).sin()).collect()
    }

    #[test]
    fn a_tone_of_the_standard_has_the_loudness_of_the_standard() {
        // 997 Hz at full scale in one channel: -3.01 LUFS.
        let loudness = Calibration::of(&tone(0.1, 3_000), RATE).unwrap().loudness.unwrap();
        assert!((loudness + 23.01).abs() < 0.1, "{loudness} LUFS");
        assert_eq!(Calibration::of(&vec![0.0; 48_000], RATE).unwrap(), Calibration::default());
        assert_eq!(Calibration::of(&[], RATE).unwrap(), Calibration::default());
    }

    #[test]
    fn the_longest_silence_within_speech_is_the_pause_at_a_comma() {
        let silence = |ms: u32| vec![0.0; (RATE * ms / 1_000) as usize];
        let speech = [
            silence(900),
            tone(0.2, 500),
            silence(60),
            tone(0.2, 500),
            silence(240),
            tone(0.2, 500),
            silence(310),
            tone(0.2, 500),
            silence(900),
        ];
        let comma = Calibration::of(&speech.concat(), RATE).unwrap().comma_ms.unwrap();
        assert!((309..=311).contains(&comma), "{comma} ms");
    }
}
