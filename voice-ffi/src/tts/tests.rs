//! Sessions on a test voice, so that no native engine is needed.

use std::ffi::CStr;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use voice_core::tts::{ClauseCache, Clock, Rendering, Speech, Style, TtsOptions, Voice, VoiceInfo};
use voice_core::{Error, ErrorKind, Result};

use super::*;
use crate::text::voice_text;

/// Renders 0.2 s for each clause; fails or panics on request.
struct Fake {
    info: VoiceInfo,
    at_chunk: fn(&Canceller) -> Result<()>,
}

struct Mouth {
    at_chunk: fn(&Canceller) -> Result<()>,
    cancel: Canceller,
    left: u32,
}

impl Voice for Fake {
    fn info(&self) -> &VoiceInfo {
        &self.info
    }

    fn render(self: Arc<Self>, _: &[Speech], _: &Style, cancel: &Canceller) -> Result<Box<dyn Rendering>> {
        Ok(Box::new(Mouth { at_chunk: self.at_chunk, cancel: cancel.clone(), left: 2 }))
    }
}

impl Rendering for Mouth {
    fn next_chunk(&mut self, _ahead: Duration) -> Result<Option<Vec<f32>>> {
        (self.at_chunk)(&self.cancel)?;
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        Ok(Some(vec![0.25; 1_600]))
    }
}

/// A session whose voice takes 0.2 s for each clause.
pub(crate) fn session(at_chunk: fn(&Canceller) -> Result<()>) -> TtsSession {
    let info = VoiceInfo {
        name: "fake".to_owned(),
        engine: "fake",
        language: "en".parse().unwrap(),
        sample_rate: 16_000,
        speakers: Vec::new(),
        streams: true,
    };
    let voices: Vec<Arc<dyn Voice>> = vec![Arc::new(Fake { info, at_chunk })];
    TtsSession::new(voices, TtsOptions::default(), Arc::new(ClauseCache::new(0)), Clock::default()).unwrap()
}

/// A session handle as a C host holds it.
struct Handle(Option<NonNull<voice_tts>>);

// SAFETY: a session may be used from any thread.
unsafe impl Sync for Handle {}

impl Handle {
    /// A session whose first event has been taken.
    fn new(at_chunk: fn(&Canceller) -> Result<()>) -> Self {
        let handle = Self::unread(at_chunk);
        assert!(handle.next().unwrap().is_some());
        handle
    }

    fn unread(at_chunk: fn(&Canceller) -> Result<()>) -> Self {
        Self(NonNull::new(Box::into_raw(Box::new(voice_tts::new(session(at_chunk))))))
    }

    fn push(&self, text: &str) -> voice_code {
        // SAFETY: the session lives, and so does the text.
        code(unsafe { voice_tts_push(self.0, text.as_ptr().cast(), text.len()) })
    }

    fn push_ssml(&self, document: &str) -> voice_code {
        // SAFETY: the session lives, and so does the text.
        code(unsafe { voice_tts_push_ssml(self.0, document.as_ptr().cast(), document.len()) })
    }

    fn flush(&self) -> voice_code {
        // SAFETY: the session lives.
        code(unsafe { voice_tts_flush(self.0) })
    }

    fn finish(&self) -> voice_code {
        // SAFETY: the session lives.
        code(unsafe { voice_tts_finish(self.0) })
    }

    fn cancel(&self) -> voice_code {
        // SAFETY: the session lives.
        code(unsafe { voice_tts_cancel(self.0) })
    }

    /// The next event. The next call invalidates it, which the borrow checker does not know.
    fn next(&self) -> std::result::Result<Option<&voice_tts_event>, voice_code> {
        let mut event = MaybeUninit::uninit();
        // SAFETY: the session lives.
        match code(unsafe { voice_tts_next(self.0, Some(&mut event)) }) {
            // SAFETY: written on success, and valid until the next call.
            voice_code::Ok => Ok(unsafe { event.assume_init().as_ref() }),
            code => Err(code),
        }
    }

