//! A conversation with the protocol `voice.v1`.

mod open;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::sleep_until;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use voice_core::dialog::{Dialog, InputCommand, NewEvents, OutputCommand};
use voice_core::pool::{QUEUE, Update};
use voice_core::{Error, ErrorKind, Result};

use self::open::Open;
use super::deadlines::EngineState;
use super::hints::Hints;
use super::interview::{Interviewer, Next, Prepared};
use super::pace::Compressed;
use super::protocol::{Output, Progress, Protocol};
use super::resumable::{NewConnection, RESUME_TIMEOUT, ResumeTokens};
use super::socket::MAX_TEXT;
use super::vosk::aside;
use crate::app::App;
use crate::protocol::voice_v1::{
    Action, Change, Connected, Conversation, InterviewStart, Opened, Opening, Sent,
};
use crate::refusal::{Reason, Refusal};
use crate::store::StoreError;

/// Audio that is sent before the listener hears it: enough for a network that stops for a second.
const AHEAD: Duration = Duration::from_secs(2);

/// The most updates that wait. Those that end a command always have room.
const MAX_UPDATES: usize = 4 * QUEUE;

/// A conversation, across all connections of its client.
pub(super) struct DialogSession {
    conversation: Conversation,
    open: Option<Open>,
    inputs: mpsc::Receiver<Update<NewEvents>>,
    input_sender: mpsc::Sender<Update<NewEvents>>,
    outputs: mpsc::Receiver<Update<NewEvents>>,
    output_sender: mpsc::Sender<Update<NewEvents>>,
    /// What was done before the connection was driven.
    pending: Vec<Output>,
    session: u64,
    subject: Option<String>,
    /// The path is that of interviews.
    is_interview: bool,
    interviewer: Option<Interviewer>,
    tokens: ResumeTokens,
    connections: mpsc::Receiver<NewConnection>,
    /// The connection that replaces the current one.
    replacement: Option<NewConnection>,
    /// There is no connection.
    is_parked: bool,
    /// When the rules of the dialog are to look at the time. It is not put off by what happens before.
    tick_at: Option<Instant>,
    app: Arc<App>,
}

impl DialogSession {
    /// A conversation of `subject`. `session` is its number.
    pub(super) fn new(session: u64, subject: Option<String>, is_interview: bool, app: Arc<App>) -> Self {
        let (input_sender, inputs) = mpsc::channel(MAX_UPDATES);
        // Each command of this half has one step.
        let (output_sender, outputs) = mpsc::channel(QUEUE + 1);
        let (tokens, connections) = ResumeTokens::new(&app.resumables, subject.clone(), is_interview);
        Self {
            conversation: Conversation::new(app.config.endpoint),
            open: None,
            inputs,
            input_sender,
            outputs,
            output_sender,
            pending: Vec::new(),
            session,
            subject,
            is_interview,
            interviewer: None,
            tokens,
            connections,
            replacement: None,
            is_parked: false,
            tick_at: None,
            app,
        }
    }

    /// Handles the first message, which chose this protocol.
    pub(super) fn begin(&mut self, first: &Utf8Bytes) {
        self.pending = self.text(first);
    }

    /// The client wanted to resume a session that is over; this is a new one.
    pub(super) fn not_resumed(&mut self) {
        let message = "the session cannot be resumed any more; this is a new one";
        self.pending = self.warn(Error::new(ErrorKind::SessionEnded, message));
    }

    /// Whether the client may come back on another connection.
    pub(super) fn is_resumable(&self) -> bool {
        self.conversation.is_open()
    }

    /// Whether the client has another connection already.
    pub(super) fn is_replaced(&self) -> bool {
        self.replacement.is_some()
    }

    /// Waits for another connection of the client while there is none. `None` if none comes in time.
    pub(super) async fn parked(&mut self) -> Option<NewConnection> {
        let end = Instant::now() + RESUME_TIMEOUT;
        self.is_parked = true;
        self.pending.clear();
        if let Some(interviewer) = &mut self.interviewer {
            interviewer.left();
        }
        while self.replacement.is_none() {
            tokio::select! {
                // What it makes is kept for the client.
                _ = self.next() => {}
                () = sleep_until(end.into()) => break,
            }
        }
        self.is_parked = false;
        self.replacement.take()
    }

