//! The stages of a VITS model, shared by all sessions.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::optimized_cache::{FileStamp, OptimizedCache};
use super::split::{self, Split};
use crate::error::{Error, ErrorKind, Result};
use crate::onnx::{Graph, Model, Program, Runtime, planar};

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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::tests::Copy;
    use super::*;

    fn load(copy: &Copy) -> CutVoice {
        CutVoice::load(&Runtime::load(None).unwrap(), &copy.path()).unwrap()
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
