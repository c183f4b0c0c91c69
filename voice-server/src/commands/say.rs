//! `voice-server say`: text in, a WAV file out.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, StdinLock};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use voice_core::audio::wav;
use voice_core::text::Language;
use voice_core::text::lexicon::Lexicon;
use voice_core::tts::{Style, TtsEvent, TtsOptions, TtsSession, VoiceSource};
use voice_core::{Engine, EngineOptions, Error, ErrorKind, Result, report};

use crate::cli::Say;
use crate::config::Config;
use crate::{engine_config, output};

/// The largest SSML document, in bytes.
const MAX_DOCUMENT: usize = 1 << 20;

/// After this many bytes without a letter, the default language is used.
const MAX_UNTOLD: usize = 4_096;

pub(crate) fn run(config: &Config, arguments: &Say) -> ExitCode {
    match say(config, arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::failure(&error),
    }
}

fn say(config: &Config, arguments: &Say) -> Result<()> {
    let mut input = (arguments.text == "-").then(Input::open);
    let first = match &mut input {
        None => arguments.text.clone(),
        Some(input) if arguments.ssml => input.read_all()?,
        Some(_) if arguments.language.is_some() => String::new(),
        Some(input) => input.read_letter()?,
    };
    let mut session = open(config, arguments, &first)?;
    let mut sink = Sink::open(&arguments.output, session.format().sample_rate())?;
    if arguments.ssml {
        session.push_ssml(&first)?;
    } else {
        let mut text = Some(first);
        while let Some(piece) = text {
            session.push(&piece)?;
            take(&mut session, &mut sink)?;
            text = input.as_mut().map_or(Ok(None), Input::read)?;
        }
    }
    session.finish()?;
    take(&mut session, &mut sink)?;
    let silent = sink.silent;
    sink.finish()?;
    if silent {
        let message = "the text has nothing that a voice can speak; give words or numbers";
        return Err(Error::new(ErrorKind::OptionInvalid, message));
    }
    Ok(())
}

/// Text from standard input, read while it arrives.
struct Input {
    stdin: StdinLock<'static>,
    /// Bytes of an incomplete character.
    cut: Vec<u8>,
}

impl Input {
    fn open() -> Self {
        Self { stdin: io::stdin().lock(), cut: Vec::new() }
    }

    /// The characters that arrived since the last call, or the next ones; nothing at the end.
    fn read(&mut self) -> Result<Option<String>> {
        let mut bytes = [0; 8_192];
        loop {
            let count = match self.stdin.read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(unread)?,
            };
            if count == 0 {
                return if self.cut.is_empty() {
                    Ok(None)
                } else {
                    Err(unread(io::ErrorKind::UnexpectedEof.into()))
                };
            }
            self.cut.extend_from_slice(&bytes[..count]);
            let whole = match std::str::from_utf8(&self.cut) {
                Ok(text) => text.len(),
                Err(error) if error.error_len().is_none() => error.valid_up_to(),
                Err(error) => return Err(unread(io::Error::new(io::ErrorKind::InvalidData, error))),
            };
            if whole > 0 {
                let rest = self.cut.split_off(whole);
                let text = String::from_utf8(std::mem::replace(&mut self.cut, rest));
                let text = text.map_err(|error| unread(io::Error::new(io::ErrorKind::InvalidData, error)))?;
                return Ok(Some(text));
            }
        }
    }

    /// The text up to its first letter, which determines the language.
    fn read_letter(&mut self) -> Result<String> {
        let mut text = String::new();
        while text.len() < MAX_UNTOLD && !text.contains(char::is_alphabetic) {
            let Some(piece) = self.read()? else { break };
            text.push_str(&piece);
        }
        Ok(text)
    }

    fn read_all(&mut self) -> Result<String> {
        let mut text = String::new();
        // A session refuses longer text with an error.
        while text.len() <= MAX_DOCUMENT
            && let Some(piece) = self.read()?
        {
            text.push_str(&piece);
        }
        Ok(text)
    }
}

fn open(config: &Config, arguments: &Say, text: &str) -> Result<TtsSession> {
    let language =
        arguments.language.as_deref().map_or_else(|| Ok(Language::guess(text).tag()), str::parse)?;
    let named = arguments.voice.as_ref().map(|voice| {
        let name = voice.model.to_str().filter(|_| voice.language.is_none());
        let configured = name.and_then(|name| engine_config::configured_voice(config, name));
        configured.unwrap_or(voice).clone()
    });
    let listed = named.as_ref().map_or(config.voices.as_slice(), std::slice::from_ref);
    let mut tts = engine_config::voices(config, listed, &language)?;
    if named.is_none() {
        // Unless the user names a voice, espeak-ng is the fallback of the configured voices.
        tts.push(VoiceSource::espeak(language.clone()));
    }
    let engine = Engine::new(EngineOptions { tts, ..engine_config::engine_options(config)? });
    engine.load()?;
    for voice in engine.health().tts.iter().filter(|voice| voice.code.is_some()) {
        let reason = voice.reason.as_deref().unwrap_or_default();
        output::complain(format_args!("voice-server: {} is not used: {reason}", voice.name));
    }
    let lexicon = arguments.lexicon.as_deref().or(config.lexicon.as_deref());
    engine.tts_session(TtsOptions {
        // A voice that the user names gets no fallback.
        language: arguments.voice.is_none().then_some(language),
        sample_rate: arguments.rate,
        style: Style {
            speed: arguments.speed,
            pitch: arguments.pitch,
            speaker: arguments.speaker,
            // A file is not listened to while it is written.
            whole: arguments.output.as_os_str() != "-",
            ..Style::default()
        },
        kept_ms: 0,
        loudness: arguments.loudness.unwrap_or(config.loudness).0,
        volume: arguments.volume,
        lexicon: lexicon.map(Lexicon::read).transpose()?.map(Arc::new),
        ..TtsOptions::default()
    })
}

/// Writes the audio that the session has now.
fn take(session: &mut TtsSession, sink: &mut Sink) -> Result<()> {
    loop {
        match session.next_event()? {
            Some(TtsEvent::Audio(chunk)) => sink.write(&chunk.audio)?,
            Some(TtsEvent::Warning(warning)) => {
                output::complain(format_args!("voice-server: {}: {}", warning.code(), report(&warning)));
            }
            Some(_) => {}
            None => return Ok(()),
        }
    }
}

/// The destination of the audio.
struct Sink {
    output: Destination,
    /// Whether no audio was written.
    silent: bool,
}

enum Destination {
    Wav(wav::Writer<BufWriter<File>>),
    Bare,
}

impl Sink {
    fn open(path: &Path, rate: u32) -> Result<Self> {
        let output = if path.as_os_str() == "-" {
            Destination::Bare
        } else {
            Destination::Wav(wav::Writer::create(path, rate)?)
        };
        Ok(Self { output, silent: true })
    }

    fn write(&mut self, audio: &[u8]) -> Result<()> {
        self.silent &= audio.is_empty();
        match &mut self.output {
            Destination::Wav(file) => {
                let samples: Vec<_> =
                    audio.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
                file.write(&samples)
            }
            Destination::Bare => output::write(audio),
        }
    }

    fn finish(self) -> Result<()> {
        match self.output {
            Destination::Wav(file) => file.finish(),
            Destination::Bare => Ok(()),
        }
    }
}

fn unread(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, "standard input cannot be read as UTF-8 text").with_source(error)
}
