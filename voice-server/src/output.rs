//! The output of commands: results to standard output, errors to standard error.
//!
//! The reader may have left (`… | head -1`), and the disk may be full. `println!` panics in both cases.

use std::error::Error as _;
use std::fmt::{self, Display};
use std::io::{self, Write as _};
use std::process::ExitCode;

use voice_core::{Error, ErrorKind, Result, report};

/// The exit status that a shell shows for a program ended by SIGPIPE (13): the usual one if the reader of the output
/// has left.
const READER_GONE: u8 = 128 + 13;

/// Writes a line to standard output.
pub(crate) fn line(text: impl Display) -> Result<()> {
    write(format!("{text}\n").as_bytes())
}

/// Writes to standard output, unbuffered.
pub(crate) fn write(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written.map_err(|error| {
        Error::new(ErrorKind::Io, "cannot write to standard output").with_source(Unwritten(error))
    })
}

/// Writes a line to standard error, if it can be written.
pub(crate) fn complain(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Reports the error that ends a command, and returns the exit code. A reader that has left is not reported.
pub(crate) fn failure(error: &Error) -> ExitCode {
    if is_reader_gone(error) {
        return ExitCode::from(READER_GONE);
    }
    complain(format_args!("voice-server: {}: {}", error.code(), report(error)));
    ExitCode::FAILURE
}

/// Whether the reader of standard output has left, so that further work is useless.
pub(crate) fn is_reader_gone(error: &Error) -> bool {
    let unwritten = error.source().and_then(|source| source.downcast_ref::<Unwritten>());
    unwritten.is_some_and(|Unwritten(error)| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Shows the help, the version, or what is wrong with the arguments.
pub(crate) fn usage(message: &clap::Error) -> ExitCode {
    match message.print() {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(READER_GONE),
        Err(error) => {
            complain(format_args!("voice-server: cannot write: {error}"));
            ExitCode::FAILURE
        }
        // 0 if help was asked for, 2 for a mistake.
        Ok(()) => ExitCode::from(u8::try_from(message.exit_code()).unwrap_or(2)),
    }
}

/// An error of standard output.
#[derive(Debug)]
struct Unwritten(io::Error);

impl Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Unwritten {}
