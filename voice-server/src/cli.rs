//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Streaming speech-to-text: a server that speaks the vosk-server protocol, and a command line.
#[derive(Parser)]
#[command(version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const AFTER_HELP: &str = "\
Environment:
  PORT                     port to listen on [2700]
  VOICE_HOST               address to listen on [0.0.0.0]
  VOSK_MODEL_PATH          folder of the Vosk model [models/ar-commands, as shipped]
  MAX_CONCURRENT_SESSIONS  sessions served at once [1024]
  VOICE_THREADS            threads that decode [number of cores]
  VOICE_SILENCE_MS         silence that ends an utterance [800]
  LOG_LEVEL                ERROR, WARN, INFO, DEBUG or TRACE [INFO]
  VOICE_SERVICE_ENV        development or production (JSON logs) [development]";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve WebSocket and HTTP clients (the default)
    Serve,
    /// Print what is said in WAV files
    Transcribe(Transcribe),
}

#[derive(Args)]
pub(crate) struct Transcribe {
    /// WAV files of 4 to 192 kHz with up to 8 channels
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
    /// A phrase to listen for; repeat it for more. Without it, the whole vocabulary
    #[arg(long = "phrase", value_name = "PHRASE")]
    pub(crate) phrases: Vec<String>,
    /// Folder of the Vosk model, instead of the configured one
    #[arg(long, value_name = "DIR")]
    pub(crate) model: Option<PathBuf>,
}

#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct Output {
    /// One JSON object a line for each file: text, utterances, words, times
    #[arg(long)]
    pub(crate) json: bool,
    /// SubRip subtitles
    #[arg(long)]
    pub(crate) srt: bool,
    /// WebVTT subtitles
    #[arg(long)]
    pub(crate) vtt: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_variable_is_in_the_help() {
        for variable in crate::config::VARIABLES {
            assert!(AFTER_HELP.contains(variable), "{variable} is missing from --help");
        }
    }
}
