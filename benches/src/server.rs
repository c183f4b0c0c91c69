//! A server under test, as a process: started, asked what it uses, ended.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Which server a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Ours,
    Peer,
}

/// How to start each.
pub struct Programs {
    pub server: PathBuf,
    pub python: PathBuf,
    pub script: PathBuf,
    pub model: PathBuf,
    /// Where their output goes.
    pub logs: PathBuf,
    /// Further variables, which the peer does not know.
    pub environment: Vec<(&'static str, String)>,
}

impl Programs {
    /// What the project's own folders hold, with `server` in the place of the one that cargo has built.
    pub fn new(server: Option<&Path>, environment: Vec<(&'static str, String)>) -> Result<Self, String> {
        let target = crate::target();
        let logs = target.join("bench-logs");
        fs::create_dir_all(&logs).map_err(|error| format!("{}: {error}", logs.display()))?;
        Ok(Self {
            server: server.map_or_else(|| target.join("release/voice-server"), Path::to_owned),
            python: target.join("bench-peer/bin/python"),
            script: crate::root().join("benches/peer/asr_server.py"),
            model: crate::root().join("models/ar-commands"),
            logs,
            environment,
        })
    }
}

/// A running server; it ends when this is dropped.
pub struct Server {
    child: Child,
    pub port: u16,
    pub log: PathBuf,
}

impl Server {
    pub fn start(kind: Kind, programs: &Programs) -> Result<Self, String> {
        let port = free_port().map_err(|error| format!("no free port: {error}"))?;
        let mut command = match kind {
            Kind::Ours => Command::new(&programs.server),
            Kind::Peer => {
                let mut command = Command::new(&programs.python);
                command.arg(&programs.script);
                command
            }
        };
        let log = programs.logs.join(format!("{kind:?}.log").to_lowercase());
        let output = create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let child = command
            .env("PORT", port.to_string())
            .env("VOICE_HOST", "127.0.0.1")
            .env("VOSK_MODEL_PATH", &programs.model)
            .env("LOG_LEVEL", "warn")
            // No benchmark is to meet a limit that it does not set itself.
            .envs([("MAX_CONCURRENT_SESSIONS", "30000"), ("RATE_LIMIT_PER_MINUTE", "1000000")])
            .envs([("VOICE_AUDIO_RATE", "0"), ("VOICE_MESSAGES_PER_SECOND", "0")])
            .envs(programs.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(output.0)
            .stderr(output.1)
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", command.get_program().display()))?;
        Ok(Self { child, port, log })
    }

    /// An error once the process has ended by itself.
    pub fn check(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(format!("ended with {status}; see {}", self.log.display())),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Processor seconds used so far, by it and its children.
    pub fn cpu_seconds(&self) -> f64 {
        tree(self.child.id()).into_iter().map(cpu_seconds).sum()
    }

    /// Processor seconds of its threads that do not decode; not a number where it does not name them.
    pub fn cpu_beside_decoding(&self) -> f64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id()));
        let (decoding, others): (Vec<_>, Vec<_>) = threads
            .into_iter()
            .flatten()
            .flatten()
            .map(|thread| fs::read_to_string(thread.path().join("stat")).unwrap_or_default())
            .partition(|stat| stat.contains("(voice-worker)"));
        if decoding.is_empty() { f64::NAN } else { others.iter().map(|stat| cpu_of(stat)).sum() }
    }

    /// Its memory in KiB, and its children's: proportional set size, which counts shared pages once.
    pub fn memory(&self) -> f64 {
        tree(self.child.id()).into_iter().map(memory).sum()
    }

    /// Files that it holds open.
    pub fn files(&self) -> usize {
        self.count("fd")
    }

    /// Its threads.
    pub fn threads(&self) -> usize {
        self.count("task")
    }

    fn count(&self, folder: &str) -> usize {
        fs::read_dir(format!("/proc/{}/{folder}", self.child.id())).map_or(0, Iterator::count)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn create(log: &Path) -> std::io::Result<(File, File)> {
    let file = File::create(log)?;
    Ok((file.try_clone()?, file))
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A process and all below it.
fn tree(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&pid) = found.get(next) {
        next += 1;
        let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { continue };
        for thread in threads.flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    found
}

/// User and system time of a process, its ended threads and waited-for children included.
pub fn cpu_seconds(pid: u32) -> f64 {
    cpu_of(&fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default())
}

fn cpu_of(stat: &str) -> f64 {
    // Linux counts in hundredths of a second here, whatever its own tick is.
    const TICKS: f64 = 100.0;
    // The name before it, in brackets, may hold spaces.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    fields.split_whitespace().skip(11).take(4).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
        / TICKS
}

fn memory(pid: u32) -> f64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN)
}
