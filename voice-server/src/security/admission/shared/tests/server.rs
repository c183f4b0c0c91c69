//! A Redis server of one test, and the test's requests to it.

mod process;

use std::net::Ipv4Addr;
use std::time::Duration;

use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use self::process::RedisProcess;

pub(super) struct RedisServer {
    scheme: &'static str,
    process: RedisProcess,
}

impl RedisServer {
    /// `None`, with a message, if Redis is not installed; in continuous integration this fails.
    pub(super) fn start() -> Option<Self> {
        Self::with(&[])
    }

    /// The same with further arguments.
    pub(super) fn with(arguments: &[&str]) -> Option<Self> {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Self::launch("redis", |port| {
            [vec!["--port".to_owned(), port.to_string()], arguments.clone()].concat()
        })
    }

    /// The same with TLS only; takes PEM files.
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
        RedisProcess::start(arguments).map(|process| Self { scheme, process })
    }

    pub(super) fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.process.port)
    }

    /// The address of a proxy to it that delays everything by `delay`.
    pub(super) async fn url_far_away(&self, delay: Duration) -> String {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("{}://{}", self.scheme, listener.local_addr().unwrap());
        let port = self.process.port;
        // Ends with the runtime of the test.
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let far = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
                    let ((mut asked, mut heard), (mut answered, mut said)) =
                        (near.into_split(), far.into_split());
                    let answers =
                        tokio::spawn(async move { tokio::io::copy(&mut answered, &mut heard).await });
                    let mut question = vec![0; 64 << 10];
                    loop {
                        let length = asked.read(&mut question).await?;
                        if length == 0 || answers.is_finished() {
                            return std::io::Result::Ok(());
                        }
                        tokio::time::sleep(delay).await;
                        said.write_all(&question[..length]).await?;
                    }
                });
            }
        });
        url
    }

    pub(super) fn kill(&mut self) {
        self.process.kill();
    }

    /// Restarts it empty at the same address.
    pub(super) fn restart(&mut self) {
        self.process.restart();
    }

    pub(super) fn stop(&self) {
        kill_process(self.pid(), Signal::STOP).unwrap();
    }

    pub(super) fn go_on(&self) {
        kill_process(self.pid(), Signal::CONT).unwrap();
    }

    /// Sessions of all instances that have the same secret.
    pub(super) async fn sessions(&self) -> usize {
        let mut connection = self.connection().await;
        let sets: Vec<String> = connection.keys("voice:{voice}:sessions:*").await.unwrap();
        assert!(sets.len() <= 1, "{sets:?}");
        match sets.first() {
            Some(set) => connection.zcard(set).await.unwrap(),
            None => 0,
        }
    }

    /// The number of commands that it has received from all clients.
    pub(super) async fn commands(&self) -> u64 {
        let mut info = redis::cmd("INFO");
        let info: redis::InfoDict =
            info.arg("stats").query_async(&mut self.connection().await).await.unwrap();
        info.get("total_commands_processed").unwrap()
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
        Pid::from_child(&self.process.child)
    }
}
