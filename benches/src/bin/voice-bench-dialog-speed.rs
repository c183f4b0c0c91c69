//! The speed of dialogs, with the shipped model and a real voice.
//!
//! Usage: `voice-bench-dialog-speed DATA VOICE`: the folder of recordings, and a Piper voice that reads English.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use voice_bench::conversation::{Conversation, Models};
use voice_bench::recordings::recordings;
use voice_bench::root;
use voice_core::SttOptions;
use voice_core::dialog::{DialogEvent, DialogOptions, Expect};
use voice_core::source::ModelSource;
use voice_core::tts::VoiceSource;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Dialogs of each kind.
const COUNT: usize = 40;

fn main() -> Outcome<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [data, voice] = &arguments[..] else {
        return Err("usage: voice-bench-dialog-speed DATA VOICE".into());
    };
    let voice = VoiceSource::vits(ModelSource::folder(voice));
    let models = Models::load(&root().join("models/ar-commands"), voice)?;
    let answers = recordings(data, &["open", "close"], 2)?;
    println!("ms from a request to its first audio");
    let prompt = |number: usize| {
        format!("Your appointment number {number} is at ten, on the second floor of the building.")
    };
    // The voice is measured at its first use.
    until_audio(&models, |talk| talk.say("first", "Hello."))?;
    report("not cached", COUNT, |number| until_audio(&models, |talk| talk.say("a", &prompt(number))))?;
    report("cached", COUNT, |number| until_audio(&models, |talk| talk.say("a", &prompt(number))))?;
    println!("ms from the end of a turn to the first audio of its answer");
    for is_early in [false, true] {
        let name = if is_early { "requested when the turn may be over" } else { "requested at the end" };
        report(name, COUNT, |number| {
            let text = prompt(1_000 + 2 * number + usize::from(is_early));
            until_audio(&models, |talk| answer(talk, &answers[number % answers.len()], is_early, &text))
        })?;
    }
    Ok(())
}

/// The real time to the first audio in a dialog in which `ask` requests it.
fn until_audio(
    models: &Models,
    ask: impl FnOnce(&mut Conversation) -> voice_core::Result<()>,
) -> Outcome<Duration> {
    let (stt, options) = (SttOptions::default(), DialogOptions::default());
    let mut talk = Conversation::new(models, stt, options, Expect::Open, None)?;
    talk.wait(320)?;
    ask(&mut talk)?;
    while talk.until_audio.is_empty() {
        talk.wait(16)?;
        if talk.now_ms() > 10_000 {
            return Err("no audio follows a request".into());
        }
    }
    let until_audio = talk.until_audio[0];
    // The whole clause is cached.
    while talk.find(0, |event| matches!(event, DialogEvent::Spoken { .. })).is_none()
        && talk.now_ms() < 30_000
    {
        talk.wait(160)?;
    }
    Ok(until_audio)
}

/// The user speaks, and the answer is requested; again if it is discarded.
fn answer(talk: &mut Conversation, speech: &[i16], is_early: bool, text: &str) -> voice_core::Result<()> {
    talk.hear(speech)?;
    let is_time = |event: &DialogEvent| match event {
        DialogEvent::TurnEager { .. } => is_early,
        DialogEvent::TurnEnded { .. } => true,
        _ => false,
    };
    wait_for(talk, is_time)?;
    talk.say("answer", text)?;
    wait_for(talk, |event| matches!(event, DialogEvent::TurnEnded { .. }))?;
    if talk.find(0, |event| matches!(event, DialogEvent::Discarded { .. })).is_some() {
        talk.say("answer", text)?;
    }
    Ok(())
}

fn wait_for(talk: &mut Conversation, is_it: impl Fn(&DialogEvent) -> bool) -> voice_core::Result<()> {
    let until = talk.now_ms() + 5_000;
    while talk.find(0, &is_it).is_none() && talk.now_ms() < until {
        talk.wait(16)?;
    }
    Ok(())
}

fn report(name: &str, count: usize, measure: impl Fn(usize) -> Outcome<Duration>) -> Outcome<()> {
    let mut found = (0..count).map(measure).collect::<Outcome<Vec<_>>>()?;
    found.sort_unstable();
    let at = |percent: usize| found[(count * percent / 100).min(count - 1)].as_secs_f64() * 1_000.0;
    println!("  {name}: {count} times, p50 {:.1}, p95 {:.1}", at(50), at(95));
    Ok(())
}
