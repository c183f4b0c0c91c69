//! Changes of the voice and of the options.

use super::*;
use crate::text::lexicon::Pronunciation;

fn style(speed: f32) -> TtsOptions {
    TtsOptions { style: Style { speed, ..Style::default() }, ..TtsOptions::default() }
}

fn voices(voice: &Arc<Letters>) -> Vec<Arc<dyn Voice>> {
    vec![Arc::clone(voice) as _]
}

#[test]
fn update_is_for_text_that_is_pushed_later() {
    let (mut session, a, _) = timed(TtsOptions::default());
    let mut b = Letters::new("b", false);
    Arc::get_mut(&mut b).unwrap().info.sample_rate = 2 * RATE;
    session.push("One two three. And thus").unwrap();
    session.update_voices(voices(&b), style(2.0)).unwrap();
    session.push("Four five six.").unwrap();
    session.finish().unwrap();
    let heard = listen(&mut session);
    assert_eq!(a.asked(), ["One two three.", "And thus"]);
    assert_eq!(b.asked(), ["Four five six."]);
    assert_eq!(heard.chunks.last().unwrap().span, 23..37);
    // 7 letters at twice the rate of the session, and a fade.
    let last = heard.chunks.iter().filter(|chunk| chunk.span.start == 23).map(|chunk| chunk.audio.len());
    let last = last.sum::<usize>();
    assert!(last.abs_diff(7 * PER_LETTER) < 70, "{last}");
    assert_eq!(session.format().sample_rate(), RATE);
}

#[test]
fn update_changes_lexicon_and_volume() {
    let (mut session, voice, _) = timed(TtsOptions::default());
    session.push("KFSH. ").unwrap();
    let mut lexicon = Lexicon::new();
    lexicon.insert("KFSH", Pronunciation::Spoken("King Faisal".into())).unwrap();
    let options = TtsOptions { lexicon: Some(Arc::new(lexicon)), volume: 0.0, ..session.options().clone() };
    session.update(options).unwrap();
    session.push("KFSH. ").unwrap();
    session.flush().unwrap();
    let heard = listen(&mut session);
    assert_eq!(voice.asked()[1], "King Faisal.");
    let loud = |start| {
        let chunks = heard.chunks.iter().filter(|chunk| chunk.span.start == start);
        chunks.flat_map(|chunk| samples(&chunk.audio)).any(|sample| sample != 0)
    };
    assert!(loud(0) && !loud(6));
}

#[test]
fn refused_update_changes_nothing() {
    let (mut session, voice, _) = timed(style(0.5));
    let own = session.options().clone();
    for options in [
        style(100.0),
        TtsOptions { style: Style { speaker: Some(1), ..Style::default() }, ..own.clone() },
        TtsOptions { sample_rate: Some(48_000), ..own.clone() },
        TtsOptions { encoding: crate::audio::SampleEncoding::PcmF32, ..own.clone() },
        TtsOptions { loudness: Some(0.0), ..own.clone() },
    ] {
        assert_eq!(
            session.update_voices(voices(&voice), options).unwrap_err().kind(),
            ErrorKind::OptionInvalid
        );
    }
    let error = session.update_voices(Vec::new(), own.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
    assert!((session.options().style.speed - 0.5).abs() < 1e-6);
    session.push("One ").unwrap();
    assert!(letters(&mut session) == "r", "a refused update does not complete the text");
    session.push("two.").unwrap();
    session.finish().unwrap();
    let heard = listen(&mut session);
    assert!(heard.audio.len().abs_diff(8 * 2 * PER_LETTER * 2) < 200, "{}", heard.audio.len());
    assert_eq!(session.update_voices(voices(&voice), own).unwrap_err().kind(), ErrorKind::SessionEnded);
}

#[test]
fn update_survives_a_cancel_and_a_resume() {
    let (mut session, a, _) = timed(TtsOptions { kept_ms: 0, ..TtsOptions::default() });
    let b = Letters::new("b", false);
    session.push("One. ").unwrap();
    session.update_voices(voices(&b), session.options().clone()).unwrap();
    session.push("Two. ").unwrap();
    session.flush().unwrap();
    listen(&mut session);
    // All of it is spoken again, each part by its own voice.
    session.pause();
    session.played(0);
    session.resume();
    listen(&mut session);
    assert_eq!((a.asked(), b.asked()), (vec!["One.".into(); 2], vec!["Two.".into(); 2]));
    session.update_voices(voices(&a), session.options().clone()).unwrap();
    session.cancel();
    session.push("Three. ").unwrap();
    session.finish().unwrap();
    listen(&mut session);
    assert!(session.options().kept_ms == 0);
    let three = |voice: &Letters| voice.asked().contains(&"Three.".to_owned());
    assert!(!three(&a) && !three(&b), "the cancel came after the push");
}

#[test]
fn cancel_keeps_the_last_update() {
    let (mut session, a, _) = timed(TtsOptions::default());
    let b = Letters::new("b", false);
    session.push("One. ").unwrap();
    session.update_voices(voices(&b), session.options().clone()).unwrap();
    session.cancel();
    listen(&mut session);
    session.push("Two. ").unwrap();
    session.finish().unwrap();
    listen(&mut session);
    assert_eq!((a.asked().len(), b.asked()), (0, vec!["Two.".to_owned()]));
}

#[test]
fn waiting_updates_are_bounded() {
    let (mut session, voice, _) = timed(TtsOptions::default());
    for _ in 0..10_000 {
        session.update_voices(voices(&voice), TtsOptions::default()).unwrap();
    }
    let refused = (0..10_000).find_map(|_| {
        session.push("a ").unwrap();
        session.update_voices(voices(&voice), TtsOptions::default()).err()
    });
    assert_eq!(refused.unwrap().kind(), ErrorKind::TextTooLarge);
}
