//! One connection of a session: messages in, messages and pings out, until either side is done.

use std::ops::ControlFlow;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use hyper::body::Bytes;
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::error::Error as WsError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use voice_core::{Error, ErrorKind};

use super::closing::{Close, because_of};
use super::deadlines::{Deadlines, Due, LAST_RESULTS_TIMEOUT, LAST_UTTERANCE_TIMEOUT};
use super::pace::Pace;
use super::protocol::{Output, Progress, Protocol};
use super::socket::{MAX_TEXT, SEND_TIMEOUT, Socket};
use super::stopping::Stopping;
use crate::app::App;
use crate::refusal::Refusal;
use crate::sessions::Listed;
use crate::telemetry::SessionSpan;

/// A client that accepts nothing for this long when the server stops is not waited for.
const UNREAD_TIMEOUT: Duration = Duration::from_secs(2);

/// What a session keeps from one connection to the next.
pub(super) struct Lasting<P> {
    pub(super) protocol: P,
    pub(super) deadlines: Deadlines,
    pub(super) pace: Pace,
    /// The client was told that it sends too fast.
    pub(super) is_slowed: bool,
}

impl<P> Lasting<P> {
    /// A new session, whose token `expires`.
    pub(super) fn new(protocol: P, app: &App, expires: Option<Instant>) -> Self {
        let now = Instant::now();
        Self {
            protocol,
            deadlines: Deadlines::new(&app.config.limits, &app.config.policy, expires, now),
            pace: Pace::new(&app.config.limits, now),
            is_slowed: false,
        }
    }
}

/// Drives one connection.
pub(super) struct Driver<'a, P> {
    pub(super) socket: &'a mut Socket,
    pub(super) lasting: &'a mut Lasting<P>,
    pub(super) session: &'a Listed,
    pub(super) span: &'a mut SessionSpan,
    pub(super) app: &'a App,
}

