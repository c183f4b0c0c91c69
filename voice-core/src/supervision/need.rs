//! The estimate of a model's memory from its files, before it is loaded.
//!
//! Two published models were measured, each once, on fresh servers (memory more than with `ar-commands` alone, PSS;
//! `docs/deploy.md` has the commands): vosk-model-small-ko-0.22 took 452 MiB, the Piper voice en_US-joe-medium 249 MiB
//! at its first load. The factors below were chosen to give these two sums. They are estimates for other models. The
//! parts of a sum follow from the formats:
//!
//! * Graphs of OpenFst's types `const`, `olabel_lookahead` and `ngram` have the same form in memory and in the file; a
//!   graph of type `vector` has an object for each state.
//! * Symbol tables inside a graph become strings, in two tables and once more in the vocabulary.
//! * An i-vector extractor is kept together with the data derived from it, and acoustic models are compiled.
//! * A recognizer over a look-ahead graph composes it while it decodes and keeps the composed part; the canary of a
//!   model makes the first recognizer.
//! * The first load of a voice holds the file, the stages cut from it and their compiled forms at once.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::store::files;

/// Bytes that a recognizer over a look-ahead graph keeps after the canary of a model.
const COMPOSED: u64 = 48 << 20;

/// The estimated bytes of the loaded model at `path`; `None` if its files cannot be listed.
pub(crate) fn estimate(path: &Path) -> Option<u64> {
    if path.is_file() {
        return Some(file(path, path.metadata().ok()?.len()));
    }
    let found = files::list(path).ok()?;
    Some(found.iter().map(|(name, size)| file(&path.join(name), *size)).sum())
}

/// The estimated bytes of one file in memory.
fn file(path: &Path, size: u64) -> u64 {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let kind = name.rsplit_once('.').map_or(name, |(_, kind)| kind);
    match kind {
        "fst" => graph(path, size),
        "mdl" => size * 5 / 2,
        "ie" => size * 3,
        "onnx" => size * 4,
        _ => size + size / 2,
    }
}

fn graph(path: &Path, size: u64) -> u64 {
    match graph_type(path).as_deref() {
        Some(b"olabel_lookahead" | b"ilabel_lookahead") => size + COMPOSED,
        Some(b"const") => size,
        Some(b"ngram") => size * 3,
        _ => size * 5 / 2,
    }
}

/// The type in the header of a graph: the magic number of OpenFst, the length of a name, the name.
fn graph_type(path: &Path) -> Option<Vec<u8>> {
    const MAGIC: [u8; 4] = 2_125_659_606_u32.to_le_bytes();
    const LONGEST: u32 = 64;

    let mut file = File::open(path).ok()?;
    let mut head = [0; 8];
    file.read_exact(&mut head).ok()?;
    let [a, b, c, d, length @ ..] = head;
    let length = u32::from_le_bytes(length);
    if [a, b, c, d] != MAGIC || length > LONGEST {
        return None;
    }
    let mut name = vec![0; length as usize];
    file.read_exact(&mut name).ok()?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(kind: &str) -> Vec<u8> {
        let length = u32::try_from(kind.len()).unwrap();
        [&2_125_659_606_u32.to_le_bytes()[..], &length.to_le_bytes(), kind.as_bytes()].concat()
    }

    #[test]
    fn graphs_count_by_type() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("G.fst");
        for (kind, factor) in [("const", 1.0), ("ngram", 3.0), ("vector", 2.5), ("", 2.5)] {
            let mut bytes = header(kind);
            bytes.resize(1_000, 0);
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(estimate(folder.path()), Some((1_000.0 * factor) as u64), "{kind}");
        }
        std::fs::write(&path, header("olabel_lookahead")).unwrap();
        assert_eq!(estimate(&path), Some(COMPOSED + 24));
        for damaged in [&b""[..], b"x", &header("const")[..9], &[0xff; 100]] {
            std::fs::write(&path, damaged).unwrap();
            assert_eq!(estimate(&path), Some(damaged.len() as u64 * 5 / 2));
        }
        assert_eq!(estimate(Path::new("/nowhere")), None);
    }

    /// Checks that an estimate is 0.9 to 1.25 times the measured memory of a fresh server.
    fn assert_near(estimated: u64, measured_mib: u64) {
        let measured = measured_mib << 20;
        assert!(
            estimated >= measured / 10 * 9 && estimated <= measured * 5 / 4,
            "{estimated} for {measured}"
        );
    }

    #[test]
    fn estimates_match_measured_models() {
        let folder = std::env::var_os("VOICE_PUBLISHED_MODELS").map(std::path::PathBuf::from).or_else(|| {
            let cache = std::env::var_os("XDG_CACHE_HOME").filter(|cache| !cache.is_empty());
            let home = || Some(std::path::PathBuf::from(std::env::var_os("HOME")?).join(".cache"));
            Some(cache.map_or_else(home, |cache| Some(cache.into()))?.join("libvoice/models"))
        });
        for (name, measured) in [("vosk-model-small-ko-0.22", 452), ("en_US-joe-medium.onnx", 249)] {
            if let Some(estimated) = folder.as_ref().and_then(|folder| estimate(&folder.join(name))) {
                assert_near(estimated, measured);
                continue;
            }
            assert!(std::env::var_os("CI").is_none(), "{name} is missing; CI must have it");
            println!("skipped: no {name}; run scripts/published_models.py");
        }
    }
}
