//! The start of each word.

use super::*;

fn marked(text: &str) -> Events {
    let mut session = session(&[&Letters::new("a", false)], TtsOptions::default());
    session.mark_words();
    if text.starts_with('<') {
        session.push_ssml(text).unwrap();
    } else {
        session.push(text).unwrap();
    }
    session.finish().unwrap();
    listen(&mut session)
}

#[test]
fn words_are_told_at_their_places_and_times() {
    let text = "Take it now. It costs $5, or «less».";
    let events = marked(text);
    let words: Vec<_> = events.words.iter().map(|(word, ..)| word.as_str()).collect();
    assert_eq!(words, ["Take", "it", "now.", "It", "costs", "$5,", "or", "«less»."]);
    assert!(events.words.iter().all(|(word, span, _)| text[span.clone()] == **word));
    let times: Vec<_> = events.words.iter().map(|(.., at)| *at).collect();
    assert!(times.is_sorted() && times.last().unwrap() < &events.finished[0], "{times:?}");
    // Each letter takes 20 ms, and the limits of a clause are not exact.
    assert!(times[1].abs_diff(5 * 20) < 60 && times[2].abs_diff(8 * 20) < 60, "{times:?}");
    // "five dollars" takes longer than "$5": "or" begins after it.
    assert!(times[6] - times[5] > 10 * 20, "{times:?}");
}

#[test]
fn words_of_a_document_have_the_place_of_their_clause() {
    let events = marked(
        "<speak>A &amp; B, <say-as interpret-as='characters'>xy</say-as> <mark name='m'/>end.</speak>",
    );
    let words: Vec<_> = events.words.iter().map(|(word, ..)| word.as_str()).collect();
    assert_eq!(words, ["A", "B,", "xy", "end."]);
    assert!(events.words.iter().all(|(_, span, _)| span.len() >= 10), "{:?}", events.words);
    assert_eq!(events.marks.len(), 1);
    assert!(events.words.iter().map(|(.., at)| at).is_sorted());
}

#[test]
fn heard_text_ends_at_a_word_that_was_told() {
    let voice = Letters::new("a", false);
    let mut session = session(&[&voice], TtsOptions::default());
    session.mark_words();
    session.push("It costs $5, or less.").unwrap();
    session.finish().unwrap();
    let events = listen(&mut session);
    for (word, span, at) in &events.words {
        session.played(at + 20);
        assert_eq!(session.heard().text, span.start, "{word}");
    }
    session.pause();
    listen(&mut session);
    session.resume();
    // The last word was not heard to its end; it was told before.
    assert!(listen(&mut session).words.is_empty());
}

#[test]
fn words_that_were_not_heard_are_told_again_after_a_resume() {
    for kept_ms in [0, 30_000] {
        let options = TtsOptions { kept_ms, ..TtsOptions::default() };
        let mut session = session(&[&Letters::new("a", false)], options);
        session.mark_words();
        session.push("one two three four.").unwrap();
        session.finish().unwrap();
        let whole = listen(&mut session);
        session.played(0);
        session.pause();
        listen(&mut session);
        session.resume();
        assert_eq!(listen(&mut session).words, whole.words, "{kept_ms}");
    }
}
