//! The protocol of vosk-server's `asr_server.py`: the state of one client, from messages to commands of the pool and from
//! its updates to replies.
//!
//! Binary messages are audio. Each gets exactly one reply, so that clients may work in lock step. `{"config": …}` gets
//! none, `{"reset": 1}` and `{"eof": 1}` get a final result. Clients take any unknown message for a final result, so
//! nothing is ever sent without a request. A problem with a message that gets a reply is reported inside that reply, as
//! `warning`.

mod reply;
mod request;

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::json;
use serde_json::value::RawValue;
use voice_core::audio::{Container, Format, IDENTIFIABLE, Input, SampleEncoding, wav};
use voice_core::pool::{self, Update};
use voice_core::stt::{Model, SttCommand};
use voice_core::{
    Endpoint, Error, ErrorKind, Grammar, LeftOut, MaxAlternatives, Result, Speaker, SttEvent, SttOptions,
    Transcript,
};

use self::request::{Config, Request};
use super::error_json;
use super::limits::{MAX_COMPRESSED, MAX_SAMPLES, max_audio};

/// The format of audio if the client does not give one, as in vosk-server.
fn default_format() -> Format {
    Format::pcm16(8_000).unwrap_or_default()
}

/// The most updates that commands in progress can have: a step decodes at least 512 bytes of a compressed stream, and
/// more of samples. The last message may exceed the limit by its own length. The message with which a compressed stream
/// begins has the limit of samples.
pub(crate) const MAX_UPDATES: usize = pool::QUEUE + (MAX_SAMPLES + MAX_COMPRESSED) / 512;

/// The conversation with one client.
pub(crate) struct Conversation {
    endpoint: Endpoint,
    words: bool,
    max_alternatives: MaxAlternatives,
    speaker: Speaker,
    /// The cause of each command in progress and its bytes of audio, oldest first.
    asked: VecDeque<(Asked, usize)>,
    /// What the oldest of them has given until now.
    answer: Answer,
    /// The last partial text of the current utterance; empty between utterances.
    partial: String,
    state: State,
    /// The format of the audio, once it is known.
    format: Format,
    /// Problems to report, one per reply; at most one of each kind waits.
    warnings: VecDeque<Error>,
    /// The beginning of the audio, while it may still turn out to be a file.
    head: Option<Vec<u8>>,
    /// Opus in Ogg or `WebM` is decoded.
    input: Input,
    /// The kind of the audio if it is not PCM; it is not decoded then.
    container: Option<Container>,
}

enum State {
    /// There is no audio yet, so settings may change.
    Configuring(Settings),
    Streaming,
    /// `eof` was received. Further messages are ignored.
    Ending,
}

struct Settings {
    format: Format,
    /// Empty for the whole vocabulary.
    phrases: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Audio,
    Reset,
    End,
}

/// The results of a command, for its one reply.
#[derive(Default)]
struct Answer {
    finals: Vec<Transcript>,
    /// The first error.
    error: Option<Error>,
}

/// What the driver must do, in order.
#[derive(Debug)]
pub(crate) enum Action {
    /// Open the session that later commands belong to.
    Open(SttOptions),
    Submit(SttCommand),
    Reply(String),
    /// Close the connection normally.
    Close,
    /// Close the connection because of an error of the client.
    Refuse,
}

