//! The thread that owns espeak-ng, in this process or through a helper.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError, Weak};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, bounded};

#[cfg(unix)]
use super::child::Child;
use super::job::{Done, Job, Loaded, perform};
use super::library::Library;
use crate::EspeakHelper;
use crate::error::{Error, ErrorKind, Result};
use crate::gate::VOICES;
use crate::supervision::Policy;

/// The maximum number of waiting jobs. Each caller has one at a time.
const MAX_WAITING: usize = 64;

/// The maximum time that a caller waits for its job. The longest job takes a third of a second.
const DEADLINE: Duration = Policy::DEFAULT.queue_deadline();

/// The maximum time for the thread to load the library.
const START_DEADLINE: Duration = Policy::DEFAULT.late_deadline();

/// A job and the deadline of its caller.
struct Asked {
    job: Job,
    until: Instant,
    reply: Sender<Result<Done>>,
}

/// The handle of the worker thread, and the properties of the loaded library.
#[derive(Debug)]
pub(super) struct Worker {
    jobs: Sender<Asked>,
    pub(super) loaded: Loaded,
    place: Place,
    /// The library, if it is in this process.
    library: Option<Library>,
    /// The process of the thread. A forked process has no such thread.
    process: u32,
    /// The worker in a forked process, started at first use.
    forked: Mutex<Option<Arc<Self>>>,
}

/// Where espeak-ng runs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// The library as named by the caller; `None` for the system's.
    library: Option<PathBuf>,
    /// The helper program; `None` for this process.
    helper: Option<EspeakHelper>,
}

/// Runs the jobs.
enum Backend {
    Library(Library),
    #[cfg(unix)]
    Child(Child),
}

/// The workers of this process.
///
/// Global, because the library's state is global: espeak-ng keeps voice, text and audio in global variables without a
/// lock, two threads inside it crash, and loading it twice in a process gives the same copy. Helpers are shared while
/// they are in use.
static WORKERS: Mutex<Workers> = Mutex::new(Workers { in_process: None, helped: Vec::new() });

struct Workers {
    in_process: Option<Arc<Worker>>,
    helped: Vec<Weak<Worker>>,
}

impl Worker {
    /// The worker of the library in this process, which the first call starts.
    pub(super) fn within(library: Option<&Path>) -> Result<Arc<Self>> {
        let mut workers = workers()?;
        let place = Place { library: library.map(Path::to_owned), helper: None };
        let worker = match &workers.in_process {
            Some(worker) => Arc::clone(worker),
            None => Self::start(place, None)?,
        };
        workers.in_process = Some(Arc::clone(&worker));
        let own = worker.place.library.as_deref();
        if library.is_some_and(|library| own != Some(library)) {
            let loaded = own.map_or("the system's".into(), Path::to_string_lossy);
            let message = format!(
                "a process can use one espeak-ng, and has loaded {loaded}; restart the process to change that"
            );
            return Err(Error::new(ErrorKind::OptionInvalid, message));
        }
        Ok(worker)
    }

    /// The worker of the library in a process of `helper`, which the first call starts.
    pub(super) fn helped(library: Option<&Path>, helper: &EspeakHelper) -> Result<Arc<Self>> {
        let mut workers = workers()?;
        let place = Place { library: library.map(Path::to_owned), helper: Some(helper.clone()) };
        workers.helped.retain(|worker| worker.strong_count() > 0);
        let found = workers.helped.iter().filter_map(Weak::upgrade).find(|worker| worker.place == place);
        if let Some(worker) = found {
            return Ok(worker);
        }
        let worker = Self::start(place, None)?;
        workers.helped.push(Arc::downgrade(&worker));
        Ok(worker)
    }

    /// Starts the thread, with the library if that is loaded already.
    fn start(place: Place, library: Option<(Library, Loaded)>) -> Result<Arc<Self>> {
        let (jobs, line) = bounded(MAX_WAITING);
        let (reply, started) = bounded(1);
        let wanted = place.clone();
        let work = move || match Backend::start(&wanted, library) {
            Ok((mut backend, loaded)) => {
                let library = match &backend {
                    Backend::Library(library) => Some(library.clone()),
                    #[cfg(unix)]
                    Backend::Child(_) => None,
                };
                // The caller waits for this message.
                let _ = reply.send(Ok((library, loaded)));
                do_jobs(|job| backend.perform(job), &line);
            }
            Err(error) => drop(reply.send(Err(error))),
        };
        let thread = std::thread::Builder::new().name("voice-espeak".into()).spawn(work);
        thread.map_err(|error| {
            let message = "cannot start a thread for espeak-ng; check the system's limits";
            Error::new(ErrorKind::Internal, message).with_source(error)
        })?;
        let (library, loaded) = started.recv_timeout(START_DEADLINE).map_err(|error| match error {
            RecvTimeoutError::Timeout => {
                let message = format!(
                    "espeak-ng has not started within {START_DEADLINE:?}; check its library and its data"
                );
                Error::new(ErrorKind::EngineFailed, message)
            }
            RecvTimeoutError::Disconnected => gone(),
        })??;
        let helped = place.helper.is_some();
        tracing::debug!(loaded.version, helped, voices = loaded.voices.len(), "espeak-ng is loaded");
        let (process, forked) = (std::process::id(), Mutex::default());
        Ok(Arc::new(Self { jobs, loaded, place, library, process, forked }))
    }

