//! Turn taking on human recordings: interruptions, backchannels, and the ends of turns.
//!
//! Usage: `voice-bench-dialog DATA [ROWS [VOICE]]`: the folder of recordings, the beginning of the names of the rows to
//! measure, and a Piper voice instead of espeak-ng's.
//!
//! Time is simulated, so the figures do not depend on the speed of the machine; the time of computing is not in them.

use std::error::Error;
use std::path::{Path, PathBuf};

use voice_bench::conversation::{Conversation, Echo, Models};
use voice_bench::recordings::{end_ms, files, flac, onset_ms, recordings, room, speakers, trimmed};
use voice_bench::root;
use voice_bench::words::WORDS;
use voice_core::audio::SAMPLE_RATE;
use voice_core::dialog::{DialogEvent, DialogOptions, EchoCanceller, Expect, ListenerWords};
use voice_core::source::ModelSource;
use voice_core::tts::VoiceSource;
use voice_core::{Grammar, SttOptions};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Prompts of a clinic, each some seconds long.
const PROMPTS: [&str; 4] = [
    "مرحبا بك في عيادة الأسنان. يمكنك حجز موعد جديد، أو تغيير موعدك الحالي، أو التحدث إلى موظف الاستقبال.",
    "موعدك القادم يوم الاثنين في الساعة العاشرة صباحا مع الدكتور أحمد، في الطابق الثاني من المبنى الرئيسي.",
    "قبل أن نبدأ، أريد أن أسألك عن الأدوية التي تتناولها هذه الأيام، وعن أي حساسية تعرفها من قبل.",
    "سوف نرسل لك رسالة نصية فيها عنوان العيادة ورقم الهاتف، والتعليمات التي عليك اتباعها قبل الزيارة.",
];

/// The words of the digits come first in the list of words.
const DIGITS: usize = 10;

fn main() -> Outcome<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let Some(data) = arguments.first() else {
        return Err("usage: voice-bench-dialog DATA [ROWS [VOICE]]".into());
    };
    let rows = arguments.get(1).map(|rows| rows.to_string_lossy().into_owned()).unwrap_or_default();
    let voice = match arguments.get(2) {
        Some(path) => VoiceSource::vits(ModelSource::folder(path)),
        None => VoiceSource::espeak("ar".parse()?),
    };
    let models = Models::load(&root().join("models/ar-commands"), voice)?;
    let in_room = |number: usize| {
        let room = Some(room(&data.join(format!("noise/rir{number}.wav")))?);
        Ok::<_, Box<dyn Error>>(Echo { room, ..Echo::new(0.251, 80) })
    };
    for (name, echo) in [
        ("no echo", None),
        ("echo of -12 dB, 80 ms", Some(Echo::new(0.251, 80))),
        ("echo of -12 dB, 250 ms", Some(Echo::new(0.251, 250))),
        ("echo of -12 dB, 80 ms, in room 1", Some(in_room(1)?)),
        ("echo of -12 dB, 80 ms, in room 2", Some(in_room(2)?)),
        ("echo of -12 dB, 80 to 140 ms", Some(Echo { late_ms: 60, ..Echo::new(0.251, 80) })),
    ] {
        if !name.starts_with(&rows) {
            continue;
        }
        println!("{name}");
        prompts(&models, data, echo, None)?;
        prompts(&models, data, echo, Some(&["yes", "ok"]))?;
        prompts(&models, data, echo, Some(&["stop", "cancel", "previous", "send", "rotate", "three", "no"]))?;
    }
    if "ends of turns".starts_with(&rows) { turn_ends(&models, data) } else { Ok(()) }
}

fn options(echo: Option<Echo>) -> DialogOptions {
    DialogOptions {
        words: ListenerWords::of_language(&"ar".parse().expect("a tag")),
        echo_canceller: if echo.is_some() { EchoCanceller::None } else { EchoCanceller::Device },
        ..DialogOptions::default()
    }
}

/// Prompts in which the user says one of `words`, or nothing.
fn prompts(models: &Models, data: &Path, echo: Option<Echo>, words: Option<&[&str]>) -> Outcome<()> {
    let speech = words.map_or_else(|| Ok(vec![Vec::new()]), |words| recordings(data, words, 4))?;
    let (mut count, mut pauses, mut interruptions, mut resumes) = (0, 0, 0, 0);
    let mut until_pause = Vec::new();
    let mut until_interrupted = Vec::new();
    for (number, recording) in speech.iter().cycle().take(speech.len().max(100)).enumerate() {
        let mut talk = Conversation::new(models, SttOptions::default(), options(echo), Expect::Open, echo)?;
        // The canceller settles.
        talk.say("first", PROMPTS[number % PROMPTS.len()])?;
        talk.say("second", PROMPTS[(number + 1) % PROMPTS.len()])?;
        talk.wait(5_000 + (number as u64 * 137) % 2_000)?;
        let begin = talk.now_ms();
        talk.hear(recording)?;
        talk.wait(8_000)?;
        count += 1;
        pauses += talk.dialog().counts().pauses;
        resumes += talk.dialog().counts().resumes;
        interruptions += talk.dialog().counts().interruptions;
        let onset = begin + onset_ms(recording);
        let pause = talk.find(begin, |event| matches!(event, DialogEvent::Paused { .. }));
        until_pause.extend(pause.map(|at| at.saturating_sub(onset)));
        let ended = talk.find(begin, |event| matches!(event, DialogEvent::Interrupted { .. }));
        until_interrupted.extend(ended.map(|at| at.saturating_sub(onset)));
    }
    let words = words.map_or_else(|| "silence".to_owned(), |words| words.join(", "));
    println!(
        "  {words}: {count} prompts, {pauses} pauses, {resumes} resumed, {interruptions} interrupted; \
         ms from voice to pause p50 {} p95 {}, to interruption p50 {} p95 {}",
        percentile(&mut until_pause, 50),
        percentile(&mut until_pause, 95),
        percentile(&mut until_interrupted, 50),
        percentile(&mut until_interrupted, 95),
    );
    Ok(())
}

