//! The file of the log. It is continued after a crash, a rotation or a full disk; none of these stops the server.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::AuditHealth;
use super::entry::{Action, Addition, Details, Entry, Event, hash, now};
use super::head::{Head, HeadFile};
use super::key::AuditKey;
use super::scan::{Broken, Scan, scan};

pub(super) struct LogFile {
    path: PathBuf,
    key: Option<AuditKey>,
    /// `None` if no file can be created beside the log.
    head: Option<HeadFile>,
    /// `None` until the file can be written.
    open: Option<Open>,
    /// The number and the hash of the last entry.
    number: u64,
    previous: String,
    health: AuditHealth,
    /// Entries that are not in the file and that no entry reports yet.
    untold: u64,
}

struct Open {
    file: File,
    /// Device and inode, which identify the file at the path.
    identity: (u64, u64),
    /// The length of all whole lines in bytes.
    length: u64,
}

/// Why the file cannot be written.
enum Problem {
    /// Another process writes it.
    Locked,
    Io(io::Error),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl LogFile {
    /// The only error is a file that another process writes.
    pub(super) fn open(path: &Path, key: Option<AuditKey>) -> Result<Self, String> {
        let mut log = Self {
            path: path.to_owned(),
            key,
            head: None,
            open: None,
            number: 0,
            previous: String::new(),
            health: AuditHealth { failing: false, lost: 0 },
            untold: 0,
        };
        match log.resume(false) {
            Ok(()) => Ok(log),
            Err(Problem::Locked) => Err(format!(
                "VOICE_AUDIT_LOG={}: another process writes this file; give each server one of its own",
                path.display()
            )),
            Err(problem) => {
                log.fails(&problem);
                Ok(log)
            }
        }
    }

    pub(super) fn health(&self) -> AuditHealth {
        self.health
    }

    /// Adds an entry. On failure it counts the event and returns it.
    pub(super) fn append(&mut self, event: Box<Event>) -> Result<(), Box<Event>> {
        match self.try_append(&event) {
            Ok(()) => {
                self.health.failing = false;
                Ok(())
            }
            Err(problem) => {
                self.lose(1);
                self.fails(&problem);
                Err(event)
            }
        }
    }

    /// Counts entries that are not in the file; the next written entry reports them.
    pub(super) fn lose(&mut self, entries: u64) {
        self.health.lost += entries;
        self.untold += entries;
    }

    /// Continues in the file that is at the path now.
    pub(super) fn reopen(&mut self) {
        let reopened =
            self.follow_path().and_then(|()| if self.open.is_none() { self.resume(false) } else { Ok(()) });
        match reopened {
            Ok(()) => self.health.failing = false,
            Err(problem) => self.fails(&problem),
        }
    }

    fn fails(&mut self, problem: &Problem) {
        if !self.health.failing {
            let problem = match problem {
                Problem::Locked => "another process writes it".to_owned(),
                Problem::Io(error) => error.to_string(),
            };
            let path = self.path.display();
            tracing::error!(
                "VOICE_AUDIT_LOG={path}: {problem}; audit entries go to this log until the file can be written"
            );
        }
        self.health.failing = true;
    }

    fn try_append(&mut self, event: &Event) -> Result<(), Problem> {
        self.follow_path()?;
        if self.open.is_none() {
            self.resume(false)?;
        }
        if self.untold > 0 {
            self.repair("entries_lost", Addition { count: Some(self.untold), ..Addition::default() }, &[])?;
            self.untold = 0;
        }
        self.write(event.clone(), &[])
    }

    /// If the file was moved away, ends it and continues in another one. If the file has changed, reads it again.
    fn follow_path(&mut self) -> Result<(), Problem> {
        let Some(open) = &self.open else { return Ok(()) };
        match fs::metadata(&self.path) {
            Ok(found) if (found.dev(), found.ino()) == open.identity => {
                if found.len() != open.length {
                    self.open = None;
                }
                Ok(())
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => Ok(()),
            Ok(_) | Err(_) => {
                // If this fails, the first entry of the next file still continues the chain.
                let ok = Details { outcome: "ok".to_owned(), ..Details::default() };
                let _ = self.write(Event::new(Action::LogClosed, ok, Addition::default()), &[]);
                self.resume(true)
            }
        }
    }

    /// Opens the file and finds its end. Damage becomes an entry.
    fn resume(&mut self, was_moved: bool) -> Result<(), Problem> {
        self.open = None;
        if self.head.is_none() {
            match HeadFile::open(&self.path) {
                Ok(Ok(head)) => self.head = Some(head),
                Ok(Err(())) => return Err(Problem::Locked),
                Err(error) => tracing::debug!(%error, "cannot open a head beside the audit log"),
            }
        }
        let keys: Vec<_> = self.key.iter().cloned().collect();
        let head = self.head.as_ref().map(|head| head.read(&keys));
        // The holder of the key would have signed it.
        let known = head.and_then(Result::ok).filter(|head| head.is_signed() || self.key.is_none());
        let is_known = known.is_some() || self.head.is_none();
        let (mut file, mut scanned) = self.look(known.as_ref(), &keys)?;
        if let Ok(found) = &scanned
            && serde_json::from_slice::<Entry>(&found.torn).is_ok()
        {
            // The whole entry is there; only its line end is missing.
            file.write_all(b"\n")?;
            (file, scanned) = self.look(known.as_ref(), &keys)?;
        }
        let expected = known.as_ref().map_or(0, |head| head.count).max(self.number);
        if let Some(head) = known.filter(|head| head.count > self.number) {
            (self.number, self.previous) = (head.count, head.hash);
        }
        match scanned {
            Ok(found) if found.length == 0 && found.torn.is_empty() && expected > 0 => {
                self.begin(file, if was_moved { "ok" } else { "log_missing" }, None)
            }
            // The entry that the head names is a different one: the log was written again by another program.
            Ok(found) if found.fits_head == Some(false) => self.set_aside(&found.not_of_head()),
            Ok(found) => {
                let is_proven = is_known || found.count == 0 || self.key.is_none();
                self.go_on(file, found, expected, is_proven)
            }
            Err(broken) => self.set_aside(&broken),
        }
    }

    fn look(&self, head: Option<&Head>, keys: &[AuditKey]) -> Result<(File, Result<Scan, Broken>), Problem> {
        let file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(&self.path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file").into());
        }
        if self.head.is_none()
            && let Err(TryLockError::WouldBlock) = file.try_lock()
        {
            return Err(Problem::Locked);
        }
        let scanned = scan(&file, head, keys)?;
        Ok((file, scanned))
    }

    /// Continues after the entries that were found. Entries that are known to have existed may be missing.
    fn go_on(&mut self, file: File, found: Scan, expected: u64, is_proven: bool) -> Result<(), Problem> {
        let Scan { count, hash, length, torn, .. } = found;
        (self.number, self.previous) = (count, hash);
        self.take(file, length + torn.len() as u64)?;
        let missing = expected.saturating_sub(count + u64::from(!torn.is_empty()));
        if !torn.is_empty() {
            self.repair(
                "line_torn",
                Addition { bytes: Some(torn.len() as u64), ..Addition::default() },
                &torn,
            )?;
        }
        if missing > 0 {
            self.repair("entries_missing", Addition { count: Some(missing), ..Addition::default() }, &[])?;
        }
        if !is_proven {
            self.repair("end_unproven", Addition::default(), &[])?;
        }
        Ok(())
    }

    /// Moves a file with a broken chain away, and begins another one.
    fn set_aside(&mut self, broken: &Broken) -> Result<(), Problem> {
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".damaged-{}", now()));
        let aside = PathBuf::from(name);
        fs::rename(&self.path, &aside)?;
        let (path, kept) = (self.path.display(), aside.display());
        tracing::error!("VOICE_AUDIT_LOG={path}: {broken}; it is kept as {kept}, and a new file begins");
        let file =
            OpenOptions::new().create_new(true).append(true).read(true).mode(0o600).open(&self.path)?;
        let name = aside.file_name().map(|name| name.to_string_lossy().into_owned());
        self.begin(file, "log_damaged", name)
    }

