//! Checks a model directory before libvosk sees it.
//!
//! libvosk does not survive many kinds of damage: a missing graph is a null pointer, a missing
//! option an assertion. Checked here are the presence and kind of each file that libvosk reads, the
//! ends of the binary ones (a download that stopped early), the shape of the graphs, and the options
//! without which libvosk aborts. Which files those are: `model.cc` of vosk-api 0.3.45.

mod graph;
mod kaldi;
mod ngram;
mod part;
mod vocabulary;

use std::path::{Path, PathBuf};

use self::part::{Part, open, open_any};
pub(super) use self::vocabulary::Vocabulary;
use crate::error::{Error, ErrorKind, Result};

/// What the check learns about a sound model directory.
#[derive(Debug)]
pub(super) struct Layout {
    /// The graph is composed at run time, so that grammars work.
    pub(super) takes_grammar: bool,
    /// The model's words; empty for a static graph, which never needs them.
    pub(super) vocabulary: Vocabulary,
}

/// The two ways in which models are laid out: the newer keeps its options in a file.
struct Places {
    acoustic: PathBuf,
    /// `None` in the older layout, whose options are built into libvosk.
    options: Option<PathBuf>,
    features: PathBuf,
    graph: PathBuf,
    boundaries: PathBuf,
    cmvn: PathBuf,
}

impl Places {
    /// Decides as libvosk does.
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
    let places = Places::of(root);
    let acoustic = kaldi::check_acoustic_model(open(&places.acoustic)?)?;
    if let Some(options) = &places.options {
        check_options(open(options)?)?;
    }
    open(&places.features)?;
    check_speaker_extractor(&root.join("ivector"), acoustic.needs_ivector)?;
    if places.cmvn.exists() {
        kaldi::check_matrix(open(&places.cmvn)?)?;
    }
    let layout = check_graphs(&places.graph)?;
    if places.boundaries.exists() {
        check_boundaries(open(&places.boundaries)?)?;
    }
    check_rescoring(root)?;
    Ok(layout)
}

/// The search graph, ready made or in the two parts that libvosk composes, and the words.
fn check_graphs(folder: &Path) -> Result<Layout> {
    let whole = folder.join("HCLG.fst");
    let takes_grammar = !whole.exists();
    let words = if takes_grammar {
        graph::check(open(&folder.join("HCLr.fst"))?)?;
        let words = graph::check(open(&folder.join("Gr.fst"))?)?;
        // This list may be empty, but libvosk insists on the file.
        open_any(&folder.join("disambig_tid.int"))?;
        words
    } else {
        graph::check(open(&whole)?)?
    };
    // libvosk reads the list only where the graph brings no words of its own.
    let vocabulary = match words {
        Some(words) => words,
        None => Vocabulary::read(open(&folder.join("words.txt"))?)?,
    };
    Ok(Layout { takes_grammar, vocabulary: if takes_grammar { vocabulary } else { Vocabulary::default() } })
}

/// The extractor of speaker vectors: all of it or nothing, and something where the network asks for it.
fn check_speaker_extractor(folder: &Path, is_needed: bool) -> Result<()> {
    let extractor = folder.join("final.ie");
    if !is_needed && !extractor.exists() {
        return Ok(());
    }
    kaldi::check_object(open(&extractor)?, "<IvectorExtractor>", "</IvectorExtractor>")?;
    kaldi::check_object(open(&folder.join("final.dubm"))?, "<DiagGMM>", "</DiagGMM>")?;
    kaldi::check_matrix(open(&folder.join("final.mat"))?)?;
    kaldi::check_matrix(open(&folder.join("global_cmvn.stats"))?)?;
    // Either may leave everything at its default.
    open_any(&folder.join("splice.conf"))?;
    open_any(&folder.join("online_cmvn.conf"))?;
    Ok(())
}

/// The larger language models that results are scored with once more, where there are any.
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

/// libvosk aborts at the first audio without the list of silence phones.
fn check_options(part: Part) -> Result<()> {
    let path = part.path().to_owned();
    let invalid = |message: String| {
        Error::new(
            ErrorKind::ModelInvalid,
            format!("{}: {message}; download the model again", path.display()),
        )
    };
    let mut silence_phones = None;
    for line in part.lines()? {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let Some(option) = line.strip_prefix("--") else {
            return Err(invalid("holds something other than --options".into()));
        };
        let Some((name, value)) = option.split_once('=') else { continue };
        // Kaldi takes names in either case, and with underscores; the last of a name counts.
        if name.to_ascii_lowercase().replace('_', "-") == "endpoint.silence-phones" {
            silence_phones = Some(value.trim().to_owned());
        }
    }
    let Some(list) = silence_phones else { return Err(invalid("lacks --endpoint.silence-phones".into())) };
    let phones: Option<Vec<u32>> = list.split(':').map(|phone| phone.parse().ok()).collect();
    let is_list = phones.is_some_and(|mut phones| {
        phones.sort_unstable();
        phones.is_sorted_by(|one, next| one < next)
    });
    if is_list {
        Ok(())
    } else {
        Err(invalid("--endpoint.silence-phones is no list of different numbers".into()))
    }
}

/// `phone class` lines for phones 1, 2, 3 …; libvosk aborts at a phone that is not listed.
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
