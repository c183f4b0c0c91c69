//! `voice-server interview`: a form is asked at the terminal, and answered by keyboard or with recordings.

use std::io::{self, BufRead as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use voice_core::audio::{Decoder, file};
use voice_core::interview::response::ResponseStatus;
use voice_core::interview::{
    Action, DateTime, Form, Happened, Input, Interview, InterviewOptions, RecordedInterview,
};
use voice_core::{Engine, EngineOptions, Error, ErrorKind, Result, report};

use crate::cli;
use crate::config::Config;
use crate::{engine_config, output};

/// The longest recording of an answer, in samples: ten minutes.
const MAX_ANSWER: usize = 16_000 * 600;

/// Audio that is read at a time, in ms.
const STEP_MS: u32 = 1_000;

/// The longest line that is typed.
const MAX_LINE: usize = 64 << 10;

/// An interview that is over.
struct Over {
    interview: Interview,
    /// What the user should know about the answers.
    notes: Vec<String>,
}

pub(crate) fn run(config: &Config, arguments: &cli::Interview) -> ExitCode {
    match interview(config, arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => output::failure(&error),
    }
}

/// Returns whether the response is complete.
fn interview(config: &Config, arguments: &cli::Interview) -> Result<bool> {
    let form = Arc::new(form(&arguments.form)?);
    let now = now();
    let options = InterviewOptions::new(arguments.language.clone(), now.date);
    let interview = Interview::new(form, options)?;
    let over = match &arguments.answers {
        None => by_keyboard(interview)?,
        Some(folder) => by_recordings(config, arguments, interview, folder)?,
    };
    for note in &over.notes {
        output::complain(format_args!("voice-server: {note}"));
    }
    let header = over.interview.header(now);
    let response = over.interview.to_fhir(&header).map_err(|error| {
        Error::new(ErrorKind::Internal, "the response cannot be written").with_source(error)
    })?;
    let response = format!("{response:#}\n");
    match &arguments.output {
        Some(path) => std::fs::write(path, response).map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot write {}", path.display())).with_source(error)
        })?,
        None => output::write(response.as_bytes())?,
    }
    Ok(over.interview.end().is_some_and(|(status, _)| status == ResponseStatus::Completed))
}

/// Reads and checks a form. All its problems are in the error.
fn form(path: &Path) -> Result<Form> {
    let json = std::fs::read(path).map_err(|error| {
        Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).with_source(error)
    })?;
    Form::parse(&json).map_err(|problems| {
        for problem in &problems {
            output::complain(format_args!("{}: {problem}", path.display()));
        }
        Error::new(ErrorKind::OptionInvalid, format!("{} cannot be asked; correct the form", path.display()))
    })
}

/// Now, in UTC.
fn now() -> DateTime {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    DateTime::from_unix(seconds.cast_signed(), 0).expect("a year of four digits")
}

/// The user reads the prompts, and types the answers. There is no silence: a prompt waits for a line.
fn by_keyboard(mut interview: Interview) -> Result<Over> {
    let mut lines = io::stdin().lock();
    let mut time = Duration::ZERO;
    loop {
        while let Some(action) = interview.next_action() {
            match action {
                Action::Say(prompt) => output::line(prompt.text)?,
                Action::Escalate(escalated) => {
                    output::line(format_args!("[escalation: {}]", escalated.reason.code()))?;
                }
                _ => {}
            }
        }
        if interview.end().is_some() {
            return Ok(Over { interview, notes: Vec::new() });
        }
        output::write(b"> ")?;
        let mut line = Vec::new();
        let read = io::Read::take(&mut lines, MAX_LINE as u64).read_until(b'\n', &mut line);
        let count =
            read.map_err(|error| Error::new(ErrorKind::Io, "cannot read standard input").with_source(error))?;
        time += Duration::from_secs(1);
        if count == 0 {
            interview.stop();
            continue;
        }
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        let is_keyed = line.ends_with('#') || line.contains('*');
        interview.handle(if is_keyed { Input::Keypad(line) } else { Input::Typed(line) }, time);
    }
}

/// The answers are the recordings of a folder, in the order of their names.
fn by_recordings(
    config: &Config,
    arguments: &cli::Interview,
    interview: Interview,
    folder: &Path,
) -> Result<Over> {
    let recordings = recordings(folder)?;
    let choice = arguments.model.as_ref().or(config.model.as_ref());
    let stt = vec![engine_config::one(config, choice)?];
    let engine = Engine::new(EngineOptions { stt, ..engine_config::engine_options(config)? });
    engine.load()?;
    let mut interview = RecordedInterview::new(&engine, interview)?;
    let mut notes = Vec::new();
    print(&mut interview)?;
    let mut left = recordings.len();
    for path in &recordings {
        if interview.interview().end().is_some() {
            break;
        }
        left -= 1;
        output::line(format_args!("> {}", path.display()))?;
        if !interview.answer(&samples(path)?)? {
            notes.push(format!("{}: no speech was found", path.display()));
        }
        print(&mut interview)?;
    }
    if left > 0 {
        notes.push(format!("{left} recording(s) were not needed"));
    }
    interview.stop();
    print(&mut interview)?;
    Ok(Over { interview: interview.into_interview(), notes })
}

fn print(interview: &mut RecordedInterview) -> Result<()> {
    while let Some(happened) = interview.next_happened() {
        match happened {
            Happened::Said(text) => output::line(text)?,
            Happened::Heard { text, .. } => output::line(format_args!("[heard: {text}]"))?,
            Happened::Escalated(escalated) => {
                output::line(format_args!("[escalation: {}]", escalated.reason.code()))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The files of a folder by their names.
fn recordings(folder: &Path) -> Result<Vec<PathBuf>> {
    let unread = |error: io::Error| {
        Error::new(ErrorKind::Io, format!("cannot read the folder {}", folder.display())).with_source(error)
    };
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_file() && !is_hidden {
            files.push(path);
        }
    }
    if files.is_empty() {
        let message = format!("{} has no recordings; put one file for each answer there", folder.display());
        return Err(Error::new(ErrorKind::AudioFileInvalid, message));
    }
    files.sort();
    Ok(files)
}

/// The samples of a recording: one channel at 16 kHz.
fn samples(path: &Path) -> Result<Vec<i16>> {
    let named = |error: &Error| Error::new(error.kind(), format!("{}: {}", path.display(), report(error)));
    let mut reader = file::Reader::open(path).map_err(|error| named(&error))?;
    let mut decoder = Decoder::new(reader.format())?;
    let (mut samples, mut block) = (Vec::new(), Vec::new());
    loop {
        reader.read(STEP_MS, &mut block).map_err(|error| named(&error))?;
        if block.is_empty() {
            break;
        }
        decoder.push(&block, &mut samples)?;
        if samples.len() > MAX_ANSWER {
            let message = format!("{} is longer than ten minutes; an answer is shorter", path.display());
            return Err(Error::new(ErrorKind::AudioFileInvalid, message));
        }
    }
    decoder.finish(&mut samples)?;
    Ok(samples)
}
