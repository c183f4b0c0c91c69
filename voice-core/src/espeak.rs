//! espeak-ng: phonemes for neural voices, and a voice of its own for a hundred languages.
//!
//! The library is not part of this crate, since its licence is the GPL. It is loaded at run time if it is installed.
//!
//! ```no_run
//! use voice_core::espeak::{Espeak, Prosody};
//!
//! let espeak = Espeak::load(None)?;
//! for clause in espeak.phonemes("مرحبا، كيف حالك؟", "ar")? {
//!     println!("{} {:?}", clause.ipa, clause.terminator);
//! }
//! for block in espeak.start("Hello there.", "en-us", Prosody::default())? {
//!     let samples = block?; // 50 ms, mono, at espeak.sample_rate()
//!     # let _ = samples;
//! }
//! # Ok::<(), voice_core::Error>(())
//! ```
//!
//! [`Espeak::load`] loads the library into this process. [`Espeak::load_in`] loads it in another process, so that a
//! text that crashes espeak-ng does not crash this process.
//!
//! Threads: espeak-ng has global state and no locks, so one thread owns it and runs jobs in order of arrival. A job
//! is one clause of audio (some milliseconds; a third of a second for 800 bytes of digits at the slowest rate) or 2
//! to 4 KB of text for phonemes (some milliseconds). A caller waits for at most one job of each other caller, and for
//! at most 30 seconds; a job whose caller has timed out is skipped. With a helper, a text on which espeak-ng hangs
//! takes the helper's deadline, twice if it is retried, and the start of a new process; callers after it wait for
//! that time too.

mod alphabet;
#[cfg(unix)]
mod child;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
#[cfg(all(test, unix))]
mod helped_tests;
mod job;
mod letters;
mod library;
mod phonemes;
mod punctuation;
mod rendering;
#[cfg(unix)]
mod serve;
mod settings;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod voices;
mod wire;
mod worker;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

pub use phonemes::PhonemeClause;
pub use rendering::Rendering;
#[cfg(unix)]
pub use serve::serve;
pub use settings::Prosody;
pub use voices::Voice;

use crate::EspeakHelper;
use crate::error::Result;
use crate::language::LanguageTag;
use alphabet::Alphabet;
use job::{Job, JobKind};
use text::Text;
use worker::Worker;

/// The maximum length of a text, in bytes of UTF-8.
pub const MAX_TEXT: usize = text::MAX_TEXT;

/// Whether the voice for `language`, which has other letters, reads words in Latin letters by the rules of English.
pub(crate) fn reads_latin(language: &LanguageTag) -> bool {
    Alphabet::of(language).reads_english()
}

/// The loaded espeak-ng. Clones share it.
#[derive(Debug, Clone)]
pub struct Espeak(Arc<Worker>);

impl Espeak {
    /// Loads the library at `path`, or the system's, and reads its voices. The first call takes about 20 ms.
    ///
    /// Its data is searched in the folder that the library was built for, and in `espeak-ng-data` beside `path`. The
    /// library stays loaded, and the process cannot load another one. espeak-ng sets the process's locale for
    /// character types to UTF-8. On Linux the call fails if another part of the process has loaded espeak-ng, since
    /// its state is global and has no lock.
    ///
    /// It works in a forked process, unless it was running a job at the time of the fork.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        Worker::within(path).map(Self)
    }

    /// Loads the library at `path`, or the system's, in a process of `helper`. The first call takes about 50 ms.
    ///
    /// This process is not changed. A text that crashes the helper or exceeds its deadline is retried once with only
    /// letters, digits and plain punctuation. A text that contains nothing else is retried unchanged, unless it
    /// exceeded the deadline. If that fails too, the result is [`EngineFailed`](crate::ErrorKind::EngineFailed), and
    /// the next text gets a new process. The helper process ends with the last clone or with this process. Helpers
    /// are available on Unix only.
    pub fn load_in(helper: &EspeakHelper, path: Option<&Path>) -> Result<Self> {
        Worker::helped(path, helper).map(Self)
    }

    /// The library's version, such as `1.51`.
    pub fn version(&self) -> &str {
        &self.0.loaded.version
    }

    /// The sample rate of its audio, 22,050 Hz, mono.
    pub fn sample_rate(&self) -> u32 {
        self.0.loaded.sample_rate
    }

    /// All voices.
    pub fn voices(&self) -> &[Voice] {
        &self.0.loaded.voices
    }

    /// The voice for a BCP 47 tag: the voice of its region if there is one (`en-us` for `en-US`), or else of its
    /// language (`ar` for `ar-EG`).
    pub fn voice_for(&self, language: &LanguageTag) -> Option<&Voice> {
        voices::for_tag(&self.0.loaded.voices, language)
    }

    /// The phonemes of `text` in the form that Piper's voices expect, clause by clause; empty if the text has nothing
    /// to speak.
    ///
    /// `voice` is a [`Voice`]'s language, name or identifier, and `text` has up to [`MAX_TEXT`] bytes. It is plain
    /// text; SSML and phoneme notation are not interpreted. Blocks: 0.3 ms for a sentence, 70 ms for 100 KB.
    pub fn phonemes(&self, text: &str, voice: &str) -> Result<Vec<PhonemeClause>> {
        let (voice, mut text) = self.prepare(text, voice)?;
        let mut found = Vec::new();
        while let Some(window) = text.window() {
            let done = self.0.ask(Job { voice: voice.clone(), window, kind: JobKind::Phonemes })?;
            found.extend(done.clauses);
            text.advance(done.length);
        }
        Ok(phonemes::spoken(found))
    }

    /// Starts to speak `text`. The first clause is rendered when the first block is pulled.
    ///
    /// `voice` and `text` are as for [`phonemes`](Self::phonemes).
    pub fn start(&self, text: &str, voice: &str, prosody: Prosody) -> Result<Rendering> {
        let settings = prosody.settings()?;
        let (voice, text) = self.prepare(text, voice)?;
        Ok(Rendering::new(Arc::clone(&self.0), voice, settings, text))
    }

    /// Speaks `text` into `sink`, with the blocks of [`start`](Self::start). A break from `sink` ends the rendering
    /// at once and is not an error.
    pub fn render(
        &self,
        text: &str,
        voice: &str,
        prosody: Prosody,
        sink: &mut dyn FnMut(&[i16]) -> ControlFlow<()>,
    ) -> Result<()> {
        for block in self.start(text, voice, prosody)? {
            if sink(&block?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The voice's identifier, and the text prepared for that voice.
    fn prepare(&self, text: &str, voice: &str) -> Result<(String, Text)> {
        let voice = voices::named(&self.0.loaded.voices, voice)?;
        Ok((voice.id.clone(), Text::new(text, Alphabet::of(&voice.language))?))
    }
}
