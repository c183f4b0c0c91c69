//! What the application wants to be spoken.

use std::collections::VecDeque;

use crate::error::{Error, ErrorKind, Result};

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
    /// The beginning of plain text, to which more will be [appended](super::DialogOutput::append).
    Begun(String),
}

impl Say {
    /// An utterance of plain text, spoken after those before it, which the user may interrupt.
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self { id: id.into(), text: SayText::Plain(text.into()), interrupts: false, may_be_interrupted: true }
    }
}

/// The most text of an open utterance that waits, in bytes.
const MAX_DEFERRED: usize = 256 << 10;

/// Utterances that wait for the end of a turn that [may be over](super::DialogEvent::TurnEager).
#[derive(Debug, Default)]
pub(super) struct Deferred {
    says: VecDeque<Say>,
    /// The turn is over.
    is_due: bool,
}

impl Deferred {
    pub(super) fn len(&self) -> usize {
        self.says.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.says.is_empty()
    }

    pub(super) fn push(&mut self, say: Say) {
        self.says.push_back(say);
    }

    /// Adds text to the last one, if that is open and has this id. Returns whether it is. Fails with
    /// [`ErrorKind::TextTooLarge`].
    pub(super) fn append(&mut self, id: &str, more: &str) -> Result<bool> {
        let Some(text) = self.open(id) else { return Ok(false) };
        if text.len() + more.len() > MAX_DEFERRED {
            let message = format!("more than {MAX_DEFERRED} bytes wait for the end of the turn; wait for it");
            return Err(Error::new(ErrorKind::TextTooLarge, message));
        }
        text.push_str(more);
        Ok(true)
    }

    /// Ends the last one, if that is open and has this id. Returns whether it was.
    pub(super) fn close(&mut self, id: &str) -> bool {
        let Some(text) = self.open(id).map(std::mem::take) else { return false };
        if let Some(last) = self.says.back_mut() {
            last.text = SayText::Plain(text);
        }
        true
    }

    /// The turn is over: they are to be spoken.
    pub(super) fn end_turn(&mut self) {
        self.is_due = !self.says.is_empty();
    }

    pub(super) fn is_due(&self) -> bool {
        self.is_due
    }

    /// The next one that is to be spoken.
    pub(super) fn take_due(&mut self) -> Option<Say> {
        let say = if self.is_due { self.says.pop_front() } else { None };
        self.is_due &= say.is_some();
        say
    }

    /// Drops all; returns their ids.
    pub(super) fn clear(&mut self) -> Vec<String> {
        self.is_due = false;
        self.says.drain(..).map(|say| say.id).collect()
    }

    fn open(&mut self, id: &str) -> Option<&mut String> {
        match self.says.back_mut() {
            Some(Say { id: last, text: SayText::Begun(text), .. }) if last == id => Some(text),
            _ => None,
        }
    }
}
