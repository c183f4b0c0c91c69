//! Dialogs on a test model and a test voice, so that no native engine is needed.

use std::ffi::CString;
use std::sync::Barrier;
use std::sync::atomic::AtomicBool;

use voice_core::Result;
use voice_core::dialog::{BargeIn, Decider, TurnEndRules};
use voice_core::tts::Canceller;

use super::voice_dialog_event_type as types;
use super::*;
use crate::stt::tests::{code, session as stt_session, text};
use crate::tts::tests::session as tts_session;

/// A dialog handle as a C host holds it.
struct Handle(Option<NonNull<voice_dialog>>);

// SAFETY: a dialog may be used from any thread.
unsafe impl Sync for Handle {}

/// What tests look at in an event.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    kind: types,
    id: String,
    text: String,
    code: voice_code,
    run: u32,
    start_ms: u64,
    end_ms: u64,
}

/// The application decides, and no time passes for the rules, which have seconds.
fn rules() -> DialogOptions {
    DialogOptions {
        barge_in: BargeIn {
            decider: Decider::Application,
            decision_ms: 10_000,
            warm_up_ms: 0,
            ..BargeIn::default()
        },
        turn_end: TurnEndRules { audio_gap_ms: 60_000, idle_ms: 600_000, ..TurnEndRules::default() },
        ..DialogOptions::default()
    }
}

impl Handle {
    fn new() -> Self {
        Self::of(|| Ok(()), |_| Ok(()))
    }

    /// The player gets half a minute of audio in advance.
    fn of(at_push: fn() -> Result<()>, at_chunk: fn(&Canceller) -> Result<()>) -> Self {
        let (stt, tts) = (stt_session(at_push), tts_session(at_chunk));
        let ahead = Duration::from_secs(30);
        let dialog = voice_dialog::new(stt, tts, Some(SampleEncoding::PcmI16), rules(), ahead).unwrap();
        Self(NonNull::new(Box::into_raw(Box::new(dialog))))
    }

    fn push(&self, audio: &[u8]) -> voice_code {
        // SAFETY: the dialog lives, and so does the slice.
        code(unsafe { voice_dialog_push(self.0, audio.as_ptr().cast(), audio.len()) })
    }

    fn listen(&self) -> voice_code {
        self.listen_for(0)
    }

    fn listen_for(&self, wait_ms: u32) -> voice_code {
        // SAFETY: the dialog lives.
        code(unsafe { voice_dialog_listen(self.0, wait_ms) })
    }

    fn speak(&self) -> voice_code {
        self.speak_for(0)
    }

    fn speak_for(&self, wait_ms: u32) -> voice_code {
        // SAFETY: the dialog lives.
        code(unsafe { voice_dialog_speak(self.0, wait_ms) })
    }

    fn say(&self, id: &str, text: &str, flags: u32) -> voice_code {
        let id = CString::new(id).unwrap();
        // SAFETY: the dialog lives, and so do the texts.
        code(unsafe { voice_dialog_say(self.0, id.as_ptr(), text.as_ptr().cast(), text.len(), flags) })
    }

    fn append(&self, id: &str, text: &[u8]) -> voice_code {
        let id = CString::new(id).unwrap();
        // SAFETY: the dialog lives, and so do the texts.
        code(unsafe { voice_dialog_append(self.0, id.as_ptr(), text.as_ptr().cast(), text.len()) })
    }

    fn flush(&self, id: &str) -> voice_code {
        let id = CString::new(id).unwrap();
        // SAFETY: the dialog lives, and so does the id.
        code(unsafe { voice_dialog_flush(self.0, id.as_ptr()) })
    }

    fn clear(&self) -> voice_code {
        // SAFETY: the dialog lives.
        code(unsafe { voice_dialog_clear(self.0) })
    }

    fn played(&self, run: u32, ms: u64) {
        // SAFETY: the dialog lives.
        assert_eq!(code(unsafe { voice_dialog_played(self.0, run, ms) }), voice_code::Ok);
    }

