//! One session on one socket: messages in, replies and pings out, until either side is done.

use std::io;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use hyper::body::Bytes;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as WsError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use voice_core::pool::{SessionHandle, Update};
use voice_core::stt::{Model, ModelInUse, SttSession};
use voice_core::{Error, ErrorKind, SttEvent};

use super::apology::Apology;
use super::deadlines::{Deadlines, Due, EngineState, LAST_RESULTS_TIMEOUT, LAST_UTTERANCE_TIMEOUT};
use super::pace::Pace;
use super::socket::{MAX_MESSAGE, MAX_TEXT, Socket};
use super::stopping::Stopping;
use crate::access::Principal;
use crate::app::App;
use crate::client_message::client_message;
use crate::protocol::error_json;
use crate::protocol::vosk::{Action, Conversation, MAX_UPDATES};
use crate::refusal::Refusal;
use crate::security::admission::gate::Permit;
use crate::sessions::{Listed, SessionInfo};
use crate::telemetry::SessionSpan;

/// The longest time that a client may take to accept a message.
const SEND_TIMEOUT: Duration = Duration::from_mins(1);

/// The time for a client to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Everything that a session needs to begin.
pub(super) struct NewSession {
    /// In order of preference; at least one.
    pub(super) models: Vec<Arc<dyn Model>>,
    pub(super) permit: Permit,
    pub(super) principal: Option<Principal>,
    pub(super) info: SessionInfo,
    pub(super) span: SessionSpan,
    pub(super) apology: Option<Apology>,
}

/// Serves one client until either side is done.
pub(super) async fn drive(socket: Socket, new: NewSession, app: Arc<App>) {
    let NewSession { models, permit, principal, info, mut span, apology } = new;
    let listed = app.session_opened(info);
    span.opened(listed.id);
    let (updates, results) = mpsc::channel(MAX_UPDATES);
    let expires = principal.and_then(|principal| principal.expires);
    let mut driver = Driver {
        socket,
        models,
        in_use: None,
        conversation: Conversation::new(app.config.endpoint),
        attached: None,
        updates,
        deadlines: Deadlines::new(&app.config.limits, &app.config.policy, expires, Instant::now()),
        pace: Pace::new(&app.config.limits, Instant::now()),
        is_speaking: false,
        is_slowed: false,
        session: &listed,
        span: &mut span,
        app: &app,
    };
    let close = driver.run(results).await;
    if let (Close::Because(CloseCode::Error, error), Some(apology)) = (&close, &apology) {
        // The model does not answer; the client is not at fault.
        let told = Message::text(json!({"text": "", "error": error_json(error)}).to_string());
        if let Ok(Ok(())) = timeout(SEND_TIMEOUT, driver.socket.send(told)).await {
            apology.say(&mut driver.socket, &app).await;
        }
    }
    let frame = close.frame();
    let code = frame.as_ref().map_or_else(|| "gone".to_owned(), |frame| u16::from(frame.code).to_string());
    let by_us = frame.is_some();
    if let Some(frame) = frame {
        let _ = timeout(SEND_TIMEOUT, driver.socket.close(Some(frame))).await;
    }
    let _ = timeout(CLOSE_TIMEOUT, finish_close(&mut driver.socket, by_us)).await;
    span.ended(&code, listed.bytes());
    app.session_ended(&listed, &code);
    drop(permit);
}

/// Tells a client that was admitted to send its token why it is refused.
pub(super) async fn refuse(mut socket: Socket, refusal: &Refusal) {
    if let Ok(Ok(())) = timeout(CLOSE_TIMEOUT, socket.send(Message::text(refusal.body().to_string()))).await {
        close_with(socket, CloseCode::Policy, refusal).await;
    }
}

