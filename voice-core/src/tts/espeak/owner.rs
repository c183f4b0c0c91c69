//! The one thread that may call espeak-ng.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, bounded};

use super::library::Library;
use super::voices::Voice;
use crate::error::{Error, ErrorKind, Result};

/// Jobs that may stand in line. Each caller has one at a time.
const MAX_WAITING: usize = 64;

/// How long a caller waits for its job. The longest job takes a third of a second.
const DEADLINE: Duration = Duration::from_secs(30);

type Job = Box<dyn FnOnce(&mut Library) + Send>;

/// The library's owner, and what it told when it was loaded.
#[derive(Debug)]
pub(super) struct Owner {
    jobs: Sender<Job>,
    pub(super) version: String,
    pub(super) sample_rate: u32,
    pub(super) voices: Vec<Voice>,
    /// As the caller named the library; `None` for the system's.
    path: Option<PathBuf>,
}

/// The owner, once there is one.
///
/// Global, because the state is the library's own: espeak-ng keeps voice, text
/// and audio in global variables without a lock, two threads inside it are a crash, and a second copy
/// in one process would be the same copy.
static OWNER: Mutex<Option<Arc<Owner>>> = Mutex::new(None);

impl Owner {
    /// The process's owner, which the first call starts.
    pub(super) fn of_process(path: Option<&Path>) -> Result<Arc<Self>> {
        let mut slot = OWNER.lock().unwrap_or_else(PoisonError::into_inner);
        let owner = match &*slot {
            Some(owner) => Arc::clone(owner),
            None => Arc::new(Self::start(path)?),
        };
        *slot = Some(Arc::clone(&owner));
        if path.is_some_and(|path| owner.path.as_deref() != Some(path)) {
            let loaded = owner.path.as_deref().map_or("the system's".into(), Path::to_string_lossy);
            let message = format!(
                "a process can use one espeak-ng, and has loaded {loaded}; restart it to change that"
            );
            return Err(Error::new(ErrorKind::OptionInvalid, message));
        }
        Ok(owner)
    }

    fn start(path: Option<&Path>) -> Result<Self> {
        let (jobs, line) = bounded(MAX_WAITING);
        let (reply, loaded) = bounded(1);
        let path = path.map(Path::to_owned);
        let named = path.clone();
        let work = move || match Library::load(named.as_deref()) {
            Ok(mut library) => {
                let told = (library.version(), library.sample_rate(), library.voices());
                // The one who asked waits until this is sent.
                let _ = reply.send(Ok(told));
                do_jobs(&mut library, &line);
            }
            Err(error) => drop(reply.send(Err(error))),
        };
        let thread = std::thread::Builder::new().name("voice-espeak".into()).spawn(work);
        thread.map_err(|error| {
            let message = "cannot start a thread for espeak-ng; check the system's limits";
            Error::new(ErrorKind::Internal, message).with_source(error)
        })?;
        let (version, sample_rate, voices) = loaded.recv().map_err(|_| gone())??;
        tracing::debug!(version, voices = voices.len(), "espeak-ng is loaded");
        Ok(Self { jobs, version, sample_rate, voices, path })
    }

    /// Has `work` done when its turn comes. Jobs are done in the order in which they were asked for.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Library) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let until = Instant::now() + DEADLINE;
        let (reply, answer) = bounded(1);
        // Nobody may be waiting any more when it is done.
        let job: Job = Box::new(move |library| drop(reply.send(work(library))));
        self.jobs.send_deadline(job, until).map_err(|error| match error {
            SendTimeoutError::Timeout(_) => overloaded(),
            SendTimeoutError::Disconnected(_) => gone(),
        })?;
        answer.recv_deadline(until).map_err(|error| match error {
            RecvTimeoutError::Timeout => overloaded(),
            RecvTimeoutError::Disconnected => gone(),
        })?
    }
}

fn do_jobs(library: &mut Library, line: &Receiver<Job>) {
    for job in line {
        job(library);
    }
}

fn overloaded() -> Error {
    let message = format!("espeak-ng has not answered for {DEADLINE:?}; ask it for less at once");
    Error::new(ErrorKind::Overloaded, message)
}

fn gone() -> Error {
    Error::new(ErrorKind::Internal, "the thread of espeak-ng has ended; restart the process and report this")
}
