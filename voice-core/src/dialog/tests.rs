//! Tests of the rules, without sessions: the test tells the time and what the listener has heard.

use std::time::{Duration, Instant};

use super::options::{Decider, DialogOptions, EchoCanceller, Expect};
use super::rules::Rules;
use super::state::{Action, Facts, Output, Stale, Turn};
use super::*;
use crate::stt::{EndReason, Transcript};
use crate::tts::AudioChunk;

const PROMPT: &str = "مرحبا بك في عيادة الأسنان، هل تريد حجز موعد جديد أم تغيير موعدك الحالي؟";

/// Rules, and the facts that they are told.
struct Table {
    rules: Rules,
    facts: Facts,
    actions: Vec<Action>,
}

impl Table {
    fn new(options: DialogOptions, expect: Expect) -> Self {
        let now = Instant::now();
        let heard = Heard { ms: 0, text: 0, clause: 0..0 };
        let facts = Facts { now, heard, ahead: Duration::ZERO };
        Self { rules: Rules::new(options, expect, now), facts, actions: Vec::new() }
    }

    fn arabic() -> Self {
        let words = ListenerWords::of_language(&"ar".parse().unwrap());
        Self::new(DialogOptions { words, ..DialogOptions::default() }, Expect::Open)
    }

    /// The prompt is audible since `heard_ms`, and the listener is at its byte `heard`.
    fn speaking(mut self, heard_ms: u64, heard: usize) -> Self {
        self.say("prompt", PROMPT);
        self.facts.ahead = Duration::from_secs(2);
        self.facts.heard = Heard { ms: heard_ms, text: heard, clause: 0..PROMPT.len() };
        self.rules.audio(chunk(0..PROMPT.len()));
        self.rules.progress(&self.facts);
        self
    }

    fn say(&mut self, id: &str, text: &str) {
        self.rules.say(id.into(), text.into(), true, false);
        self.collect();
    }

    fn call<T>(&mut self, call: impl FnOnce(&mut Rules, &Facts) -> T) -> T {
        let result = call(&mut self.rules, &self.facts);
        self.collect();
        result
    }

    fn collect(&mut self) {
        let actions = self.rules.take_actions();
        for action in &actions {
            match action {
                Action::Pause => self.rules.boundary(Stale::UntilPaused),
                Action::Cancel => {
                    self.rules.boundary(Stale::UntilCancelled);
                    self.facts.ahead = Duration::ZERO;
                }
                Action::Resume | Action::EndUtterance => {}
            }
        }
        self.actions.extend(actions);
    }

    fn wait(&mut self, ms: u64) {
        self.facts.now += Duration::from_millis(ms);
        self.call(Rules::tick);
    }

    /// Voice begins, and text is recognized.
    fn voice(&mut self, text: &str) {
        self.call(|rules, facts| rules.speech_started(1_000, facts));
        if !text.is_empty() {
            self.call(|rules, facts| rules.partial(text.into(), facts));
        }
    }

    /// Silence up to `ms`, in pieces of 16 ms, until the rules end the utterance. Returns the silence then.
    fn silence(&mut self, ms: u32) -> Option<u32> {
        self.silence_after(0, ms)
    }

    /// The same after a silence of `from` ms.
    fn silence_after(&mut self, from: u32, ms: u32) -> Option<u32> {
        let before = self.actions.len();
        for silence in (from + 16..=ms).step_by(16) {
            self.facts.now += Duration::from_millis(16);
            self.call(|rules, facts| rules.heard_audio(Some(silence), 0, facts));
            if self.actions[before..].contains(&Action::EndUtterance) {
                return Some(silence);
            }
        }
        None
    }

    /// Audio with voice.
    fn voice_goes_on(&mut self, ms: u64) {
        for _ in 0..ms / 16 {
            self.wait(16);
            self.call(|rules, facts| rules.heard_audio(Some(0), 0, facts));
        }
    }

    /// The utterance ends with this text.
    fn ends(&mut self, text: &str) {
        let transcript = Transcript { text: text.into(), ..Transcript::default() };
        self.call(|rules, facts| rules.final_text(transcript, facts));
        self.call(|rules, facts| rules.speech_ended(2_000, EndReason::Flushed, facts));
    }

    /// The names of the events since the last call.
    fn events(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.rules.next_event())
            .map(|event| {
                let shown = format!("{event:?}");
                let name = shown.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
                match event {
                    DialogEvent::TurnEnded { reason, .. } => format!("{name} {reason:?}"),
                    DialogEvent::Resumed { reason } => format!("{name} {reason:?}"),
                    _ => name,
                }
            })
            .collect()
    }
}

