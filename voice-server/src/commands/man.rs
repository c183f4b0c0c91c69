//! `voice-server man`: the manual pages, one for each command.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::{cli, output};

/// The last line of each page.
const SOURCE: &str = concat!("voice-server ", env!("CARGO_PKG_VERSION"));

/// Writes the pages into `folder`.
pub(crate) fn run(folder: &Path) -> ExitCode {
    match write(folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(format_args!("voice-server: {}: {error}", folder.display()));
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut command = cli::public().after_help(None::<&str>).disable_help_subcommand(true);
    // Gives the commands below their full names.
    command.build();
    let main = page(command.clone(), folder)?;
    environment(cli::AFTER_HELP).to_writer(&mut OpenOptions::new().append(true).open(main)?)?;
    pages(&command, folder)
}

/// Writes the pages of the commands below `command`.
fn pages(command: &clap::Command, folder: &Path) -> io::Result<()> {
    for command in command.get_subcommands() {
        page(command.clone(), folder)?;
        pages(command, folder)?;
    }
    Ok(())
}

/// Writes the page of a command, and returns its path.
fn page(command: clap::Command, folder: &Path) -> io::Result<PathBuf> {
    // A page without a date is the same whenever it is made.
    let page = Man::new(command).date("\"\"").source(SOURCE).manual("User Commands");
    page.generate_to(folder)
}

/// The section on the environment variables. The first line of `help` is its heading.
fn environment(help: &str) -> Roff {
    let mut page = Roff::new();
    page.control("SH", ["ENVIRONMENT"]);
    page.text([roman(
        "docs/deploy.md describes each variable. `voice-server config` shows the values in force.",
    )]);
    for line in help.lines().skip(1) {
        let indent = line.len() - line.trim_start().len();
        match (indent, line.trim()) {
            (_, "") => {}
            (0, heading) => {
                page.control("SS", [heading.trim_end_matches(':')]);
            }
            (2, entry) => {
                let columns = entry.split_once("  ").or_else(|| entry.split_once(' '));
                let (names, text) = columns.unwrap_or((entry, ""));
                page.control("TP", []).text([bold(names)]).text([roman(text.trim())]);
            }
            (_, continued) => {
                page.text([roman(continued)]);
            }
        }
    }
    page
}