    /// The client is back, and has received `received` messages.
    pub(super) fn resume(&mut self, received: u64) {
        let is_making_audio = self.conversation.is_making_audio();
        if let Some(interviewer) = &mut self.interviewer {
            interviewer.came_back();
        }
        if let Some(open) = &mut self.open {
            open.dialog.reconnected();
            // The results were not taken while a message waited for the old connection.
            open.works_since = is_making_audio.then(Instant::now);
        }
        let token = self.tokens.draw();
        let actions = self.conversation.resumed(received, &self.connected(token.as_deref()));
        self.pending = self.act(actions);
    }

    fn connected<'a>(&self, token: Option<&'a str>) -> Connected<'a> {
        let limits = &self.app.config.limits;
        Connected {
            session: self.session,
            resume_token: token,
            resume_seconds: RESUME_TIMEOUT.as_secs(),
            max_text: MAX_TEXT,
            idle: limits.idle,
            longest: limits.session,
        }
    }

    fn act(&mut self, actions: Vec<Action>) -> Vec<Output> {
        let mut outputs = Vec::with_capacity(actions.len());
        let mut actions = VecDeque::from(actions);
        while let Some(action) = actions.pop_front() {
            let further = match action {
                Action::Send(Sent::Text(text)) => {
                    outputs.push(Output::Send(Message::text(text)));
                    continue;
                }
                Action::Send(Sent::Audio(audio)) => {
                    outputs.push(Output::Send(Message::Binary(audio)));
                    continue;
                }
                Action::Close => {
                    outputs.push(Output::Close);
                    continue;
                }
                Action::Open(opening) => self.open(&opening),
                Action::Change(change) => {
                    let Some(open) = &mut self.open else { continue };
                    let changed = aside(change.hints.is_some(), || open.change(*change, &self.app.engine));
                    match changed {
                        Ok((changed, hints)) => {
                            let warning = hints.as_ref().and_then(Hints::warning);
                            let actions = warning.map(|warning| self.conversation.warn(warning));
                            self.conversation.changed(changed);
                            actions.unwrap_or_default()
                        }
                        Err(error) => self.conversation.not_changed(&error),
                    }
                }
                Action::Input(command) => {
                    if let Some(Err(error)) = self.open.as_ref().map(|open| open.input.submit(command)) {
                        outputs.push(Output::Fail(CloseCode::Error, error));
                        return outputs;
                    }
                    continue;
                }
                Action::Output(command) => {
                    let Some(open) = &mut self.open else { continue };
                    if matches!(command, OutputCommand::Say(_)) && !open.dialog.wants_audio() {
                        open.asked_at.get_or_insert_with(Instant::now);
                    }
                    open.works_since.get_or_insert_with(Instant::now);
                    if let Err(error) = open.output.submit(open.dialog.request(command)) {
                        outputs.push(Output::Fail(CloseCode::Error, error));
                        return outputs;
                    }
                    continue;
                }
                Action::Clear => self.control(Dialog::clear),
                Action::Confirm => self.control(|dialog| {
                    dialog.confirm();
                }),
                Action::Reject => self.control(|dialog| {
                    dialog.reject();
                }),
                Action::Played { run, ms } => self.control(|dialog| dialog.played(run, ms)),
                Action::Interview(told) => {
                    if let Some(interviewer) = &mut self.interviewer {
                        interviewer.told(told);
                    }
                    self.take_events()
                }
            };
            for action in further.into_iter().rev() {
                actions.push_front(action);
            }
        }
        outputs
    }

    /// Calls the dialog, and takes what happens.
    fn control(&mut self, call: impl FnOnce(&Dialog)) -> Vec<Action> {
        if let Some(open) = &self.open {
            call(&open.dialog);
        }
        self.take_events()
    }

    fn open(&mut self, opening: &Opening) -> Vec<Action> {
        let opened = match (&opening.interview, self.is_interview) {
            (None, false) => self.open_dialog(opening).map_err(|error| Refusal::of(&error, None)),
            (Some(start), true) => self.open_interview(opening, start),
            (None, true) => Err(Reason::InterviewMissing.into()),
            (Some(_), false) => Err(Reason::NoInterviewHere.into()),
        };
        opened.unwrap_or_else(|refusal| self.conversation.refused(&refusal.problem()))
    }

    fn open_dialog(&mut self, opening: &Opening) -> Result<Vec<Action>> {
        let opened = self.new_dialog(opening)?;
        Ok(self.opened(opened))
    }

    /// Opens the dialog of an interview, and begins or resumes the interview.
    fn open_interview(
        &mut self,
        opening: &Opening,
        start: &InterviewStart,
    ) -> std::result::Result<Vec<Action>, Refusal> {
        let app = Arc::clone(&self.app);
        let subject = self.subject.clone().unwrap_or_default();
        let prepared = wait(Prepared::new(start, opening.language.as_ref(), &subject, &app))?;
        let opening = opening.for_interview(prepared.language());
        let opened = self.new_dialog(&opening).map_err(|error| Refusal::of(&error, None))?;
        let (model, speed) = (opened.0.model.clone(), opened.0.tts.style.speed);
        let (interviewer, started) = wait(prepared.begin(model, speed, &subject, &app))?;
        let mut actions = self.opened(opened);
        actions.push(interviewer.started(&started, &mut self.conversation));
        self.interviewer = Some(interviewer);
        actions.extend(self.interview());
        Ok(actions)
    }

    fn new_dialog(&self, opening: &Opening) -> Result<(Open, Opened, Hints)> {
        let senders = (self.input_sender.clone(), self.output_sender.clone());
        aside(true, || Open::new(opening, &self.app, senders))
    }

    fn opened(&mut self, (open, opened, hints): (Open, Opened, Hints)) -> Vec<Action> {
        self.open = Some(open);
        let token = self.tokens.draw();
        let connected = self.connected(token.as_deref());
        let mut actions = self.conversation.opened(&opened, &connected, hints.status());
        actions.extend(hints.warning().iter().flat_map(|warning| self.conversation.warn(warning)));
        actions.extend(self.take_events());
        actions
    }

    /// Takes the events of the dialog, and has audio made if there is room for it.
    fn take_events(&mut self) -> Vec<Action> {
        let mut actions = self.events();
        actions.extend(self.make_audio());
        actions
    }

    /// Takes the events of the dialog, and does what the interview answers.
    fn events(&mut self) -> Vec<Action> {
        let mut actions = self.dialog_events();
        actions.extend(self.interview());
        actions
    }

    fn dialog_events(&mut self) -> Vec<Action> {
        let now = Instant::now();
        let mut actions = Vec::new();
        let Some(open) = &mut self.open else { return actions };
        while let Some(event) = open.dialog.next_event() {
            open.measure(&event, now, &self.app);
            if let Some(interviewer) = &mut self.interviewer {
                interviewer.event(&event);
            }
            actions.extend(self.conversation.event(event, now));
        }
        actions
    }

    /// Does what the interview asks for, and returns what follows.
    fn interview(&mut self) -> Vec<Action> {
        let mut actions = Vec::new();
        while let (Some(interviewer), Some(open)) = (&mut self.interviewer, &mut self.open) {
            match interviewer.next(&mut self.conversation) {
                Some(Next::Act(action)) => actions.push(action),
                Some(Next::Clear) => {
                    open.dialog.clear();
                    actions.extend(self.dialog_events());
                }
                Some(Next::Speed(speed)) => match open.change(Change::of_speed(speed), &self.app.engine) {
                    Ok((changed, _)) => self.conversation.changed(changed),
                    Err(error) => actions.extend(self.conversation.not_changed(&error)),
                },
                None if interviewer.is_over() => {
                    actions.extend(self.conversation.end("ok"));
                    break;
                }
                None => break,
            }
        }
        actions
    }

    fn make_audio(&mut self) -> Option<Action> {
        let is_free = !self.is_parked && !self.conversation.is_making_audio();
        let open = self.open.as_ref().filter(|_| is_free)?;
        open.dialog.audio_due(AHEAD).filter(|due| *due <= Instant::now())?;
        self.conversation.submits_output();
        Some(Action::Output(OutputCommand::Next))
    }

    /// A command of the half that listens has made progress.
    fn listened(&mut self, update: Update<NewEvents>) -> Vec<Output> {
        let finals = self.conversation.finals();
        let mut actions = self.take_events();
        let lost = lost(&update);
        if update.is_done {
            self.app.metrics.worked(update.timing, self.conversation.oldest_audio());
            actions.extend(self.conversation.input_done(&errors(update.events)));
        }
        let has_final = self.conversation.finals() > finals;
        let mut outputs = self.act(actions);
        outputs.extend(has_final.then_some(Output::Final(update.timing.took)));
        outputs.extend(lost);
        outputs
    }

    /// A command of the half that speaks is done.
    fn spoke(&mut self, update: Update<NewEvents>) -> Vec<Output> {
        let lost = lost(&update);
        let mut actions = self.events();
        if update.is_done {
            actions.extend(self.conversation.output_done(&errors(update.events)));
            // There is room for another command.
            actions.extend(self.interview());
        }
        if let Some(open) = &mut self.open {
            open.works_since = self.conversation.is_making_audio().then(Instant::now);
        }
        actions.extend(self.make_audio());
        let mut outputs = self.act(actions);
        outputs.extend(lost);
        outputs
    }

    /// When a voice that does not answer is given up.
    fn voice_deadline(&self) -> Option<Instant> {
        let since = self.open.as_ref()?.works_since?;
        Some(since + self.app.config.policy.outcome_deadline())
    }

    /// When something is due without a message or a result.
    fn deadline(&mut self) -> Option<Instant> {
        let partial = self.conversation.deadline();
        let Some(open) = self.open.as_ref().filter(|_| !self.is_parked) else { return partial };
        if !self.conversation.is_ticking() {
            let at = open.dialog.deadline();
            self.tick_at = Some(self.tick_at.map_or(at, |before| before.min(at)));
        }
        let rules = self.tick_at;
        let is_free = !self.conversation.is_making_audio();
        let audio = is_free.then(|| open.dialog.audio_due(AHEAD)).flatten();
        let interview = self.interviewer.as_ref().and_then(Interviewer::deadline);
        [partial, rules, audio, interview, self.voice_deadline()].into_iter().flatten().min()
    }

    fn tick(&mut self) -> Vec<Output> {
        let now = Instant::now();
        if self.voice_deadline().is_some_and(|deadline| deadline <= now) {
            let error = Error::new(ErrorKind::ModelStuck, "the voice does not answer; reconnect");
            return vec![Output::Fail(CloseCode::Error, error)];
        }
        let mut actions = self.conversation.tick(now);
        let may_tick = self.open.is_some() && !self.is_parked && !self.conversation.is_ticking();
        if may_tick && self.tick_at.take_if(|at| *at <= now).is_some() {
            self.conversation.submits_tick();
            actions.push(Action::Input(InputCommand::Tick));
        }
        if let Some(interviewer) = &mut self.interviewer
            && !self.is_parked
            && interviewer.deadline().is_some_and(|deadline| deadline <= now)
        {
            interviewer.tick();
        }
        actions.extend(self.take_events());
        self.act(actions)
    }

    /// A change of the interview was stored, or could not be.
    fn stored(&mut self, stored: std::result::Result<(), StoreError>) -> Vec<Output> {
        let Some(interviewer) = &mut self.interviewer else { return Vec::new() };
        let actions = interviewer.tell_stored(stored, &mut self.conversation);
        self.act(actions)
    }
}

