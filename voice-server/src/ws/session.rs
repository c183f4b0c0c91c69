use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as WsError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use voice_core::pool::{self, Attached, Outcome};
use voice_core::stt::{Model, Session};
use voice_core::{Error, ErrorKind};

use super::upgrade::MAX_MESSAGE;
use crate::protocol::vosk::{Action, Conversation};
use crate::serve::App;
use crate::sessions::Admission;

/// A client that sends nothing for this long is gone.
const IDLE: Duration = Duration::from_mins(10);

/// A command without an outcome for this long has none: its engine hangs.
const LATE: Duration = Duration::from_mins(1);

/// How often a connection looks at the clock for both.
const TICK: Duration = Duration::from_secs(10);

/// A client that does not take what it is sent for this long is gone.
const SLOW: Duration = Duration::from_mins(1);

/// What a client gets to answer a close.
const LINGER: Duration = Duration::from_secs(2);

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Serves one client until either side is done.
pub(crate) async fn drive(socket: Socket, model: Arc<dyn Model>, app: Arc<App>, admission: Admission) {
    let id = admission.id;
    let started = Instant::now();
    tracing::debug!(session = id, "opened");
    let (outcomes, results) = mpsc::channel(pool::QUEUE);
    let conversation = Conversation::new(app.config.endpoint);
    let mut driver = Driver {
        socket,
        model,
        conversation,
        attached: None,
        outcomes,
        app,
        bytes: 0,
        heard: started,
        served: started,
    };
    let close = driver.run(results).await;
    let broken = matches!(close, Close::Because(..));
    if let Some(frame) = close.frame() {
        tracing::debug!(session = id, close = u16::from(frame.code), reason = %frame.reason, "closing");
        let _ = timeout(SLOW, driver.socket.close(Some(frame))).await;
    }
    let _ = timeout(LINGER, part(&mut driver.socket, broken)).await;
    let seconds = started.elapsed().as_secs_f32();
    tracing::info!(session = id, seconds, bytes = driver.bytes, "session ended");
}

/// Completes the closing handshake, whichever side began it.
async fn part(socket: &mut Socket, broken: bool) {
    while let Some(Ok(_)) = socket.next().await {}
    if broken {
        // Had the client's last bytes been left unread, the system would reset the connection, and
        // the client might never see the close frame.
        let mut rest = socket.get_mut().take(16 * MAX_MESSAGE as u64);
        let _ = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await;
    }
}

struct Driver {
    socket: Socket,
    model: Arc<dyn Model>,
    conversation: Conversation,
    attached: Option<Attached>,
    outcomes: mpsc::Sender<Outcome>,
    app: Arc<App>,
    bytes: u64,
    /// When the client last sent something.
    heard: Instant,
    /// When the last outcome came, or nothing was under way.
    served: Instant,
}

/// How a connection ends.
enum Close {
    /// The client closed it, or it broke.
    Gone,
    Regular,
    GoingAway,
    /// Something the client did, told in the reply before.
    Refused,
    /// Something the client did that has no reply of its own.
    Because(CloseCode, Error),
}

impl Close {
    fn frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Gone => return None,
            Self::Regular => (CloseCode::Normal, Utf8Bytes::default()),
            Self::GoingAway => (CloseCode::Away, "the server is shutting down; reconnect".into()),
            Self::Refused => (CloseCode::Policy, "see the error in the last message".into()),
            Self::Because(code, error) => (code, reason(&error).into()),
        };
        Some(CloseFrame { code, reason })
    }
}

/// The error in the 123 bytes that a close frame has for it.
fn reason(error: &Error) -> String {
    let mut text = format!("{}: {error}", error.code());
    text.truncate(text.floor_char_boundary(123));
    text
}