fn chunk(span: std::ops::Range<usize>) -> AudioChunk {
    AudioChunk { audio: vec![0; 320], at_ms: 0, end_ms: 10, span }
}

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
        let answer = Say { text: SayText::Begun("تف".into()), ..Say::new("answer", "") };
        assert_eq!(table.rules.defer(answer), None);
        assert!(table.rules.deferred.append("answer", "ضل.").unwrap());
        assert!(!table.rules.deferred.append("first", "x").unwrap());
        assert!(!table.rules.close("answer"));
        assert_eq!(table.rules.deferred.take_due(), None);
        table.events();
        if goes_on {
            table.call(|rules, facts| rules.heard_audio(Some(0), 0, facts));
            assert_eq!(table.events(), ["TurnResumed", "Discarded"]);
        } else {
            table.silence_after(400, 2_000);
            table.ends("أريد موعدا");
            assert_eq!(table.rules.deferred.take_due(), Some(Say::new("answer", "تفضل.")));
        }
        assert_eq!(table.rules.deferred.take_due(), None);
        assert_eq!(table.rules.utterances.len(), 1, "the first is kept");
    }
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

/// In random order, all inputs: no panic, each state has a deadline, a tick at it does not leave the same deadline, and
/// what was requested is either heard, or told as interrupted or discarded.
#[test]
fn every_state_has_a_deadline() {
    let mut random = fastrand::Rng::with_seed(7);
    let texts = ["", "نعم", "أها", "أريد موعدا جديدا", "لحظة", "عيادة الأسنان هل تريد", "[unk]"];
    for round in 0..2_000 {
        let mut options =
            DialogOptions { words: Table::arabic().rules.options.words, ..DialogOptions::default() };
        options.barge_in.decider =
            random.choice([Decider::Words, Decider::Application, Decider::Never]).unwrap();
        options.barge_in.min_words = random.u8(1..3);
        options.echo_canceller = random.choice([EchoCanceller::Device, EchoCanceller::None]).unwrap();
        let expect = [Expect::Open, Expect::Digits { count: Some(3) }, Expect::Manual];
        let mut table = Table::new(options, random.choice(expect).unwrap());
        let (mut requested, mut told, mut silence) = (0, 0, 0);
        for _ in 0..60 {
            let text = random.choice(texts).unwrap();
            match random.u8(0..13) {
                0 => {
                    requested += 1;
                    if table.rules.defer(Say::new("u", PROMPT)).is_some() {
                        table.say("u", PROMPT);
                    }
                    table.facts.ahead = Duration::from_millis(random.u64(0..4_000));
                }
                1 if matches!(table.rules.turn, Turn::Quiet) => {
                    silence = 0;
                    table.voice(text);
                }
                2 => table.call(|rules, facts| rules.partial(text.into(), facts)),
                3 | 4 => {
                    silence = if random.bool() { silence + 160 } else { 0 };
                    table.call(|rules, facts| rules.heard_audio(Some(silence), 0, facts));
                }
                5 => table.ends(text),
                6 => table.call(Rules::end_turn),
                7 => table.call(Rules::clear),
                8 => table.call(Rules::reject),
                9 => table.call(|rules, facts| {
                    if rules.is_undecided() {
                        rules.confirm(facts);
                    }
                }),
                10 => {
                    let step = random.u64(0..2_000);
                    table.facts.heard.ms += step;
                    table.facts.heard.text += random.usize(0..60);
                    table.facts.ahead = table.facts.ahead.saturating_sub(Duration::from_millis(step));
                    let end = table.facts.heard.text;
                    table.rules.audio(chunk(end..end + 1));
                }
                11 => {
                    table.call(Rules::all_made);
                }
                _ => {
                    while let Some(say) = table.rules.deferred.take_due() {
                        table.say(&say.id, PROMPT);
                    }
                }
            }
            let is_held = matches!(table.rules.output, Output::Held { .. });
            assert!(!is_held || !matches!(table.rules.turn, Turn::Quiet), "the turn's deadline ends it");
            let deadline = table.rules.deadline(&table.facts);
            let wait = deadline.saturating_duration_since(table.facts.now);
            assert!(wait <= Duration::from_mins(10));
            table.facts.now = table.facts.now.max(deadline);
            table.call(Rules::tick);
            let next = table.rules.deadline(&table.facts);
            assert!(next > table.facts.now, "round {round}: {:?} {:?}", table.rules.turn, table.rules.output);
            while let Some(event) = table.rules.next_event() {
                match event {
                    DialogEvent::Spoken { .. } => told += 1,
                    DialogEvent::Interrupted { ids, .. } | DialogEvent::Discarded { ids } => {
                        told += ids.len();
                    }
                    _ => {}
                }
            }
            assert_eq!(requested, told + table.rules.utterances.len() + table.rules.deferred.len());
        }
    }
}
