//! [`SttSession`] as a [`Machine`] of the [pool](crate::pool): its commands and their steps.

use super::event::SttEvent;
use super::options::SttUpdate;
use super::session::SttSession;
use crate::audio::{Input, SAMPLE_RATE};
use crate::error::Result;
use crate::pool::{Budget, Machine, Step, StepLength};

/// A request to a session in a [`Pool`](crate::pool::Pool).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SttCommand {
    /// Decode this audio, in the format of the session.
    Audio(Audio),
    /// Fill the time of an Opus packet that was lost, as [`SttSession::packet_lost`] does.
    PacketLost,
    /// Change options, as [`SttSession::update`] does.
    Update(SttUpdate),
    /// End the current utterance; the stream goes on.
    Flush,
    /// End the stream.
    Finish,
}

impl SttCommand {
    /// The command to decode `audio`.
    pub fn audio(audio: Vec<u8>) -> Self {
        Self::Audio(Audio { bytes: audio, taken: 0 })
    }
}

/// Audio that is decoded in steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    bytes: Vec<u8>,
    /// The number of bytes that were given to the session.
    taken: usize,
}

impl Audio {
    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes about `samples` samples at [`SAMPLE_RATE`] for `session`, but at least a byte if there is one.
    fn take(&mut self, session: &SttSession, samples: usize) -> &[u8] {
        let begin = self.taken;
        self.taken +=
            session.bytes_of(samples).clamp(1, self.bytes.len().max(1)).min(self.bytes.len() - begin);
        &self.bytes[begin..self.taken]
    }

    fn is_taken(&self) -> bool {
        self.taken == self.bytes.len()
    }
}

impl Machine for SttSession {
    type Command = SttCommand;
    type Event = SttEvent;
    const STEPS: StepLength = StepLength::Short;

    fn step(&mut self, command: &mut SttCommand, budget: Budget, events: &mut Vec<Result<SttEvent>>) -> Step {
        let (outcome, step) = match command {
            SttCommand::Audio(audio) => {
                let outcome = self.push(audio.take(self, budget.samples));
                (outcome, if audio.is_taken() { Step::Done } else { Step::More })
            }
            SttCommand::PacketLost => (self.packet_lost(), Step::Done),
            SttCommand::Update(update) => (self.update(update.clone()), Step::Done),
            SttCommand::Flush => (self.flush(), Step::Done),
            SttCommand::Finish => (self.finish(), Step::Done),
        };
        drain(self, events);
        events.extend(outcome.err().map(Err));
        step
    }

    /// Most of a stream is silence, which needs no engine. Audio that must be resampled always goes to a worker.
    fn quick_step(
        &mut self,
        command: &mut SttCommand,
        budget: Budget,
        events: &mut Vec<Result<SttEvent>>,
    ) -> Step {
        let SttCommand::Audio(audio) = command else { return Step::More };
        let is_short = audio.bytes.len() <= self.bytes_of(budget.samples);
        if !is_short || self.format().sample_rate() != SAMPLE_RATE || self.options().input != Input::Samples {
            return Step::More;
        }
        match self.offer(audio.take(self, budget.samples)) {
            Ok(false) => Step::More,
            Ok(true) => {
                drain(self, events);
                Step::Done
            }
            Err(error) => {
                events.push(Err(error));
                Step::Done
            }
        }
    }
}

fn drain(session: &mut SttSession, events: &mut Vec<Result<SttEvent>>) {
    while let Some(event) = session.next_event().transpose() {
        events.push(event);
    }
}