/// Waits for the store without delaying other connections.
fn wait<T>(work: impl Future<Output = T>) -> T {
    aside(true, || Handle::current().block_on(work))
}

/// What became of the interview's next change.
async fn next_stored(interviewer: Option<&mut Interviewer>) -> std::result::Result<(), StoreError> {
    match interviewer {
        Some(interviewer) => interviewer.stored().await,
        None => std::future::pending().await,
    }
}

/// The errors among events.
fn errors(events: Vec<Result<NewEvents>>) -> Vec<Error> {
    events.into_iter().filter_map(Result::err).collect()
}

/// The end of the connection if the session is lost: after a panic nothing else arrives.
fn lost(update: &Update<NewEvents>) -> Option<Output> {
    let mut errors = update.events.iter().filter_map(|event| event.as_ref().err());
    let is_lost = errors.any(|error| error.kind() == ErrorKind::Internal);
    let error = || Error::new(ErrorKind::Internal, "the session failed; reconnect");
    is_lost.then(|| Output::Fail(CloseCode::Error, error()))
}

impl Protocol for DialogSession {
    fn has_room(&self) -> bool {
        self.conversation.has_room()
    }

    fn is_waiting(&self) -> bool {
        self.conversation.is_waiting()
    }

    fn is_ended(&self) -> bool {
        self.conversation.is_ended()
    }

