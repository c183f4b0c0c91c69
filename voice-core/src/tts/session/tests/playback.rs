//! What the listener has heard.

use super::*;

/// Takes all audio of a text of 14-byte clauses, each of which lasts 280 ms and a fade.
fn taken(session: &mut TtsSession) -> Events {
    session.push("One two three. Four five six. Seven eight.").unwrap();
    session.finish().unwrap();
    listen(session)
}

#[test]
fn voice_gets_the_unheard_duration() {
    let (mut session, voice, time) = timed(TtsOptions::default());
    session.push(&"Many letters. ".repeat(50)).unwrap();
    session.flush().unwrap();
    let heard = listen(&mut session);
    let seconds = heard.audio.len() as f64 / 2.0 / f64::from(RATE);
    let last = |voice: &Letters| voice.ahead.lock().unwrap().last().unwrap().as_secs_f64();
    assert_eq!(voice.ahead.lock().unwrap()[0], Duration::ZERO, "nothing was given before the first sound");
    assert!((seconds - 0.3..=seconds).contains(&last(&voice)), "{} of {seconds}", last(&voice));
    // Half of it is heard.
    time.advance((seconds * 500.0) as u64);
    session.push("Now. ").unwrap();
    session.flush().unwrap();
    listen(&mut session);
    assert!((last(&voice) - seconds / 2.0).abs() < 0.5, "{} of {seconds}", last(&voice));
}

#[test]
fn reported_position_paces_the_voice() {
    let (mut session, _, time) = timed(TtsOptions::default());
    let end = taken(&mut session).finished[0];
    let ahead = |advance, played: Option<u64>| {
        time.advance(advance);
        if let Some(ms) = played {
            session.played(ms);
        }
        session.ahead().as_millis().abs_diff(u128::from(end))
    };
    assert_eq!(ahead(60_000, None), u128::from(end), "the clock counts all of it as heard");
    // The listener began late.
    assert!((99..=101).contains(&ahead(0, Some(100))));
    assert!((99..=101).contains(&ahead(0, Some(50))), "positions do not decrease");
    assert!((299..=301).contains(&ahead(200, None)), "the listener goes on between two reports");
    assert!((149..=151).contains(&ahead(200, Some(150))), "the listener stopped");
    assert_eq!(ahead(0, Some(u64::MAX)), u128::from(end));
}

#[test]
fn heard_text_follows_the_reports() {
    let (mut session, _, _) = timed(TtsOptions::default());
    assert_eq!((session.heard().ms, session.heard().text, session.heard().clause), (0, 0, 0..0));
    let end = taken(&mut session).finished[0];
    let mut places = Vec::new();
    for ms in 0..=end {
        session.played(ms);
        let heard = session.heard();
        assert_eq!(heard.ms, ms);
        assert!(heard.text >= heard.clause.start && heard.text <= heard.clause.end);
        places.push(heard.text);
    }
    assert!(places.is_sorted());
    places.dedup();
    // The ends of words and of clauses.
    assert_eq!(places, [0, 3, 4, 7, 8, 14, 15, 19, 20, 24, 25, 29, 30, 35, 36, 42]);
    // A clause takes 20 ms for each byte.
    let (mut session, _, _) = timed(TtsOptions::default());
    taken(&mut session);
    session.played(150);
    assert_eq!((session.heard().text, session.heard().clause), (7, 0..14));
}

#[test]
fn clock_estimates_what_was_heard_without_reports() {
    for sample_rate in [None, Some(22_050)] {
        let (mut session, _, time) = timed(TtsOptions { sample_rate, ..TtsOptions::default() });
        time.advance(5_000);
        let end = taken(&mut session).finished[0];
        assert_eq!((session.heard().ms, session.heard().text), (0, 0));
        time.advance(150);
        assert!(session.heard().ms.abs_diff(150) <= 1);
        assert_eq!(session.heard().clause, 0..14);
        time.advance(end);
        assert_eq!((session.heard().ms, session.heard().text), (end, 42));
        // A report is better than the estimate.
        session.played(100);
        assert_eq!(session.heard().ms, 100);
    }
}

#[test]
fn odd_reports_are_bounded() {
    let (mut session, _, _) = timed(TtsOptions::default());
    session.played(u64::MAX);
    assert_eq!(session.heard().ms, 0, "nothing was given out");
    let end = taken(&mut session).finished[0];
    session.played(100);
    session.played(50);
    session.played(0);
    assert_eq!(session.heard().ms, 100);
    session.played(u64::MAX / 1_000);
    assert_eq!((session.heard().ms, session.heard().text), (end, 42));
}

#[test]
fn cancel_tells_what_was_heard() {
    for reports in [true, false] {
        let (mut session, _, time) = timed(TtsOptions::default());
        session.push("One two three. Four five six. ").unwrap();
        session.flush().unwrap();
        let given = listen(&mut session);
        if reports {
            session.played(150);
        }
        time.advance(150);
        session.cancel();
        // The event is taken later than the cancel came.
        time.advance(200);
        let (at_ms, heard) = listen(&mut session).cancelled.remove(0);
        assert_eq!(at_ms, given.audio.len() as u64 / 16);
        assert_eq!(heard, Heard { ms: 150, text: 7, clause: 0..14 });
        // A late report is of audio that is dropped.
        session.played(200);
        session.push("Seven. ").unwrap();
        session.finish().unwrap();
        let after = listen(&mut session);
        assert_eq!(after.chunks[0].at_ms, at_ms);
        assert_eq!((session.heard().ms, session.heard().text), (at_ms, 7));
        session.played(after.finished[0]);
        assert_eq!((session.heard().text, session.heard().clause), (36, 30..36));
    }
}

#[test]
fn other_threads_report_and_ask() {
    let (mut session, _, _) = timed(TtsOptions::default());
    let playback = session.playback();
    taken(&mut session);
    let heard = std::thread::spawn(move || {
        playback.played(150);
        playback.heard()
    });
    assert_eq!(heard.join().unwrap(), session.heard());
    assert_eq!(session.heard().ms, 150);
}

#[test]
fn document_text_is_heard_by_clause() {
    let (mut session, _, _) = timed(TtsOptions::default());
    let document = "<speak><sub alias='one two three'>1</sub>. <s>four five</s></speak>";
    session.push_ssml(document).unwrap();
    session.finish().unwrap();
    let end = listen(&mut session).finished[0];
    session.played(100);
    let heard = session.heard();
    assert_eq!(heard.text, heard.clause.start);
    session.played(end);
    let heard = session.heard();
    assert_eq!(heard.text, heard.clause.end);
    assert!(document[..heard.text].ends_with("five"), "{heard:?}");
}
