//! `voice-server say`: text in, a WAV file out.

use std::fs::File;
use std::io::{self, BufRead as _, BufWriter, Read as _, StdoutLock, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use voice_core::audio::wav;
use voice_core::text::Language;
use voice_core::text::lexicon::Lexicon;
use voice_core::tts::{Style, TtsEvent, TtsOptions, TtsSession, VoiceSource};
use voice_core::{Engine, EngineOptions, Error, ErrorKind, Result, report};

use crate::cli::Say;
use crate::config::{Config, ModelChoice};
use crate::models;

pub(crate) fn run(config: &Config, arguments: &Say) -> ExitCode {
    match say(config, arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("voice-server: {}: {}", error.code(), report(&error));
            ExitCode::FAILURE
        }
    }
}

fn say(config: &Config, arguments: &Say) -> Result<()> {
    let from_stdin = arguments.text == "-";
    let mut stdin = io::stdin().lock();
    let mut text = String::new();
    if !from_stdin {
        text.clone_from(&arguments.text);
    } else if arguments.ssml {
        stdin.read_to_string(&mut text).map_err(unread)?;
    } else {
        // The first line is enough to tell the language.
        stdin.read_line(&mut text).map_err(unread)?;
    }
    let mut session = open(config, arguments, &text)?;
    let mut sink = Sink::open(&arguments.output, session.format().sample_rate())?;
    if arguments.ssml {
        session.push_ssml(&text)?;
    } else {
        loop {
            session.push(&text)?;
            take(&mut session, &mut sink)?;
            text.clear();
            if !from_stdin || stdin.read_line(&mut text).map_err(unread)? == 0 {
                break;
            }
        }
    }
    session.finish()?;
    take(&mut session, &mut sink)?;
    sink.finish()
}

fn open(config: &Config, arguments: &Say, text: &str) -> Result<TtsSession> {
    let language = arguments.language.clone().unwrap_or_else(|| Language::guess(text).tag().to_owned());
    let chosen = arguments.voice.as_ref().map(|voice| ModelChoice { language: None, path: voice.into() });
    let listed = chosen.as_ref().map_or(config.voices.as_slice(), std::slice::from_ref);
    let mut tts = models::voices(config, listed, &language)?;
    // Whatever happens to the others, this one can speak.
    tts.push(VoiceSource::espeak(&language));
    let engine = Engine::new(EngineOptions { tts, ..models::engine_options(config) });
    engine.load()?;
    for voice in engine.health().tts.iter().filter(|voice| voice.code.is_some()) {
        let reason = voice.reason.as_deref().unwrap_or_default();
        eprintln!("voice-server: {} is not used: {reason}", voice.name);
    }
    engine.tts_session(TtsOptions {
        // A voice that was asked for by name is taken at its word.
        language: arguments.voice.is_none().then_some(language),
        sample_rate: arguments.rate,
        style: Style {
            speed: arguments.speed,
            pitch: arguments.pitch,
            speaker: arguments.speaker,
            // Nobody listens to a file while it is written.
            whole: arguments.output.as_os_str() != "-",
            ..Style::default()
        },
        volume: arguments.volume,
        lexicon: arguments.lexicon.as_deref().map(lexicon).transpose()?.map(Arc::new),
        ..TtsOptions::default()
    })
}

fn lexicon(path: &Path) -> Result<Lexicon> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let message = format!("{} cannot be read; check its path", path.display());
        Error::new(ErrorKind::Io, message).with_source(error)
    })?;
    Lexicon::parse(&text)
}

/// Takes what the session can say by now.
fn take(session: &mut TtsSession, sink: &mut Sink) -> Result<()> {
    loop {
        match session.next_event()? {
            Some(TtsEvent::Audio(chunk)) => sink.write(&chunk.audio)?,
            Some(TtsEvent::Warning(warning)) => {
                eprintln!("voice-server: {}: {}", warning.code(), report(&warning));
            }
            Some(_) => {}
            None => return Ok(()),
        }
    }
}

/// Where the sound goes.
enum Sink {
    Wav(wav::Writer<BufWriter<File>>),
    Bare(StdoutLock<'static>),
}

impl Sink {
    fn open(path: &Path, rate: u32) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::Bare(io::stdout().lock()));
        }
        wav::Writer::create(path, rate).map(Self::Wav)
    }

    fn write(&mut self, audio: &[u8]) -> Result<()> {
        match self {
            Self::Wav(file) => {
                let samples: Vec<_> =
                    audio.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
                file.write(&samples)
            }
            Self::Bare(stdout) => stdout.write_all(audio).and_then(|()| stdout.flush()).map_err(|error| {
                Error::new(ErrorKind::Io, "cannot write to standard output").with_source(error)
            }),
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::Wav(file) => file.finish(),
            Self::Bare(_) => Ok(()),
        }
    }
}

fn unread(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, "standard input cannot be read as UTF-8 text").with_source(error)
}
