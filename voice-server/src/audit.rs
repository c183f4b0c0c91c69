//! The audit log: who did what, when, from where, with which outcome. Never what was said.
//!
//! One JSON object a line. Each holds the hash of the line before it and, where there is a key, a MAC of itself, so that a
//! line that was changed, removed or put in between shows (`voice-server audit verify FILE`). A file beside the log, its
//! head, holds the number and the hash of the last line, so that an end that was cut off shows as well.
//!
//! The log never keeps the server from starting or serving: a thread of its own writes the file; what cannot be written
//! goes to the other logs and is counted, and the count is the first entry that the file takes again. Only a file that
//! another process writes is refused.

mod anonymous;
mod entry;
mod file;
mod head;
mod key;
mod scan;
mod verify;
mod writer;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::timeout;

use self::anonymous::AnonymousQuota;
pub(crate) use self::entry::{Action, Details};
use self::entry::{Addition, Event};
use self::file::LogFile;
pub(crate) use self::key::AuditKey;
pub(crate) use self::verify::verify;
use self::writer::Writer;

/// The longest that an answer waits for its entry to be in the file.
const WRITTEN_TIMEOUT: Duration = Duration::from_secs(1);

/// Takes entries for a file, or for the other logs where there is none.
pub(crate) struct Audit {
    anonymous: Mutex<AnonymousQuota>,
    file: Option<Writer>,
}

/// How the file of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AuditHealth {
    /// The last entry could not be written to it.
    pub(crate) failing: bool,
    /// Entries since the start that are in the other logs only.
    pub(crate) lost: u64,
}

impl Audit {
    /// Goes on with the file at `path`. An error only where another process writes that file.
    pub(crate) fn open(path: Option<&Path>, key: Option<AuditKey>) -> Result<Self, String> {
        let file = path.map(|path| Writer::start(LogFile::open(path, key)?)).transpose()?;
        Ok(Self { anonymous: Mutex::new(AnonymousQuota::new(Instant::now())), file })
    }

    /// Adds an entry, which a thread writes in the order of asking; see [`written`](Self::written). Of clients that have
    /// shown no token, a minute holds a bounded number; the others are counted.
    pub(crate) fn record(&self, action: Action, details: Details) {
        let mut anonymous = self.anonymous();
        self.report_omitted(&mut anonymous, false);
        let has_room = details.actor.is_some() || !action.is_of_clients() || anonymous.admit(action);
        drop(anonymous);
        if !has_room {
            return;
        }
        self.write(Event::new(action, details, Addition::default()));
    }

    /// Completes when all that was recorded before is in the file or lost, or soon.
    pub(crate) async fn written(&self) {
        if let Some(file) = &self.file {
            let _ = timeout(WRITTEN_TIMEOUT, file.written()).await;
        }
    }

    /// Tells how many entries were left out, if their minute is over. To be called each minute.
    pub(crate) fn tick(&self) {
        self.report_omitted(&mut self.anonymous(), false);
    }

    /// Tells how many entries were left out so far, at the end of the process.
    pub(crate) fn close(&self) {
        self.report_omitted(&mut self.anonymous(), true);
    }

    /// Opens the file anew, if another one was put in its place.
    pub(crate) fn reopen(&self) {
        if let Some(file) = &self.file {
            file.reopen();
        }
    }

    /// How the file is; `None` where there is none.
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

    /// To the file, and where that has no room or is none to the other logs.
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

    fn anonymous(&self) -> MutexGuard<'_, AnonymousQuota> {
        self.anonymous.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