    fn is_speaking(&self) -> bool {
        self.conversation.is_speaking()
    }

    fn engine(&self) -> EngineState {
        if !self.conversation.is_waiting() {
            return EngineState::Idle;
        }
        match &self.open {
            Some(open) if self.app.engine.has_abandoned(&open.model.get()) => EngineState::Hung,
            _ => EngineState::Busy,
        }
    }

    fn length_of(&self, bytes: usize) -> Duration {
        self.conversation.length_of(bytes)
    }

    fn decoded(&mut self) -> Duration {
        let compressed = self.open.as_mut().and_then(|open| open.compressed.as_mut());
        compressed.map_or(Duration::ZERO, Compressed::take)
    }

    fn max_audio(&self) -> usize {
        self.conversation.max_audio()
    }

    fn audio(&mut self, audio: Vec<u8>) -> Vec<Output> {
        self.tokens.confirm();
        let actions = self.conversation.audio(audio);
        self.act(actions)
    }

    fn text(&mut self, text: &Utf8Bytes) -> Vec<Output> {
        self.tokens.confirm();
        let actions = self.conversation.text(text);
        self.act(actions)
    }

    fn warn(&mut self, warning: Error) -> Vec<Output> {
        let actions = self.conversation.warn(&warning);
        self.act(actions)
    }

