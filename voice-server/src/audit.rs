//! The audit log: who did what, when, from where, with which outcome. Never what was said.
//!
//! One JSON object a line. Each holds the hash of the line before it, so that a line that was changed, removed or put in
//! between shows (`voice-server audit verify FILE`); who keeps the last hash elsewhere also sees an end that was cut off.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $name:literal;)*) => {
        /// Something that is remembered.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum Action { $($(#[$doc])* #[serde(rename = $name)] $action,)* }

        impl Action {
            const fn name(self) -> &'static str {
                match self { $(Self::$action => $name,)* }
            }
        }
    };
}

actions! {
    ServerStarted = "server_started";
    ServerStopped = "server_stopped";
    SessionOpened = "session_opened";
    SessionEnded = "session_ended";
    /// A way in was refused: a token, a ticket or the admin secret was missing, wrong, expired, revoked or without
    /// the scope that the way asks for. What an address tries beyond its rate is not in the log.
    AccessRefused = "access_refused";
    TokenIssued = "token_issued";
    TokenRevoked = "token_revoked";
    TicketIssued = "ticket_issued";
    SessionsListed = "sessions_listed";
    SessionClosed = "session_closed";
    HealthRead = "health_read";
    ModelsReloaded = "models_reloaded";
}

/// One entry, as it is told.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Details {
    /// Whom the token names; `admin` for whoever knows the admin secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<String>,
    /// The part of the address that may be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<u64>,
    /// What was acted upon: a token, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) object: Option<String>,
    /// For whom that token is, where it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    /// `ok`, or the stable code of what was wrong.
    pub(crate) outcome: String,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    number: u64,
    /// Milliseconds since 1970, UTC.
    time_ms: u64,
    action: Action,
    #[serde(flatten)]
    details: Details,
    /// Hash of the line before, in hexadecimal.
    previous: String,
}

/// Writes entries to a file, or among the other logs where there is none.
pub(crate) struct Audit(Option<Mutex<Chain>>);

struct Chain {
    file: File,
    /// Bytes of whole lines.
    length: u64,
    /// There is part of a line behind them.
    torn: bool,
    number: u64,
    previous: String,
}

impl Audit {
    /// Goes on with the file at `path`, whose last line must be whole.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, String> {
        let Some(path) = path else { return Ok(Self(None)) };
        let wrong = |error: &dyn std::fmt::Display| format!("the audit log {}: {error}", path.display());
        let mut options = OpenOptions::new();
        options.create(true).append(true).read(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| wrong(&error))?;
        let end = last(&file).map_err(|problem| wrong(&problem))?;
        let chain = Chain { file, length: end.length, torn: false, number: end.count, previous: end.hash };
        Ok(Self(Some(Mutex::new(chain))))
    }

    /// Adds an entry. It is on its way to the disk when this returns: entries are rare, and none may be lost.
    pub(crate) fn record(&self, action: Action, details: Details) {
        let Some(chain) = &self.0 else {
            tracing::info!(
                target: "voice_server::audit",
                action = action.name(),
                actor = details.actor,
                address = details.address,
                request = details.request_id,
                session = details.session,
                object = details.object,
                subject = details.subject,
                outcome = details.outcome,
            );
            return;
        };
        let mut chain = chain.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = chain.append(action, details) {
            tracing::error!(%error, "an entry of the audit log is lost");
        }
    }
}

impl Chain {
    fn append(&mut self, action: Action, details: Details) -> io::Result<()> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let entry = Entry {
            number: self.number + 1,
            time_ms: since.as_millis() as u64,
            action,
            details,
            previous: self.previous.clone(),
        };
        let mut line = serde_json::to_string(&entry)?;
        let hash = hash(&line);
        line.push('\n');
        self.write(line.as_bytes())?;
        self.number = entry.number;
        self.previous = hash;
        Ok(())
    }

    /// Writes a whole line or nothing: behind part of one, no other line could be read.
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.mend()?;
        if let Err(error) = self.file.write_all(line) {
            self.torn = true;
            // Where this fails too, the next line tries again.
            let _ = self.mend();
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }

    fn mend(&mut self) -> io::Result<()> {
        if self.torn {
            self.file.set_len(self.length)?;
            self.torn = false;
        }
        Ok(())
    }
}

