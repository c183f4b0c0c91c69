//! The real server, as a separate process on a free loopback port.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::client::Client;

/// The program under test. Cargo builds it first, so that it is never outdated.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().expect("a test knows its own path");
        let folder = test.ancestors().nth(2).expect("target/PROFILE/deps/test");
        let profile = folder.file_name().and_then(|name| name.to_str()).expect("a profile");
        let profile = if profile == "debug" { "dev" } else { profile };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--package", "voice-server", "--profile", profile])
            .current_dir(crate::root())
            .status()
            .expect("cargo runs");
        assert!(built.success(), "voice-server does not build");
        folder.join("voice-server")
    })
}

/// The admin secret of [`Server::secured`].
pub const ADMIN_SECRET: &str = "canary-admin-h7Qw2ZrT9vKx4LmN8pYc3Bd";

/// The secret that signs the tokens of [`Server::secured`].
pub const TOKEN_SECRET: &str = "canary-signing-Jf5Gs8Wq1Xe6Rb0Ut7Oz4Ah";

/// How the server is started.
pub struct Builder {
    command: Command,
    folder: TempDir,
}

/// A running server; dropping it ends the process.
pub struct Server {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
    /// Its interviews, if no other place was set.
    _folder: TempDir,
}

impl Server {
    /// A server with defaults, started in an unrelated folder.
    pub fn builder() -> Builder {
        let mut command = Command::new(program());
        let folder = tempfile::tempdir().expect("a folder");
        command
            .env_clear()
            .env("VOICE_STORE_PATH", folder.path().join("interviews.sqlite"))
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "LD_LIBRARY_PATH"))
            .envs([("VOICE_HOST", "127.0.0.1"), ("PORT", "0"), ("LOG_LEVEL", "TRACE")])
            // All tests use one address, and do not wait for audio to play.
            .envs([("MAX_CONCURRENT_SESSIONS", "1000"), ("RATE_LIMIT_PER_MINUTE", "100000")])
            .envs([("VOICE_AUDIO_RATE", "0"), ("VOICE_MESSAGES_PER_SECOND", "0")])
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        Builder { command, folder }
    }

    /// The same with secrets, so that admin routes and secured paths are open.
    pub fn secured() -> Builder {
        Self::builder().env("VOICE_SERVICE_SECRET", ADMIN_SECRET).env("VOICE_SERVICE_TOKEN", TOKEN_SECRET)
    }

    /// A server with defaults whose model is ready.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its memory in bytes, as the system reports it (Linux; 0 elsewhere).
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB"));
        kilobytes.and_then(|kilobytes| kilobytes.trim().parse::<u64>().ok()).map_or(0, |count| count << 10)
    }

    /// A client of the vosk-server protocol.
    pub fn connect(&self) -> Client {
        Client::connect(self.address, "/")
    }

    /// Status and JSON body of `GET path`.
    pub fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.request("GET", path, &[], "");
        (answer.status, answer.json())
    }

    /// The answer to a request with the admin secret.
    pub fn admin(&self, method: &str, path: &str, body: &str) -> Answer {
        self.request(method, path, &[("authorization", &format!("Bearer {ADMIN_SECRET}"))], body)
    }

    /// A token for `subject` that lives for a few seconds or more.
    pub fn token(&self, subject: &str, scope: &str, seconds: u64) -> String {
        let wanted = serde_json::json!({"subject": subject, "scopes": [scope], "lifetime_seconds": seconds});
        let answer = self.admin("POST", "/auth/token", &wanted.to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["token"].as_str().expect("a token").to_owned()
    }

    /// The answer to any request.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).expect("the server accepts");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n");
        let length = body.len().to_string();
        let content = ("content-length", &*length);
        for (name, value) in headers.iter().chain((!body.is_empty()).then_some(&content)) {
            head.extend([name, ": ", value, "\r\n"]);
        }
        write!(stream, "{head}\r\n{body}").expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        // Audio is not text; only its head is checked.
        Answer::parse(&String::from_utf8_lossy(&answer))
    }

    /// The raw answer to `GET path` with further headers.
    pub fn ask(&self, path: &str, headers: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("the server accepts");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        let connection = if headers.contains("connection:") { "" } else { "connection: close\r\n" };
        write!(stream, "GET {path} HTTP/1.1\r\nhost: test\r\n{connection}{headers}\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Waits until `/health` has this `status`, and returns the whole answer.
    pub fn wait_for(&self, status: &str) -> Value {
        self.wait_until(status, |health| health["status"] == status)
    }

    /// Waits until `/health` is as `wanted`, which `what` describes, and returns the whole answer.
    pub fn wait_until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        // Long enough for a large model on a busy machine.
        let deadline = Instant::now() + Duration::from_secs(90);
        loop {
            let (_, health) = self.get("/health");
            if wanted(&health) {
                return health;
            }
            assert!(Instant::now() < deadline, "still not {what}: {health}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the log holds `text`.
    pub fn wait_for_log(&self, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.log().contains(text) {
            assert!(Instant::now() < deadline, "no {text:?} in the log: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until no session is left: a close takes a moment on either side.
    pub fn wait_until_idle(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let active = &self.get("/health").1["sessions"]["active"];
            if active == 0 {
                return;
            }
            assert!(Instant::now() < deadline, "{active} sessions remain");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Everything the server has logged.
    pub fn log(&self) -> String {
        self.log.lock().expect("an unpoisoned log").clone()
    }

    /// Waits until the process has ended by itself, successfully, and returns its whole log.
    pub fn wait_for_exit(mut self) -> String {
        let deadline = Instant::now() + Duration::from_mins(1);
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(Instant::now() < deadline, "it goes on: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        };
        while !self.reader.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(status.success(), "{status}: {}", self.log());
        self.log()
    }

    /// Sends the process a signal.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        // The shell's own `kill`, because not every system has a program of that name.
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} $0"), &id]).status();
        assert!(sent.expect("sh runs").success());
    }

    /// Asks the server to stop and returns its exit code, or `None` if it had to be killed.
    pub fn terminate(mut self) -> Option<i32> {
        self.signal("TERM");
        let deadline = Instant::now() + Duration::from_mins(1);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

/// The answer to an HTTP request.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The raw header fields.
    pub head: String,
    /// The body as text.
    pub body: String,
}

impl Answer {
    fn parse(answer: &str) -> Self {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// The value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    /// The body as JSON; null if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// The stable code of the error in the body.
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Its last lines may still arrive.
        let deadline = Instant::now() + Duration::from_secs(2);
        while !self.reader.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        if !std::thread::panicking() {
            assert_harmless(&self.log());
        }
    }
}

/// Fails if a log contains what no log may contain. Every server of every test is checked: all speech to them is
/// Arabic, and every secret and token begins in one of these two ways.
fn assert_harmless(log: &str) {
    for secret in ["canary-", "eyJ0eXAi"] {
        assert!(!log.contains(secret), "a secret in the log: {log}");
    }
    let arabic = |letter: char| ('\u{600}'..='\u{6ff}').contains(&letter);
    assert!(!log.contains(arabic), "speech is in the log: {log}");
}

impl Builder {
    /// Sets an environment variable of the server.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    /// Starts the server and waits until its model is ready.
    pub fn start(self) -> Server {
        let server = self.start_unready();
        server.wait_for("healthy");
        server
    }

    /// Tests no model after the start. Such a test needs memory, which a test that measures memory would count.
    #[must_use]
    pub fn without_canary(self) -> Self {
        self.env("VOICE_CANARY_SECONDS", "86400")
    }

    /// Starts the server and waits until it listens.
    pub fn start_unready(mut self) -> Server {
        let mut child = self.command.spawn().expect("the server starts");
        let stderr = child.stderr.take().expect("stderr is piped");
        let log = Arc::new(Mutex::new(String::new()));
        let (send_address, address) = std::sync::mpsc::channel();
        let collected = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                // In the text format of development, or in the JSON of production.
                let written = line.split_once("address=").or_else(|| line.split_once("\"address\":\""));
                if let Some((_, address)) = written.filter(|_| line.contains("listening")) {
                    let end = address.find('"').unwrap_or(address.len());
                    let _ = send_address.send(address[..end].trim().parse());
                }
                let mut log = collected.lock().expect("an unpoisoned log");
                log.push_str(&line);
                log.push('\n');
            }
        });
        let address = address
            .recv_timeout(Duration::from_secs(20))
            .unwrap_or_else(|_| panic!("no address in the log: {}", log.lock().expect("an unpoisoned log")))
            .expect("a socket address");
        Server { child, address, log, reader, _folder: self.folder }
    }
}
