//! `POST /v1/audio/speech`: text in, audio out while it is computed, with the interface of `OpenAI`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep_until, timeout};
use voice_core::audio::{Output, wav};
use voice_core::text::Language;
use voice_core::tts::{Style, TtsOptions, TtsSession};
use voice_core::{Error, ErrorKind, Result};

use super::body::{Body, Part, StreamBody};
use super::json;
use super::route::Route;
use crate::access::Principal;
use crate::app::App;
use crate::connections::{ConnectionSlot, SessionConnection};
use crate::refusal::{Reason, Refusal};
use crate::request::{Call, SessionRoute};
use crate::security::admission::gate::Permit;
use crate::security::credentials::jwt::TokenError;
use crate::sessions::{Listed, SessionInfo};
use crate::synthesis::Synthesis;
use crate::telemetry::{self, SessionSpan};

/// The longest text, as in `OpenAI`'s service.
const MAX_CHARACTERS: usize = 4_096;

/// The longest body: that text with every character escaped, and the other fields.
const MAX_BODY: usize = 64 << 10;

/// Chunks that may wait for a client that reads more slowly than the voice speaks.
const MAX_WAITING_CHUNKS: usize = 1;

/// The longest time that a client may take to accept a chunk.
const SEND_TIMEOUT: Duration = Duration::from_mins(1);

/// The default rate of raw PCM, as in `OpenAI`'s service.
const RAW_PCM_RATE: u32 = 24_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpeechRequest {
    input: String,
    voice: Option<VoiceName>,
    response_format: Option<String>,
    stream_format: Option<String>,
    speed: Option<f32>,
    language: Option<String>,
    sample_rate: Option<u32>,
    #[serde(default)]
    ssml: bool,
    /// `OpenAI`'s clients must send a model; here the voice is the model.
    #[serde(rename = "model")]
    _model: Option<IgnoredAny>,
    #[serde(rename = "instructions")]
    _instructions: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum VoiceName {
    Name(String),
    Object { id: String },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Wav,
    RawPcm,
    /// In Ogg, as in `OpenAI`'s service.
    Opus,
}

impl Container {
    fn content_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::RawPcm => "audio/pcm",
            Self::Opus => "audio/ogg",
        }
    }

    /// The bytes before the audio of a session.
    fn header(self, rate: u32) -> Result<Vec<u8>> {
        match self {
            Self::Wav => wav::stream_header(rate).map(|header| header.to_vec()),
            Self::RawPcm | Self::Opus => Ok(Vec::new()),
        }
    }
}

impl SpeechRequest {
    fn container(&self) -> Result<Container> {
        let invalid = |message| Err(Error::new(ErrorKind::OptionInvalid, message));
        if self.stream_format.as_deref().is_some_and(|format| format != "audio") {
            return invalid("stream_format must be audio; leave it out");
        }
        match self.response_format.as_deref() {
            None | Some("wav") => Ok(Container::Wav),
            Some("pcm") => Ok(Container::RawPcm),
            Some("opus") => Ok(Container::Opus),
            Some(_) => invalid("response_format must be wav, pcm or opus; other formats are not supported"),
        }
    }

    /// Opens a session with the text, and returns it with the container of its audio.
    fn session(self, app: &App) -> Result<(TtsSession, Container)> {
        let container = self.container()?;
        let length = self.input.chars().count();
        if length > MAX_CHARACTERS {
            let message = format!("input has {length} characters; send at most {MAX_CHARACTERS} at a time");
            return Err(Error::new(ErrorKind::TextTooLarge, message));
        }
        if self.input.trim().is_empty() {
            return Err(Error::new(ErrorKind::TextEmpty, "input is empty; send the text to speak"));
        }
        let voice = self.voice.map(|(VoiceName::Name(name) | VoiceName::Object { id: name })| name);
        let mut session = app.engine.tts_session(TtsOptions {
            language: self.language.as_deref().map(str::parse).transpose()?,
            expected_language: Some(Language::guess(&self.input).tag()),
            voice,
            output: if container == Container::Opus { Output::OggOpus } else { Output::Samples },
            sample_rate: self.sample_rate.or((container == Container::RawPcm).then_some(RAW_PCM_RATE)),
            loudness: app.config.loudness.0,
            lexicon: app.lexicon.get(),
            style: Style { speed: self.speed.unwrap_or(1.0), ..Style::default() },
            // Its audio is never given out again.
            kept_ms: 0,
            ..TtsOptions::default()
        })?;
        if self.ssml { session.push_ssml(&self.input) } else { session.push(&self.input) }?;
        Ok((session, container))
    }
}

