//! A Vosk model that others made and published, on the real server and the library.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::json;
use voice_core::stt::Session;
use voice_core::tts::{TtsEvent, TtsOptions, VoiceSource};
use voice_core::{Engine, EngineOptions, Event, SttOptions, VadMode};
use voice_tests::oracle::Vosk;
use voice_tests::recordings::{bytes, silence};
use voice_tests::server::{self, Server};
use voice_tests::{has_espeak, published, published_or_skip};

const SENTENCES: [&str; 3] = [
    "안녕하세요. 오늘 날씨가 매우 좋습니다.",
    "서울에서 부산까지 기차로 갑니다.",
    "이 음성은 컴퓨터가 만들었습니다.",
];

/// Every file of the model that it cannot be without.
const FILES: [&str; 12] = [
    "am/final.mdl",
    "conf/mfcc.conf",
    "conf/model.conf",
    "graph/HCLr.fst",
    "graph/Gr.fst",
    "graph/disambig_tid.int",
    "ivector/final.ie",
    "ivector/final.dubm",
    "ivector/final.mat",
    "ivector/global_cmvn.stats",
    "ivector/online_cmvn.conf",
    "ivector/splice.conf",
];

/// Korean speech at 16 kHz from espeak-ng.
fn speech(text: &str) -> Vec<i16> {
    let engine =
        Engine::new(EngineOptions { tts: vec![VoiceSource::espeak("ko")], ..EngineOptions::default() });
    engine.load().unwrap();
    let mut session =
        engine.tts_session(TtsOptions { sample_rate: Some(16_000), ..TtsOptions::default() }).unwrap();
    session.push(text).unwrap();
    session.finish().unwrap();
    let mut audio = Vec::new();
    while let Some(event) = session.next_event().unwrap() {
        if let TtsEvent::Audio(chunk) = event {
            audio.extend(chunk.audio.as_chunks().0.iter().map(|&sample| i16::from_le_bytes(sample)));
        }
    }
    audio
}

/// What libvosk itself makes of each of `clips`, each with a recognizer of its own.
fn oracle(model: &Path, clips: &[Vec<i16>]) -> Vec<String> {
    let vosk = Vosk::load(model);
    let text = |clip: &Vec<i16>| {
        let mut recognizer = vosk.recognizer(16_000);
        // In the steps of a session: a frame at the beginning, then 240 ms each.
        let (first, rest) = clip.split_at(256);
        for samples in std::iter::once(first).chain(rest.chunks(3_840)) {
            recognizer.push(samples);
        }
        recognizer.final_result()["text"].as_str().unwrap().to_owned()
    };
    clips.iter().map(text).collect()
}

/// Characters that must be changed to make one text of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, against) in other.iter().enumerate() {
            let change = diagonal + usize::from(letter != *against);
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

/// Features are dithered by chance, so a letter in ten may differ.
fn assert_same(heard: &str, expected: &str) {
    let differs = distance(heard, expected);
    assert!(differs * 10 <= expected.chars().count(), "{differs} differ: {heard:?}, libvosk: {expected:?}");
}

fn finals(session: &mut Session) -> String {
    let mut texts = Vec::new();
    while let Some(event) = session.next_event().unwrap() {
        if let Event::Final(transcript) = event
            && !transcript.text.is_empty()
        {
            texts.push(transcript.text);
        }
    }
    texts.join(" ")
}

#[test]
fn a_published_model_hears_what_libvosk_hears() {
    let model = published_or_skip!(published::VOSK_SMALL_KO);
    if !has_espeak() {
        return;
    }
    let clips: Vec<_> = SENTENCES.iter().map(|text| speech(text)).collect();
    let expected = oracle(&model, &clips);
    let engine = Engine::open(&model).unwrap();
    let loaded = engine.stt_model(None).unwrap();
    assert!(loaded.info().takes_grammar);
    // Its words are in no file of their own: they are in the graph.
    assert!(loaded.knows("안녕") && loaded.knows("것") && !loaded.knows("[unk]") && !loaded.knows("<eps>"));
    for (clip, expected) in clips.iter().zip(&expected) {
        assert!(expected.chars().count() > 10, "{expected:?}");
        // Nothing is left out and nothing is cut: the same samples reach libvosk.
        let options = SttOptions { vad: VadMode::Always, ..SttOptions::default() };
        let mut session = engine.stt_session(options).unwrap();
        session.push(&bytes(clip)).unwrap();
        session.finish().unwrap();
        assert_same(&finals(&mut session), expected);
    }
    let again = Arc::clone(&loaded);
    drop(engine);
    assert!(again.knows("것"), "a model lives as long as it is used");
}

