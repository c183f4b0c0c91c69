//! Sessions whose models change, with real models and human recordings: after a failure, and by an update.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use voice_core::audio::Format;
use voice_core::source::ModelSource;
use voice_core::stt::{Decoding, Ending, Model, ModelInfo, Recognizer, RecognizerOptions};
use voice_core::{
    Engine, EngineOptions, Error, ErrorKind, Grammar, GrammarUpdate, Result, Speaker, SttEvent, SttOptions,
    SttSession, SttUpdate, Transcript,
};
use voice_tests::client::texts as texts_of_replies;
use voice_tests::oracle::before_libvosk;
use voice_tests::recordings::{SPEAKER, at_rate, bytes, keyword, silence};
use voice_tests::server::Server;
use voice_tests::{folder, published, published_or_skip, recordings_or_skip, shipped_model};

/// A loaded model whose engine fails at a push and at every later one.
struct Failing {
    inner: Arc<dyn Model>,
    /// Pushes that still succeed.
    remaining: Arc<AtomicU32>,
}

impl Model for Failing {
    fn info(&self) -> &ModelInfo {
        self.inner.info()
    }

    fn recognizer(self: Arc<Self>, options: &RecognizerOptions) -> Result<Box<dyn Recognizer>> {
        let inner = Arc::clone(&self.inner).recognizer(options)?;
        Ok(Box::new(FailingRecognizer { inner, remaining: Arc::clone(&self.remaining) }))
    }

    fn knows(&self, word: &str) -> bool {
        self.inner.knows(word)
    }

    fn spelling(&self, word: &str) -> Option<String> {
        self.inner.spelling(word)
    }

    fn decoding(&self, speaker: Speaker) -> Decoding {
        self.inner.decoding(speaker)
    }
}

struct FailingRecognizer {
    inner: Box<dyn Recognizer>,
    remaining: Arc<AtomicU32>,
}

impl Recognizer for FailingRecognizer {
    fn push(&mut self, samples: &[i16]) -> Result<()> {
        let is_left = self
            .remaining
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_ok();
        if is_left { self.inner.push(samples) } else { Err(Error::new(ErrorKind::EngineFailed, "injected")) }
    }

    fn partial(&mut self) -> Result<String> {
        self.inner.partial()
    }

    fn finish(&mut self, ending: Ending) -> Result<Transcript> {
        self.inner.finish(ending)
    }
}

/// Three recorded words with pauses.
const WORDS: [&str; 3] = ["open", "close", "yes"];

fn speech(data: &std::path::Path) -> Vec<i16> {
    let spoken = WORDS.iter().flat_map(|word| [keyword(data, SPEAKER, word), silence(1_200)].concat());
    [silence(500), spoken.collect()].concat()
}

/// Pushes `audio` and returns all events.
fn feed(session: &mut SttSession, audio: &[u8]) -> Vec<SttEvent> {
    let mut events = Vec::new();
    for piece in audio.chunks(session.format().bytes_in(100)) {
        session.push(piece).unwrap();
        events.extend(std::iter::from_fn(|| session.next_event().unwrap()));
    }
    events
}

fn texts(events: &[SttEvent]) -> Vec<&str> {
    let finals = events.iter().filter_map(|event| {
        if let SttEvent::Final(transcript) = event { Some(transcript.text.as_str()) } else { None }
    });
    finals.filter(|text| !text.is_empty()).collect()
}

/// The names of the models that the session changed to.
fn changes(events: &[SttEvent]) -> Vec<&str> {
    let names = events.iter().filter_map(|event| {
        if let SttEvent::ModelChanged { model } = event { Some(model.name.as_str()) } else { None }
    });
    names.collect()
}

#[test]
fn published_model_that_fails_is_replaced_without_loss() {
    let published = published_or_skip!(published::VOSK_SMALL_KO);
    let data = recordings_or_skip!();
    let [korean, arabic] = [published, shipped_model()].map(|folder| Engine::open(folder).unwrap());
    let (first, second) =
        (korean.stt_models(None).unwrap().swap_remove(0), arabic.stt_models(None).unwrap().swap_remove(0));
    for rate in [16_000, 8_000] {
        let audio = bytes(&if rate == 16_000 { speech(&data) } else { at_rate(&speech(&data), rate) });
        let options = || SttOptions { format: Format::pcm16(rate).unwrap(), ..SttOptions::default() };
        let mut alone = SttSession::new(vec![Arc::clone(&second)], options()).unwrap();
        let events = feed(&mut alone, &audio);
        let expected = texts(&events);
        assert_eq!(expected.len(), 3);
        // At the start of the first utterance, within it, and at its end; at 8 kHz only the first model takes that rate.
        for pushes in [0, 1, 3, 6] {
            let remaining = Arc::new(AtomicU32::new(pushes));
            let failing = Arc::new(Failing { inner: Arc::clone(&first), remaining });
            let mut session = SttSession::new(vec![failing, Arc::clone(&second)], options()).unwrap();
            let events = feed(&mut session, &audio);
            assert_eq!(texts(&events), expected, "{rate} Hz, failed after {pushes} pushes");
            assert_eq!(changes(&events), [&*second.info().name]);
            let is_warning =
                |event: &&SttEvent| matches!(event, SttEvent::Warning { kind: ErrorKind::ModelFallback, .. });
            assert_eq!(events.iter().filter(is_warning).count(), 1);
        }
    }
}

