//! Who gets in. All is decided before the upgrade is answered, so that a refusal is an HTTP status; only a token that
//! comes as the first message is looked at after it.

use std::sync::Arc;
use std::time::Instant;

use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use voice_core::ErrorKind;

use super::apology::Apology;
use super::counted::Counted;
use super::credentials::{Credentials, Shown};
use super::first_message;
use super::session::{self, Admitted};
use super::socket::{MAX_MESSAGE, MAX_RECEIVED, Socket};
use crate::access::{Identity, too_many_awaited};
use crate::app::App;
use crate::connections::Place;
use crate::http::body::Body;
use crate::refusal::{Reason, Refusal};
use crate::request::{Call, Door, query};
use crate::security::first_messages::Awaited;
use crate::security::gate::Permit;
use crate::security::jwt::TokenError;
use crate::sessions::Opener;
use crate::telemetry;

/// Read and write buffers of a connection; the library's default of 128 KiB each would be most of a
/// silent session's memory.
const BUFFER: usize = 4 << 10;

/// The most bytes that wait for a client. Each message is taken before the next is written, so this holds one reply; the
/// longest, with all alternatives of the audio of one message, has a few hundred kilobytes.
const MAX_UNSENT: usize = 4 << 20;

/// What becomes of a client that may have a session.
enum Admission {
    Session(Box<Admitted>),
    /// There is no model for it, and it wishes to hear so.
    Sorry(Box<Sorry>),
}

/// A client that is to be told why there is no session.
struct Sorry {
    refusal: Refusal,
    apology: Apology,
    permit: Permit,
}

/// What a client asked for at its handshake.
pub(super) struct Wish {
    door: Door,
    call: Call,
    language: Option<String>,
    apology: Option<Apology>,
    /// Where its trace begins, if it has one.
    trace: HeaderMap,
}

pub(crate) fn is_upgrade<B>(request: &Request<B>) -> bool {
    let names = |header| {
        let values = request.headers().get_all(header).iter();
        values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','))
    };
    names(CONNECTION).any(|name| name.trim().eq_ignore_ascii_case("upgrade"))
        && names(UPGRADE).any(|name| name.trim().eq_ignore_ascii_case("websocket"))
}

/// Admits the client and answers its handshake; the session runs in a task of its own.
pub(crate) async fn upgrade(
    mut request: Request<Incoming>,
    door: Door,
    call: Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    let began = Instant::now();
    let place = Place::for_session(request.extensions())?;
    let mut handshake = Request::new(());
    *handshake.method_mut() = request.method().clone();
    *handshake.version_mut() = request.version();
    handshake.headers_mut().clone_from(request.headers());
    // It is there, perhaps in another line than the first, which is all that is looked at now.
    handshake.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
    let mut response = create_response(&handshake)
        .map_err(|_| Refusal::from(Reason::HandshakeInvalid))?
        .map(|()| Body::default());
    app.access.check_origin(&request)?;

    let shown = Shown::read(request.headers(), request.uri())?;
    if let Some(protocol) = shown.protocol {
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    let language = query(request.uri(), "language").map(str::to_owned);
    let apology = Apology::wished(request.uri(), language.as_deref(), app)?;
    let wish = Wish { door, call, language, apology, trace: telemetry::trace(request.headers()) };
    let entrance = match (door, shown.credentials) {
        (Door::Basic, _) if !app.config.access.basic => return Err(Reason::BasicOff.into()),
        (Door::Basic, _) => Entrance::Open(wish.admit(None, app).await?),
        (Door::Secure, Credentials::Awaited) => {
            let waiting = app.access.await_token(wish.call.client).await?;
            Entrance::Awaiting(Box::new(wish), waiting)
        }
        (_, credentials) => {
            let identity = wish.identify(credentials, app).await?;
            if door == Door::Healthcare {
                return Err(Reason::NotBuilt.into());
            }
            Entrance::Open(wish.admit(Some(identity), app).await?)
        }
    };
    if let Entrance::Open(admission) = &entrance {
        admission.permit().standing.write(response.headers_mut());
    }
    app.metrics.admission(began.elapsed());
    let app = Arc::clone(app);
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let _place = place;
        let Ok(connection) = upgraded.await else { return };
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_write_buffer_size(MAX_UNSENT)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let io = Counted::new(TokioIo::new(connection), MAX_RECEIVED);
        let mut socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        let admission = match entrance {
            Entrance::Open(admission) => admission,
            Entrance::Awaiting(wish, place) => {
                match after_first_message(&mut socket, *wish, place, &app).await {
                    Ok(admission) => admission,
                    Err(refusal) => {
                        app.metrics.refusal(refusal.code);
                        return session::turn_away(socket, &refusal).await;
                    }
                }
            }
        };
        admission.serve(socket, app).await;
    });
    Ok(response)
}