impl<P: Protocol> Driver<'_, P> {
    /// Until either side is done.
    pub(super) async fn run(&mut self) -> Close {
        let mut shutdown = self.app.shutdown.subscribe();
        let mut asked_to_end = pin!(self.session.asked_to_end());
        // One timer for the whole connection: a message costs none.
        let mut clock = pin!(tokio::time::sleep_until(self.lasting.deadlines.next(Instant::now()).into()));
        // The reason for the end, while the last result is still due.
        let mut leaving = None;
        let mut is_asked_to_end = false;
        let mut stopping = None::<Stopping>;
        loop {
            let now = Instant::now();
            if !self.lasting.protocol.is_waiting() {
                self.lasting.deadlines.served(now);
            }
            // A client that is ahead of the decoder is not read, so its connection fills up. A client that sends faster
            // than allowed is not read either, except for what it had sent before a stop.
            let has_room = self.lasting.protocol.has_room();
            if leaving.is_some() && has_room && !self.lasting.protocol.is_ended() {
                let code = leaving.as_ref().map_or("ok", Close::reason_code);
                match self.finish(code).await {
                    ControlFlow::Continue(()) => continue,
                    ControlFlow::Break(close) => return close,
                }
            }
            let resumes = self.lasting.pace.resumes().filter(|resumes| *resumes > now && stopping.is_none());
            let is_waiting = has_room && !self.lasting.protocol.is_waiting();
            let end = stopping
                .as_mut()
                .map(|stopping| stopping.look(is_waiting, self.lasting.protocol.is_speaking(), now));
            let step = tokio::select! {
                progress = self.lasting.protocol.next() => self.advance(progress).await,
                message = self.socket.next(), if has_room && resumes.is_none() => match message {
                    Some(Ok(message)) => {
                        self.socket.get_mut().took(&message);
                        let says_something = matches!(message, Message::Binary(_) | Message::Text(_));
                        self.lasting.deadlines.heard(says_something, Instant::now());
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
                    self.lasting.deadlines.heard(true, Instant::now());
                    ControlFlow::Continue(())
                }
                () = sleep_until(end.unwrap_or(now).into()), if end.is_some() && leaving.is_none() && has_room => {
                    let is_over = |stopping: &Stopping| stopping.is_over(self.lasting.protocol.is_speaking(), Instant::now());
                    if stopping.as_ref().is_some_and(is_over) {
                        leaving = Some(Close::GoingAway);
                    }
                    ControlFlow::Continue(())
                }
                () = &mut clock => {
                    let now = Instant::now();
                    if resumes.is_some() {
                        // Its answers to pings were not read.
                        self.lasting.deadlines.heard(false, now);
                    }
                    let due = self.lasting.deadlines.due(self.lasting.protocol.engine(), now);
                    clock.as_mut().reset(self.lasting.deadlines.next(now).into());
                    if let Due::Leave(why) = due {
                        leaving = Some(self.leave(why));
                        clock.as_mut().reset(self.lasting.deadlines.next(now).into());
                        ControlFlow::Continue(())
                    } else {
                        self.meet(due).await
                    }
                }
                why = &mut asked_to_end, if !is_asked_to_end => {
                    is_asked_to_end = true;
                    leaving = Some(self.leave(why));
                    clock.as_mut().reset(self.lasting.deadlines.next(Instant::now()).into());
                    ControlFlow::Continue(())
                }
                () = async { drop(shutdown.wait_for(|down| *down).await) },
                    if leaving.is_none() && stopping.is_none() =>
                {
                    let (grace, now) = (self.app.config.limits.grace, Instant::now());
                    stopping = Some(Stopping::new(grace, now));
                    // Before the server stops waiting for the session.
                    self.lasting.deadlines.leave_within(grace.saturating_sub(LAST_UTTERANCE_TIMEOUT).max(grace / 8 * 7), now);
                    ControlFlow::Continue(())
                }
            };
            if let ControlFlow::Break(close) = step {
                return match (close, leaving) {
                    (Close::Regular, Some(leaving)) => leaving,
                    // The session's time ended while the client was still being read.
                    (Close::Regular, None) if stopping.is_some() && !self.lasting.protocol.is_ended() => {
                        Close::GoingAway
                    }
                    (close, _) => close,
                };
            }
        }
    }

    /// Takes what the sessions of the core have done.
    async fn advance(&mut self, progress: Progress) -> ControlFlow<Close> {
        if progress.is_result {
            let now = Instant::now();
            self.lasting.deadlines.served(now);
            self.lasting.pace.count_decoded(self.lasting.protocol.decoded(), now);
        }
        self.act(progress.outputs).await?;
        self.tell_of_pace().await
    }

    /// Does what a deadline asks for, unless the session is to leave.
    async fn meet(&mut self, due: Due) -> ControlFlow<Close> {
        match due {
            Due::Nothing | Due::Leave(_) => ControlFlow::Continue(()),
            Due::Ping => self.send(Message::Ping(Bytes::new())).await,
            Due::Gone => ControlFlow::Break(Close::Gone),
            Due::Late => ControlFlow::Break(Close::Regular),
            Due::Failed(error) => {
                let is_ours = error.kind() == ErrorKind::ModelStuck;
                let code = if is_ours { CloseCode::Error } else { CloseCode::Policy };
                ControlFlow::Break(Close::Because(code, error))
            }
        }
    }

    /// Gives the session time for its last results. Everything that was received is answered, even if much of it still
    /// waits.
    fn leave(&mut self, why: Refusal) -> Close {
        let time =
            if self.lasting.protocol.is_waiting() { LAST_RESULTS_TIMEOUT } else { LAST_UTTERANCE_TIMEOUT };
        self.lasting.deadlines.leave_within(time, Instant::now());
        Close::Ended(why)
    }

    /// Ends the stream; its last result ends the session.
    async fn finish(&mut self, code: &'static str) -> ControlFlow<Close> {
        let outputs = self.lasting.protocol.end(code);
        self.act(outputs).await
    }

    async fn take(&mut self, message: Message) -> ControlFlow<Close> {
        self.count(&message).await?;
        let max_audio = self.lasting.protocol.max_audio();
        let outputs = match message {
            Message::Binary(audio) if audio.len() > max_audio => {
                let message = format!("send at most {max_audio} bytes in one message of this audio");
                let error = Error::new(ErrorKind::MessageTooLarge, message);
                return ControlFlow::Break(Close::Because(CloseCode::Size, error));
            }
            Message::Binary(audio) => {
                self.session.heard(audio.len());
                self.lasting.protocol.audio(audio.into())
            }
            Message::Text(text) if text.len() > MAX_TEXT => {
                let message = format!("send at most {MAX_TEXT} bytes in one text message");
                let error = Error::new(ErrorKind::MessageTooLarge, message);
                return ControlFlow::Break(Close::Because(CloseCode::Size, error));
            }
            Message::Text(text) => self.lasting.protocol.text(&text),
            Message::Close(_) => return ControlFlow::Break(Close::Left),
            // The library has queued a pong. It is written before the next message is read, so a client that does not
            // read its pongs is not read either.
            Message::Ping(_) => return self.flush().await,
            Message::Pong(_) | Message::Frame(_) => return ControlFlow::Continue(()),
        };
        self.act(outputs).await
    }

    /// Counts a message against the session's rates.
    async fn count(&mut self, message: &Message) -> ControlFlow<Close> {
        let now = Instant::now();
        let (audio, text) = match message {
            Message::Binary(audio) => (self.lasting.protocol.length_of(audio.len()), 0),
            Message::Text(text) => (Duration::ZERO, text.len()),
            _ => (Duration::ZERO, 0),
        };
        self.lasting.pace.count(audio, text, now);
        self.tell_of_pace().await
    }

    /// Warns a client that is read more slowly, once.
    async fn tell_of_pace(&mut self) -> ControlFlow<Close> {
        if self.lasting.pace.resumes().is_some() && !std::mem::replace(&mut self.lasting.is_slowed, true) {
            let message =
                "more was sent than a session may send; it is read more slowly now, and nothing is lost";
            self.app.metrics.slowed.inc();
            tracing::info!(session = self.session.id, "a session is slowed: it sends faster than it may");
            let outputs = self.lasting.protocol.warn(Error::new(ErrorKind::Overloaded, message));
            return self.act(outputs).await;
        }
        ControlFlow::Continue(())
    }

    async fn act(&mut self, outputs: Vec<Output>) -> ControlFlow<Close> {
        for output in outputs {
            match output {
                Output::Send(message) => self.send(message).await?,
                Output::Final(took) => {
                    self.app.metrics.final_after(took);
                    self.span.final_result(took);
                }
                Output::Close => return ControlFlow::Break(Close::Regular),
                Output::Refuse => return ControlFlow::Break(Close::Refused),
                Output::Fail(code, error) => return ControlFlow::Break(Close::Because(code, error)),
                Output::Replaced => return ControlFlow::Break(Close::Gone),
                Output::Switch(first) => return ControlFlow::Break(Close::Switch(first)),
            }
        }
        ControlFlow::Continue(())
    }

    async fn send(&mut self, message: Message) -> ControlFlow<Close> {
        let patience = self.patience();
        let replaced = self.lasting.protocol.replaced();
        taken(self.socket.send(message), patience, self.session, self.app, replaced).await
    }

    async fn flush(&mut self) -> ControlFlow<Close> {
        let patience = self.patience();
        let replaced = self.lasting.protocol.replaced();
        taken(self.socket.flush(), patience, self.session, self.app, replaced).await
    }

    /// The longest wait for a slow reader: a client that accepts nothing until the session is over is gone.
    fn patience(&self) -> Duration {
        SEND_TIMEOUT.min(self.lasting.deadlines.end().saturating_duration_since(Instant::now()))
    }
}

/// Waits until the client has accepted the data. Nothing is read from it meanwhile.
async fn taken(
    writing: impl Future<Output = Result<(), WsError>>,
    patience: Duration,
    session: &Listed,
    app: &App,
    replaced: impl Future<Output = ()>,
) -> ControlFlow<Close> {
    tokio::select! {
        biased;
        written = timeout(patience, writing) => match written {
            Ok(Ok(())) => ControlFlow::Continue(()),
            Ok(Err(_)) | Err(_) => ControlFlow::Break(Close::Gone),
        },
        () = replaced => ControlFlow::Break(Close::Gone),
        () = async {
            drop(app.shutdown.subscribe().wait_for(|down| *down).await);
            tokio::time::sleep(UNREAD_TIMEOUT).await;
        } => ControlFlow::Break(Close::Gone),
        why = async {
            let why = session.asked_to_end().await;
            tokio::time::sleep(LAST_RESULTS_TIMEOUT).await;
            why
        } => ControlFlow::Break(Close::Ended(why)),
    }
}
