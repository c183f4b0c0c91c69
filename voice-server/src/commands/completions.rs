//! `voice-server completions`.

use std::process::ExitCode;

use clap_complete::Shell;

use crate::{cli, output};

/// Prints the script for `shell`.
pub(crate) fn run(shell: Shell) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::public(), "voice-server", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if shell == Shell::Bash {
        // clap_complete writes a hyphen in the program's name in two ways, which do not match
        // (<https://github.com/clap-rs/clap/issues/6421>).
        script = script.replace("voice__subcmd__server", "voice__server");
    }
    output::write(script.as_bytes()).map_or_else(|error| output::failure(&error), |()| ExitCode::SUCCESS)
}
