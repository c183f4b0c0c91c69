//! `voice-server say`: text in, a WAV or Opus file out.

mod show;

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, StdinLock, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use voice_core::audio::{Output as OutputForm, wav};
use voice_core::text::Language;
use voice_core::text::lexicon::Lexicon;
use voice_core::tts::{Style, TtsEvent, TtsOptions, TtsSession, VoiceSource};
use voice_core::{Engine, EngineOptions, Error, ErrorKind, LanguageTag, Result, report};

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
    if arguments.show && arguments.output.as_deref() == Some(Path::new("-")) {
        let message = "--show and the audio cannot both go to standard output; name a file with --output";
        return Err(Error::new(ErrorKind::OptionInvalid, message));
    }
    let mut input = (arguments.text == "-").then(Input::open);
    let first = match &mut input {
        None => arguments.text.clone(),
        Some(input) if arguments.ssml => input.read_all()?,
        Some(_) if arguments.language.is_some() => String::new(),
        Some(input) => input.read_letter()?,
    };
    let mut session = open(config, arguments, &first)?;
    let mut text = first;
    if arguments.show {
        if !arguments.ssml {
            while let Some(piece) = input.as_mut().map_or(Ok(None), Input::read)? {
                text.push_str(&piece);
            }
        }
        show::show(&session.explain(&text, arguments.ssml)?)?;
    }
    match &arguments.output {
        Some(output) => speak(&mut session, arguments, text, input, output),
        None => Ok(()),
    }
}

/// Speaks `first` and the rest of `input` to the file `output`.
fn speak(
    session: &mut TtsSession,
    arguments: &Say,
    first: String,
    mut input: Option<Input>,
    output: &Path,
) -> Result<()> {
    let mut sink = Sink::new(output, session.format().sample_rate());
    if arguments.ssml {
        session.push_ssml(&first)?;
    } else {
        let mut text = Some(first);
        while let Some(piece) = text {
            session.push(&piece)?;
            take(session, &mut sink)?;
            text = input.as_mut().map_or(Ok(None), Input::read)?;
        }
    }
    session.finish()?;
    take(session, &mut sink)?;
    sink.finish()
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
    let given = arguments.language.as_deref().map(str::parse::<LanguageTag>).transpose()?;
    let language = given.clone().unwrap_or_else(|| Language::guess(text).tag());
    let named = arguments.voice.as_ref().map(|voice| {
        let name = voice.model.to_str().filter(|_| voice.language.is_none());
        let configured = name.and_then(|name| engine_config::configured_voice(config, name));
        configured.unwrap_or(voice).clone()
    });
    let listed = named.as_ref().map_or(config.voices.as_slice(), std::slice::from_ref);
    let mut tts = engine_config::voices(config, listed, &language)?;
    if named.is_none() {
        // Unless the user names a voice, espeak-ng is the fallback of the configured voices. It also speaks the other
        // of the two languages with rules.
        tts.push(VoiceSource::espeak(language.clone()));
        let others = [Language::Arabic, Language::English].map(Language::tag);
        let others = others.into_iter().filter(|other| other.primary() != language.primary());
        tts.extend(others.map(VoiceSource::espeak));
    }
    let engine = Engine::new(EngineOptions { tts, ..engine_config::engine_options(config)? });
    engine.load()?;
    let mut told = HashSet::new();
    for voice in engine.health().tts.iter().filter(|voice| voice.code.is_some()) {
        let reason = voice.reason.clone().unwrap_or_default();
        // Without espeak-ng one line is enough for all of its voices.
        if told.insert(reason.clone()) {
            output::complain(format_args!("voice-server: {} is not used: {reason}", voice.name));
        }
    }
    let lexicon = arguments.lexicon.as_deref().or(config.lexicon.as_deref());
    engine.tts_session(TtsOptions {
        expected_language: given.is_none().then_some(language),
        language: given,
        // A voice that the user names gets no fallback, and there is no other.
        sample_rate: arguments.rate,
        output: arguments.output.as_deref().map_or(OutputForm::Samples, form),
        style: Style {
            speed: arguments.speed,
            pitch: arguments.pitch,
            speaker: arguments.speaker,
            // A file is not listened to while it is written.
            whole: arguments.output.as_deref() != Some(Path::new("-")),
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
            // Of the whole text it is the error at the end.
            Some(TtsEvent::Warning(warning))
                if sink.output.is_some() || warning.kind() != ErrorKind::TextEmpty =>
            {
                output::complain(format_args!("voice-server: {}: {}", warning.code(), report(&warning)));
            }
            Some(_) => {}
            None => return Ok(()),
        }
    }
}

/// The form of the audio in the file `path`.
fn form(path: &Path) -> OutputForm {
    let is_opus =
        |ending: &OsStr| ["opus", "ogg", "oga"].iter().any(|opus| ending.eq_ignore_ascii_case(opus));
    if path.extension().is_some_and(is_opus) { OutputForm::OggOpus } else { OutputForm::Samples }
}

/// The destination of the audio. A file is made for the first audio, so that none is made without.
struct Sink {
    path: PathBuf,
    rate: u32,
    output: Option<Destination>,
}

enum Destination {
    Wav(wav::Writer<BufWriter<File>>),
    Opus(BufWriter<File>),
    Bare,
}

impl Sink {
    fn new(path: &Path, rate: u32) -> Self {
        Self { path: path.to_owned(), rate, output: None }
    }

    fn write(&mut self, audio: &[u8]) -> Result<()> {
        if audio.is_empty() {
            return Ok(());
        }
        let output = match &mut self.output {
            Some(output) => output,
            None if self.path.as_os_str() == "-" => self.output.insert(Destination::Bare),
            None if form(&self.path) == OutputForm::OggOpus => {
                let file = File::create(&self.path).map_err(|error| unwritten(&self.path, error))?;
                self.output.insert(Destination::Opus(BufWriter::new(file)))
            }
            None => self.output.insert(Destination::Wav(wav::Writer::create(&self.path, self.rate)?)),
        };
        match output {
            Destination::Wav(file) => {
                let samples: Vec<_> =
                    audio.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
                file.write(&samples)
            }
            Destination::Opus(file) => file.write_all(audio).map_err(|error| unwritten(&self.path, error)),
            Destination::Bare => output::write(audio),
        }
    }

    /// Completes the file. Fails if there was no audio.
    fn finish(self) -> Result<()> {
        match self.output {
            Some(Destination::Wav(file)) => file.finish(),
            Some(Destination::Opus(mut file)) => file.flush().map_err(|error| unwritten(&self.path, error)),
            Some(Destination::Bare) => Ok(()),
            None => Err(silent()),
        }
    }
}

fn silent() -> Error {
    Error::new(ErrorKind::TextEmpty, "the text has nothing that a voice can speak; give words or numbers")
}

fn unwritten(path: &Path, error: io::Error) -> Error {
    let message = format!("cannot write {}; check the path and the space on the disk", path.display());
    Error::new(ErrorKind::Io, message).with_source(error)
}

fn unread(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, "standard input cannot be read as UTF-8 text").with_source(error)
}
