//! Requests that wait for the end of a turn that [may be over](super::DialogEvent::TurnEager).

use std::collections::VecDeque;

use super::OutputUpdate;
use super::say::{Say, SayText};
use crate::error::{Error, ErrorKind, Result};
use crate::tts::MAX_WAITING;

/// The most text that waits, in bytes.
const MAX_TEXT: usize = MAX_WAITING;

/// The most requests that wait. Text of one utterance counts once.
const MAX_REQUESTS: usize = 1_024;

/// A request that waits.
#[derive(Debug, Clone)]
pub(super) enum Request {
    Say(Say),
    Append { id: String, text: String },
    Close { id: String },
    Update(Box<OutputUpdate>),
}

/// The requests after an utterance that waits, in their order.
#[derive(Debug, Default)]
pub(super) struct Deferred {
    requests: VecDeque<Request>,
    /// The utterance to which text may be appended.
    open: Option<String>,
    /// Utterances among the requests.
    count: usize,
    /// Bytes of their text.
    bytes: usize,
    /// The turn is over.
    is_due: bool,
}

impl Deferred {
    /// The number of utterances.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Adds an utterance. It ends one before it. Fails with [`ErrorKind::TextTooLarge`] and [`ErrorKind::Overloaded`].
    pub(super) fn say(&mut self, say: Say) -> Result<()> {
        let bytes = say.text.as_str().len();
        // Also if it is refused.
        self.open = None;
        self.check_room(bytes)?;
        self.open = matches!(say.text, SayText::Begun(_)).then(|| say.id.clone());
        self.count += 1;
        self.bytes += bytes;
        self.requests.push_back(Request::Say(say));
        Ok(())
    }

    /// Adds text to the last utterance, if that is open and has this id. Returns whether it is. Fails as
    /// [`say`](Self::say) does.
    pub(super) fn append(&mut self, id: &str, more: &str) -> Result<bool> {
        if self.open.as_deref() != Some(id) {
            return Ok(false);
        }
        self.check_room(more.len())?;
        self.bytes += more.len();
        match self.requests.back_mut() {
            Some(Request::Say(Say { text: SayText::Begun(text), .. }) | Request::Append { text, .. }) => {
                text.push_str(more);
            }
            _ => self.requests.push_back(Request::Append { id: id.to_owned(), text: more.to_owned() }),
        }
        Ok(true)
    }

    /// Ends the last utterance, if that is open and has this id. Returns whether it was.
    pub(super) fn close(&mut self, id: &str) -> bool {
        let was_open = self.open.take_if(|open| open == id).is_some();
        if was_open {
            self.requests.push_back(Request::Close { id: id.to_owned() });
        }
        was_open
    }

    /// Adds an update, for the text after the utterances. Fails with [`ErrorKind::Overloaded`].
    pub(super) fn update(&mut self, update: OutputUpdate) -> Result<()> {
        if let Some(Request::Update(last)) = self.requests.back_mut() {
            **last = update;
            return Ok(());
        }
        self.check_room(0)?;
        self.requests.push_back(Request::Update(Box::new(update)));
        Ok(())
    }

    fn check_room(&self, more: usize) -> Result<()> {
        if self.bytes + more > MAX_TEXT {
            let message = format!("more than {MAX_TEXT} bytes wait for the end of the turn; wait for it");
            return Err(Error::new(ErrorKind::TextTooLarge, message));
        }
        if self.requests.len() >= MAX_REQUESTS {
            let message = format!("{MAX_REQUESTS} requests wait for the end of the turn; wait for it");
            return Err(Error::new(ErrorKind::Overloaded, message));
        }
        Ok(())
    }

    /// The turn is over: they are to be carried out.
    pub(super) fn end_turn(&mut self) {
        self.is_due = !self.requests.is_empty();
    }

    pub(super) fn is_due(&self) -> bool {
        self.is_due
    }

    /// The next one that is to be carried out.
    pub(super) fn take_due(&mut self) -> Option<Request> {
        let request = if self.is_due { self.requests.pop_front() } else { None };
        if matches!(request, Some(Request::Say(_))) {
            self.count -= 1;
        }
        if self.requests.is_empty() {
            *self = Self::default();
        }
        request
    }

    /// Drops the utterances, and returns their ids. The last update is carried out.
    pub(super) fn clear(&mut self) -> Vec<String> {
        let mut ids = Vec::new();
        let mut last = None;
        for request in std::mem::take(self).requests {
            match request {
                Request::Say(say) => ids.push(say.id),
                Request::Update(update) => last = Some(Request::Update(update)),
                Request::Append { .. } | Request::Close { .. } => {}
            }
        }
        self.requests.extend(last);
        self.end_turn();
        ids
    }
}
