//! Vosk (Kaldi) models on libvosk.
//!
//! libvosk is C++ that asserts and throws. So [`layout`] checks a model directory before libvosk reads it, and a
//! grammar is set only when a recognizer is created.

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
use std::time::Instant;

use self::library::Library;
use self::pool::{Limits, Pool, Ticket, Used};
use super::SttEngine;
use crate::environment;
use crate::error::{Error, ErrorKind, Result};
use crate::stt::Transcript;
use crate::stt::{Decoding, Ending, Margins, Model, ModelInfo, Recognizer, RecognizerOptions};
use crate::stt::{Grammar, Speaker};

/// The engine, for [`ENGINES`](super::ENGINES).
pub(super) const ENGINE: SttEngine = SttEngine {
    name: "vosk",
    files: "am/final.mdl, conf/model.conf, conf/mfcc.conf and graph/HCLG.fst or graph/HCLr.fst and graph/Gr.fst, or \
            final.mdl, mfcc.conf and HCLG.fst",
    recognizes: layout::is_like,
    load: |path, libraries| Ok(Arc::new(VoskModel::load_with(libraries.libvosk.as_deref(), path)?)),
};

/// The margins of a recognizer that keeps its adaptation. The network looks this far back and ahead and works in steps
/// (docs/benchmarks.md).
const MARGINS_OF_SPEAKER: Margins = Margins { before_ms: 600, after_ms: 496 };

/// How long a recognizer waits for the next utterance of its session. The model's pool drops it after the same time.
const KEEP_MS: u32 = 60_000;

/// The step of most models, in milliseconds.
const STEP_MS: u32 = 96;

/// The longest step.
const MAX_STEP_MS: u32 = 480;

/// A loaded Vosk model directory.
pub struct VoskModel {
    inner: Arc<library::Model>,
    info: ModelInfo,
    vocabulary: layout::Vocabulary,
    step_ms: u32,
    /// Recognizers between two utterances.
    pool: Pool<library::Recognizer>,
}

impl VoskModel {
    /// Loads libvosk without a model, from `library` or from its search path.
    pub(crate) fn load_library(library: Option<&Path>) -> Result<()> {
        Library::of_process(library).map(|_| ())
    }

    /// Checks the model directory at `path`, then loads it. Blocks: 20 ms for a small model, many
    /// seconds for one of a gigabyte.
    ///
    /// libvosk is searched beside libvoice and the program, and in the system's search path. Its log level is set to
    /// errors, for the whole process.
    pub fn load(path: &Path) -> Result<Self> {
        Self::load_with(None, path)
    }

    /// The same with the libvosk at `library`. A process loads libvosk once; the path of later calls is ignored.
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
        // A core decodes only few streams in real time.
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Ok(Self {
            inner: Arc::new(inner),
            info,
            vocabulary: layout.vocabulary,
            step_ms: step_ms(layout.is_small, layout.chunk_ms),
            pool: Pool::new(Limits { free: cores + 2, kept: 8 * cores.max(2) }),
        })
    }
}

impl VoskModel {
    /// Whether a recognizer keeps its adaptation to the speaker for the next utterance.
    fn keeps_adaptation(&self, speaker: Speaker) -> bool {
        speaker == Speaker::One && self.info.adapts
    }
}

/// The audio that is decoded at once.
///
/// The network is computed for a chunk of audio at a time. With steps shorter than a chunk the result of a chunk is known
/// earlier, because chunks do not begin where steps begin. A step has a fixed cost: a worker is woken, and the best path
/// is searched for a partial result. This is 3 to 8 % of the time of a small network and less than 1 % of the time of
/// others, so a small network takes a whole chunk at once.
fn step_ms(is_small: bool, chunk_ms: u32) -> u32 {
    if is_small { chunk_ms.clamp(STEP_MS, MAX_STEP_MS) } else { STEP_MS }
}

fn refused(path: &Path) -> Error {
    let point = environment::decimal_point();
    if point != "." {
        // libvosk never sees the host's C locale. It reads the model's options with the C++ locale, which is global to
        // the process.
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
        let reused = if phrases.is_none() { self.pool.take(rate, Instant::now()) } else { None };
        let (mut inner, decoded) = match reused {
            Some(used) => (used.recognizer, used.decoded),
            None => (library::Recognizer::new(Arc::clone(&self.inner), rate, phrases)?, 0),
        };
        inner.set_words(options.words)?;
        inner.set_max_alternatives(options.max_alternatives.get().into())?;
        Ok(Box::new(VoskRecognizer {
            state: State::Owned(inner),
            rate,
            has_grammar: phrases.is_some(),
            keeps_speaker: self.keeps_adaptation(options.speaker),
            decoded,
            utterance_begin: decoded,
            is_adapted: false,
            model: self,
        }))
    }

    fn knows(&self, word: &str) -> bool {
        self.vocabulary.contains(word)
    }

    fn spelling(&self, word: &str) -> Option<String> {
        self.vocabulary.spelling(word)
    }

    fn decoding(&self, speaker: Speaker) -> Decoding {
        Decoding {
            step_ms: self.step_ms,
            margins: if self.keeps_adaptation(speaker) { MARGINS_OF_SPEAKER } else { Margins::default() },
            ..Decoding::default()
        }
    }
}

