//! The calibration of a voice: its loudness and its pauses, measured on a sample text.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use ebur128::{EbuR128, Mode};

use super::voice::{Calibration, Canceller, Rendering, Speech, Style, VoiceInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::supervision::Policy;
use crate::text::{Language, normalize};

/// The sample text: digits, which every voice can speak, with commas within a sentence.
const SAMPLE: &str = "1 2 3 4 5 6, 7 8 9 10 11 12, 1 2 3.";

/// The level below which samples are silence, for voices of at least the loudness [`ORDINARY`]: 40 dB below full
/// scale.
pub(super) const SPEECH_LEVEL: f32 = 0.01;

/// The typical loudness of published voices, in LUFS.
const ORDINARY: f32 = -23.0;

/// Lengths of pauses at commas, in milliseconds. Shorter silences lie within words; longer ones are not pauses of
/// speech.
const PAUSES: std::ops::RangeInclusive<u32> = 120..=700;

/// The possible loudness of speech, in LUFS.
const LOUDNESS: std::ops::RangeInclusive<f32> = -70.0..=0.0;

/// The maximum wait for a measurement by another caller. Most take less than a second.
const DEADLINE: Duration = Policy::DEFAULT.wait_deadline();

/// The interval at which a waiting caller checks for a cancel.
const TICK: Duration = Duration::from_millis(5);

/// Incremented when the measurement of the same voice would give another result.
const VERSION: u32 = 2;

impl Calibration {
    /// Measures `samples` of speech.
    fn of(samples: &[f32], rate: u32) -> Result<Self> {
        let failed = |error| {
            Error::new(ErrorKind::Internal, "the loudness of a voice cannot be measured").with_source(error)
        };
        let mut meter = EbuR128::new(1, rate, Mode::I).map_err(failed)?;
        meter.add_frames_f32(samples).map_err(failed)?;
        let loudness = meter.loudness_global().map_err(failed)?;
        let loudness = Some(loudness as f32).filter(|loudness| loudness.is_finite());
        let level = Self { loudness, comma_ms: None }.speech_level();
        Ok(Self { loudness, comma_ms: pauses(samples, rate, level).max() })
    }

    /// The level below which samples are silence, lower for a quiet voice.
    pub(super) fn speech_level(&self) -> f32 {
        let below = self.loudness.map_or(0.0, |loudness| (loudness - ORDINARY).min(0.0));
        SPEECH_LEVEL * 10.0f32.powf(below / 20.0)
    }
}

/// The pauses between loud samples, in milliseconds.
fn pauses(samples: &[f32], rate: u32, level: f32) -> impl Iterator<Item = u32> {
    let loud = samples.iter().enumerate().filter(|(_, sample)| sample.abs() >= level);
    let places: Vec<_> = loud.map(|(at, _)| at as u64).collect();
    let lengths: Vec<_> =
        places.windows(2).map(|pair| ((pair[1] - pair[0]) * 1_000 / u64::from(rate)) as u32).collect();
    lengths.into_iter().filter(|length| PAUSES.contains(length))
}

/// The calibrations of a voice, by speaker. Each is measured at first use.
#[derive(Default)]
pub(super) struct Calibrations(Mutex<BTreeMap<Option<u32>, Arc<Known>>>);

/// The calibration of one speaker.
struct Known {
    /// `None` until it is measured. Locked during the measurement, so that it is made only once.
    measured: Mutex<Option<Calibration>>,
    process: u32,
}

impl Default for Known {
    fn default() -> Self {
        Self { measured: Mutex::default(), process: std::process::id() }
    }
}

impl Known {
    /// Whether a thread of the parent process was measuring when this process was forked.
    fn is_abandoned(&self) -> bool {
        self.process != std::process::id()
            && matches!(self.measured.try_lock(), Err(TryLockError::WouldBlock))
    }
}

impl Calibrations {
    /// The calibration for `speaker`: known from before, read from a file in the folder `notes`, or measured by
    /// `measure`. After a cancel or a retryable error it returns the default and stores nothing.
    pub(super) fn get(
        &self,
        speaker: Option<u32>,
        notes: Option<&Path>,
        cancel: &Canceller,
        measure: impl FnOnce() -> Result<Calibration>,
    ) -> Calibration {
        let known = self.known(speaker);
        let Some(mut known) = acquire(&known, cancel) else { return Calibration::default() };
        if let Some(known) = *known {
            return known;
        }
        let note = notes.map(|folder| folder.join(file_name(speaker)));
        if let Some(kept) = note.as_deref().and_then(read) {
            return *known.insert(kept);
        }
        let measured = measure();
        if cancel.is_cancelled() {
            return Calibration::default();
        }
        if let Err(error) = &measured {
            tracing::warn!(code = error.code(), "the loudness of a voice is unknown");
            if error.kind().is_retryable() {
                return Calibration::default();
            }
        }
        // A permanent error would occur again, so the default is stored.
        let measured = measured.unwrap_or_default();
        if let Some(note) = note
            && measured.loudness.is_some()
        {
            // If writing fails, the voice is measured again at the next load.
            let _ = write(&note, measured);
        }
        *known.insert(measured)
    }

    fn known(&self, speaker: Option<u32>) -> Arc<Known> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(speaker).or_default();
        if known.is_abandoned() {
            *known = Arc::default();
        }
        Arc::clone(known)
    }
}

