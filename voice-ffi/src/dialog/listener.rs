//! The half of a dialog that recognizes, on the thread of the host that calls `voice_dialog_listen`.

use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use voice_core::dialog::{DialogInput, InputCommand};

use super::microphone::Pieces;
use super::shared::{MAX_REQUESTS, Shared};
use crate::error::voice_error;

/// The most pieces of audio that are processed at once.
const MAX_PIECES: usize = 4_096;

/// Processes the microphone's audio and requests about the user's turn.
pub(super) struct Listener {
    input: DialogInput,
    pieces: Pieces,
    requests: Receiver<InputCommand>,
    /// When a rule of the dialog has something to do.
    due: Instant,
}

impl Listener {
    pub(super) fn new(input: DialogInput, pieces: Pieces, requests: Receiver<InputCommand>) -> Self {
        Self { input, pieces, requests, due: Instant::now() }
    }

    /// Does what there is to do, or waits for it first.
    pub(super) fn listen(&mut self, shared: &Shared, wait: Duration) -> Result<(), voice_error> {
        shared.check_events()?;
        self.due = self.due.min(shared.dialog.deadline());
        let now = Instant::now();
        if self.pieces.is_empty() && self.requests.is_empty() && now < self.due {
            shared.listening.wait_until((now + wait).min(self.due));
        }
        shared.take_position();
        self.hear(shared);
        for _ in 0..MAX_REQUESTS {
            let Ok(request) = self.requests.try_recv() else { break };
            // What was said before the request.
            self.hear(shared);
            if let Err(error) = self.input.carry_out(request) {
                shared.refuse(None, error);
            }
        }
        if Instant::now() >= self.due {
            self.input.tick();
            self.due = shared.dialog.deadline();
        }
        shared.wake_others();
        Ok(())
    }

    fn hear(&mut self, shared: &Shared) {
        for _ in 0..MAX_PIECES {
            let Some(piece) = self.pieces.pop() else { return };
            if let Err(error) = self.input.push(&piece) {
                shared.refuse(None, error);
            }
            shared.wake_others();
        }
    }
}
