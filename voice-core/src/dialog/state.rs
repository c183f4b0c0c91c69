//! The states of a dialog: the user's turn, and the audio of the speaker.

use std::time::{Duration, Instant};

use super::event::TurnEnd;
use crate::tts::Heard;

/// What the rules know about the audio at the time of a call.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) now: Instant,
    /// What was heard of the audio of the dialog.
    pub(super) heard: Heard,
    /// The duration of audio that was made and not heard.
    pub(super) ahead: Duration,
}

/// What the rules ask of the sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Pause the speaker.
    Pause,
    /// Resume it.
    Resume,
    /// Cancel what it has not said.
    Cancel,
    /// End the current utterance of speech to text.
    EndUtterance,
}

/// Whether the audio is given out.
#[derive(Debug)]
pub(super) enum Output {
    /// It is, if there is any.
    Playing,
    /// It is held back until it is known whether the user interrupts.
    Undecided { since: Instant },
    /// It is held back until the end of the turn in which it was requested.
    Held {
        /// All of it was requested while the turn [may be over](super::DialogEvent::TurnEager).
        is_eager: bool,
        /// As much of it is made as is made beforehand.
        is_prepared: bool,
    },
}

/// An event of the speaker before which its audio is out of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stale {
    UntilPaused,
    UntilCancelled,
}

/// The state of the user's turn.
#[derive(Debug)]
pub(super) enum Turn {
    /// The user does not speak.
    Quiet,
    /// The user speaks, or is silent for a moment.
    Speaking(Speech),
    /// The utterance was ended; its result is due. Without a reason, the result tells whether the turn is over.
    Ending { speech: Speech, reason: Option<TurnEnd>, since: Instant },
    /// The answer is not complete; the user may go on.
    Waiting(Speech),
}

/// Speech of the user.
#[derive(Debug, Default, Clone)]
pub(super) struct Speech {
    /// The last partial text, after the texts of the turn's utterances before it.
    pub(super) text: String,
    /// The length of these texts.
    pub(super) prefix: usize,
    /// The end of the last voice, while the user may go on.
    pub(super) end_ms: u64,
    /// The text that the listener had heard when the speech began, as an offset in all requested text.
    pub(super) spoken_from: usize,
    /// The silence at its end.
    pub(super) silence_ms: u32,
    /// The text with which the application was told that the turn may be over.
    pub(super) eager: Option<String>,
    /// It was found not to be a turn: a backchannel, noise or an echo.
    pub(super) is_ignored: bool,
}

impl Speech {
    /// Sets the text of the current utterance.
    pub(super) fn set(&mut self, text: &str) {
        self.text.truncate(self.prefix);
        if self.prefix > 0 && !text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(text);
    }
}

/// The end of the turn before.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastTurn {
    pub(super) end_ms: u64,
    pub(super) silence_ms: u32,
}

pub(super) fn ms(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}