impl Driver {
    async fn run(&mut self, mut results: mpsc::Receiver<Outcome>) -> Close {
        let mut shutdown = self.app.shutdown.subscribe();
        let mut leaving = false;
        // One timer for the whole connection: a message costs none.
        let mut clock = tokio::time::interval(TICK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if !self.conversation.is_waiting() {
                self.served = Instant::now();
            }
            // A client that is ahead of the decoder is not read: its own connection fills up.
            let has_room = self.conversation.has_room();
            let step = tokio::select! {
                Some(outcome) = results.recv() => {
                    // A session that panicked is closed: no other outcome will come.
                    let lost = outcome.error.as_ref().is_some_and(|error| error.kind() == ErrorKind::Internal);
                    self.served = Instant::now();
                    let actions = self.conversation.outcome(outcome);
                    let step = self.act(actions).await;
                    if lost {
                        let error = Error::new(ErrorKind::Internal, "the session failed; reconnect");
                        return Close::Because(CloseCode::Error, error);
                    }
                    step
                }
                message = self.socket.next(), if has_room => match message {
                    Some(Ok(message)) => {
                        self.heard = Instant::now();
                        self.take(message).await
                    }
                    Some(Err(error)) => ControlFlow::Break(because_of(&error)),
                    None => ControlFlow::Break(Close::Gone),
                },
                _ = clock.tick() => self.look_at_the_clock(),
                () = async { drop(shutdown.wait_for(|down| *down).await) }, if !leaving && has_room => {
                    leaving = true;
                    let actions = self.conversation.end(&*self.model);
                    self.act(actions).await
                }
            };
            match step {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(Close::Regular) if leaving => return Close::GoingAway,
                ControlFlow::Break(close) => return close,
            }
        }
    }

    fn look_at_the_clock(&self) -> ControlFlow<Close> {
        if self.conversation.is_waiting() {
            if self.served.elapsed() < LATE {
                return ControlFlow::Continue(());
            }
            let error = Error::new(ErrorKind::ModelStuck, "the engine does not answer; reconnect");
            return ControlFlow::Break(Close::Because(CloseCode::Error, error));
        }
        if self.heard.elapsed() < IDLE {
            return ControlFlow::Continue(());
        }
        let error = Error::new(ErrorKind::SessionEnded, "nothing was sent for 10 minutes");
        ControlFlow::Break(Close::Because(CloseCode::Policy, error))
    }

    async fn take(&mut self, message: Message) -> ControlFlow<Close> {
        let actions = match message {
            Message::Binary(audio) => {
                self.bytes += audio.len() as u64;
                self.conversation.audio(audio.into(), &*self.model)
            }
            Message::Text(text) => self.conversation.text(&text, &*self.model),
            Message::Close(_) => return ControlFlow::Break(Close::Gone),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return ControlFlow::Continue(()),
        };
        self.act(actions).await
    }

    async fn act(&mut self, actions: Vec<Action>) -> ControlFlow<Close> {
        for action in actions {
            match action {
                Action::Open(options) => match Session::new(Arc::clone(&self.model), options) {
                    Ok(session) => {
                        let outcomes = self.outcomes.clone();
                        // Never full: it holds as many outcomes as there can be commands under way.
                        let sink = move |outcome| drop(outcomes.try_send(outcome));
                        self.attached = Some(self.app.pool.attach(session, sink));
                    }
                    Err(error) => return ControlFlow::Break(Close::Because(CloseCode::Policy, error)),
                },
                Action::Submit(command) => {
                    let submitted = self.attached.as_ref().map(|attached| attached.submit(command));
                    if let Some(Err(error)) = submitted {
                        return ControlFlow::Break(Close::Because(CloseCode::Error, error));
                    }
                }
                Action::Reply(text) => match timeout(SLOW, self.socket.send(Message::text(text))).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) | Err(_) => return ControlFlow::Break(Close::Gone),
                },
                Action::Close => return ControlFlow::Break(Close::Regular),
                Action::Refuse => return ControlFlow::Break(Close::Refused),
            }
        }
        ControlFlow::Continue(())
    }
}

/// What a fault on the connection means for it.
fn because_of(error: &WsError) -> Close {
    match error {
        WsError::Capacity(CapacityError::MessageTooLong { .. }) => {
            let message = format!("send at most {MAX_MESSAGE} bytes in one message");
            Close::Because(CloseCode::Size, Error::new(ErrorKind::MessageTooLarge, message))
        }
        WsError::Utf8(_) => {
            let message = "text must be UTF-8; send audio as binary messages";
            Close::Because(CloseCode::Invalid, Error::new(ErrorKind::MessageInvalid, message))
        }
        WsError::Protocol(_) => {
            let message = "a frame breaks the WebSocket protocol";
            Close::Because(CloseCode::Protocol, Error::new(ErrorKind::MessageInvalid, message))
        }
        _ => Close::Gone,
    }
}
