//! Text of which nothing can be said.

use super::*;
use crate::tts::passage::tests::NamedVoice;

fn warnings(text: &str) -> Vec<ErrorKind> {
    let voice = Letters::new("a", false);
    let mut session = session(&[&voice], TtsOptions::default());
    if text.starts_with("<speak") {
        session.push_ssml(text).unwrap();
    } else {
        session.push(text).unwrap();
    }
    session.finish().unwrap();
    listen(&mut session).warnings
}

#[test]
fn text_without_words_is_told() {
    for text in
        ["...", "\u{200b}", "--- *** ---", "\u{202e}\u{300}\u{301}", "<speak>...</speak>", "<speak/>", "؟!"]
    {
        assert_eq!(warnings(text), [ErrorKind::TextEmpty], "{text:?}");
    }
    for text in [
        "",
        " \n",
        "Yes...",
        "... yes",
        "5",
        "$",
        "٪",
        "<speak><mark name='a'/></speak>",
        "<speak><break/></speak>",
    ] {
        assert!(warnings(text).is_empty(), "{text:?}");
    }
}

#[test]
fn each_flushed_text_without_words_is_told() {
    let mut session = session(&[&Letters::new("a", false)], TtsOptions::default());
    for text in ["Yes.", "...", "No.", " ", "!!"] {
        session.push(text).unwrap();
        session.flush().unwrap();
    }
    let heard = listen(&mut session);
    assert_eq!(heard.warnings, [ErrorKind::TextEmpty; 2]);
    session.push("...").unwrap();
    session.cancel();
    session.flush().unwrap();
    listen(&mut session);
    session.finish().unwrap();
    assert!(listen(&mut session).warnings.is_empty(), "nothing was pushed after the cancel");
}

/// A voice that has no sound for the words of a text loses none of them in silence.
#[test]
fn words_without_audio_are_told() {
    let voice = NamedVoice::shared("silent", "en".parse().unwrap());
    let mut session =
        TtsSession::new(vec![voice], TtsOptions::default(), Arc::default(), Clock::default()).unwrap();
    session.push("One. Two. ...").unwrap();
    session.finish().unwrap();
    let heard = listen(&mut session);
    assert_eq!(heard.warnings, [ErrorKind::TextEmpty; 2], "one for each clause");
    assert_eq!(heard.finished, [0]);
}