    /// The next event. The next call of this function invalidates it, which the borrow checker does not know.
    fn next(&self) -> std::result::Result<Option<&voice_dialog_event>, voice_code> {
        self.next_for(0)
    }

    fn next_for(&self, wait_ms: u32) -> std::result::Result<Option<&voice_dialog_event>, voice_code> {
        let mut event = MaybeUninit::uninit();
        // SAFETY: the dialog lives.
        match code(unsafe { voice_dialog_next(self.0, wait_ms, Some(&mut event)) }) {
            // SAFETY: written on success, and valid until the next call.
            voice_code::Ok => Ok(unsafe { event.assume_init().as_ref() }),
            code => Err(code),
        }
    }

    /// All events until now.
    fn seen(&self) -> Vec<Seen> {
        std::iter::from_fn(|| self.next().unwrap())
            .map(|event| Seen {
                kind: event.r#type,
                id: text(event.id).to_owned(),
                text: text(event.text).to_owned(),
                code: event.code,
                run: event.run,
                start_ms: event.start_ms,
                end_ms: event.end_ms,
            })
            .collect()
    }

    /// All events after both sides did all that they have to do now.
    fn events(&self) -> Vec<Seen> {
        let mut events = Vec::new();
        for _ in 0..128 {
            assert_eq!((self.listen(), self.speak()), (voice_code::Ok, voice_code::Ok));
            events.extend(self.seen());
        }
        events
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: made from a box in `of`, freed here only.
        voice_dialog_free(self.0.map(|dialog| unsafe { Box::from_raw(dialog.as_ptr()) }));
    }
}

/// The types of events, each run of one type once, without words and without those that tell that a side is ready.
fn kinds(events: &[Seen]) -> Vec<types> {
    let mut kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    kinds.retain(|kind| !matches!(kind, types::Listening | types::VoiceReady | types::Word));
    kinds.dedup();
    kinds
}

/// Twenty clauses, which take 4 s.
const LONG: &str = "One. Two. Three. Four. Five. Six. Seven. Eight. Nine. Ten. One. Two. Three. Four. Five. Six. \
                    Seven. Eight. Nine. Ten.";

const SECOND: &[u8] = &[0; 32_000];

#[test]
fn both_sides_are_ready_and_the_voice_speaks() {
    let dialog = Handle::new();
    assert_eq!(dialog.say("a", "Hello.", 0), voice_code::Ok);
    let mut events = dialog.events();
    let word = events.remove(3);
    assert_eq!((word.kind, word.id.as_str(), word.text.as_str()), (types::Word, "a", "Hello."));
    let begin: Vec<_> = events.iter().map(|event| event.kind).take(4).collect();
    assert_eq!(begin, [types::Listening, types::VoiceReady, types::Speaking, types::Audio]);
    assert_eq!(
        (events[0].text.as_str(), events[1].text.as_str(), events[2].id.as_str()),
        ("fake", "fake", "a")
    );
    assert_eq!((events[3].start_ms, events[3].run), (0, 0));
    assert!(events[3].end_ms > 0 && events[4].start_ms >= events[3].end_ms);
    dialog.played(0, 10_000);
    let events = dialog.events();
    assert_eq!((kinds(&events), events[0].id.as_str()), (vec![types::Spoken], "a"));
}

#[test]
fn audio_is_aligned_and_has_its_rate() {
    let dialog = Handle::new();
    assert_eq!(dialog.say("a", "Hello.", 0), voice_code::Ok);
    assert_eq!((dialog.listen(), dialog.speak()), (voice_code::Ok, voice_code::Ok));
    let audio = loop {
        let event = dialog.next().unwrap().unwrap();
        assert_eq!(event.struct_size as usize, size_of::<voice_dialog_event>());
        if event.r#type == types::Audio {
            break event;
        }
    };
    assert_eq!((audio.sample_rate, audio.audio_len % 2), (16_000, 0));
    assert_eq!(audio.audio.addr() % 4, 0);
    // SAFETY: valid until the next event.
    let samples = unsafe { std::slice::from_raw_parts(audio.audio.cast::<i16>(), audio.audio_len / 2) };
    assert!(samples.iter().any(|sample| *sample != 0));
}

