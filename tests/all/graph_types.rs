//! The shipped model with its graphs in each other type that libvosk reads; OpenFst's tools wrote them.

use std::fs;
use std::path::Path;
use std::process::Command;

use voice_tests::folder::{Copy, FILES, OPTIONAL};
use voice_tests::recordings::{self, keyword, silence};
use voice_tests::{recordings_or_skip, server};

/// File in `tests/graphs`, and the file that it stands for.
const GRAPHS: [(&str, &str); 7] = [
    ("HCLr.const.fst", "graph/HCLr.fst"),
    ("HCLr.aligned.fst", "graph/HCLr.fst"),
    ("HCLr.olabel_lookahead.fst", "graph/HCLr.fst"),
    ("Gr.const.fst", "graph/Gr.fst"),
    ("Gr.symbols.fst", "graph/Gr.fst"),
    ("Gr.ngram.fst", "graph/Gr.fst"),
    ("HCLr.const.fst", "graph/HCLG.fst"),
];

/// The words of these are inside them.
const WITH_SYMBOLS: [&str; 2] = ["Gr.symbols.fst", "Gr.ngram.fst"];

fn graph(name: &str) -> Vec<u8> {
    fs::read(voice_tests::root().join("tests/graphs").join(name)).unwrap()
}

fn model_with(name: &str, place: &str) -> Copy {
    let copy = Copy::new();
    fs::write(copy.path(place), graph(name)).unwrap();
    if WITH_SYMBOLS.contains(&name) {
        fs::remove_file(copy.path("graph/words.txt")).unwrap();
    }
    copy
}

/// What the server's program makes of `audio`, with a phrase to listen for or without.
fn transcribe(model: &Path, audio: &Path, phrase: Option<&str>) -> Result<String, String> {
    let mut command = Command::new(server::program());
    command.args(["transcribe", "--model"]).args([model, audio]).env_remove("VOICE_MANIFEST");
    if let Some(phrase) = phrase {
        command.args(["--phrase", phrase]);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(0) => Ok(String::from_utf8(output.stdout).unwrap()),
        Some(1) => Err(said),
        _ => panic!("{}: {said}", output.status),
    }
}

/// A recording of two words as a WAV file.
fn two_words() -> Option<tempfile::NamedTempFile> {
    let data = recordings::data()?;
    let speech = [keyword(&data, recordings::SPEAKER, "seven"), keyword(&data, recordings::SPEAKER, "five")];
    let audio = tempfile::Builder::new().suffix(".wav").tempfile().unwrap();
    let mut writer = voice_core::audio::wav::Writer::create(audio.path(), recordings::RATE).unwrap();
    writer.write(&speech.join(&silence(200)[..])).unwrap();
    writer.finish().unwrap();
    Some(audio)
}

#[test]
fn every_graph_type_of_libvosk_is_served() {
    let _ = recordings_or_skip!();
    let audio = two_words().unwrap();
    for (name, place) in GRAPHS {
        let copy = model_with(name, place);
        let heard =
            transcribe(copy.root(), audio.path(), None).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(heard.contains("سبعة خمسة"), "{name} as {place}: {heard}");
        // The words of a phrase are looked up where libvosk looks them up.
        let with_phrase = transcribe(copy.root(), audio.path(), Some("سبعة خمسة"));
        if place == "graph/HCLG.fst" {
            assert!(with_phrase.unwrap_err().contains("grammar_unsupported"));
        } else {
            assert!(with_phrase.unwrap().contains("سبعة خمسة"), "{name}");
        }
    }
}

#[test]
fn both_parts_may_be_of_any_type() {
    let _ = recordings_or_skip!();
    let audio = two_words().unwrap();
    let copy = model_with("HCLr.olabel_lookahead.fst", "graph/HCLr.fst");
    fs::write(copy.path("graph/Gr.fst"), graph("Gr.ngram.fst")).unwrap();
    assert!(transcribe(copy.root(), audio.path(), None).unwrap().contains("سبعة خمسة"));
    // A graph that was written to a pipe does not know how many states it has.
    copy.restore();
    let mut piped = fs::read(copy.path("graph/HCLr.fst")).unwrap();
    let states = 4 + (4 + "vector".len()) + (4 + "standard".len()) + 4 + 4 + 8 + 8;
    piped[states..states + 8].copy_from_slice(&(-1i64).to_le_bytes());
    fs::write(copy.path("graph/HCLr.fst"), piped).unwrap();
    assert!(transcribe(copy.root(), audio.path(), None).unwrap().contains("سبعة خمسة"));
}

