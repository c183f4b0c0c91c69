//! Tests of VITS voices against reference renderings.

mod pitch;

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::*;
use crate::tts::{TtsEvent, TtsOptions, TtsSession};

/// Streamed audio differs from whole audio by rounding only; an audible difference is a hundred times larger.
const INAUDIBLE: f32 = 1e-5;

const VOICES: [&str; 3] = ["tiny-piper", "tiny-multi", "tiny-generic"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/voices")
}

/// A copy, since a load leaves a cache beside the voice.
pub(super) struct Copy {
    folder: tempfile::TempDir,
    name: &'static str,
}

impl Copy {
    pub(super) fn new(name: &'static str) -> Self {
        let copy = Self { folder: tempfile::tempdir().unwrap(), name };
        for kind in ["onnx", "onnx.json"] {
            let file = format!("{name}.{kind}");
            std::fs::copy(folder().join(&file), copy.folder.path().join(&file)).unwrap();
        }
        copy
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join(format!("{}.onnx", self.name))
    }

    fn try_load(&self) -> Result<Arc<Vits>> {
        let runtime = Runtime::load(None).unwrap();
        Vits::load(&self.path(), &runtime, Some(Arc::new(Spelling))).map(Arc::new)
    }

    fn load(&self) -> Arc<Vits> {
        self.try_load().unwrap()
    }

    fn caches(&self) -> usize {
        self.folder.path().join(".libvoice").read_dir().map_or(0, Iterator::count)
    }
}

/// A voice and the folder that it is in.
struct Loaded {
    voice: Arc<Vits>,
    _copy: Copy,
}

impl std::ops::Deref for Loaded {
    type Target = Arc<Vits>;

    fn deref(&self) -> &Arc<Vits> {
        &self.voice
    }
}

fn load(name: &'static str) -> Loaded {
    let copy = Copy::new(name);
    Loaded { voice: copy.load(), _copy: copy }
}

/// The same voice without splitting, as ONNX Runtime renders the original file.
fn load_whole(name: &'static str) -> Arc<Vits> {
    let mut voice = Arc::into_inner(load(name).voice).unwrap();
    voice.cut =
        CutVoice::whole(&Runtime::load(None).unwrap(), &folder().join(format!("{name}.onnx"))).unwrap();
    Arc::new(voice)
}

/// A phonemizer that returns the text unchanged.
struct Spelling;

impl Phonemizer for Spelling {
    fn phonemes(&self, text: &str, _voice: &str) -> Result<String> {
        Ok(text.to_owned())
    }
}

fn quiet() -> Style {
    Style { noise: Some(0.0), ..Style::default() }
}

fn chunks(voice: &Arc<Vits>, ids: &[i64], style: &Style) -> Vec<Vec<f32>> {
    let fixed = style.whole.then_some(usize::MAX);
    let mut rendering =
        Arc::clone(voice).render_ids(ids.to_vec(), style, &Canceller::default(), fixed).unwrap();
    std::iter::from_fn(|| rendering.next_chunk(Duration::ZERO).unwrap()).collect()
}

fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// About a hundred phonemes.
fn sentence(voice: &Vits) -> Vec<i64> {
    voice.config.ids(&"hˈaʊ ɑːɹ juː tədˈeɪ? ".repeat(5)).0
}

/// The output of ONNX Runtime in Python, stored beside the voice.
#[derive(Deserialize)]
struct Expected {
    voices: std::collections::HashMap<String, Vec<Utterance>>,
}

#[derive(Deserialize)]
struct Utterance {
    phonemes: String,
    ids: Vec<i64>,
    sid: Option<u32>,
    length: usize,
    sum: f64,
    sum_of_squares: f64,
    first: Vec<f32>,
}

#[test]
fn voices_match_the_reference_runtime() {
    let expected: Expected =
        serde_json::from_slice(&std::fs::read(folder().join("expected.json")).unwrap()).unwrap();
    for name in VOICES {
        let voice = load(name);
        assert!(voice.info().streams, "{name} is not cut");
        for utterance in &expected.voices[name] {
            assert_eq!(voice.config.ids(&utterance.phonemes), (utterance.ids.clone(), 0), "{name}");
            let style = Style { speaker: utterance.sid, ..quiet() };
            let samples = chunks(&voice, &utterance.ids, &style).concat();
            assert_eq!(samples.len(), utterance.length, "{name}");
            assert!(difference(&samples[..utterance.first.len()], &utterance.first) < INAUDIBLE, "{name}");
            let sum: f64 = samples.iter().map(|sample| f64::from(*sample)).sum();
            let squares: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
            assert!((sum - utterance.sum).abs() < 0.05, "{name}: {sum} instead of {}", utterance.sum);
            assert!((squares - utterance.sum_of_squares).abs() < 0.05, "{name}");
        }
    }
}

