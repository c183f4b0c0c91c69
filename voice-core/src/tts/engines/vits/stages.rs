//! The stages of a VITS model, shared by all sessions.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::optimized_cache::{FileStamp, OptimizedCache};
use super::split::{self, Split};
use crate::error::{Error, ErrorKind, Result};
use crate::onnx::{Graph, Model, Program, Runtime, planar};
use crate::tts::voice::Canceller;

/// The programs that render an utterance.
pub(super) struct Stages {
    /// From the text to the prior, the latent, or samples, depending on where the model can be split.
    pub(super) text: Program,
    pub(super) flow: Option<Program>,
    pub(super) decoder: Option<Program>,
}

/// Names of the stages.
const TEXT: &str = "text";
const FLOW: &str = "flow";
const DECODER: &str = "decoder";

/// A voice, split into stages if possible.
pub(super) struct CutVoice {
    pub(super) stages: Stages,
    pub(super) split: Option<Split>,
    /// The folder of its notes, if there is one.
    pub(super) notes: Option<PathBuf>,
}

impl CutVoice {
    /// Splits the ONNX file at `model`, or loads its cache.
    pub(super) fn load(runtime: &Runtime, model: &Path) -> Result<Self> {
        let (file, stamp) = open(model)?;
        if let Some(cut) = Self::load_cached(runtime, model, stamp) {
            return Ok(cut);
        }
        let bytes = read(file, model)?;
        let graph = Graph::read(&bytes)?;
        let split = split::find(&graph);
        if let Some(split) = &split
            && let Some(draft) = OptimizedCache::draft(model, stamp)
        {
            match note(runtime, &graph, split, &draft) {
                Ok(()) => drop(draft.complete(split)),
                // The disk may be full.
                Err(error) => tracing::debug!(code = error.code(), "a voice is loaded without a cache"),
            }
        }
        // Keeping the whole file would double the memory while its stages are loaded.
        drop(graph);
        drop(bytes);
        match Self::load_cached(runtime, model, stamp) {
            Some(cut) => Ok(cut),
            None => Self::load_uncached(runtime, model),
        }
    }

    /// Loads the stages from the cache; `None` if they are damaged or from another runtime.
    fn load_cached(runtime: &Runtime, model: &Path, stamp: FileStamp) -> Option<Self> {
        let (cache, split) = OptimizedCache::find(model, stamp)?;
        let load = |part| Program::load(runtime, Model::Optimized(&cache.path(part)));
        let load_all = || {
            let flow = split.flow.as_ref().map(|_| load(FLOW)).transpose()?;
            Ok::<_, Error>(Stages { text: load(TEXT)?, flow, decoder: Some(load(DECODER)?) })
        };
        let stages = load_all().ok()?;
        Some(Self { stages, split: Some(split), notes: Some(cache.folder().to_owned()) })
    }

    fn load_uncached(runtime: &Runtime, model: &Path) -> Result<Self> {
        let (file, _) = open(model)?;
        let bytes = read(file, model)?;
        let graph = Graph::read(&bytes)?;
        let load = |model: &[u8]| Program::load(runtime, Model::New(model, None));
        let Some(split) = split::find(&graph) else { return Self::uncut(runtime, &graph, &bytes) };
        let cuts = cuts(&graph, &split)?;
        let stages = Stages {
            text: load(&cuts.text(&graph))?,
            flow: cuts.flow(&graph).map(|flow| load(&flow)).transpose()?,
            decoder: Some(cuts.decoder(&graph, |decoder| load(&decoder))?),
        };
        Ok(Self { stages, split: Some(split), notes: None })
    }

    /// Loads the model without splitting it.
    fn uncut(runtime: &Runtime, graph: &Graph, bytes: &[u8]) -> Result<Self> {
        let [_] = graph.outputs() else { return Err(no_vits()) };
        let text = Program::load(runtime, Model::New(bytes, None))?;
        Ok(Self { stages: Stages { text, flow: None, decoder: None }, split: None, notes: None })
    }

    #[cfg(test)]
    pub(super) fn whole(runtime: &Runtime, model: &Path) -> Result<Self> {
        let bytes = read(open(model)?.0, model)?;
        Self::uncut(runtime, &Graph::read(&bytes)?, &bytes)
    }
}

/// Optimizes the stages with ONNX Runtime, one at a time, and writes them to `cache`.
fn note(runtime: &Runtime, graph: &Graph, split: &Split, cache: &OptimizedCache) -> Result<()> {
    let cuts = cuts(graph, split)?;
    let write =
        |part, model: Vec<u8>| Program::load(runtime, Model::New(&model, Some(&cache.path(part)))).map(drop);
    cuts.decoder(graph, |decoder| write(DECODER, decoder))?;
    if let Some(flow) = cuts.flow(graph) {
        write(FLOW, flow)?;
    }
    write(TEXT, cuts.text(graph))
}

/// The names of the tensors at the split points.
struct Cuts<'a> {
    output: &'a str,
    latent: &'a str,
    /// The inputs of the decoder.
    to_decoder: Vec<&'a str>,
    /// The inputs of the flow, if there is one.
    to_flow: Option<Vec<&'a str>>,
}