/// Answers to questions with an expected answer.
fn turn_ends(models: &Models, data: &Path) -> Outcome<()> {
    let yes_no: Vec<String> = ["نعم", "لا"].map(str::to_owned).into();
    let digits: Vec<String> = WORDS[..DIGITS].iter().map(|(_, word)| (*word).to_owned()).collect();
    println!("ends of turns");
    let yes = recordings(data, &["yes", "no"], usize::MAX)?;
    answers(models, "yes and no", &yes, &yes_no, &Expect::Phrases(yes_no.clone()))?;
    let names: Vec<&str> = WORDS[..DIGITS].iter().map(|(name, _)| *name).collect();
    let single = recordings(data, &names, usize::MAX)?;
    answers(models, "a digit", &single, &digits, &Expect::Phrases(digits.clone()))?;
    // Four digits of one speaker, with pauses of 150 to 450 ms between them.
    let mut strings = Vec::new();
    for speaker in speakers(data)? {
        for first in 0..20 {
            let mut string = Vec::new();
            for at in 0..4 {
                let files = files(data, &speaker, names[(first * 3 + at * 7) % 10])?;
                if at > 0 {
                    string.resize(
                        string.len() + SAMPLE_RATE as usize * (150 + (first * 53 + at * 97) % 300) / 1_000,
                        0,
                    );
                }
                string.extend(trimmed(&flac(&files[first % files.len()])?));
            }
            strings.push(string);
        }
    }
    answers(models, "4 digits of 4", &strings, &digits, &Expect::Digits { count: Some(4) })?;
    answers(models, "4 digits, length not known", &strings, &digits, &Expect::Digits { count: None })?;
    answers(models, "4 digits, open", &strings, &digits, &Expect::Open)
}

fn answers(
    models: &Models,
    name: &str,
    speech: &[Vec<i16>],
    grammar: &[String],
    expect: &Expect,
) -> Outcome<()> {
    let mut phrases = grammar.to_vec();
    phrases.push("[unk]".to_owned());
    let stt = SttOptions { grammar: Some(Grammar::new(phrases)?), ..SttOptions::default() };
    let (mut ends, mut silences, mut cut, mut missed, mut complete) = (Vec::new(), Vec::new(), 0, 0, 0);
    for recording in speech {
        let mut talk = Conversation::new(models, stt.clone(), options(None), expect.clone(), None)?;
        talk.wait(320)?;
        let begin = talk.now_ms();
        talk.hear(recording)?;
        talk.wait(3_000)?;
        let end = begin + end_ms(recording);
        let found: Vec<_> =
            talk.events.iter().filter(|(_, event)| matches!(event, DialogEvent::TurnEnded { .. })).collect();
        let by_complete = |event: &DialogEvent| {
            matches!(event, DialogEvent::TurnEnded { reason: voice_core::dialog::TurnEnd::Complete, .. })
        };
        match found.as_slice() {
            [] => missed += 1,
            [(at, event), rest @ ..] => {
                complete += usize::from(by_complete(event));
                if let DialogEvent::TurnEnded { at_ms, .. } = event {
                    silences.push(at.saturating_sub(*at_ms));
                }
                // The turn ended while the user still spoke.
                if *at + 48 < end || !rest.is_empty() {
                    cut += 1;
                } else {
                    ends.push(at.saturating_sub(end));
                }
            }
        }
    }
    let count = speech.len();
    println!(
        "  {name}: {count} answers, {complete} complete, {cut} cut off, {missed} not noticed; ms from the end of the \
         voice to the end of the turn p50 {} p95 {}, from the end that the detector found p50 {} p95 {}",
        percentile(&mut ends, 50),
        percentile(&mut ends, 95),
        percentile(&mut silences, 50),
        percentile(&mut silences, 95),
    );
    Ok(())
}

fn percentile(values: &mut [u64], percent: usize) -> u64 {
    values.sort_unstable();
    values
        .get((values.len() * percent / 100).min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}
