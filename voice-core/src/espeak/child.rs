//! The parent's side of a helper process that runs espeak-ng.

use std::io::{self, Read, Write as _};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::job::{Done, Job, Load, Loaded};
use super::wire;
use crate::EspeakHelper;
use crate::error::{Error, ErrorKind, Result};
use crate::supervision::Policy;

/// The maximum time for the helper to load the library.
const LOAD_DEADLINE: Duration = Policy::DEFAULT.wait_deadline();

/// The delay before a restart after a process that died before finishing a job or that could not be started. It
/// doubles after each further failure. The caller waits for that time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A helper, which is restarted after it dies.
#[derive(Debug)]
pub(super) struct Child {
    helper: EspeakHelper,
    library: Option<PathBuf>,
    process: Option<Process>,
    /// The number of processes in a row that died during or before their first job.
    pub(super) deaths: u32,
    /// The time of the last death.
    died: Instant,
}

/// The outcome of a job.
enum Outcome {
    Done(Done),
    /// The library's own error.
    Failed(Error),
    /// The process died, or hung and was ended at the deadline.
    Died {
        hung: bool,
    },
}

impl Child {
    /// Starts a process, which answers with the properties of the library.
    pub(super) fn start(helper: EspeakHelper, library: Option<PathBuf>) -> Result<(Self, Loaded)> {
        let (process, loaded) = Process::start(&helper, library.as_deref())?;
        Ok((Self { helper, library, process: Some(process), deaths: 0, died: Instant::now() }, loaded))
    }

    /// Runs a job. If the process ends during it, the job is retried once with only letters, digits and plain punctuation.
    /// A text that has nothing else is retried as it is, since something else may have ended the process, but not if it
    /// hung: that would take the deadline again.
    pub(super) fn perform(&mut self, job: &Job) -> Result<Done> {
        let plain = job.plain();
        let is_plain = plain.window.text == job.window.text;
        for job in [job, &plain] {
            match self.attempt(job)? {
                Outcome::Done(done) => return Ok(done),
                Outcome::Failed(error) => return Err(error),
                Outcome::Died { hung } if hung && is_plain => break,
                Outcome::Died { .. } => {}
            }
        }
        let message = "espeak-ng crashes or hangs on this text; change the text";
        Err(Error::new(ErrorKind::EngineFailed, message))
    }

    fn attempt(&mut self, job: &Job) -> Result<Outcome> {
        // The process is put back after it has answered; otherwise dropping it ends it.
        let mut process = self.process()?;
        match process.ask::<_, Answer<Done>>(job, self.helper.deadline) {
            Ok((answer, samples)) => {
                process.worked = true;
                self.process = Some(process);
                Ok(match answer {
                    Answer::Ok(done) => Outcome::Done(Done { samples, ..done }),
                    Answer::Failed(failure) => Outcome::Failed(failure.into_error()),
                })
            }
            Err(error) => {
                self.record_death(process.worked);
                // The text is not logged, since it may be personal.
                let hung = is_timeout(&error);
                tracing::warn!(
                    timed_out = hung,
                    deaths = self.deaths,
                    "the helper process of espeak-ng ended during a text"
                );
                Ok(Outcome::Died { hung })
            }
        }
    }

    /// The process, restarted if there is none.
    fn process(&mut self) -> Result<Process> {
        if let Some(process) = self.process.take() {
            return Ok(process);
        }
        if let Some(further) = self.deaths.checked_sub(1) {
            let pause = FIRST_PAUSE.saturating_mul(1 << further.min(10)).min(LONGEST_PAUSE);
            std::thread::sleep(pause.saturating_sub(self.died.elapsed()));
        }
        let started = Process::start(&self.helper, self.library.as_deref());
        let (process, _) = started.inspect_err(|_| self.record_death(false))?;
        Ok(process)
    }

    fn record_death(&mut self, worked: bool) {
        self.deaths = if worked { 0 } else { self.deaths.saturating_add(1) };
        self.died = Instant::now();
    }
}

/// The answer of a helper.
#[derive(Debug, Serialize, serde::Deserialize)]
pub(super) enum Answer<T> {
    Ok(T),
    Failed(Failure),
}

/// An error, serialised between processes.
#[derive(Debug, Serialize, serde::Deserialize)]
pub(super) struct Failure {
    pub(super) code: String,
    pub(super) message: String,
}

impl Failure {
    fn into_error(self) -> Error {
        Error::new(ErrorKind::from_code(&self.code).unwrap_or(ErrorKind::EngineFailed), self.message)
    }
}

/// A running process. Dropping it ends it.
#[derive(Debug)]
struct Process {
    child: std::process::Child,
    socket: UnixStream,
    /// Whether it has finished a job.
    worked: bool,
}

impl Process {
    fn start(helper: &EspeakHelper, library: Option<&Path>) -> Result<(Self, Loaded)> {
        let failed = |error: io::Error| {
            let message = format!("{} cannot run espeak-ng; name a program of this version", helper.program);
            Error::new(ErrorKind::EngineUnavailable, message).with_source(error)
        };
        let mut process = Self::spawn(helper).map_err(failed)?;
        let load = Load { library: library.map(Path::to_owned) };
        match process.ask::<_, Answer<Loaded>>(&load, LOAD_DEADLINE) {
            Ok((Answer::Ok(loaded), _)) => Ok((process, loaded)),
            Ok((Answer::Failed(failure), _)) => Err(failure.into_error()),
            Err(error) => Err(failed(error)),
        }
    }

    /// Starts the program with only one end of a socket.
    fn spawn(helper: &EspeakHelper) -> io::Result<Self> {
        let (socket, end) = UnixStream::pair()?;
        let child = helper
            .program
            .command()
            .stdin(Stdio::from(OwnedFd::from(end)))
            .stdout(Stdio::null())
            // Its error output might quote the text.
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { child, socket, worked: false })
    }

    /// Sends a request and waits for the answer, for at most `deadline`.
    fn ask<Q: Serialize, A: DeserializeOwned>(
        &mut self,
        question: &Q,
        deadline: Duration,
    ) -> io::Result<(A, Vec<i16>)> {
        let until = Instant::now() + deadline;
        // The helper reads nothing while it works, and its buffer may be smaller than a request.
        self.socket.set_write_timeout(Some(deadline))?;
        self.socket.write_all(&wire::encode(question, &[])?)?;
        wire::read(&mut Until { socket: &self.socket, until })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Both);
        // If the host ignores SIGCHLD, a process that has ended must not be killed, since its id may belong to
        // another process.
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A socket with a deadline for the complete answer.
struct Until<'a> {
    socket: &'a UnixStream,
    until: Instant,
}

impl Read for Until<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.socket.set_read_timeout(Some(left))?;
        (&mut &*self.socket).read(into)
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}