fn cuts<'a>(graph: &'a Graph, split: &'a Split) -> Result<Cuts<'a>> {
    let [output] = graph.outputs() else { return Err(no_vits()) };
    let to_decoder = std::iter::once(&split.latent).chain(&split.speaker).map(String::as_str).collect();
    let to_flow = split
        .flow
        .as_ref()
        .map(|flow| std::iter::once(&flow.prior).chain(&flow.others).map(String::as_str).collect());
    Ok(Cuts { output: output.name, latent: &split.latent, to_decoder, to_flow })
}

impl Cuts<'_> {
    /// Loads the decoder in planar form or, if that is refused, unchanged.
    fn decoder<T>(&self, graph: &Graph, load: impl Fn(Vec<u8>) -> Result<T>) -> Result<T> {
        if let Some(planar) = planar::extract(graph, &self.to_decoder, self.output) {
            match load(planar) {
                Ok(loaded) => return Ok(loaded),
                Err(error) => tracing::debug!(code = error.code(), "a decoder is loaded unchanged"),
            }
        }
        load(graph.extract(&self.to_decoder, &[self.output]))
    }

    fn flow(&self, graph: &Graph) -> Option<Vec<u8>> {
        Some(graph.extract(self.to_flow.as_ref()?, &[self.latent]))
    }

    fn text(&self, graph: &Graph) -> Vec<u8> {
        let Some(to_flow) = &self.to_flow else { return graph.extract(&[], &self.to_decoder) };
        let mut wanted = to_flow.clone();
        // The flow may already need the speaker.
        wanted.extend(self.to_decoder[1..].iter().filter(|name| !to_flow.contains(name)));
        graph.extract(&[], &wanted)
    }
}

fn open(model: &Path) -> Result<(File, FileStamp)> {
    let open = || {
        let file = File::open(model)?;
        let stamp = FileStamp::of(&file.metadata()?);
        Ok((file, stamp))
    };
    open().map_err(|error| unreadable(model, error))
}

fn read(mut file: File, model: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| unreadable(model, error))?;
    Ok(bytes)
}

fn unreadable(model: &Path, error: io::Error) -> Error {
    let (kind, hint) = match error.kind() {
        io::ErrorKind::NotFound => (ErrorKind::ModelNotFound, "is not there; check the path"),
        _ => (ErrorKind::ModelUnreadable, "cannot be read; check its permissions"),
    };
    Error::new(kind, format!("the voice {} {hint}", model.display())).with_source(error)
}

pub(super) fn no_vits() -> Error {
    Error::new(ErrorKind::ModelInvalid, "the model is not a VITS voice; choose another file")
}

/// The maximum time that a chunk waits for its turn. Chunks take some milliseconds, whole clauses some seconds.
const DEADLINE: Duration = Duration::from_secs(20);

/// The interval at which a waiting session checks for a cancel.
const TICK: Duration = Duration::from_millis(20);

/// The stages of a voice and permits to compute with them, shared by all sessions. There is one permit per core; a
/// session holds one for a chunk at a time.
pub(super) struct StagePool {
    cut: CutVoice,
    state: Mutex<PoolState>,
    returned: Condvar,
}

struct PoolState {
    /// The process of the counted sessions; a forked process has none of them.
    process: u32,
    idle: usize,
    /// Waiting sessions, the most urgent first; the number separates equal times.
    waiting: BTreeSet<(Instant, u64)>,
    numbers: u64,
}

impl PoolState {
    /// The idle state of this process.
    fn full() -> Self {
        let idle = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { process: std::process::id(), idle, waiting: BTreeSet::new(), numbers: 0 }
    }
}

impl StagePool {
    pub(super) fn open(cut: CutVoice) -> Self {
        Self { cut, state: Mutex::new(PoolState::full()), returned: Condvar::new() }
    }

    /// How the model is split; `None` if it is not.
    pub(super) fn split(&self) -> Option<&Split> {
        self.cut.split.as_ref()
    }

    /// The folder of the voice's notes, if there is one.
    pub(super) fn notes(&self) -> Option<&Path> {
        self.cut.notes.as_deref()
    }

    /// Runs `work` with the stages. If all permits are taken, it waits until one is free or a cancel comes; sessions
    /// whose audio runs out soonest, at `due`, go first.
    pub(super) fn with<T>(
        &self,
        cancel: &Canceller,
        due: Instant,
        work: impl FnOnce(&Stages) -> Result<T>,
    ) -> Result<T> {
        self.take(cancel, due)?;
        let _guard = PoolGuard(self);
        work(&self.cut.stages)
    }

