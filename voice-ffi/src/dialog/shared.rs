//! What the threads of a dialog share: its handle, requests and signals.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use voice_core::dialog::{Dialog, InputCommand, OutputCommand, OutputRequest};
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

/// A request about speech.
pub(super) struct Requested {
    pub(super) request: OutputRequest,
    /// The utterance that it is about.
    pub(super) id: Option<String>,
    /// The bytes of its text.
    pub(super) bytes: usize,
}

/// Requests about speech that were not done yet.
pub(super) struct Requests {
    sender: Sender<Requested>,
    bytes: AtomicUsize,
}

/// What all threads use.
pub(super) struct Shared {
    pub(super) dialog: Dialog,
    pub(super) position: Position,
    pub(super) requests: Requests,
    input: Sender<InputCommand>,
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
        let requests = Requests { sender, bytes: AtomicUsize::new(0) };
        let shared = Self {
            dialog,
            position: Position::default(),
            requests,
            input,
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
        self.requests.check_room(bytes)?;
        let id = command.id().map(str::to_owned);
        self.requests.add(Requested { request: self.dialog.request(command), id, bytes })?;
        self.speaking.set();
        Ok(())
    }

    /// Tells the host of a request that cannot be done.
    pub(super) fn refuse(&self, id: Option<String>, error: Error) {
        self.dialog.refuse(id, error);
        self.events.set();
    }

    /// Whether the host may take an event.
    pub(super) fn has_events(&self) -> bool {
        self.dialog.waiting_events() > 0
    }

    /// Fails if the host does not take events, so that they do not fill the memory.
    pub(super) fn check_events(&self) -> Result<(), voice_error> {
        if self.dialog.waiting_events() < MAX_EVENTS {
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
        self.dialog.audio_due(self.ahead)
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
    /// Fails if a request with this much text cannot be queued. The calls that queue requests exclude each other.
    pub(super) fn check_room(&self, bytes: usize) -> Result<(), voice_error> {
        let waiting = self.bytes.load(Ordering::Acquire);
        if waiting + bytes > MAX_TEXT {
            let message = format!("{waiting} bytes of text wait; call voice_dialog_speak without a pause");
            return Err(voice_error::new(voice_code::TextTooLarge, &message));
        }
        if self.sender.is_full() { Err(too_many("voice_dialog_speak")) } else { Ok(()) }
    }

    fn add(&self, request: Requested) -> Result<(), voice_error> {
        let bytes = request.bytes;
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
        self.sender.try_send(request).map_err(|_: TrySendError<_>| {
            self.taken(bytes);
            too_many("voice_dialog_speak")
        })
    }

    /// Text of a request was taken.
    pub(super) fn taken(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::AcqRel);
    }
}

fn too_many(function: &str) -> voice_error {
    let message = format!("{MAX_REQUESTS} requests wait; call {function} without a pause");
    Error::new(ErrorKind::Overloaded, message).into()
}
