//! Tests of the user's turns.

use super::*;

#[test]
fn silence_depends_on_the_expected_answer() {
    let phrases = |list: &[&str]| Expect::Phrases(list.iter().map(|&phrase| phrase.to_owned()).collect());
    for (expect, text, least, most) in [
        (phrases(&["نعم", "لا"]), "نعم", 160, 176),
        // The recognizer is asked for its last words.
        (phrases(&["نعم", "نعم من فضلك"]), "نعم", 160, 176),
        (Expect::Digits { count: None }, "خمسة خمسة", 1_200, 1_504),
        (Expect::Digits { count: Some(2) }, "خمسة خمسة", 160, 176),
        (Expect::Open, "أريد موعدا", 600, 816),
    ] {
        let mut table = Table::new(DialogOptions::default(), expect.clone());
        table.voice(text);
        let silence = table.silence(2_000).unwrap();
        assert!((least..=most).contains(&silence), "{expect:?}: {silence} ms");
    }
    let mut table = Table::new(DialogOptions::default(), Expect::Manual);
    table.voice("نعم");
    assert_eq!(table.silence(5_000), None);
    table.call(Rules::end_turn);
    table.ends("نعم");
    assert_eq!(table.events().last().unwrap(), "TurnEnded Forced");
}

#[test]
fn numbers_and_dates_in_open_speech_wait_longer() {
    for (text, least, most) in
        [("رقمي خمسة خمسة", 1_200, 1_504), ("ولدت في الخامس من مارس", 1_200, 1_504), ("عندي ثلاثة", 600, 816)]
    {
        let mut table = Table::arabic();
        table.voice(text);
        let silence = table.silence(2_000).unwrap();
        assert!((least..=most).contains(&silence), "{text}: {silence} ms");
    }
}

/// With a push-to-talk button, a turn lasts until the button is released.
#[test]
fn turn_is_ended_by_the_application() {
    for expect in [Expect::Manual, Expect::Open] {
        let mut table = Table::new(DialogOptions::default(), expect);
        table.call(Rules::end_turn);
        assert_eq!(table.events(), Vec::<String>::new(), "no turn");
        table.voice("أريد");
        table.silence(400);
        table.voice_goes_on(160);
        table.call(Rules::end_turn);
        assert_eq!(table.actions, [Action::EndUtterance]);
        table.call(Rules::end_turn);
        assert_eq!(table.actions.len(), 1, "it ends once");
        table.ends("أريد موعدا");
        assert_eq!(table.events().last().unwrap(), "TurnEnded Forced");
    }
    // Audio that stops when the button is released ends the turn too.
    let mut table = Table::new(DialogOptions::default(), Expect::Manual);
    table.voice("أريد");
    table.wait(1_000);
    table.ends("أريد");
    assert_eq!(table.events().last().unwrap(), "TurnEnded AudioStopped");
}

#[test]
fn user_who_goes_on_resumes_the_turn() {
    let mut table = Table::arabic();
    table.voice("رقمي خمسة");
    assert_eq!(table.silence(400), None);
    table.call(|rules, facts| rules.heard_audio(Some(0), 0, facts));
    assert_eq!(table.events(), ["SpeechStarted", "Partial", "TurnEager", "TurnResumed"]);
    // A cut-off is counted, and the next turn ends later.
    let before = table.silence(2_000).unwrap();
    table.ends("رقمي خمسة");
    table.call(|rules, facts| rules.speech_started(2_000 + u64::from(before) + 300, facts));
    assert_eq!(table.rules.counts.cut_offs, 1);
    assert!(table.silence(2_000).unwrap() > before);
}

#[test]
fn turn_ends_when_audio_stops() {
    let mut table = Table::arabic();
    table.voice("نعم");
    table.events();
    table.wait(999);
    assert_eq!(table.actions, []);
    table.wait(1);
    assert_eq!(table.actions, [Action::EndUtterance]);
    table.ends("نعم");
    assert_eq!(table.events(), ["Final", "TurnEnded AudioStopped"]);
}

#[test]
fn incomplete_answer_waits_for_its_rest() {
    let digits = Expect::Digits { count: Some(4) };
    let mut table = Table::new(DialogOptions::default(), digits);
    table.voice("خمسة");
    assert!(table.silence(1_000).is_some());
    table.ends("خمسة ستة");
    table.call(|rules, facts| rules.heard_audio(None, 2_900, facts));
    assert_eq!(table.events(), ["SpeechStarted", "Partial", "Final", "TurnEager"]);
    // Another utterance of the same turn.
    table.call(|rules, facts| rules.speech_started(3_000, facts));
    table.call(|rules, facts| rules.partial("سبعة".into(), facts));
    let events: Vec<_> = std::iter::from_fn(|| table.rules.next_event()).collect();
    let [DialogEvent::TurnResumed, DialogEvent::SpeechStarted { .. }, DialogEvent::Partial { text }] =
        &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(text, "خمسة ستة سبعة");
    assert!(table.silence(1_000).is_some());
    table.ends("سبعة ثمانية");
    assert_eq!(table.events(), ["Final", "TurnEnded Complete"]);
    // An answer that is never completed ends after a long silence.
    table.voice("خمسة");
    table.silence(1_000);
    table.ends("خمسة");
    table.call(|rules, facts| rules.heard_audio(None, 3_000, facts));
    assert_eq!(table.events().last().unwrap(), "TurnEager");
    table.call(|rules, facts| rules.heard_audio(None, 3_500, facts));
    assert_eq!(table.events(), ["TurnEnded Silence"]);
}

#[test]
fn complete_answer_ends_when_its_sound_has_faded() {
    let expect = Expect::Phrases(vec!["نعم".into(), "لا".into()]);
    let mut table = Table::new(DialogOptions::default(), expect);
    let ends = |table: &mut Table, quiet_ms| {
        let before = table.actions.len();
        table.call(|rules, facts| rules.heard_quiet(quiet_ms, facts));
        table.actions[before..].contains(&Action::EndUtterance)
    };
    // The detector still hears voice.
    table.voice("");
    assert!(!ends(&mut table, 400), "nothing was said yet");
    table.call(|rules, facts| rules.partial("نعم".into(), facts));
    assert!(!ends(&mut table, 272) && ends(&mut table, 288));
    table.ends("نعم");
    assert_eq!(table.events(), ["SpeechStarted", "Partial", "Final", "TurnEnded Complete"]);
    // Open speech has no complete answer.
    table.rules.expect = Expect::Open;
    table.voice("نعم");
    assert!(!ends(&mut table, 400));
}