/// Tells a client for which there is no model why, in text and in speech.
pub(super) async fn refuse_aloud(mut socket: Socket, refusal: &Refusal, apology: &Apology, app: &Arc<App>) {
    if let Ok(Ok(())) = timeout(CLOSE_TIMEOUT, socket.send(Message::text(refusal.body().to_string()))).await {
        apology.say(&mut socket, app).await;
        close_with(socket, CloseCode::Again, refusal).await;
    }
}

async fn close_with(mut socket: Socket, code: CloseCode, refusal: &Refusal) {
    let frame = CloseFrame { code, reason: reason(refusal.code, &refusal.message).into() };
    if let Ok(Ok(())) = timeout(CLOSE_TIMEOUT, socket.close(Some(frame))).await {
        let _ = timeout(CLOSE_TIMEOUT, finish_close(&mut socket, true)).await;
    }
}

/// Completes the closing handshake, which this side began if `by_us`.
async fn finish_close(socket: &mut Socket, by_us: bool) {
    let mut is_answered = !by_us;
    while let Some(Ok(message)) = socket.next().await {
        is_answered |= message.is_close();
    }
    if is_answered {
        return;
    }
    // If the client's last bytes were left unread, the system would reset the connection, and the client might never
    // see the close frame. A client that sees the end closes its side, which ends this function.
    let io = socket.get_mut().get_mut();
    if io.shutdown().await.is_ok() {
        let _ = tokio::io::copy(&mut io.take(16 * MAX_MESSAGE as u64), &mut tokio::io::sink()).await;
    }
}

struct Driver<'a> {
    socket: Socket,
    models: Vec<Arc<dyn Model>>,
    /// The model that the session uses, once it is open.
    in_use: Option<ModelInUse>,
    conversation: Conversation,
    attached: Option<SessionHandle<SttSession>>,
    updates: mpsc::Sender<Update<SttEvent>>,
    deadlines: Deadlines,
    pace: Pace,
    /// Speech has begun and not ended.
    is_speaking: bool,
    /// The client was told that it sends too fast.
    is_slowed: bool,
    session: &'a Listed,
    span: &'a mut SessionSpan,
    app: &'a App,
}

/// How a connection ends.
enum Close {
    /// The client closed it, or it failed.
    Gone,
    Regular,
    GoingAway,
    /// An error of the client that the last reply contains.
    Refused,
    /// Its time is up, or an administrator ended it.
    Ended(Refusal),
    /// An error that no reply contains.
    Because(CloseCode, Error),
}

impl Close {
    fn frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Gone => return None,
            Self::Regular => (CloseCode::Normal, Utf8Bytes::default()),
            Self::GoingAway => (CloseCode::Away, "the server is shutting down; reconnect".into()),
            Self::Refused => (CloseCode::Policy, "see the error in the last message".into()),
            Self::Ended(refusal) => (CloseCode::Policy, self::reason(refusal.code, &refusal.message).into()),
            Self::Because(code, error) => (code, reason(error.code(), &client_message(&error)).into()),
        };
        Some(CloseFrame { code, reason })
    }
}

/// A code and its message, in the 123 bytes of a close frame.
fn reason(code: &str, message: &str) -> String {
    let mut text = format!("{code}: {message}");
    text.truncate(text.floor_char_boundary(123));
    text
}

