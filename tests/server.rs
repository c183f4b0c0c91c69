//! The real server, as a process of its own on a free loopback port.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::Client;

/// The program under test, built by cargo first so that it is never stale.
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

/// How the server is started.
pub struct Builder(Command);

/// A running server; dropping it ends the process.
pub struct Server {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// A server with defaults, started in a folder that has nothing to do with the project.
    pub fn builder() -> Builder {
        let mut command = Command::new(program());
        command
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "LD_LIBRARY_PATH"))
            .envs([("VOICE_HOST", "127.0.0.1"), ("PORT", "0"), ("LOG_LEVEL", "TRACE")])
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        Builder(command)
    }

    /// A server with defaults whose model is ready.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A client of the vosk-server protocol.
    pub fn connect(&self) -> Client {
        Client::connect(self.address, "/")
    }

    /// Status and JSON body of `GET path`.
    pub fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.ask(path, "");
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    /// The answer to `GET path` with further headers, as it stands on the wire.
    pub fn ask(&self, path: &str, headers: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("the server accepts");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        let connection = if headers.contains("connection:") { "" } else { "connection: close\r\n" };
        write!(stream, "GET {path} HTTP/1.1\r\nhost: test\r\n{connection}{headers}\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Waits until `/health` says `status`, and returns the whole answer.
    pub fn wait_for(&self, status: &str) -> Value {
        self.wait_until(status, |health| health["status"] == status)
    }

    /// Waits until `/health` is as `wanted`, which `what` describes, and returns the whole answer.
    pub fn wait_until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let (_, health) = self.get("/health");
            if wanted(&health) {
                return health;
            }
            assert!(Instant::now() < deadline, "still not {what}: {health}");
            std::thread::sleep(Duration::from_millis(20));
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

    /// Sends the process a signal.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        // The shell's own: a program of that name is not everywhere.
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} $0"), &id]).status();
        assert!(sent.expect("sh runs").success());
    }

    /// Asks the server to stop and returns its exit code, or `None` if it had to be killed.
    pub fn terminate(mut self) -> Option<i32> {
        self.signal("TERM");
        let deadline = Instant::now() + Duration::from_secs(15);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Builder {
    /// Sets an environment variable of the server.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.0.env(name, value.into());
        self
    }

    /// Starts the server and waits until its model is ready.
    pub fn start(self) -> Server {
        let server = self.start_unready();
        server.wait_for("healthy");
        server
    }

    /// Starts the server and waits until it listens.
    pub fn start_unready(mut self) -> Server {
        let mut child = self.0.spawn().expect("the server starts");
        let stderr = child.stderr.take().expect("stderr is piped");
        let log = Arc::new(Mutex::new(String::new()));
        let (send_address, address) = std::sync::mpsc::channel();
        let collected = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("address=") {
                    let _ = send_address.send(address.trim().parse());
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
        Server { child, address, log }
    }
}
