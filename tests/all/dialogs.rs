//! Conversations of the dialog with human recordings, in simulated time.

use voice_bench::conversation::{Conversation, Echo, Models};
use voice_core::dialog::{
    DialogEvent, DialogOptions, EchoCanceller, Expect, ListenerWords, ResumeReason, TurnEnd,
};
use voice_core::tts::VoiceSource;
use voice_core::{Grammar, SttOptions};
use voice_tests::recordings::{SPEAKER, keyword};
use voice_tests::{has_espeak, recordings_or_skip, shipped_model};

const PROMPT: &str =
    "مرحبا بك في عيادة الأسنان. يمكنك حجز موعد جديد، أو تغيير موعدك الحالي، أو التحدث إلى موظف الاستقبال.";

/// Samples in 40 ms.
const MAX_REPEATED: usize = 640;

fn models() -> Models {
    Models::load(&shipped_model(), VoiceSource::espeak("ar".parse().unwrap())).unwrap()
}

fn options() -> DialogOptions {
    let words = ListenerWords::of_language(&"ar".parse().unwrap());
    DialogOptions { words, ..DialogOptions::default() }
}

/// A conversation in which the prompt has been audible for some seconds.
fn prompted(models: &Models, options: DialogOptions, echo: Option<Echo>) -> Conversation {
    let mut talk = Conversation::new(models, SttOptions::default(), options, Expect::Open, echo).unwrap();
    talk.say("prompt", PROMPT).unwrap();
    talk.wait(4_000).unwrap();
    talk
}

#[test]
fn human_backchannel_resumes_without_loss() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let models = models();
    let mut whole = prompted(&models, options(), None);
    whole.wait(8_000).unwrap();
    let mut talk = prompted(&models, options(), None);
    talk.hear(&keyword(&data, SPEAKER, "yes")).unwrap();
    talk.wait(9_000).unwrap();
    let resumed =
        |event: &DialogEvent| matches!(event, DialogEvent::Resumed { reason: ResumeReason::Backchannel });
    assert!(talk.find(0, resumed).is_some(), "{:?}", talk.events.last());
    assert!(talk.find(0, |event| matches!(event, DialogEvent::TurnEnded { .. })).is_none());
    // The audio goes on where it stopped: nothing is skipped, and at most 40 ms are repeated.
    let expected = &whole.loudspeaker;
    let same = expected.iter().zip(&talk.loudspeaker).take_while(|(one, other)| one == other).count();
    let rest = &talk.loudspeaker[same..];
    let after = &rest[rest.iter().position(|sample| *sample != 0).unwrap()..];
    let after = &after[..8_000];
    let begin = (same.saturating_sub(MAX_REPEATED)..=same + 1_600)
        .find(|&at| expected[at..at + after.len()] == *after)
        .expect("the audio goes on");
    // Silence at the place of the pause is not counted.
    assert!(
        expected[same.min(begin)..same.max(begin)].iter().all(|sample| *sample == 0) || begin <= same,
        "{same} {begin}"
    );
    let spoken = talk.find(0, |event| matches!(event, DialogEvent::Spoken { id } if id == "prompt"));
    assert!(spoken.is_some());
}

#[test]
fn words_tell_what_was_heard_at_an_interruption() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let mut talk = prompted(&models(), options(), None);
    talk.hear(&keyword(&data, SPEAKER, "cancel")).unwrap();
    talk.wait(3_000).unwrap();
    let mut words: Vec<(usize, u64)> = Vec::new();
    let mut interrupted = None;
    for (_, event) in &talk.events {
        match event {
            DialogEvent::Word { id, word, span, at_ms } => {
                assert_eq!((id.as_str(), &PROMPT[span.clone()]), ("prompt", word.as_str()));
                words.push((span.start, *at_ms));
            }
            DialogEvent::Interrupted { heard_ms, heard_text, .. } => {
                interrupted = Some((*heard_ms, heard_text.len()));
            }
            _ => {}
        }
    }
    let (heard_ms, heard) = interrupted.expect("an interruption");
    let begun = words.iter().filter(|(_, at)| *at < heard_ms).map(|(start, _)| *start).max();
    assert_eq!(begun, Some(heard));
    let mut first: Vec<_> = words.iter().map(|(start, _)| *start).collect();
    first.dedup();
    assert!(first.is_sorted() && first.len() > 5, "{words:?}");
}

