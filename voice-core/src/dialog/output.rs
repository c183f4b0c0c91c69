//! The half of a dialog that makes audio.

use std::fmt;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use super::deferred::Request;
use super::event::DialogEvent;
use super::rules::Rules;
use super::say::{Say, SayText};
use super::state::{Output, Stale};
use super::{Dialog, NewEvents};
use crate::error::{Error, ErrorKind, Result};
use crate::pool::{Budget, Machine, Step, StepLength};
use crate::tts::{TtsEvent, TtsOptions, TtsSession, Voice};

/// The most utterances that may wait to be heard.
const MAX_UTTERANCES: usize = 256;

/// The audio that is made of an utterance while it is held, in milliseconds.
const PREPARED_MS: u32 = 2_000;

/// The half of a dialog that makes audio.
pub struct DialogOutput {
    tts: TtsSession,
    dialog: Dialog,
}

/// A command for it, with its place among the calls of [`Dialog::clear`]; see [`Dialog::request`].
#[derive(Debug, Clone)]
pub struct OutputRequest {
    pub(super) command: OutputCommand,
    /// The calls before it.
    pub(super) clears: u64,
}

/// What a [request](OutputRequest) asks for.
#[derive(Debug, Clone)]
pub enum OutputCommand {
    /// Speak this.
    Say(Say),
    /// Add text to the open utterance with this id.
    Append {
        /// Its id.
        id: String,
        /// The text.
        text: String,
    },
    /// End the open utterance with this id.
    Close {
        /// Its id.
        id: String,
    },
    /// Speak text that is requested from now on in another way.
    Update(Box<OutputUpdate>),
    /// Make events up to the next chunk of audio.
    Next,
}

/// How text is spoken from an update on.
#[derive(Clone)]
pub struct OutputUpdate {
    /// The voices, in order of preference; see [`Engine::voices_for`](crate::Engine::voices_for).
    pub voices: Vec<Arc<dyn Voice>>,
    /// The options that selected them. The format of the audio cannot change.
    pub options: TtsOptions,
}

impl OutputCommand {
    /// The utterance that it is about.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Say(Say { id, .. }) | Self::Append { id, .. } | Self::Close { id } => Some(id),
            Self::Update(_) | Self::Next => None,
        }
    }
}

impl fmt::Debug for OutputUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputUpdate").field("options", &self.options).finish_non_exhaustive()
    }
}

impl DialogOutput {
    pub(super) fn new(tts: TtsSession, dialog: Dialog) -> Self {
        Self { tts, dialog }
    }

    /// Requests an utterance. It ends an utterance before it that is still open. If the user speaks now, it is spoken
    /// after the turn; its first seconds of audio are made before. After [`TurnEager`](DialogEvent::TurnEager) it is taken
    /// to be the answer to that text: it is [discarded](DialogEvent::Discarded) if the user goes on.
    ///
    /// Fails as [`Say::check`] does, which changes nothing. Fails with [`ErrorKind::Overloaded`] and
    /// [`ErrorKind::TextTooLarge`] if too many utterances or too much text wait; then too, an utterance before it is ended.
    pub fn say(&mut self, say: Say) -> Result<()> {
        say.check()?;
        if say.interrupts {
            self.dialog.with(Rules::clear);
        }
        let mut rules = ready(&mut self.tts, &self.dialog)?;
        let said = if rules.utterances.len() + rules.deferred.len() >= MAX_UTTERANCES {
            let message =
                format!("{MAX_UTTERANCES} utterances wait to be heard; wait for some of them, or clear them");
            Err(Error::new(ErrorKind::Overloaded, message))
        } else if rules.defers() {
            rules.deferred.say(say)
        } else {
            speak(&mut self.tts, &mut rules, say)
        };
        if said.is_err() && rules.utterances.close_last() {
            self.tts.flush()?;
            rules.has_text();
        }
        self.dialog.apply(&mut rules);
        said
    }

