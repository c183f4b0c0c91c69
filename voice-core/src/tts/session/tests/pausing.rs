//! A pause, whose audio is given out again.

use super::*;

const TEXT: &str = "One two three. Four five six, seven. <mark/>\n\nEight nine ten.";

/// The audio and the marks that a listener has heard who drops the playback buffer at each pause.
#[derive(Default)]
pub(super) struct Listener {
    /// Samples in the session's format, by their place in the stream.
    pub(super) heard: Vec<u8>,
    pub(super) marks: Vec<String>,
    pub(super) finished: usize,
}

impl Listener {
    /// Takes up to `most` events, as a player does who fills the buffer, and hears all of it.
    pub(super) fn listen(&mut self, session: &mut TtsSession, most: usize) {
        for _ in 0..most {
            match session.next_event().unwrap() {
                Some(TtsEvent::Audio(chunk)) => {
                    assert_eq!(chunk.at_ms, ms(session, self.heard.len()), "times are contiguous");
                    self.heard.extend(chunk.audio);
                }
                Some(TtsEvent::Mark { name, .. }) => self.marks.push(name),
                Some(TtsEvent::Finished { .. }) => self.finished += 1,
                Some(_) => {}
                None => return,
            }
        }
    }

    /// Pauses after hearing the audio before `played`, and drops the rest.
    pub(super) fn pause(&mut self, session: &mut TtsSession, played: u64) -> Heard {
        session.played(played);
        session.pause();
        let Some(TtsEvent::Paused { at_ms, heard }) = session.next_event().unwrap() else { panic!("paused") };
        assert_eq!(at_ms, ms(session, self.heard.len()));
        assert!(session.next_event().unwrap().is_none());
        if heard.ms < at_ms {
            self.heard.truncate(bytes(session, heard.ms));
        }
        heard
    }
}

pub(super) fn ms(session: &TtsSession, bytes: usize) -> u64 {
    (bytes / session.format().frame_bytes()) as u64 * 1_000 / u64::from(session.format().sample_rate())
}

/// The bytes before a reported position.
pub(super) fn bytes(session: &TtsSession, ms: u64) -> usize {
    (ms * u64::from(session.format().sample_rate())).div_ceil(1_000) as usize * session.format().frame_bytes()
}

pub(super) fn begun(sample_rate: u32, kept_ms: u32) -> TtsSession {
    let options = TtsOptions { sample_rate: Some(sample_rate), kept_ms, ..TtsOptions::default() };
    let (mut session, ..) = timed(options);
    session.push_ssml(&format!("<speak>{}</speak>", TEXT.replace("<mark/>", "<mark name='here'/>"))).unwrap();
    session.finish().unwrap();
    session
}

pub(super) fn uninterrupted(sample_rate: u32) -> Vec<u8> {
    let mut listener = Listener::default();
    listener.listen(&mut begun(sample_rate, 30_000), usize::MAX);
    listener.heard
}

#[test]
fn resumed_audio_continues_where_it_was_heard() {
    for sample_rate in [RATE, 22_050] {
        let whole = uninterrupted(sample_rate);
        let end = ms(&begun(sample_rate, 0), whole.len());
        for taken in [5, 60, usize::MAX] {
            for played in [0, 137, 333, 1_001, end - 1] {
                let mut session = begun(sample_rate, 30_000);
                let mut listener = Listener::default();
                listener.listen(&mut session, taken);
                listener.pause(&mut session, played);
                session.resume();
                listener.listen(&mut session, usize::MAX);
                assert!(listener.heard == whole, "{sample_rate} Hz, {taken} events, {played} ms");
                // A mark before the position is not given again, one after it is.
                assert!(!listener.marks.is_empty() && listener.finished > 0);
            }
        }
    }
}

