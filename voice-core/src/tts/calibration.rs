//! What a voice is like: how loud it speaks and how long it pauses, found out from what it says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use ebur128::{EbuR128, Mode};

use super::voice::{Calibration, Canceller, Rendering, Speech, Style, VoiceInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::text::{Language, normalize};

/// What is said to find out: in digits, which every voice can say, with commas within a sentence.
const SAMPLE: &str = "1 2 3 4 5 6, 7 8 9 10 11 12, 1 2 3.";

/// Quieter than this is silence, in a voice of at least the loudness [`ORDINARY`]: 40 dB below full scale.
pub(super) const SPEECH_LEVEL: f32 = 0.01;

/// About the loudness of published voices, in LUFS.
const ORDINARY: f32 = -23.0;

/// Shorter silences lie within words; longer ones are no pauses of speech.
const PAUSES: std::ops::RangeInclusive<u32> = 120..=700;

/// Loudness that speech can have, in LUFS.
const LOUDNESS: std::ops::RangeInclusive<f32> = -70.0..=0.0;

/// How long a caller waits for a measurement that another one makes. Most take part of a second.
const DEADLINE: Duration = Duration::from_secs(20);

/// How soon a caller that waits notices a cancel.
const TICK: Duration = Duration::from_millis(5);

/// Changes whenever the same voice would be found to be another.
const VERSION: u32 = 2;

impl Calibration {
    /// How `samples` of speech are.
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

    /// What is quieter is silence: of a quiet voice, as much less as it is quieter.
    pub(super) fn speech_level(&self) -> f32 {
        let below = self.loudness.map_or(0.0, |loudness| (loudness - ORDINARY).min(0.0));
        SPEECH_LEVEL * 10.0f32.powf(below / 20.0)
    }
}

/// The pauses between what is loud, in milliseconds.
fn pauses(samples: &[f32], rate: u32, level: f32) -> impl Iterator<Item = u32> {
    let loud = samples.iter().enumerate().filter(|(_, sample)| sample.abs() >= level);
    let places: Vec<_> = loud.map(|(at, _)| at as u64).collect();
    let lengths: Vec<_> =
        places.windows(2).map(|pair| ((pair[1] - pair[0]) * 1_000 / u64::from(rate)) as u32).collect();
    lengths.into_iter().filter(|length| PAUSES.contains(length))
}

/// The calibrations of one voice, for each of its speakers. Each is measured when it is first asked for.
#[derive(Default)]
pub(super) struct Calibrations(Mutex<BTreeMap<Option<u32>, Arc<Known>>>);

/// One calibration.
struct Known {
    /// Nothing until it is measured. Locked while it is measured: others would only do the same work.
    measured: Mutex<Option<Calibration>>,
    process: u32,
}

impl Default for Known {
    fn default() -> Self {
        Self { measured: Mutex::default(), process: std::process::id() }
    }
}

impl Known {
    /// It was being measured when this process was forked, by a thread that is not here.
    fn is_abandoned(&self) -> bool {
        self.process != std::process::id()
            && matches!(self.measured.try_lock(), Err(TryLockError::WouldBlock))
    }
}

impl Calibrations {
    /// The calibration for `speaker`: as it was measured, as a file in the folder `notes` says, or as `measure` finds
    /// it. What a cancel or an error that may pass keeps from being measured is the default for now.
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
        // What failed for good would fail again: the default is kept.
        let measured = measured.unwrap_or_default();
        if let Some(note) = note
            && measured.loudness.is_some()
        {
            // Where it cannot be kept, it is measured again at the next load.
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

/// The lock, unless a cancel or the deadline comes first.
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

/// Measures a voice by what `render` makes of the sample text.
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

/// The file in which the calibration for a speaker is kept.
fn file_name(speaker: Option<u32>) -> String {
    let name = speaker.map_or_else(|| "own".to_owned(), |speaker| speaker.to_string());
    format!("calibration-{VERSION}-{name}.json")
}

fn read(note: &Path) -> Option<Calibration> {
    let read: Calibration = serde_json::from_slice(&fs::read(note).ok()?).ok()?;
    // What no measurement gives was not measured.
    let is_sound = read.loudness.is_none_or(|loudness| LOUDNESS.contains(&loudness))
        && read.comma_ms.is_none_or(|comma| PAUSES.contains(&comma));
    is_sound.then_some(read)
}

/// Writes a note so that others see all of it or nothing.
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
    fn a_tone_of_the_standard_has_the_loudness_of_the_standard() {
        // 997 Hz at full scale in one channel: -3.01 LUFS.
        let loudness = Calibration::of(&tone(0.1, 3_000), RATE).unwrap().loudness.unwrap();
        assert!((loudness + 23.01).abs() < 0.1, "{loudness} LUFS");
        assert_eq!(Calibration::of(&vec![0.0; 48_000], RATE).unwrap(), Calibration::default());
        assert_eq!(Calibration::of(&[], RATE).unwrap(), Calibration::default());
    }

    #[test]
    fn the_longest_silence_within_speech_is_the_pause_at_a_comma_however_loud_it_is() {
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
            // Each is measured only while the other one is.
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
    fn errors_that_can_pass_are_tried_again_and_others_are_not() {
        let known = Calibrations::default();
        assert_eq!(get(&known, failing(ErrorKind::Overloaded)), Calibration::default());
        assert_eq!(get(&known, || Ok(MEASURED)), MEASURED);
        assert_eq!(get(&known, || unreachable!("it is known")), MEASURED);

        let known = Calibrations::default();
        assert_eq!(get(&known, failing(ErrorKind::ModelInvalid)), Calibration::default());
        assert_eq!(get(&known, || unreachable!("it would fail again")), Calibration::default());
    }

    #[test]
    fn a_cancel_ends_a_measurement_and_the_wait_for_one() {
        let known = Calibrations::default();
        let (measuring, waiting) = (Canceller::default(), Canceller::default());
        let half = Calibration { loudness: Some(-40.0), comma_ms: None };
        let found = known.get(None, None, &measuring, || {
            // Another session of the same speaker waits meanwhile, until its own cancel.
            std::thread::scope(|scope| {
                let other = scope.spawn(|| known.get(None, None, &waiting, || unreachable!("one measures")));
                waiting.cancel();
                assert_eq!(other.join().unwrap(), Calibration::default());
            });
            measuring.cancel();
            // What was spoken until then is not the whole.
            Ok(half)
        });
        assert_eq!(found, Calibration::default());
        assert_eq!(get(&known, || Ok(MEASURED)), MEASURED);
    }

    #[test]
    fn a_measurement_that_a_fork_cut_off_is_made_anew() {
        let known = Calibrations::default();
        let entry = Arc::new(Known { process: std::process::id() + 1, ..Known::default() });
        known.0.lock().unwrap().insert(None, Arc::clone(&entry));
        let measuring = entry.measured.lock().unwrap();
        assert_eq!(get(&known, || Ok(MEASURED)), MEASURED);
        drop(measuring);

        // What was measured before the fork is known after it.
        let entry = Known { process: std::process::id() + 1, measured: Mutex::new(Some(MEASURED)) };
        known.0.lock().unwrap().insert(None, Arc::new(entry));
        assert_eq!(get(&known, || unreachable!("it is known")), MEASURED);
    }

    #[test]
    fn a_note_is_read_again_and_a_damaged_one_is_replaced() {
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
            assert_eq!(load(&|| unreachable!("it is whole again")), MEASURED, "{damaged}");
            assert_eq!(files().len(), 1);
        }
    }
}
