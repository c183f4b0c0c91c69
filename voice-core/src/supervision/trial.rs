//! Tests a model in a child process before it is loaded: libvosk aborts on many kinds of damage, and a damaged model
//! must not end its host.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, bounded};
use serde::{Deserialize, Serialize};

use super::policy::Policy;
use crate::error::{Error, ErrorKind, Result, report};
use crate::helper_program::HelperProgram;
use crate::store::files;
use crate::stt::{Libraries, try_model};

/// The longest trial.
const DEADLINE: Duration = Policy::DEFAULT.trial_deadline();

/// The most bytes kept of each output of a child, from its end.
const MAX_REPORT: usize = 64 << 10;

/// How long to wait for the end of an output after the child has ended: a process started by the child may keep it open.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(1);

/// A program that tests a model folder and reports the outcome by calling [`run_stt`].
#[derive(Debug)]
pub struct Trial {
    program: HelperProgram,
    variables: Vec<(OsString, OsString)>,
    /// Folders that passed, with their files at that time.
    passed: Mutex<HashMap<PathBuf, Fingerprint>>,
}

/// Name, size and modification time of every file.
type Fingerprint = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// The code for a folder that passed.
const PASSED: &str = "ok";

/// The report that the child writes to its standard output.
#[derive(Serialize, Deserialize)]
struct Report {
    code: String,
    message: String,
}

impl Trial {
    /// A trial that runs `program` with the folder as its last argument.
    pub fn new(program: HelperProgram) -> Self {
        Self { program, variables: Vec::new(), passed: Mutex::default() }
    }

    /// Sets a variable in the environment of the program, which [inherits](HelperProgram) only a few.
    pub fn with_variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Tests the model in `folder`. A folder that has passed is not tested again until one of its files changes.
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

    /// Tests the model in `folder`, whether or not it has passed before. Blocks for at most the
    /// [`trial_deadline`](Policy::trial_deadline) of the default policy.
    pub fn run_again(&self, folder: &Path) -> Result<()> {
        let internal = |what: &str, error| {
            let message = format!("{} cannot be {what} to try a model", self.program);
            Error::new(ErrorKind::Internal, message).with_source(error)
        };
        let mut child = self
            .program
            .command()
            .arg(folder)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| internal("started", error))?;
        // The outputs are read while the child runs, because a full pipe would block it.
        let (stdout, stderr) = (child.stdout.take().map(Output::read), child.stderr.take().map(Output::read));
        let end = wait(&mut child).map_err(|error| internal("waited for", error))?;
        let until = Instant::now() + if matches!(end, End::Killed) { Duration::ZERO } else { OUTPUT_TIMEOUT };
        let text = |output: Option<Output>| output.map(|output| output.text(until)).unwrap_or_default();
        verdict(folder, &end, &text(stdout), last_error_line(&text(stderr)))
    }
}

