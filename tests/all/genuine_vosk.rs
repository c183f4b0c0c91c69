//! A Vosk model that others made and published, on the real server and the library.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::json;
use voice_core::audio::Format;
use voice_core::stt::{Ending, Recognizer, RecognizerOptions, SttSession};
use voice_core::tts::{TtsEvent, TtsOptions, VoiceSource};
use voice_core::{Engine, EngineOptions, MaxAlternatives, Speaker, SttEvent, SttOptions, VadMode};
use voice_tests::folder::{FILES, OPTIONAL};
use voice_tests::oracle::Vosk;
use voice_tests::recordings::{bytes, silence};
use voice_tests::server::{self, Server};
use voice_tests::{has_espeak, published, published_or_skip};

const SENTENCES: [&str; 3] = [
    "안녕하세요. 오늘 날씨가 매우 좋습니다.",
    "서울에서 부산까지 기차로 갑니다.",
    "이 음성은 컴퓨터가 만들었습니다.",
];

/// Every file of the model that it cannot be without: it has no list of words beside its graph, and learns a speaker's
/// voice.
fn files() -> impl Iterator<Item = &'static str> {
    FILES.into_iter().filter(|file| *file != "graph/words.txt").chain([
        "ivector/final.ie",
        "ivector/final.dubm",
        "ivector/final.mat",
        "ivector/global_cmvn.stats",
        "ivector/online_cmvn.conf",
        "ivector/splice.conf",
    ])
}

/// Korean speech at 16 kHz from espeak-ng.
fn speech(text: &str) -> Vec<i16> {
    let engine = Engine::new(EngineOptions {
        tts: vec![VoiceSource::espeak("ko".parse().unwrap())],
        ..EngineOptions::default()
    });
    engine.load().unwrap();
    // At the voice's own loudness: its calibration has a time limit, and on a loaded machine the audio was another one.
    let options = TtsOptions { sample_rate: Some(16_000), loudness: None, ..TtsOptions::default() };
    let mut session = engine.tts_session(options).unwrap();
    session.push(text).unwrap();
    session.finish().unwrap();
    let mut audio = Vec::<i16>::new();
    while let Some(event) = session.next_event().unwrap() {
        if let TtsEvent::Audio(chunk) = event {
            audio.extend(chunk.audio.as_chunks().0.iter().map(|&sample| i16::from_le_bytes(sample)));
        }
    }
    // Whole frames, as a session completes them.
    audio.resize(audio.len().next_multiple_of(512), 0);
    audio
}

/// Telephone audio in whole frames of 16 ms.
fn whole_frames(mut clip: Vec<i16>) -> Vec<i16> {
    clip.resize(clip.len().next_multiple_of(128), 0);
    clip
}

/// What libvosk itself makes of each of `clips`, each with a recognizer of its own.
fn oracle(model: &Path, clips: &[Vec<i16>]) -> Vec<String> {
    let vosk = Vosk::load(model);
    let text = |clip: &Vec<i16>| {
        let mut recognizer = vosk.recognizer(16_000);
        // In the steps of a session: one frame, then 96 ms each.
        let (first, rest) = clip.split_at(256);
        for samples in std::iter::once(first).chain(rest.chunks(1_536)) {
            recognizer.push(samples);
        }
        recognizer.final_result()["text"].as_str().unwrap().to_owned()
    };
    clips.iter().map(text).collect()
}

