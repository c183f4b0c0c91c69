//! Vosk (Kaldi) models on libvosk.
//!
//! libvosk is C++ that asserts and throws: a model directory is checked by [`layout`] before
//! libvosk sees it, and a grammar is set only when a recognizer is made.

#[cfg(fuzzing)]
pub mod fuzzing;
mod gate;
mod layout;
mod library;
mod result;

use std::ffi::CString;
use std::path::Path;
use std::sync::Arc;

use self::library::Library;
use crate::audio::SAMPLE_RATE;
use crate::environment;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Transcript;
use crate::options::Grammar;
use crate::stt::{Model, ModelInfo, Recognizer, RecognizerOptions};

/// A Vosk model directory, loaded.
pub struct VoskModel {
    inner: Arc<library::Model>,
    info: ModelInfo,
    vocabulary: layout::Vocabulary,
}

impl VoskModel {
    /// Loads libvosk alone, from `library` or from where it is looked for.
    pub(crate) fn load_library(library: Option<&Path>) -> Result<()> {
        Library::of_process(library).map(|_| ())
    }

    /// Checks the model directory at `path`, then loads it. Blocks: 20 ms for a small model, many
    /// seconds for one of a gigabyte.
    ///
    /// libvosk is looked for beside libvoice and the program, and where the system looks. Its log is
    /// silenced but for errors, in the whole process: it has one log only.
    pub fn load(path: &Path) -> Result<Self> {
        Self::load_with(None, path)
    }

    /// The same on the libvosk at `library`. A process has one: the first that is loaded stays, whatever path
    /// is given later.
    pub fn load_with(library: Option<&Path>, path: &Path) -> Result<Self> {
        let layout = layout::check(path)?;
        let text_path = path.to_str().and_then(|path| CString::new(path).ok()).ok_or_else(|| {
            Error::new(ErrorKind::ModelInvalid, "the model's path is not valid UTF-8; rename the folder")
        })?;
        let library = Library::of_process(library)?;
        let inner = library::Model::load(library, &text_path)?.ok_or_else(|| refused(path))?;
        let name = path.canonicalize().ok().and_then(|real| Some(real.file_name()?.to_str()?.to_owned()));
        let info = ModelInfo {
            name: name.unwrap_or_else(|| "model".to_owned()),
            engine: "vosk",
            takes_grammar: layout.takes_grammar,
        };
        Ok(Self { inner: Arc::new(inner), info, vocabulary: layout.vocabulary })
    }
}

fn refused(path: &Path) -> Error {
    let point = environment::decimal_point();
    if point != "." {
        // Of C's locale libvosk sees nothing. The model's options are read by the one of C++, which no thread has
        // for itself.
        let message = format!(
            "libvosk cannot read numbers while the decimal point of the program's C++ locale is \"{point}\"; call \
             std::locale::global(std::locale::classic()) before the engine is opened"
        );
        return Error::new(ErrorKind::EngineUnavailable, message);
    }
    let message = format!("libvosk refused the model {}; its message is on standard error", path.display());
    Error::new(ErrorKind::ModelLoadFailed, message)
}

impl Model for VoskModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn recognizer(self: Arc<Self>, options: &RecognizerOptions) -> Result<Box<dyn Recognizer>> {
        let phrases = options.grammar.as_ref().map(Grammar::phrases);
        let mut inner = library::Recognizer::new(Arc::clone(&self.inner), SAMPLE_RATE, phrases)?;
        inner.set_words(options.words)?;
        inner.set_max_alternatives(options.max_alternatives.get().into())?;
        Ok(Box::new(VoskRecognizer { inner }))
    }

    fn knows(&self, word: &str) -> bool {
        self.vocabulary.contains(word)
    }

    fn spelling(&self, word: &str) -> Option<String> {
        self.vocabulary.spelling(word)
    }
}

struct VoskRecognizer {
    inner: library::Recognizer,
}

impl Recognizer for VoskRecognizer {
    fn push(&mut self, samples: &[i16]) -> Result<()> {
        self.inner.accept(samples)
    }

    fn partial(&mut self) -> Result<String> {
        result::partial(self.inner.partial_result()?)
    }

    fn finish(mut self: Box<Self>) -> Result<Transcript> {
        result::transcript(self.inner.final_result()?)
    }
}

#[cfg(test)]
mod tests;
