//! Text to speech for async callers: a session in the pool whose audio is computed on request.

use std::time::Duration;

use hyper::body::Bytes;
use tokio::sync::mpsc;
use tokio::time::timeout;
use voice_core::pool::{self, SessionHandle, Update};
use voice_core::tts::{Canceller, TtsCommand, TtsEvent, TtsSession};
use voice_core::{Error, ErrorKind, Result};

use crate::app::App;

/// The largest piece that is returned at once, in bytes. A client that reads slowly delays the next chunk.
const MAX_PIECE: usize = 16 << 10;

/// Audio that is computed on request. Dropping it cancels the computation.
pub(crate) struct Synthesis {
    session: SessionHandle<TtsSession>,
    updates: mpsc::Receiver<Update<TtsEvent>>,
    canceller: Canceller,
    /// The longest time that a voice may take for one chunk.
    chunk_timeout: Duration,
    /// Audio that is computed and not yet returned.
    rest: Bytes,
    /// The duration of the audio that was computed and not yet counted, in seconds.
    uncounted: f64,
    is_over: bool,
    /// Whether audio was returned.
    has_audio: bool,
    /// Why text gave no audio.
    unspoken: Option<Error>,
}

impl Synthesis {
    /// The audio of all text that was pushed to `session`.
    pub(crate) fn new(mut session: TtsSession, app: &App) -> Result<Self> {
        session.finish()?;
        let (sender, updates) = mpsc::channel(pool::QUEUE);
        let canceller = session.canceller();
        let session = app.pool.attach(session, move |update| drop(sender.try_send(update)));
        let chunk_timeout = app.config.policy.outcome_deadline();
        Ok(Self {
            session,
            updates,
            canceller,
            chunk_timeout,
            rest: Bytes::new(),
            uncounted: 0.0,
            is_over: false,
            has_audio: false,
            unspoken: None,
        })
    }

    /// The next audio, at most [`MAX_PIECE`] bytes; `None` after the last. A text of which
    /// nothing can be said fails with [`ErrorKind::TextEmpty`].
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        if self.rest.is_empty() {
            if self.is_over {
                return Ok(None);
            }
            // After an error or the end nothing is left to compute.
            self.is_over = true;
            let Some(chunk) = timeout(self.chunk_timeout, self.chunk()).await.map_err(|_| late())?? else {
                return if self.has_audio {
                    Ok(None)
                } else {
                    Err(self.unspoken.take().unwrap_or_else(silent))
                };
            };
            (self.is_over, self.has_audio) = (false, true);
            self.rest = chunk;
        }
        Ok(Some(self.rest.split_to(self.rest.len().min(MAX_PIECE))))
    }

    /// The duration of the audio that was computed since the last call, in seconds.
    pub(crate) fn count(&mut self) -> f64 {
        std::mem::take(&mut self.uncounted)
    }

    /// Has the next chunk computed.
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        self.session.submit(TtsCommand::Next)?;
        let mut audio = None;
        while let Some(update) = self.updates.recv().await {
            for event in update.events {
                match event? {
                    TtsEvent::Audio(chunk) => {
                        self.uncounted += (chunk.end_ms - chunk.at_ms) as f64 / 1_000.0;
                        audio = Some(chunk.audio.into());
                    }
                    TtsEvent::Warning(warning) if warning.kind() == ErrorKind::TextEmpty => {
                        self.unspoken = Some(warning);
                    }
                    TtsEvent::Warning(warning) => {
                        tracing::debug!(code = warning.code(), "not spoken as asked for");
                    }
                    _ => {}
                }
            }
            if update.is_done {
                return Ok(audio);
            }
        }
        Err(Error::new(ErrorKind::Internal, "the voice is lost; try again"))
    }
}

impl Drop for Synthesis {
    fn drop(&mut self) {
        self.canceller.cancel();
    }
}

fn silent() -> Error {
    Error::new(ErrorKind::TextEmpty, "the text has nothing that a voice can speak; give words or numbers")
}

fn late() -> Error {
    Error::new(ErrorKind::ModelStuck, "the voice does not answer; try again later")
}
