//! Text to speech for async callers: a session whose work runs on blocking threads.

use std::time::Duration;

use hyper::body::Bytes;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use voice_core::tts::{Canceller, TtsEvent, TtsSession};
use voice_core::{Error, ErrorKind, Result};

/// The longest time that a voice may take for one chunk.
const CHUNK_TIMEOUT: Duration = Duration::from_mins(1);

/// The largest piece that is returned at once, in bytes. A client that reads slowly delays the next chunk.
const MAX_PIECE: usize = 16 << 10;

/// Audio that is computed on request. Dropping it cancels the computation.
pub(crate) struct Synthesis {
    /// `None` while a thread computes.
    session: Option<TtsSession>,
    canceller: Canceller,
    /// Audio that is computed and not yet returned.
    rest: Bytes,
}

impl Synthesis {
    /// The audio of all text that was pushed to `session`.
    pub(crate) fn new(mut session: TtsSession) -> Result<Self> {
        session.finish()?;
        Ok(Self { canceller: session.canceller(), session: Some(session), rest: Bytes::new() })
    }

    /// The next samples in the session's format, at most [`MAX_PIECE`] bytes; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        if self.rest.is_empty() {
            let Some(chunk) = self.chunk().await? else { return Ok(None) };
            self.rest = chunk;
        }
        Ok(Some(self.rest.split_to(self.rest.len().min(MAX_PIECE))))
    }

    /// Computes the next chunk.
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let Some(mut session) = self.session.take() else { return Ok(None) };
        let computing = spawn_blocking(move || {
            let audio = compute(&mut session);
            (session, audio)
        });
        let computed = timeout(CHUNK_TIMEOUT, computing)
            .await
            .map_err(|_| Error::new(ErrorKind::ModelStuck, "the voice does not answer; try again later"))?;
        let (session, audio) =
            computed.map_err(|_| Error::new(ErrorKind::Internal, "the voice panicked; try again"))?;
        let audio = audio?;
        if audio.is_some() {
            self.session = Some(session);
        }
        Ok(audio)
    }
}

impl Drop for Synthesis {
    fn drop(&mut self) {
        self.canceller.cancel();
    }
}

fn compute(session: &mut TtsSession) -> Result<Option<Bytes>> {
    while let Some(event) = session.next_event()? {
        match event {
            TtsEvent::Audio(chunk) => return Ok(Some(chunk.audio.into())),
            TtsEvent::Warning(warning) => tracing::debug!(code = warning.code(), "not spoken as asked for"),
            _ => {}
        }
    }
    Ok(None)
}
