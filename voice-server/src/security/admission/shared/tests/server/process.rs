//! A Redis as a process of its own, on a port of its own, that keeps nothing on the disk. Shared with the tests of the
//! whole system, so it knows nothing of either.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Ends with this.
pub(crate) struct RedisProcess {
    pub(crate) port: u16,
    pub(crate) child: Child,
    arguments: Vec<String>,
}

impl RedisProcess {
    /// With the arguments for a port. `None`, with a word on it, where Redis is not installed; a failure in continuous
    /// integration.
    pub(crate) fn start(arguments: impl Fn(u16) -> Vec<String>) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            assert!(std::env::var_os("CI").is_none(), "redis-server is not installed; run scripts/tools.sh");
            eprintln!("skipped: redis-server is not installed; scripts/tools.sh does that");
            return None;
        }
        // Another process may take the port before Redis does.
        let launched = (0..10).find_map(|_| {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
            let arguments = arguments(port);
            launch(port, &arguments).map(|child| Self { port, child, arguments })
        });
        Some(launched.expect("Redis starts"))
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// At the same place, with nothing in it.
    pub(crate) fn restart(&mut self) {
        self.child = launch(self.port, &self.arguments).expect("Redis starts where it was before");
    }
}

impl Drop for RedisProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
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
