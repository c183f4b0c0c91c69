//! A program that does risky work in a process of its own.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::process::Command;

/// The environment variables that such a program inherits. None holds a secret.
const ENVIRONMENT: &[&str] = &[
    "DYLD_FALLBACK_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "ESPEAK_DATA_PATH",
    "LD_LIBRARY_PATH",
    "LLVM_PROFILE_FILE",
    "PATH",
    // Programs on Windows do not start without it.
    "SystemRoot",
];

/// A program and its arguments, for [`EspeakHelper`](crate::EspeakHelper) and [`Trial`](crate::supervision::Trial).
///
/// It inherits `PATH`, `ESPEAK_DATA_PATH` and the variables of the system's loader, such as `LD_LIBRARY_PATH`, and no
/// other variable of this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelperProgram {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl HelperProgram {
    /// Runs `program` with `arguments`.
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self { program: program.into(), arguments: arguments.into_iter().map(Into::into).collect() }
    }

    /// The command that starts it.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let variables = ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        command.args(&self.arguments).env_clear().envs(variables);
        command
    }

    /// The command in the notation of a shell, for words without special characters.
    #[cfg(all(test, feature = "espeak"))]
    pub(crate) fn shell_command(&self) -> String {
        let arguments = self.arguments.iter().map(|argument| format!(" {}", argument.display()));
        format!("{self}{}", arguments.collect::<String>())
    }
}

impl fmt::Display for HelperProgram {
    /// Its path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.program.display().fmt(f)
    }
}
