//! A PostgreSQL as a process of its own, with its own data and port. Shared with the tests of the whole system, so it
//! knows nothing of either.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The user that it runs as where the tests run as root, which it refuses.
const NOBODY: u32 = 65_534;

/// Ends with this.
pub(crate) struct PostgresProcess {
    pub(crate) port: u16,
    child: Child,
    program: PathBuf,
    data: tempfile::TempDir,
}

impl PostgresProcess {
    /// `None`, with a message, where PostgreSQL is not installed; a failure in continuous integration.
    pub(crate) fn start() -> Option<Self> {
        let Some(folder) = programs() else {
            assert!(
                std::env::var_os("CI").is_none(),
                "PostgreSQL is not installed; run scripts/tools.sh tests"
            );
            eprintln!("skipped: PostgreSQL is not installed; scripts/tools.sh tests does that");
            return None;
        };
        let data = tempfile::tempdir().unwrap();
        if is_root() {
            std::os::unix::fs::chown(data.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let made = as_user(&folder.join("initdb"))
            .args(["--username=voice", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "-D"])
            .arg(data.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let program = folder.join("postgres");
        // Another process may take the port first.
        let launched = (0..10).find_map(|_| {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
            launch(&program, data.path(), port).map(|child| (port, child))
        });
        let (port, child) = launched.expect("PostgreSQL starts");
        Some(Self { port, child, program, data })
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://voice@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends it at once, as a crash does.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it at the same place, with its data.
    pub(crate) fn restart(&mut self) {
        let start = Instant::now();
        // Processes of the killed one may still hold the data.
        while start.elapsed() < Duration::from_secs(30) {
            if let Some(child) = launch(&self.program, self.data.path(), self.port) {
                self.child = child;
                return;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("PostgreSQL does not start where it was before");
    }
}

impl Drop for PostgresProcess {
    fn drop(&mut self) {
        // Closes its connections and ends; a kill would leave its shared memory.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let start = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && start.elapsed() < Duration::from_secs(5) {
            sleep(Duration::from_millis(10));
        }
        self.kill();
    }
}

/// Returns when it answers, or `None` if it ends at once.
fn launch(program: &Path, data: &Path, port: u16) -> Option<Child> {
    let mut process = as_user(program)
        .arg("-D")
        .arg(data)
        .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
        .args(["-c", "shared_buffers=16MB", "-c", "max_connections=50"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if process.try_wait().unwrap().is_some() {
            return None;
        }
        assert!(start.elapsed() < Duration::from_mins(1), "PostgreSQL does not answer");
        sleep(Duration::from_millis(10));
    }
    Some(process)
}

/// A command as a user that PostgreSQL accepts.
fn as_user(program: &Path) -> Command {
    // Without `Command::uid`, which copies this process: for a moment the copy would hold the locks of other tests.
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command
            .args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}"), "--clear-groups"])
            .arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// The folder of its programs, which Debian does not have in its path.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    folders.sort();
    std::env::split_paths(&path)
        .chain(folders.into_iter().rev())
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}
