//! Many dialogs at once, in real time, through one pool of two threads of each kind.
//!
//! Usage: `voice-bench-dialog-load DATA VOICE DIALOGS SECONDS`: the folder of recordings, and a Piper voice that reads
//! English. In each dialog the user says a word every 20 s and gets an answer of about a second.

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use voice_bench::recordings::recordings;
use voice_bench::root;
use voice_core::audio::SAMPLE_RATE;
use voice_core::dialog::{
    self, Dialog, DialogEvent, DialogInput, DialogOptions, DialogOutput, Expect, InputCommand, NewEvents,
    OutputCommand, Say,
};
use voice_core::pool::{Machine, Pool, SessionHandle, Update};
use voice_core::source::ModelSource;
use voice_core::stt::SttSource;
use voice_core::tts::{ClauseCache, Clock, TtsSession, VoiceSource};
use voice_core::{Engine, EngineOptions, SttOptions, TtsOptions};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The audio of one message.
const PIECE: Duration = Duration::from_millis(20);
const SAMPLES: usize = SAMPLE_RATE as usize / 50;

/// From one word of the user to the next.
const CYCLE: usize = 20 * SAMPLE_RATE as usize;

struct Talk {
    dialog: Dialog,
    input: SessionHandle<DialogInput>,
    output: SessionHandle<DialogOutput>,
    /// A chunk of audio was asked for.
    is_asked: Arc<AtomicBool>,
    speech: Vec<i16>,
    at: usize,
    asked: Option<Instant>,
}

/// Times in milliseconds.
#[derive(Default)]
struct Times {
    end: Vec<f64>,
    audio: Vec<f64>,
    failures: usize,
}

fn main() -> Outcome<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [data, voice, dialogs, seconds] = &arguments[..] else {
        return Err("usage: voice-bench-dialog-load DATA VOICE DIALOGS SECONDS".into());
    };
    let number = |text: &Path| text.to_string_lossy().parse::<usize>();
    let (dialogs, seconds) = (number(dialogs)?, number(seconds)?);
    let stt = vec![SttSource::from(ModelSource::folder(root().join("models/ar-commands")))];
    let tts = vec![VoiceSource::vits(ModelSource::folder(voice))];
    let engine = Engine::new(EngineOptions { stt, tts, ..EngineOptions::default() });
    engine.load()?;
    let pool = Pool::new(NonZeroUsize::new(2).unwrap_or(NonZeroUsize::MIN))?;
    let words = recordings(data, &["open", "close", "send", "three"], 2)?;
    let (tell, told) = mpsc::channel();
    let mut talks = Vec::new();
    for number in 0..dialogs {
        talks.push(Talk::new(&engine, &pool, words[number % words.len()].clone(), number, dialogs, &tell)?);
    }
    let (begin, mut times, mut memory) = (Instant::now(), Times::default(), Vec::new());
    let (mut answers, cpu) = (0, cpu_seconds());
    for piece in 1..=seconds * 50 {
        let due = begin + PIECE * piece as u32;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        for talk in &mut talks {
            talk.pass();
        }
        for (number, at, event) in told.try_iter() {
            let talk: &mut Talk = &mut talks[number];
            match event {
                DialogEvent::TurnEnded { at_ms, silence_ms, .. } => {
                    let due = begin + Duration::from_millis(at_ms + u64::from(silence_ms));
                    times.end.push(millis(at, due));
                    answers += 1;
                    talk.asked = Some(Instant::now());
                    let say = Say::new("answer", format!("Your number is {answers}."));
                    talk.output.submit(talk.dialog.request(OutputCommand::Say(say)))?;
                }
                DialogEvent::Audio { .. } => {
                    times.audio.extend(talk.asked.take().map(|asked| millis(at, asked)));
                }
                DialogEvent::Failed(_) => times.failures += 1,
                _ => {}
            }
        }
        if piece % (seconds * 50 / 6) == 0 {
            memory.push(resident() / 1_024);
        }
    }
    println!("{dialogs} dialogs for {seconds} s, {answers} turns, {} failures", times.failures);
    println!("  memory in MiB, after each sixth of the time: {memory:?}");
    println!("  processor: {:.2} cores", (cpu_seconds() - cpu) / begin.elapsed().as_secs_f64());
    report("from the silence that ends a turn to its event", times.end);
    report("from the request to its first audio", times.audio);
    Ok(())
}

impl Talk {
    fn new(
        engine: &Engine,
        pool: &Pool,
        speech: Vec<i16>,
        number: usize,
        dialogs: usize,
        tell: &mpsc::Sender<(usize, Instant, DialogEvent)>,
    ) -> Outcome<Self> {
        let stt = engine.stt_session(SttOptions::default())?;
        let cache = Arc::new(ClauseCache::new(0));
        let tts = TtsSession::new(engine.voices(None)?, TtsOptions::default(), cache, Clock::default())?;
        let options = DialogOptions::default();
        let (dialog, input, output) = dialog::open(stt, tts, options, Expect::Open, Clock::default())?;
        let is_asked = Arc::<AtomicBool>::default();
        let input = attach(pool, input, &dialog, number, tell, &Arc::default());
        let output = attach(pool, output, &dialog, number, tell, &is_asked);
        let at = CYCLE * number / dialogs;
        Ok(Self { dialog, input, output, is_asked, speech, at, asked: None })
    }

    /// Sends the next piece of the user's audio, and asks for audio.
    fn pass(&mut self) {
        let from = self.at % CYCLE;
        let piece = (from..from + SAMPLES).map(|at| self.speech.get(at).copied().unwrap_or_default());
        let bytes = piece.flat_map(i16::to_le_bytes).collect();
        self.at += SAMPLES;
        let _ = self.input.submit(InputCommand::audio(bytes));
        if self.dialog.deadline() <= Instant::now() {
            let _ = self.input.submit(InputCommand::Tick);
        }
        if self.dialog.wants_audio() && !self.is_asked.swap(true, Ordering::AcqRel) {
            let _ = self.output.submit(self.dialog.request(OutputCommand::Next));
        }
    }
}

fn attach<M: Machine<Event = NewEvents>>(
    pool: &Pool,
    machine: M,
    dialog: &Dialog,
    number: usize,
    tell: &mpsc::Sender<(usize, Instant, DialogEvent)>,
    is_asked: &Arc<AtomicBool>,
) -> SessionHandle<M> {
    let (dialog, tell, is_asked) = (dialog.clone(), tell.clone(), Arc::clone(is_asked));
    pool.attach(machine, move |update: Update<NewEvents>| {
        if update.is_done {
            is_asked.store(false, Ordering::Release);
        }
        while let Some(event) = dialog.next_event() {
            let _ = tell.send((number, Instant::now(), event));
        }
    })
}

fn millis(at: Instant, from: Instant) -> f64 {
    at.saturating_duration_since(from).as_secs_f64() * 1_000.0
}

fn report(name: &str, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        values.get(values.len() * percent / 100).or(values.last()).copied().unwrap_or(f64::NAN)
    };
    println!("  ms {name}: {} times, p50 {:.1}, p95 {:.1}", values.len(), at(50), at(95));
}

/// Resident memory in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Processor time of this process.
fn cpu_seconds() -> f64 {
    voice_bench::server::cpu_seconds(std::process::id())
}
