//! What the server tells systemd, read from a real socket.

#![cfg(target_os = "linux")]

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use voice_tests::has_espeak;
use voice_tests::server::{Builder, Server};

/// The service manager's end of the socket.
struct Manager {
    socket: UnixDatagram,
    folder: TempDir,
}

impl Manager {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        Self { socket, folder }
    }

    /// A server that reports to it.
    fn server(&self) -> Builder {
        Server::builder().env("NOTIFY_SOCKET", self.folder.path().join("notify"))
    }

    /// The lines of the next message, if one arrives within `time`.
    fn next(&self, time: Duration) -> Option<Vec<String>> {
        let mut message = [0; 4_096];
        self.socket.set_read_timeout(Some(time)).unwrap();
        let length = self.socket.recv(&mut message).ok()?;
        let message = String::from_utf8(message[..length].to_vec()).unwrap();
        Some(message.lines().map(str::to_owned).collect())
    }

    /// Waits for messages with these lines, in any order, and returns all lines until then.
    fn wait_for(&self, wanted: &[&str]) -> Vec<String> {
        let (mut lines, deadline) = (Vec::<String>::new(), Instant::now() + Duration::from_mins(1));
        while !wanted.iter().all(|line| lines.iter().any(|known| known == line)) {
            assert!(Instant::now() < deadline, "no {wanted:?} in {lines:#?}");
            lines.extend(self.next(Duration::from_secs(1)).unwrap_or_default());
        }
        lines
    }
}

#[test]
fn start_reload_and_stop_are_reported() {
    let manager = Manager::new();
    let server = manager.server().start();
    let lines = manager.wait_for(&["READY=1", "STATUS=healthy: ar-commands ready"]);
    assert_eq!(lines.iter().filter(|line| *line == "READY=1").count(), 1, "{lines:#?}");
    assert!(!lines.iter().any(|line| line.starts_with("WATCHDOG") || line == "STOPPING=1"), "{lines:#?}");

    server.signal("HUP");
    let lines = manager.wait_for(&["RELOADING=1"]);
    assert!(!lines.contains(&"READY=1".to_owned()), "{lines:#?}");
    let since = lines.iter().find_map(|line| line.strip_prefix("MONOTONIC_USEC=")).unwrap();
    assert!(since.parse::<u64>().unwrap() > 0);
    manager.wait_for(&["READY=1"]);
    let loads = server.log().matches("model ready").count();
    assert_eq!(loads, 2, "the reload has ended when the server is ready again");

    assert_eq!(server.terminate(), Some(0));
    let lines = manager.wait_for(&["STOPPING=1"]);
    assert!(!lines.contains(&"READY=1".to_owned()), "{lines:#?}");
}

#[test]
fn server_accepts_when_it_is_ready() {
    let manager = Manager::new();
    let server = manager.server().env("VOSK_MODEL_PATH", "/nowhere/model").start_unready();
    manager.wait_for(&["READY=1", "STATUS=unhealthy: model failed (model_not_found)"]);
    assert_eq!(server.get("/livez").0, 200);
}

#[test]
fn server_that_cannot_listen_is_never_ready() {
    let manager = Manager::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let output = std::process::Command::new(voice_tests::server::program())
        .env("NOTIFY_SOCKET", manager.folder.path().join("notify"))
        .env("VOICE_HOST", "127.0.0.1")
        .env("PORT", taken.local_addr().unwrap().port().to_string())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(manager.next(Duration::from_millis(1)), None);
}

#[test]
fn watchdog_is_told_until_the_server_hangs() {
    let manager = Manager::new();
    let server = manager.server().env("WATCHDOG_USEC", "200000").start();
    for _ in 0..5 {
        manager.wait_for(&["WATCHDOG=1"]);
    }
    // A stopped process is one that hangs.
    server.signal("STOP");
    while manager.next(Duration::from_secs(1)).is_some() {}
    server.signal("CONT");
    manager.wait_for(&["WATCHDOG=1"]);
    // Sessions that are finished at the end take longer than the watchdog's time.
    let _client = server.connect();
    server.signal("TERM");
    manager.wait_for(&["STOPPING=1"]);
}

#[test]
fn watchdog_of_another_process_is_ignored() {
    let manager = Manager::new();
    let _server = manager.server().env("WATCHDOG_USEC", "1000").env("WATCHDOG_PID", "1").start();
    let lines = manager.wait_for(&["READY=1", "STATUS=healthy: ar-commands ready"]);
    assert!(!lines.contains(&"WATCHDOG=1".to_owned()), "{lines:#?}");
}

#[test]
fn service_manager_that_reads_nothing_delays_nothing() {
    let manager = Manager::new();
    // More messages than the socket holds.
    let server = manager.server().env("WATCHDOG_USEC", "4000").start();
    server.wait_for_log("the service manager does not read its messages");
    assert_eq!(server.get("/livez").0, 200);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn missing_socket_is_reported_and_the_server_runs() {
    let server = Server::builder().env("NOTIFY_SOCKET", "/nowhere/notify").start();
    server.wait_for_log("cannot reach the service manager at NOTIFY_SOCKET");
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn helper_process_has_no_variables_of_the_service_manager() {
    if !has_espeak() {
        return;
    }
    let manager = Manager::new();
    let server =
        manager.server().env("VOICE_TTS_VOICES", "en=espeak").env("WATCHDOG_USEC", "60000000").start();
    server.wait_until("speaking", |health| health["models"]["tts"][0]["state"] == "ready");
    let environments: Vec<_> = children(server.id()).iter().map(|child| environment(child)).collect();
    assert!(!environments.is_empty(), "the helper runs");
    for environment in environments {
        assert!(!environment.contains("NOTIFY_SOCKET") && !environment.contains("WATCHDOG"), "{environment}");
    }
}

/// The folders in `/proc` of the processes that `parent` has started.
fn children(parent: u32) -> Vec<std::path::PathBuf> {
    let processes = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let is_child = |folder: &std::path::PathBuf| {
        let status = std::fs::read_to_string(folder.join("status")).unwrap_or_default();
        status.lines().any(|line| line == format!("PPid:\t{parent}"))
    };
    processes.filter(is_child).collect()
}

fn environment(process: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(process.join("environ")).unwrap()).into_owned()
}
