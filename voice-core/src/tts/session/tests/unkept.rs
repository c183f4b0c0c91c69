//! Audio beyond the maximum that is kept, which a resume speaks again.

use super::pausing::{Listener, begun, bytes, ms, uninterrupted};
use super::*;

/// The starts of the clauses with the silence before them, in milliseconds, and the end.
fn starts(chunks: &[AudioChunk]) -> Vec<u64> {
    let mut starts = vec![0];
    for two in chunks.windows(2).filter(|two| two[0].span != two[1].span) {
        let is_silence = samples(&two[0].audio).iter().all(|sample| *sample == 0);
        starts.push(two[usize::from(!is_silence)].at_ms);
    }
    starts
}

#[test]
fn audio_beyond_the_maximum_is_spoken_again() {
    let whole = uninterrupted(RATE);
    let starts = starts(&listen(&mut begun(RATE, 30_000)).chunks);
    assert_eq!(starts.len(), 4);
    for kept_ms in [0, 400, 1_000] {
        for played in [0, 137, 333, 700, 1_001, 1_450] {
            let (mut session, mut listener) = (begun(RATE, kept_ms), Listener::default());
            listener.listen(&mut session, usize::MAX);
            session.played(played);
            session.pause();
            assert!(matches!(session.next_event().unwrap(), Some(TtsEvent::Paused { .. })));
            session.resume();
            let rest = listen(&mut session);
            let at = rest.chunks[0].at_ms;
            // Not before the clause that was being heard.
            let start = starts.iter().rfind(|start| **start <= played).unwrap();
            assert!((*start..=played).contains(&at), "{kept_ms} ms, {played} ms: {at} of {starts:?}");
            // Nothing is lost, and nothing is spoken twice after it.
            let expected = &whole[bytes(&session, at)..];
            assert!(
                rest.audio.len().abs_diff(expected.len()) < 64,
                "{} of {}",
                rest.audio.len(),
                expected.len()
            );
            assert_eq!(rest.finished.len(), 1);
        }
    }
}

#[test]
fn resume_speaks_nothing_again_after_all_was_heard() {
    let whole = uninterrupted(RATE);
    let events = letters(&mut begun(RATE, 0)).len();
    for kept_ms in [0, 300, 30_000] {
        for taken in 1..events {
            let (mut session, mut listener) = (begun(RATE, kept_ms), Listener::default());
            listener.listen(&mut session, taken);
            listener.pause(&mut session, u64::MAX);
            session.resume();
            // The events have the times that they have without a pause.
            listener.listen(&mut session, usize::MAX);
            assert!(listener.heard == whole, "{kept_ms} ms, {taken} events");
            assert!(!listener.marks.is_empty());
            assert_eq!(listener.finished, 1);
        }
    }
}

#[test]
fn kept_audio_stays_after_an_update_of_the_maximum() {
    let hear = |pauses: bool| {
        let (mut session, voice, _) = timed(TtsOptions::default());
        session.push(&"One two three. ".repeat(6)).unwrap();
        session.flush().unwrap();
        let mut listener = Listener::default();
        let listen_to = |session: &mut TtsSession, listener: &mut Listener, clauses| {
            while voice.asked().len() < clauses {
                listener.listen(session, 1);
            }
            listener.listen(session, 4);
        };
        listen_to(&mut session, &mut listener, 5);
        session.update(TtsOptions { kept_ms: 0, ..TtsOptions::default() }).unwrap();
        listener.listen(&mut session, 4);
        if pauses {
            listener.pause(&mut session, 100);
            session.resume();
            // The fifth clause begins again.
            listen_to(&mut session, &mut listener, 6);
            assert_eq!(listener.pause(&mut session, 800).clause, 15..29);
            session.resume();
        }
        session.finish().unwrap();
        listener.listen(&mut session, usize::MAX);
        session.played(u64::MAX);
        assert_eq!(session.heard().ms, ms(&session, listener.heard.len()));
        listener.heard
    };
    assert!(hear(true) == hear(false));
}

#[test]
fn audio_continues_after_forgotten_steps() {
    let breaks = 5_000;
    for kept_ms in [0, 100] {
        let (mut session, ..) = timed(TtsOptions { kept_ms, ..TtsOptions::default() });
        session.push_ssml(&format!("<speak>{}</speak>", "<break time='1ms'/>".repeat(breaks))).unwrap();
        session.finish().unwrap();
        let mut listener = Listener::default();
        listener.listen(&mut session, usize::MAX);
        assert_eq!(ms(&session, listener.heard.len()), breaks as u64);
        listener.pause(&mut session, 10);
        session.resume();
        // Only the steps of the last 4,096 breaks are left; the times have no gap.
        listener.listen(&mut session, usize::MAX);
        let end = u64::from(kept_ms).max(10) + 4_096;
        assert_eq!(ms(&session, listener.heard.len()), end);
        session.played(u64::MAX);
        assert_eq!(session.heard().ms, end);
        session.pause();
        assert_eq!(letters(&mut session), "", "everything was heard");
    }
}

#[test]
fn kept_audio_is_bounded() {
    let (mut session, ..) = timed(TtsOptions { kept_ms: 1_000, ..TtsOptions::default() });
    for _ in 0..200 {
        session.push("One two three. ").unwrap();
        listen(&mut session);
        assert!(session.outputs.kept_bytes() <= 16_000);
    }
    session.played(u64::MAX);
    session.push("One two three. Four five six. ").unwrap();
    listen(&mut session);
    assert!(session.outputs.kept_bytes() > 0, "it is kept again after all was heard");
}