#[test]
fn pauses_can_be_repeated() {
    let whole = uninterrupted(22_050);
    let (mut session, mut listener) = (begun(22_050, 30_000), Listener::default());
    let mut played = 0;
    while listener.finished == 0 {
        listener.listen(&mut session, 7);
        played += 60;
        let heard = listener.pause(&mut session, played);
        assert!(heard.ms <= played);
        played = heard.ms;
        // A second pause and a second resume change nothing.
        session.pause();
        session.resume();
        session.resume();
    }
    listener.listen(&mut session, usize::MAX);
    assert!(listener.heard == whole);
}

#[test]
fn position_by_the_clock_is_kept_during_a_pause() {
    let (mut session, _, time) = timed(TtsOptions::default());
    session.push("One two three. Four five six. ").unwrap();
    session.flush().unwrap();
    let whole = listen(&mut session).audio;
    time.advance(150);
    session.pause();
    // The caller is busy; the listener hears nothing meanwhile.
    time.advance(5_000);
    let paused = listen(&mut session);
    assert_eq!(paused.paused[0].1, Heard { ms: 150, text: 7, clause: 0..14 });
    assert!(paused.audio.is_empty());
    time.advance(5_000);
    session.resume();
    let rest = listen(&mut session);
    assert_eq!(rest.chunks[0].at_ms, 150);
    assert!(rest.audio == whole[150 * 16..]);
    time.advance(10);
    assert_eq!(session.heard().ms, 160, "the clock goes on from there");
}

#[test]
fn first_report_may_come_with_the_pause() {
    let options = TtsOptions { kept_ms: 60_000, ..TtsOptions::default() };
    let whole = {
        let (mut session, ..) = timed(options.clone());
        session.push(&"One two three. ".repeat(40)).unwrap();
        session.finish().unwrap();
        listen(&mut session).audio
    };
    let (mut session, _, time) = timed(options);
    session.push(&"One two three. ".repeat(40)).unwrap();
    session.finish().unwrap();
    // The audio is computed slowly, and the player began late.
    while let Some(event) = session.next_event().unwrap() {
        time.advance(if matches!(event, TtsEvent::Audio(_)) { 15 } else { 0 });
    }
    assert!(session.heard().ms > 9_000);
    session.pause();
    session.played(100);
    session.resume();
    let again = listen(&mut session);
    assert_eq!(again.chunks[0].at_ms, 100);
    assert!(again.audio == whole[100 * 16..]);
}

#[test]
fn late_report_moves_the_resume() {
    let (mut session, mut listener) = (begun(RATE, 30_000), Listener::default());
    listener.listen(&mut session, 40);
    session.played(100);
    session.pause();
    // The device played on for a moment.
    session.played(120);
    assert!(matches!(session.next_event().unwrap(), Some(TtsEvent::Paused { heard, .. }) if heard.ms == 120));
    session.played(140);
    session.resume();
    let Some(TtsEvent::Audio(chunk)) = session.next_event().unwrap() else { panic!("audio") };
    assert_eq!(chunk.at_ms, 140);
}

#[test]
fn cancel_ends_a_pause() {
    let (mut session, ..) = timed(TtsOptions::default());
    session.push("One two three. Four five six. ").unwrap();
    session.flush().unwrap();
    let given = listen(&mut session);
    session.played(150);
    session.pause();
    assert_eq!(letters(&mut session), "p");
    session.cancel();
    let cancelled = listen(&mut session).cancelled.remove(0);
    assert_eq!(cancelled, (given.audio.len() as u64 / 16, Heard { ms: 150, text: 7, clause: 0..14 }));
    session.resume();
    assert_eq!(letters(&mut session), "", "nothing is left to resume");
    session.push("Seven. ").unwrap();
    session.finish().unwrap();
    assert_eq!(listen(&mut session).chunks[0].at_ms, cancelled.0);
}