impl Conversation {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        let settings = Settings { format: default_format(), phrases: Vec::new() };
        Self {
            endpoint,
            words: true,
            max_alternatives: MaxAlternatives::default(),
            // As in vosk-server, whose recognizers belong to a connection.
            speaker: Speaker::One,
            asked: VecDeque::new(),
            answer: Answer::default(),
            partial: String::new(),
            state: State::Configuring(settings),
            format: default_format(),
            warnings: VecDeque::new(),
            head: Some(Vec::new()),
            input: Input::Samples,
            container: None,
        }
    }

    /// Whether another message may be read: the number and size of waiting commands are bounded.
    pub(crate) fn has_room(&self) -> bool {
        let bytes: usize = self.asked.iter().map(|(_, bytes)| bytes).sum();
        self.asked.len() < pool::QUEUE && bytes < self.max_audio()
    }

    /// Whether a command waits for its outcome.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Whether the stream has ended, or is about to end.
    pub(crate) fn is_ended(&self) -> bool {
        matches!(self.state, State::Ending)
    }

    /// Whether a phrase list waits to be compared with the model's vocabulary.
    pub(crate) fn has_phrases(&self) -> bool {
        matches!(&self.state, State::Configuring(settings) if !settings.phrases.is_empty())
    }

    /// The duration of this many bytes of audio.
    pub(crate) fn length_of(&self, bytes: usize) -> Duration {
        if self.input == Input::Samples { self.format().duration_of(bytes) } else { Duration::ZERO }
    }

    /// The most bytes of audio in a message.
    pub(crate) fn max_audio(&self) -> usize {
        max_audio(self.input)
    }

    /// The format of the next audio.
    fn format(&self) -> Format {
        if let State::Configuring(settings) = &self.state { settings.format } else { self.format }
    }

    /// The duration of the audio of the oldest command.
    pub(crate) fn oldest_audio(&self) -> Duration {
        self.asked.front().map_or(Duration::ZERO, |(_, bytes)| self.length_of(*bytes))
    }

    /// Handles a binary message.
    pub(crate) fn audio(&mut self, mut audio: Vec<u8>, model: &dyn Model) -> Vec<Action> {
        let sample = self.format().encoding().bytes();
        let (was_empty, is_whole) = (audio.is_empty(), audio.len().is_multiple_of(sample));
        self.look_at(&mut audio);
        if was_empty {
            let message = "an audio message without audio; send 16-bit PCM, or what config names";
            self.warn(Error::new(ErrorKind::AudioEmpty, message));
        } else if self.input == Input::Samples && !is_whole {
            let message = if sample == 2 {
                "an odd number of bytes; the divided sample is joined across messages"
            } else {
                "a part of a sample at the end; the divided sample is joined across messages"
            };
            self.warn(Error::new(ErrorKind::AudioMisaligned, message));
        }
        self.submit(Asked::Audio, SttCommand::audio(audio), model)
    }

    /// Detects whether the stream is a file instead of samples. The header of a PCM WAV file is believed. Any other
    /// file would be decoded as noise, with words in it.
    fn look_at(&mut self, audio: &mut Vec<u8>) {
        if let Some(head) = &mut self.head {
            let is_first = head.is_empty();
            head.extend_from_slice(&audio[..audio.len().min(IDENTIFIABLE - head.len())]);
            let container = Container::identify(head);
            if container.is_some() || head.len() == IDENTIFIABLE {
                self.head = None;
            }
            match (container, &mut self.state) {
                (Some(Container::Wav), State::Configuring(settings)) if is_first => {
                    match wav::raw_header(audio) {
                        Some((format, length)) => {
                            audio.drain(..length);
                            let before = std::mem::replace(&mut settings.format, format);
                            if before != format {
                                self.warn(took_header(before, format));
                            }
                        }
                        // The rest of the header would be heard as a click.
                        None if audio.len() < IDENTIFIABLE => {}
                        None => self.container = container,
                    }
                }
                // As a browser records it.
                (Some(Container::Ogg | Container::Webm), State::Configuring(settings))
                    if is_first && holds_opus(audio) && cfg!(feature = "files") =>
                {
                    self.input = Input::OpusStream;
                    settings.format = Format::default();
                }
                // The header spans several messages and counts as silence.
                (Some(Container::Wav), _) => {}
                (Some(Container::Text), _) => {
                    audio.clear();
                    let message =
                        "a binary message contained text and was not decoded; send it as a text message";
                    self.warn(Error::new(ErrorKind::MessageInvalid, message));
                }
                (container, _) => self.container = container,
            }
        }
        if let Some(container) = self.container {
            audio.clear();
            let message = format!(
                "this is {}, not samples, and was not heard; send signed 16-bit little-endian PCM, such as from \
                 ffmpeg -i FILE -f s16le -ar 16000 -ac 1 -",
                container.name()
            );
            self.warn(Error::new(ErrorKind::AudioFormatUnsupported, message));
        }
    }

    /// Handles a text message.
    pub(crate) fn text(&mut self, text: &str, model: &dyn Model) -> Vec<Action> {
        match Request::read(text) {
            Some(Request::End) => self.end(model),
            Some(Request::Reset) => self.submit(Asked::Reset, SttCommand::Flush, model),
            Some(Request::Config(config)) => match self.configure(config, model) {
                Ok(()) => Vec::new(),
                Err(error) => refuse(&error),
            },
            None => not_understood(),
        }
    }

    /// Ends the stream, as the client's `eof` does.
    pub(crate) fn end(&mut self, model: &dyn Model) -> Vec<Action> {
        let actions = self.submit(Asked::End, SttCommand::Finish, model);
        self.state = State::Ending;
        actions
    }

    /// Collects the events of the oldest command. When it is done, they become its one reply.
    pub(crate) fn update(&mut self, update: Update<SttEvent>) -> Vec<Action> {
        for event in update.events {
            match event {
                Ok(SttEvent::Partial { text }) => self.partial = text,
                Ok(SttEvent::Final(transcript)) => self.answer.finals.push(transcript),
                Ok(SttEvent::SpeechEnded { .. }) => self.partial.clear(),
                Ok(SttEvent::Warning { kind, message }) => self.warn(Error::new(kind, message)),
                Ok(_) => {}
                Err(error) => self.answer.error = self.answer.error.take().or(Some(error)),
            }
        }
        if update.is_done { self.reply() } else { Vec::new() }
    }

    fn reply(&mut self) -> Vec<Action> {
        let Some((asked, _)) = self.asked.pop_front() else { return Vec::new() };
        let Answer { finals, error } = std::mem::take(&mut self.answer);
        let mut reply = if finals.is_empty() && asked == Asked::Audio {
            json!({"partial": self.partial})
        } else {
            reply::final_result(finals, self.words, self.max_alternatives)
        };
        match error {
            Some(error) if error.kind() == ErrorKind::AudioMisaligned => self.warn(error),
            Some(error) => reply["error"] = error_json(&error),
            None => {}
        }
        if let Some(warning) = self.warnings.pop_front() {
            reply["warning"] = error_json(&warning);
        }
        let mut actions = vec![Action::Reply(reply.to_string())];
        if asked == Asked::End {
            actions.push(Action::Close);
        }
        actions
    }

    /// Adds a warning to a later reply, unless one of its kind already waits.
    pub(crate) fn warn(&mut self, warning: Error) {
        if self.warnings.iter().all(|waiting| waiting.kind() != warning.kind()) {
            self.warnings.push_back(warning);
        }
    }

    fn submit(&mut self, asked: Asked, command: SttCommand, model: &dyn Model) -> Vec<Action> {
        let mut actions = Vec::with_capacity(2);
        if let State::Configuring(settings) = &self.state {
            match self.options(settings, model) {
                Ok((options, warning)) => {
                    if let Some(warning) = warning {
                        self.warn(warning);
                    }
                    self.format = options.format;
                    actions.push(Action::Open(options));
                }
                Err(error) => return refuse(&error),
            }
        }
        if matches!(self.state, State::Ending) {
            return actions;
        }
        self.state = State::Streaming;
        let bytes = if let SttCommand::Audio(audio) = &command { audio.bytes().len() } else { 0 };
        self.asked.push_back((asked, bytes));
        actions.push(Action::Submit(command));
        actions
    }

    /// The session's options, and a warning for what vosk-server would have ignored silently.
    fn options(&self, settings: &Settings, model: &dyn Model) -> Result<(SttOptions, Option<Error>)> {
        let mut options = SttOptions {
            format: settings.format,
            input: self.input,
            words: self.words,
            max_alternatives: self.max_alternatives,
            speaker: self.speaker,
            endpoint: self.endpoint,
            ..SttOptions::default()
        };
        if settings.phrases.is_empty() {
            return Ok((options, None));
        }
        if !model.info().takes_grammar {
            let message = "the model has a static graph; phrase_list was ignored";
            return Ok((options, Some(Error::new(ErrorKind::GrammarUnsupported, message))));
        }
        let mut left_out = LeftOut::default();
        let phrases: Vec<_> =
            settings.phrases.iter().map(|phrase| without_notation(phrase, &mut left_out)).collect();
        let mut known = None;
        if phrases.iter().any(|phrase| !phrase.is_empty()) {
            let (grammar, unknown) = Grammar::new(&phrases)?.spelled_by(|word| model.spelling(word));
            unknown.words().iter().for_each(|word| left_out.add(word));
            known = grammar;
        }
        let warning = (!left_out.is_empty()).then(|| {
            let count = left_out.words().len();
            let message = if known.is_some() {
                format!("{count} word(s) of phrase_list that the model does not know were left out: {left_out}")
            } else {
                format!(
                    "the model knows no word of phrase_list, and listens for its whole vocabulary; left out: {left_out}"
                )
            };
            Error::new(ErrorKind::GrammarInvalid, message)
        });
        options.grammar = known;
        Ok((options, warning))
    }

    fn configure(&mut self, config: &RawValue, model: &dyn Model) -> Result<()> {
        let config = Config::read(config)?;
        if let Some(name) = config.model
            && !name.is(&model.info().name)?
        {
            // A path chosen by a client could open any folder of this machine.
            let message = format!("no such model here; leave it out or name {}", model.info().name);
            return Err(Error::new(ErrorKind::ModelNotFound, message));
        }
        // As in vosk-server: settings apply from the start of the stream.
        let State::Configuring(settings) = &mut self.state else {
            let message = "config came after the first audio and was ignored; send it before, or reconnect";
            self.warn(Error::new(ErrorKind::OptionInvalid, message));
            return Ok(());
        };
        let Settings { format, .. } = settings;
        let (mut encoding, mut rate, mut channels) =
            (format.encoding(), format.sample_rate(), format.channels());
        if let Some(value) = config.encoding {
            (encoding, self.input) = value.encoding()?;
            if encoding != SampleEncoding::PcmI16 || self.input != Input::Samples {
                // It is what is said, whatever its first bytes look like; the session warns of them.
                self.head = None;
            }
            if self.input != Input::Samples {
                // Opus can be decoded at any of its rates.
                rate = Format::default().sample_rate();
            }
        }
        if let Some(value) = config.sample_rate {
            rate = value.whole()?;
        }
        if let Some(value) = config.channels {
            channels = value.whole()?.try_into().unwrap_or(u16::MAX);
        }
        if let Some(value) = config.phrase_list {
            settings.phrases = value.phrases()?;
        }
        if let Some(value) = config.words {
            self.words = value.truthy();
        }
        if let Some(value) = config.max_alternatives {
            self.max_alternatives = value.alternatives()?;
        }
        if let Some(value) = config.speaker {
            self.speaker = value.speaker()?;
        }
        settings.format = Format::new(encoding, rate, channels)?;
        if config.has_unknown {
            let message = "an unknown key in config was ignored; \
                           known are encoding, sample_rate, channels, phrase_list, words, max_alternatives, speaker, model";
            self.warn(Error::new(ErrorKind::OptionUnknown, message));
        }
        Ok(())
    }
}

