//! The audit log: who did what, when, from where, with which outcome. Never what was said.
//!
//! One JSON object a line. Each holds the hash of the line before it and, where there is a key, a MAC of itself, so that a
//! line that was changed, removed or put in between shows (`voice-server audit verify FILE`). A file beside the log, its
//! head, holds the number and the hash of the last line, so that an end that was cut off shows as well.
//!
//! The log never keeps the server from starting or serving: what cannot be written to the file goes to the other logs, is
//! counted, and the count is the first entry that the file takes again. Only a file that another process writes is refused.

mod entry;
mod file;
mod head;
mod key;
mod scan;
mod strangers;
mod verify;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use self::entry::Addition;
pub(crate) use self::entry::{Action, Details};
use self::file::LogFile;
pub(crate) use self::key::AuditKey;
use self::strangers::Strangers;
pub(crate) use self::verify::verify;

/// Writes entries to a file, or among the other logs where there is none.
pub(crate) struct Audit(Mutex<State>);

struct State {
    file: Option<LogFile>,
    strangers: Strangers,
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
        let file = path.map(|path| LogFile::open(path, key)).transpose()?;
        Ok(Self(Mutex::new(State { file, strangers: Strangers::new(Instant::now()) })))
    }

    /// Adds an entry. It is on its way to the disk when this returns. Of clients that have shown no token, a minute holds a
    /// bounded number; the others are counted.
    pub(crate) fn record(&self, action: Action, details: Details) {
        let mut state = self.lock();
        state.tell_omitted(false);
        if details.actor.is_none() && action.is_of_clients() && !state.strangers.admit(action) {
            return;
        }
        state.write(action, details, Addition::default());
    }

    /// Tells how many entries were left out, if their minute is over. To be called each minute.
    pub(crate) fn tick(&self) {
        self.lock().tell_omitted(false);
    }

    /// Tells how many entries were left out so far, at the end of the process.
    pub(crate) fn close(&self) {
        self.lock().tell_omitted(true);
    }

    /// Opens the file anew, if another one was put in its place.
    pub(crate) fn reopen(&self) {
        if let Some(file) = &mut self.lock().file {
            file.reopen();
        }
    }

    /// How the file is; `None` where there is none.
    pub(crate) fn health(&self) -> Option<AuditHealth> {
        self.lock().file.as_ref().map(LogFile::health)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tell_omitted(&mut self, is_end: bool) {
        for (action, count) in self.strangers.omitted(Instant::now(), is_end) {
            let details = Details {
                object: Some(action.name().to_owned()),
                outcome: "too_many".to_owned(),
                ..Details::default()
            };
            self.write(
                Action::EntriesOmitted,
                details,
                Addition { count: Some(count), ..Addition::default() },
            );
        }
    }

    /// To the file, and where that fails or is none to the other logs.
    fn write(&mut self, action: Action, details: Details, addition: Addition) {
        let details = match &mut self.file {
            Some(file) => match file.append(action, details, addition) {
                Ok(()) => return,
                Err(details) => *details,
            },
            None => details,
        };
        tracing::info!(
            target: "voice_server::audit",
            action = action.name(),
            actor = details.actor,
            address = details.address,
            request = details.request_id,
            session = details.session,
            object = details.object,
            subject = details.subject,
            count = addition.count,
            outcome = details.outcome,
        );
    }
}

#[cfg(test)]
mod tests;
