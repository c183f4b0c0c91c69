//! The interface of voices, independent of their engine.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;

/// A loaded voice, shared by all sessions that use it.
pub trait Voice: Send + Sync {
    /// The properties of the voice.
    fn info(&self) -> &VoiceInfo;

    /// Begins to render one clause. [`Rendering::next_chunk`] does the work; `cancel` ends it from any thread.
    fn render(
        self: Arc<Self>,
        speech: &[Speech],
        style: &Style,
        cancel: &Canceller,
    ) -> Result<Box<dyn Rendering>>;

    /// Whether it reads words in Latin letters as words, though its language has other letters. Default: it does not.
    fn reads_latin(&self) -> bool {
        false
    }

    /// The phonemes for which it renders `speech`, as text for a person; `None` if it does not read phonemes. Default:
    /// `None`.
    fn phonemes(&self, speech: &[Speech]) -> Result<Option<String>> {
        let _ = speech;
        Ok(None)
    }

    /// A folder for measurements of the voice with its settings, so that they are made once. It need not exist yet.
    /// Default: none.
    fn notes(&self) -> Option<PathBuf> {
        None
    }

    /// The calibration of the voice with that speaker, or with its own. Default: nothing is known.
    ///
    /// A voice of an engine is measured at the first call, which takes less than a second. A `cancel` ends the
    /// measurement, and then nothing is known.
    fn calibration(&self, speaker: Option<u32>, cancel: &Canceller) -> Calibration {
        let _ = (speaker, cancel);
        Calibration::default()
    }
}

/// The rendering of a clause to samples.
pub trait Rendering: Send {
    /// The next samples, mono at the voice's rate, mostly between -1 and 1; `None` after the last. After a cancel it
    /// returns an error or `None`.
    ///
    /// Blocks while they are computed. `ahead` is the duration of returned audio that has not been heard yet. With
    /// more of it, a call may compute more at once, which is less work.
    fn next_chunk(&mut self, ahead: Duration) -> Result<Option<Vec<f32>>>;

    /// The number of samples of the whole clause, if it is known before the last chunk. Default: unknown.
    fn total_samples(&self) -> Option<usize> {
        None
    }
}

/// Turns text into the phonemes that a voice was trained on.
pub trait Phonemizer: Send + Sync {
    /// The phonemes of `text` in IPA, as the espeak-ng voice `voice` speaks them, with the punctuation that a VITS
    /// voice reads.
    fn phonemes(&self, text: &str, voice: &str) -> Result<String>;
}

/// A part of a clause.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Speech {
    /// Text with numbers and signs spelled out.
    Text(String),
    /// Phonemes.
    Phonemes {
        /// In IPA.
        ipa: String,
        /// The written form, for voices that cannot read IPA; may be empty.
        written: String,
    },
}

/// The properties of a voice.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct VoiceInfo {
    /// The name of the voice, from its file.
    pub name: String,
    /// The engine that runs it.
    pub engine: &'static str,
    /// Its language, as a BCP 47 tag.
    pub language: LanguageTag,
    /// Its sample rate in Hz.
    pub sample_rate: u32,
    /// The names of its speakers, by number; a speaker without a name has its number.
    pub speakers: Vec<String>,
    /// Whether it gives audio before a clause is rendered completely.
    pub streams: bool,
}

/// The measured properties of a voice.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Deserialize, serde::Serialize)]
pub struct Calibration {
    /// Its integrated, gated loudness of one channel in LUFS (ITU-R BS.1770-5). `None` if the voice gave no audio.
    pub loudness: Option<f32>,
    /// Its pause at a comma within a sentence, in milliseconds. `None` if it makes none.
    pub comma_ms: Option<u32>,
}

/// How a clause is spoken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Speaking rate factor, 0.25 to 4 (1 = the voice's own).
    pub speed: f32,
    /// Pitch factor at the same speed, 0.5 to 2. The formants of a VITS voice move with its pitch.
    pub pitch: f32,
    /// The speaker number of a voice with several.
    pub speaker: Option<u32>,
    /// Random variation of neural voices, 0 to 1; with 0 the same text always gives the same audio. Default: the
    /// voice's own.
    pub noise: Option<f32>,
    /// Render each clause completely before its audio is returned: a few percent less CPU time, later first audio.
    /// For files.
    pub whole: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { speed: 1.0, pitch: 1.0, speaker: None, noise: None, whole: false }
    }
}

impl Style {
    /// Checks that every field is in its range.
    pub fn validate(&self) -> Result<()> {
        let check = |name: &str, value: f32, low: f32, high: f32| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(Error::new(ErrorKind::OptionInvalid, format!("{name} is {value}; give {low} to {high}")))
        };
        check("speed", self.speed, 0.25, 4.0)?;
        check("pitch", self.pitch, 0.5, 2.0)?;
        check("noise", self.noise.unwrap_or(0.0), 0.0, 1.0)
    }
}

/// Ends renderings from any thread.
#[derive(Clone, Default)]
pub struct Canceller(Arc<Mutex<Cancelling>>);

/// One lock for both, since otherwise a cancel could end a rendering that began after the session had handled it.
#[derive(Default)]
struct Cancelling {
    /// The time of the first cancel that was not handled.
    cancelled_at: Option<Instant>,
    clock: Clock,
    hook: Option<Box<dyn Fn() + Send>>,
}

impl Canceller {
    /// A canceller that notes the time of `clock` at a cancel.
    pub(super) fn new(clock: Clock) -> Self {
        Self(Arc::new(Mutex::new(Cancelling { clock, ..Cancelling::default() })))
    }

    /// Ends the current rendering, within its work if the engine supports it.
    pub fn cancel(&self) {
        let mut state = self.lock();
        if state.cancelled_at.is_none() {
            state.cancelled_at = Some(state.clock.now());
        }
        if let Some(hook) = &state.hook {
            hook();
        }
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled_at.is_some()
    }

    /// The time of the first [`cancel`](Self::cancel) since the last call of this function.
    pub(crate) fn take(&self) -> Option<Instant> {
        self.lock().cancelled_at.take()
    }

    /// Sets the function to call at a cancel, replacing the previous one. It must return at once and must not use a
    /// canceller.
    pub fn on_cancel(&self, hook: impl Fn() + Send + 'static) {
        let mut state = self.lock();
        // The cancel may have come before.
        if state.cancelled_at.is_some() {
            hook();
        }
        state.hook = Some(Box::new(hook));
    }

    fn lock(&self) -> MutexGuard<'_, Cancelling> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn cancel_is_visible_after_its_hook_returned() {
        let canceller = Canceller::default();
        let (enter, entered) = mpsc::channel();
        let (taken, is_taken) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        canceller.on_cancel(move || {
            enter.send(()).unwrap();
            // A session that saw the cancel now could begin a rendering that the hook would end.
            tell.send(is_taken.recv_timeout(Duration::from_millis(200)).is_ok()).unwrap();
        });
        let other = canceller.clone();
        let cancelling = std::thread::spawn(move || other.cancel());
        entered.recv().unwrap();
        assert!(canceller.take().is_some());
        let _ = taken.send(());
        assert!(!told.recv().unwrap());
        cancelling.join().unwrap();
        assert!(!canceller.is_cancelled());
    }

    #[test]
    fn cancel_before_the_hook_is_set_calls_it() {
        let canceller = Canceller::default();
        canceller.cancel();
        let (tell, told) = mpsc::channel();
        canceller.on_cancel(move || tell.send(()).unwrap());
        assert_eq!(told.try_iter().count(), 1);
        canceller.cancel();
        assert_eq!(told.try_iter().count(), 1);
    }
}