/// Takes the lock, unless a cancel or the deadline comes first.
fn acquire<'a>(known: &'a Known, cancel: &Canceller) -> Option<MutexGuard<'a, Option<Calibration>>> {
    let until = Instant::now() + DEADLINE;
    loop {
        match known.measured.try_lock() {
            Ok(known) => return Some(known),
            Err(TryLockError::Poisoned(known)) => return Some(known.into_inner()),
            Err(TryLockError::WouldBlock) if cancel.is_cancelled() || Instant::now() >= until => return None,
            Err(TryLockError::WouldBlock) => std::thread::sleep(TICK),
        }
    }
}

/// Measures a voice on the rendering of the sample text.
pub(super) fn measure(
    info: &VoiceInfo,
    speaker: Option<u32>,
    render: impl FnOnce(&[Speech], &Style) -> Result<Box<dyn Rendering>>,
) -> Result<Calibration> {
    let spelled = Language::from_tag(&info.language).map(|language| normalize(SAMPLE, language));
    let speech = [Speech::Text(spelled.unwrap_or_else(|| SAMPLE.to_owned()))];
    let style = Style { noise: Some(0.0), speaker, ..Style::default() };
    let mut rendering = render(&speech, &style)?;
    let mut samples = Vec::new();
    while let Some(chunk) = rendering.next_chunk(Duration::from_secs(1))? {
        samples.extend_from_slice(&chunk);
    }
    Calibration::of(&samples, info.sample_rate)
}

/// The name of the file that stores the calibration for a speaker.
fn file_name(speaker: Option<u32>) -> String {
    let name = speaker.map_or_else(|| "own".to_owned(), |speaker| speaker.to_string());
    format!("calibration-{VERSION}-{name}.json")
}

fn read(note: &Path) -> Option<Calibration> {
    let read: Calibration = serde_json::from_slice(&fs::read(note).ok()?).ok()?;
    // Values that no measurement gives make the file invalid.
    let is_sound = read.loudness.is_none_or(|loudness| LOUDNESS.contains(&loudness))
        && read.comma_ms.is_none_or(|comma| PAUSES.contains(&comma));
    is_sound.then_some(read)
}

