//! Checks a model directory before libvosk sees it.
//!
//! Many kinds of damage crash libvosk: a missing graph is a null pointer, a missing option an assertion. The check
//! covers the presence and kind of each file that libvosk reads, the ends of binary files (for incomplete downloads),
//! the structure of the graphs, and the options that libvosk needs. Source of the list of files: `model.cc` of vosk-api
//! 0.3.45.

mod graph;
mod kaldi;
mod ngram;
mod part;
mod vocabulary;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use self::part::{Part, open, open_any};
pub(super) use self::vocabulary::Vocabulary;
use crate::audio::SAMPLE_RATE;
use crate::error::{Error, ErrorKind, Result};
use crate::stt::SampleRates;

/// The lowest rate of any [`Format`](crate::audio::Format).
const MIN_RATE: u32 = 4_000;

/// The size of `final.mdl` below which its network is small, in bytes: a million weights. Such a network takes less than
/// one percent of the time of one core for a stream. Those of published models have 10 MB or more.
const SMALL_NETWORK: u64 = 4_000_000;

/// The frames of a chunk unless the options name another number, and the length of a frame in milliseconds, in Kaldi.
const CHUNK_FRAMES: u32 = 24;
const FRAME_MS: u32 = 10;

/// The properties of a valid model directory.
#[derive(Debug)]
pub(super) struct Layout {
    /// Whether the graph is composed at run time, which grammars need.
    pub(super) takes_grammar: bool,
    /// The model's words; empty for a static graph, which does not need them.
    pub(super) vocabulary: Vocabulary,
    /// The sample rates that libvosk accepts.
    pub(super) sample_rates: SampleRates,
    /// Whether it adapts to a speaker's voice.
    pub(super) adapts: bool,
    /// Whether its acoustic network is so small that computing it costs little more than the calls.
    pub(super) is_small: bool,
    /// The audio for which the network is computed at a time, in milliseconds.
    pub(super) chunk_ms: u32,
}

/// The paths of a model's files in one of the two layouts. The newer layout has a file of options.
struct Paths {
    acoustic: PathBuf,
    /// `None` in the older layout, whose options are built into libvosk.
    options: Option<PathBuf>,
    features: PathBuf,
    graph: PathBuf,
    boundaries: PathBuf,
    cmvn: PathBuf,
}

impl Paths {
    /// Detects the layout by the same rule as libvosk.
    fn of(root: &Path) -> Self {
        let is_older = !(root.join("am/final.mdl").exists() && root.join("conf/model.conf").exists())
            && (root.join("final.mdl").exists() || root.join("mfcc.conf").exists());
        if is_older {
            return Self {
                acoustic: root.join("final.mdl"),
                options: None,
                features: root.join("mfcc.conf"),
                graph: root.to_owned(),
                boundaries: root.join("word_boundary.int"),
                cmvn: root.join("global_cmvn.stats"),
            };
        }
        let mfcc = root.join("conf/mfcc.conf");
        let fbank = root.join("conf/fbank.conf");
        Self {
            acoustic: root.join("am/final.mdl"),
            options: Some(root.join("conf/model.conf")),
            features: if fbank.exists() && !mfcc.exists() { fbank } else { mfcc },
            graph: root.join("graph"),
            boundaries: root.join("graph/phones/word_boundary.int"),
            cmvn: root.join("am/global_cmvn.stats"),
        }
    }
}

/// Whether the folder has files of a Vosk model, complete or not.
pub(super) fn is_like(root: &Path) -> bool {
    const PARTS: &[&str] = &[
        "am",
        "conf/model.conf",
        "conf/mfcc.conf",
        "graph",
        "final.mdl",
        "mfcc.conf",
        "HCLG.fst",
        "HCLr.fst",
        "Gr.fst",
    ];
    PARTS.iter().any(|part| root.join(part).exists())
}

pub(super) fn check(root: &Path) -> Result<Layout> {
    let metadata = root.metadata().map_err(|error| {
        let (kind, hint) = match error.kind() {
            std::io::ErrorKind::NotFound => (ErrorKind::ModelNotFound, "is not there; check the path"),
            _ => (ErrorKind::ModelUnreadable, "cannot be read; check its permissions"),
        };
        Error::new(kind, format!("the model folder {} {hint}", root.display())).with_source(error)
    })?;
    if !metadata.is_dir() {
        let message = format!("{} is not a folder; unpack the model and name its folder", root.display());
        return Err(Error::new(ErrorKind::ModelInvalid, message));
    }
    let paths = Paths::of(root);
    let network = open(&paths.acoustic)?;
    let is_small = network.len() < SMALL_NETWORK;
    let acoustic = kaldi::check_acoustic_model(network)?;
    let chunk_frames =
        paths.options.as_ref().map(|options| check_options(open(options)?)).transpose()?.flatten();
    let sample_rates = sample_rates(open(&paths.features)?)?;
    let extractor = root.join("ivector");
    check_speaker_extractor(&extractor, acoustic.needs_ivector)?;
    if paths.cmvn.exists() {
        kaldi::check_matrix(open(&paths.cmvn)?)?;
    }
    let (takes_grammar, vocabulary) = check_graphs(&paths.graph)?;
    if paths.boundaries.exists() {
        check_boundaries(open(&paths.boundaries)?)?;
    }
    check_rescoring(root)?;
    let adapts = acoustic.needs_ivector || extractor.join("final.ie").exists() || paths.cmvn.exists();
    let chunk_ms = chunk_frames.unwrap_or(CHUNK_FRAMES).saturating_mul(FRAME_MS);
    Ok(Layout { takes_grammar, vocabulary, sample_rates, adapts, is_small, chunk_ms })
}

