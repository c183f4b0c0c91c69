//! What the server costs without speech: health checks, admissions, sessions in which nobody speaks.
//! docs/benchmarks.md says what each figure means.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use voice_bench::server::{Kind, Programs, Server};

#[derive(Parser)]
#[command(about = "Measures voice-server without speech: health checks, admissions, idle sessions.")]
struct Arguments {
    /// Connections that ask for /health, one request after the other.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    connections: u32,
    /// How long they ask.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    seconds: u64,
    /// Sessions in which nobody speaks.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    sessions: u32,
    /// Limits in this Redis.
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    /// The server program [default: target/release/voice-server].
    #[arg(long)]
    program: Option<PathBuf>,
}

type Failure = Box<dyn std::error::Error>;

const ADMIN: &str = "a-secret-of-this-measurement-h7Qw2ZrT9vKx4LmN8p";
const TOKEN: &str = "another-of-this-measurement-Jf5Gs8Wq1Xe6Rb0Ut7O";

/// How long anything may take.
const WAIT: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(run(&arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("voice-bench-server: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (server, address) = start(arguments).await?;
    let (asked, took, cpu) = health(&server, address, arguments).await?;
    println!("| what | measured |\n|---|---:|");
    println!("| GET /health, requests a second beside this program | {:.0} |", asked / took);
    println!("| the server's CPU for one, µs | {:.1} |", 1e6 * cpu / asked);
    println!("| that on two cores, requests a second | {:.0} |", 2.0 * asked / cpu);

    let before = server.memory();
    let mut sessions = Vec::new();
    for _ in 0..arguments.sessions {
        sessions.push(open(address).await?);
    }
    // What connecting took is given back in a moment.
    sleep(Duration::from_secs(5)).await;
    let held = (server.memory() - before) / f64::from(arguments.sessions);
    println!("| {} idle sessions, KiB each | {held:.1} |", arguments.sessions);
    let metrics = ask(address, "/metrics").await?;
    for share in [0.5, 0.99] {
        let bound = quantile(&metrics, "voice_admission_seconds", share).ok_or("no admission in /metrics")?;
        println!("| admission, p{:.0}, at most µs | {:.0} |", 100.0 * share, 1e6 * bound);
    }
    std::io::stdout().flush()?;
    drop(sessions);
    Ok(())
}

/// Asks over all connections at once; returns how many answers came, in which time, and the server's CPU for them.
async fn health(
    server: &Server,
    address: SocketAddr,
    arguments: &Arguments,
) -> Result<(f64, f64, f64), Failure> {
    let (began, cpu) = (Instant::now(), server.cpu_seconds());
    let end = began + Duration::from_secs(arguments.seconds);
    let askers: Vec<_> = (0..arguments.connections)
        .map(|_| {
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let mut buffer = [0; 4_096];
                let mut asked = 0_u32;
                while Instant::now() < end {
                    stream.write_all(b"GET /health HTTP/1.1\r\nhost: bench\r\n\r\n").await?;
                    // An answer is one write of the server, and fits.
                    let read = stream.read(&mut buffer).await?;
                    if !buffer[..read].starts_with(b"HTTP/1.1 200") {
                        return Err(std::io::Error::other("an answer that is not 200"));
                    }
                    asked += 1;
                }
                Ok::<_, std::io::Error>(asked)
            })
        })
        .collect();
    let mut asked = 0.0;
    for asker in askers {
        asked += f64::from(asker.await??);
    }
    Ok((asked, began.elapsed().as_secs_f64(), server.cpu_seconds() - cpu))
}

/// Starts the server, and waits until it takes sessions.
async fn start(arguments: &Arguments) -> Result<(Server, SocketAddr), Failure> {
    let redis = arguments.redis.iter().map(|url| ("REDIS_URL", url.clone()));
    let secrets = [("VOICE_SERVICE_SECRET", ADMIN.to_owned()), ("VOICE_SERVICE_TOKEN", TOKEN.to_owned())];
    let programs = Programs::new(arguments.program.as_deref(), redis.chain(secrets).collect())?;
    let mut server = Server::start(Kind::Ours, &programs)?;
    let address = (Ipv4Addr::LOCALHOST, server.port).into();
    let deadline = Instant::now() + WAIT;
    while !ask(address, "/readyz").await.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
        server.check()?;
        if Instant::now() > deadline {
            return Err(format!("the server does not get ready; see {}", server.log.display()).into());
        }
        sleep(Duration::from_millis(100)).await;
    }
    Ok((server, address))
}

/// Opens a session, and lets it be.
async fn open(address: SocketAddr) -> Result<TcpStream, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    let handshake = "GET /ws HTTP/1.1\r\nhost: bench\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                     sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(handshake.as_bytes()).await?;
    let mut answer = [0; 1_024];
    let read = timeout(WAIT, stream.read(&mut answer)).await??;
    if answer[..read].starts_with(b"HTTP/1.1 101") {
        return Ok(stream);
    }
    Err(format!("refused: {}", String::from_utf8_lossy(&answer[..read])).into())
}

/// The whole answer to `GET path` by whoever knows the admin secret.
async fn ask(address: SocketAddr, path: &str) -> Result<String, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\nauthorization: Bearer {ADMIN}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    timeout(WAIT, stream.read_to_string(&mut answer)).await??;
    Ok(answer)
}

/// The upper bound of the bucket that holds this share of a histogram.
fn quantile(metrics: &str, name: &str, share: f64) -> Option<f64> {
    let number = |text: &str| text.parse::<f64>().ok();
    let count = metrics.lines().find_map(|line| number(line.strip_prefix(name)?.strip_prefix("_count ")?))?;
    metrics.lines().find_map(|line| {
        let (bound, below) = line.strip_prefix(name)?.strip_prefix("_bucket{le=\"")?.split_once("\"} ")?;
        (number(below)? >= share * count).then(|| number(bound)).flatten()
    })
}
