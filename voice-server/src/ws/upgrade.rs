//! Admits clients. The decision is made before the upgrade is answered, so that a refusal is an HTTP status. Only a
//! token in the first message is checked after the upgrade.

use std::sync::Arc;
use std::time::Instant;

use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use voice_core::{Engine, Error, ErrorKind, LanguageTag};

use super::apology::Apology;
use super::counted::CountedIo;
use super::credentials::{Credential, HandshakeCredentials};
use super::first_message;
use super::resumable::{NewConnection, ResumeRequest};
use super::session::{self, Chosen, NewSession};
use super::socket::{MAX_MESSAGE, MAX_RECEIVED, Socket};
use crate::access::{Principal, too_many_awaited};
use crate::app::App;
use crate::connections::{ConnectionSlot, SessionConnection};
use crate::http::body::Body;
use crate::refusal::{Reason, Refusal};
use crate::request::{Call, SessionRoute, query};
use crate::security::admission::first_messages::FirstMessageSlot;
use crate::security::admission::gate::Permit;
use crate::security::credentials::jwt::TokenError;
use crate::sessions::SessionInfo;
use crate::telemetry;

/// Read and write buffers of a connection; the library's default of 128 KiB each would be most of a silent session's
/// memory.
const BUFFER: usize = 4 << 10;

/// The most bytes that wait for a client. Each message is accepted before the next is written, so this holds one reply.
/// The longest reply, with all alternatives for the audio of one message, has a few hundred kilobytes.
const MAX_UNSENT: usize = 4 << 20;

/// A client that was admitted.
enum AdmittedClient {
    Session(Box<NewSession>),
    /// It resumes a session.
    Resumed(Box<Resumed>),
    /// There is no model for it, and it asked for spoken errors.
    RefusedAloud(Box<RefusedAloud>),
}

/// A client that resumes a session.
struct Resumed {
    session: mpsc::Sender<NewConnection>,
    received: u64,
    expires: Option<Instant>,
    info: SessionInfo,
}

/// A client that is told in speech why it gets no session.
struct RefusedAloud {
    refusal: Refusal,
    apology: Apology,
    permit: Permit,
}

/// What a client asked for with its handshake.
pub(super) struct SessionRequest {
    route: SessionRoute,
    call: Call,
    language: Option<LanguageTag>,
    apology: Option<Apology>,
    /// Its trace context, if it sent one.
    trace: HeaderMap,
    protocol: Chosen,
    resume: Option<ResumeRequest>,
}

pub(crate) fn is_upgrade<B>(request: &Request<B>) -> bool {
    let names = |header| {
        let values = request.headers().get_all(header).iter();
        values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','))
    };
    names(CONNECTION).any(|name| name.trim().eq_ignore_ascii_case("upgrade"))
        && names(UPGRADE).any(|name| name.trim().eq_ignore_ascii_case("websocket"))
}

/// Admits the client and answers its handshake; the session runs in a separate task.
pub(crate) async fn upgrade(
    mut request: Request<Incoming>,
    route: SessionRoute,
    call: Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    let began = Instant::now();
    let place = ConnectionSlot::for_session(request.extensions())?;
    let mut handshake = Request::new(());
    *handshake.method_mut() = request.method().clone();
    *handshake.version_mut() = request.version();
    handshake.headers_mut().clone_from(request.headers());
    // The header may have several lines; only the first one is checked here.
    handshake.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
    let mut response = create_response(&handshake)
        .map_err(|_| Refusal::from(Reason::HandshakeInvalid))?
        .map(|()| Body::default());
    app.access.check_origin(&request)?;

    let presented = HandshakeCredentials::read(request.headers(), request.uri())?;
    let protocol = Chosen::of(presented.protocol.as_ref(), route)?;
    if let Some(protocol) = presented.protocol {
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    let language = query(request.uri(), "language").map(str::parse).transpose();
    let language = language.map_err(|error| Refusal::of(&error, None))?;
    let apology = Apology::requested(request.uri(), language.as_ref(), &app.engine)?;
    let trace = telemetry::trace(request.headers());
    let resume = presented.resume;
    let asked = SessionRequest { route, call, language, apology, trace, protocol, resume };
    let entry = match (route, presented.credential) {
        (SessionRoute::Basic, _) if !app.config.access.basic => return Err(Reason::BasicOff.into()),
        (SessionRoute::Basic, _) => Entry::Open(asked.admit(None, app).await?),
        (SessionRoute::Secure, Credential::FirstMessage) => {
            let waiting = app.access.await_token(asked.call.client).await?;
            Entry::FirstMessage(Box::new(asked), waiting)
        }
        (_, credential) => {
            let principal = asked.identify(credential, app).await?;
            Entry::Open(asked.admit(Some(principal), app).await?)
        }
    };
    if let Entry::Open(client) = &entry
        && let Some(permit) = client.permit()
    {
        permit.rate_status.write(response.headers_mut());
    }
    app.metrics.admission(began.elapsed());
    let app = Arc::clone(app);
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(connection) = upgraded.await else { return };
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_write_buffer_size(MAX_UNSENT)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let io = CountedIo::new(TokioIo::new(connection), MAX_RECEIVED);
        let mut socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        let client = match entry {
            Entry::Open(client) => client,
            Entry::FirstMessage(asked, place) => {
                match after_first_message(&mut socket, *asked, place, &app).await {
                    Ok(client) => client,
                    Err(refusal) => {
                        app.metrics.refusal(refusal.code);
                        return session::refuse(socket, &refusal).await;
                    }
                }
            }
        };
        client.serve(socket, place, app).await;
    });
    Ok(response)
}