/// Checks the search graph, which is static or in two parts. Returns whether it takes grammars, and its words.
fn check_graphs(folder: &Path) -> Result<(bool, Vocabulary)> {
    let whole = folder.join("HCLG.fst");
    let takes_grammar = !whole.exists();
    let words = if takes_grammar {
        graph::check(open(&folder.join("HCLr.fst"))?)?;
        let words = graph::check(open(&folder.join("Gr.fst"))?)?;
        // This list may be empty, but libvosk needs the file.
        open_any(&folder.join("disambig_tid.int"))?;
        words
    } else {
        graph::check(open(&whole)?)?
    };
    // libvosk reads the list only if the graph has no symbol table.
    let vocabulary = match words {
        Some(words) => words,
        None => Vocabulary::read(open(&folder.join("words.txt"))?)?,
    };
    Ok((takes_grammar, if takes_grammar { vocabulary } else { Vocabulary::default() }))
}

/// Checks the extractor of speaker vectors: either all of its files or none, and all if the network needs them.
fn check_speaker_extractor(folder: &Path, is_needed: bool) -> Result<()> {
    let extractor = folder.join("final.ie");
    if !is_needed && !extractor.exists() {
        return Ok(());
    }
    kaldi::check_object(open(&extractor)?, "<IvectorExtractor>", "</IvectorExtractor>")?;
    kaldi::check_object(open(&folder.join("final.dubm"))?, "<DiagGMM>", "</DiagGMM>")?;
    kaldi::check_matrix(open(&folder.join("final.mat"))?)?;
    kaldi::check_matrix(open(&folder.join("global_cmvn.stats"))?)?;
    // Both files may be empty, which leaves all options at their defaults.
    open_any(&folder.join("splice.conf"))?;
    open_any(&folder.join("online_cmvn.conf"))?;
    Ok(())
}

/// Checks the larger language models for rescoring, if there are any.
fn check_rescoring(root: &Path) -> Result<()> {
    let ngrams = root.join("rescore/G.carpa");
    if ngrams.exists() {
        kaldi::check_object(open(&ngrams)?, "<ConstArpaLm>", "</ConstArpaLm>")?;
        graph::check(open(&root.join("rescore/G.fst"))?)?;
    }
    let network = root.join("rnnlm/final.raw");
    if network.exists() {
        kaldi::check_object(open(&network)?, "<Nnet3>", "</Nnet3>")?;
        kaldi::check_matrix(open(&root.join("rnnlm/feat_embedding.final.mat"))?)?;
        open(&root.join("rnnlm/word_feats.txt"))?;
        open(&root.join("rnnlm/special_symbol_opts.conf"))?;
    }
    Ok(())
}

/// Checks the list of silence phones: without it libvosk aborts at the first audio. Returns the frames of a chunk, if the
/// options name them.
fn check_options(part: Part) -> Result<Option<u32>> {
    let missing = part.invalid("lacks --endpoint.silence-phones");
    let wrong = part.invalid("has no list of different numbers as --endpoint.silence-phones");
    let options = options(part)?;
    let list = options.get("endpoint.silence-phones").ok_or(missing)?;
    let phones: Option<Vec<u32>> = list.split(':').map(|phone| phone.parse().ok()).collect();
    let is_list = phones.is_some_and(|mut phones| {
        phones.sort_unstable();
        phones.is_sorted_by(|one, next| one < next)
    });
    let chunk = options.get("frames-per-chunk").and_then(|frames| frames.parse().ok());
    if is_list { Ok(chunk) } else { Err(wrong) }
}

/// Parses `--name=value` lines.
fn options(part: Part) -> Result<HashMap<String, String>> {
    let other = part.invalid("has lines other than --options");
    let mut options = HashMap::new();
    for line in part.lines()? {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let Some(option) = line.strip_prefix("--") else { return Err(other) };
        let (name, value) = option.split_once('=').unwrap_or((option, "true"));
        // Kaldi ignores the case of names, and accepts underscores.
        options.insert(name.to_ascii_lowercase().replace('_', "-"), value.trim().to_owned());
    }
    Ok(options)
}

/// The accepted rates: libvosk always downsamples to the model's rate, and upsamples only if the model allows it.
fn sample_rates(part: Part) -> Result<SampleRates> {
    let damaged = part.invalid("has no number as its sample-frequency");
    let options = options(part)?;
    let own = match options.get("sample-frequency").map(|value| value.parse::<f64>()) {
        Some(Ok(rate)) if (1_000.0..=SAMPLE_RATE.into()).contains(&rate) => rate as u32,
        // The session never gives audio above 16 kHz.
        Some(Ok(_)) | None => SAMPLE_RATE,
        Some(Err(_)) => return Err(damaged),
    };
    let upsamples = options.get("allow-upsample").is_some_and(|value| value == "true");
    Ok(SampleRates { lowest: if upsamples { MIN_RATE } else { own }, highest: own })
}

/// Checks the `phone class` lines for phones 1, 2, 3 …; libvosk aborts at a phone that is missing.
fn check_boundaries(part: Part) -> Result<()> {
    let damaged = part.invalid("is not a list of phones");
    for (line, id) in part.lines()?.iter().zip(1u32..) {
        let sound = line.split_once(' ').is_some_and(|(phone, class)| {
            phone.parse() == Ok(id)
                && matches!(class.trim(), "nonword" | "begin" | "end" | "internal" | "singleton")
        });
        if !sound {
            return Err(damaged);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
