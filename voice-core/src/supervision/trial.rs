//! Tries a model in a process of its own first: libvosk aborts on many kinds of damage, and a broken
//! model must not take its host down.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, bounded};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result, report};
use crate::store::files;

/// How long a model of gigabytes may take to load from a slow disk.
const DEADLINE: Duration = Duration::from_mins(5);

/// What is kept of each of a child's outputs: its end.
const MAX_REPORT: usize = 64 << 10;

/// How long the end of an output is waited for after the child's: a process that the child left behind may hold it.
const REST: Duration = Duration::from_secs(1);

/// A program that tries a model folder and says how it went: one that calls [`answer`].
#[derive(Debug)]
pub struct Trial {
    program: PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    /// Folders that passed, as they were then.
    passed: Mutex<HashMap<PathBuf, Fingerprint>>,
}

/// Name, size and time of every file.
type Fingerprint = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// The code of a folder that passed.
const PASSED: &str = "ok";

/// What the child writes to its standard output.
#[derive(Serialize, Deserialize)]
struct Told {
    code: String,
    message: String,
}

impl Trial {
    /// Runs `program` with `arguments` and, behind them, the folder.
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            variables: Vec::new(),
            passed: Mutex::default(),
        }
    }

    /// Sets a variable in the program's environment.
    pub fn with_variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Has the model in `folder` tried, once: a folder that has passed passes until a file of it changes.
    pub(crate) fn run(&self, folder: &Path) -> Result<()> {
        let now = fingerprint(folder);
        let passed = || self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if now.is_some() && passed().get(folder) == now.as_ref() {
            return Ok(());
        }
        self.run_again(folder)?;
        if let Some(now) = now {
            passed().insert(folder.to_owned(), now);
        }
        Ok(())
    }

    /// Has the model in `folder` tried, whether or not it has passed before.
    pub fn run_again(&self, folder: &Path) -> Result<()> {
        let internal = |what: &str, error| {
            let message = format!("{} cannot be {what} to try a model", self.program.display());
            Error::new(ErrorKind::Internal, message).with_source(error)
        };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(folder)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| internal("started", error))?;
        // Read while it runs: a child that fills its pipe would wait for ever.
        let (stdout, stderr) = (child.stdout.take().map(Output::read), child.stderr.take().map(Output::read));
        let end = wait(&mut child).map_err(|error| internal("waited for", error))?;
        let until = Instant::now() + if matches!(end, End::Killed) { Duration::ZERO } else { REST };
        let text = |output: Option<Output>| output.map(|output| output.text(until)).unwrap_or_default();
        verdict(folder, &end, &text(stdout), last_complaint(&text(stderr)))
    }
}

/// The end of what a process writes, read by a thread of its own until nobody can write any more.
struct Output {
    end: Arc<Mutex<Vec<u8>>>,
    closed: Receiver<()>,
}

impl Output {
    fn read(mut pipe: impl Read + Send + 'static) -> Self {
        let (end, (closing, closed)) = (Arc::<Mutex<Vec<u8>>>::default(), bounded(0));
        let written = Arc::clone(&end);
        let reader = move || {
            let _closing = closing;
            let mut piece = [0; 4_096];
            loop {
                let length = match pipe.read(&mut piece) {
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    Ok(0) | Err(_) => return,
                    Ok(length) => length,
                };
                let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
                written.extend_from_slice(&piece[..length]);
                let excess = written.len().saturating_sub(MAX_REPORT);
                written.drain(..excess);
            }
        };
        // Without a thread there is no text, and the child finds its pipe closed.
        let _ = std::thread::Builder::new().name("voice-trial".into()).spawn(reader);
        Self { end, closed }
    }