enum Entry {
    Open(AdmittedClient),
    FirstMessage(Box<SessionRequest>, FirstMessageSlot),
}

impl AdmittedClient {
    fn permit(&self) -> Option<&Permit> {
        match self {
            Self::Session(session) => Some(&session.permit),
            Self::Resumed(_) => None,
            Self::RefusedAloud(refused) => Some(&refused.permit),
        }
    }

    async fn serve(self, socket: Socket, place: SessionConnection, app: Arc<App>) {
        match self {
            Self::Session(session) => session::drive(socket, place, *session, app).await,
            Self::Resumed(resumed) => {
                let Resumed { session, received, expires, info } = *resumed;
                let connection = NewConnection { socket, place, received, expires, info };
                if let Err(unsent) = session.send(connection).await {
                    let error = Error::new(ErrorKind::SessionEnded, "the session has ended; open a new one");
                    session::refuse(unsent.0.socket, &Refusal::of(&error, None)).await;
                }
            }
            Self::RefusedAloud(refused) => {
                let RefusedAloud { refusal, apology, permit } = *refused;
                app.metrics.refusal(refusal.code);
                session::refuse_aloud(socket, &refusal, &apology, &app).await;
                drop(permit);
            }
        }
    }
}

async fn after_first_message(
    socket: &mut Socket,
    asked: SessionRequest,
    place: FirstMessageSlot,
    app: &Arc<App>,
) -> Result<AdmittedClient, Refusal> {
    let token = tokio::select! {
        token = first_message::token(socket) => token?,
        () = place.displaced() => return Err(too_many_awaited()),
    };
    drop(place);
    let principal = asked.identify(Credential::Token(token), app).await?;
    asked.admit(Some(principal), app).await
}

impl SessionRequest {
    async fn identify(&self, credential: Credential, app: &App) -> Result<Principal, Refusal> {
        app.access.check_rate(self.call.client)?;
        let identified = match credential {
            Credential::FirstMessage => Err(TokenError::Missing.into()),
            Credential::Token(token) => app.access.by_token(&token, self.route).await,
            Credential::Ticket(ticket) => app.access.by_ticket(&ticket, self.route).await,
        };
        match identified {
            Ok(principal) => Ok(principal),
            Err(refusal) => Err(app.access.refuse_unauthenticated(refusal, &self.call, &app.audit).await),
        }
    }

    /// Whether the server has a model for the requested language, loaded or not.
    fn is_language_served(&self, engine: &Engine) -> bool {
        self.language.as_ref().is_none_or(|language| engine.has_stt(language))
    }

    async fn admit(mut self, principal: Option<Principal>, app: &App) -> Result<AdmittedClient, Refusal> {
        let subject = principal.as_ref().map(|principal| principal.subject.as_str());
        let info = SessionInfo {
            path: self.route.path(),
            address: self.call.client.to_string(),
            request_id: self.call.id.clone(),
            subject: subject.map(str::to_owned),
            token_id: principal.as_ref().map(|principal| principal.token_id.clone()),
        };
        if let Some(request) = self.resume.take().filter(|_| self.protocol != Chosen::Vosk) {
            // With a token, the client was counted when it showed it.
            if principal.is_none() {
                app.access.check_rate(self.call.client)?;
            }
            let is_interview = self.route == SessionRoute::Healthcare;
            if let Some(session) = app.resumables.find(&request, subject, is_interview) {
                let expires = principal.as_ref().and_then(|principal| principal.expires);
                let received = request.received;
                return Ok(AdmittedClient::Resumed(Box::new(Resumed { session, received, expires, info })));
            }
            self.protocol = Chosen::VoiceV1 { is_lost: true, is_interview };
        }
        let models = match app.engine.stt_models(self.language.as_ref()) {
            Ok(models) => models,
            // No other model can be used, so waiting does not help.
            Err(error) if !self.is_language_served(&app.engine) => return Err(Refusal::of(&error, None)),
            Err(error) => {
                let refusal = Refusal::unavailable(&error, app.engine.next_try());
                let Some(apology) = self.apology.filter(|apology| apology.can_be_said(&app.engine)) else {
                    return Err(refusal);
                };
                let permit = app.access.admit(self.call.client, subject).await?;
                return Ok(AdmittedClient::RefusedAloud(Box::new(RefusedAloud { refusal, apology, permit })));
            }
        };
        let permit = app.access.admit(self.call.client, subject).await?;
        // A refused client has no session and no span.
        let span = app.traces.session(&self.trace, self.route.path(), &self.call.id);
        Ok(AdmittedClient::Session(Box::new(NewSession {
            models,
            permit,
            principal,
            info,
            span,
            apology: self.apology,
            protocol: self.protocol,
        })))
    }
}
