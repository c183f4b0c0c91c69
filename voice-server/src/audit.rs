//! The audit log: who did what, when, from where, with which outcome. It never holds speech or text.
//!
//! The log has one JSON object per line. Each line holds the hash of the line before it and, if there is a key, a MAC
//! of itself. `voice-server audit verify FILE` therefore detects a line that was changed, removed or inserted. The
//! head, a file beside the log, holds the number and the hash of the last line, so that a truncated end is detected
//! too.
//!
//! The log never keeps the server from starting or serving. A separate thread writes the file. Entries that cannot be
//! written go to the ordinary log and are counted; once the file can be written again, its next entry holds that count.
//! The only error is a file that another process writes.

mod anonymous;
mod entry;
mod file;
mod head;
mod key;
mod scan;
mod verify;
mod writer;

use std::path::Path;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::time::timeout;

use self::anonymous::AnonymousQuota;
pub(crate) use self::entry::{Action, Details};
use self::entry::{Addition, Event};
use self::file::LogFile;
pub(crate) use self::key::AuditKey;
pub(crate) use self::verify::verify;
use self::writer::Writer;

/// The longest time that an answer waits until its entry is in the file.
const WRITTEN_TIMEOUT: Duration = Duration::from_secs(1);

/// Writes entries to a file, or to the ordinary log if there is none.
pub(crate) struct Audit {
    anonymous: Mutex<AnonymousQuota>,
    file: Option<Writer>,
}

/// The state of the log's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AuditHealth {
    /// The last entry could not be written to it.
    pub(crate) failing: bool,
    /// Entries since the start that are only in the ordinary log.
    pub(crate) lost: u64,
}

impl Audit {
    /// Opens the file at `path` and continues it. The only error is a file that another process writes.
    pub(crate) fn open(path: Option<&Path>, key: Option<AuditKey>) -> Result<Self, String> {
        let file = path.map(|path| Writer::start(LogFile::open(path, key)?)).transpose()?;
        Ok(Self { anonymous: Mutex::new(AnonymousQuota::new(Instant::now())), file })
    }

    /// Adds an entry. A thread writes entries in the order of these calls; see [`written`](Self::written). The number
    /// of entries per minute from clients without a token is bounded; further ones are counted.
    pub(crate) fn record(&self, action: Action, details: Details) {
        let mut anonymous = self.anonymous.lock();
        self.report_omitted(&mut anonymous, false);
        let has_room = details.actor.is_some() || !action.is_of_clients() || anonymous.admit(action);
        drop(anonymous);
        if !has_room {
            return;
        }
        self.write(Event::new(action, details, Addition::default()));
    }

    /// Completes when all earlier entries are in the file or lost, or after a time-out.
    pub(crate) async fn written(&self) {
        if let Some(file) = &self.file {
            let _ = timeout(WRITTEN_TIMEOUT, file.written()).await;
        }
    }

    /// Records how many entries were left out, if their minute is over. Must be called each minute.
    pub(crate) fn tick(&self) {
        self.report_omitted(&mut self.anonymous.lock(), false);
    }

    /// Records how many entries were left out so far, at the end of the process.
    pub(crate) fn close(&self) {
        self.report_omitted(&mut self.anonymous.lock(), true);
    }

    /// Opens the file again, if another one was put in its place.
    pub(crate) fn reopen(&self) {
        if let Some(file) = &self.file {
            file.reopen();
        }
    }

    /// The state of the file; `None` if there is none.
    pub(crate) fn health(&self) -> Option<AuditHealth> {
        self.file.as_ref().map(Writer::health)
    }

    fn report_omitted(&self, anonymous: &mut AnonymousQuota, is_end: bool) {
        for (action, count) in anonymous.omitted(Instant::now(), is_end) {
            let details = Details {
                object: Some(action.name().to_owned()),
                outcome: "too_many".to_owned(),
                ..Details::default()
            };
            let addition = Addition { count: Some(count), ..Addition::default() };
            self.write(Event::new(Action::EntriesOmitted, details, addition));
        }
    }

    /// Writes to the file, or to the ordinary log if there is no file or its queue is full.
    fn write(&self, event: Event) {
        match &self.file {
            Some(file) => {
                if let Err(event) = file.write(Box::new(event)) {
                    event.log();
                }
            }
            None => event.log(),
        }
    }
}

#[cfg(test)]
mod tests;