/// The end of an output of a process. A thread reads it until no process can write to it any more.
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
        // Without the thread the text is empty, and the pipe is closed.
        let _ = std::thread::Builder::new().name("voice-trial".into()).spawn(reader);
        Self { end, closed }
    }

    /// The text at the end of the output, or at `until`.
    fn text(self, until: Instant) -> String {
        let _ = self.closed.recv_deadline(until);
        String::from_utf8_lossy(&self.end.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

/// The last line that names an error.
fn last_error_line(stderr: &str) -> String {
    let is_error = |line: &&str| line.contains("ERROR") || line.contains("ASSERT");
    stderr.lines().rfind(is_error).unwrap_or_default().to_owned()
}

fn verdict(folder: &Path, end: &End, output: &str, error_line: String) -> Result<()> {
    // The engine may have written earlier lines.
    let report = output.lines().next_back().and_then(|line| serde_json::from_str::<Report>(line).ok());
    let passed = match end {
        End::Killed => {
            let message = format!("{} did not load within {DEADLINE:?}; check the disk", folder.display());
            return Err(Error::new(ErrorKind::ModelLoadFailed, message));
        }
        End::Status(status) => status.success(),
        End::Unknown => report.as_ref().is_some_and(|report| report.code == PASSED),
    };
    if passed {
        return Ok(());
    }
    if let Some((kind, failure)) =
        report.and_then(|report| Some((ErrorKind::from_code(&report.code)?, report)))
    {
        return Err(Error::new(kind, failure.message));
    }
    let message = format!("the engine does not survive {}; download the model again", folder.display());
    let error = Error::new(ErrorKind::ModelInvalid, message);
    Err(if error_line.is_empty() { error } else { error.with_source(EngineMessage(error_line)) })
}

/// The message of the engine.
#[derive(Debug)]
struct EngineMessage(String);

impl fmt::Display for EngineMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EngineMessage {}

/// How the child ended.
enum End {
    Status(ExitStatus),
    /// The host ignores SIGCHLD, so the system keeps no status.
    Unknown,
    /// It exceeded [`DEADLINE`].
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

/// The work of the child: loads the speech-to-text model in `folder`, runs its canary, and reports the outcome on
/// standard output. The process should exit with the returned code. `libvosk` is as in
/// [`EngineOptions`](crate::EngineOptions).
pub fn run_stt(folder: &Path, libvosk: Option<&Path>) -> u8 {
    // With a damaged length the engine could allocate all memory of the machine.
    if let Ok(found) = files::list(folder) {
        limit_memory(found.iter().map(|(_, size)| size).sum());
    }
    let libraries = Libraries { libvosk: libvosk.map(Path::to_owned) };
    report_outcome(try_model(&libraries, folder))
}

/// Reports the outcome of another test, such as that of a voice, to the parent. The process should exit with the
/// returned code.
pub fn report_outcome(outcome: Result<()>) -> u8 {
    let (outcome, status) = match outcome {
        Ok(()) => (Report { code: PASSED.to_owned(), message: String::new() }, 0),
        Err(error) => (Report { code: error.code().to_owned(), message: report(&error) }, 1),
    };
    if let Ok(line) = serde_json::to_string(&outcome) {
        // Writing fails if the parent has ended.
        let _ = writeln!(std::io::stdout(), "{line}");
    }
    status
}

#[cfg(target_os = "linux")]
fn limit_memory(model: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// Address space of a process without a model: libraries, stacks, reserved memory.
    const BASE: u64 = 4 << 30;
    let limit = getrlimit(Resource::As);
    let wanted = BASE + 6 * model;
    if limit.current.is_none_or(|current| current > wanted) {
        // The trial also works without the limit.
        let _ = setrlimit(Resource::As, Rlimit { current: Some(wanted), ..limit });
    }
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_model: u64) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(script: &str) -> Trial {
        Trial::new(HelperProgram::new("/bin/sh", ["-c", script]))
    }

    fn outcome(script: &str) -> Result<()> {
        trial(script).run(tempfile::tempdir().unwrap().path())
    }

    #[test]
    fn passed_folder_is_tested_again_after_a_change() {
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
    fn report_of_the_child_is_the_error() {
        let error = outcome(r#"echo '{"code":"model_incomplete","message":"a is missing"}'; exit 1"#);
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::ModelIncomplete, "a is missing".into()));
    }

    #[test]
    fn crash_of_the_child_reports_the_engine_message() {
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
    fn child_inherits_no_other_variables() {
        // Cargo sets this variable.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let script = r#"test -n "$PATH" && test -z "$CARGO_MANIFEST_DIR" && test "$GIVEN" = 1"#;
        trial(script).with_variable("GIVEN", "1").run(tempfile::tempdir().unwrap().path()).unwrap();
    }

    #[test]
    fn open_pipes_and_long_output_do_not_block() {
        let began = Instant::now();
        outcome("sleep 60 & exit 0").unwrap();
        let error =
            outcome(r#"sleep 60 & echo '{"code":"model_incomplete","message":"b"}'; exit 1"#).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelIncomplete);
        assert!(began.elapsed() < Duration::from_secs(50), "the pipes are still open");
        let much = "head -c 3000000 /dev/zero | tr '\\0' x";
        outcome(&format!("{much}; echo; {much} >&2")).unwrap();
        let error =
            outcome(&format!("{much} >&2; echo >&2; echo 'ERROR (y)' >&2; {much}; exit 1")).unwrap_err();
        assert!(report(&error).ends_with("ERROR (y)"), "{}", report(&error));
    }

    #[test]
    fn missing_program_is_an_internal_error() {
        let trial = Trial::new(HelperProgram::new("/nowhere/voice", ["x"]));
        assert_eq!(trial.run(Path::new("/")).unwrap_err().kind(), ErrorKind::Internal);
    }
}