impl Driver<'_> {
    async fn run(&mut self, mut results: mpsc::Receiver<Update<SttEvent>>) -> Close {
        let mut shutdown = self.app.shutdown.subscribe();
        let mut asked_to_end = pin!(self.session.asked_to_end());
        // One timer for the whole connection: a message costs none.
        let mut clock = pin!(tokio::time::sleep_until(self.deadlines.next(Instant::now()).into()));
        // The reason for the end, while the last result is still due.
        let mut leaving = None;
        let mut is_asked_to_end = false;
        let mut stopping = None::<Stopping>;
        loop {
            let now = Instant::now();
            if !self.conversation.is_waiting() {
                self.deadlines.served(now);
            }
            // A client that is ahead of the decoder is not read, so its connection fills up. A client that sends faster
            // than allowed is not read either, except for what it had sent before a stop.
            let has_room = self.conversation.has_room();
            if leaving.is_some() && has_room && !self.conversation.is_ended() {
                match self.finish().await {
                    ControlFlow::Continue(()) => continue,
                    ControlFlow::Break(close) => return close,
                }
            }
            let resumes = self.pace.resumes().filter(|resumes| *resumes > now && stopping.is_none());
            let is_waiting = has_room && !self.conversation.is_waiting();
            let end = stopping.as_mut().map(|stopping| stopping.look(is_waiting, self.is_speaking, now));
            let step = tokio::select! {
                Some(update) = results.recv() => self.tell(update).await,
                message = self.socket.next(), if has_room && resumes.is_none() => match message {
                    Some(Ok(message)) => {
                        self.socket.get_mut().took(&message);
                        let says_something = matches!(message, Message::Binary(_) | Message::Text(_));
                        self.deadlines.heard(says_something, Instant::now());
                        if let Some(stopping) = &mut stopping {
                            stopping.heard(Instant::now());
                        }
                        self.take(message).await
                    }
                    Some(Err(error)) => ControlFlow::Break(because_of(&error)),
                    None => ControlFlow::Break(Close::Gone),
                },
                () = sleep_until(resumes.unwrap_or(now).into()), if resumes.is_some() => {
                    // The client could not be read until now.
                    self.deadlines.heard(true, Instant::now());
                    ControlFlow::Continue(())
                }
                () = sleep_until(end.unwrap_or(now).into()), if end.is_some() && leaving.is_none() && has_room => {
                    let is_over = |stopping: &Stopping| stopping.is_over(self.is_speaking, Instant::now());
                    if stopping.as_ref().is_some_and(is_over) {
                        leaving = Some(Close::GoingAway);
                    }
                    ControlFlow::Continue(())
                }
                () = &mut clock => {
                    let now = Instant::now();
                    if resumes.is_some() {
                        // Its answers to pings were not read.
                        self.deadlines.heard(false, now);
                    }
                    let due = self.deadlines.due(self.engine(), now);
                    clock.as_mut().reset(self.deadlines.next(now).into());
                    match due {
                        Due::Nothing => ControlFlow::Continue(()),
                        Due::Ping => self.send(Message::Ping(Bytes::new())).await,
                        Due::Leave(why) => {
                            leaving = Some(self.leave(why));
                            clock.as_mut().reset(self.deadlines.next(now).into());
                            ControlFlow::Continue(())
                        }
                        Due::Gone => ControlFlow::Break(Close::Gone),
                        Due::Late => ControlFlow::Break(Close::Regular),
                        Due::Failed(error) => {
                            let is_ours = error.kind() == ErrorKind::ModelStuck;
                            let code = if is_ours { CloseCode::Error } else { CloseCode::Policy };
                            ControlFlow::Break(Close::Because(code, error))
                        }
                    }
                }
                why = &mut asked_to_end, if !is_asked_to_end => {
                    is_asked_to_end = true;
                    leaving = Some(self.leave(why));
                    clock.as_mut().reset(self.deadlines.next(Instant::now()).into());
                    ControlFlow::Continue(())
                }
                () = async { drop(shutdown.wait_for(|down| *down).await) },
                    if leaving.is_none() && stopping.is_none() =>
                {
                    let (grace, now) = (self.app.config.limits.grace, Instant::now());
                    stopping = Some(Stopping::new(grace, now));
                    // Before the server stops waiting for the session.
                    self.deadlines.leave_within(grace.saturating_sub(LAST_UTTERANCE_TIMEOUT).max(grace / 8 * 7), now);
                    ControlFlow::Continue(())
                }
            };
            if let ControlFlow::Break(close) = step {
                return match (close, leaving) {
                    (Close::Regular, Some(leaving)) => leaving,
                    // The session's time ended while the client was still being read.
                    (Close::Regular, None) if stopping.is_some() && !self.conversation.is_ended() => {
                        Close::GoingAway
                    }
                    (close, _) => close,
                };
            }
        }
    }

    /// Tells the client the results of a command.
    async fn tell(&mut self, update: Update<SttEvent>) -> ControlFlow<Close> {
        // After a panic nothing else will arrive. A model that hangs, without a fallback, is replaced for new sessions only.
        let mut errors = update.events.iter().filter_map(|event| event.as_ref().err());
        let lost = errors.find_map(|error| match error.kind() {
            ErrorKind::Internal => Some(Error::new(error.kind(), "the session failed; reconnect")),
            ErrorKind::ModelStuck => Some(Error::new(error.kind(), "the engine does not answer; reconnect")),
            _ => None,
        });
        self.deadlines.served(Instant::now());
        self.measure(&update);
        let actions = self.conversation.update(update);
        let step = self.act(actions).await;
        match lost {
            Some(error) => ControlFlow::Break(Close::Because(CloseCode::Error, error)),
            None => step,
        }
    }

    /// Gives the session time for its last results. Everything that was received is answered, even if much of it still
    /// waits.
    fn leave(&mut self, why: Refusal) -> Close {
        let time = if self.conversation.is_waiting() { LAST_RESULTS_TIMEOUT } else { LAST_UTTERANCE_TIMEOUT };
        self.deadlines.leave_within(time, Instant::now());
        Close::Ended(why)
    }

    /// Ends the stream; its last result ends the session.
    async fn finish(&mut self) -> ControlFlow<Close> {
        let actions = self.converse(Conversation::end);
        self.act(actions).await
    }

    /// Calls the conversation. If it may look up thousands of words, other connections are not delayed.
    fn converse(&mut self, tell: impl FnOnce(&mut Conversation, &dyn Model) -> Vec<Action>) -> Vec<Action> {
        let Self { conversation, models, .. } = self;
        aside(conversation.has_phrases(), || tell(conversation, &*models[0]))
    }

    fn engine(&self) -> EngineState {
        if !self.conversation.is_waiting() {
            return EngineState::Idle;
        }
        match &self.in_use {
            Some(model) if self.app.engine.has_abandoned(&model.get()) => EngineState::Hung,
            _ => EngineState::Busy,
        }
    }

    fn measure(&mut self, update: &Update<SttEvent>) {
        let timing = update.timing;
        if update.is_done {
            self.app.metrics.worked(timing, self.conversation.oldest_audio());
        }
        for event in update.events.iter().flatten() {
            match event {
                SttEvent::SpeechStarted { .. } => self.is_speaking = true,
                SttEvent::SpeechEnded { .. } => self.is_speaking = false,
                SttEvent::Final(_) => {
                    self.app.metrics.final_after(timing.took);
                    self.span.final_result(timing.took);
                }
                _ => {}
            }
        }
    }

    async fn take(&mut self, message: Message) -> ControlFlow<Close> {
        self.count(&message);
        let actions = match message {
            Message::Binary(audio) => {
                self.session.heard(audio.len());
                self.converse(|conversation, model| conversation.audio(audio.into(), model))
            }
            Message::Text(text) if text.len() > MAX_TEXT => {
                let message = format!("send at most {MAX_TEXT} bytes in one text message");
                let error = Error::new(ErrorKind::MessageTooLarge, message);
                return ControlFlow::Break(Close::Because(CloseCode::Size, error));
            }
            Message::Text(text) => self.converse(|conversation, model| conversation.text(&text, model)),
            Message::Close(_) => return ControlFlow::Break(Close::Gone),
            // The library has queued a pong. It is written before the next message is read, so a client that does not
            // read its pongs is not read either.
            Message::Ping(_) => return self.flush().await,
            Message::Pong(_) | Message::Frame(_) => return ControlFlow::Continue(()),
        };
        self.act(actions).await
    }

    /// Counts a message against the session's rates, and warns a client that exceeds them.
    fn count(&mut self, message: &Message) {
        let now = Instant::now();
        let (audio, text) = match message {
            Message::Binary(audio) => (self.conversation.length_of(audio.len()), 0),
            Message::Text(text) => (Duration::ZERO, text.len()),
            _ => (Duration::ZERO, 0),
        };
        self.pace.count(audio, text, now);
        if self.pace.resumes().is_some() && !std::mem::replace(&mut self.is_slowed, true) {
            let message =
                "more was sent than a session may send; it is read more slowly now, and nothing is lost";
            self.conversation.warn(Error::new(ErrorKind::Overloaded, message));
            self.app.metrics.slowed.inc();
            tracing::info!(session = self.session.id, "a session is slowed: it sends faster than it may");
        }
    }

    async fn act(&mut self, actions: Vec<Action>) -> ControlFlow<Close> {
        for action in actions {
            match action {
                Action::Open(options) => {
                    match aside(options.grammar.is_some(), || SttSession::new(self.models.clone(), options)) {
                        Ok(session) => {
                            self.in_use = Some(session.model_in_use());
                            let updates = self.updates.clone();
                            // Never full: it has room for all updates of the commands in progress.
                            let sink = move |update| drop(updates.try_send(update));
                            self.attached = Some(self.app.pool.attach(session, sink));
                        }
                        Err(error) => return ControlFlow::Break(Close::Because(CloseCode::Policy, error)),
                    }
                }
                Action::Submit(command) => {
                    let submitted = self.attached.as_ref().map(|attached| attached.submit(command));
                    if let Some(Err(error)) = submitted {
                        return ControlFlow::Break(Close::Because(CloseCode::Error, error));
                    }
                }
                Action::Reply(text) => self.send(Message::text(text)).await?,
                Action::Close => return ControlFlow::Break(Close::Regular),
                Action::Refuse => return ControlFlow::Break(Close::Refused),
            }
        }
        ControlFlow::Continue(())
    }

    async fn send(&mut self, message: Message) -> ControlFlow<Close> {
        let patience = self.patience();
        taken(self.socket.send(message), patience, self.session).await
    }

    async fn flush(&mut self) -> ControlFlow<Close> {
        let patience = self.patience();
        taken(self.socket.flush(), patience, self.session).await
    }

    /// The longest wait for a slow reader: a client that accepts nothing until the session is over is gone.
    fn patience(&self) -> Duration {
        SEND_TIMEOUT.min(self.deadlines.end().saturating_duration_since(Instant::now()))
    }
}

