//! Holds a server at a part of its session cap for a long time, with human speech in real time, and fails if its
//! memory, files or threads grow, or if a session is not served as it should be.

mod flat;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Parser;
use tokio::time::{Instant, sleep, sleep_until};

use flat::{Sample, verdict};
use voice_bench::client::{self, Seen};
use voice_bench::root;
use voice_bench::score::{percentile, sorted, word_errors};
use voice_bench::server::{Kind, Programs, Server};
use voice_bench::stream::{Pauses, Recordings, Stream};

/// Between two looks at the server.
const INTERVAL: Duration = Duration::from_secs(10);

/// What the first sessions do for the first time is no leak.
const WARM_UP: Duration = Duration::from_secs(20);

/// How long a server may take to load its model, a session to be served after its end, and the server to let go of
/// the last one.
const PATIENCE: Duration = Duration::from_mins(1);

/// Different streams.
const STREAMS: usize = 24;

/// Of the words of a stream, so many may be heard wrongly: the model is a small one.
const MAX_WORD_ERRORS: f64 = 0.2;

#[derive(Parser)]
#[command(about = "Runs sessions for a long time and fails if the server grows.")]
struct Arguments {
    /// Length of the run.
    #[arg(long, default_value_t = 1_800, value_parser = clap::value_parser!(u64).range(40..=86_400))]
    seconds: u64,
    /// The server's session cap; 80 % of it are used.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    cap: u32,
    /// Length of each session: short ones find what leaks with each of them.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(2..=600))]
    session_seconds: u32,
    /// The server program [default: target/release/voice-server].
    #[arg(long)]
    program: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ran = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(run(&arguments)));
    match ran {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("voice-soak: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<String, String> {
    let data = std::env::var_os("VOICE_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    if !data.is_dir() && std::env::var_os("CI").is_none() {
        return Ok(format!("skipped: no recordings at {}; set VOICE_DATA to their folder", data.display()));
    }
    let mut recordings = Recordings::open(&data)?;
    let seconds = arguments.session_seconds as usize;
    let streams = (0..STREAMS)
        .map(|seed| recordings.stream(seed, seconds, Pauses::Natural).map(Arc::new))
        .collect::<Result<Vec<_>, _>>()?;
    let programs = programs(arguments)?;
    let mut server = Server::start(Kind::Ours, &programs)?;
    let sessions = arguments.cap as usize * 4 / 5;
    begin(&mut server).await?;

    let idle = Sample::of(&server, &[]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let start = Instant::now();
    let deadline = start + Duration::from_secs(arguments.seconds);
    let slots: Vec<_> = (0..sessions)
        .map(|number| {
            let slot = slot(server.port, streams.clone(), number, deadline, Arc::clone(&seen));
            tokio::spawn(slot)
        })
        .collect();
    println!("| s | MiB | files | threads | finals | p99, ms |\n|---|---|---|---|---|---|");
    let mut samples = Vec::new();
    let mut count = 0;
    while Instant::now() + INTERVAL <= deadline {
        sleep(INTERVAL).await;
        server.check()?;
        let new = std::mem::take(&mut *lock(&seen));
        count += new.len();
        let sample = Sample::of(&server, &new);
        println!("| {} | {sample}", start.elapsed().as_secs());
        if start.elapsed() > WARM_UP {
            samples.push(sample);
        }
    }
    let mut failures = Vec::new();
    for slot in slots {
        failures.extend(slot.await.map_err(|error| error.to_string())?.err());
    }
    if let Some(first) = failures.first() {
        return Err(format!("{} of {sessions} clients failed: {first}", failures.len()));
    }
    let after = settled(&server, &idle).await;
    verdict(&idle, &samples, &after, sessions, INTERVAL)
        .map(|summary| format!("{count} sessions, {sessions} at once: {summary}"))
}

/// One client after the other, until it is time.
async fn slot(
    port: u16,
    streams: Vec<Arc<Stream>>,
    number: usize,
    deadline: Instant,
    all: Arc<Mutex<Vec<Seen>>>,
) -> Result<(), String> {
    let (mut words, mut errors) = (0, 0);
    let mut start = Instant::now() + Duration::from_millis(137 * number as u64);
    for stream in streams.iter().cycle().skip(number) {
        if start + Duration::from_secs_f64(stream.seconds()) > deadline {
            break;
        }
        sleep_until(start).await;
        let seen = client::run(port, Arc::clone(stream), start, PATIENCE).await?;
        words += stream.words.len();
        errors += word_errors(&stream.words, &seen.words);
        lock(&all).push(seen);
        // The server counts a session until the connection is closed on both sides.
        start = Instant::now() + Duration::from_millis(100);
    }
    let share = errors as f64 / f64::from(u32::try_from(words).unwrap_or(u32::MAX)).max(1.0);
    if share > MAX_WORD_ERRORS {
        return Err(format!("{errors} of {words} words were heard wrongly"));
    }
    Ok(())
}

/// Waits until the server serves, and lets it do everything once.
async fn begin(server: &mut Server) -> Result<(), String> {
    let deadline = Instant::now() + PATIENCE;
    let second = Arc::new(Stream::quiet(1, 0.0));
    loop {
        server.check()?;
        match client::run(server.port, Arc::clone(&second), Instant::now(), PATIENCE).await {
            Ok(_) => break,
            Err(problem) if Instant::now() > deadline => {
                return Err(format!(
                    "the server did not begin to serve: {problem}; see {}",
                    server.log.display()
                ));
            }
            Err(_) => sleep(Duration::from_millis(200)).await,
        }
    }
    sleep(Duration::from_secs(1)).await;
    Ok(())
}

/// The server once the last client is gone: as it was at the beginning, or as it is when patience ends.
async fn settled(server: &Server, idle: &Sample) -> Sample {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let now = Sample::of(server, &[]);
        if now.files <= idle.files || Instant::now() > deadline {
            return now;
        }
        sleep(Duration::from_millis(200)).await;
    }
}

fn programs(arguments: &Arguments) -> Result<Programs, String> {
    let environment = vec![
        ("MAX_CONCURRENT_SESSIONS", arguments.cap.to_string()),
        ("VOICE_SESSIONS_PER_IP", arguments.cap.to_string()),
        ("RATE_LIMIT_PER_MINUTE", "100000".to_owned()),
    ];
    let programs = Programs::new(arguments.program.as_deref(), environment)?;
    if !programs.server.exists() {
        return Err(format!(
            "{} is missing; run cargo build --release -p voice-server",
            programs.server.display()
        ));
    }
    Ok(programs)
}

/// The slowest of a hundred finals, in milliseconds.
fn p99(seen: &[Seen]) -> f64 {
    percentile(&sorted(seen.iter().flat_map(|seen| seen.finals.iter().copied())), 0.99)
}

fn lock(seen: &Mutex<Vec<Seen>>) -> std::sync::MutexGuard<'_, Vec<Seen>> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