#[test]
fn turn_has_its_words() {
    let dialog = Handle::new();
    assert_eq!(dialog.push(SECOND), voice_code::Ok);
    assert_eq!(kinds(&dialog.events()), [types::SpeechStarted, types::Partial]);
    // SAFETY: the dialog lives.
    assert_eq!(code(unsafe { voice_dialog_finalize(dialog.0) }), voice_code::Ok);
    assert_eq!(dialog.listen(), voice_code::Ok);
    let event = dialog.next().unwrap().unwrap();
    assert_eq!((event.r#type, text(event.text)), (types::Final, "باب"));
    // SAFETY: valid until the next event.
    let words = unsafe { std::slice::from_raw_parts(event.words, event.words_len) };
    assert_eq!(words.iter().map(|word| text(word.text)).collect::<Vec<_>>(), ["باب", "باب"]);
    assert_eq!(event.alternatives_len, 2);
    let event = dialog.next().unwrap().unwrap();
    assert_eq!((event.r#type, event.turn_end), (types::TurnEnded, voice_turn_end::Forced));
    assert!(dialog.next().unwrap().is_none());
}

/// A dialog whose user speaks while it says the long text; its event of the pause.
fn interrupted() -> (Handle, Seen) {
    let dialog = Handle::new();
    assert_eq!(dialog.say("a", LONG, 0), voice_code::Ok);
    assert_eq!(dialog.say("b", "Never heard.", 0), voice_code::Ok);
    let events = dialog.events();
    assert_eq!(events.last().unwrap().kind, types::Audio);
    dialog.played(0, 450);
    assert_eq!(dialog.push(&SECOND[..6_400]), voice_code::Ok);
    let events = dialog.events();
    assert_eq!(kinds(&events), [types::SpeechStarted, types::Paused, types::Partial]);
    (dialog, events[1].clone())
}

#[test]
fn rejected_interruption_resumes_where_it_was_heard() {
    let (dialog, paused) = interrupted();
    assert_eq!(paused.run, 1);
    dialog.played(0, 500);
    // SAFETY: the dialog lives.
    assert_eq!(code(unsafe { voice_dialog_reject(dialog.0) }), voice_code::Ok);
    let event = dialog.next().unwrap().unwrap();
    assert_eq!((event.r#type, event.resume_reason), (types::Resumed, voice_resume_reason::Rejected));
    let events = dialog.events();
    let audio = events.iter().find(|event| event.kind == types::Audio).expect("audio");
    assert_eq!((audio.start_ms, audio.run), (500, 1));
    // A late decision changes nothing.
    // SAFETY: the dialog lives.
    assert_eq!(code(unsafe { voice_dialog_confirm(dialog.0) }), voice_code::Ok);
    assert!(dialog.events().iter().all(|event| event.kind != types::Interrupted));
}

#[test]
fn confirmed_interruption_tells_what_was_heard() {
    let (dialog, _) = interrupted();
    dialog.played(0, 500);
    // SAFETY: the dialog lives.
    assert_eq!(code(unsafe { voice_dialog_confirm(dialog.0) }), voice_code::Ok);
    let event = dialog.next().unwrap().unwrap();
    assert_eq!((event.r#type, event.run, event.heard_ms), (types::Interrupted, 2, 500));
    assert!(LONG.starts_with(text(event.text)) && event.text.len > 0);
    // SAFETY: valid until the next event.
    let ids = unsafe { std::slice::from_raw_parts(event.ids, event.ids_len) };
    assert_eq!(ids.iter().map(|id| text(*id)).collect::<Vec<_>>(), ["a", "b"]);
    // The answer comes after the user's turn.
    assert_eq!(dialog.say("c", "Yes.", 0), voice_code::Ok);
    assert!(kinds(&dialog.events()).iter().all(|kind| *kind != types::Audio));
    // SAFETY: the dialog lives.
    assert_eq!(code(unsafe { voice_dialog_finalize(dialog.0) }), voice_code::Ok);
    let expected = [types::Final, types::TurnEnded, types::Resumed, types::Speaking, types::Audio];
    assert_eq!(kinds(&dialog.events()), expected);
}

#[test]
fn clear_drops_what_was_said_before_it_only() {
    let dialog = Handle::new();
    dialog.events();
    // The first request is in progress, the second one waits.
    assert_eq!(dialog.say("a", LONG, 0), voice_code::Ok);
    dialog.events();
    assert_eq!(dialog.say("b", "Two.", 0), voice_code::Ok);
    assert_eq!(dialog.clear(), voice_code::Ok);
    assert_eq!(dialog.say("c", "Three.", 0), voice_code::Ok);
    let events = dialog.events();
    assert_eq!(events[0].kind, types::Interrupted);
    let spoken: Vec<_> = events.iter().filter(|event| event.kind == types::Speaking).collect();
    assert_eq!(spoken.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["c"]);
    // The request that waited is told of too.
    assert_eq!(events.iter().filter(|event| event.kind == types::Interrupted).count(), 2, "{events:?}");
    assert_eq!(dialog.say("d", "Four.", voice_say_flag::Interrupts as u32), voice_code::Ok);
    let events = dialog.events();
    assert_eq!(kinds(&events), [types::Interrupted, types::Speaking, types::Audio]);
    // With nothing to drop it is silent.
    dialog.played(3, 600_000);
    assert_eq!(kinds(&dialog.events()), [types::Spoken]);
    assert_eq!(dialog.clear(), voice_code::Ok);
    assert!(dialog.events().is_empty());
}

#[test]
fn text_in_pieces_is_one_utterance() {
    let dialog = Handle::new();
    dialog.events();
    let open = voice_say_flag::Open as u32;
    assert_eq!(dialog.append("a", b"x"), voice_code::OptionInvalid);
    assert_eq!(dialog.say("a", "", open), voice_code::Ok);
    let clause = "باب. ".as_bytes();
    for byte in [clause, clause].concat() {
        assert_eq!(dialog.append("a", &[byte]), voice_code::Ok);
    }
    assert_eq!(dialog.append("b", b"x"), voice_code::OptionInvalid);
    assert_eq!(dialog.append("a", b"\xff"), voice_code::ArgumentInvalid);
    let events = dialog.events();
    assert_eq!(kinds(&events), [types::Speaking, types::Audio]);
    dialog.played(0, 60_000);
    assert!(kinds(&dialog.events()).iter().all(|kind| *kind != types::Spoken), "it is open");
    assert_eq!(dialog.flush("a"), voice_code::Ok);
    assert_eq!(dialog.flush("a"), voice_code::OptionInvalid);
    dialog.played(0, 60_000);
    let mut events = dialog.events();
    // A cut character is told of, and the next utterance ends the one before.
    assert_eq!(dialog.say("c", "", open), voice_code::Ok);
    assert_eq!(dialog.append("c", &clause[..3]), voice_code::Ok);
    assert_eq!(dialog.flush("c"), voice_code::ArgumentInvalid);
    assert_eq!(dialog.say("d", "One.", open), voice_code::Ok);
    assert_eq!(dialog.say("e", "Two.", 0), voice_code::Ok);
    let is_spoken = |event: &&Seen| event.kind == types::Spoken;
    while events.iter().filter(is_spoken).count() < 4 {
        assert_eq!((dialog.listen_for(20), dialog.speak()), (voice_code::Ok, voice_code::Ok));
        dialog.played(0, 60_000);
        events.extend(dialog.seen());
    }
    let ids: Vec<_> = events.iter().filter(is_spoken).map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["a", "c", "d", "e"]);
}

#[test]
fn refused_document_clears_nothing() {
    let dialog = Handle::new();
    dialog.events();
    assert_eq!(dialog.say("open", "One. ", voice_say_flag::Open as u32), voice_code::Ok);
    let flags = voice_say_flag::Ssml as u32 | voice_say_flag::Interrupts as u32;
    assert_eq!(dialog.say("a", "<speak>One", flags), voice_code::SsmlInvalid);
    let long = format!("<speak><mark name='{}'/>One</speak>", "x".repeat(2_000));
    assert_eq!(dialog.say("a", &long, flags), voice_code::TextTooLarge);
    let events = dialog.events();
    assert_eq!(kinds(&events)[..2], [types::Speaking, types::Audio], "{events:?}");
    assert_eq!(dialog.append("open", b"Two."), voice_code::Ok);
    assert_eq!(dialog.flush("open"), voice_code::Ok);
    assert_eq!(dialog.say("b", "One.", 16), voice_code::Unsupported);
    assert_eq!(dialog.say("b", "One.", 3), voice_code::OptionInvalid);
    assert_eq!(dialog.say(&"b".repeat(2_000), "One.", 0), voice_code::OptionInvalid);
}

#[test]
fn queues_have_a_length() {
    let dialog = Handle::new();
    dialog.events();
    let mut pushed = 0;
    while dialog.push(&SECOND[..640]) == voice_code::Ok {
        pushed += 1;
    }
    assert!((200..260).contains(&pushed), "{pushed} pieces of 20 ms");
    assert_eq!(dialog.push(&SECOND[..640]), voice_code::Overloaded);
    assert_eq!(dialog.push(&vec![0; 200_000]), voice_code::MessageTooLarge);
    let mut said = 0;
    while dialog.say("a", "x", 0) == voice_code::Ok {
        said += 1;
    }
    assert_eq!(said, 256);
    assert_eq!(dialog.listen(), voice_code::Ok);
    assert_eq!(dialog.speak(), voice_code::Ok);
    assert_eq!(dialog.push(&SECOND[..640]), voice_code::Ok);
    let text = "x".repeat(600_000);
    assert_eq!(dialog.say("a", &text, 0), voice_code::Ok);
    assert_eq!(dialog.say("a", &text, 0), voice_code::TextTooLarge);
    assert_eq!(dialog.say("a", "x", 0), voice_code::Ok);
    // Events that are not taken stop both sides.
    let mut rounds = 0;
    while dialog.listen() == voice_code::Ok && rounds < 10_000 {
        // Refused, when 256 utterances wait.
        assert_eq!(dialog.say("a", "x", 0), voice_code::Ok);
        let _ = dialog.speak();
        rounds += 1;
    }
    assert!(rounds < 10_000);
    assert_eq!((dialog.listen(), dialog.speak()), (voice_code::Overloaded, voice_code::Overloaded));
    dialog.seen();
    assert_eq!((dialog.listen(), dialog.speak()), (voice_code::Ok, voice_code::Ok));
}

#[test]
fn finished_microphone_takes_no_audio_and_the_voice_goes_on() {
    let dialog = Handle::new();
    dialog.events();
    assert_eq!(dialog.push(SECOND), voice_code::Ok);
    // SAFETY: the dialog lives.
    unsafe {
        assert_eq!(code(voice_dialog_finish(dialog.0)), voice_code::Ok);
        assert_eq!(code(voice_dialog_finish(dialog.0)), voice_code::SessionEnded);
        assert_eq!(code(voice_dialog_finalize(dialog.0)), voice_code::SessionEnded);
        assert_eq!(code(voice_dialog_expect(dialog.0, std::ptr::null())), voice_code::SessionEnded);
    }
    assert_eq!(dialog.push(SECOND), voice_code::SessionEnded);
    let expected = [types::SpeechStarted, types::Partial, types::Final, types::TurnEnded];
    assert_eq!(kinds(&dialog.events()), expected);
    assert_eq!(dialog.say("a", "Goodbye.", 0), voice_code::Ok);
    assert_eq!(kinds(&dialog.events()), [types::Speaking, types::Audio]);
}

#[test]
fn lost_audio_and_failed_engines_are_events() {
    let failing = || Err(voice_core::Error::new(voice_core::ErrorKind::EngineFailed, "injected"));
    let dialog =
        Handle::of(failing, |_| Err(voice_core::Error::new(voice_core::ErrorKind::EngineFailed, "injected")));
    assert_eq!(dialog.push(SECOND), voice_code::Ok);
    assert_eq!(dialog.say("a", "Hello.", 0), voice_code::Ok);
    let events = dialog.events();
    let failed = events.iter().filter(|event| event.kind == types::Failed).collect::<Vec<_>>();
    assert!(failed.len() >= 2, "{events:?}");
    assert!(failed.iter().all(|event| event.code == voice_code::EngineFailed));
    // An odd byte at the end of the stream.
    let dialog = Handle::new();
    assert_eq!(dialog.push(&SECOND[1..]), voice_code::Ok);
    // SAFETY: the dialog lives.
    assert_eq!(code(unsafe { voice_dialog_finish(dialog.0) }), voice_code::Ok);
    let refused = dialog.events().into_iter().find(|event| event.kind == types::Refused).unwrap();
    assert_eq!(refused.code, voice_code::AudioMisaligned);
}

#[test]
fn panic_ends_one_side_only() {
    let dialog = Handle::of(|| panic!("injected"), |_| Ok(()));
    assert_eq!(dialog.push(SECOND), voice_code::Ok);
    assert_eq!((dialog.listen(), dialog.listen()), (voice_code::Internal, voice_code::Internal));
    assert_eq!(dialog.say("a", "Hello.", 0), voice_code::Ok);
    assert_eq!(dialog.speak(), voice_code::Ok);
    dialog.seen();
}

#[test]
fn wrong_arguments_have_codes() {
    let dialog = Handle::new();
    let audio = SECOND.as_ptr();
    // SAFETY: NULL and impossible lengths are refused before anything is read.
    unsafe {
        assert_eq!(code(voice_dialog_push(None, audio.cast(), 2)), voice_code::ArgumentNull);
        assert_eq!(code(voice_dialog_push(dialog.0, std::ptr::null(), 2)), voice_code::ArgumentNull);
        assert_eq!(code(voice_dialog_push(dialog.0, std::ptr::null(), 0)), voice_code::Ok);
        assert_eq!(code(voice_dialog_push(dialog.0, audio.cast(), usize::MAX)), voice_code::ArgumentInvalid);
        assert_eq!(
            code(voice_dialog_push_i16(dialog.0, audio.cast(), usize::MAX)),
            voice_code::ArgumentInvalid
        );
        assert_eq!(
            code(voice_dialog_push_f32(dialog.0, audio.cast(), 1)),
            voice_code::AudioFormatUnsupported
        );
        assert_eq!(code(voice_dialog_next(dialog.0, 0, None)), voice_code::ArgumentNull);
        let say = |id, text, len| code(voice_dialog_say(dialog.0, id, text, len, 0));
        assert_eq!(say(std::ptr::null(), c"x".as_ptr(), 1), voice_code::ArgumentNull);
        assert_eq!(say(c"\xff".as_ptr(), c"x".as_ptr(), 1), voice_code::ArgumentInvalid);
        assert_eq!(say(c"a".as_ptr(), std::ptr::null(), 1), voice_code::ArgumentNull);
        assert_eq!(say(c"a".as_ptr(), c"\xff".as_ptr(), 1), voice_code::ArgumentInvalid);
        assert_eq!(say(c"a".as_ptr(), c"\xd8".as_ptr(), 1), voice_code::ArgumentInvalid);
        assert_eq!(say(c"a".as_ptr(), c"x".as_ptr(), 2 << 20), voice_code::TextTooLarge);
    }
    let events = dialog.events();
    assert!(kinds(&events).is_empty(), "{events:?}");
}

#[test]
fn simultaneous_calls_of_one_kind_are_busy() {
    static INSIDE: Barrier = Barrier::new(2);
    static LEAVE: Barrier = Barrier::new(2);
    static ENTERED: AtomicBool = AtomicBool::new(false);
    let dialog = Handle::of(
        || {
            if !ENTERED.swap(true, Ordering::Relaxed) {
                INSIDE.wait();
                LEAVE.wait();
            }
            Ok(())
        },
        |_| Ok(()),
    );
    assert_eq!(dialog.push(&SECOND[..6_400]), voice_code::Ok);
    std::thread::scope(|threads| {
        let listening = threads.spawn(|| dialog.listen());
        INSIDE.wait();
        assert_eq!(dialog.listen(), voice_code::Busy);
        // The others do not wait for it.
        assert_eq!(dialog.push(&SECOND[..640]), voice_code::Ok);
        assert_eq!(dialog.say("a", "Hello.", 0), voice_code::Ok);
        assert_eq!(dialog.speak(), voice_code::Ok);
        dialog.played(0, 1);
        assert!(dialog.next().is_ok());
        LEAVE.wait();
        assert_eq!(listening.join().unwrap(), voice_code::Ok);
    });
}

/// Ends threads, after a panic too.
struct SetAtEnd<'a>(&'a AtomicBool);

impl Drop for SetAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn waiting_threads_wake_for_work() {
    let dialog = Handle::new();
    dialog.events();
    // Less than the other threads wait.
    let next = || dialog.next_for(5_000).unwrap().map(|event| event.r#type);
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let _end = SetAtEnd(&done);
        threads.spawn(|| {
            while !done.load(Ordering::Acquire) {
                assert_eq!(dialog.listen_for(10_000), voice_code::Ok);
            }
        });
        threads.spawn(|| {
            while !done.load(Ordering::Acquire) {
                assert_eq!(dialog.speak_for(10_000), voice_code::Ok);
            }
        });
        assert_eq!(dialog.say("a", "Hello.", 0), voice_code::Ok);
        let begin = [types::VoiceReady, types::Speaking, types::Word, types::Audio];
        assert_eq!([next(), next(), next(), next()], begin.map(Some));
        assert_eq!(dialog.push(&SECOND[..6_400]), voice_code::Ok);
        let mut seen = Vec::new();
        while !seen.contains(&types::SpeechStarted) {
            seen.push(next().expect("an event"));
        }
        // SAFETY: the dialog lives.
        assert_eq!(code(unsafe { voice_dialog_finish(dialog.0) }), voice_code::Ok);
        while !seen.contains(&types::Final) {
            seen.push(next().expect("an event"));
        }
        assert_eq!(dialog.say("b", "x", 0), voice_code::Ok);
    });
}

#[test]
fn expectation_is_checked_at_once_or_told_of() {
    let dialog = Handle::new();
    dialog.events();
    let phrases =
        ["نعم", "لا"].map(|text| crate::text::voice_text { ptr: text.as_ptr().cast(), len: text.len() });
    let expect = |options: &voice_expect_options| {
        // SAFETY: the dialog lives, and so do the options and their phrases.
        code(unsafe { voice_dialog_expect(dialog.0, options) })
    };
    let given = voice_expect_options {
        expect: voice_expect::Phrases as u32,
        grammar: voice_expect_grammar::Phrases as u32,
        phrases: phrases.as_ptr(),
        phrases_len: 2,
        ..options::tests::zero()
    };
    assert_eq!(expect(&given), voice_code::Ok);
    assert!(dialog.events().is_empty());
    assert_eq!(expect(&voice_expect_options { phrases_len: 0, ..given }), voice_code::OptionInvalid);
    assert_eq!(expect(&voice_expect_options { expect: 9, ..given }), voice_code::OptionInvalid);
    assert_eq!(expect(&voice_expect_options { digits: 4, ..given }), voice_code::Unsupported);
}