/// Writes a note atomically.
fn write(note: &Path, calibration: Calibration) -> std::io::Result<()> {
    if let Some(folder) = note.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = note.with_extension(format!("{:016x}", fastrand::u64(..)));
    let written =
        fs::write(&draft, serde_json::to_vec(&calibration)?).and_then(|()| fs::rename(&draft, note));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const RATE: u32 = 16_000;

    fn tone(level: f32, ms: u32) -> Vec<f32> {
        let count = RATE * ms / 1_000;
        (0..count).map(|at| level * (std::f32::consts::TAU * 997.0 * at as f32 / RATE as f32).sin()).collect()
    }

    #[test]
    fn tone_has_the_loudness_of_the_standard() {
        // 997 Hz at full scale in one channel: -3.01 LUFS.
        let loudness = Calibration::of(&tone(0.1, 3_000), RATE).unwrap().loudness.unwrap();
        assert!((loudness + 23.01).abs() < 0.1, "{loudness} LUFS");
        assert_eq!(Calibration::of(&vec![0.0; 48_000], RATE).unwrap(), Calibration::default());
        assert_eq!(Calibration::of(&[], RATE).unwrap(), Calibration::default());
    }

    #[test]
    fn longest_inner_silence_is_the_comma_pause() {
        let silence = |ms: u32| vec![0.0; (RATE * ms / 1_000) as usize];
        for level in [0.2, 0.02, 0.005] {
            let word = || tone(level, 500);
            let speech = [
                silence(900),
                word(),
                silence(60),
                word(),
                silence(240),
                word(),
                silence(310),
                word(),
                silence(900),
            ];
            let comma = Calibration::of(&speech.concat(), RATE).unwrap().comma_ms.unwrap();
            assert!((309..=311).contains(&comma), "{comma} ms at {level}");
        }
    }

    const MEASURED: Calibration = Calibration { loudness: Some(-23.0), comma_ms: Some(200) };

    fn failing(kind: ErrorKind) -> impl FnOnce() -> Result<Calibration> {
        move || Err(Error::new(kind, "scripted"))
    }

    fn get(known: &Calibrations, measure: impl FnOnce() -> Result<Calibration>) -> Calibration {
        known.get(None, None, &Canceller::default(), measure)
    }

    #[test]
    fn speakers_are_measured_at_the_same_time() {
        let known = Calibrations::default();
        let wait = Duration::from_secs(20);
        std::thread::scope(|scope| {
            let (first, second) = (mpsc::channel(), mpsc::channel());
            // Each measurement waits for the other one.
            let meet = |speaker, here: mpsc::Sender<()>, there: mpsc::Receiver<()>| {
                let known = &known;
                scope.spawn(move || {
                    known.get(Some(speaker), None, &Canceller::default(), || {
                        here.send(()).unwrap();
                        there.recv_timeout(wait).expect("the other speaker is being measured");
                        Ok(MEASURED)
                    })
                })
            };
            let both = [meet(0, first.0, second.1), meet(1, second.0, first.1)];
            assert_eq!(both.map(|one| one.join().unwrap()), [MEASURED; 2]);
        });
    }

    #[test]
    fn only_retryable_errors_are_retried() {
        let known = Calibrations::default();
        assert_eq!(get(&known, failing(ErrorKind::Overloaded)), Calibration::default());
        assert_eq!(get(&known, || Ok(MEASURED)), MEASURED);
        assert_eq!(get(&known, || unreachable!("it is known")), MEASURED);

        let known = Calibrations::default();
        assert_eq!(get(&known, failing(ErrorKind::ModelInvalid)), Calibration::default());
        assert_eq!(get(&known, || unreachable!("it would fail again")), Calibration::default());
    }

    #[test]
    fn cancel_ends_measurement_and_wait() {
        let known = Calibrations::default();
        let (measuring, waiting) = (Canceller::default(), Canceller::default());
        let half = Calibration { loudness: Some(-40.0), comma_ms: None };
        let found = known.get(None, None, &measuring, || {
            // Another session of the same speaker waits until its own cancel.
            std::thread::scope(|scope| {
                let other = scope.spawn(|| known.get(None, None, &waiting, || unreachable!("one measures")));
                waiting.cancel();
                assert_eq!(other.join().unwrap(), Calibration::default());
            });
            measuring.cancel();
            // The measurement is incomplete.
            Ok(half)
        });
        assert_eq!(found, Calibration::default());
        assert_eq!(get(&known, || Ok(MEASURED)), MEASURED);
    }

    #[test]
    fn measurement_interrupted_by_a_fork_is_repeated() {
        let known = Calibrations::default();
        let entry = Arc::new(Known { process: std::process::id() + 1, ..Known::default() });
        known.0.lock().unwrap().insert(None, Arc::clone(&entry));
        let measuring = entry.measured.lock().unwrap();
        assert_eq!(get(&known, || Ok(MEASURED)), MEASURED);
        drop(measuring);

        // A measurement from before the fork is still known.
        let entry = Known { process: std::process::id() + 1, measured: Mutex::new(Some(MEASURED)) };
        known.0.lock().unwrap().insert(None, Arc::new(entry));
        assert_eq!(get(&known, || unreachable!("it is known")), MEASURED);
    }

    #[test]
    fn damaged_note_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let notes = folder.path().join("not there yet");
        let load = |measure: &dyn Fn() -> Result<Calibration>| {
            Calibrations::default().get(Some(7), Some(&notes), &Canceller::default(), measure)
        };
        assert_eq!(load(&|| Ok(MEASURED)), MEASURED);
        assert_eq!(load(&|| unreachable!("it is noted")), MEASURED);
        let files = || {
            let files = fs::read_dir(&notes).unwrap();
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(files(), ["calibration-2-7.json"]);
        let note = notes.join(&files()[0]);
        for damaged in
            ["", "{", "[]", r#"{"loudness":12.0,"comma_ms":200}"#, r#"{"loudness":-20.0,"comma_ms":1}"#]
        {
            fs::write(&note, damaged).unwrap();
            assert_eq!(load(&|| Ok(MEASURED)), MEASURED, "{damaged}");
            assert_eq!(load(&|| unreachable!("it was replaced")), MEASURED, "{damaged}");
            assert_eq!(files().len(), 1);
        }
    }
}
