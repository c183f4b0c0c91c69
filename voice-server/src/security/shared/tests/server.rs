//! A Redis of a test's own, on a port of its own, that keeps nothing on the disk.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;
use rustix::process::{Pid, Signal, kill_process};

pub(super) struct RedisServer {
    scheme: &'static str,
    arguments: Vec<String>,
    port: u16,
    process: Child,
}

impl RedisServer {
    /// `None`, with a word on it, where Redis is not installed; a failure in continuous integration.
    pub(super) fn start() -> Option<Self> {
        Self::with(&[])
    }

    /// With further arguments.
    pub(super) fn with(arguments: &[&str]) -> Option<Self> {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Self::launch("redis", |port| {
            [vec!["--port".to_owned(), port.to_string()], arguments.clone()].concat()
        })
    }

    /// That speaks TLS only; with files in PEM.
    pub(super) fn with_tls(certificate: &str, key: &str) -> Option<Self> {
        let files =
            ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate];
        Self::launch("rediss", |port| {
            let port = port.to_string();
            let switches = ["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"];
            switches.iter().chain(&files).map(|argument| (*argument).to_owned()).collect()
        })
    }

    fn launch(scheme: &'static str, arguments: impl Fn(u16) -> Vec<String>) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            assert!(std::env::var_os("CI").is_none(), "redis-server is not installed; run scripts/tools.sh");
            eprintln!("skipped: redis-server is not installed; scripts/tools.sh does that");
            return None;
        }
        // Somebody else may take the port before Redis does.
        let launched = (0..10).find_map(|_| {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
            let arguments = arguments(port);
            launch(port, &arguments).map(|process| Self { scheme, arguments, port, process })
        });
        Some(launched.expect("Redis starts"))
    }

    pub(super) fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    pub(super) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// At the same place, with nothing in it.
    pub(super) fn restart(&mut self) {
        self.process = launch(self.port, &self.arguments).expect("Redis starts where it was before");
    }

    pub(super) fn stop(&self) {
        kill_process(self.pid(), Signal::STOP).unwrap();
    }

    pub(super) fn go_on(&self) {
        kill_process(self.pid(), Signal::CONT).unwrap();
    }

    /// Members of one of our sets.
    pub(super) async fn members(&self, name: &str) -> usize {
        let mut connection = self.connection().await;
        let keys: Vec<String> = connection.keys(format!("voice:{{voice}}:{name}*")).await.unwrap();
        let mut members = 0;
        for key in keys {
            members += connection.zcard::<_, usize>(key).await.unwrap();
        }
        members
    }

    /// Commands that it has carried out.
    pub(super) async fn commands(&self) -> u64 {
        let stats: String =
            redis::cmd("INFO").arg("stats").query_async(&mut self.connection().await).await.unwrap();
        let line = stats.lines().find_map(|line| line.strip_prefix("total_commands_processed:"));
        line.and_then(|count| count.trim().parse().ok()).unwrap()
    }

    pub(super) async fn keys(&self) -> Vec<String> {
        self.connection().await.keys("*").await.unwrap()
    }

    pub(super) async fn milliseconds_left(&self, key: &str) -> i64 {
        self.connection().await.pttl(key).await.unwrap()
    }

    async fn connection(&self) -> MultiplexedConnection {
        redis::Client::open(self.url()).unwrap().get_multiplexed_async_connection().await.unwrap()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns when Redis answers, or `None` if it ends at once.
fn launch(port: u16, arguments: &[String]) -> Option<Child> {
    let mut process = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if process.try_wait().unwrap().is_some() {
            return None;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "Redis does not answer");
        sleep(Duration::from_millis(10));
    }
    Some(process)
}
