//! Clauses and words of several languages.

use super::*;

fn ask(voices: &[&Arc<Letters>], options: TtsOptions, text: &str) -> Events {
    let mut session = session(voices, options);
    session.push(text).unwrap();
    session.finish().unwrap();
    listen(&mut session)
}

#[test]
fn words_go_to_the_voice_of_their_language() {
    let (arabic, english) =
        (Letters::of_language("a", "ar", false), Letters::of_language("e", "en-GB", false));
    let text = "برنامج Windows متوفر الآن. Please wait here.";
    let heard = ask(&[&arabic, &english], TtsOptions::default(), text);
    assert_eq!(arabic.asked(), ["برنامج", "متوفر الآن."]);
    assert_eq!(english.asked(), ["Windows", "Please wait here."]);
    assert!(heard.warnings.is_empty());
    // The words of a clause follow each other without the pause between clauses.
    let first: Vec<_> = heard.chunks.iter().filter(|chunk| chunk.span.start == 0).collect();
    let silent = |chunk: &&&AudioChunk| samples(&chunk.audio).iter().all(|sample| *sample == 0);
    assert_eq!(first.iter().filter(silent).count(), 1, "the pause after the clause");
}

#[test]
fn a_failing_voice_of_another_language_is_replaced_by_the_own_voice() {
    let (arabic, english) = (Letters::of_language("a", "ar", false), Letters::of_language("e", "en", true));
    let heard = ask(&[&arabic, &english], TtsOptions::default(), "برنامج Windows متوفر الآن.");
    assert_eq!(arabic.asked(), ["برنامج", "ويندوز", "متوفر الآن."]);
    assert_eq!(heard.warnings, [ErrorKind::EngineFailed]);
}

#[test]
fn an_update_keeps_the_voices_of_all_languages() {
    let (arabic, english) = (Letters::of_language("a", "ar", false), Letters::of_language("e", "en", false));
    let mut session = session(&[&arabic, &english], TtsOptions::default());
    session.update(TtsOptions { volume: 0.5, ..TtsOptions::default() }).unwrap();
    session.push("Please wait here.").unwrap();
    session.finish().unwrap();
    listen(&mut session);
    assert_eq!((arabic.asked().len(), english.asked().len()), (0, 1));
}

#[test]
fn a_language_without_a_voice_is_told() {
    let voice = Letters::of_language("a", "en", false);
    let mut session = session(&[&voice], TtsOptions::default());
    session
        .push_ssml("<speak>One <lang xml:lang='fr'>deux</lang> <lang xml:lang='fr'>trois</lang> <lang xml:lang='en-GB'>four</lang></speak>")
        .unwrap();
    session.finish().unwrap();
    let mut told = Vec::new();
    while let Some(event) = session.next_event().unwrap() {
        if let TtsEvent::Warning(error) = event {
            told.push((error.kind(), error.to_string()));
        }
    }
    let [(kind, message)] = &told[..] else { panic!("{told:?}") };
    assert!(*kind == ErrorKind::ModelNotFound && message.contains("fr"), "{message}");
    assert_eq!(voice.asked(), ["One", "deux trois", "four"]);
}

/// The text that is heard moves through a clause of several voices.
#[test]
fn the_heard_text_passes_through_all_voices_of_a_clause() {
    let (arabic, english) = (Letters::of_language("a", "ar", false), Letters::of_language("e", "en", false));
    let mut session = session(&[&arabic, &english], TtsOptions::default());
    let text = "برنامج Windows متوفر الآن.";
    session.push(text).unwrap();
    session.finish().unwrap();
    let end = listen(&mut session).finished[0];
    let mut places = Vec::new();
    for ms in (0..=end).step_by(50).chain([end]) {
        session.played(ms);
        places.push(session.heard().text);
    }
    assert!(
        places.is_sorted() && places.first() == Some(&0) && places.last() == Some(&text.len()),
        "{places:?}"
    );
}

#[test]
fn a_resume_speaks_a_clause_of_several_voices_again() {
    let (arabic, english) = (Letters::of_language("a", "ar", false), Letters::of_language("e", "en", false));
    let run = |kept_ms: u32, pauses: bool| {
        let options = TtsOptions { kept_ms, ..TtsOptions::default() };
        let mut session = session(&[&arabic, &english], options);
        session.push("برنامج Windows متوفر الآن. نعم.").unwrap();
        session.finish().unwrap();
        let mut audio = listen(&mut session).audio;
        if pauses {
            session.played(0);
            session.pause();
            listen(&mut session);
            session.resume();
            audio = listen(&mut session).audio;
        }
        audio
    };
    let whole = run(30_000, false);
    assert_eq!(run(30_000, true), whole);
    assert_eq!(run(0, true).len(), whole.len());
}
