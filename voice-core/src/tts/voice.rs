//! What a voice is, whichever engine it speaks with.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// A loaded voice, shared by all sessions that speak with it.
pub trait Voice: Send + Sync {
    /// What is known about the voice.
    fn info(&self) -> &VoiceInfo;

    /// Begins to render one clause. Work is done by [`Rendering::next_chunk`]; `cancel` ends it from any thread.
    fn render(
        self: Arc<Self>,
        speech: &[Speech],
        style: &Style,
        cancel: &Canceller,
    ) -> Result<Box<dyn Rendering>>;

    /// A folder for what is found out about the voice and its settings, so that it is found out once; it need not be
    /// there yet. Default: none.
    fn notes(&self) -> Option<PathBuf> {
        None
    }

    /// What the voice is like with that speaker, or its own. Default: nothing is known.
    ///
    /// A voice of an engine is measured when this is first asked for, which takes part of a second. A `cancel` ends
    /// that, and then nothing is known.
    fn calibration(&self, speaker: Option<u32>, cancel: &Canceller) -> Calibration {
        let _ = (speaker, cancel);
        Calibration::default()
    }
}

/// A clause on its way to samples.
pub trait Rendering: Send {
    /// The next samples, mono at the voice's rate, mostly between -1 and 1; nothing behind the last. After a cancel,
    /// an error or nothing.
    ///
    /// Blocks while they are computed. `ahead` is how much sound, given out before, is still to be heard: with more
    /// of it more may be computed at once, which is less work, and whoever else needs the voice sooner goes first.
    fn next_chunk(&mut self, ahead: Duration) -> Result<Option<Vec<f32>>>;
}

/// Turns text into the phonemes that a voice was trained on.
pub trait Phonemizer: Send + Sync {
    /// The phonemes of `text` in IPA, as the voice `voice` of espeak-ng would say them, with the
    /// punctuation that a voice hears.
    fn phonemes(&self, text: &str, voice: &str) -> Result<String>;
}

/// A part of a clause.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Speech {
    /// Words as they are written, with numbers and signs spelled out.
    Text(String),
    /// Sounds.
    Phonemes {
        /// In IPA.
        ipa: String,
        /// As it is written, for voices that cannot read IPA; may be empty.
        written: String,
    },
}

/// What is known about a voice.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct VoiceInfo {
    /// The voice's name: that of its file.
    pub name: String,
    /// The engine that runs it.
    pub engine: &'static str,
    /// What it speaks, as a BCP 47 tag.
    pub language: String,
    /// Its samples per second.
    pub sample_rate: u32,
    /// Names of the speakers to choose from, by their numbers; those without one have their number.
    pub speakers: Vec<String>,
    /// Sound begins before a clause is rendered whole.
    pub streams: bool,
}

/// What a voice is like.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Deserialize, serde::Serialize)]
pub struct Calibration {
    /// Its loudness in LUFS: integrated, gated, of one channel (ITU-R BS.1770-5). Nothing where it said nothing.
    pub loudness: Option<f32>,
    /// The pause that it makes at a comma within a sentence, in milliseconds. Nothing where it makes none.
    pub comma_ms: Option<u32>,
}

/// How a clause is said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Times as fast as the voice was made; 0.25 to 4.
    pub speed: f32,
    /// Times as high, at the same speed; 0.5 to 2. The formants of a VITS voice move with its pitch: it
    /// sounds smaller or larger.
    pub pitch: f32,
    /// Which speaker of a voice with several.
    pub speaker: Option<u32>,
    /// How much the sound varies, 0 to 1, where the voice varies; 0 says the same the same way each time.
    pub noise: Option<f32>,
    /// Render each clause at once: some percent less work, and no sound before it is done. For files.
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

/// One lock for both: else a cancel could end a rendering that began when the session had seen it already.
#[derive(Default)]
struct Cancelling {
    is_cancelled: bool,
    hook: Option<Box<dyn Fn() + Send>>,
}

impl Canceller {
    /// Ends the rendering under way, in the middle of its work where the engine can.
    pub fn cancel(&self) {
        let mut state = self.lock();
        state.is_cancelled = true;
        if let Some(hook) = &state.hook {
            hook();
        }
    }

    /// Whether it was called.
    pub fn is_cancelled(&self) -> bool {
        self.lock().is_cancelled
    }

    /// Whether it was called since the last time that somebody asked here.
    pub(crate) fn take(&self) -> bool {
        std::mem::take(&mut self.lock().is_cancelled)
    }

    /// What to do at a cancel; takes the place of what was to be done before. It must return at once, and use no
    /// canceller.
    pub fn on_cancel(&self, hook: impl Fn() + Send + 'static) {
        let mut state = self.lock();
        // It may have come before.
        if state.is_cancelled {
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
    fn a_cancel_is_seen_when_all_of_it_is_done() {
        let canceller = Canceller::default();
        let (enter, entered) = mpsc::channel();
        let (taken, is_taken) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        canceller.on_cancel(move || {
            enter.send(()).unwrap();
            // Whoever sees the cancel now could begin what the rest of it ends.
            tell.send(is_taken.recv_timeout(Duration::from_millis(200)).is_ok()).unwrap();
        });
        let other = canceller.clone();
        let cancelling = std::thread::spawn(move || other.cancel());
        entered.recv().unwrap();
        assert!(canceller.take());
        let _ = taken.send(());
        assert!(!told.recv().unwrap());
        cancelling.join().unwrap();
        assert!(!canceller.is_cancelled());
    }

    #[test]
    fn a_cancel_before_there_is_anything_to_do_is_not_forgotten() {
        let canceller = Canceller::default();
        canceller.cancel();
        let (tell, told) = mpsc::channel();
        canceller.on_cancel(move || tell.send(()).unwrap());
        assert_eq!(told.try_iter().count(), 1);
        canceller.cancel();
        assert_eq!(told.try_iter().count(), 1);
    }
}