    /// Runs a job and waits for its result. Jobs run in order of arrival.
    pub(super) fn ask(self: &Arc<Self>, job: Job) -> Result<Done> {
        let worker = self.here()?;
        let until = Instant::now() + DEADLINE;
        let (reply, answer) = bounded(1);
        worker.jobs.send_deadline(Asked { job, until, reply }, until).map_err(|error| match error {
            SendTimeoutError::Timeout(_) => overloaded(),
            SendTimeoutError::Disconnected(_) => gone(),
        })?;
        answer.recv_deadline(until).map_err(|error| match error {
            RecvTimeoutError::Timeout => overloaded(),
            RecvTimeoutError::Disconnected => gone(),
        })?
    }

    /// The worker in this process. A forked process starts its own, since the thread exists in the parent only.
    fn here(self: &Arc<Self>) -> Result<Arc<Self>> {
        if self.process == std::process::id() {
            return Ok(Arc::clone(self));
        }
        let mut forked = lock(&self.forked)?;
        let worker = match &*forked {
            Some(worker) => worker,
            None => forked.insert(self.start_again()?),
        };
        worker.here()
    }

    /// Starts the worker of a forked process. A failure is not stored, since it may be temporary.
    fn start_again(&self) -> Result<Arc<Self>> {
        let library = self.library.clone().map(|library| (library, self.loaded.clone()));
        Self::start(self.place.clone(), library)
    }
}

impl Backend {
    fn start(place: &Place, library: Option<(Library, Loaded)>) -> Result<(Self, Loaded)> {
        if let Some((library, loaded)) = library {
            return Ok((Self::Library(library), loaded));
        }
        let Some(helper) = &place.helper else {
            let _entry = VOICES.enter()?;
            let mut library = Library::load(place.library.as_deref())?;
            let loaded = Loaded::of(&mut library);
            VOICES.close_at_exit();
            return Ok((Self::Library(library), loaded));
        };
        #[cfg(unix)]
        return Child::start(helper.clone(), place.library.clone())
            .map(|(child, loaded)| (Self::Child(child), loaded));
        #[cfg(not(unix))]
        return Err(Error::new(
            ErrorKind::EngineUnavailable,
            format!("{} cannot be used on this system; leave it out", helper.program),
        ));
    }

    fn perform(&mut self, job: &Job) -> Result<Done> {
        match self {
            Self::Library(library) => {
                let _entry = VOICES.enter()?;
                perform(library, job)
            }
            #[cfg(unix)]
            Self::Child(child) => child.perform(job),
        }
    }
}

/// Runs jobs in order of arrival and skips jobs whose callers have timed out.
fn do_jobs(mut perform: impl FnMut(&Job) -> Result<Done>, line: &Receiver<Asked>) {
    for Asked { job, until, reply } in line {
        if Instant::now() >= until {
            continue;
        }
        let done = crate::catch(|| perform(&job));
        // The caller may have timed out.
        let _ = reply.send(done.unwrap_or_else(|_| Err(panicked())));
    }
}

fn workers() -> Result<MutexGuard<'static, Workers>> {
    lock(&WORKERS)
}

/// Waits at most the deadline of a job: in a forked process the lock may stay held for ever.
fn lock<T>(mutex: &Mutex<T>) -> Result<MutexGuard<'_, T>> {
    let until = Instant::now() + DEADLINE;
    loop {
        match mutex.try_lock() {
            Ok(locked) => return Ok(locked),
            Err(TryLockError::Poisoned(locked)) => return Ok(locked.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() > until => return Err(overloaded()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

fn overloaded() -> Error {
    let message = format!("espeak-ng has not answered for {DEADLINE:?}; send fewer requests at once");
    Error::new(ErrorKind::Overloaded, message)
}

fn gone() -> Error {
    Error::new(ErrorKind::Internal, "the thread of espeak-ng has ended; restart the process and report this")
}

fn panicked() -> Error {
    Error::new(ErrorKind::Internal, "libvoice panicked on a text for espeak-ng; report this")
}

#[cfg(test)]
mod tests {
    use super::super::job::JobKind;
    use super::super::text::Window;
    use super::*;

    fn job(text: &str) -> Job {
        let window = Window { text: text.to_owned(), is_last: true };
        Job { voice: "gmw/en".to_owned(), window, kind: JobKind::Phonemes }
    }

    /// Runs jobs with the given wait times, and returns the performed texts and the answers.
    fn done(
        jobs: &[(&str, Duration)],
        perform: impl Fn(&Job) -> Result<Done>,
    ) -> (Vec<String>, Vec<Option<ErrorKind>>) {
        let (sender, line) = bounded(jobs.len());
        let answers: Vec<_> = jobs
            .iter()
            .map(|(text, wait)| {
                let (reply, answer) = bounded(1);
                sender.send(Asked { job: job(text), until: Instant::now() + *wait, reply }).unwrap();
                answer
            })
            .collect();
        drop(sender);
        let mut performed = Vec::new();
        let perform = |job: &Job| {
            performed.push(job.window.text.clone());
            perform(job)
        };
        do_jobs(perform, &line);
        let answered = answers.iter().filter_map(|answer| answer.try_recv().ok());
        (performed, answered.map(|answer| answer.err().map(|error| error.kind())).collect())
    }

    #[test]
    fn expired_jobs_are_skipped() {
        let jobs = [("one", DEADLINE), ("two", Duration::ZERO), ("three", DEADLINE)];
        let (performed, answered) = done(&jobs, |_| Ok(Done::default()));
        assert_eq!(performed, ["one", "three"]);
        assert_eq!(answered, [None, None]);
    }

    #[test]
    fn panic_loses_only_its_job() {
        let jobs = [("one", DEADLINE), ("two", DEADLINE)];
        let (performed, answered) = done(&jobs, |job| {
            assert!(job.window.text != "one", "scripted");
            Ok(Done::default())
        });
        assert_eq!(performed, ["one", "two"]);
        assert_eq!(answered, [Some(ErrorKind::Internal), None]);
    }
}
