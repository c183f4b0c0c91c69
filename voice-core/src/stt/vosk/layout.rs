//! Checks a model directory before libvosk sees it.
//!
//! libvosk does not survive many kinds of damage: a missing graph is a null pointer, a missing
//! option an assertion. Checked here are the presence and kind of each file, the ends of the
//! binary ones (a download that stopped early), the shape of a plain graph, and the options
//! without which libvosk aborts. File formats: the Kaldi and OpenFst sources.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// What the check learns about a sound model directory.
#[derive(Debug)]
pub(super) struct Layout {
    /// The graph is composed at run time, so that grammars work.
    pub(super) takes_grammar: bool,
    /// The model's words; empty for a static graph, which never needs them.
    pub(super) vocabulary: HashSet<Box<str>>,
}

/// First bytes of an OpenFst file, little-endian.
const FST_MAGIC: u32 = 2_125_659_606;

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
    let acoustic = open(&root.join("am/final.mdl"))?;
    check_acoustic_model(acoustic)?;
    check_options(open(&root.join("conf/model.conf"))?)?;
    let features = if root.join("conf/fbank.conf").exists() { "conf/fbank.conf" } else { "conf/mfcc.conf" };
    open(&root.join(features))?;
    let takes_grammar = !root.join("graph/HCLG.fst").exists();
    if takes_grammar {
        check_graph(open(&root.join("graph/HCLr.fst"))?)?;
        check_graph(open(&root.join("graph/Gr.fst"))?)?;
        // This list may be empty, but libvosk insists on the file.
        open_any(&root.join("graph/disambig_tid.int"))?;
    } else {
        check_graph(open(&root.join("graph/HCLG.fst"))?)?;
    }
    let words = words(open(&root.join("graph/words.txt"))?)?;
    let boundaries = root.join("graph/phones/word_boundary.int");
    if boundaries.exists() {
        check_boundaries(open(&boundaries)?)?;
    }
    Ok(Layout { takes_grammar, vocabulary: if takes_grammar { words } else { HashSet::new() } })
}

/// An opened file that knows its name and length.
struct Part {
    path: PathBuf,
    len: u64,
    reader: BufReader<File>,
}

impl Part {
    fn invalid(&self, what: &str) -> Error {
        let message = format!("{} {what}; download the model again", self.path.display());
        Error::new(ErrorKind::ModelInvalid, message)
    }

    fn unreadable(&self, error: std::io::Error) -> Error {
        if error.kind() == std::io::ErrorKind::UnexpectedEof {
            return self.invalid("is cut short");
        }
        unreadable(&self.path, error)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes).map_err(|error| self.unreadable(error))?;
        Ok(bytes)
    }

    fn int32(&mut self) -> Result<i32> {
        self.bytes().map(i32::from_le_bytes)
    }

    fn int64(&mut self) -> Result<i64> {
        self.bytes().map(i64::from_le_bytes)
    }

    /// A length-prefixed string of an OpenFst header.
    fn string(&mut self) -> Result<String> {
        let length = self.int32()?;
        if !(0..=64).contains(&length) {
            return Err(self.invalid("has a damaged header"));
        }
        let mut text = vec![0; length as usize];
        self.reader.read_exact(&mut text).map_err(|error| self.unreadable(error))?;
        String::from_utf8(text).map_err(|_| self.invalid("has a damaged header"))
    }

    fn lines(self) -> Result<Vec<String>> {
        let Self { path, reader, .. } = self;
        reader.lines().collect::<std::io::Result<_>>().map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData => {
                let message = format!("{} is not UTF-8 text; download the model again", path.display());
                Error::new(ErrorKind::ModelInvalid, message)
            }
            _ => unreadable(&path, error),
        })
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    let message = format!("{} cannot be read; check its permissions and the disk", path.display());
    Error::new(ErrorKind::ModelUnreadable, message).with_source(error)
}

fn open(path: &Path) -> Result<Part> {
    let part = open_any(path)?;
    if part.len == 0 { Err(part.invalid("is empty")) } else { Ok(part) }
}

fn open_any(path: &Path) -> Result<Part> {
    let missing = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            let message = format!("{} is missing; download the model again", path.display());
            Error::new(ErrorKind::ModelIncomplete, message)
        }
        _ => unreadable(path, error),
    };
    // Asking first keeps a named pipe in the model's place from blocking us for ever.
    let metadata = path.metadata().map_err(missing)?;
    if !metadata.is_file() {
        let message = format!("{} is not a regular file; download the model again", path.display());
        return Err(Error::new(ErrorKind::ModelInvalid, message));
    }
    let file = File::open(path).map_err(missing)?;
    Ok(Part { path: path.to_owned(), len: metadata.len(), reader: BufReader::new(file) })
}

