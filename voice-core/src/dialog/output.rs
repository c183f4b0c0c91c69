//! The half of a dialog that makes audio.

use std::time::Duration;

use super::event::DialogEvent;
use super::rules::Rules;
use super::state::Stale;
use super::{Dialog, NewEvents};
use crate::error::{Error, ErrorKind, Result};
use crate::pool::{Budget, Machine, Step, StepLength};
use crate::tts::{TtsEvent, TtsSession};

/// The most utterances that may wait to be heard.
const MAX_UTTERANCES: usize = 256;

/// The half of a dialog that makes audio.
pub struct DialogOutput {
    tts: TtsSession,
    dialog: Dialog,
}

/// An utterance to speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// The name of the utterance in events.
    pub id: String,
    /// The text.
    pub text: SayText,
    /// Whether it replaces everything that was requested and not heard.
    pub interrupts: bool,
    /// Whether the user may interrupt it.
    pub may_be_interrupted: bool,
}

/// The text of an utterance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SayText {
    /// Plain text.
    Plain(String),
    /// An SSML document.
    Ssml(String),
    /// The beginning of plain text, to which more will be [appended](DialogOutput::append).
    Begun(String),
}

impl Say {
    /// An utterance of plain text, spoken after those before it, which the user may interrupt.
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self { id: id.into(), text: SayText::Plain(text.into()), interrupts: false, may_be_interrupted: true }
    }
}

/// A request to it in a [`Pool`](crate::pool::Pool).
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Make events up to the next chunk of audio.
    Next,
}

impl DialogOutput {
    pub(super) fn new(tts: TtsSession, dialog: Dialog) -> Self {
        Self { tts, dialog }
    }

    /// Requests an utterance. If the user speaks now, it is spoken after the turn.
    ///
    /// Fails with [`ErrorKind::Overloaded`] if too many utterances wait, with [`ErrorKind::TextTooLarge`] and
    /// [`ErrorKind::SsmlInvalid`].
    pub fn say(&mut self, say: Say) -> Result<()> {
        if say.interrupts {
            self.dialog.clear();
        }
        self.settle()?;
        // Registered and pushed in one piece: an interruption drops both or none.
        let mut rules = self.dialog.lock();
        if rules.utterances.len() >= MAX_UTTERANCES {
            let message =
                format!("{MAX_UTTERANCES} utterances wait to be heard; wait for some of them, or clear them");
            return Err(Error::new(ErrorKind::Overloaded, message));
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

    /// Adds text to the last utterance, which must be open and have this id. The text is dropped without an error if
    /// the utterance was interrupted; its event has told so.
    pub fn append(&mut self, id: &str, text: &str) -> Result<()> {
        self.settle()?;
        let mut rules = self.dialog.lock();
        if rules.utterances.append(id, text) {
            rules.is_all_made = false;
            self.tts.push(text)?;
        }
        Ok(())
    }

    /// Ends the last utterance, if it is open and has this id.
    pub fn close(&mut self, id: &str) -> Result<()> {
        self.settle()?;
        let mut rules = self.dialog.lock();
        if rules.utterances.close(id) {
            self.tts.flush()?;
        }
        Ok(())
    }

    /// Makes events up to the next chunk of audio. Blocks while that is computed. Returns false if there is nothing to
    /// do until more text comes or the audio is resumed.
    pub fn next_audio(&mut self) -> bool {
        loop {
            match self.tts.next_event() {
                Ok(Some(event)) => {
                    if self.take(event) {
                        return true;
                    }
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
