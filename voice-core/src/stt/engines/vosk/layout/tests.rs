//! The checks of graphs, word lists, options and matrices.

use std::fs;
use std::path::Path;

use super::part::open;
use super::vocabulary::Vocabulary;
use super::{Part, check_options, graph, kaldi};
use crate::error::{ErrorKind, Result};

const GRAPHS: [&str; 6] = [
    "HCLr.const.fst",
    "HCLr.aligned.fst",
    "HCLr.olabel_lookahead.fst",
    "Gr.const.fst",
    "Gr.symbols.fst",
    "Gr.ngram.fst",
];

/// A graph written by OpenFst's own tools.
fn graph_file(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/graphs").join(name)).unwrap()
}

fn on<T>(content: &[u8], check: impl FnOnce(Part) -> Result<T>) -> Result<T> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), content).unwrap();
    check(open(file.path())?)
}

#[test]
fn graphs_of_every_type_are_valid() {
    for name in GRAPHS {
        let words = on(&graph_file(name), graph::check).unwrap();
        let has_symbols = matches!(name, "Gr.symbols.fst" | "Gr.ngram.fst");
        assert_eq!(words.is_some(), has_symbols, "{name}");
        let Some(words) = words else { continue };
        assert!(words.contains("سبعة") && words.contains("[unk]"));
        assert!(!words.contains("<eps>") && !words.contains("سبع") && !words.contains(""));
    }
}

#[test]
fn truncated_graphs_are_refused() {
    for name in GRAPHS {
        let whole = graph_file(name);
        for length in (1..whole.len()).step_by(29).chain([whole.len() - 1]) {
            let error = on(&whole[..length], graph::check).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ModelInvalid, "{name} of {length} bytes");
        }
    }
}

#[test]
fn damaged_graphs_are_refused() {
    let mut random = fastrand::Rng::with_seed(1);
    for name in GRAPHS {
        let whole = graph_file(name);
        let mut refused = 0;
        for _ in 0..300 {
            let mut bytes = whole.clone();
            bytes[random.usize(..whole.len())] ^= 1 << random.u8(..8);
            refused += usize::from(on(&bytes, graph::check).is_err());
        }
        // Damage of a weight is not detected; damage of a state or label number is.
        assert!(refused > 30, "{name}: {refused} of 300");
    }
}

#[test]
fn word_lists_are_split_like_openfst() {
    let words = on("<eps> 0\nnew\u{a0}york\t1\nb  2\n\n".as_bytes(), Vocabulary::read).unwrap();
    assert_eq!(words.words().collect::<Vec<_>>(), ["b", "new\u{a0}york"]);
    assert!(words.contains("b") && !words.contains("york"));
    for bad in ["a b c\n", "a x\n", "a -1\n", "<eps> 0\n"] {
        assert!(on(bad.as_bytes(), Vocabulary::read).is_err(), "{bad:?}");
    }
}

#[test]
fn option_names_are_read_like_kaldi() {
    for good in ["--endpoint.silence-phones=1:2\n", "# x\n --Endpoint.silence_phones= 3 # y\n--beam=10\n"] {
        on(good.as_bytes(), check_options).unwrap_or_else(|error| panic!("{good:?}: {error}"));
    }
    for bad in ["--beam=10\n", "--endpoint.silence-phones=\n", "--endpoint.silence-phones=1:1\n", "x\n"] {
        assert!(on(bad.as_bytes(), check_options).is_err(), "{bad:?}");
    }
}

#[test]
fn matrices_have_the_stated_length() {
    let mut matrix = b"\0BFM \x04\x02\0\0\0\x04\x03\0\0\0".to_vec();
    matrix.extend([0; 24]);
    on(&matrix, kaldi::check_matrix).unwrap();
    on(b" [\n 1 2\n 3 4 ]\n", kaldi::check_matrix).unwrap();
    assert!(on(&matrix[..matrix.len() - 1], kaldi::check_matrix).is_err());
    assert!(on(b" [\n 1 2\n 3", kaldi::check_matrix).is_err());
    assert!(on(b"hello", kaldi::check_matrix).is_err());
}