/// Whether a stream begins with the header of Opus, which both containers have within their first bytes.
fn holds_opus(head: &[u8]) -> bool {
    head[..head.len().min(IDENTIFIABLE)].windows(8).any(|bytes| bytes == b"OpusHead")
}

/// `phrase` without words that cannot be passed to the engine; no model knows such words.
fn without_notation(phrase: &str, left_out: &mut LeftOut) -> String {
    let is_plain = |word: &&str| {
        let is_plain = !word.contains(|c: char| matches!(c, '"' | '\\') || c.is_control());
        if !is_plain {
            left_out.add(word);
        }
        is_plain
    };
    phrase.split_whitespace().filter(is_plain).collect::<Vec<_>>().join(" ")
}

fn took_header(before: Format, taken: Format) -> Error {
    let message = format!(
        "the audio begins with the header of a WAV file of {} Hz and {} channel(s), which was used instead of {} Hz and {}",
        taken.sample_rate(),
        taken.channels(),
        before.sample_rate(),
        before.channels()
    );
    Error::new(ErrorKind::OptionInvalid, message)
}

fn refuse(error: &Error) -> Vec<Action> {
    vec![Action::Reply(reply::error(error)), Action::Refuse]
}

fn not_understood() -> Vec<Action> {
    let message = r#"send audio as binary messages, or one of {"config": {…}}, {"reset": 1}, {"eof": 1}"#;
    vec![Action::Reply(reply::error(&Error::new(ErrorKind::MessageInvalid, message)))]
}