#[test]
fn streamed_and_whole_audio_are_equal() {
    for name in VOICES {
        let (streamed, whole) = (load(name), load_whole(name));
        let ids = sentence(&streamed);
        for style in [quiet(), Style { speed: 0.6, ..quiet() }, Style { speed: 1.7, ..quiet() }] {
            let at_once = chunks(&streamed, &ids, &Style { whole: true, ..style });
            assert_eq!(at_once.len(), 1);
            // Without splitting, a voice keeps the time only approximately at another speed.
            let own = style == quiet();
            let expected = if own { chunks(&whole, &ids, &style).concat() } else { at_once[0].clone() };
            let stages = chunks(&streamed, &ids, &style);
            assert!(stages[0].len() < expected.len() / 8, "{name} begins with a small chunk");
            let worst = difference(&stages.concat(), &expected);
            assert!(worst < INAUDIBLE, "{name} is off by {worst}");
            assert!(difference(&at_once[0], &expected) < INAUDIBLE, "{name}");
        }
        let expected = chunks(&whole, &ids, &quiet()).concat();
        for size in [8, 9, 16, 45, 100] {
            let cancel = Canceller::default();
            let mut rendering =
                Arc::clone(&*streamed).render_ids(ids.clone(), &quiet(), &cancel, Some(size)).unwrap();
            let stages: Vec<_> =
                std::iter::from_fn(|| rendering.next_chunk(Duration::ZERO).unwrap()).collect();
            assert!(stages.len() > 1, "{size} frames a chunk");
            let worst = difference(&stages.concat(), &expected);
            assert!(worst < INAUDIBLE, "{name} in chunks of {size} is off by {worst}");
        }
    }
}

#[test]
fn buffered_audio_allows_whole_clauses() {
    let voice = Copy::new("tiny-piper").load();
    let ids = sentence(&voice);
    let render = |ahead| {
        // As on an idle machine.
        voice.cost.note(Duration::from_micros(100), 1);
        let mut rendering =
            Arc::clone(&voice).render_ids(ids.clone(), &quiet(), &Canceller::default(), None).unwrap();
        std::iter::from_fn(move || rendering.next_chunk(ahead).unwrap()).collect::<Vec<_>>()
    };
    let in_time = render(Duration::ZERO);
    assert!(in_time.len() > 3, "{} chunks", in_time.len());
    assert_eq!(render(Duration::from_hours(1)).len(), 1);
}

#[test]
fn voice_is_split_by_structure() {
    for name in VOICES {
        let voice = load(name);
        let split = voice.cut.split.as_ref().unwrap();
        assert_eq!((split.decoder.frames, split.decoder.growth), (11, 256), "{name}");
        assert_eq!(split.speaker.is_empty(), name != "tiny-multi", "{name}");
        let flow = split.flow.as_ref().unwrap();
        assert_eq!((flow.field.frames, flow.field.growth), (32, 1), "{name}");
    }
}

#[test]
fn speed_speaker_and_noise_change_the_audio() {
    let voice = load("tiny-multi");
    let ids = sentence(&voice);
    let length = |style: Style| chunks(&voice, &ids, &style).concat().len() as f64;
    let normal = length(quiet());
    for speed in [0.25, 0.5, 0.8, 1.25, 2.0, 3.0, 4.0] {
        let times = normal / length(Style { speed, ..quiet() });
        assert!((times / f64::from(speed) - 1.0).abs() < 0.01, "{times} times as fast, not {speed}");
    }
    let speaker = |speaker| chunks(&voice, &ids, &Style { speaker: Some(speaker), ..quiet() }).concat();
    assert_ne!(speaker(0), speaker(3));
    assert_eq!(speaker(0), chunks(&voice, &ids, &quiet()).concat());
    assert_ne!(
        chunks(&voice, &ids, &Style::default()),
        chunks(&voice, &ids, &Style::default()),
        "noise varies"
    );
    let error = Arc::clone(&*voice).render_ids(
        ids,
        &Style { speaker: Some(4), ..quiet() },
        &Canceller::default(),
        None,
    );
    assert_eq!(error.err().unwrap().kind(), ErrorKind::OptionInvalid);
}

