//! Tests of the speaking half: what is spoken, in which order and in which way.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

use super::*;
use crate::dialog::options::{DialogOptions, Expect};
use crate::dialog::state::{Speech, Turn};
use crate::dialog::{SayText, Shared};
use crate::tts::{Canceller, Clock, Rendering, Style, VoiceInfo};

/// Records what it is to speak and how fast, and makes a moment of silence of it.
struct Recorder {
    info: VoiceInfo,
    asked: Mutex<Vec<(String, f32)>>,
}

struct Silence(bool);

impl Voice for Recorder {
    fn info(&self) -> &VoiceInfo {
        &self.info
    }

    fn render(
        self: Arc<Self>,
        speech: &[crate::tts::Speech],
        style: &Style,
        _: &Canceller,
    ) -> Result<Box<dyn Rendering>> {
        for part in speech {
            if let crate::tts::Speech::Text(text) = part {
                self.asked.lock().unwrap().push((text.clone(), style.speed));
            }
        }
        Ok(Box::new(Silence(false)))
    }
}

impl Rendering for Silence {
    fn next_chunk(&mut self, _: Duration) -> Result<Option<Vec<f32>>> {
        Ok((!std::mem::replace(&mut self.0, true)).then(|| vec![0.0; 80]))
    }
}

fn at_speed(speed: f32) -> TtsOptions {
    TtsOptions { style: Style { speed, ..Style::default() }, ..TtsOptions::default() }
}

fn opened() -> (Dialog, DialogOutput, Arc<Recorder>) {
    let info = VoiceInfo {
        name: "recorder".into(),
        engine: "scripted",
        language: "en".parse().unwrap(),
        sample_rate: 8_000,
        speakers: vec!["0".into()],
        streams: true,
    };
    let voice = Arc::new(Recorder { info, asked: Mutex::default() });
    let tts = TtsSession::new(vec![voice.clone()], at_speed(1.0), Arc::default(), Clock::default()).unwrap();
    let dialog = Dialog(Arc::new(Shared {
        clock: Clock::default(),
        playback: tts.playback(),
        canceller: tts.canceller(),
        echo: None,
        rules: Mutex::new(Rules::new(DialogOptions::default(), Expect::Open, Instant::now())),
    }));
    (dialog.clone(), DialogOutput::new(tts, dialog), voice)
}

/// The user is silent, and the turn may be over.
fn turn_may_be_over(rules: &mut Rules) {
    rules.turn =
        Turn::Speaking(Speech { text: "yes".into(), eager: Some("yes".into()), ..Speech::default() });
}

fn turn_is_over(dialog: &Dialog) {
    dialog.with(|rules, _| {
        rules.turn = Turn::Quiet;
        rules.turn_over();
    });
}

fn make_all(output: &mut DialogOutput) {
    while output.next_audio() {}
}

fn code(outcome: Result<()>) -> ErrorKind {
    outcome.unwrap_err().kind()
}

#[test]
fn update_waits_for_the_utterances_before_it() {
    let (dialog, mut output, voice) = opened();
    output.say(Say::new("first", "One.")).unwrap();
    turn_may_be_over(&mut dialog.lock());
    output.say(Say { text: SayText::Begun("Two. ".into()), ..Say::new("second", "") }).unwrap();
    let voices = vec![voice.clone() as Arc<dyn Voice>];
    output.update(OutputUpdate { voices, options: at_speed(2.0) }).unwrap();
    output.append("second", "Three.").unwrap();
    output.close("second").unwrap();
    output.say(Say::new("third", "Four.")).unwrap();
    make_all(&mut output);
    turn_is_over(&dialog);
    make_all(&mut output);
    let expected = [("One.", 1.0), ("Two.", 1.0), ("Three.", 2.0), ("Four.", 2.0)];
    let asked = voice.asked.lock().unwrap();
    assert_eq!(asked.iter().map(|(text, speed)| (text.trim(), *speed)).collect::<Vec<_>>(), expected);
}

#[test]
fn update_outlives_the_utterances_that_are_cleared() {
    let (dialog, mut output, voice) = opened();
    output.say(Say::new("first", "One.")).unwrap();
    turn_may_be_over(&mut dialog.lock());
    output.say(Say::new("second", "Two.")).unwrap();
    let voices = vec![voice.clone() as Arc<dyn Voice>];
    output.update(OutputUpdate { voices, options: at_speed(2.0) }).unwrap();
    dialog.clear();
    turn_is_over(&dialog);
    output.say(Say::new("third", "Three.")).unwrap();
    make_all(&mut output);
    assert_eq!(voice.asked.lock().unwrap().last(), Some(&("Three.".to_owned(), 2.0)));
}