pub(super) async fn speak(
    request: Request<Incoming>,
    call: Call,
    app: &Arc<App>,
) -> std::result::Result<Response<Body>, Refusal> {
    let came = Instant::now();
    app.access.check_origin(&request)?;
    let principal = identify(&request, &call, app).await?;
    let trace = telemetry::trace(request.headers());
    let identified = came.elapsed();
    let extensions = request.extensions().clone();
    let wanted: SpeechRequest = json::read(request.into_body(), MAX_BODY, app.config.limits.head).await?;
    let connection = ConnectionSlot::for_session(&extensions)?;
    let asked = Instant::now();
    let subject = principal.as_ref().map(|principal| principal.subject.clone());
    let permit = app.access.admit(call.client, subject.as_deref()).await?;
    app.metrics.admission(identified + asked.elapsed());
    let rate_status = permit.rate_status;
    let refuse = |error: &Error| Refusal::of(error, app.engine.next_try()).with_rate(rate_status);
    let (session, container) = wanted.session(app).map_err(|error| refuse(&error))?;
    let rate = session.format().sample_rate();
    let speech = Synthesis::new(session, app).map_err(|error| refuse(&error))?;
    let header = container.header(rate).map_err(|error| refuse(&error))?;
    let mut span = app.traces.session(&trace, Route::Speech.name(), &call.id);
    let listed = app.session_opened(SessionInfo {
        path: Route::Speech.name(),
        address: call.client.to_string(),
        request_id: call.id,
        subject,
        token_id: principal.as_ref().map(|principal| principal.token_id.clone()),
    });
    span.opened(listed.id);
    let (sender, receiver) = mpsc::channel(MAX_WAITING_CHUNKS);
    let expires = principal.and_then(|principal| principal.expires);
    let stream = SpeechResponse { speech, header, asked, sender, connection, permit, listed, span, expires };
    let (begins, begun) = oneshot::channel();
    // Runs in a separate task: this one ends when its client disconnects, but the end of the session must be recorded.
    tokio::spawn(stream.run(begins, Arc::clone(app)));
    // A voice that fails at once gives an error status. Later the status is already sent.
    let begun =
        begun.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Internal, "the voice is lost; try again")));
    begun.map_err(|error| refuse(&error))?;

    let mut response = Response::new(Body::Stream(StreamBody::new(receiver)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(container.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("voice-sample-rate", rate.into());
    rate_status.write(headers);
    Ok(response)
}

/// The holder of the token; `None` if no token is needed and none was used.
pub(super) async fn identify(
    request: &Request<Incoming>,
    call: &Call,
    app: &App,
) -> std::result::Result<Option<Principal>, Refusal> {
    // OpenAI's clients always send a token. Without tokens on the server it is ignored.
    let shown = app.config.access.tokens.is_some() && request.headers().contains_key(AUTHORIZATION);
    app.access.check_rate(call.client)?;
    let identified = if shown || !app.config.access.basic {
        app.access.by_header(request.headers(), SessionRoute::Secure).await.map(Some)
    } else {
        Ok(None)
    };
    match identified {
        Ok(principal) => Ok(principal),
        Err(refusal) => Err(app.access.refuse_unauthenticated(refusal, call, &app.audit).await),
    }
}

/// A session of speech whose audio is being sent.
struct SpeechResponse {
    speech: Synthesis,
    /// The header of the audio file.
    header: Vec<u8>,
    asked: Instant,
    sender: mpsc::Sender<Part>,
    /// Keeps the connection from being closed to make room.
    connection: SessionConnection,
    permit: Permit,
    listed: Listed,
    span: SessionSpan,
    expires: Option<Instant>,
}

impl SpeechResponse {
    /// Reports through `begins` whether the audio starts, and sends all of it.
    async fn run(mut self, begins: oneshot::Sender<Result<()>>, app: Arc<App>) {
        let how = match self.speech.next().await {
            Err(error) => {
                let code = error.code();
                let _ = begins.send(Err(error));
                code
            }
            Ok(first) => {
                app.metrics.first_audio_after(self.asked.elapsed());
                app.metrics.speech(self.speech.count());
                self.header.extend_from_slice(&first.unwrap_or_default());
                // The channel has room for it.
                let _ = self.sender.try_send(Part::Data(std::mem::take(&mut self.header).into()));
                let _ = begins.send(Ok(()));
                self.send_all(&app).await
            }
        };
        self.span.ended(how, 0);
        app.session_ended(&self.listed, how);
        drop((self.permit, self.connection));
    }

    /// Sends the rest, and returns how the session ended.
    async fn send_all(&mut self, app: &App) -> &'static str {
        let longest = Instant::now() + app.config.limits.session;
        let (end, why) = match self.expires {
            Some(expires) if expires < longest => (expires, TokenError::Expired.code()),
            _ => (longest, Reason::SessionTooLong.code()),
        };
        let (speech, sender) = (&mut self.speech, &self.sender);
        let all = async {
            loop {
                let part = match speech.next().await {
                    Ok(chunk) => chunk.map_or(Part::End, Part::Data),
                    Err(error) => return error.code(),
                };
                app.metrics.speech(speech.count());
                let is_last = matches!(part, Part::End);
                match timeout(SEND_TIMEOUT, sender.send(part)).await {
                    Ok(Ok(())) if is_last => return "ok",
                    Ok(Ok(())) => {}
                    Ok(Err(_)) | Err(_) => return "gone",
                }
            }
        };
        tokio::select! {
            how = all => how,
            why = self.listed.asked_to_end() => why.code,
            () = sleep_until(end.into()) => why,
            () = sender.closed() => "gone",
        }
    }
}