#[test]
fn damaged_cache_is_ignored() {
    let copy = Copy::new("tiny-piper");
    let first = copy.load();
    assert_eq!(copy.caches(), 1);
    let ids = sentence(&first);
    let expected = chunks(&first, &ids, &quiet()).concat();
    let again = copy.load();
    assert_eq!(copy.caches(), 1);
    assert!(difference(&chunks(&again, &ids, &quiet()).concat(), &expected) < INAUDIBLE);

    let cache = copy.folder.path().join(".libvoice").read_dir().unwrap().next().unwrap().unwrap().path();
    std::fs::write(cache.join("flow.onnx"), b"nothing").unwrap();
    assert!(difference(&chunks(&copy.load(), &ids, &quiet()).concat(), &expected) < INAUDIBLE);
    std::fs::write(cache.join("split.json"), b"{").unwrap();
    assert!(difference(&chunks(&copy.load(), &ids, &quiet()).concat(), &expected) < INAUDIBLE);

    // A different file with the same name is a different voice.
    std::fs::copy(folder().join("tiny-generic.onnx"), copy.path()).unwrap();
    copy.load();
    assert_eq!(copy.caches(), 1);
}

#[test]
fn parallel_streams_match_a_single_one() {
    let voice = load("tiny-piper");
    let ids = sentence(&voice);
    let expected = chunks(&voice, &ids, &quiet()).concat();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                assert!(difference(&chunks(&voice, &ids, &quiet()).concat(), &expected) < INAUDIBLE);
            });
        }
    });
}

#[test]
fn cancel_from_another_thread_ends_a_rendering() {
    let voice = load("tiny-piper");
    let ids = sentence(&voice).repeat(20);
    for pitch in [1.0, 1.5] {
        let cancel = Canceller::default();
        let style = Style { pitch, ..quiet() };
        let mut rendering = Arc::clone(&*voice).render_ids(ids.clone(), &style, &cancel, None).unwrap();
        assert!(rendering.next_chunk(Duration::ZERO).unwrap().is_some());
        std::thread::spawn(move || cancel.cancel()).join().unwrap();
        assert_eq!(rendering.next_chunk(Duration::ZERO).unwrap_err().kind(), ErrorKind::EngineFailed);
        assert!(rendering.next_chunk(Duration::ZERO).unwrap().is_none());
    }
}

#[test]
fn too_long_clause_is_not_a_voice_failure() {
    let copy = Copy::new("tiny-piper");
    let path = copy.path().with_extension("onnx.json");
    let mut config: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    // Ten minutes are few frames at this rate.
    config["audio"]["sample_rate"] = 4_000.into();
    std::fs::write(&path, config.to_string()).unwrap();
    let voice = copy.load();
    let many = [Speech::Phonemes { ipa: "a".repeat(10_000), written: String::new() }];
    let refused = Arc::clone(&voice).render(&many, &quiet(), &Canceller::default()).err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::TextTooLarge, "{refused}");
    let slow = Style { speed: 0.25, ..quiet() };
    let ids = sentence(&voice).repeat(10);
    let mut rendering = Arc::clone(&voice).render_ids(ids, &slow, &Canceller::default(), None).unwrap();
    assert_eq!(rendering.next_chunk(Duration::ZERO).unwrap_err().kind(), ErrorKind::TextTooLarge);
    assert!(!chunks(&voice, &sentence(&voice), &quiet()).is_empty());
}

#[test]
fn invalid_voice_files_are_named() {
    let damage = |what: &dyn Fn(&Copy)| {
        let copy = Copy::new("tiny-piper");
        what(&copy);
        copy.try_load().err().map(|error| (error.kind(), error.to_string()))
    };
    let config = |copy: &Copy| copy.path().with_extension("onnx.json");
    let (kind, message) = damage(&|copy| std::fs::remove_file(config(copy)).unwrap()).unwrap();
    assert_eq!(kind, ErrorKind::ModelIncomplete);
    assert!(message.contains("tiny-piper.onnx.json"), "{message}");
    let (kind, _) = damage(&|copy| std::fs::write(config(copy), "{}").unwrap()).unwrap();
    assert_eq!(kind, ErrorKind::ModelInvalid);
    let (kind, _) = damage(&|copy| std::fs::remove_file(copy.path()).unwrap()).unwrap();
    assert_eq!(kind, ErrorKind::ModelNotFound);
    let whole = std::fs::read(folder().join("tiny-piper.onnx")).unwrap();
    for length in [0, 1, 100, whole.len() / 2, whole.len() - 1] {
        let (_, message) = damage(&|copy| std::fs::write(copy.path(), &whole[..length]).unwrap()).unwrap();
        assert!(message.contains("tiny-piper.onnx"), "{message}");
    }
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..20 {
        // Refused or not, the call must return at once.
        let _ = damage(&|copy| {
            let mut bytes = whole.clone();
            let at = random.clone().usize(..bytes.len());
            bytes[at] ^= 0x40;
            std::fs::write(copy.path(), bytes).unwrap();
        });
        random.u8(..);
    }
}