#[test]
fn pause_after_a_cancel_is_kept() {
    let (mut session, _, time) = timed(TtsOptions::default());
    session.push("One two three. ").unwrap();
    session.flush().unwrap();
    listen(&mut session);
    session.cancel();
    time.advance(1);
    session.pause();
    assert_eq!(letters(&mut session), "p");
    session.push("Four. ").unwrap();
    session.finish().unwrap();
    assert_eq!(letters(&mut session), "");
    session.resume();
    let rest = letters(&mut session);
    assert!(rest.starts_with("ca") && rest.ends_with("af"), "{rest}");
    // After the end a cancel does nothing, nor does a pause after it.
    session.cancel();
    time.advance(1);
    session.pause();
    assert_eq!(letters(&mut session), "");
    // A cancel between two pauses ends the first.
    let (mut session, _, time) = timed(TtsOptions::default());
    session.push("One two three. ").unwrap();
    session.finish().unwrap();
    listen(&mut session);
    for pauses in [true, true, false] {
        if pauses {
            session.pause();
            time.advance(1);
            session.cancel();
            time.advance(1);
        }
        session.pause();
        assert_eq!(letters(&mut session), if pauses { "p" } else { "" });
        session.resume();
        assert_eq!(letters(&mut session), if pauses { "cf" } else { "" });
    }
}

#[test]
fn cancel_after_the_end_fixes_what_was_heard() {
    for reports in [true, false] {
        let (mut session, _, time) = timed(TtsOptions::default());
        session.push("One two three. ").unwrap();
        session.finish().unwrap();
        listen(&mut session);
        let hear = |session: &TtsSession, ms| {
            if reports {
                session.played(ms);
            }
        };
        time.advance(150);
        hear(&session, 150);
        for _ in 0..3 {
            session.cancel();
            assert_eq!(letters(&mut session), "");
            assert_eq!((session.heard().ms, session.heard().text), (150, 7));
            time.advance(50);
            hear(&session, 200);
        }
        assert_eq!(session.ahead(), Duration::ZERO);
    }
}

#[test]
fn pause_after_the_end_gives_the_end_again() {
    let end = |session: &mut TtsSession| {
        session.push("One two three. ").unwrap();
        session.finish().unwrap();
        listen(session).finished[0]
    };
    let (mut session, ..) = timed(TtsOptions::default());
    end(&mut session);
    session.played(100);
    session.pause();
    assert_eq!(letters(&mut session), "p");
    session.resume();
    let again = listen(&mut session);
    assert_eq!((again.chunks[0].at_ms, again.finished.len()), (100, 1));
    // Paused again, and cancelled.
    session.pause();
    session.cancel();
    assert_eq!(letters(&mut session), "cf");
    session.pause();
    session.resume();
    assert_eq!(letters(&mut session), "", "nothing is left");

    let (mut session, ..) = timed(TtsOptions::default());
    let at_ms = end(&mut session);
    session.played(at_ms);
    session.pause();
    assert_eq!(letters(&mut session), "", "everything was heard");

    // A cancel after the end gives no event, and the listener hears no more.
    let (mut session, _, time) = timed(TtsOptions::default());
    end(&mut session);
    time.advance(150);
    session.cancel();
    time.advance(5_000);
    assert_eq!(letters(&mut session), "");
    assert_eq!((session.heard().ms, session.heard().text), (150, 7));
    session.pause();
    session.resume();
    assert_eq!(letters(&mut session), "");
}

#[test]
fn pause_during_a_resume_is_told() {
    let text = "One two three. Four five six. ";
    let begin = |clock| {
        let voices: Vec<Arc<dyn Voice>> = vec![Letters::new("a", false)];
        let cache = Arc::new(ClauseCache::new(0));
        let mut session = TtsSession::new(voices, TtsOptions::default(), cache, clock).unwrap();
        session.push(text).unwrap();
        session.flush().unwrap();
        session
    };
    let whole = listen(&mut begin(ManualClock::new().clock())).audio;
    // Another thread pauses while the session looks at its clock, for the first time after the resume or later.
    for looks in 1..30 {
        let (time, armed) = (ManualClock::new().clock(), Arc::new(Mutex::new(None::<(usize, Playback)>)));
        let hook = Arc::clone(&armed);
        let mut session = begin(Clock::new(move || {
            let mut armed = hook.lock().unwrap();
            let now = armed.as_mut().is_some_and(|(looks, _)| {
                *looks -= 1;
                *looks == 0
            });
            let pausing = armed.take_if(|_| now);
            drop(armed);
            if let Some((_, playback)) = pausing {
                std::thread::spawn(move || playback.pause()).join().unwrap();
            }
            time.now()
        }));
        let mut listener = Listener::default();
        listener.listen(&mut session, usize::MAX);
        listener.pause(&mut session, 150);
        session.resume();
        *armed.lock().unwrap() = Some((looks, session.playback()));
        let again = listen(&mut session);
        assert_eq!(again.paused.len(), 1, "paused at look {looks}");
        session.resume();
        let (at, rest) = (bytes(&session, 150), listen(&mut session));
        assert_eq!(rest.chunks[0].at_ms, 150);
        assert!(rest.audio == whole[at..], "paused at look {looks}");
    }
}