    fn end(&mut self, code: &'static str) -> Vec<Output> {
        let actions = self.conversation.end(code);
        self.act(actions)
    }

    async fn replaced(&mut self) {
        if self.replacement.is_none() {
            match self.connections.recv().await {
                Some(connection) => self.replacement = Some(connection),
                // The session has a sender itself.
                None => std::future::pending().await,
            }
        }
    }

    async fn next(&mut self) -> Progress {
        if self.replacement.is_some() && !self.is_parked {
            return Progress { outputs: vec![Output::Replaced], is_result: false };
        }
        if !self.pending.is_empty() {
            return Progress { outputs: std::mem::take(&mut self.pending), is_result: false };
        }
        let deadline = self.deadline();
        let at = deadline.unwrap_or_else(Instant::now).into();
        tokio::select! {
            // What is done comes before what is due.
            biased;
            Some(update) = self.inputs.recv() => Progress { outputs: self.listened(update), is_result: true },
            Some(update) = self.outputs.recv() => Progress { outputs: self.spoke(update), is_result: true },
            Some(connection) = self.connections.recv(), if self.replacement.is_none() => {
                self.replacement = Some(connection);
                Progress { outputs: vec![Output::Replaced], is_result: false }
            }
            stored = next_stored(self.interviewer.as_mut()) => {
                Progress { outputs: self.stored(stored), is_result: false }
            }
            () = sleep_until(at), if deadline.is_some() => Progress { outputs: self.tick(), is_result: false },
        }
    }
}