/// Records the requested texts.
#[derive(Default)]
struct Notes(std::sync::Mutex<Vec<String>>);

impl Phonemizer for Notes {
    fn phonemes(&self, text: &str, _voice: &str) -> Result<String> {
        self.0.lock().unwrap().push(text.to_owned());
        Ok("ˈa".to_owned())
    }
}

#[test]
fn only_arabic_voices_get_added_vowels() {
    let Some(tashkeel) = crate::text::diacritize::tests::load() else { return };
    let tashkeel = Arc::new(tashkeel);
    let copy = Copy::new("tiny-piper");
    let runtime = Runtime::load(None).unwrap();
    let path = copy.path().with_extension("onnx.json");
    let mut config: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for (espeak, kind, needs) in [("ar", "espeak", true), ("ar", "text", false), ("en-us", "espeak", false)] {
        config["espeak"]["voice"] = espeak.into();
        config["phoneme_type"] = kind.into();
        std::fs::write(&path, config.to_string()).unwrap();
        let voice = Vits::load(&copy.path(), &runtime, Some(Arc::new(Spelling))).unwrap();
        assert_eq!(voice.needs_vowels(), needs, "{espeak} {kind}");
    }
    let notes = Arc::new(Notes::default());
    let phonemizer: Arc<dyn Phonemizer> = Arc::clone(&notes) as _;
    let voice = Vits::load(&copy.path(), &runtime, Some(phonemizer)).unwrap();
    let speech =
        [Speech::Text("كتب الولد".into()), Speech::Phonemes { ipa: "ˈa".into(), written: "كتب".into() }];
    voice.ids(&speech).unwrap();
    voice.with_tashkeel(Arc::clone(&tashkeel)).ids(&speech).unwrap();
    let with_vowels = tashkeel.diacritize("كتب الولد").unwrap();
    assert_eq!(*notes.0.lock().unwrap(), ["كتب الولد", &with_vowels]);
}

#[test]
fn diacritizer_failure_leaves_text_without_vowels() {
    let Some(tashkeel) = crate::text::diacritize::tests::load() else { return };
    let voice = Arc::into_inner(load("tiny-piper").voice).unwrap().with_tashkeel(Arc::new(tashkeel));
    let long = "ك".repeat(Tashkeel::MAX_TEXT);
    assert_eq!(voice.with_vowels(&long), long);
}

#[test]
fn missing_phonemizer_is_an_error() {
    let copy = Copy::new("tiny-piper");
    let runtime = Runtime::load(None).unwrap();
    let error = Vits::load(&copy.path(), &runtime, None).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::EngineUnavailable);
    assert!(error.to_string().contains("espeak-ng"), "{error}");
}

#[test]
fn nan_output_is_an_error() {
    let whole = std::fs::read(folder().join("tiny-piper.onnx")).unwrap();
    let spoiled = (1..20).find_map(|part| {
        let copy = Copy::new("tiny-piper");
        let mut bytes = whole.clone();
        // NaN written over numbers of the file; if it damages something else, the file is refused.
        let at = bytes.len() * part / 20;
        bytes[at..at + 600].fill(0xff);
        std::fs::write(copy.path(), bytes).unwrap();
        let voice = copy.try_load().ok()?;
        let ids = sentence(&voice);
        let mut rendering = voice.render_ids(ids, &quiet(), &Canceller::default(), None).unwrap();
        std::iter::from_fn(|| rendering.next_chunk(Duration::ZERO).transpose()).find_map(Result::err)
    });
    assert_eq!(spoiled.unwrap().kind(), ErrorKind::EngineFailed);
}

#[test]
fn character_voice_needs_no_phonemizer() {
    let copy = Copy::new("tiny-piper");
    let config = copy.path().with_extension("onnx.json");
    let text = std::fs::read_to_string(&config).unwrap();
    let mut settings: serde_json::Value = serde_json::from_str(&text).unwrap();
    settings["phoneme_type"] = "text".into();
    std::fs::write(&config, settings.to_string()).unwrap();
    let voice = Arc::new(Vits::load(&copy.path(), &Runtime::load(None).unwrap(), None).unwrap());
    let lower = voice.ids(&[Speech::Text("HELLO".into())]).unwrap();
    assert_eq!(lower, voice.config.ids("hello").0);
}