#[test]
fn utterance_after_one_that_waits_waits_too() {
    let (dialog, mut output, voice) = opened();
    output.say(Say::new("first", "One.")).unwrap();
    turn_may_be_over(&mut dialog.lock());
    output.say(Say::new("second", "Two.")).unwrap();
    // The first is heard to its end while the turn may still be over.
    dialog.lock().utterances.clear(0);
    output.say(Say::new("third", "Three.")).unwrap();
    make_all(&mut output);
    assert_eq!(voice.asked.lock().unwrap().len(), 1);
    turn_is_over(&dialog);
    make_all(&mut output);
    let asked = voice.asked.lock().unwrap();
    assert_eq!(asked.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(), ["One.", "Two.", "Three."]);
}

#[test]
fn document_that_cannot_be_spoken_clears_nothing() {
    let (dialog, mut output, voice) = opened();
    output.say(Say { text: SayText::Begun("One. ".into()), ..Say::new("first", "") }).unwrap();
    let long = format!("<speak><say-as interpret-as='date'>{}</say-as></speak>", "1".repeat(2_000));
    for (document, kind) in [("<speak>", ErrorKind::SsmlInvalid), (&long, ErrorKind::TextTooLarge)] {
        let say = Say { text: SayText::Ssml(document.into()), interrupts: true, ..Say::new("bad", "") };
        assert_eq!(code(output.say(say)), kind);
    }
    let huge = Say { interrupts: true, ..Say::new("huge", "x".repeat((1 << 20) + 1)) };
    assert_eq!(code(output.say(huge)), ErrorKind::TextTooLarge);
    assert_eq!(dialog.lock().utterances.len(), 1);
    // It is still open.
    output.append("first", "Two.").unwrap();
    output.close("first").unwrap();
    make_all(&mut output);
    assert_eq!(voice.asked.lock().unwrap().len(), 2);
}

#[test]
fn clear_drops_requests_before_it_only() {
    let (dialog, mut output, voice) = opened();
    let before = dialog.request(OutputCommand::Say(Say::new("before", "One.")));
    dialog.clear();
    let after = dialog.request(OutputCommand::Say(Say::new("after", "Two.")));
    output.carry_out(before).unwrap();
    output.carry_out(after).unwrap();
    make_all(&mut output);
    let interrupted = std::iter::from_fn(|| dialog.next_event())
        .filter_map(|event| if let DialogEvent::Interrupted { ids, .. } = event { Some(ids) } else { None });
    assert_eq!(interrupted.collect::<Vec<_>>(), [["before"]]);
    assert_eq!(
        voice.asked.lock().unwrap().iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(),
        ["Two."]
    );
}

/// Whatever comes between the steps of a request, each utterance has one end, and text is spoken only of an utterance
/// that was not dropped before.
#[test]
fn every_utterance_ends_once() {
    let (dialog, mut output, voice) = opened();
    let mut ends = HashMap::<String, usize>::new();
    let mut count = 0;
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let mut random = 1_u32;
            for _ in 0..5_000 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                match random >> 30 {
                    0 => dialog.clear(),
                    1 => turn_is_over(&dialog),
                    _ => turn_may_be_over(&mut dialog.lock()),
                }
                std::thread::yield_now();
            }
        });
        for _ in 0..200 {
            for _ in 0..4 {
                // Too many may wait.
                count += usize::from(output.say(Say::new(count.to_string(), "Word.")).is_ok());
            }
            for _ in 0..3 {
                output.next_audio();
            }
            collect(&dialog, &mut ends);
        }
    });
    turn_is_over(&dialog);
    make_all(&mut output);
    dialog.clear();
    collect(&dialog, &mut ends);
    let wrong: Vec<_> = (0..count).filter(|id| ends.get(&id.to_string()) != Some(&1)).collect();
    assert_eq!(wrong, [0; 0], "{ends:?}");
    assert!(!voice.asked.lock().unwrap().is_empty());
}

fn collect(dialog: &Dialog, ends: &mut HashMap<String, usize>) {
    while let Some(event) = dialog.next_event() {
        let ids = match event {
            DialogEvent::Spoken { id } => vec![id],
            DialogEvent::Interrupted { ids, .. } | DialogEvent::Discarded { ids } => ids,
            _ => Vec::new(),
        };
        for id in ids {
            *ends.entry(id).or_default() += 1;
        }
    }
}