    /// Begins a file that continues another one.
    fn begin(&mut self, file: File, outcome: &str, object: Option<String>) -> Result<(), Problem> {
        self.take(file, 0)?;
        let details = Details { object, outcome: outcome.to_owned(), ..Details::default() };
        self.write(Event::new(Action::LogOpened, details, Addition::default()), &[])
    }

    fn take(&mut self, file: File, length: u64) -> Result<(), Problem> {
        let found = file.metadata()?;
        self.open = Some(Open { file, identity: (found.dev(), found.ino()), length });
        Ok(())
    }

    fn repair(&mut self, outcome: &str, addition: Addition, torn: &[u8]) -> Result<(), Problem> {
        let path = self.path.display();
        tracing::warn!(count = addition.count, bytes = addition.bytes, "VOICE_AUDIT_LOG={path}: {outcome}");
        let details = Details { outcome: outcome.to_owned(), ..Details::default() };
        self.write(Event::new(Action::LogRepaired, details, addition), torn)
    }

    /// Writes a whole line or nothing, because no line after an unfinished one could be read. `torn` is an unfinished
    /// line that stays in the file.
    fn write(&mut self, event: Event, torn: &[u8]) -> Result<(), Problem> {
        let Some(open) = &mut self.open else {
            return Err(io::Error::from(io::ErrorKind::NotConnected).into());
        };
        let Event { time_ms, action, details, addition } = event;
        let entry = Entry {
            number: self.number + 1,
            time_ms,
            action,
            details,
            addition,
            previous: self.previous.clone(),
            mac: None,
        };
        let line = entry.line(self.key.as_ref()).map_err(io::Error::from)?;
        let hash = hash(torn, &line);
        let line = format!("{}{line}\n", if torn.is_empty() { "" } else { "\n" });
        if let Err(error) = open.file.write_all(line.as_bytes()) {
            if open.file.set_len(open.length).is_err() {
                // The file is checked before the next entry.
                self.open = None;
            }
            return Err(error.into());
        }
        open.length += line.len() as u64;
        (self.number, self.previous) = (entry.number, hash);
        if let Some(head) = &self.head
            && let Err(error) = head.write(self.number, open.length, &self.previous, self.key.as_ref())
        {
            // The log may have more entries than the head.
            tracing::debug!(%error, "cannot update the head of the audit log");
        }
        Ok(())
    }
}
