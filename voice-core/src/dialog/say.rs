//! What the application wants to be spoken.

use crate::error::{Error, ErrorKind, Result};
use crate::text::ssml;
use crate::tts::{MAX_WAITING, check_document};

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

/// The utterance to which text may be appended, as an application knows it that requests utterances in order. The speaking
/// half drops text of others, since an interruption may have dropped them. By default, none is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenUtterance(Option<String>);

impl OpenUtterance {
    /// After the request of an utterance, which ends the one before it.
    pub fn after(say: &Say) -> Self {
        Self(matches!(say.text, SayText::Begun(_)).then(|| say.id.clone()))
    }

    /// Whether the utterance of this id is open.
    pub fn is(&self, id: &str) -> bool {
        self.0.as_deref() == Some(id)
    }
}

impl SayText {
    /// The text, or the source of the document.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Ssml(text) | Self::Begun(text) => text,
        }
    }
}

impl Say {
    /// Checks what does not depend on the state of the dialog. Fails with [`ErrorKind::SsmlInvalid`] and
    /// [`ErrorKind::TextTooLarge`].
    pub fn check(&self) -> Result<()> {
        let bytes = self.text.as_str().len();
        if bytes > MAX_WAITING {
            let message = format!("the text has {bytes} bytes; say at most {MAX_WAITING} at once");
            return Err(Error::new(ErrorKind::TextTooLarge, message));
        }
        match &self.text {
            SayText::Ssml(document) => check_document(&ssml::parse(document)?),
            SayText::Plain(_) | SayText::Begun(_) => Ok(()),
        }
    }
}
