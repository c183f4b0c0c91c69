//! One measurement: a fresh server, some clients, what they saw and what it used.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::client::{self, Seen};
use crate::score::word_errors;
use crate::server::{Kind, Programs, Server, cpu_seconds};
use crate::stream::{RATE, Stream};

/// How long a server may take to load its model.
const START: Duration = Duration::from_mins(1);

/// Bytes of speech that a server gets before it is measured: 4 s.
const WARM_UP: usize = 4 * 2 * RATE;

/// Clients begin within this time of each other.
const SPREAD: Duration = Duration::from_secs(2);

/// What a load brought about, summed over its rounds.
#[derive(Default)]
pub struct Load {
    pub seen: Vec<Seen>,
    pub failures: Vec<String>,
    pub audio_seconds: f64,
    /// Processor seconds of the server, and of this program.
    pub cpu: f64,
    pub own_cpu: f64,
    /// Of those of the server, what threads used that do not decode.
    pub beside: f64,
    pub words: usize,
    pub word_errors: usize,
}

impl Load {
    /// Of the server, per second of audio; not a number where clients failed, whose audio is unknown.
    pub fn cpu_per_second(&self) -> f64 {
        if self.failures.is_empty() { self.cpu / self.audio_seconds } else { f64::NAN }
    }

    pub fn add(&mut self, other: Self) {
        self.seen.extend(other.seen);
        self.failures.extend(other.failures);
        self.audio_seconds += other.audio_seconds;
        self.cpu += other.cpu;
        self.own_cpu += other.own_cpu;
        self.beside += other.beside;
        self.words += other.words;
        self.word_errors += other.word_errors;
    }
}

/// Memory in KiB and processor time with clients that all do the same.
pub struct Footprint {
    /// Before the first client of the measurement.
    pub base: f64,
    pub per_session: f64,
    pub load: Load,
}

/// Streams to `sessions` clients at once, in real time, and waits for them all.
pub async fn load(
    kind: Kind,
    programs: &Programs,
    streams: &[Arc<Stream>],
    sessions: usize,
) -> Result<Load, String> {
    let server = ready(kind, programs, &streams[0]).await?;
    drive(&server, streams, sessions, async {}).await.map(|(load, ())| load)
}

/// The same, and looks at the server's memory when every client has streamed for 4 s.
pub async fn footprint(
    kind: Kind,
    programs: &Programs,
    warm_up: &Arc<Stream>,
    streams: &[Arc<Stream>],
    sessions: usize,
) -> Result<Footprint, String> {
    const SAMPLES: u32 = 10;
    let server = ready(kind, programs, warm_up).await?;
    let base = server.memory();
    let look = async {
        sleep(SPREAD + Duration::from_secs(5)).await;
        let mut sum = 0.0;
        for _ in 0..SAMPLES {
            sum += server.memory();
            sleep(Duration::from_millis(100)).await;
        }
        sum / f64::from(SAMPLES)
    };
    let (load, full) = drive(&server, streams, sessions, look).await?;
    Ok(Footprint { base, per_session: (full - base) / sessions as f64, load })
}

/// Runs the clients, and `meanwhile` beside them.
pub async fn drive<T>(
    server: &Server,
    streams: &[Arc<Stream>],
    sessions: usize,
    meanwhile: impl Future<Output = T>,
) -> Result<(Load, T), String> {
    let own = std::process::id();
    let (cpu, own_cpu) = (server.cpu_seconds(), cpu_seconds(own));
    let beside = server.cpu_beside_decoding();
    let begin = Instant::now() + Duration::from_secs(1);
    let clients: Vec<_> = (0..sessions)
        .map(|number| {
            let stream = Arc::clone(&streams[number % streams.len()]);
            let start = begin + SPREAD.mul_f64(phase(number));
            let patience = Duration::from_secs_f64(stream.seconds().max(20.0));
            let port = server.port;
            tokio::spawn(async move {
                // Connected before the first frame is due, but not all in one moment.
                sleep_until(start - Duration::from_millis(500)).await;
                client::run(port, stream, start, patience).await
            })
        })
        .collect();
    let other = meanwhile.await;
    let mut load = Load::default();
    for (number, client) in clients.into_iter().enumerate() {
        let stream = &streams[number % streams.len()];
        match client.await.map_err(|error| error.to_string())? {
            Ok(seen) => {
                load.audio_seconds += stream.seconds();
                load.words += stream.words.len();
                load.word_errors += word_errors(&stream.words, &seen.words);
                load.seen.push(seen);
            }
            Err(problem) => load.failures.push(problem),
        }
    }
    load.cpu = server.cpu_seconds() - cpu;
    load.own_cpu = cpu_seconds(own) - own_cpu;
    load.beside = server.cpu_beside_decoding() - beside;
    Ok((load, other))
}

/// A server that has served one whole session, so that nothing is done for the first time later.
pub async fn ready(kind: Kind, programs: &Programs, stream: &Arc<Stream>) -> Result<Server, String> {
    let mut server = Server::start(kind, programs)?;
    let deadline = Instant::now() + START;
    let second = Arc::new(Stream::quiet(1, 0.0));
    loop {
        server.check()?;
        let attempt = client::run(server.port, Arc::clone(&second), Instant::now(), START).await;
        match attempt {
            Ok(_) => break,
            Err(problem) if Instant::now() > deadline => {
                return Err(format!("did not begin to serve: {problem}; see {}", server.log.display()));
            }
            Err(_) => sleep(Duration::from_millis(200)).await,
        }
    }
    let pcm = stream.pcm[..stream.pcm.len().min(WARM_UP)].to_vec();
    let warm_up = Stream { pcm, words: Vec::new(), speech_ends: Vec::new() };
    client::run(server.port, Arc::new(warm_up), Instant::now(), START).await?;
    sleep(Duration::from_millis(500)).await;
    Ok(server)
}

/// Where in [`SPREAD`] a client begins: evenly spread, also within a frame, for any number of clients.
fn phase(number: usize) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_895;
    (number as f64 * GOLDEN).fract()
}
