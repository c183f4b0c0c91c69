//! The half of a dialog that speaks, on the thread of the host that calls `voice_dialog_speak`.

use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use voice_core::dialog::DialogOutput;

use super::shared::{MAX_REQUESTS, Requested, Shared};
use crate::error::voice_error;

/// Computes speech.
pub(super) struct Speaker {
    output: DialogOutput,
    requests: Receiver<Requested>,
}

impl Speaker {
    pub(super) fn new(output: DialogOutput, requests: Receiver<Requested>) -> Self {
        Self { output, requests }
    }

    /// Takes requests and computes one chunk of audio if it is due, or waits for either first.
    pub(super) fn speak(&mut self, shared: &Shared, wait: Duration) -> Result<(), voice_error> {
        shared.check_events()?;
        let now = Instant::now();
        let due = shared.audio_due().unwrap_or(now + wait);
        if self.requests.is_empty() && now < due {
            shared.speaking.wait_until((now + wait).min(due));
        }
        shared.take_position();
        let mut requests = self.requests.try_iter().take(MAX_REQUESTS).peekable();
        if requests.peek().is_some() {
            requests.for_each(|request| answer(&mut self.output, request, shared));
            // They may change the deadline.
            shared.listening.set();
        }
        if shared.audio_due().is_some_and(|due| due <= Instant::now()) {
            self.output.next_audio();
        }
        if shared.has_events() {
            shared.events.set();
        }
        Ok(())
    }
}

fn answer(output: &mut DialogOutput, requested: Requested, shared: &Shared) {
    let Requested { request, id, bytes } = requested;
    let outcome = output.carry_out(request);
    shared.requests.taken(bytes);
    if let Err(error) = outcome {
        shared.refuse(id, error);
    }
}
