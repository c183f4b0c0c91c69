//! How much ten sessions suffer from a flood of connections: their latencies without it and with it, on one server.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use voice_bench::measure::{self, Load};
use voice_bench::root;
use voice_bench::score::{percentile, sorted};
use voice_bench::server::{Kind, Programs};
use voice_bench::stream::{Pauses, Recordings};

/// Honest clients.
const SESSIONS: usize = 10;

#[derive(Parser)]
#[command(about = "Measures ten sessions without and with a flood of connections.")]
struct Arguments {
    /// Connections that are held at once.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: u32,
    /// New connections each second, once so many are held.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,
    /// Length of each client's stream.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(5..=600))]
    seconds: u32,
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
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("voice-bench-flood: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), String> {
    let data = std::env::var_os("VOICE_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let mut recordings = Recordings::open(&data)?;
    let streams = (0..SESSIONS)
        .map(|seed| recordings.stream(seed, arguments.seconds as usize, Pauses::Natural).map(Arc::new))
        .collect::<Result<Vec<_>, _>>()?;
    // As many as the honest: a flood of handshakes is refused, not served.
    let environment = vec![
        ("MAX_CONCURRENT_SESSIONS", SESSIONS.to_string()),
        ("VOICE_SESSIONS_PER_IP", SESSIONS.to_string()),
        ("RATE_LIMIT_PER_MINUTE", "10000000".to_owned()),
        ("VOICE_MAX_CONNECTIONS", (2 * arguments.connections).to_string()),
    ];
    let programs = Programs::new(arguments.program.as_deref(), environment)?;
    let server = measure::ready(Kind::Ours, &programs, &streams[0]).await?;
    println!("| | finals | p50, ms | p99, ms | max, ms | failed |\n|---|---|---|---|---|---|");
    let (quiet, ()) = measure::drive(&server, &streams, SESSIONS, async {}).await?;
    let before = row("without a flood", &quiet);
    let length = Duration::from_secs(u64::from(arguments.seconds));
    let (loaded, opened) =
        measure::drive(&server, &streams, SESSIONS, flood(server.port, arguments, length)).await?;
    let after = row(&format!("{opened} connections meanwhile"), &loaded);
    println!("\np99 with the flood: {:.2} times as long.", after / before);
    Ok(())
}

/// Opens connections for `length`: silent ones, half a request, sessions that are one too many, and questions. Returns
/// how many.
async fn flood(port: u16, arguments: &Arguments, length: Duration) -> usize {
    const UPGRADE: &str = "GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                           Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let kinds = ["", "GET / HT", UPGRADE, "GET /health HTTP/1.1\r\nHost: t\r\n\r\n"];
    // The honest come first.
    sleep(Duration::from_secs(3)).await;
    let deadline = Instant::now() + length.saturating_sub(Duration::from_secs(3));
    let pause = Duration::from_secs(1) / arguments.rate;
    let mut open = VecDeque::new();
    let mut count = 0;
    while Instant::now() < deadline {
        let connecting = TcpStream::connect(("127.0.0.1", port));
        if let Ok(Ok(mut stream)) = timeout(Duration::from_secs(1), connecting).await {
            let _ = stream.write_all(kinds[count % kinds.len()].as_bytes()).await;
            open.push_back(stream);
            count += 1;
        } else {
            open.pop_front();
        }
        if open.len() >= arguments.connections as usize {
            open.pop_front();
            sleep(pause).await;
        }
    }
    count
}

/// Prints a row and returns its p99.
fn row(name: &str, load: &Load) -> f64 {
    let finals = sorted(load.seen.iter().flat_map(|seen| seen.finals.iter().copied()));
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| percentile(&finals, share));
    println!("| {name} | {} | {p50:.1} | {p99:.1} | {max:.1} | {} |", finals.len(), load.failures.len());
    p99
}
