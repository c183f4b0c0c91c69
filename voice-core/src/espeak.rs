//! espeak-ng: phonemes for neural voices, and a voice of its own for a hundred languages.
//!
//! The library is not part of this crate: its licence is the GPL. It is looked for at run time and
//! used where it is installed.
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
//! [`Espeak::load`] loads the library into this process; [`Espeak::load_in`] has another process do so, which a
//! text may end without harm to this one.
//!
//! Threads: espeak-ng has global state and no locks, so one thread owns it and does jobs in the order
//! in which they were asked for. A job is one clause of audio (some milliseconds; a third of a second
//! for 800 bytes of digits at the slowest rate) or 2 to 4 KB of text for phonemes (some milliseconds). A caller
//! waits for at most one job of each other caller, and 30 seconds at the very most; a job whose caller has given up is
//! not done. With a helper, a text on which espeak-ng hangs takes the helper's deadline, twice if it is tried again, and the
//! start of a new process, and the callers after it wait for as long.

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
mod owner;
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
use alphabet::Alphabet;
use job::{Job, JobKind};
use owner::Owner;
use text::Text;

/// The longest text that is taken at once, in bytes of UTF-8.
pub const MAX_TEXT: usize = text::MAX_TEXT;

/// espeak-ng, loaded. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Espeak(Arc<Owner>);

impl Espeak {
    /// Loads the library at `path`, or the system's, and reads its voices: some 20 ms, the first time.
    ///
    /// Its data is looked for where the library was built to, or in `espeak-ng-data` beside `path`. It
    /// stays loaded, and another one cannot be loaded until the process ends. Sets the process's locale
    /// for character types to UTF-8: espeak-ng does so itself. Fails on Linux where another part of the process has
    /// loaded it: it has one state, without a lock.
    ///
    /// In a process that is forked afterwards it goes on, if it was not working at that moment.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        Owner::within(path).map(Self)
    }

    /// Loads the library at `path`, or the system's, in a process of `helper`: some 50 ms, the first time.
    ///
    /// This process is left as it is. A text that the other does not survive, or that it works on for longer than the
    /// helper's deadline, is tried once more with letters, digits and plain punctuation alone if it has anything else, and
    /// then is [`EngineFailed`](crate::ErrorKind::EngineFailed); the next text gets a new process. The process ends with
    /// the last clone, and with this process. Systems other than Unix have no helpers.
    pub fn load_in(helper: &EspeakHelper, path: Option<&Path>) -> Result<Self> {
        Owner::helped(path, helper).map(Self)
    }

    /// The library's version, such as `1.51`.
    pub fn version(&self) -> &str {
        &self.0.loaded.version
    }

    /// Samples a second of its audio, which is mono: 22,050.
    pub fn sample_rate(&self) -> u32 {
        self.0.loaded.sample_rate
    }

    /// All voices.
    pub fn voices(&self) -> &[Voice] {
        &self.0.loaded.voices
    }

    /// The voice that speaks the language of a BCP 47 tag: that of its region if there is one
    /// (`en-us` for `en-US`), or else that of the language (`ar` for `ar-EG`).
    pub fn voice_for(&self, language: &str) -> Option<&Voice> {
        voices::for_tag(&self.0.loaded.voices, language)
    }

    /// The phonemes of `text` as Piper takes them, clause by clause; empty if there is nothing to say.
    ///
    /// `voice` is a [`Voice`]'s language, name or identifier, and `text` has up to [`MAX_TEXT`] bytes.
    /// It is plain text, in which neither SSML nor phonemes are looked for. Blocks: 0.3 ms for a
    /// sentence, 70 ms for 100 KB.
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

    /// Starts to speak `text`; nothing is spoken before the first block is pulled.
    ///
    /// `voice` and `text` are as for [`phonemes`](Self::phonemes).
    pub fn start(&self, text: &str, voice: &str, prosody: Prosody) -> Result<Rendering> {
        let settings = prosody.settings()?;
        let (voice, text) = self.prepare(text, voice)?;
        Ok(Rendering::new(Arc::clone(&self.0), voice, settings, text))
    }

    /// Speaks `text` into `sink`, block by block as [`start`](Self::start) gives them. Breaking off ends
    /// it at once, and is no error.
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

    /// The voice's identifier, and the text as that voice may see it.
    fn prepare(&self, text: &str, voice: &str) -> Result<(String, Text)> {
        let voice = voices::named(&self.0.loaded.voices, voice)?;
        Ok((voice.id.clone(), Text::new(text, Alphabet::of(&voice.language))?))
    }
}