#[test]
fn human_interruption_ends_the_audio() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let models = models();
    // Without an echo, and with one that the device does not cancel.
    for echo in [None, Some(Echo::new(0.25, 80))] {
        let echo_canceller = if echo.is_some() { EchoCanceller::None } else { EchoCanceller::Device };
        let mut talk = prompted(&models, DialogOptions { echo_canceller, ..options() }, echo);
        talk.hear(&keyword(&data, SPEAKER, "cancel")).unwrap();
        talk.wait(3_000).unwrap();
        let found = talk.events.iter().find_map(|(_, event)| match event {
            DialogEvent::Interrupted { ids, heard_ms, heard_text, .. } => Some((ids, *heard_ms, heard_text)),
            _ => None,
        });
        let (ids, heard_ms, heard_text) = found.expect("an interruption");
        assert_eq!(*ids, ["prompt"]);
        assert!((3_500..6_000).contains(&heard_ms), "{heard_ms}");
        assert!(PROMPT.starts_with(heard_text.as_str()) && !heard_text.is_empty(), "{heard_text}");
        let ended = talk.find(0, |event| matches!(event, DialogEvent::TurnEnded { .. }));
        assert!(ended.is_some(), "{echo:?}");
        assert!(talk.loudspeaker[talk.loudspeaker.len() - 16_000..].iter().all(|sample| *sample == 0));
    }
}

/// A conversation in which the user has said «نعم» in open speech, and the answer to it was requested.
fn answered_early(models: &Models, data: &std::path::Path) -> Conversation {
    let mut talk = Conversation::new(models, SttOptions::default(), options(), Expect::Open, None).unwrap();
    talk.wait(320).unwrap();
    talk.hear(&keyword(data, SPEAKER, "open")).unwrap();
    while talk.find(0, |event| matches!(event, DialogEvent::TurnEager { .. })).is_none() {
        assert!(talk.now_ms() < 5_000, "{:?}", talk.events);
        talk.wait(16).unwrap();
    }
    talk.say("answer", "حسنا، تم فتح الباب.").unwrap();
    talk
}

#[test]
fn early_answer_is_spoken_at_the_end_of_the_turn_or_discarded() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let models = models();
    let is_audio = |event: &DialogEvent| matches!(event, DialogEvent::Audio { .. });
    let mut talk = answered_early(&models, &data);
    talk.wait(3_000).unwrap();
    let ended = talk.find(0, |event| matches!(event, DialogEvent::TurnEnded { .. })).expect("an end");
    assert_eq!(talk.find(0, is_audio), Some(ended));
    assert!(talk.find(0, |event| matches!(event, DialogEvent::Spoken { .. })).is_some());
    let mut talk = answered_early(&models, &data);
    talk.hear(&keyword(&data, SPEAKER, "close")).unwrap();
    talk.wait(3_000).unwrap();
    let is_discarded =
        |event: &DialogEvent| matches!(event, DialogEvent::Discarded { ids } if ids == &["answer"]);
    assert!(talk.find(0, is_discarded).is_some(), "{:?}", talk.events);
    assert_eq!(talk.find(0, is_audio), None);
    // The next answer is spoken.
    talk.say("next", "حسنا.").unwrap();
    talk.wait(3_000).unwrap();
    assert!(talk.find(0, |event| matches!(event, DialogEvent::Spoken { id } if id == "next")).is_some());
}

#[test]
fn complete_answer_ends_the_turn_early() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let models = models();
    let phrases = ["نعم", "لا"].map(str::to_owned);
    let stt = SttOptions { grammar: Some(Grammar::new(&phrases).unwrap()), ..SttOptions::default() };
    let mut talk = Conversation::new(&models, stt, options(), Expect::Phrases(phrases.into()), None).unwrap();
    talk.wait(320).unwrap();
    talk.hear(&keyword(&data, SPEAKER, "no")).unwrap();
    talk.wait(2_000).unwrap();
    let ended = talk.events.iter().find_map(|(at, event)| match event {
        DialogEvent::TurnEnded { at_ms, reason, .. } => Some((at.saturating_sub(*at_ms), *reason)),
        _ => None,
    });
    let (delay, reason) = ended.expect("an end");
    assert_eq!(reason, TurnEnd::Complete);
    assert!(delay <= 300, "{delay} ms");
}
