//! Sessions on a test model, so that no native engine is needed.

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

use voice_core::stt::{Ending, Model, ModelInfo, Recognizer, RecognizerOptions, SampleRates};
use voice_core::{Alternative, Error, ErrorKind, Result, SttOptions, Transcript, VadMode, Word};

use super::event::{voice_end_reason, voice_stt_event_type};
use super::*;
use crate::text::voice_text;

/// Recognizes one word in any audio; fails or panics on request.
struct Fake {
    info: ModelInfo,
    at_push: fn() -> Result<()>,
}

struct FakeRecognizer(Arc<Fake>);

fn info(name: &str) -> ModelInfo {
    ModelInfo {
        name: name.to_owned(),
        engine: "fake",
        takes_grammar: true,
        sample_rates: SampleRates::ONE,
        adapts: false,
    }
}

impl Model for Fake {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn recognizer(self: Arc<Self>, _: &RecognizerOptions) -> Result<Box<dyn Recognizer>> {
        Ok(Box::new(FakeRecognizer(self)))
    }

    fn knows(&self, _: &str) -> bool {
        true
    }
}

impl Recognizer for FakeRecognizer {
    fn push(&mut self, _: &[i16]) -> Result<()> {
        (self.0.at_push)()
    }

    fn partial(&mut self) -> Result<String> {
        Ok("با".to_owned())
    }

    fn finish(&mut self, _: Ending) -> Result<Transcript> {
        let word = |confidence| Word { text: "باب".to_owned(), start_ms: 10, end_ms: 20, confidence };
        let reading =
            |score, words| Alternative { text: "باب".to_owned(), score, words: vec![word(None); words] };
        Ok(Transcript {
            text: "باب".to_owned(),
            words: vec![word(Some(0.5)), word(None)],
            alternatives: vec![reading(9.0, 1), reading(7.5, 0)],
            ..Transcript::default()
        })
    }
}

/// A session that recognizes one word, with its times, in any audio.
pub(crate) fn session(at_push: fn() -> Result<()>) -> SttSession {
    let options = SttOptions { vad: VadMode::Always, words: true, ..SttOptions::default() };
    SttSession::new(vec![Arc::new(Fake { info: info("fake"), at_push })], options).unwrap()
}

/// A session handle as a C host holds it.
struct Handle(Option<NonNull<voice_stt>>);

// SAFETY: a session may be used from any thread.
unsafe impl Sync for Handle {}

impl Handle {
    /// A session whose first event has been taken.
    fn new(at_push: fn() -> Result<()>) -> Self {
        let handle = Self::unread(at_push);
        assert!(handle.next().unwrap().is_some());
        handle
    }

    fn unread(at_push: fn() -> Result<()>) -> Self {
        Self::of(session(at_push))
    }

    fn of(session: SttSession) -> Self {
        let session = Box::new(voice_stt::new(session, Some(SampleEncoding::PcmI16)));
        Self(NonNull::new(Box::into_raw(session)))
    }

    fn push(&self, audio: &[u8]) -> voice_code {
        // SAFETY: the session lives, and so does the slice.
        code(unsafe { voice_stt_push(self.0, audio.as_ptr().cast(), audio.len()) })
    }

    fn update(&self, options: &voice_stt_options, fields: u32) -> voice_code {
        // SAFETY: the session lives, and so do the options and what they point to.
        code(unsafe { voice_stt_update(self.0, None, options, fields) })
    }

    fn flush(&self) -> voice_code {
        // SAFETY: the session lives.
        code(unsafe { voice_stt_flush(self.0) })
    }

    fn finish(&self) -> voice_code {
        // SAFETY: the session lives.
        code(unsafe { voice_stt_finish(self.0) })
    }

    /// The next event. The next call invalidates it, which the borrow checker does not know.
    fn next(&self) -> std::result::Result<Option<&voice_stt_event>, voice_code> {
        let mut event = MaybeUninit::uninit();
        // SAFETY: the session lives.
        match code(unsafe { voice_stt_next(self.0, Some(&mut event)) }) {
            // SAFETY: written on success, and valid until the next call.
            voice_code::Ok => Ok(unsafe { event.assume_init().as_ref() }),
            code => Err(code),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: made from a box in `new`, freed here only.
        voice_stt_free(self.0.map(|stt| unsafe { Box::from_raw(stt.as_ptr()) }));
    }
}

pub(crate) fn code(error: Option<Box<voice_error>>) -> voice_code {
    error.map_or(voice_code::Ok, |error| error.code())
}

pub(crate) fn text(text: voice_text) -> &'static str {
    // SAFETY: texts of the library are NUL-terminated, and tests read them before the next call.
    let with_nul = unsafe { CStr::from_ptr(text.ptr) };
    assert_eq!(with_nul.count_bytes(), text.len);
    with_nul.to_str().unwrap()
}