fn hash(line: &str) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(line.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Where a file's chain ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) count: u64,
    pub(crate) hash: String,
    /// Bytes of the file up to there.
    length: u64,
}

/// The longest line that is read.
const MAX_LINE: u64 = 64 << 10;

/// The end of the chain, and whether each line fits to the one before it.
fn last(file: &File) -> Result<End, String> {
    let mut reader = BufReader::new(file);
    let mut end = End { count: 0, hash: String::new(), length: 0 };
    loop {
        let mut line = String::new();
        let read = io::Read::take(&mut reader, MAX_LINE).read_line(&mut line);
        if read.map_err(|error| error.to_string())? == 0 {
            return Ok(end);
        }
        let number = end.count + 1;
        let Some(line) = line.strip_suffix('\n') else {
            return Err(format!("line {number} is cut off; move the file away to begin a new one"));
        };
        let entry: Entry = serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))?;
        if entry.number != number || entry.previous != end.hash {
            return Err(format!("line {number} does not follow the line before it: the log was changed"));
        }
        end = End { count: number, hash: hash(line), length: end.length + line.len() as u64 + 1 };
    }
}

/// Reads the whole file, and says where its chain ends or breaks.
pub(crate) fn verify(path: &Path) -> Result<End, String> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    last(&file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(outcome: &str) -> Details {
        Details { actor: Some("admin".to_owned()), outcome: outcome.to_owned(), ..Details::default() }
    }

    fn written(entries: usize) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let audit = Audit::open(Some(&path)).unwrap();
        for number in 0..entries {
            audit.record(Action::TokenIssued, details(&number.to_string()));
        }
        (folder, path)
    }

    #[test]
    fn a_chain_goes_on_after_a_restart() {
        let (_folder, path) = written(3);
        Audit::open(Some(&path)).unwrap().record(Action::ServerStopped, details("ok"));
        assert_eq!(verify(&path).unwrap().count, 4);
    }

    /// The test runs itself once more, as a process that may write no more than a block into a file.
    #[test]
    fn what_does_not_fit_on_the_disk_leaves_no_half_line() {
        const NAME: &str = "what_does_not_fit_on_the_disk_leaves_no_half_line";
        const FILE: &str = "VOICE_TEST_AUDIT_LOG";
        if let Some(path) = std::env::var_os(FILE) {
            let audit = Audit::open(Some(Path::new(&path))).unwrap();
            for outcome in ["first", &"too long ".repeat(1_000), "second"] {
                audit.record(Action::TokenIssued, details(outcome));
            }
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let test = format!("{}::{NAME}", module_path!().split_once("::").unwrap().1);
        let run = std::process::Command::new("sh")
            // The signal would end the process; without it, writing fails.
            .args(["-c", r#"trap "" XFSZ; ulimit -f 1; exec "$0" "$@""#])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", &test])
            .env(FILE, &path)
            .output()
            .unwrap();
        assert!(run.status.success(), "{run:?}");
        let log = std::fs::read_to_string(&path).unwrap();
        assert_eq!(verify(&path).map(|end| end.count), Ok(2), "{log}");
        assert!(log.contains("first") && log.contains("second"));
    }

    #[test]
    fn every_change_shows() {
        let (_folder, path) = written(5);
        let whole = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = whole.lines().collect();
        let without = |index: usize| [&lines[..index], &lines[index + 1..]].concat();
        let mut swapped = lines.clone();
        swapped.swap(1, 2);
        for changed in [without(0), without(2), swapped] {
            std::fs::write(&path, changed.join("\n") + "\n").unwrap();
            assert!(verify(&path).is_err() && Audit::open(Some(&path)).is_err());
        }
        // Any byte of any line but the last, which nothing follows yet.
        for index in 0..lines[..4].join("\n").len() {
            let mut bytes = whole.clone().into_bytes();
            bytes[index] ^= 1;
            std::fs::write(&path, bytes).unwrap();
            assert!(verify(&path).is_err(), "byte {index}");
        }
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(verify(&path).unwrap_err().contains("line 5 is cut off"));
    }
}