    /// The types of all events until more text is needed.
    fn types(&self) -> Vec<voice_tts_event_type> {
        std::iter::from_fn(|| self.next().unwrap().map(|event| event.r#type)).collect()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: made from a box in `unread`, freed here only.
        voice_tts_free(self.0.map(|tts| unsafe { Box::from_raw(tts.as_ptr()) }));
    }
}

fn code(error: Option<Box<voice_error>>) -> voice_code {
    error.map_or(voice_code::Ok, |error| error.code())
}

fn text(text: voice_text) -> &'static str {
    // SAFETY: texts of the library are NUL-terminated, and tests read them before the next call.
    let with_nul = unsafe { CStr::from_ptr(text.ptr) };
    assert_eq!(with_nul.count_bytes(), text.len);
    with_nul.to_str().unwrap()
}

#[test]
fn audio_event_has_times_and_text_range() {
    let tts = Handle::unread(|_| Ok(()));
    let ready = tts.next().unwrap().unwrap();
    assert_eq!((ready.r#type, text(ready.text)), (voice_tts_event_type::Ready, "fake"));
    assert_eq!((ready.struct_size as usize, ready.sample_rate), (size_of::<voice_tts_event>(), 16_000));
    assert_eq!(tts.push("Hello. "), voice_code::Ok);
    assert_eq!(tts.push("World."), voice_code::Ok);
    assert_eq!(tts.finish(), voice_code::Ok);
    let (mut bytes, mut end_ms, mut spoken) = (0, 0, 0);
    loop {
        let event = tts.next().unwrap().unwrap();
        assert_eq!(event.start_ms, bytes as u64 / 32);
        if event.r#type == voice_tts_event_type::Finished {
            break;
        }
        assert_eq!(event.r#type, voice_tts_event_type::Audio);
        assert!(event.audio.cast::<f32>().is_aligned() && event.audio_len.is_multiple_of(2));
        // SAFETY: valid until the next call, and aligned.
        let samples = unsafe { std::slice::from_raw_parts(event.audio.cast::<i16>(), event.audio_len / 2) };
        assert!(samples.iter().all(|sample| (-1..=8_193).contains(sample)), "{samples:?}");
        spoken += samples.iter().filter(|sample| **sample > 8_000).count();
        assert!(event.text_start < event.text_end && event.text_end <= "Hello. World.".len());
        assert!(event.start_ms >= end_ms);
        end_ms = event.end_ms;
        bytes += event.audio_len;
    }
    // Two clauses of 3,200 samples, a few of them faded.
    assert!(spoken > 5_000, "{spoken}");
    assert!(tts.next().unwrap().is_none());
}

#[test]
fn marks_and_warnings_are_events() {
    let tts = Handle::new(|_| Ok(()));
    let document = r#"<speak>One.<mark name="here"/><unheard>Two.</unheard></speak>"#;
    assert_eq!(tts.push_ssml(document), voice_code::Ok);
    let warning = tts.next().unwrap().unwrap();
    assert_eq!((warning.r#type, warning.code), (voice_tts_event_type::Warning, voice_code::SsmlInvalid));
    assert!(text(warning.text).contains("unheard"), "{}", text(warning.text));
    let mark = std::iter::from_fn(|| tts.next().unwrap())
        .find(|event| event.r#type == voice_tts_event_type::Mark)
        .unwrap();
    assert_eq!(text(mark.text), "here");
    assert!(mark.start_ms > 0 && mark.start_ms == mark.end_ms);
    assert_eq!(tts.push_ssml("<speak>"), voice_code::SsmlInvalid);
}

#[test]
fn text_without_words_is_a_warning() {
    let tts = Handle::new(|_| Ok(()));
    assert_eq!(tts.push("... \u{200b}—"), voice_code::Ok);
    assert_eq!(tts.finish(), voice_code::Ok);
    let warning = tts.next().unwrap().unwrap();
    assert_eq!((warning.r#type, warning.code), (voice_tts_event_type::Warning, voice_code::TextEmpty));
    assert_eq!(tts.next().unwrap().unwrap().r#type, voice_tts_event_type::Finished);
}

/// An array of a struct that is not freed yet.
fn slice<'a, T>(items: *const T, len: usize) -> &'a [T] {
    if len == 0 {
        return &[];
    }
    // SAFETY: the array has the length that its struct names.
    unsafe { std::slice::from_raw_parts(items, len) }
}

#[test]
fn explanation_has_clauses_and_warnings() {
    let tts = Handle::new(|_| Ok(()));
    let explain = |text: &str, is_ssml: u32| {
        let mut out = MaybeUninit::uninit();
        // SAFETY: the session lives, and so does the text.
        let code = code(unsafe {
            voice_tts_explain(tts.0, text.as_ptr().cast(), text.len(), is_ssml, Some(&mut out))
        });
        assert_eq!(code, voice_code::Ok);
        // SAFETY: written on success.
        unsafe { out.assume_init() }
    };
    let explanation = explain("Take 5 mg. Then محمد waits.", 0);
    // SAFETY: not freed yet.
    let view = unsafe { &*explanation };
    assert_eq!(view.struct_size as usize, size_of::<voice_tts_explanation>());
    let clauses = slice(view.clauses, view.clauses_len);
    let [first, second] = clauses else { panic!("{}", clauses.len()) };
    assert_eq!((text(first.text), text(first.language)), ("Take 5 mg.", "en"));
    assert_eq!((first.text_start, first.text_end, second.text_start), (0, 10, 11));
    let [passage] = slice(first.passages, first.passages_len) else { panic!("one voice") };
    assert_eq!((text(passage.voice), text(passage.language)), ("fake", "en"));
    assert_eq!((text(passage.spoken), text(passage.phonemes)), ("Take five milligrams.", ""));
    let [passage] = slice(second.passages, second.passages_len) else { panic!("one voice") };
    assert_eq!(text(passage.spoken), "Then Muhammad waits.");
    assert_eq!(view.warnings_len, 0);
    // SAFETY: returned by the call above.
    unsafe { voice_tts_explanation_free(explanation) };
    let explanation = explain("<speak><x>...</x></speak>", 1);
    // SAFETY: not freed yet.
    let view = unsafe { &*explanation };
    let codes: Vec<_> = slice(view.warnings, view.warnings_len).iter().map(|warning| warning.code).collect();
    assert_eq!((view.clauses_len, &codes[..]), (0, &[voice_code::SsmlInvalid, voice_code::TextEmpty][..]));
    // SAFETY: returned by the call above.
    unsafe { voice_tts_explanation_free(explanation) };
    assert!(tts.next().unwrap().is_none(), "nothing was pushed");
}

#[test]
fn text_waits_for_clause_end_or_flush() {
    let tts = Handle::new(|_| Ok(()));
    assert_eq!(tts.push("Hel"), voice_code::Ok);
    assert!(tts.next().unwrap().is_none());
    assert_eq!(tts.flush(), voice_code::Ok);
    assert_eq!(tts.next().unwrap().unwrap().r#type, voice_tts_event_type::Audio);
}

#[test]
fn refused_text_can_be_pushed_again() {
    let tts = Handle::new(|_| Ok(()));
    let text = "A. ".repeat(200_000);
    assert_eq!(tts.push(&text), voice_code::Ok);
    // SAFETY: the session lives, and so does the text.
    let push = |text: &[u8]| code(unsafe { voice_tts_push(tts.0, text.as_ptr().cast(), text.len()) });
    let cut = &"ب".repeat(400_000).into_bytes()[..799_999];
    assert_eq!(push(cut), voice_code::TextTooLarge);
    assert_eq!(push(cut), voice_code::TextTooLarge);
    assert_eq!(push(b"B."), voice_code::Ok, "no part of a character is left");
    assert_eq!(tts.push(&"x".repeat(MAX_PUSH + 1)), voice_code::TextTooLarge);
}

#[test]
fn incomplete_last_character_is_an_error() {
    let tts = Handle::new(|_| Ok(()));
    // SAFETY: the session lives, and so does the text.
    let push = |text: &[u8]| code(unsafe { voice_tts_push(tts.0, text.as_ptr().cast(), text.len()) });
    assert_eq!(push(b"One \xd9"), voice_code::Ok);
    assert_eq!(push(b"\x84 two. \xd9"), voice_code::Ok);
    assert_eq!(tts.finish(), voice_code::ArgumentInvalid);
    assert_eq!(tts.types().last(), Some(&voice_tts_event_type::Finished));
}

#[test]
fn push_after_finish_fails() {
    let tts = Handle::new(|_| Ok(()));
    assert_eq!(tts.push("Hello."), voice_code::Ok);
    assert_eq!(tts.finish(), voice_code::Ok);
    for refused in [tts.push("x"), tts.push_ssml("<speak/>"), tts.flush(), tts.finish()] {
        assert_eq!(refused, voice_code::SessionEnded);
    }
    assert_eq!(tts.types().last(), Some(&voice_tts_event_type::Finished));
}

#[test]
fn cancel_does_not_end_the_event() {
    let tts = Handle::new(|_| Ok(()));
    assert_eq!(tts.push("Hello."), voice_code::Ok);
    assert_eq!(tts.flush(), voice_code::Ok);
    assert!(tts.next().unwrap().is_some());
    // SAFETY: the session lives, and no other thread uses it.
    let is_borrowed =
        || unsafe { tts.0.unwrap().as_ref() }.state.with(|state| Ok(state.event.is_some())).unwrap();
    assert_eq!(tts.cancel(), voice_code::Ok);
    assert!(is_borrowed());
    assert_eq!(tts.push(""), voice_code::Ok);
    assert!(!is_borrowed());
}

#[test]
fn wrong_arguments_have_codes() {
    let tts = Handle::new(|_| Ok(()));
    let text = c"text".as_ptr();
    // SAFETY: NULL and impossible lengths are refused before anything is read.
    unsafe {
        assert_eq!(code(voice_tts_push(None, text, 2)), voice_code::ArgumentNull);
        assert_eq!(code(voice_tts_push(tts.0, std::ptr::null(), 2)), voice_code::ArgumentNull);
        assert_eq!(code(voice_tts_push(tts.0, std::ptr::null(), 0)), voice_code::Ok);
        assert_eq!(code(voice_tts_push(tts.0, text, usize::MAX)), voice_code::ArgumentInvalid);
        assert_eq!(code(voice_tts_push(tts.0, c"\xff".as_ptr(), 1)), voice_code::ArgumentInvalid);
        assert_eq!(code(voice_tts_push_ssml(tts.0, c"\xd9".as_ptr(), 1)), voice_code::ArgumentInvalid);
        assert_eq!(code(voice_tts_next(tts.0, None)), voice_code::ArgumentNull);
        assert_eq!(code(voice_tts_cancel(None)), voice_code::ArgumentNull);
    }
    voice_tts_free(None);
}

#[test]
fn cancel_interrupts_next() {
    static INSIDE: Barrier = Barrier::new(2);
    let tts = Handle::new(|cancel| {
        INSIDE.wait();
        // The engine works until it is cancelled.
        while !cancel.is_cancelled() {
            std::thread::yield_now();
        }
        Err(Error::new(ErrorKind::EngineFailed, "stopped"))
    });
    assert_eq!(tts.push("Hello. "), voice_code::Ok);
    assert_eq!(tts.flush(), voice_code::Ok);
    std::thread::scope(|threads| {
        let next = threads.spawn(|| tts.next().unwrap().map(|event| event.r#type));
        INSIDE.wait();
        let refused = [tts.push("x"), tts.flush(), tts.finish(), tts.next().map(drop).unwrap_err()];
        assert_eq!(tts.cancel(), voice_code::Ok);
        assert_eq!(refused, [voice_code::Busy; 4]);
        assert_eq!(next.join().unwrap(), Some(voice_tts_event_type::Cancelled));
    });
}

#[test]
fn text_restarts_after_cancel() {
    let tts = Handle::new(|_| Ok(()));
    // SAFETY: the session lives, and so does the text.
    let push = |text: &[u8]| code(unsafe { voice_tts_push(tts.0, text.as_ptr().cast(), text.len()) });
    assert_eq!(push(b"One. Two \xd9"), voice_code::Ok);
    assert_eq!(tts.cancel(), voice_code::Ok);
    assert_eq!(tts.types(), [voice_tts_event_type::Cancelled]);
    assert_eq!(push("Three.".as_bytes()), voice_code::Ok);
    assert_eq!(tts.finish(), voice_code::Ok);
    assert_eq!(tts.types().first(), Some(&voice_tts_event_type::Audio));
}

#[test]
fn bytes_of_a_dropped_character_are_counted() {
    let tts = Handle::new(|_| Ok(()));
    // SAFETY: the session lives, and so does the text.
    let push = |text: &[u8]| code(unsafe { voice_tts_push(tts.0, text.as_ptr().cast(), text.len()) });
    let span = || {
        assert_eq!(tts.flush(), voice_code::Ok);
        let spans =
            std::iter::from_fn(|| tts.next().unwrap().map(|event| (event.text_start, event.text_end)));
        spans.last().unwrap()
    };
    assert_eq!(push(b"One.\xf0\x90\x8d"), voice_code::Ok);
    assert_eq!(tts.flush(), voice_code::ArgumentInvalid);
    assert_eq!(push(b"Two."), voice_code::Ok);
    assert_eq!(span(), (7, 11));
    assert_eq!(push(b"\xd9"), voice_code::Ok);
    assert_eq!(tts.push_ssml("<speak>Three.</speak>"), voice_code::ArgumentInvalid);
    assert_eq!(push(b"Four."), voice_code::Ok);
    assert_eq!(span(), (12, 17));
    assert_eq!(push(b" \xd9"), voice_code::Ok);
    assert_eq!(tts.cancel(), voice_code::Ok);
    assert_eq!(tts.types(), [voice_tts_event_type::Cancelled]);
    assert_eq!(push(b"Five."), voice_code::Ok);
    assert_eq!(span(), (19, 24));
}

#[test]
fn failing_voice_loses_only_the_clause() {
    let tts = Handle::new(|_| Err(Error::new(ErrorKind::EngineFailed, "injected")));
    assert_eq!(tts.push("One. Two. "), voice_code::Ok);
    assert_eq!(tts.finish(), voice_code::Ok);
    assert_eq!(tts.next().map(drop), Err(voice_code::EngineFailed));
    assert_eq!(tts.next().map(drop), Err(voice_code::EngineFailed));
    assert_eq!(tts.types().last(), Some(&voice_tts_event_type::Finished));
}

#[test]
fn panic_ends_the_session_only() {
    let tts = Handle::new(|_| panic!("injected"));
    assert_eq!(tts.push("Hello."), voice_code::Ok);
    assert_eq!(tts.finish(), voice_code::Ok);
    assert_eq!(tts.next().map(drop), Err(voice_code::Internal));
    assert_eq!(tts.next().map(drop), Err(voice_code::Internal));
    assert_eq!(tts.cancel(), voice_code::Ok);
}

/// Takes the audio up to the next event that is none, and returns the type of that event.
fn take(tts: &Handle, audio: &mut Vec<u8>) -> Option<voice_tts_event> {
    while let Some(event) = tts.next().unwrap() {
        if event.r#type != voice_tts_event_type::Audio {
            return Some(*event);
        }
        assert_eq!(event.start_ms, audio.len() as u64 / 32, "times are contiguous");
        // SAFETY: valid until the next call.
        audio.extend(unsafe { std::slice::from_raw_parts(event.audio.cast::<u8>(), event.audio_len) });
    }
    None
}

fn heard(tts: &Handle) -> (u64, usize) {
    let (mut ms, mut text) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: the session lives; both are written on success.
    unsafe {
        assert_eq!(code(voice_tts_heard(tts.0, Some(&mut ms), Some(&mut text))), voice_code::Ok);
        (ms.assume_init(), text.assume_init())
    }
}

#[test]
fn pause_and_resume_lose_nothing() {
    let spoken = || {
        let tts = Handle::new(|_| Ok(()));
        assert_eq!(tts.push("Hello. World."), voice_code::Ok);
        assert_eq!(tts.finish(), voice_code::Ok);
        tts
    };
    let mut whole = Vec::new();
    take(&spoken(), &mut whole);
    let (tts, mut audio) = (spoken(), Vec::new());
    assert_eq!(take(&tts, &mut audio).unwrap().r#type, voice_tts_event_type::Finished);
    // SAFETY: the session lives.
    unsafe {
        assert_eq!(code(voice_tts_played(tts.0, 100)), voice_code::Ok);
        assert_eq!(heard(&tts).0, 100);
        assert_eq!(code(voice_tts_pause(tts.0)), voice_code::Ok);
    }
    let paused = take(&tts, &mut audio).unwrap();
    assert_eq!((paused.r#type, paused.heard_ms), (voice_tts_event_type::Paused, 100));
    assert_eq!((paused.text_start, paused.text_end, paused.end_ms), (0, 6, whole.len() as u64 / 32));
    assert!(tts.next().unwrap().is_none());
    audio.truncate(100 * 32);
    // SAFETY: the session lives.
    assert_eq!(code(unsafe { voice_tts_resume(tts.0) }), voice_code::Ok);
    assert_eq!(take(&tts, &mut audio).unwrap().r#type, voice_tts_event_type::Finished);
    assert!(audio == whole);
    // SAFETY: the session lives.
    assert_eq!(code(unsafe { voice_tts_played(tts.0, u64::MAX) }), voice_code::Ok);
    assert_eq!(heard(&tts), (whole.len() as u64 / 32, 13));
}

#[test]
fn cancel_tells_what_was_heard() {
    let tts = Handle::new(|_| Ok(()));
    assert_eq!(tts.push("Hello. World. "), voice_code::Ok);
    assert!(take(&tts, &mut Vec::new()).is_none());
    // SAFETY: the session lives.
    unsafe {
        assert_eq!(code(voice_tts_played(tts.0, 210)), voice_code::Ok);
        assert_eq!(code(voice_tts_pause(tts.0)), voice_code::Ok);
    }
    assert_eq!(tts.cancel(), voice_code::Ok);
    let cancelled = *tts.next().unwrap().unwrap();
    assert_eq!((cancelled.r#type, cancelled.heard_ms), (voice_tts_event_type::Cancelled, 210));
    assert_eq!((cancelled.heard_text, cancelled.text_start, cancelled.text_end), (6, 0, 6));
}

#[test]
fn other_threads_pause_and_report_during_a_call() {
    static INSIDE: Barrier = Barrier::new(2);
    let tts = Handle::new(|_| {
        INSIDE.wait();
        INSIDE.wait();
        Ok(())
    });
    assert_eq!(tts.push("Hello. "), voice_code::Ok);
    std::thread::scope(|threads| {
        let next = threads.spawn(|| tts.next().unwrap().map(|event| event.r#type));
        INSIDE.wait();
        // SAFETY: the session lives.
        unsafe {
            assert_eq!(code(voice_tts_played(tts.0, 100)), voice_code::Ok);
            assert_eq!(code(voice_tts_pause(tts.0)), voice_code::Ok);
        }
        assert_eq!(heard(&tts), (0, 0));
        INSIDE.wait();
        assert_eq!(next.join().unwrap(), Some(voice_tts_event_type::Paused), "no audio after the pause");
    });
}

#[test]
fn update_within_a_character_is_refused() {
    let tts = Handle::new(|_| Ok(()));
    let update = |speed, fields| {
        let options = voice_tts_options { speed, ..crate::options::tests::zero() };
        // SAFETY: the session lives, and the options are whole.
        code(unsafe { voice_tts_update(tts.0, None, &raw const options, fields) })
    };
    let speed = voice_tts_field::Speed as u32;
    assert_eq!(update(2.0, speed), voice_code::Ok);
    assert_eq!(update(9.0, speed), voice_code::OptionInvalid);
    assert_eq!(update(1.0, 1 << 20), voice_code::Unsupported);
    // SAFETY: the session lives, and so does the text.
    let push = |text: &[u8]| code(unsafe { voice_tts_push(tts.0, text.as_ptr().cast(), text.len()) });
    assert_eq!(push(b"One \xd9"), voice_code::Ok);
    assert_eq!(update(1.0, speed), voice_code::ArgumentInvalid);
    assert_eq!(push(b"\x84. "), voice_code::Ok);
    assert_eq!(update(1.0, speed), voice_code::Ok);
    assert_eq!(tts.finish(), voice_code::Ok);
    assert_eq!(update(1.0, speed), voice_code::SessionEnded);
}