    fn take(&self, cancel: &Canceller, due: Instant) -> Result<()> {
        let mut state = self.lock();
        state.numbers += 1;
        let me = (due, state.numbers);
        state.waiting.insert(me);
        let until = due.max(Instant::now()) + DEADLINE;
        let taken = loop {
            if state.waiting.first() == Some(&me) && state.idle > 0 {
                state.idle -= 1;
                break Ok(());
            }
            if cancel.is_cancelled() {
                break Err(Error::new(ErrorKind::Cancelled, "the clause was cancelled"));
            }
            if Instant::now() >= until {
                let message = format!(
                    "the voice was busy with other sessions for {DEADLINE:?}; run fewer sessions at once"
                );
                break Err(Error::new(ErrorKind::Overloaded, message));
            }
            let waited = self.returned.wait_timeout(state, TICK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        };
        state.waiting.remove(&me);
        if state.idle > 0 {
            self.returned.notify_all();
        }
        taken
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.process != std::process::id() {
            *state = PoolState::full();
        }
        state
    }
}

/// A permit to compute, returned even if the work panics.
struct PoolGuard<'a>(&'a StagePool);

impl Drop for PoolGuard<'_> {
    fn drop(&mut self) {
        self.0.lock().idle += 1;
        // Only one waiting session is first, so all are notified.
        self.0.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Copy;
    use super::*;

    fn load(copy: &Copy) -> CutVoice {
        CutVoice::load(&Runtime::load(None).unwrap(), &copy.path()).unwrap()
    }

    /// A pool for a machine with one core.
    fn pool(copy: &Copy) -> StagePool {
        let pool = StagePool::open(load(copy));
        pool.lock().idle = 1;
        pool
    }

    #[test]
    fn waiting_session_can_be_cancelled() {
        let pool = pool(&Copy::new("tiny-piper"));
        let cancel = Canceller::default();
        let other = cancel.clone();
        let outcome = pool.with(&Canceller::default(), Instant::now(), |_| {
            std::thread::spawn(move || other.cancel());
            pool.with(&cancel, Instant::now(), |_| Ok(()))
        });
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Cancelled);
    }

    #[test]
    fn earliest_deadline_goes_first() {
        let pool = pool(&Copy::new("tiny-piper"));
        let (now, served) = (Instant::now(), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            let serve = |ahead: u64| {
                pool.with(&Canceller::default(), now + Duration::from_secs(ahead), |_| {
                    served.lock().unwrap().push(ahead);
                    Ok(())
                })
                .unwrap();
            };
            pool.with(&Canceller::default(), now, |_| {
                for (waiting, ahead) in [9, 0, 5].into_iter().enumerate() {
                    scope.spawn(move || serve(ahead));
                    while pool.lock().waiting.len() <= waiting {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
                Ok(())
            })
            .unwrap();
        });
        assert_eq!(served.into_inner().unwrap(), [0, 5, 9]);
        assert!(pool.lock().waiting.is_empty());
    }

    #[test]
    fn permit_is_returned_after_a_panic() {
        let pool = pool(&Copy::new("tiny-piper"));
        let with = |work: fn(&Stages) -> Result<()>| pool.with(&Canceller::default(), Instant::now(), work);
        let panicked =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| with(|_| panic!("in its work"))));
        assert!(panicked.is_err());
        with(|_| Ok(())).unwrap();
        assert_eq!(pool.lock().idle, 1);
    }

    #[test]
    fn a_forked_process_has_all_cores() {
        let copy = Copy::new("tiny-piper");
        let pool = pool(&copy);
        let cancel = Canceller::default();
        pool.with(&cancel, Instant::now(), |_| {
            pool.lock().waiting.insert((Instant::now(), 0));
            // As in a newly forked process.
            pool.lock().process += 1;
            pool.with(&cancel, Instant::now(), |_| Ok(()))
        })
        .unwrap();
    }

    #[test]
    fn refused_planar_decoder_is_loaded_unchanged() {
        let bytes = std::fs::read(Copy::new("tiny-piper").path()).unwrap();
        let graph = Graph::read(&bytes).unwrap();
        let split = split::find(&graph).unwrap();
        let cuts = cuts(&graph, &split).unwrap();
        let tried = Mutex::new(Vec::new());
        let refusing = |refused: usize| {
            tried.lock().unwrap().clear();
            cuts.decoder(&graph, |model| {
                let mut tried = tried.lock().unwrap();
                tried.push(model);
                if tried.len() <= refused { Err(no_vits()) } else { Ok(tried.len()) }
            })
        };
        assert_eq!(refusing(0).unwrap(), 1);
        assert_eq!(refusing(1).unwrap(), 2);
        assert_eq!(tried.lock().unwrap()[1], graph.extract(&cuts.to_decoder, &[cuts.output]));
        refusing(2).unwrap_err();
    }

    #[test]
    fn voice_loads_without_a_writable_cache() {
        let copy = Copy::new("tiny-piper");
        let (_, stamp) = open(&copy.path()).unwrap();
        let draft = || OptimizedCache::draft(&copy.path(), stamp).unwrap();
        assert_ne!(draft().path(TEXT), draft().path(TEXT), "two drafts may exist at once");
        // A file is in the place of its folder.
        let caches = copy.path().with_file_name(".libvoice");
        std::fs::remove_dir_all(&caches).unwrap();
        std::fs::write(&caches, "").unwrap();
        let cut = load(&copy);
        assert!(cut.split.is_some() && cut.stages.flow.is_some() && cut.notes.is_none());
    }
}
