//! The check that stands between a model folder and libvosk, which aborts on damage: one file of a sound folder is
//! replaced.

#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use voice_core::stt::fuzzing::check;
use voice_fuzz::{scratch, settings, target};

/// A folder that is sound as far as the check looks.
const FILES: [(&str, &[u8]); 9] = [
    ("am/final.mdl", b"\0B<TransitionModel> <Priors> FV \x04\x01\0\0\0\0\0\x80\x3f"),
    ("conf/model.conf", include_bytes!("../../../models/ar-commands/conf/model.conf")),
    ("conf/mfcc.conf", include_bytes!("../../../models/ar-commands/conf/mfcc.conf")),
    ("graph/HCLr.fst", include_bytes!("../../../models/ar-commands/graph/Gr.fst")),
    ("graph/Gr.fst", include_bytes!("../../../models/ar-commands/graph/Gr.fst")),
    ("graph/words.txt", include_bytes!("../../../models/ar-commands/graph/words.txt")),
    ("graph/phones/word_boundary.int", b"1 nonword\n2 begin\n3 end\n4 internal\n5 singleton\n"),
    ("graph/disambig_tid.int", b""),
    // A static graph, which takes the place of the two others.
    ("graph/HCLG.fst", include_bytes!("../../../models/ar-commands/graph/Gr.fst")),
];

/// All but the last, written once.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = scratch().join("model");
    fs::create_dir_all(folder.join("am")).expect("scratch takes all");
    fs::create_dir_all(folder.join("conf")).expect("scratch takes all");
    fs::create_dir_all(folder.join("graph/phones")).expect("scratch takes all");
    for (path, content) in &FILES[..8] {
        fs::write(folder.join(path), content).expect("scratch takes all");
    }
    let (takes_grammar, words) = check(&folder).expect("the folder is sound");
    assert!(takes_grammar && words.len() > 1);
    folder
});

/// Graphs of the other types, as OpenFst's own tools write them, and the numbers of the files that they stand for.
const GRAPHS: [(u8, &[u8]); 5] = [
    (3, include_bytes!("../../../tests/graphs/HCLr.olabel_lookahead.fst")),
    (3, include_bytes!("../../../tests/graphs/HCLr.aligned.fst")),
    (4, include_bytes!("../../../tests/graphs/Gr.const.fst")),
    (4, include_bytes!("../../../tests/graphs/Gr.symbols.fst")),
    (4, include_bytes!("../../../tests/graphs/Gr.ngram.fst")),
];

fn seeds() -> Vec<Vec<u8>> {
    let files = (0u8..).zip(FILES).map(|(number, (_, content))| (number, content));
    files.chain(GRAPHS).map(|(number, content)| [&[number], content].concat()).collect()
}

target!(
    seeds(),
    [
        "vector",
        "const",
        "ngram",
        "olabel_lookahead",
        "standard",
        "--endpoint.silence-phones=",
        "<Priors> ",
        "FV ",
        " 1\n"
    ],
    |data: &[u8]| {
        let ([number], content) = settings(data);
        let (path, sound) = FILES[usize::from(number) % FILES.len()];
        let place = FOLDER.join(path);
        fs::write(&place, content).expect("scratch takes all");
        let checked = check(&FOLDER);
        match path {
            "graph/HCLG.fst" => fs::remove_file(&place),
            _ => fs::write(&place, sound),
        }
        .expect("scratch takes all");
        if let Ok((takes_grammar, words)) = checked {
            assert_eq!(takes_grammar, path != "graph/HCLG.fst");
            assert_eq!(words.is_empty(), !takes_grammar);
            assert!(words.iter().all(|word| !word.is_empty()));
            assert!(words.is_sorted_by(|one, next| one < next));
        }
    }
);
