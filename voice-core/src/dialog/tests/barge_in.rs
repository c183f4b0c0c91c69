//! Tests of interruptions.

use super::*;

#[test]
fn words_confirm_an_interruption() {
    let mut table = Table::arabic().speaking(5_000, 20);
    table.events();
    table.voice("");
    assert_eq!(table.actions, [Action::Pause]);
    assert_eq!(table.events(), ["SpeechStarted", "Paused"]);
    table.call(|rules, facts| rules.partial("أريد".into(), facts));
    // The first word is often wrong.
    assert_eq!(table.actions, [Action::Pause]);
    table.events();
    table.call(|rules, facts| rules.partial("أريد طبيبا".into(), facts));
    assert_eq!(table.actions.last(), Some(&Action::Cancel));
    let events: Vec<_> = std::iter::from_fn(|| table.rules.next_event()).collect();
    let DialogEvent::Interrupted { ids, heard_text, heard_ms, .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!(
        (ids.as_slice(), heard_text.as_str(), *heard_ms),
        (&["prompt".to_owned()][..], &PROMPT[..20], 5_000)
    );
    // The turn goes on as any other.
    assert!(table.silence(2_000).is_some_and(|silence| (600..=816).contains(&silence)));
    table.ends("أريد طبيبا");
    assert_eq!(table.events(), ["TurnEager", "Final", "TurnEnded Silence"]);
}

#[test]
fn word_counts_when_it_is_final_or_the_voice_goes_on() {
    let mut table = Table::arabic().speaking(5_000, 20);
    table.voice("موعد");
    table.silence(1_000);
    table.events();
    table.ends("موعد");
    // The turn ends after the usual silence, so that the user may go on.
    assert_eq!(table.events(), ["Final", "Interrupted"]);
    table.call(|rules, facts| rules.heard_audio(None, 2_500, facts));
    assert_eq!(table.events(), ["TurnEager"]);
    table.call(|rules, facts| rules.heard_audio(None, 2_800, facts));
    assert_eq!(table.events(), ["TurnEnded Silence"]);
    let mut table = Table::arabic().speaking(5_000, 20);
    table.voice("موعد");
    table.voice_goes_on(880);
    table.events();
    table.voice_goes_on(32);
    assert_eq!(table.events(), ["Interrupted"]);
}

#[test]
fn stop_word_interrupts_with_its_first_partial() {
    let mut table = Table::arabic().speaking(5_000, 20);
    table.events();
    table.voice("لحظة");
    assert_eq!(table.events(), ["SpeechStarted", "Paused", "Partial", "Interrupted"]);
}

#[test]
fn answer_right_after_the_last_word_is_no_interruption() {
    let mut table = Table::arabic().speaking(5_000, PROMPT.len());
    table.facts.ahead = Duration::ZERO;
    table.call(Rules::all_made);
    assert_eq!(table.events().last().unwrap(), "Spoken");
    table.facts.now += Duration::from_millis(50);
    table.voice("موعد");
    assert_eq!(table.events(), ["SpeechStarted", "Partial"]);
}

#[test]
fn audio_that_was_all_made_is_given_out_again_after_a_resume() {
    let mut table = Table::arabic().speaking(5_000, 20);
    table.call(Rules::all_made);
    assert!(!table.rules.wants_audio());
    table.voice("");
    assert!(!table.rules.wants_audio(), "it is paused");
    table.call(Rules::reject);
    assert!(table.rules.wants_audio());
}

#[test]
fn backchannels_resume() {
    for text in ["أها", "إي تمام", "طيب"] {
        let mut table = Table::arabic().speaking(5_000, 20);
        table.events();
        table.voice(text);
        // Not by the text alone: more words may follow.
        assert_eq!(table.actions, [Action::Pause]);
        assert_eq!(table.silence(1_000), Some(320));
        table.ends(text);
        assert_eq!(table.actions.last(), Some(&Action::Resume), "{text}");
        assert_eq!(table.events(), ["SpeechStarted", "Paused", "Partial", "Final", "Resumed Backchannel"]);
    }
}

#[test]
fn backchannel_is_an_answer_in_silence_and_at_the_end() {
    let mut table = Table::arabic();
    table.voice("إي");
    assert!(table.silence(1_000).is_some());
    table.ends("إي");
    assert_eq!(table.events(), ["SpeechStarted", "Partial", "TurnEager", "Final", "TurnEnded Silence"]);
    let mut table = Table::arabic().speaking(5_000, PROMPT.len() - 10);
    table.events();
    table.voice("إي");
    table.silence(1_000);
    table.ends("إي");
    table.call(|rules, facts| rules.heard_audio(None, 2_800, facts));
    assert_eq!(
        table.events(),
        ["SpeechStarted", "Paused", "Partial", "Final", "Interrupted", "TurnEnded Silence"]
    );
}

#[test]
fn noise_and_echo_resume() {
    let mut table = Table::arabic().speaking(5_000, 20);
    table.events();
    table.voice("");
    assert_eq!(table.silence(1_000), Some(320));
    table.ends("");
    assert_eq!(table.events(), ["SpeechStarted", "Paused", "Final", "Resumed NoWords"]);
    let mut table = Table::arabic().speaking(5_000, 40);
    table.events();
    table.voice("عيادة الأسنان هل تريد");
    assert_eq!(table.events(), ["SpeechStarted", "Paused", "Partial", "Resumed Echo"]);
    // Words of the user after the echo.
    table.call(|rules, facts| rules.partial("عيادة الأسنان هل تريد لا أريد شيئا".into(), facts));
    assert_eq!(table.events(), ["Partial", "Interrupted"]);
}

#[test]
fn canceller_settles_before_voice_pauses() {
    let mut table = Table::arabic().speaking(2_000, 20);
    table.voice("عيادة الأسنان هل");
    assert_eq!(table.actions, []);
    let mut table = Table::arabic().speaking(3_000, 20);
    table.voice("");
    assert_eq!(table.actions, [Action::Pause]);
}

#[test]
fn late_decisions_are_made_by_the_voice() {
    // Voice without words.
    let mut table = Table::arabic().speaking(5_000, 20);
    table.voice("");
    table.events();
    table.voice_goes_on(1_488);
    assert_eq!(table.actions, [Action::Pause]);
    table.voice_goes_on(16);
    assert_eq!(table.events(), ["Interrupted"]);
    // A murmur that does not end.
    let mut options = DialogOptions::default();
    options.barge_in.min_voice_ms = None;
    let mut table = Table::new(options, Expect::Open).speaking(5_000, 20);
    table.voice("");
    table.events();
    table.voice_goes_on(2_000);
    assert_eq!(table.events(), ["Resumed Timeout"]);
}

#[test]
fn application_decides() {
    let with = |decider| {
        let mut options = DialogOptions::default();
        options.barge_in.decider = decider;
        Table::new(options, Expect::Open).speaking(5_000, 20)
    };
    let mut table = with(Decider::Application);
    table.voice("anything");
    table.events();
    table.call(Rules::reject);
    assert_eq!(table.events(), ["Resumed Rejected"]);
    let mut table = with(Decider::Application);
    table.voice("anything");
    table.events();
    table.wait(2_000);
    assert_eq!(table.events(), ["Interrupted"], "the words decide after the deadline");
    let mut table = with(Decider::Never);
    table.voice("stop");
    assert_eq!(table.actions, []);
}

#[test]
fn audio_of_an_older_run_is_dropped() {
    let mut table = Table::arabic().speaking(5_000, 20);
    let before = table.rules.run;
    table.rules.speech_started(1_000, &table.facts);
    // The action is not done yet.
    table.rules.audio(chunk(0..PROMPT.len()));
    table.collect();
    table.rules.audio(chunk(0..PROMPT.len()));
    let runs: Vec<_> = std::iter::from_fn(|| table.rules.next_event())
        .filter_map(|event| if let DialogEvent::Audio { run, .. } = event { Some(run) } else { None })
        .collect();
    assert_eq!(runs, [before + 1]);
    assert!(table.rules.counts_run(before) && table.rules.counts_run(before + 1), "the position of a pause");
}