fn finals(session: &mut SttSession) -> String {
    let mut texts = Vec::new();
    while let Some(event) = session.next_event().unwrap() {
        if let SttEvent::Final(transcript) = event
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
    let linked = Linked::without_chance(&model);
    let model = linked.root();
    let clips: Vec<_> = SENTENCES.iter().map(|text| speech(text)).collect();
    let expected = oracle(&model, &clips);
    let engine = Engine::open(&model).unwrap();
    let loaded = engine.stt_models(None).unwrap()[0].clone();
    assert!(loaded.info().takes_grammar);
    assert_eq!(loaded.decoding(Speaker::One).step_ms, 96, "its network is not small");
    // Its words are in no file of their own: they are in the graph.
    assert!(loaded.knows("안녕") && loaded.knows("것") && !loaded.knows("[unk]") && !loaded.knows("<eps>"));
    for (clip, expected) in clips.iter().zip(&expected) {
        assert!(expected.chars().count() > 10, "{expected:?}");
        // Nothing is left out and nothing is cut: the same samples reach libvosk.
        let options = SttOptions { vad: VadMode::Always, ..SttOptions::default() };
        let mut session = engine.stt_session(options).unwrap();
        session.push(&bytes(clip)).unwrap();
        session.finish().unwrap();
        assert_eq!(finals(&mut session), *expected);
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
        for file in files().chain([OPTIONAL]) {
            let path = linked.path(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            symlink(genuine.join(file), path).unwrap();
        }
        linked
    }

    /// The model without the dither that makes its features a little different each time.
    fn without_chance(genuine: &Path) -> Self {
        let linked = Self::new(genuine);
        let features = linked.path("conf/mfcc.conf");
        let options = fs::read_to_string(&features).unwrap();
        fs::remove_file(&features).unwrap();
        fs::write(&features, options + "\n--dither=0\n").unwrap();
        linked
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("model")
    }

    fn path(&self, file: &str) -> PathBuf {
        self.root().join(file)
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
            .args([&self.root(), audio])
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
    for file in files() {
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

/// What a recognizer makes of `clip`, in a form that shows the smallest difference: the text, the score of its best
/// reading, and the times of its words.
fn hear(recognizer: &mut dyn Recognizer, clip: &[i16], ending: Ending) -> (String, f32, Vec<(u64, u64)>) {
    for samples in clip.chunks(3_840) {
        recognizer.push(samples).unwrap();
        recognizer.partial().unwrap();
    }
    let heard = recognizer.finish(ending).unwrap();
    assert!(heard.alternatives.len() <= 3);
    let score = heard.alternatives.first().map_or(0.0, |best| best.score);
    (heard.text, score, heard.words.iter().map(|word| (word.start_ms, word.end_ms)).collect())
}

#[test]
fn kept_recognizers_leak_nothing_to_the_next_session() {
    let model = published_or_skip!(published::VOSK_SMALL_KO);
    if !has_espeak() {
        return;
    }
    let linked = Linked::without_chance(&model);
    let clips: Vec<_> = SENTENCES.iter().map(|text| speech(text)).collect();
    let engine = Engine::open(linked.root()).unwrap();
    let model = engine.stt_models(None).unwrap()[0].clone();
    let open = |speaker| {
        let max_alternatives = MaxAlternatives::new(3).unwrap();
        let options =
            RecognizerOptions { words: true, max_alternatives, speaker, ..RecognizerOptions::default() };
        Arc::clone(&model).recognizer(&options).unwrap()
    };
    // libvosk itself, each time with a recognizer that nobody had before.
    let vosk = Vosk::load(&linked.root());
    let fresh: Vec<_> = clips
        .iter()
        .map(|clip| {
            let mut recognizer = vosk.recognizer(16_000);
            recognizer.set_max_alternatives(3);
            clip.chunks(3_840).for_each(|samples| recognizer.push(samples));
            let best = recognizer.final_result()["alternatives"][0].clone();
            (best["text"].as_str().unwrap().trim().to_owned(), best["confidence"].as_f64().unwrap() as f32)
        })
        .collect();
    let alone = |number: usize| {
        let mut recognizer = open(Speaker::Many);
        let (text, score, words) = hear(&mut *recognizer, &clips[number], Ending::Last);
        recognizer.release();
        assert_eq!(text, fresh[number].0);
        assert!((score - fresh[number].1).abs() < 0.01, "{score}, fresh: {}", fresh[number].1);
        words
    };
    let times: Vec<_> = (0..clips.len()).map(&alone).collect();
    assert!(times.iter().all(|words| words.len() > 3));

    // One session of one speaker, whose recognizer learns the voice.
    let pause = Ending::Pause { pushed: 0 };
    let mut recognizer = open(Speaker::One);
    hear(&mut *recognizer, &clips[1], pause);
    assert!(recognizer.keep().is_some() && recognizer.resume());
    let (_, learnt, words) = hear(&mut *recognizer, &clips[2], pause);
    assert!((learnt - fresh[2].1).abs() > 1.0, "keeping what was learnt makes a difference: {learnt}");
    assert!(
        words.iter().all(|&(start, end)| start <= end && end < 6_000),
        "times are of the utterance: {words:?}"
    );
    recognizer.release();
    // Nothing of it is in what the next sessions get, nor of the silence and the speech between.
    for round in 0..2 {
        for (number, expected) in times.iter().enumerate() {
            assert_eq!(alone(number), *expected, "round {round}");
            let mut other = open(Speaker::One);
            assert_eq!(hear(&mut *other, &silence(1_024), Ending::Last).0, "");
            other.release();
        }
    }

    // Many speakers: the session's next utterance begins like a first one.
    let mut recognizer = open(Speaker::Many);
    hear(&mut *recognizer, &clips[0], pause);
    assert!(recognizer.keep().is_none());
    let (text, score, words) = hear(&mut *recognizer, &clips[1], Ending::Last);
    assert_eq!((text.as_str(), words), (fresh[1].0.as_str(), times[1].clone()));
    assert!((score - fresh[1].1).abs() < 0.01);
}

#[test]
fn telephone_audio_reaches_a_published_model_as_it_is() {
    let model = published_or_skip!(published::VOSK_SMALL_KO);
    if !has_espeak() {
        return;
    }
    let linked = Linked::without_chance(&model);
    let model = linked.root();
    let engine = Engine::open(&model).unwrap();
    let rates = engine.stt_models(None).unwrap()[0].info().sample_rates;
    assert!(rates.include(8_000) && rates.include(16_000) && !rates.include(44_100));
    let clips: Vec<_> =
        SENTENCES.iter().map(|text| voice_tests::recordings::at_rate(&speech(text), 8_000)).collect();
    let clips: Vec<_> = clips.into_iter().map(whole_frames).collect();
    let vosk = Vosk::load(&model);
    for clip in &clips {
        let mut recognizer = vosk.recognizer(8_000);
        // In the steps of a session: one frame, then 96 ms each.
        let (first, rest) = clip.split_at(128);
        for samples in std::iter::once(first).chain(rest.chunks(768)) {
            recognizer.push(samples);
        }
        let expected = recognizer.final_result()["text"].as_str().unwrap().to_owned();
        let format = Format::pcm16(8_000).unwrap();
        let options = SttOptions { format, vad: VadMode::Always, ..SttOptions::default() };
        let mut session = engine.stt_session(options).unwrap();
        session.push(&bytes(clip)).unwrap();
        session.finish().unwrap();
        assert_eq!(finals(&mut session), expected);
    }
}
