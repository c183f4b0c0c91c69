//! What the threads of a dialog share: its handle, requests, refusals and signals.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, unbounded};
use voice_core::dialog::{Dialog, InputCommand, OutputCommand};
use voice_core::{Error, ErrorKind};

use super::position::Position;
use super::signal::Signal;
use crate::error::{voice_code, voice_error};

/// The requests that may wait for a thread, and that it does in one call.
pub(super) const MAX_REQUESTS: usize = 256;

/// The text that may wait, in bytes.
pub(super) const MAX_TEXT: usize = 1 << 20;

/// The events that may wait for the host.
const MAX_EVENTS: usize = 1_024;

/// A request that cannot be done.
pub(super) struct Refusal {
    /// The utterance; empty if it is about none.
    pub(super) id: String,
    pub(super) error: Error,
}

/// A request about speech.
pub(super) struct Requested {
    pub(super) command: OutputCommand,
    /// The bytes of its text.
    pub(super) bytes: usize,
    /// The number of clears before it.
    pub(super) generation: u64,
}

/// Requests about speech that were not done yet.
pub(super) struct Requests {
    sender: Sender<Requested>,
    bytes: AtomicUsize,
    generation: AtomicU64,
}

/// What all threads use.
pub(super) struct Shared {
    pub(super) dialog: Dialog,
    pub(super) position: Position,
    pub(super) requests: Requests,
    input: Sender<InputCommand>,
    /// Its length is limited by [`check_events`](Self::check_events).
    refusals: (Sender<Refusal>, Receiver<Refusal>),
    ahead: Duration,
    pub(super) is_finished: AtomicBool,
    /// For the thread that recognizes.
    pub(super) listening: Signal,
    /// For the thread that speaks.
    pub(super) speaking: Signal,
    /// For the thread that takes events.
    pub(super) events: Signal,
}

impl Shared {
    /// `ahead` is the audio that the player gets in advance.
    pub(super) fn new(
        dialog: Dialog,
        ahead: Duration,
    ) -> (Self, Receiver<InputCommand>, Receiver<Requested>) {
        let (input, input_requests) = bounded(MAX_REQUESTS);
        let (sender, output_requests) = bounded(MAX_REQUESTS);
        let requests = Requests { sender, bytes: AtomicUsize::new(0), generation: AtomicU64::new(0) };
        let shared = Self {
            dialog,
            position: Position::default(),
            requests,
            input,
            refusals: unbounded(),
            ahead,
            is_finished: AtomicBool::new(false),
            listening: Signal::default(),
            speaking: Signal::default(),
            events: Signal::default(),
        };
        (shared, input_requests, output_requests)
    }

    /// Queues a request for the thread that recognizes.
    pub(super) fn request_input(&self, command: InputCommand) -> Result<(), voice_error> {
        self.input.try_send(command).map_err(|_| too_many("voice_dialog_listen"))?;
        self.listening.set();
        Ok(())
    }

    /// Queues a request for the thread that speaks.
    pub(super) fn request_output(&self, command: OutputCommand, bytes: usize) -> Result<(), voice_error> {
        self.requests.add(command, bytes)?;
        self.speaking.set();
        Ok(())
    }

    /// Tells the host of a request that cannot be done.
    pub(super) fn refuse(&self, id: String, error: Error) {
        let _ = self.refusals.0.send(Refusal { id, error });
        self.events.set();
    }

    pub(super) fn next_refusal(&self) -> Option<Refusal> {
        self.refusals.1.try_recv().ok()
    }

    /// Whether the host may take an event.
    pub(super) fn has_events(&self) -> bool {
        !self.refusals.1.is_empty() || self.dialog.waiting_events() > 0
    }

    /// Fails if the host does not take events, so that they do not fill the memory.
    pub(super) fn check_events(&self) -> Result<(), voice_error> {
        if self.dialog.waiting_events() < MAX_EVENTS && self.refusals.1.len() < MAX_REQUESTS {
            return Ok(());
        }
        let message = "too many events wait; take them with voice_dialog_next";
        Err(Error::new(ErrorKind::Overloaded, message).into())
    }

    /// Passes the last report of the player on.
    pub(super) fn take_position(&self) {
        if let Some((run, ms)) = self.position.take() {
            self.dialog.played(run, ms);
        }
    }

    /// When audio is to be made.
    pub(super) fn audio_due(&self) -> Option<Instant> {
        let wait = self.dialog.buffered().saturating_sub(self.ahead);
        self.dialog.wants_audio().then(|| Instant::now() + wait)
    }

    /// After a step or a decision: the other threads may have something to do.
    pub(super) fn wake_others(&self) {
        if self.audio_due().is_some_and(|due| due <= Instant::now()) {
            self.speaking.set();
        }
        if self.has_events() {
            self.events.set();
        }
    }
}

impl Requests {
    fn add(&self, command: OutputCommand, bytes: usize) -> Result<(), voice_error> {
        let waiting = self.bytes.fetch_add(bytes, Ordering::AcqRel);
        let generation = self.generation();
        let queued = if waiting + bytes > MAX_TEXT {
            let message = format!("{waiting} bytes of text wait; call voice_dialog_speak without a pause");
            Err(voice_error::new(voice_code::TextTooLarge, &message))
        } else {
            let sent = self.sender.try_send(Requested { command, bytes, generation });
            sent.map_err(|_: TrySendError<_>| too_many("voice_dialog_speak"))
        };
        if queued.is_err() {
            self.taken(bytes);
        }
        queued
    }

    /// Text of a request was taken.
    pub(super) fn taken(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::AcqRel);
    }

    /// The number of clears.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Requests until now are to be dropped.
    pub(super) fn clear(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }
}

fn too_many(function: &str) -> voice_error {
    let message = format!("{MAX_REQUESTS} requests wait; call {function} without a pause");
    Error::new(ErrorKind::Overloaded, message).into()
}