#[test]
fn the_older_layout_is_served() {
    let _ = recordings_or_skip!();
    let audio = two_words().unwrap();
    let copy = Copy::new();
    let older = tempfile::tempdir().unwrap();
    for file in FILES.iter().chain(&[OPTIONAL]).filter(|file| **file != "conf/model.conf") {
        fs::copy(copy.path(file), older.path().join(Path::new(file).file_name().unwrap())).unwrap();
    }
    // Its options are libvosk's own, with other numbers for silence: the words are what counts.
    let heard = transcribe(older.path(), audio.path(), None).unwrap();
    assert!(heard.contains("سبعة"), "{heard}");
    fs::remove_file(older.path().join("mfcc.conf")).unwrap();
    let missing = transcribe(older.path(), audio.path(), None).unwrap_err();
    assert!(missing.contains("model_incomplete") && missing.contains("mfcc.conf is missing"), "{missing}");
}

#[test]
fn optional_folders_are_whole_or_refused() {
    let audio = tempfile::Builder::new().suffix(".wav").tempfile().unwrap();
    voice_core::audio::wav::Writer::create(audio.path(), recordings::RATE).unwrap().finish().unwrap();
    let refused = |files: &[(&str, &[u8])], expected: &str| {
        let copy = Copy::new();
        for (file, content) in files {
            let path = copy.path(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let said = transcribe(copy.root(), audio.path(), None).unwrap_err();
        assert!(said.contains(expected), "{said}");
    };
    refused(&[("ivector/final.ie", b"\0B<IvectorExtractor> </IvectorExtractor> ")], "final.dubm is missing");
    refused(&[("ivector/final.ie", b"\0B<IvectorExtractor> 1 2")], "final.ie is cut short");
    refused(&[("rescore/G.carpa", b"\0B<ConstArpaLm> </ConstArpaLm> ")], "rescore/G.fst is missing");
    refused(&[("rnnlm/final.raw", b"<Nnet3> </Nnet3> ")], "feat_embedding.final.mat is missing");
    refused(&[("am/global_cmvn.stats", b" [\n 1 2 3")], "global_cmvn.stats is cut short");
    // The network asks for the speaker's vector; its extractor is not there.
    let model = fs::read(voice_tests::shipped_model().join("am/final.mdl")).unwrap();
    let at = model.windows(6).position(|window| window == b"<Nnet3").unwrap() + b"<Nnet3> \n".len();
    let asking = [&model[..at], b"input-node name=ivector dim=10\n", &model[at..]].concat();
    refused(&[("am/final.mdl", &asking)], "ivector/final.ie is missing");
}

#[test]
fn no_damage_to_any_graph_type_takes_the_process_down() {
    let audio = tempfile::Builder::new().suffix(".wav").tempfile().unwrap();
    let mut writer = voice_core::audio::wav::Writer::create(audio.path(), recordings::RATE).unwrap();
    let buzz: Vec<_> = (0..16_000).map(|at| if at % 130 < 20 { 12_000 } else { -2_000 }).collect();
    writer.write(&buzz).unwrap();
    writer.finish().unwrap();
    let mut random = fastrand::Rng::with_seed(5);
    for (name, place) in GRAPHS {
        let copy = model_with(name, place);
        let path = copy.path(place);
        let whole = fs::read(&path).unwrap();
        let damage = |bytes: Vec<u8>, what: &str| {
            fs::write(&path, bytes).unwrap();
            let outcome = transcribe(copy.root(), audio.path(), None);
            if let Err(said) = &outcome {
                assert!(said.contains("voice-server: model_"), "{name} {what}: {said}");
            }
            outcome
        };
        for share in [1, 5, 9] {
            let cut = whole[..whole.len() * share / 10].to_vec();
            damage(cut, "cut short").expect_err("a graph that is cut short is refused");
        }
        damage(whole[..whole.len() - 1].to_vec(), "cut short").expect_err("one byte is missing");
        for _ in 0..3 {
            let mut bytes = whole.clone();
            for _ in 0..8 {
                let at = random.usize(..bytes.len());
                bytes[at] ^= 1 << random.u8(..8);
            }
            let _ = damage(bytes, "with bits flipped");
        }
        // In the header, where every bit means much.
        for _ in 0..3 {
            let mut bytes = whole.clone();
            let at = random.usize(..0x90);
            bytes[at] ^= 1 << random.u8(..8);
            let _ = damage(bytes, "with a bit of its header flipped");
        }
    }
}
