//! One synthesizer of `benches/peer/tts.py`: libvoice, in a process of its own. Prints a JSON line for each
//! utterance, as that program's other engines do, and a last one on many sessions at once.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::{Value, json};
use voice_core::source::ModelSource;
use voice_core::tts::{
    Canceller, ClauseCache, Clock, Speech, Style, TtsEvent, TtsOptions, TtsSession, Voice, VoiceSource,
};
use voice_core::{Engine, EngineOptions, Error, ErrorKind, Result, report};

#[derive(Parser)]
struct Arguments {
    /// The .onnx file of a voice.
    model: PathBuf,
    /// A JSON file with the sentence as `text`.
    #[arg(long)]
    sentence: PathBuf,
    /// Utterances.
    #[arg(long, default_value_t = 3)]
    runs: u32,
    /// Sessions at once, for the line on them; 0 for none.
    #[arg(long, default_value_t = 0)]
    sessions: u32,
}

fn main() -> ExitCode {
    match measure(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("voice-bench-speech: {}", report(&error));
            ExitCode::FAILURE
        }
    }
}

fn quiet() -> Style {
    Style { noise: Some(0.0), ..Style::default() }
}

fn measure(arguments: &Arguments) -> Result<()> {
    let sentence = std::fs::read(&arguments.sentence).map_err(|error| unread(&arguments.sentence, error))?;
    let sentence: Value = serde_json::from_slice(&sentence).unwrap_or_default();
    let text = sentence["text"].as_str().unwrap_or_default();
    let started = Instant::now();
    let engine = Engine::new(EngineOptions {
        tts: vec![VoiceSource::vits(ModelSource::folder(&arguments.model))],
        ..EngineOptions::default()
    });
    engine.load()?;
    let voice = engine.voices(None)?.swap_remove(0);
    let load = started.elapsed().as_secs_f64();
    speak(&voice, text, false)?;
    for (way, whole) in [("text", false), ("whole", true)].repeat(arguments.runs as usize) {
        let before = cpu();
        let (first, total, samples, first_cpu) = speak(&voice, text, whole)?;
        let cpu_s = cpu() - before;
        let rate = f64::from(voice.info().sample_rate);
        println!(
            "{}",
            json!({
                "way": way, "samples": samples, "load_s": load, "first_audio_s": first, "total_s": total,
                "first_audio_cpu_s": first_cpu - before, "cpu_s": cpu_s,
                "real_time_factor": total * rate / samples as f64, "peak_mib": kib("VmHWM:") / 1_024.0,
            })
        );
    }
    if arguments.sessions > 0 {
        println!("{}", many(&voice, text, arguments.sessions)?);
    }
    Ok(())
}

/// Seconds to the first samples and to the last, and their number; the CPU time of the process at the first.
fn speak(voice: &Arc<dyn Voice>, text: &str, whole: bool) -> Result<(f64, f64, usize, f64)> {
    let started = Instant::now();
    let speech = [Speech::Text(text.to_owned())];
    let mut rendering =
        Arc::clone(voice).render(&speech, &Style { whole, ..quiet() }, &Canceller::default())?;
    let (mut first, mut samples) = (None, 0);
    let rate = f64::from(voice.info().sample_rate);
    let mut heard = Duration::ZERO;
    while let Some(chunk) = rendering.next_chunk(heard.saturating_sub(started.elapsed()))? {
        first.get_or_insert_with(|| (started.elapsed().as_secs_f64(), cpu()));
        samples += chunk.len();
        heard = heard.max(started.elapsed()) + Duration::from_secs_f64(chunk.len() as f64 / rate);
    }
    let (first, first_cpu) = first.unwrap_or_default();
    Ok((first, started.elapsed().as_secs_f64(), samples, first_cpu))
}

/// Seconds that the threads of this process have computed, which other work on the machine does not change.
fn cpu() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds = tasks.filter_map(|task| {
        let line = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}

/// `count` sessions, each speaking the sentence three times on a thread of its own.
fn many(voice: &Arc<dyn Voice>, text: &str, count: u32) -> Result<Value> {
    let options = || TtsOptions { style: quiet(), kept_ms: 0, ..TtsOptions::default() };
    let open = || {
        TtsSession::new(vec![Arc::clone(voice)], options(), Arc::new(ClauseCache::new(0)), Clock::default())
    };
    // Both copies of the voice are made before memory is looked at.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| speak(voice, text, false));
        }
    });
    let mut sessions = (0..count).map(|_| open()).collect::<Result<Vec<_>>>()?;
    let before = kib("VmRSS:");
    for session in &mut sessions {
        session.push(&text.repeat(3))?;
        session.flush()?;
        while !matches!(session.next_event()?, Some(TtsEvent::Audio(_)) | None) {}
    }
    let grown = kib("VmRSS:") - before;
    let started = Instant::now();
    let bytes: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = sessions.iter_mut().map(|session| scope.spawn(|| drain(session))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
    });
    let audio = bytes as f64 / 2.0 / f64::from(voice.info().sample_rate);
    let elapsed = started.elapsed().as_secs_f64();
    let mut session = open()?;
    session.push(&text.repeat(20))?;
    let canceller = session.canceller();
    let worker = std::thread::spawn(move || {
        drain(&mut session);
        Instant::now()
    });
    std::thread::sleep(Duration::from_millis(150));
    let asked = Instant::now();
    canceller.cancel();
    let silent = worker.join().map_or(0.0, |end| end.duration_since(asked).as_secs_f64());
    Ok(json!({
        "way": "sessions", "sessions": count, "audio_s_per_s": audio / elapsed,
        "kib_per_speaking_session": grown / f64::from(count), "cancel_to_silence_ms": silent * 1e3,
    }))
}

/// Takes all that a session can say by now; bytes of audio.
fn drain(session: &mut TtsSession) -> usize {
    let mut bytes = 0;
    while let Ok(Some(event)) = session.next_event() {
        if let TtsEvent::Audio(chunk) = event {
            bytes += chunk.audio.len();
        }
    }
    bytes
}

/// A figure of `/proc/self/status`.
fn kib(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

fn unread(path: &std::path::Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{} cannot be read", path.display())).with_source(error)
}
