//! `voice-server transcribe`: WAV files in, text out.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use voice_core::audio::wav;
use voice_core::stt::{SubtitleFormat, subtitles};
use voice_core::{Engine, EngineOptions, Event, Grammar, Result, SttOptions, Transcript, report};

use crate::cli::{Output, Transcribe};
use crate::config::Config;
use crate::models;

/// Audio read and decoded at a time.
const STEP_MS: u32 = 200;

/// Files shorter than this are done before a progress bar would be read.
const LONG_MS: u64 = 30_000;

pub(crate) fn run(config: &Config, arguments: &Transcribe) -> ExitCode {
    let prepared = engine(config, arguments).and_then(|engine| Ok((engine, options(config, arguments)?)));
    let (engine, options) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            eprintln!("voice-server: {}: {}", error.code(), report(&error));
            return ExitCode::FAILURE;
        }
    };
    let mut outcome = ExitCode::SUCCESS;
    for file in &arguments.files {
        let mut transcripts = Vec::new();
        let done = transcribe(&engine, options.clone(), file, &mut transcripts);
        // What was understood before a failure is not lost with it.
        if (done.is_ok() || !transcripts.is_empty())
            && let Err(error) = print(file, &transcripts, &arguments.output)
        {
            // Whoever reads, such as `head`, has read enough.
            if error.kind() != io::ErrorKind::BrokenPipe {
                eprintln!("voice-server: cannot write: {error}");
            }
            return ExitCode::FAILURE;
        }
        if let Err(error) = done {
            eprintln!("{}: {}: {}", file.display(), error.code(), report(&error));
            outcome = ExitCode::FAILURE;
        }
    }
    outcome
}

fn engine(config: &Config, arguments: &Transcribe) -> Result<Engine> {
    let path = arguments.model.as_deref().or(config.model.as_deref());
    let engine =
        Engine::new(EngineOptions { stt: vec![models::one(config, path)?], ..EngineOptions::default() });
    engine.load()?;
    Ok(engine)
}

fn options(config: &Config, arguments: &Transcribe) -> Result<SttOptions> {
    let grammar = match arguments.phrases.as_slice() {
        [] => None,
        phrases => Some(Grammar::new(phrases)?),
    };
    Ok(SttOptions { grammar, words: true, endpoint: config.endpoint, ..SttOptions::default() })
}

fn transcribe(
    engine: &Engine,
    mut options: SttOptions,
    file: &Path,
    transcripts: &mut Vec<Transcript>,
) -> Result<()> {
    let mut reader = wav::Reader::open(file)?;
    options.format = reader.format();
    let mut session = engine.stt_session(options)?;
    let bar = progress(reader.duration_ms());
    let mut block = Vec::new();
    loop {
        reader.read(STEP_MS, &mut block)?;
        if block.is_empty() {
            session.finish()?;
        } else {
            session.push(&block)?;
        }
        while let Some(event) = session.next_event()? {
            if let Event::Final(transcript) = event
                && !transcript.text.is_empty()
            {
                transcripts.push(transcript);
            }
        }
        if block.is_empty() {
            break;
        }
        bar.inc(STEP_MS.into());
    }
    bar.finish_and_clear();
    if reader.is_truncated() {
        eprintln!("{}: the file is shorter than its header says; transcribed what is there", file.display());
    }
    Ok(())
}

fn progress(duration_ms: u64) -> ProgressBar {
    if duration_ms < LONG_MS || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {elapsed} of about {duration}");
    let bar = ProgressBar::new(duration_ms);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn print(file: &Path, transcripts: &[Transcript], output: &Output) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if output.json {
        let texts: Vec<_> = transcripts.iter().map(|transcript| transcript.text.as_str()).collect();
        let name = file.to_string_lossy();
        let object = json!({"file": name, "text": texts.join(" "), "utterances": transcripts});
        writeln!(out, "{object}")
    } else if output.srt {
        write!(out, "{}", subtitles(transcripts, SubtitleFormat::Srt))
    } else if output.vtt {
        write!(out, "{}", subtitles(transcripts, SubtitleFormat::Vtt))
    } else {
        transcripts.iter().try_for_each(|transcript| writeln!(out, "{}", transcript.text))
    }
}