enum Entrance {
    Open(Admission),
    Awaiting(Box<Wish>, Awaited),
}

impl Admission {
    fn permit(&self) -> &Permit {
        match self {
            Self::Session(admitted) => &admitted.permit,
            Self::Sorry(sorry) => &sorry.permit,
        }
    }

    async fn serve(self, socket: Socket, app: Arc<App>) {
        match self {
            Self::Session(admitted) => session::drive(socket, *admitted, app).await,
            Self::Sorry(sorry) => {
                let Sorry { refusal, apology, permit } = *sorry;
                app.metrics.refusal(refusal.code);
                session::apologise(socket, &refusal, &apology, &app).await;
                drop(permit);
            }
        }
    }
}

async fn after_first_message(
    socket: &mut Socket,
    wish: Wish,
    place: Awaited,
    app: &Arc<App>,
) -> Result<Admission, Refusal> {
    let token = tokio::select! {
        token = first_message::token(socket) => token?,
        () = place.displaced() => return Err(too_many_awaited()),
    };
    drop(place);
    let identity = wish.identify(Credentials::Token(token), app).await?;
    wish.admit(Some(identity), app).await
}

impl Wish {
    async fn identify(&self, credentials: Credentials, app: &App) -> Result<Identity, Refusal> {
        app.access.may_try(self.call.client)?;
        let identified = match credentials {
            Credentials::Awaited => Err(TokenError::Missing.into()),
            Credentials::Token(token) => app.access.by_token(&token, self.door).await,
            Credentials::Ticket(ticket) => app.access.by_ticket(&ticket, self.door).await,
        };
        match identified {
            Ok(identity) => Ok(identity),
            Err(refusal) => Err(app.access.turned_away(refusal, &self.call, &app.audit).await),
        }
    }

    async fn admit(self, identity: Option<Identity>, app: &App) -> Result<Admission, Refusal> {
        let subject = identity.as_ref().map(|identity| identity.subject.as_str());
        let model = match app.engine.stt_model(self.language.as_deref()) {
            Ok(model) => model,
            Err(error) if error.kind() == ErrorKind::OptionInvalid => {
                return Err(Refusal::of(&error, StatusCode::BAD_REQUEST, None));
            }
            Err(error) if self.language.as_ref().is_some_and(|language| !app.engine.has_stt(language)) => {
                // No waiting helps.
                return Err(Refusal::of(&error, StatusCode::NOT_FOUND, None));
            }
            Err(error) => {
                let refusal = Refusal::of(&error, StatusCode::SERVICE_UNAVAILABLE, app.engine.next_try());
                let Some(apology) = self.apology.filter(|apology| apology.can_be_said(app)) else {
                    return Err(refusal);
                };
                let permit = app.access.admit(self.call.client, subject).await?;
                return Ok(Admission::Sorry(Box::new(Sorry { refusal, apology, permit })));
            }
        };
        let permit = app.access.admit(self.call.client, subject).await?;
        // A client that is refused has no session, and no span of one.
        let span = app.traces.session(&self.trace, self.door.path(), &self.call.id);
        let opener = Opener {
            path: self.door.path(),
            address: self.call.client.to_string(),
            request_id: self.call.id,
            subject: subject.map(str::to_owned),
            token_id: identity.as_ref().map(|identity| identity.token_id.clone()),
        };
        Ok(Admission::Session(Box::new(Admitted {
            model,
            permit,
            identity,
            opener,
            span,
            apology: self.apology,
        })))
    }
}
