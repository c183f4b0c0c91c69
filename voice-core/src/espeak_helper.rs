//! A helper program that runs espeak-ng in a process of its own.

use std::time::Duration;

use crate::helper_program::HelperProgram;
use crate::supervision::Policy;

/// A program that runs espeak-ng for this process by calling `espeak::serve`.
///
/// espeak-ng 1.51 is not hardened against untrusted texts. In a process of its own, a text that crashes it loses only
/// that clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EspeakHelper {
    pub(crate) program: HelperProgram,
    pub(crate) deadline: Duration,
}

impl EspeakHelper {
    /// Runs `program` at first use, and restarts it after it has died.
    ///
    /// Its environment contains only the variables that name folders of libraries and of espeak-ng's data. Its
    /// standard input is a socket; its standard output and error are discarded.
    pub fn new(program: HelperProgram) -> Self {
        Self { program, deadline: Policy::DEFAULT.helper_deadline() }
    }

    /// The maximum time of a clause; a process that exceeds it is ended. Default: the
    /// [`helper_deadline`](Policy::helper_deadline) of the default policy, 3 s. Most clauses take some
    /// milliseconds, the longest a third of a second.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }
}
