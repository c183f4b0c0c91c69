//! `voice-server transcribe`: recordings in, text out.

mod recording;

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use voice_core::audio::{Channel, file};
use voice_core::stt::{SubtitleFormat, subtitles};
use voice_core::{Engine, EngineOptions, Grammar, Result, SttOptions, Transcript, report};

use crate::cli::{Channels, Output, Transcribe};
use crate::config::Config;
use crate::{engine_config, output};

use recording::Listener;

/// Audio that is read and decoded at a time, in ms.
const STEP_MS: u32 = 200;

/// Shorter files are done before a progress bar could be read.
const LONG_MS: u64 = 30_000;

pub(crate) fn run(config: &Config, arguments: &Transcribe) -> ExitCode {
    let prepared = engine(config, arguments).and_then(|engine| Ok((engine, options(config, arguments)?)));
    let (engine, options) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return output::failure(&error),
    };
    let mut outcome = ExitCode::SUCCESS;
    for file in &arguments.files {
        let mut recording = Recording::default();
        let done = transcribe(&engine, &options, arguments.channels, file, &mut recording);
        // The text before a failure is still printed.
        if (done.is_ok() || recording.has_text())
            && let Err(error) = print(file, &recording, &arguments.output)
        {
            return output::failure(&error);
        }
        for note in &recording.notes {
            output::complain(format_args!("{}: {note}", file.display()));
        }
        if let Err(error) = done {
            output::complain(format_args!("{}: {}: {}", file.display(), error.code(), report(&error)));
            outcome = ExitCode::FAILURE;
        }
    }
    outcome
}

/// The result for one file.
#[derive(Default)]
struct Recording {
    /// One list for all channels, or one for each.
    transcripts: Vec<Vec<Transcript>>,
    is_split: bool,
    /// A remark for the user.
    notes: Vec<String>,
}

impl Recording {
    fn has_text(&self) -> bool {
        self.transcripts.iter().any(|channel| !channel.is_empty())
    }
}

fn engine(config: &Config, arguments: &Transcribe) -> Result<Engine> {
    let choice = arguments.model.as_ref().or(config.model.as_ref());
    let stt = vec![engine_config::one(config, choice)?];
    let engine = Engine::new(EngineOptions { stt, ..engine_config::engine_options(config)? });
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
    options: &SttOptions,
    channels: Channels,
    file: &Path,
    recording: &mut Recording,
) -> Result<()> {
    if file == Path::new("-") {
        return listen(engine, options, channels, file::Reader::new(io::stdin())?, recording);
    }
    listen(engine, options, channels, file::Reader::open(file)?, recording)
}

fn listen(
    engine: &Engine,
    options: &SttOptions,
    channels: Channels,
    mut reader: file::Reader,
    recording: &mut Recording,
) -> Result<()> {
    let format = reader.format();
    recording.is_split = channels == Channels::Split && format.channels() > 1;
    let heard: Vec<Channel> = if recording.is_split {
        (0..format.channels()).map(Channel::Only).collect()
    } else {
        vec![Channel::Mix]
    };
    let mut listeners = Vec::new();
    for channel in heard {
        let options = SttOptions { format, channel, ..options.clone() };
        listeners.push(Listener::new(engine.stt_session(options.clone())?, &options)?);
    }
    let bar = progress(reader.duration_ms());
    let mut block = Vec::new();
    let mut outcome = Ok(());
    while outcome.is_ok() {
        outcome = reader.read(STEP_MS, &mut block);
        if outcome.is_err() || block.is_empty() {
            break;
        }
        outcome = listeners.iter_mut().try_for_each(|listener| listener.push(&block));
        bar.inc(STEP_MS.into());
    }
    let finished = listeners.iter_mut().try_for_each(Listener::finish);
    bar.finish_and_clear();
    recording.notes.extend(reader.remarks().iter().map(ToString::to_string));
    for (number, listener) in listeners.into_iter().enumerate() {
        let name = if recording.is_split { format!("channel {}: ", number + 1) } else { String::new() };
        recording.notes.extend(listener.warnings.iter().map(|warning| format!("{name}{warning}")));
        if outcome.is_ok() && finished.is_ok() {
            recording.notes.extend(listener.note().map(|note| format!("{name}{note}")));
        }
        recording.transcripts.push(listener.transcripts);
    }
    outcome.and(finished)
}

fn progress(duration_ms: Option<u64>) -> ProgressBar {
    let duration_ms = duration_ms.unwrap_or(0);
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

fn print(file: &Path, recording: &Recording, form: &Output) -> Result<()> {
    if form.json {
        let mut object = if recording.is_split {
            let channels = (1..).zip(&recording.transcripts).map(|(number, transcripts)| {
                let mut object = text(transcripts);
                object["channel"] = json!(number);
                object
            });
            json!({"channels": channels.collect::<Vec<_>>()})
        } else {
            text(recording.transcripts.first().map_or(&[], Vec::as_slice))
        };
        object["file"] = file.to_string_lossy().into();
        if !recording.notes.is_empty() {
            object["notes"] = json!(recording.notes);
        }
        return output::line(object);
    }
    let mut spoken = Vec::new();
    for (number, transcripts) in (1..).zip(&recording.transcripts) {
        for transcript in transcripts {
            let mut transcript = transcript.clone();
            if recording.is_split {
                mark(&mut transcript, number);
            }
            spoken.push(transcript);
        }
    }
    // Simultaneous utterances stay in the order of the channels.
    spoken.sort_by_key(|transcript| transcript.start_ms);
    if form.srt {
        output::write(subtitles(&spoken, SubtitleFormat::Srt).as_bytes())
    } else if form.vtt {
        output::write(subtitles(&spoken, SubtitleFormat::Vtt).as_bytes())
    } else {
        spoken.iter().try_for_each(|transcript| output::line(&transcript.text))
    }
}

fn text(transcripts: &[Transcript]) -> Value {
    let texts: Vec<_> = transcripts.iter().map(|transcript| transcript.text.as_str()).collect();
    json!({"text": texts.join(" "), "utterances": transcripts})
}

/// Puts the number of its channel before each text.
fn mark(transcript: &mut Transcript, number: usize) {
    transcript.text.insert_str(0, &format!("{number}: "));
    if let Some(word) = transcript.words.first_mut() {
        word.text.insert_str(0, &format!("{number}: "));
    }
}