/// `final.mdl` starts with a transition model and ends with the vector of priors.
fn check_acoustic_model(mut part: Part) -> Result<()> {
    let mut bytes = Vec::new();
    part.reader.read_to_end(&mut bytes).map_err(|error| unreadable(&part.path, error))?;
    let start = bytes.strip_prefix(b"\0B").unwrap_or(&bytes).trim_ascii_start();
    if !start.starts_with(b"<TransitionModel>") {
        return Err(part.invalid("is not an acoustic model"));
    }
    let tag = b"<Priors> ";
    let tag_at = bytes.windows(tag.len()).rposition(|window| window == tag);
    let priors = tag_at.map_or(&[][..], |at| &bytes[at + tag.len()..]);
    let complete = match priors {
        // Binary: "FV " or "DV ", then byte 4, the dimension, and that many values.
        [precision @ (b'F' | b'D'), b'V', b' ', 4, d0, d1, d2, d3, values @ ..] => {
            let size = if *precision == b'F' { 4 } else { 8 };
            values.len() == u32::from_le_bytes([*d0, *d1, *d2, *d3]) as usize * size
        }
        text => text.trim_ascii_end().ends_with(b"]"),
    };
    if complete { Ok(()) } else { Err(part.invalid("is cut short")) }
}

/// libvosk aborts at the first audio without the list of silence phones.
fn check_options(part: Part) -> Result<()> {
    let path = part.path.clone();
    let invalid = |message: String| {
        Error::new(
            ErrorKind::ModelInvalid,
            format!("{}: {message}; download the model again", path.display()),
        )
    };
    let mut silence_phones = false;
    for line in part.lines()? {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        if !line.starts_with("--") {
            return Err(invalid("holds something other than --options".into()));
        }
        let value = line.strip_prefix("--endpoint.silence-phones=");
        silence_phones |= value.is_some_and(|list| list.split(':').all(|phone| phone.parse::<u32>().is_ok()));
    }
    if silence_phones { Ok(()) } else { Err(invalid("lacks --endpoint.silence-phones".into())) }
}

/// Walks a graph: the header of every kind of file, each state and arc of the plain kind.
fn check_graph(mut part: Part) -> Result<()> {
    if part.bytes().map(u32::from_le_bytes)? != FST_MAGIC {
        return Err(part.invalid("is not a graph"));
    }
    let (kind, arc) = (part.string()?, part.string()?);
    let (version, flags) = (part.int32()?, part.int32()?);
    let _properties = part.int64()?;
    let (start, states, arcs) = (part.int64()?, part.int64()?, part.int64()?);
    // Gr.fst of large models is an "ngram" graph with compressed states and another arc count.
    if states < 1 || !(0..states).contains(&start) || version < 1 || arc != "standard" {
        return Err(part.invalid("has a damaged header"));
    }
    let has_symbols = flags & 3 != 0;
    match kind.as_str() {
        "vector" if !has_symbols => walk_vector(part, states),
        // Two tables after the header: 20 bytes a state, 16 an arc.
        "const"
            if !has_symbols
                && i128::from(part.len) < i128::from(states) * 20 + i128::from(arcs.max(0)) * 16 =>
        {
            Err(part.invalid("is cut short"))
        }
        _ => Ok(()),
    }
}

fn walk_vector(mut part: Part, states: i64) -> Result<()> {
    for _ in 0..states {
        let _final_weight = part.int32()?;
        let arcs = part.int64()?;
        if arcs < 0 || arcs as u64 > part.len / 16 {
            return Err(part.invalid("is damaged"));
        }
        for _ in 0..arcs {
            let (input, output) = (part.int32()?, part.int32()?);
            let _weight = part.int32()?;
            let next = part.int32()?;
            if input < 0 || output < 0 || !(0..states).contains(&i64::from(next)) {
                return Err(part.invalid("is damaged"));
            }
        }
    }
    Ok(())
}

/// `word id` lines.
fn words(part: Part) -> Result<HashSet<Box<str>>> {
    let damaged = part.invalid("is not a list of words");
    let mut words = HashSet::new();
    for line in part.lines()? {
        let mut fields = line.split_whitespace();
        match (fields.next(), fields.next().map(str::parse::<u32>), fields.next()) {
            (Some(word), Some(Ok(id)), None) if id > 0 => words.insert(word.into()),
            (Some(_), Some(Ok(0)), None) | (None, ..) => continue,
            _ => return Err(damaged),
        };
    }
    if words.is_empty() { Err(damaged) } else { Ok(words) }
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