struct VoskRecognizer {
    state: State,
    rate: u32,
    has_grammar: bool,
    keeps_speaker: bool,
    /// All samples that it has decoded. libvosk's times are relative to the first of them.
    decoded: u64,
    /// `decoded` at the beginning of the utterance.
    utterance_begin: u64,
    /// Whether it is adapted to a speaker by earlier utterances.
    is_adapted: bool,
    model: Arc<VoskModel>,
}

/// The place of libvosk's recognizer.
enum State {
    Owned(library::Recognizer),
    /// In the model's pool, which may drop it.
    Kept(Ticket),
    Released,
}

impl VoskRecognizer {
    fn inner(&mut self) -> Result<&mut library::Recognizer> {
        match &mut self.state {
            State::Owned(inner) => Ok(inner),
            State::Kept(_) | State::Released => {
                Err(Error::new(ErrorKind::Internal, "a released recognizer is used; report this"))
            }
        }
    }

    /// Takes libvosk's recognizer, from the pool if it is there.
    fn take(&mut self) -> Option<Used<library::Recognizer>> {
        match std::mem::replace(&mut self.state, State::Released) {
            State::Owned(recognizer) => {
                Some(Used { recognizer, sample_rate: self.rate, decoded: self.decoded })
            }
            State::Kept(ticket) => self.model.pool.take_kept(ticket, Instant::now()),
            State::Released => None,
        }
    }

    /// Decodes silence if `pushed` samples of it are too few, so that all speech is decoded.
    fn complete_tail(&mut self, pushed: usize) -> Result<()> {
        let length = (self.rate * MARGINS_OF_SPEAKER.after_ms / 1_000) as usize;
        let missing = length.saturating_sub(pushed);
        if missing == 0 { Ok(()) } else { self.push(&vec![0; missing]) }
    }
}

impl Recognizer for VoskRecognizer {
    fn push(&mut self, samples: &[i16]) -> Result<()> {
        self.decoded += samples.len() as u64;
        self.inner()?.accept(samples)
    }

    fn partial(&mut self) -> Result<String> {
        result::partial(self.inner()?.partial_result()?)
    }

    fn finish(&mut self, ending: Ending) -> Result<Transcript> {
        let begin_ms = self.utterance_begin * 1_000 / u64::from(self.rate);
        self.is_adapted = match ending {
            Ending::Pause { pushed } if self.keeps_speaker => {
                self.complete_tail(pushed)?;
                true
            }
            _ => false,
        };
        self.utterance_begin = self.decoded;
        let is_adapted = self.is_adapted;
        let inner = self.inner()?;
        // `result` keeps the adaptation to the speaker, `final_result` drops it.
        let json = if is_adapted { inner.result()? } else { inner.final_result()? };
        let mut transcript = result::transcript(json)?;
        shift_times(&mut transcript, begin_ms);
        Ok(transcript)
    }

    fn keep(&mut self) -> Option<u32> {
        if !self.is_adapted && !self.has_grammar {
            return None;
        }
        let used = self.take()?;
        let ticket = self.model.pool.keep(used, Instant::now());
        self.state = ticket.map_or(State::Released, State::Kept);
        ticket.map(|_| KEEP_MS)
    }

    fn resume(&mut self) -> bool {
        let used = self.take();
        let is_here = used.is_some();
        self.state = used.map_or(State::Released, |used| State::Owned(used.recognizer));
        is_here
    }

    fn release(mut self: Box<Self>) {
        let Some(used) = self.take().filter(|_| !self.has_grammar) else { return };
        self.state = State::Owned(used.recognizer);
        // libvosk drops its adaptation only at the end of an utterance, so an empty one is decoded.
        let reset =
            |inner: &mut library::Recognizer| inner.accept(&[]).is_ok() && inner.final_result().is_ok();
        if self.is_adapted && !self.inner().is_ok_and(reset) {
            return;
        }
        if let Some(used) = self.take() {
            self.model.pool.put(used, Instant::now());
        }
    }
}

impl Drop for VoskRecognizer {
    fn drop(&mut self) {
        // Also removed from the pool, because no other session can use it.
        self.take();
    }
}

/// Makes times relative to `begin_ms`.
fn shift_times(transcript: &mut Transcript, begin_ms: u64) {
    let words = transcript.alternatives.iter_mut().flat_map(|alternative| &mut alternative.words);
    for word in transcript.words.iter_mut().chain(words) {
        word.start_ms = word.start_ms.saturating_sub(begin_ms);
        word.end_ms = word.end_ms.saturating_sub(begin_ms);
    }
}

#[cfg(test)]
mod tests;