#[test]
fn a_published_model_is_served() {
    let model = published_or_skip!(published::VOSK_SMALL_KO);
    if !has_espeak() {
        return;
    }
    let server = Server::builder().env("VOSK_MODEL_PATH", &model).start();
    let (_, health) = server.get("/health");
    assert_eq!(health["models"]["stt"][0]["name"], published::VOSK_SMALL_KO, "{health}");
    assert_eq!(health["models"]["stt"][0]["takes_grammar"], true);
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000, "words": true}));
    for text in SENTENCES {
        let replies = client.stream(&[speech(text), silence(1_200)].concat());
        let last = replies.iter().rev().find(|reply| reply["text"].is_string()).expect("an endpoint");
        let words = last["result"].as_array().expect("words");
        assert!(words.len() > 3 && words.iter().all(|word| word["end"].as_f64() > word["start"].as_f64()));
    }
    // Words that the model knows are a phrase list, and others are told.
    let phrases = json!({"sample_rate": 16_000, "phrase_list": ["안녕 하세요"]});
    let mut client = server.connect().configured(&phrases);
    assert!(client.audio(bytes(&silence(100)))["partial"].is_string());
}

/// The model with links in the place of its files, but for those that a test damages.
struct Linked {
    folder: tempfile::TempDir,
    genuine: PathBuf,
}

impl Linked {
    fn new(genuine: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let linked = Self { folder, genuine: genuine.to_owned() };
        for file in FILES.iter().chain(&["graph/phones/word_boundary.int"]) {
            let path = linked.path(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            symlink(genuine.join(file), path).unwrap();
        }
        linked
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join("model").join(file)
    }

    /// Transcribes a buzz with `bytes` in the place of `file`; without them, `file` is missing.
    fn with(&self, file: &str, bytes: Option<&[u8]>, audio: &Path) -> Result<(), String> {
        let path = self.path(file);
        fs::remove_file(&path).unwrap();
        if let Some(bytes) = bytes {
            fs::write(&path, bytes).unwrap();
        }
        let outcome = Command::new(server::program())
            .args(["transcribe", "--model"])
            .args([&self.folder.path().join("model"), audio])
            .env_remove("VOICE_MANIFEST")
            .output()
            .unwrap();
        let _ = fs::remove_file(&path);
        symlink(self.genuine.join(file), &path).unwrap();
        let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
        match outcome.status.code() {
            Some(0) => Ok(()),
            Some(1) => {
                assert!(said.contains("voice-server: model_"), "{file}: {said}");
                Err(said)
            }
            _ => panic!("{file}: {}: {said}", outcome.status),
        }
    }
}

#[test]
fn a_damaged_published_model_is_refused() {
    let model = published_or_skip!(published::VOSK_SMALL_KO);
    let audio = tempfile::Builder::new().suffix(".wav").tempfile().unwrap();
    let mut writer = voice_core::audio::wav::Writer::create(audio.path(), 16_000).unwrap();
    writer
        .write(&(0..8_000).map(|at| if at % 130 < 20 { 12_000 } else { -2_000 }).collect::<Vec<_>>())
        .unwrap();
    writer.finish().unwrap();
    let linked = Linked::new(&model);
    for file in FILES {
        let missing = linked.with(file, None, audio.path()).unwrap_err();
        // Without its options it is taken for the older layout's or the newer's, of which something is missing.
        assert!(missing.contains("model_incomplete") && missing.contains("is missing"), "{file}: {missing}");
    }
    for file in ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst", "ivector/final.ie", "ivector/final.mat"] {
        let whole = fs::read(model.join(file)).unwrap();
        for length in [30, whole.len() - 1] {
            let cut = linked.with(file, Some(&whole[..length]), audio.path());
            assert!(cut.is_err(), "{file} cut to {length}");
        }
    }
    // Bits of the headers, outer and inner, that libvosk would trust.
    for (file, at) in [("graph/HCLr.fst", [0x4c, 0x84, 0x8d]), ("graph/Gr.fst", [0x04, 0x1d, 0x44])] {
        let mut bytes = fs::read(model.join(file)).unwrap();
        for at in at {
            bytes[at] ^= 0x41;
            assert!(linked.with(file, Some(&bytes), audio.path()).is_err(), "{file} at {at:#x}");
            bytes[at] ^= 0x41;
        }
    }
}