const SECOND: &[u8] = &[0; 32_000];

#[test]
fn events_have_all_fields() {
    let stt = Handle::unread(|| Ok(()));
    assert_eq!(stt.push(SECOND), voice_code::Ok);
    let event = stt.next().unwrap().unwrap();
    assert_eq!((event.r#type, text(event.text)), (voice_stt_event_type::Ready, "fake"));
    let event = stt.next().unwrap().unwrap();
    assert_eq!(event.r#type, voice_stt_event_type::SpeechStarted);
    assert_eq!((event.text.len, event.words_len, event.alternatives_len), (0, 0, 0));
    assert_eq!(text(event.text), "");

    let event = stt.next().unwrap().unwrap();
    assert_eq!((event.r#type, text(event.text)), (voice_stt_event_type::Partial, "با"));
    assert!(stt.next().unwrap().is_none());

    assert_eq!(stt.flush(), voice_code::Ok);
    let event = stt.next().unwrap().unwrap();
    assert_eq!((event.r#type, text(event.text)), (voice_stt_event_type::Final, "باب"));
    assert_eq!(event.struct_size as usize, size_of::<voice_stt_event>());
    assert!(event.end_ms > event.start_ms);
    // SAFETY: valid until the next call.
    let words = unsafe { std::slice::from_raw_parts(event.words, event.words_len) };
    let seen: Vec<_> = words.iter().map(|word| (text(word.text), word.confidence)).collect();
    assert_eq!(seen, [("باب", 0.5), ("باب", -1.0)]);
    // SAFETY: valid until the next call.
    let readings = unsafe { std::slice::from_raw_parts(event.alternatives, event.alternatives_len) };
    assert_eq!(readings.iter().map(|reading| reading.words_len).collect::<Vec<_>>(), [1, 0]);
    assert_eq!((text(readings[1].text), readings[1].score), ("باب", 7.5));
    // SAFETY: one word, valid until the next call.
    assert_eq!(text(unsafe { (*readings[0].words).text }), "باب");

    let event = stt.next().unwrap().unwrap();
    let expected = (voice_stt_event_type::SpeechEnded, voice_end_reason::Flushed);
    assert_eq!((event.r#type, event.end_reason), expected);
    assert!(stt.next().unwrap().is_none());
}

#[test]
fn next_call_ends_event() {
    let stt = Handle::new(|| Ok(()));
    assert_eq!(stt.push(SECOND), voice_code::Ok);
    assert!(stt.next().unwrap().is_some());
    assert_eq!(stt.push(&[]), voice_code::Ok);
    // SAFETY: the session lives, and no other thread uses it.
    let state = &unsafe { stt.0.unwrap().as_ref() }.state;
    assert!(state.with(|state| Ok(state.event.is_none())).unwrap());
}

#[test]
fn push_after_finish_fails() {
    let stt = Handle::new(|| Ok(()));
    assert_eq!(stt.push(SECOND), voice_code::Ok);
    assert_eq!(stt.finish(), voice_code::Ok);
    for refused in [stt.push(SECOND), stt.push(&[]), stt.flush(), stt.finish()] {
        assert_eq!(refused, voice_code::SessionEnded);
    }
    let mut seen = Vec::new();
    while let Some(event) = stt.next().unwrap() {
        seen.push(event.r#type);
    }
    let expected =
        [voice_stt_event_type::SpeechStarted, voice_stt_event_type::Final, voice_stt_event_type::SpeechEnded];
    assert_eq!(seen, expected);
}

#[test]
fn incomplete_last_sample_is_an_error() {
    let stt = Handle::new(|| Ok(()));
    assert_eq!(stt.push(&SECOND[1..]), voice_code::Ok);
    assert_eq!(stt.finish(), voice_code::AudioMisaligned);
    assert!(stt.next().unwrap().is_some());
}

#[test]
fn wrong_arguments_have_codes() {
    let stt = Handle::new(|| Ok(()));
    let audio = SECOND.as_ptr().cast();
    // SAFETY: NULL and impossible lengths are refused before anything is read.
    unsafe {
        assert_eq!(code(voice_stt_push(None, audio, 2)), voice_code::ArgumentNull);
        assert_eq!(code(voice_stt_push(stt.0, std::ptr::null(), 2)), voice_code::ArgumentNull);
        assert_eq!(code(voice_stt_push(stt.0, std::ptr::null(), 0)), voice_code::Ok);
        assert_eq!(code(voice_stt_push(stt.0, audio, usize::MAX)), voice_code::ArgumentInvalid);
        assert_eq!(code(voice_stt_push(stt.0, audio, 17 << 20)), voice_code::MessageTooLarge);
        assert_eq!(code(voice_stt_flush(None)), voice_code::ArgumentNull);
        assert_eq!(code(voice_stt_finish(None)), voice_code::ArgumentNull);
        assert_eq!(code(voice_stt_next(None, Some(&mut MaybeUninit::uninit()))), voice_code::ArgumentNull);
    }
    voice_stt_free(None);
}

#[test]
fn missing_output_loses_no_event() {
    let stt = Handle::new(|| Ok(()));
    assert_eq!(stt.push(SECOND), voice_code::Ok);
    // SAFETY: the session lives.
    assert_eq!(code(unsafe { voice_stt_next(stt.0, None) }), voice_code::ArgumentNull);
    assert_eq!(stt.next().unwrap().unwrap().r#type, voice_stt_event_type::SpeechStarted);
}

#[test]
fn simultaneous_call_is_busy() {
    static INSIDE: Barrier = Barrier::new(2);
    static LEAVE: Barrier = Barrier::new(2);
    static ENTERED: AtomicBool = AtomicBool::new(false);
    let stt = Handle::new(|| {
        if !ENTERED.swap(true, Ordering::Relaxed) {
            INSIDE.wait();
            LEAVE.wait();
        }
        Ok(())
    });
    std::thread::scope(|threads| {
        let busy = threads.spawn(|| stt.push(SECOND));
        INSIDE.wait();
        let refused = [stt.push(SECOND), stt.flush(), stt.finish(), stt.next().map(drop).unwrap_err()];
        LEAVE.wait();
        assert_eq!(refused, [voice_code::Busy; 4]);
        assert_eq!(busy.join().unwrap(), voice_code::Ok);
    });
    assert!(stt.next().unwrap().is_some());
}

#[test]
fn failing_engine_loses_only_the_utterance() {
    let stt = Handle::new(|| Err(Error::new(ErrorKind::EngineFailed, "injected")));
    for _ in 0..2 {
        assert_eq!(stt.push(SECOND), voice_code::EngineFailed);
        assert!(stt.next().unwrap().is_none(), "no start without an end");
    }
}

#[test]
fn panic_ends_the_session_only() {
    let stt = Handle::new(|| panic!("injected"));
    assert_eq!(stt.push(SECOND), voice_code::Internal);
    assert_eq!(stt.push(SECOND), voice_code::Internal);
    assert_eq!(stt.next().map(drop), Err(voice_code::Internal));
}

/// The options with all defaults.
fn defaults() -> voice_stt_options {
    // SAFETY: all-zero bytes are valid options.
    let options: voice_stt_options = unsafe { MaybeUninit::zeroed().assume_init() };
    voice_stt_options { struct_size: size_of::<voice_stt_options>() as u32, ..options }
}

/// The finals of an utterance that ends now: the number of words of each.
fn words_of_utterance(stt: &Handle) -> Vec<usize> {
    assert_eq!((stt.push(SECOND), stt.flush()), (voice_code::Ok, voice_code::Ok));
    let mut words = Vec::new();
    while let Some(event) = stt.next().unwrap() {
        if event.r#type == voice_stt_event_type::Final {
            words.push(event.words_len);
        }
    }
    words
}

#[test]
fn update_changes_the_named_fields_only() {
    let stt = Handle::new(|| Ok(()));
    assert_eq!(words_of_utterance(&stt), [2]);
    // `words` is 0 here, but not named.
    assert_eq!(stt.update(&defaults(), voice_stt_field::MaxAlternatives as u32), voice_code::Ok);
    assert_eq!(words_of_utterance(&stt), [2]);
    assert_eq!(stt.update(&defaults(), voice_stt_field::Words as u32), voice_code::Ok);
    assert_eq!(words_of_utterance(&stt), [0]);
    assert_eq!(stt.update(&defaults(), 0), voice_code::Ok);
    // Within an utterance it waits for the end.
    assert_eq!(stt.push(SECOND), voice_code::Ok);
    let words = voice_stt_options { words: 1, ..defaults() };
    assert_eq!(stt.update(&words, voice_stt_field::Words as u32), voice_code::Ok);
    assert_eq!(words_of_utterance(&stt), [0]);
    assert_eq!(words_of_utterance(&stt), [2]);
}

#[test]
fn refused_update_changes_nothing() {
    let stt = Handle::new(|| Ok(()));
    let (words, endpoint) = (voice_stt_field::Words as u32, voice_stt_field::Endpoint as u32);
    let bad = voice_stt_options { silence_ms: 1, ..defaults() };
    assert_eq!(stt.update(&bad, words | endpoint), voice_code::OptionInvalid);
    assert_eq!(stt.update(&voice_stt_options { words: 2, ..defaults() }, words), voice_code::OptionInvalid);
    assert_eq!(stt.update(&defaults(), words | 32), voice_code::Unsupported);
    assert_eq!(stt.update(&defaults(), u32::MAX), voice_code::Unsupported);
    let alternatives = voice_stt_field::MaxAlternatives as u32;
    let bad = voice_stt_options { max_alternatives: 11, ..defaults() };
    assert_eq!(stt.update(&bad, words | alternatives), voice_code::OptionInvalid);
    let grammar = voice_stt_options { grammar_len: 1, ..defaults() };
    assert_eq!(stt.update(&grammar, words | voice_stt_field::Grammar as u32), voice_code::ArgumentNull);
    let language = voice_stt_field::Language as u32;
    assert_eq!(stt.update(&defaults(), words | language), voice_code::ArgumentNull, "no language");
    let english = voice_stt_options { language: c"en".as_ptr(), ..defaults() };
    assert_eq!(stt.update(&english, words | language), voice_code::ArgumentNull, "no engine");
    assert_eq!(
        stt.update(&voice_stt_options { struct_size: 3, ..defaults() }, words),
        voice_code::ArgumentInvalid
    );
    assert_eq!(words_of_utterance(&stt), [2]);
    assert_eq!(stt.finish(), voice_code::Ok);
    assert_eq!(stt.update(&defaults(), words), voice_code::SessionEnded);
    // SAFETY: NULL is refused.
    assert_eq!(code(unsafe { voice_stt_update(None, None, &defaults(), 0) }), voice_code::ArgumentNull);
}

#[test]
fn fallback_is_told_of() {
    let failing = || Err(Error::new(ErrorKind::EngineFailed, "injected"));
    let options = SttOptions { vad: VadMode::Always, ..SttOptions::default() };
    let models = [("first", failing as fn() -> Result<()>), ("second", || Ok(()))];
    let models = models.map(|(name, at_push)| Arc::new(Fake { info: info(name), at_push }) as Arc<dyn Model>);
    let session = SttSession::new(models.into(), options).unwrap();
    let stt = Handle::of(session);
    assert_eq!((stt.push(SECOND), stt.flush()), (voice_code::Ok, voice_code::Ok));
    let mut seen = Vec::new();
    while let Some(event) = stt.next().unwrap() {
        seen.push((event.r#type, event.code, text(event.text).to_owned()));
    }
    let types: Vec<_> = seen.iter().map(|(kind, ..)| *kind).collect();
    let expected = [
        voice_stt_event_type::Ready,
        voice_stt_event_type::Warning,
        voice_stt_event_type::ModelChanged,
        voice_stt_event_type::SpeechStarted,
        voice_stt_event_type::Final,
        voice_stt_event_type::SpeechEnded,
    ];
    assert_eq!(types, expected);
    assert_eq!(seen[1].1, voice_code::ModelFallback);
    assert!(seen[1].2.contains("first") && seen[1].2.contains("injected"), "{}", seen[1].2);
    assert_eq!((seen[2].1, seen[2].2.as_str()), (voice_code::Ok, "second"));
}
