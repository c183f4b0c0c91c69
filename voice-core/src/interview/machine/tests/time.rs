//! Silence, waits and long answers.

use super::*;

fn items() -> Json {
    json!([
        question("fever", "Do you have a fever?", "boolean"),
        question("why", "Tell me about it.", "text")
    ])
}

#[test]
fn silence_is_answered_three_times_and_ends_the_interview() {
    let mut host = host(items());
    host.hear("yes");
    assert!(host.be_silent().contains("I did not hear anything. Tell me about it."));
    assert!(host.be_silent().contains("Please answer in your own words."));
    assert!(host.be_silent().contains("Are you still there?"));
    assert!(host.be_silent().contains("Your answers so far are kept."));
    assert_eq!(host.end, Some((ResponseStatus::Stopped, EndReason::Silence)));
    assert_eq!(host.values("fever"), [Value::Boolean(true)]);
    assert!(host.now < Duration::from_mins(2));
}

#[test]
fn prompt_without_a_report_does_not_hang() {
    let mut host = host(items());
    let mut ticks = 0;
    while host.end.is_none() {
        host.now += host.interview.timeout().unwrap();
        host.give(Input::Tick);
        ticks += 1;
        assert!(ticks < 20);
    }
    assert!(host.now < Duration::from_mins(10), "{:?}", host.now);
}

#[test]
fn wait_is_held_with_a_prompt_each_half_minute() {
    let mut host = Host::with(items(), |it| it.hold = Duration::from_secs(90));
    assert!(host.hear("wait a moment").contains("take your time"));
    host.heard_prompt();
    assert_eq!(host.interview.timeout(), Some(Duration::from_secs(30)));
    for _ in 0..2 {
        assert!(host.be_silent().contains("I am still here"));
    }
    assert!(host.be_silent().contains("Let's go on. Do you have a fever?"));
    host.hear("wait");
    assert!(host.hear("continue").contains("Let's go on. Do you have a fever?"));
    host.hear("wait");
    assert!(host.hear("yes").contains("Tell me about it."), "an answer ends a wait");
}

#[test]
fn measurement_is_waited_for_without_being_asked() {
    let mut host = host(json!([with(
        question("t", "What is your temperature?", "decimal"),
        json!({
            "extension": [voice("measurement", json!({ "valueDuration": { "value": 60, "code": "s", "system": "http://unitsofmeasure.org" } }))],
        })
    )]));
    assert!(host.said.join(" ").contains("Take your time to measure"));
    let mut waited = 0;
    let start = host.now;
    while host.be_silent().contains("still here") {
        waited += 1;
    }
    assert!(waited >= 2 && host.now >= start + Duration::from_mins(1), "{waited}");
}

#[test]
fn interruption_and_report_start_the_wait_for_the_answer() {
    let mut host = host(items());
    assert!(host.interview.timeout().unwrap() > Duration::from_secs(8));
    let mut interrupted = host.clone();
    interrupted.give(Input::Interrupted);
    assert_eq!(interrupted.interview.timeout(), Some(Duration::from_secs(8)));
    host.give(Input::Spoken { id: "another".into() });
    assert!(host.interview.timeout().unwrap() > Duration::from_secs(8));
    host.heard_prompt();
    assert_eq!(host.interview.timeout(), Some(Duration::from_secs(8)));
}

#[test]
fn speech_is_not_silence() {
    let mut host = host(items());
    host.heard_prompt();
    host.give(Input::SpeechStarted);
    host.now += Duration::from_secs(40);
    assert_eq!(host.give(Input::Tick), "");
    assert!(host.hear("yes").contains("Tell me about it."));
    host.heard_prompt();
    host.give(Input::SpeechStarted);
    assert!(host.be_silent().contains("I did not hear anything."), "a turn without an end has a deadline");
}

#[test]
fn long_answer_is_kept_whole() {
    let mut host = host(items());
    host.hear("yes");
    for at in 0..20 {
        let reading = Reading { text: format!("part {at}"), confidence: None };
        let said =
            host.give(Input::Heard(Heard { hypotheses: vec![reading], is_cut: true, offset_ms: None }));
        assert_eq!(said, "", "the user is not interrupted");
    }
    let mut falls_silent = host.clone();
    falls_silent.be_silent();
    assert!(
        matches!(&falls_silent.values("why")[..], [Value::String(text)] if text.starts_with("part 0") && text.ends_with("part 19"))
    );
    host.hear("the end");
    assert!(matches!(&host.values("why")[..], [Value::String(text)] if text.ends_with("part 19 the end")));
}

#[test]
fn endless_answer_is_cut_and_ends() {
    let mut host = host(items());
    host.hear("yes");
    let word = "لا ".repeat(5_000);
    for _ in 0..20 {
        let reading = Reading { text: word.clone(), confidence: None };
        host.give(Input::Heard(Heard { hypotheses: vec![reading], is_cut: true, offset_ms: None }));
    }
    while host.end.is_none() {
        host.be_silent();
    }
}

#[test]
fn interview_has_a_longest_time() {
    let mut host = Host::with(items(), |it| it.longest = Duration::from_mins(1));
    for _ in 0..7 {
        host.now += Duration::from_secs(9);
        host.give(Input::Heard(Heard::text("repeat")));
    }
    assert_eq!(host.end, Some((ResponseStatus::Stopped, EndReason::TooLong)));
}

#[test]
fn new_prompt_replaces_one_that_was_not_heard() {
    let mut interview = Interview::new(form(items()), plain()).unwrap();
    let replaces = |interview: &mut Interview| {
        let actions = std::iter::from_fn(|| interview.next_action());
        let says = actions.filter_map(|action| match action {
            Action::Say(prompt) => Some(prompt.replaces),
            _ => None,
        });
        says.collect::<Vec<_>>()
    };
    assert_eq!(replaces(&mut interview), [false]);
    interview.handle(Input::Typed("repeat".into()), Duration::from_secs(1));
    assert_eq!(replaces(&mut interview), [true]);
}
