//! Vosk (Kaldi) models on libvosk.
//!
//! libvosk is C++ that asserts and throws: a model directory is checked by [`layout`] before
//! libvosk sees it, and a grammar is set only when a recognizer is made.

#[cfg(fuzzing)]
pub mod fuzzing;
mod gate;
mod layout;
mod library;
mod log;
mod pool;
mod result;

use std::ffi::CString;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use self::library::Library;
use self::pool::Pool;
use crate::environment;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Transcript;
use crate::options::{Grammar, Speaker};
use crate::stt::{Ending, Model, ModelInfo, Recognizer, RecognizerOptions};

/// Seconds of audio after which a recognizer is not kept for its session any longer, since what it holds grows.
const WORN: u64 = 240;

/// Silence that is decoded after an utterance whose recognizer keeps what it learnt, in milliseconds: the network
/// looks so far ahead, and works in steps.
const TAIL_MS: usize = 400;

/// A Vosk model directory, loaded.
pub struct VoskModel {
    inner: Arc<library::Model>,
    info: ModelInfo,
    vocabulary: layout::Vocabulary,
    /// At the start of an utterance, for any session.
    pool: Pool<library::Recognizer>,
    /// Recognizers that stay with their session from utterance to utterance.
    bound: AtomicUsize,
    bound_limit: usize,
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
            sample_rates: layout.sample_rates,
            adapts: layout.adapts,
        };
        // A core decodes few streams in real time.
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Ok(Self {
            inner: Arc::new(inner),
            info,
            vocabulary: layout.vocabulary,
            pool: Pool::new(cores + 2),
            bound: AtomicUsize::new(0),
            bound_limit: 8 * cores.max(2),
        })
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
        let rate = options.sample_rate;
        let phrases = options.grammar.as_ref().map(Grammar::phrases);
        let waiting = if phrases.is_none() { self.pool.take(rate, Instant::now()) } else { None };
        let (mut inner, heard) = match waiting {
            Some(waiting) => waiting,
            None => (library::Recognizer::new(Arc::clone(&self.inner), rate, phrases)?, 0),
        };
        inner.set_words(options.words)?;
        inner.set_max_alternatives(options.max_alternatives.get().into())?;
        Ok(Box::new(VoskRecognizer {
            inner,
            rate,
            has_grammar: phrases.is_some(),
            keeps_speaker: options.speaker == Speaker::One && self.info.adapts,
            heard,
            begin: heard,
            place: None,
            knows_speaker: false,
            model: self,
        }))
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
    rate: u32,
    has_grammar: bool,
    keeps_speaker: bool,
    /// Samples that it ever heard: libvosk counts its times from the first of them.
    heard: u64,
    /// `heard` at the beginning of the utterance.
    begin: u64,
    /// Where it stays with its session.
    place: Option<Place>,
    /// What libvosk learnt of a speaker in earlier utterances is in it.
    knows_speaker: bool,
    model: Arc<VoskModel>,
}

/// One of the places for recognizers that stay with their session.
struct Place(Arc<VoskModel>);

impl Place {
    fn take(model: &Arc<VoskModel>) -> Option<Self> {
        let others = model.bound.fetch_add(1, Ordering::Relaxed);
        let place = Self(Arc::clone(model));
        (others < model.bound_limit).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.bound.fetch_sub(1, Ordering::Relaxed);
    }
}

impl VoskRecognizer {
    /// Decides whether it stays with its session after the utterance that ends so.
    fn take_place(&mut self, ending: Ending<'_>) -> bool {
        let is_worth_it = (self.keeps_speaker || self.has_grammar)
            && ending != Ending::Last
            && self.heard / u64::from(self.rate) < WORN;
        let place = self.place.take().filter(|_| is_worth_it);
        self.place = if is_worth_it { place.or_else(|| Place::take(&self.model)) } else { None };
        self.place.is_some()
    }

    /// Decodes some of the silence, and more silence where that is short, so that nothing said is still under way.
    fn push_silence(&mut self, silence: &[i16]) -> Result<()> {
        let length = self.rate as usize * TAIL_MS / 1_000;
        let mut tail = silence[..silence.len().min(length)].to_vec();
        tail.resize(length, 0);
        self.push(&tail)
    }
}

impl Recognizer for VoskRecognizer {
    fn push(&mut self, samples: &[i16]) -> Result<()> {
        self.heard += samples.len() as u64;
        self.inner.accept(samples)
    }

    fn partial(&mut self) -> Result<String> {
        result::partial(self.inner.partial_result()?)
    }

    fn finish(&mut self, ending: Ending<'_>) -> Result<Transcript> {
        let begin_ms = self.begin * 1_000 / u64::from(self.rate);
        let keeps_speaker = self.take_place(ending) && self.keeps_speaker;
        if keeps_speaker && let Ending::Pause { silence } = ending {
            self.push_silence(silence)?;
        }
        self.begin = self.heard;
        self.knows_speaker = keeps_speaker;
        // Only the first of the two leaves what was learnt of the speaker in place.
        let json = if keeps_speaker { self.inner.result()? } else { self.inner.final_result()? };
        let mut transcript = result::transcript(json)?;
        since(&mut transcript, begin_ms);
        Ok(transcript)
    }

    fn is_bound(&self) -> bool {
        self.place.is_some()
    }

    fn release(mut self: Box<Self>) {
        if self.has_grammar {
            return;
        }
        // libvosk drops what it knows of a speaker at the end of an utterance only: this one has no audio.
        if self.knows_speaker && (self.push(&[]).is_err() || self.inner.final_result().is_err()) {
            return;
        }
        let Self { inner, rate, heard, model, .. } = *self;
        model.pool.give(inner, rate, heard, Instant::now());
    }
}

/// Makes times count from `begin_ms`.
fn since(transcript: &mut Transcript, begin_ms: u64) {
    let words = transcript.alternatives.iter_mut().flat_map(|reading| &mut reading.words);
    for word in transcript.words.iter_mut().chain(words) {
        word.start_ms = word.start_ms.saturating_sub(begin_ms);
        word.end_ms = word.end_ms.saturating_sub(begin_ms);
    }
}

#[cfg(test)]
mod tests;