/// Does work that `is_long` (milliseconds) without delaying other connections.
fn aside<T>(is_long: bool, work: impl FnOnce() -> T) -> T {
    if is_long { tokio::task::block_in_place(work) } else { work() }
}

/// Waits until the client has accepted the data. Nothing is read from it meanwhile.
async fn taken(
    writing: impl Future<Output = Result<(), WsError>>,
    patience: Duration,
    session: &Listed,
) -> ControlFlow<Close> {
    tokio::select! {
        biased;
        written = timeout(patience, writing) => match written {
            Ok(Ok(())) => ControlFlow::Continue(()),
            Ok(Err(_)) | Err(_) => ControlFlow::Break(Close::Gone),
        },
        why = async {
            let why = session.asked_to_end().await;
            tokio::time::sleep(LAST_RESULTS_TIMEOUT).await;
            why
        } => ControlFlow::Break(Close::Ended(why)),
    }
}

/// How an error of the connection ends it.
fn because_of(error: &WsError) -> Close {
    match error {
        WsError::Capacity(CapacityError::MessageTooLong { .. }) => {
            let message = format!("send at most {MAX_MESSAGE} bytes in one message");
            Close::Because(CloseCode::Size, Error::new(ErrorKind::MessageTooLarge, message))
        }
        WsError::Io(error) if error.kind() == io::ErrorKind::QuotaExceeded => {
            let message = "a message has too many frames of too little content";
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
