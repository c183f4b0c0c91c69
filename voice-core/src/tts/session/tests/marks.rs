//! Marks of SSML documents.

use super::*;

fn document(voice: &Arc<Letters>, document: &str) -> Events {
    let mut session = session(&[voice], TtsOptions::default());
    session.push_ssml(document).unwrap();
    session.finish().unwrap();
    listen(&mut session)
}

#[test]
fn a_mark_within_a_sentence_does_not_cut_it() {
    let (with, without) = (Letters::new("a", false), Letters::new("b", false));
    let marked =
        document(&with, "<speak>Take five<mark name='m'/> mg of it with Dr.<mark name='n'/> Smith.</speak>");
    let plain = document(&without, "<speak>Take five mg of it with Dr. Smith.</speak>");
    assert_eq!((with.asked(), marked.audio), (without.asked(), plain.audio));
    assert_eq!(with.asked().len(), 1);
    let [(first, early), (second, late)] = &marked.marks[..] else { panic!("{:?}", marked.marks) };
    assert_eq!((first.as_str(), second.as_str()), ("m", "n"));
    // "Take five" is nine of the characters, and each takes 20 ms.
    assert!(early.abs_diff(9 * 20) < 60, "{early}");
    let end = marked.finished[0];
    assert!(*late < end - 5 * 20 && *late > end * 2 / 3, "{late} of {end}");
}

#[test]
fn marks_come_between_the_chunks_that_they_are_placed_at() {
    let voice = Letters::new("a", false);
    let mut session = session(&[&voice], TtsOptions::default());
    session.push_ssml("<speak>one two<mark name='m'/> three four.</speak>").unwrap();
    session.finish().unwrap();
    let mut made = 0;
    let mut places = Vec::new();
    while let Some(event) = session.next_event().unwrap() {
        match event {
            TtsEvent::Audio(chunk) => made += chunk.audio.len() as u64 / 2 * 1_000 / u64::from(RATE),
            TtsEvent::Mark { at_ms, .. } => places.push((made, at_ms)),
            _ => {}
        }
    }
    let [(made, at)] = places[..] else { panic!("{places:?}") };
    assert!(made.abs_diff(at) <= 1 && at > 0, "{made} {at}");
}

#[test]
fn marks_around_sentences_are_at_their_ends() {
    let voice = Letters::new("a", false);
    let heard = document(
        &voice,
        "<speak><mark name='a'/>One two three.<mark name='b'/> <s>Four<mark name='c'/></s> five<mark name='d'/></speak>",
    );
    let names: Vec<_> = heard.marks.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    let times: Vec<_> = heard.marks.iter().map(|(_, at)| *at).collect();
    assert!(times.is_sorted() && times[0] == 0 && times[3] == heard.finished[0], "{times:?}");
    assert_eq!(voice.asked(), ["One two three.", "Four", "five"]);
}

#[test]
fn marks_are_given_again_after_a_resume() {
    for kept_ms in [0, 30_000] {
        let voice = Letters::new("a", false);
        let mut session = session(&[&voice], TtsOptions { kept_ms, ..TtsOptions::default() });
        session.push_ssml("<speak>one two<mark name='m'/> three four.</speak>").unwrap();
        session.finish().unwrap();
        let whole = listen(&mut session);
        session.played(0);
        session.pause();
        listen(&mut session);
        session.resume();
        let again = listen(&mut session);
        assert_eq!((again.marks, again.audio.len()), (whole.marks, whole.audio.len()), "{kept_ms}");
    }
}

/// Documents of marks alone do not make the session grow.
#[test]
fn marks_without_audio_are_bounded() {
    let mut session =
        session(&[&Letters::new("a", false)], TtsOptions { kept_ms: 1_000, ..TtsOptions::default() });
    let marks = format!("<speak>{}</speak>", "<mark name='here'/>".repeat(1_000));
    let mut most = 0;
    for _ in 0..50 {
        session.push_ssml(&marks).unwrap();
        assert_eq!(listen(&mut session).marks.len(), 1_000);
        most = most.max(session.outputs.kept_items());
    }
    assert!(most < 8_192, "{most}");
    let long = format!("<speak><mark name='{}'/></speak>", "x".repeat(2_000));
    assert_eq!(session.push_ssml(&long).unwrap_err().kind(), ErrorKind::TextTooLarge);
}