    /// Adds text to the last utterance, which must be open and have this id. The text is dropped without an error if
    /// the utterance was interrupted or discarded; its event has told so.
    pub fn append(&mut self, id: &str, text: &str) -> Result<()> {
        let mut rules = ready(&mut self.tts, &self.dialog)?;
        if rules.deferred.append(id, text)? { Ok(()) } else { append(&mut self.tts, &mut rules, id, text) }
    }

    /// Ends the last utterance, if it is open and has this id.
    pub fn close(&mut self, id: &str) -> Result<()> {
        let mut rules = ready(&mut self.tts, &self.dialog)?;
        if rules.deferred.close(id) { Ok(()) } else { close(&mut self.tts, &mut rules, id) }
    }

    /// Speaks text that is requested from now on in another way; see [`TtsSession::update_voices`].
    pub fn update(&mut self, update: OutputUpdate) -> Result<()> {
        let mut rules = ready(&mut self.tts, &self.dialog)?;
        if !rules.deferred.is_empty() {
            // Utterances that were requested before it wait.
            return rules.deferred.update(update);
        }
        drop(rules);
        self.tts.update_voices(update.voices, update.options)
    }

    /// Carries out a request. If [`Dialog::clear`] was called after it, the utterance is told of as
    /// [interrupted](DialogEvent::Interrupted).
    pub fn carry_out(&mut self, request: OutputRequest) -> Result<()> {
        let OutputRequest { command, clears } = request;
        let outcome = match command {
            OutputCommand::Say(say) => self.say(say),
            OutputCommand::Append { id, text } => self.append(&id, &text),
            OutputCommand::Close { id } => self.close(&id),
            OutputCommand::Update(update) => return self.update(*update),
            OutputCommand::Next => {
                self.next_audio();
                return Ok(());
            }
        };
        self.dialog.with(|rules, facts| {
            if rules.clears != clears {
                rules.clear(facts);
            }
        });
        outcome
    }

    /// Makes events up to the next chunk of audio. Blocks while that is computed. Returns false if there is nothing to
    /// do until more text comes or the audio is resumed. While audio is held until the end of a turn, a call makes a chunk
    /// of it without an event.
    pub fn next_audio(&mut self) -> bool {
        if let Err(error) = ready(&mut self.tts, &self.dialog).map(drop) {
            self.dialog.with(|rules, _| rules.emit(DialogEvent::Failed(error)));
            return true;
        }
        loop {
            match self.tts.next_event() {
                Ok(Some(event)) => {
                    if take(&self.dialog, event) {
                        return true;
                    }
                }
                Ok(None) if matches!(self.dialog.lock().output, Output::Held { .. }) => {
                    return self.prepare();
                }
                Ok(None) => {
                    self.dialog.with(Rules::all_made);
                    return false;
                }
                Err(error) => {
                    self.dialog.with(|rules, _| rules.emit(DialogEvent::Failed(error)));
                    return true;
                }
            }
        }
    }

    /// Makes a chunk of audio that is held. Returns false if enough of it is made.
    fn prepare(&mut self) -> bool {
        match self.tts.prepare(PREPARED_MS) {
            Ok(true) => true,
            Ok(false) => {
                self.dialog.with(|rules, _| rules.prepared());
                false
            }
            Err(error) => {
                self.dialog.with(|rules, _| rules.emit(DialogEvent::Failed(error)));
                true
            }
        }
    }
}

/// The rules, after a cancel has taken effect, which would drop text that is pushed now. What is pushed under this lock is
/// not dropped by a cancel before it, and an interruption after it drops both the utterance and its text.
fn settled<'a>(tts: &mut TtsSession, dialog: &'a Dialog) -> Result<MutexGuard<'a, Rules>> {
    loop {
        let rules = dialog.lock();
        if rules.stale != Some(Stale::UntilCancelled) {
            return Ok(rules);
        }
        drop(rules);
        match tts.next_event()? {
            Some(event) => drop(take(dialog, event)),
            None => return Ok(dialog.lock()),
        }
    }
}

