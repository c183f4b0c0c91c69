//! Tests of utterances that wait for the end of a turn.

use super::*;
use crate::dialog::deferred::Request;

#[test]
fn utterance_requested_during_a_turn_is_held() {
    let mut table = Table::arabic();
    table.voice("أريد");
    table.say("answer", "تفضل.");
    assert_eq!(table.actions, [Action::Pause]);
    table.silence(2_000);
    table.ends("أريد موعدا");
    assert_eq!(table.actions.last(), Some(&Action::Resume));
    let events = table.events();
    assert_eq!(events[events.len() - 2..], ["TurnEnded Silence", "Resumed TurnEnded"]);
}

#[test]
fn answer_to_an_eager_turn_is_made_and_spoken_at_its_end() {
    let mut table = Table::arabic();
    table.voice("أريد موعدا");
    table.silence(400);
    table.say("answer", "تفضل.");
    assert_eq!(table.actions, [Action::Pause]);
    assert!(table.rules.wants_audio(), "it is made while it is held");
    table.rules.prepared();
    assert!(!table.rules.wants_audio());
    table.silence_after(400, 2_000);
    // Vowel signs are no difference.
    table.ends("أُريد موعداً");
    assert_eq!(table.actions.last(), Some(&Action::Resume));
    let events = table.events();
    assert_eq!(events[2..], ["TurnEager", "Final", "TurnEnded Silence", "Resumed TurnEnded"]);
    assert!(table.rules.wants_audio());
}

#[test]
fn answer_to_an_eager_turn_is_discarded_if_the_user_goes_on() {
    let mut table = Table::arabic();
    table.voice("أريد موعدا");
    table.silence(400);
    table.say("answer", "تفضل.");
    table.events();
    table.call(|rules, facts| rules.heard_audio(Some(0), 0, facts));
    assert_eq!(table.actions.last(), Some(&Action::Cancel));
    assert_eq!(table.events(), ["TurnResumed", "Discarded"]);
    // What is requested in the middle of a turn is kept.
    table.say("other", "حسنا.");
    table.silence(2_000);
    table.events();
    table.ends("أريد موعدا غدا");
    assert_eq!(table.events(), ["TurnResumed", "Final", "TurnEnded Silence", "Resumed TurnEnded"]);
}

#[test]
fn answer_to_another_text_is_discarded() {
    let mut table = Table::arabic();
    table.voice("أريد موعدا");
    table.silence(400);
    table.say("answer", "تفضل.");
    table.events();
    table.silence_after(400, 2_000);
    table.ends("أريد موعدين");
    assert_eq!(table.events(), ["TurnResumed", "Discarded", "Final", "TurnEnded Silence"]);
}

#[test]
fn answer_after_another_utterance_waits_for_the_end_of_the_turn() {
    for goes_on in [false, true] {
        let mut table = Table::arabic();
        table.voice("أريد موعدا");
        table.say("first", "لحظة.");
        table.silence(400);
        assert!(table.rules.defers());
        let answer = Say { text: SayText::Begun("تف".into()), ..Say::new("answer", "") };
        table.rules.deferred.say(answer).unwrap();
        assert!(table.rules.deferred.append("answer", "ضل.").unwrap());
        assert!(!table.rules.deferred.append("first", "x").unwrap());
        assert!(table.rules.deferred.close("answer"));
        assert!(table.rules.deferred.take_due().is_none());
        table.events();
        if goes_on {
            table.call(|rules, facts| rules.heard_audio(Some(0), 0, facts));
            assert_eq!(table.events(), ["TurnResumed", "Discarded"]);
        } else {
            table.silence_after(400, 2_000);
            table.ends("أريد موعدا");
            let due: Vec<_> = std::iter::from_fn(|| table.rules.deferred.take_due()).collect();
            let answer = Say { text: SayText::Begun("تفضل.".into()), ..Say::new("answer", "") };
            assert!(
                matches!(&due[..], [Request::Say(say), Request::Close { .. }] if *say == answer),
                "{due:?}"
            );
        }
        assert!(table.rules.deferred.take_due().is_none());
        assert_eq!(table.rules.utterances.len(), 1, "the first is kept");
    }
}

#[test]
fn text_that_waits_is_limited() {
    let mut table = Table::arabic();
    let deferred = &mut table.rules.deferred;
    let open = |id: &str| Say { text: SayText::Begun(String::new()), ..Say::new(id, "") };
    deferred.say(open("a")).unwrap();
    let piece = "x".repeat(1 << 10);
    let appended = (0..2_000).take_while(|_| deferred.append("a", &piece).is_ok()).count();
    assert_eq!(appended, 1 << 10, "1 MiB");
    assert_eq!(deferred.say(Say::new("b", "x")).unwrap_err().kind(), ErrorKind::TextTooLarge);
    assert!(!deferred.append("a", "x").unwrap(), "the next one ends it also if it is refused");
    assert_eq!(deferred.clear(), ["a"]);
    let said = (0..2_000).take_while(|_| deferred.say(open("a")).is_ok()).count();
    assert_eq!(said, 1_024);
    assert!(deferred.clear().len() == 1_024 && deferred.is_empty());
}
