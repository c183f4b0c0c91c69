//! Measures the server beside the Python server that speaks the same protocol: same machine, same
//! model, same audio, same run. docs/benchmarks.md says what each figure means.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, ValueEnum};

use voice_bench::measure::{self, Footprint, Load};
use voice_bench::report::{self, Report};
use voice_bench::root;
use voice_bench::server::{Kind, Programs};
use voice_bench::stream::{Pauses, Recordings, Stream};

/// Different streams; more clients than that share them, out of step.
const STREAMS: usize = 50;

/// Seconds of a memory measurement.
const FOOTPRINT_SECONDS: usize = 12;

#[derive(Parser)]
#[command(about = "Measures voice-server beside the Python vosk-server loop.")]
struct Arguments {
    /// Numbers of clients at once, each measured by itself.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "1,10,50,200",
        value_parser = clap::value_parser!(u32).range(1..=1_000),
    )]
    sessions: Vec<u32>,
    /// Length of each client's stream.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(5..=600))]
    seconds: u32,
    /// How often each load is measured; the order of the servers alternates.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: u32,
    /// Silent clients for the memory per idle session; 0 for none.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    idle: u32,
    /// Clients for the memory per active session, with words and pauses, then all speaking; 0 for none.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    active: u32,
    #[arg(long, value_enum, default_value_t = Only::Both)]
    server: Only,
    /// Model folder [default: models/ar-commands of this project].
    #[arg(long)]
    model: Option<PathBuf>,
    /// The server program [default: target/release/voice-server].
    #[arg(long)]
    program: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    Both,
    Ours,
    Peer,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // One thread: this program must leave the machine to the servers.
    let measured = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(until_stopped(run(&arguments))));
    match measured {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("voice-bench: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Leaves in order on SIGTERM or SIGINT, so that no server is left behind.
async fn until_stopped(work: impl Future<Output = Result<String, String>>) -> Result<String, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| error.to_string());
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    tokio::select! {
        done = work => done,
        _ = terminate.recv() => Err("stopped".to_owned()),
        _ = interrupt.recv() => Err("stopped".to_owned()),
    }
}

async fn run(arguments: &Arguments) -> Result<String, String> {
    let programs = programs(arguments)?;
    let data = std::env::var_os("VOICE_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let mut recordings = Recordings::open(&data)?;
    let mut report = Report::default();
    report.line(&format!("{}.", report::machine()));
    let seconds = arguments.seconds as usize;
    let streams = streams(&mut recordings, seconds, Pauses::Natural)?;
    let speech = streams.iter().map(|stream| stream.words.len()).sum::<usize>() as f64;
    let share = 100.0 * speech / (streams.len() * seconds) as f64;
    let rounds = arguments.rounds;
    report.line(&format!("{seconds} s streams, {share:.0} % of them one-second words; {rounds} round(s)."));

    for &sessions in &arguments.sessions {
        let sessions = sessions as usize;
        let mut loads: [Option<Load>; 2] = [None, None];
        for round in 0..rounds {
            for kind in order(arguments.server, round) {
                eprintln!("voice-bench: {sessions} sessions, round {}, {kind:?}", round + 1);
                let load = measure::load(kind, &programs, &streams, sessions).await;
                let load = load.map_err(|problem| format!("{kind:?}: {problem}"))?;
                loads[kind as usize].get_or_insert_default().add(load);
            }
        }
        report.load(sessions, &loads);
    }
    let idle: Vec<_> = [0.0, 10.0].map(|level| Arc::new(Stream::quiet(FOOTPRINT_SECONDS, level))).into();
    let words = self::streams(&mut recordings, FOOTPRINT_SECONDS, Pauses::Natural)?;
    let talk = self::streams(&mut recordings, FOOTPRINT_SECONDS, Pauses::None)?;
    for (what, streams, count) in [
        ("silent", &idle, arguments.idle),
        ("active", &words, arguments.active),
        ("speaking", &talk, arguments.active),
    ] {
        if count == 0 {
            continue;
        }
        let mut prints: [Option<Footprint>; 2] = [None, None];
        for kind in order(arguments.server, 0) {
            eprintln!("voice-bench: {count} {what} sessions, {kind:?}");
            let print = measure::footprint(kind, &programs, &talk[0], streams, count as usize).await;
            prints[kind as usize] = Some(print.map_err(|problem| format!("{kind:?}: {problem}"))?);
        }
        report.footprint(&format!("{count} {what} sessions"), &prints);
    }
    Ok(report.into_text())
}

fn streams(recordings: &mut Recordings, seconds: usize, pauses: Pauses) -> Result<Vec<Arc<Stream>>, String> {
    (0..STREAMS).map(|seed| recordings.stream(seed, seconds, pauses).map(Arc::new)).collect()
}

/// A B in even rounds, B A in odd ones, so that a drift of the machine meets both alike.
fn order(only: Only, round: u32) -> Vec<Kind> {
    let mut kinds = match only {
        Only::Both => vec![Kind::Ours, Kind::Peer],
        Only::Ours => vec![Kind::Ours],
        Only::Peer => vec![Kind::Peer],
    };
    if round % 2 == 1 {
        kinds.reverse();
    }
    kinds
}

fn programs(arguments: &Arguments) -> Result<Programs, String> {
    let mut programs = Programs::new(arguments.program.as_deref(), Vec::new())?;
    if let Some(model) = &arguments.model {
        programs.model.clone_from(model);
    }
    let needed = [
        (&programs.model, true, "name the model with --model"),
        (&programs.server, arguments.server != Only::Peer, "run cargo build --release -p voice-server"),
        (&programs.python, arguments.server != Only::Ours, "run python3 benches/peer/setup.py"),
    ];
    for (path, asked, remedy) in needed {
        if asked && !path.exists() {
            return Err(format!("{} is missing; {remedy}", path.display()));
        }
    }
    Ok(programs)
}