#[test]
fn update_between_utterances_changes_the_grammar() {
    let data = recordings_or_skip!();
    let engine = Engine::open(shipped_model()).unwrap();
    let mut session = engine.stt_session(SttOptions::default()).unwrap();
    let word = bytes(&[keyword(&data, SPEAKER, "open"), silence(1_200)].concat());
    let heard = |session: &mut SttSession| texts(&feed(session, &word)).join(" ");
    let phrases = |phrases: &[&str]| SttUpdate {
        grammar: GrammarUpdate::Replaced(Grammar::new(phrases).unwrap()),
        ..SttUpdate::default()
    };
    assert_eq!(heard(&mut session), "فتح");
    session.update(phrases(&["يسار", "يمين", "[unk]"])).unwrap();
    assert_eq!(heard(&mut session), "[unk]");
    // During the utterance: this one is still limited.
    let (begin, end) = word.split_at(word.len() / 3);
    let mut events = feed(&mut session, begin);
    session.update(SttUpdate { grammar: GrammarUpdate::Removed, ..SttUpdate::default() }).unwrap();
    let error = session.update(phrases(&["zzz"])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::GrammarInvalid);
    events.extend(feed(&mut session, end));
    assert_eq!(texts(&events), ["[unk]"]);
    assert_eq!(heard(&mut session), "فتح");
}

#[test]
fn update_of_the_language_changes_the_model() {
    let published = published_or_skip!(published::VOSK_SMALL_KO);
    let data = recordings_or_skip!();
    let stt = [shipped_model(), published].map(|folder| ModelSource::folder(folder).into()).into();
    let engine = Engine::new(EngineOptions { stt, ..EngineOptions::default() });
    engine.load().unwrap();
    let mut session = engine.stt_session(SttOptions::default()).unwrap();
    let word = bytes(&[keyword(&data, SPEAKER, "open"), silence(1_200)].concat());
    assert_eq!(texts(&feed(&mut session, &word)), ["فتح"]);
    engine.update_stt(&mut session, Some("ko".parse().unwrap()), SttUpdate::default()).unwrap();
    let events = feed(&mut session, &word);
    assert_eq!(changes(&events), [published::VOSK_SMALL_KO]);
    let is_korean = |text: &&str| text.chars().all(|c| matches!(c, 'ᄀ'..='ᇿ' | '가'..='힣' | ' '));
    assert!(texts(&events).iter().all(is_korean), "{events:?}");
    engine.update_stt(&mut session, Some("ar".parse().unwrap()), SttUpdate::default()).unwrap();
    let events = feed(&mut session, &word);
    assert_eq!((changes(&events), texts(&events)), (vec!["ar-commands"], vec!["فتح"]));
    let error =
        engine.update_stt(&mut session, Some("tlh".parse().unwrap()), SttUpdate::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
}

#[test]
#[cfg(target_os = "linux")]
fn client_of_the_server_is_told_of_the_fallback() {
    let data = recordings_or_skip!();
    let (temporary, copy) = (tempfile::tempdir().unwrap(), folder::Copy::new());
    let fail = temporary.path().join("fail");
    let server = Server::builder()
        .env("VOSK_MODEL_PATH", copy.root())
        .env("VOICE_STT_MODELS", format!("ar={}", shipped_model().display()))
        .env("VOICE_LIBVOSK", before_libvosk("failing.c", temporary.path()))
        .env("FAIL_MODEL", copy.root())
        .env("FAIL_WHILE", &fail)
        .start();
    server.wait_until("both loaded", |health| {
        [0, 1].iter().all(|number| health["models"]["stt"][number]["state"] == "ready")
    });
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    let word = |name| [keyword(&data, SPEAKER, name), silence(1_200)].concat();
    assert_eq!(texts_of_replies(&client.stream(&word("open"))), "فتح");
    let word = word("seven");
    let (begin, end) = word.split_at(6_400);
    let mut replies = client.stream(begin);
    fs::write(&fail, "").unwrap();
    replies.extend(client.stream(end));
    assert_eq!(texts_of_replies(&replies), "سبعة", "the beginning was decoded again");
    let warnings: Vec<_> = replies.iter().filter_map(|reply| reply.get("warning")).collect();
    assert_eq!(warnings.len(), 1, "{replies:?}");
    assert_eq!(warnings[0]["code"], "model_fallback");
    assert!(!warnings[0]["message"].as_str().unwrap().contains("libvosk"), "that is for the log");
    assert!(replies.iter().all(|reply| reply.get("error").is_none()));
    let replies = client.stream(&word);
    assert_eq!(texts_of_replies(&replies), "سبعة");
    assert!(replies.iter().all(|reply| reply.get("warning").is_none()));
}