#[test]
fn pause_before_the_first_event() {
    let (mut session, ..) = timed(TtsOptions::default());
    session.pause();
    session.push("One. ").unwrap();
    session.finish().unwrap();
    assert_eq!(letters(&mut session), "rp");
    session.resume();
    assert!(letters(&mut session).ends_with("af"));
}

#[test]
fn pause_from_another_thread_holds_back_computed_audio() {
    struct Pauses(Arc<Letters>, Mutex<Option<Playback>>);
    impl Voice for Pauses {
        fn info(&self) -> &VoiceInfo {
            &self.0.info
        }
        fn render(
            self: Arc<Self>,
            speech: &[Speech],
            style: &Style,
            cancel: &Canceller,
        ) -> Result<Box<dyn Rendering>> {
            if let Some(playback) = self.1.lock().unwrap().take() {
                std::thread::spawn(move || playback.pause()).join().unwrap();
            }
            Arc::clone(&self.0).render(speech, style, cancel)
        }
    }
    let voice = Arc::new(Pauses(Letters::new("a", false), Mutex::default()));
    let voices = vec![Arc::clone(&voice) as Arc<dyn Voice>];
    let cache = Arc::new(ClauseCache::new(0));
    let mut session = TtsSession::new(voices, TtsOptions::default(), cache, Clock::default()).unwrap();
    *voice.1.lock().unwrap() = Some(session.playback());
    session.push("One. Two. ").unwrap();
    session.finish().unwrap();
    assert_eq!(letters(&mut session), "rp");
    session.resume();
    let rest = listen(&mut session);
    assert_eq!((rest.chunks[0].at_ms, rest.finished.len()), (0, 1));
    assert_eq!(voice.0.asked(), ["One.", "Two."]);
}

#[test]
fn audio_is_prepared_during_a_pause() {
    let text = "The answer is ready. And there is more of it.";
    for kept_ms in [0, 30_000] {
        let options = || TtsOptions { kept_ms, ..TtsOptions::default() };
        let mut plain = session(&[&Letters::new("a", false)], options());
        plain.push(text).unwrap();
        plain.finish().unwrap();
        let whole = listen(&mut plain);
        let voice = Letters::new("a", false);
        let mut session = session(&[&voice], options());
        assert!(!session.prepare(1_000).unwrap(), "it is not paused");
        session.pause();
        listen(&mut session);
        session.push(text).unwrap();
        session.finish().unwrap();
        let mut chunks = 0;
        while session.prepare(300).unwrap() {
            chunks += 1;
        }
        assert!((10..20).contains(&chunks), "{chunks} chunks of 20 ms");
        assert_eq!(voice.asked(), ["The answer is ready."]);
        assert!(listen(&mut session).audio.is_empty());
        session.resume();
        let asked = voice.ahead.lock().unwrap().len();
        assert!(matches!(session.next_event().unwrap(), Some(TtsEvent::Audio(_))));
        assert_eq!(voice.ahead.lock().unwrap().len(), asked, "nothing is computed");
        let rest = listen(&mut session);
        assert_eq!(rest.finished, whole.finished, "{kept_ms}");
        assert!(whole.audio.ends_with(&rest.audio));
    }
}
