//! The half of a dialog that makes audio.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

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

/// A request to it in a [`Pool`](crate::pool::Pool).
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

impl fmt::Debug for OutputUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputUpdate").field("options", &self.options).finish_non_exhaustive()
    }
}

impl DialogOutput {
    pub(super) fn new(tts: TtsSession, dialog: Dialog) -> Self {
        Self { tts, dialog }
    }

    /// Requests an utterance. It ends an utterance before it that is still open. If the user speaks now, it is spoken after the turn; its first seconds of audio are made
    /// before. After [`TurnEager`](DialogEvent::TurnEager) it is taken to be the answer to that text: it is
    /// [discarded](DialogEvent::Discarded) if the user goes on.
    ///
    /// Fails with [`ErrorKind::Overloaded`] if too many utterances wait, with [`ErrorKind::TextTooLarge`] and
    /// [`ErrorKind::SsmlInvalid`].
    pub fn say(&mut self, say: Say) -> Result<()> {
        if say.interrupts {
            self.dialog.clear();
        }
        self.say_due();
        let mut rules = self.dialog.lock();
        if rules.utterances.len() + rules.deferred.len() >= MAX_UTTERANCES {
            let message =
                format!("{MAX_UTTERANCES} utterances wait to be heard; wait for some of them, or clear them");
            return Err(Error::new(ErrorKind::Overloaded, message));
        }
        let Some(say) = rules.defer(say) else { return Ok(()) };
        drop(rules);
        self.speak(say)
    }

    fn speak(&mut self, say: Say) -> Result<()> {
        self.settle()?;
        // Registered and pushed in one piece: an interruption drops both or none.
        let mut rules = self.dialog.lock();
        // An utterance that is still open is over when the next one is requested.
        if rules.utterances.close_last() {
            self.tts.flush()?;
        }
        let is_open = matches!(say.text, SayText::Begun(_));
        let text = match say.text {
            SayText::Ssml(document) => {
                self.tts.push_ssml(&document)?;
                document
            }
            SayText::Plain(text) | SayText::Begun(text) => {
                self.tts.push(&text)?;
                text
            }
        };
        if !is_open {
            self.tts.flush()?;
        }
        rules.say(say.id, text, say.may_be_interrupted, is_open);
        self.dialog.apply(&mut rules);
        Ok(())
    }

    /// Speaks what waited for the end of the turn.
    fn say_due(&mut self) {
        loop {
            let Some(say) = self.dialog.lock().deferred.take_due() else { return };
            let id = say.id.clone();
            if let Err(error) = self.speak(say) {
                self.dialog.with(|rules, _| rules.emit(DialogEvent::Refused { id, error }));
            }
        }
    }

    /// Adds text to the last utterance, which must be open and have this id. The text is dropped without an error if
    /// the utterance was interrupted or discarded; its event has told so.
    pub fn append(&mut self, id: &str, text: &str) -> Result<()> {
        self.say_due();
        self.settle()?;
        let mut rules = self.dialog.lock();
        if !rules.deferred.append(id, text)? && rules.utterances.is_open(id) {
            self.tts.push(text)?;
            rules.append(text);
        }
        Ok(())
    }

    /// Ends the last utterance, if it is open and has this id.
    pub fn close(&mut self, id: &str) -> Result<()> {
        self.say_due();
        self.settle()?;
        let mut rules = self.dialog.lock();
        if rules.close(id) {
            self.tts.flush()?;
        }
        Ok(())
    }

    /// Speaks text that is requested from now on in another way; see [`TtsSession::update_voices`].
    pub fn update(&mut self, update: OutputUpdate) -> Result<()> {
        self.settle()?;
        self.tts.update_voices(update.voices, update.options)
    }

    /// Makes events up to the next chunk of audio. Blocks while that is computed. Returns false if there is nothing to
    /// do until more text comes or the audio is resumed. While audio is held until the end of a turn, a call makes a chunk
    /// of it without an event.
    pub fn next_audio(&mut self) -> bool {
        self.say_due();
        loop {
            match self.tts.next_event() {
                Ok(Some(event)) => {
                    if self.take(event) {
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

    /// Takes an event of the session. Returns whether it is audio.
    fn take(&self, event: TtsEvent) -> bool {
        if let (Some(echo), TtsEvent::Audio(chunk)) = (&self.dialog.0.echo, &event) {
            echo.give(&chunk.audio, chunk.at_ms);
        }
        self.dialog.with(|rules, _| {
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

    /// Lets a cancel take effect, which would drop text that is pushed now.
    fn settle(&mut self) -> Result<()> {
        while self.dialog.lock().stale == Some(Stale::UntilCancelled) {
            match self.tts.next_event()? {
                Some(event) => drop(self.take(event)),
                None => return Ok(()),
            }
        }
        Ok(())
    }
}

impl Machine for DialogOutput {
    type Command = OutputCommand;
    type Event = NewEvents;
    const STEPS: StepLength = StepLength::Long;

    fn step(&mut self, command: &mut OutputCommand, _: Budget, events: &mut Vec<Result<NewEvents>>) -> Step {
        let outcome = match command {
            OutputCommand::Say(say) => self.say(say.clone()),
            OutputCommand::Append { id, text } => self.append(id, text),
            OutputCommand::Close { id } => self.close(id),
            OutputCommand::Update(update) => self.update((**update).clone()),
            OutputCommand::Next => {
                self.next_audio();
                Ok(())
            }
        };
        events.push(outcome.map(|()| NewEvents));
        Step::Done
    }

    fn slack(&self) -> Duration {
        self.tts.slack()
    }
}