/// The same after the requests that waited for the end of the turn.
fn ready<'a>(tts: &mut TtsSession, dialog: &'a Dialog) -> Result<MutexGuard<'a, Rules>> {
    loop {
        let mut rules = settled(tts, dialog)?;
        // Taken and carried out under one lock: an interruption is before both or after both.
        let Some(request) = rules.deferred.take_due() else { return Ok(rules) };
        let (id, outcome) = match request {
            Request::Say(say) => (Some(say.id.clone()), speak(tts, &mut rules, say)),
            Request::Append { id, text } => {
                let outcome = append(tts, &mut rules, &id, &text);
                (Some(id), outcome)
            }
            Request::Close { id } => {
                let outcome = close(tts, &mut rules, &id);
                (Some(id), outcome)
            }
            Request::Update(update) => (None, tts.update_voices(update.voices, update.options)),
        };
        if let Err(error) = outcome {
            rules.emit(DialogEvent::Refused { id, error });
        }
        dialog.apply(&mut rules);
    }
}

fn speak(tts: &mut TtsSession, rules: &mut Rules, say: Say) -> Result<()> {
    // An utterance that is still open is over when the next one is requested.
    if rules.utterances.close_last() {
        tts.flush()?;
    }
    let is_open = matches!(say.text, SayText::Begun(_));
    let text = match say.text {
        SayText::Ssml(document) => {
            tts.push_ssml(&document)?;
            document
        }
        SayText::Plain(text) | SayText::Begun(text) => {
            tts.push(&text)?;
            text
        }
    };
    if !is_open {
        tts.flush()?;
    }
    rules.say(say.id, text, say.may_be_interrupted, is_open);
    Ok(())
}

fn append(tts: &mut TtsSession, rules: &mut Rules, id: &str, text: &str) -> Result<()> {
    if rules.utterances.is_open(id) {
        tts.push(text)?;
        rules.append(text);
    }
    Ok(())
}

fn close(tts: &mut TtsSession, rules: &mut Rules, id: &str) -> Result<()> {
    if rules.close(id) { tts.flush() } else { Ok(()) }
}

/// Takes an event of the session. Returns whether it is audio.
fn take(dialog: &Dialog, event: TtsEvent) -> bool {
    if let (Some(echo), TtsEvent::Audio(chunk)) = (&dialog.0.echo, &event) {
        echo.give(&chunk.audio, chunk.at_ms);
    }
    dialog.with(|rules, _| {
        match event {
            TtsEvent::Ready { voice, format } => rules.emit(DialogEvent::VoiceReady { voice, format }),
            TtsEvent::Audio(chunk) => {
                rules.audio(chunk);
                return true;
            }
            TtsEvent::Word { word, span, at_ms } => rules.word(word, &span, at_ms),
            TtsEvent::Mark { name, at_ms } => rules.mark(name, at_ms),
            TtsEvent::Warning(error) => rules.emit(DialogEvent::Warning(error)),
            TtsEvent::Paused { .. } => rules.boundary(Stale::UntilPaused),
            TtsEvent::Cancelled { .. } => rules.boundary(Stale::UntilCancelled),
            TtsEvent::Finished { .. } => {}
        }
        false
    })
}

impl Machine for DialogOutput {
    type Command = OutputRequest;
    type Event = NewEvents;
    const STEPS: StepLength = StepLength::Long;

    fn step(&mut self, request: &mut OutputRequest, _: Budget, events: &mut Vec<Result<NewEvents>>) -> Step {
        events.push(self.carry_out(request.clone()).map(|()| NewEvents));
        Step::Done
    }

    fn slack(&self) -> Duration {
        self.tts.slack()
    }
}

#[cfg(test)]
mod tests;
