//! [`TtsSession`] as a [`Machine`] of the [pool](crate::pool): its commands and their steps.

use std::time::Duration;

use super::event::TtsEvent;
use super::session::TtsSession;
use crate::error::Result;
use crate::pool::{Budget, Machine, Step, StepLength};

/// The longest wait for the next chunk if other sessions need theirs sooner: a listener may download faster than it plays.
const MAX_SLACK: Duration = Duration::from_secs(5);

/// A request to a session in a [`Pool`](crate::pool::Pool).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TtsCommand {
    /// Add text, which may be cut anywhere.
    Push(String),
    /// Complete the pushed text, so that all of it is spoken; the stream continues.
    Flush,
    /// End the stream.
    Finish,
    /// Compute events up to the next chunk of audio, or until more text is needed. Done without audio in the last case
    /// and after an error. Audio is computed only on request, so a slow listener delays only itself.
    Next,
}

impl Machine for TtsSession {
    type Command = TtsCommand;
    type Event = TtsEvent;
    const STEPS: StepLength = StepLength::Long;

    /// Every command is one step. The voice limits the work on a chunk.
    fn step(&mut self, command: &mut TtsCommand, _: Budget, events: &mut Vec<Result<TtsEvent>>) -> Step {
        let outcome = match command {
            TtsCommand::Push(text) => self.push(text),
            TtsCommand::Flush => self.flush(),
            TtsCommand::Finish => self.finish(),
            TtsCommand::Next => {
                while let Some(event) = self.next_event().transpose() {
                    let is_last = matches!(event, Ok(TtsEvent::Audio(_)) | Err(_));
                    events.push(event);
                    if is_last {
                        break;
                    }
                }
                Ok(())
            }
        };
        events.extend(outcome.err().map(Err));
        Step::Done
    }

    fn slack(&self) -> Duration {
        // Half of it, since the computation takes time too.
        (self.ahead() / 2).min(MAX_SLACK)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::{Arc, mpsc};

    use super::*;
    use crate::pool::{Pool, Update};
    use crate::tts::voice::{Canceller, Rendering, Speech, Style, Voice, VoiceInfo};
    use crate::tts::{ClauseCache, Clock, TtsOptions};

    const WAIT: Duration = Duration::from_secs(10);

    /// Renders each clause as two chunks of 100 ms.
    struct TwoChunks(VoiceInfo);

    struct Left(usize);

    impl Voice for TwoChunks {
        fn info(&self) -> &VoiceInfo {
            &self.0
        }

        fn render(self: Arc<Self>, _: &[Speech], _: &Style, _: &Canceller) -> Result<Box<dyn Rendering>> {
            Ok(Box::new(Left(2)))
        }
    }

    impl Rendering for Left {
        fn next_chunk(&mut self, _: Duration) -> Result<Option<Vec<f32>>> {
            let left = self.0.checked_sub(1);
            self.0 = left.unwrap_or_default();
            Ok(left.map(|_| vec![0.5; 800]))
        }
    }

    #[test]
    fn audio_is_computed_on_request() {
        let voice = Arc::new(TwoChunks(VoiceInfo {
            name: "two".into(),
            engine: "scripted",
            language: "en".parse().unwrap(),
            sample_rate: 8_000,
            speakers: vec!["0".into()],
            streams: true,
        }));
        let cache = Arc::new(ClauseCache::new(1 << 20));
        let session = TtsSession::new(vec![voice], TtsOptions::default(), cache, Clock::default()).unwrap();
        let pool = Pool::new(NonZeroUsize::MIN).unwrap();
        let (sink, updates) = mpsc::channel();
        let handle = pool.attach(session, move |update: Update<TtsEvent>| sink.send(update).unwrap());
        let command = |command| {
            handle.submit(command).unwrap();
            let update = updates.recv_timeout(WAIT).unwrap();
            assert!(update.is_done);
            let audio = |event: &Result<TtsEvent>| matches!(event, Ok(TtsEvent::Audio(_)));
            (update.events.iter().filter(|event| audio(event)).count(), update.events)
        };
        // Without text nothing is computed.
        let (audio, events) = command(TtsCommand::Next);
        assert!(audio == 0 && matches!(events.as_slice(), [Ok(TtsEvent::Ready { .. })]));
        assert!(command(TtsCommand::Push("One. Two. ".into())).1.is_empty());
        assert!(command(TtsCommand::Finish).1.is_empty());
        let mut chunks = 0;
        loop {
            let (audio, events) = command(TtsCommand::Next);
            assert!(audio <= 1, "one chunk for each request");
            chunks += audio;
            if matches!(events.last(), Some(Ok(TtsEvent::Finished { .. }))) {
                break;
            }
        }
        assert!(chunks >= 2, "{chunks}");
        let (_, events) = command(TtsCommand::Push("Three.".into()));
        assert_eq!(events[0].as_ref().unwrap_err().kind(), crate::ErrorKind::SessionEnded);
    }
}
