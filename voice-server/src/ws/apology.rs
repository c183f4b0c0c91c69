//! The spoken explanation for a client that asked for it and cannot get a session.

use std::sync::Arc;
use std::time::Duration;

use futures_util::SinkExt as _;
use hyper::Uri;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use voice_core::text::Language;
use voice_core::tts::{TtsOptions, apology};
use voice_core::{Engine, Error, ErrorKind, LanguageTag, Result};

use super::socket::Socket;
use crate::app::App;
use crate::refusal::Refusal;
use crate::request::query;
use crate::synthesis::Synthesis;

/// The time to speak it and to send all of it.
const APOLOGY_TIMEOUT: Duration = Duration::from_secs(30);

/// The request for spoken errors: `?spoken_errors=RATE`, in Hz.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Apology {
    sample_rate: u32,
    language: LanguageTag,
}

impl Apology {
    /// The request of a client that asks for sessions in `language`, if it makes one.
    pub(super) fn requested(
        uri: &Uri,
        language: Option<&LanguageTag>,
        engine: &Engine,
    ) -> std::result::Result<Option<Self>, Refusal> {
        let Some(rate) = query(uri, "spoken_errors") else { return Ok(None) };
        let sample_rate =
            rate.parse().ok().filter(|rate| (4_000..=192_000).contains(rate)).ok_or_else(|| {
                let message = "spoken_errors is a sample rate; give 4000 to 192000";
                Refusal::of(&Error::new(ErrorKind::OptionInvalid, message), None)
            })?;
        let first = || engine.health().stt.first().and_then(|model| model.languages.first().cloned());
        let language = language.cloned().or_else(first);
        Ok(Some(Self { sample_rate, language: language.unwrap_or_else(|| Language::Arabic.tag()) }))
    }

    /// Whether there is a voice for it.
    pub(super) fn can_be_said(&self, engine: &Engine) -> bool {
        engine.voices(Some(&self.language)).is_ok()
    }

    /// Speaks it, as binary messages of signed 16-bit little-endian mono samples. Without a voice it does nothing.
    pub(super) async fn say(&self, socket: &mut Socket, app: &Arc<App>) {
        let said = async {
            let mut speech = self.speech(app)?;
            while let Some(audio) = speech.next().await? {
                if socket.send(Message::Binary(audio)).await.is_err() {
                    break;
                }
            }
            Ok::<_, Error>(())
        };
        if let Ok(Err(error)) = timeout(APOLOGY_TIMEOUT, said).await {
            tracing::debug!(code = error.code(), "the spoken error was not sent");
        }
    }

    fn speech(&self, app: &App) -> Result<Synthesis> {
        let mut session = app.engine.tts_session(TtsOptions {
            language: Some(self.language.clone()),
            sample_rate: Some(self.sample_rate),
            loudness: app.config.loudness.0,
            // Its audio is never given out again.
            kept_ms: 0,
            ..TtsOptions::default()
        })?;
        session.push(apology(&self.language))?;
        Synthesis::new(session, app)
    }
}