    /// What is there at its end, or `until` then.
    fn text(self, until: Instant) -> String {
        let _ = self.closed.recv_deadline(until);
        String::from_utf8_lossy(&self.end.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

/// The last line that names an error.
fn last_complaint(stderr: &str) -> String {
    let is_complaint = |line: &&str| line.contains("ERROR") || line.contains("ASSERT");
    stderr.lines().rfind(is_complaint).unwrap_or_default().to_owned()
}

fn verdict(folder: &Path, end: &End, said: &str, complaint: String) -> Result<()> {
    // The engine may have written before.
    let told = said.lines().next_back().and_then(|line| serde_json::from_str::<Told>(line).ok());
    let passed = match end {
        End::Killed => {
            let message = format!("{} did not load within {DEADLINE:?}; check the disk", folder.display());
            return Err(Error::new(ErrorKind::ModelLoadFailed, message));
        }
        End::Status(status) => status.success(),
        End::Unknown => told.as_ref().is_some_and(|told| told.code == PASSED),
    };
    if passed {
        return Ok(());
    }
    if let Some((kind, failure)) = told.and_then(|told| Some((ErrorKind::from_code(&told.code)?, told))) {
        return Err(Error::new(kind, failure.message));
    }
    let message = format!("the engine does not survive {}; download the model again", folder.display());
    let error = Error::new(ErrorKind::ModelInvalid, message);
    Err(if complaint.is_empty() { error } else { error.with_source(Complaint(complaint)) })
}

/// The engine's own words.
#[derive(Debug)]
struct Complaint(String);

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Complaint {}

/// How the child ended.
enum End {
    Status(ExitStatus),
    /// The host ignores SIGCHLD: the system keeps no status.
    Unknown,
    /// It took too long.
    Killed,
}

fn wait(child: &mut Child) -> std::io::Result<End> {
    let until = Instant::now() + DEADLINE;
    let mut pause = Duration::from_millis(2);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(End::Status(status)),
            Ok(None) => {}
            #[cfg(unix)]
            Err(error) if error.raw_os_error() == Some(libc::ECHILD) => return Ok(End::Unknown),
            Err(error) => return Err(error),
        }
        if Instant::now() > until {
            child.kill()?;
            let _ = child.wait();
            return Ok(End::Killed);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn fingerprint(folder: &Path) -> Option<Fingerprint> {
    let found = files::list(folder).ok()?.into_iter().map(|(path, size)| {
        let modified = folder.join(&path).metadata().and_then(|metadata| metadata.modified()).ok();
        (path, size, modified)
    });
    Some(found.collect())
}

/// The child's part: loads the speech-to-text model in `folder`, lets it hear its canary, and tells the
/// parent through standard output. The process should end with the code that is returned. `libvosk` is as in
/// [`EngineOptions`](crate::EngineOptions).
pub fn answer(folder: &Path, libvosk: Option<&Path>) -> u8 {
    // A damaged length must not make the engine take all memory of the machine.
    if let Ok(found) = files::list(folder) {
        limit_memory(found.iter().map(|(_, size)| size).sum());
    }
    tell(crate::engine::try_stt(libvosk, folder))
}

/// Tells the parent how the trial of something else went, such as a voice. The process should end with the code
/// that is returned.
pub fn tell(outcome: Result<()>) -> u8 {
    let (told, status) = match outcome {
        Ok(()) => (Told { code: PASSED.to_owned(), message: String::new() }, 0),
        Err(error) => (Told { code: error.code().to_owned(), message: report(&error) }, 1),
    };
    if let Ok(line) = serde_json::to_string(&told) {
        // A parent that has ended asks no more.
        let _ = writeln!(std::io::stdout(), "{line}");
    }
    status
}

#[cfg(target_os = "linux")]
fn limit_memory(model: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// What a process needs before any model: libraries, stacks, address space that is never touched.
    const BASE: u64 = 4 << 30;
    let limit = getrlimit(Resource::As);
    let wanted = BASE + 6 * model;
    if limit.current.is_none_or(|current| current > wanted) {
        // Without the limit the trial is a little less safe, and still a trial.
        let _ = setrlimit(Resource::As, Rlimit { current: Some(wanted), ..limit });
    }
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_model: u64) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(script: &str) -> Trial {
        Trial::new("/bin/sh", ["-c", script])
    }

    fn outcome(script: &str) -> Result<()> {
        trial(script).run(tempfile::tempdir().unwrap().path())
    }

    #[test]
    fn a_child_that_succeeds_is_asked_once_until_a_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "x").unwrap();
        let counted = tempfile::NamedTempFile::new().unwrap();
        let trial = trial(&format!("echo >> {}", counted.path().display()));
        let runs = || std::fs::read(counted.path()).unwrap().len();
        trial.run(folder.path()).unwrap();
        trial.run(folder.path()).unwrap();
        assert_eq!(runs(), 1);
        std::fs::write(folder.path().join("a"), "xy").unwrap();
        trial.run(folder.path()).unwrap();
        assert_eq!(runs(), 2);
    }

    #[test]
    fn what_the_child_says_is_what_is_told() {
        let error = outcome(r#"echo '{"code":"model_incomplete","message":"a is missing"}'; exit 1"#);
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::ModelIncomplete, "a is missing".into()));
    }

    #[test]
    fn a_child_that_dies_means_a_bad_model_in_the_engines_own_words() {
        let error = outcome("echo 'ASSERTION_FAILED (x)' >&2; kill -ABRT $$").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelInvalid);
        assert!(
            report(&error).ends_with("download the model again: ASSERTION_FAILED (x)"),
            "{}",
            report(&error)
        );
        assert_eq!(outcome("exit 9").unwrap_err().kind(), ErrorKind::ModelInvalid);
    }

    #[test]
    fn what_a_child_leaves_behind_or_writes_too_much_is_not_waited_for() {
        let began = Instant::now();
        outcome("sleep 60 & exit 0").unwrap();
        let error =
            outcome(r#"sleep 60 & echo '{"code":"model_incomplete","message":"b"}'; exit 1"#).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelIncomplete);
        assert!(began.elapsed() < Duration::from_secs(50), "the pipes are open still");
        let much = "head -c 3000000 /dev/zero | tr '\\0' x";
        outcome(&format!("{much}; echo; {much} >&2")).unwrap();
        let error =
            outcome(&format!("{much} >&2; echo >&2; echo 'ERROR (y)' >&2; {much}; exit 1")).unwrap_err();
        assert!(report(&error).ends_with("ERROR (y)"), "{}", report(&error));
    }

    #[test]
    fn a_program_that_is_not_there_is_our_fault_and_not_the_models() {
        let trial = Trial::new("/nowhere/voice", ["x"]);
        assert_eq!(trial.run(Path::new("/")).unwrap_err().kind(), ErrorKind::Internal);
    }
}
