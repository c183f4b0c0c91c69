//! A session from its admission to its end, on one connection or several.

use std::sync::Arc;
use std::time::Instant;

use futures_util::SinkExt as _;
use hyper::header::HeaderValue;
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use voice_core::stt::Model;

use super::apology::Apology;
use super::closing::{Close, close, close_with, tell};
use super::dialog::DialogSession;
use super::driver::{Driver, Lasting};
use super::socket::{SEND_TIMEOUT, Socket};
use super::vosk::VoskSession;
use crate::access::Principal;
use crate::app::App;
use crate::connections::SessionConnection;
use crate::protocol::{error_json, voice_v1};
use crate::refusal::{Reason, Refusal};
use crate::request::SessionRoute;
use crate::security::admission::gate::Permit;
use crate::sessions::{Listed, SessionInfo};
use crate::telemetry::SessionSpan;

/// Everything that a session needs to begin.
pub(super) struct NewSession {
    /// In order of preference; at least one.
    pub(super) models: Vec<Arc<dyn Model>>,
    pub(super) permit: Permit,
    pub(super) principal: Option<Principal>,
    pub(super) info: SessionInfo,
    pub(super) span: SessionSpan,
    pub(super) apology: Option<Apology>,
    pub(super) protocol: Chosen,
}

/// The protocol that the handshake asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chosen {
    /// None: the first message decides.
    ByFirstMessage,
    Vosk,
    VoiceV1 {
        /// The client wanted to resume a session that is over.
        is_lost: bool,
        /// The session is an interview.
        is_interview: bool,
    },
}

impl Chosen {
    /// By the subprotocol that answers the handshake, and the path. Interviews have one protocol.
    pub(super) fn of(subprotocol: Option<&HeaderValue>, route: SessionRoute) -> Result<Self, Refusal> {
        let is_interview = route == SessionRoute::Healthcare;
        match subprotocol.map(HeaderValue::as_bytes) {
            Some(name) if name == voice_v1::NAME.as_bytes() => {
                Ok(Self::VoiceV1 { is_lost: false, is_interview })
            }
            Some(b"vosk") if is_interview => {
                Err(Refusal::from(Reason::HandshakeInvalid).saying("sessions of this path speak voice.v1"))
            }
            Some(b"vosk") => Ok(Self::Vosk),
            _ if is_interview => Ok(Self::VoiceV1 { is_lost: false, is_interview }),
            _ => Ok(Self::ByFirstMessage),
        }
    }
}

/// A session on its connection.
struct Running<'a> {
    /// Keeps the connection from being closed to make room.
    place: SessionConnection,
    expires: Option<Instant>,
    listed: &'a Listed,
    span: &'a mut SessionSpan,
    app: &'a Arc<App>,
}

/// Serves one client until either side is done.
pub(super) async fn drive(mut socket: Socket, place: SessionConnection, new: NewSession, app: Arc<App>) {
    let NewSession { models, permit, principal, info, mut span, apology, protocol } = new;
    let subject = info.subject.clone();
    let listed = app.session_opened(info);
    span.opened(listed.id);
    let expires = principal.and_then(|principal| principal.expires);
    let mut running = Running { place, expires, listed: &listed, span: &mut span, app: &app };
    let how = match protocol {
        // On the heap, so that the other protocol's sessions do not have room for it.
        Chosen::VoiceV1 { is_lost, is_interview } => {
            let mut protocol = DialogSession::new(listed.id, subject, is_interview, Arc::clone(&app));
            if is_lost {
                protocol.not_resumed();
            }
            Box::pin(running.voice_v1(socket, protocol)).await
        }
        Chosen::ByFirstMessage | Chosen::Vosk => {
            let may_switch = protocol == Chosen::ByFirstMessage;
            match running.vosk(&mut socket, models, may_switch, apology.as_ref()).await {
                Close::Switch(first) => {
                    let mut protocol = DialogSession::new(listed.id, subject, false, Arc::clone(&app));
                    protocol.begin(&first);
                    Box::pin(running.voice_v1(socket, protocol)).await
                }
                how => how,
            }
        }
    };
    let code = how.code();
    drop(running);
    span.ended(&code, listed.bytes());
    app.session_ended(&listed, &code);
    drop(permit);
}

impl Running<'_> {
    async fn vosk(
        &mut self,
        socket: &mut Socket,
        models: Vec<Arc<dyn Model>>,
        may_switch: bool,
        apology: Option<&Apology>,
    ) -> Close {
        let protocol = VoskSession::new(models, may_switch, Arc::clone(self.app));
        let mut lasting = Lasting::new(protocol, self.app, self.expires);
        let how = self.run(socket, &mut lasting).await;
        if let (Close::Because(CloseCode::Error, error), Some(apology)) = (&how, apology) {
            // The model does not answer; the client is not at fault.
            let told = Message::text(json!({"text": "", "error": error_json(error)}).to_string());
            if let Ok(Ok(())) = timeout(SEND_TIMEOUT, socket.send(told)).await {
                apology.say(socket, self.app).await;
            }
        }
        if !matches!(how, Close::Switch(_)) {
            close(socket, &how).await;
        }
        how
    }

    async fn voice_v1(&mut self, mut socket: Socket, protocol: DialogSession) -> Close {
        let mut lasting = Lasting::new(protocol, self.app, self.expires);
        loop {
            let how = self.run(&mut socket, &mut lasting).await;
            if !matches!(how, Close::Gone) || !lasting.protocol.is_resumable() {
                close(&mut socket, &how).await;
                return how;
            }
            // The connection may be dead, and the next one does not wait for it.
            let why = if lasting.protocol.is_replaced() { Close::Replaced } else { Close::Lost };
            tokio::spawn(async move { close(&mut socket, &why).await });
            let mut shutdown = self.app.shutdown.subscribe();
            let next = tokio::select! {
                next = lasting.protocol.parked() => next,
                _ = self.listed.asked_to_end() => None,
                () = async { drop(shutdown.wait_for(|down| *down).await) } => None,
            };
            let Some(next) = next else { return Close::Gone };
            socket = next.socket;
            self.place = next.place;
            self.listed.moved(next.info);
            lasting.deadlines.reconnected(next.expires, Instant::now());
            lasting.protocol.resume(next.received);
        }
    }

    async fn run<P: super::protocol::Protocol>(
        &mut self,
        socket: &mut Socket,
        lasting: &mut Lasting<P>,
    ) -> Close {
        let Self { listed, span, app, .. } = self;
        Driver { socket, lasting, session: listed, span, app }.run().await
    }
}

/// Tells a client that was admitted to send its token why it is refused.
pub(super) async fn refuse(mut socket: Socket, refusal: &Refusal) {
    if tell(&mut socket, refusal).await {
        close_with(socket, CloseCode::Policy, refusal).await;
    }
}

/// Tells a client for which there is no model why, in text and in speech.
pub(super) async fn refuse_aloud(mut socket: Socket, refusal: &Refusal, apology: &Apology, app: &Arc<App>) {
    if tell(&mut socket, refusal).await {
        apology.say(&mut socket, app).await;
        close_with(socket, CloseCode::Again, refusal).await;
    }
}
