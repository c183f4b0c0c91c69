//! The program that espeak-ng runs in where it must not end this one.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// A program that runs espeak-ng for this process: one that calls `espeak::serve`.
///
/// Version 1.51 of espeak-ng is not hardened against the texts of strangers. In a process of its own, a text that
/// it does not survive costs the clause, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EspeakHelper {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) deadline: Duration,
}

impl EspeakHelper {
    /// Runs `program` with `arguments`, when it is first needed and again whenever it has died.
    ///
    /// It gets no environment but the variables that name folders of libraries and of espeak-ng's data. Its standard
    /// input is a socket; its standard output and error go nowhere.
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            deadline: Duration::from_secs(3),
        }
    }

    /// How long a clause may take before the process is ended. Default: 3 s; most take some milliseconds, the longest a third
    /// of a second.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }
}
