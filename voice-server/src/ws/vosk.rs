//! A session of speech to text with the protocol of vosk-server.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use voice_core::pool::{SessionHandle, Update};
use voice_core::stt::{Model, ModelInUse, SttSession};
use voice_core::{Error, ErrorKind, SttEvent};

use super::deadlines::EngineState;
use super::pace::Compressed;
use super::protocol::{Output, Progress, Protocol};
use crate::app::App;
use crate::protocol::voice_v1;
use crate::protocol::vosk::{Action, Conversation, MAX_UPDATES};

pub(super) struct VoskSession {
    /// In order of preference; at least one.
    models: Vec<Arc<dyn Model>>,
    /// The model that the session uses, once it is open.
    in_use: Option<ModelInUse>,
    compressed: Option<Compressed>,
    conversation: Conversation,
    attached: Option<SessionHandle<SttSession>>,
    updates: mpsc::Sender<Update<SttEvent>>,
    results: mpsc::Receiver<Update<SttEvent>>,
    /// Speech has begun and not ended.
    is_speaking: bool,
    /// The first message may ask for another protocol.
    may_switch: bool,
    app: Arc<App>,
}

impl VoskSession {
    /// With `models` in order of preference; at least one.
    pub(super) fn new(models: Vec<Arc<dyn Model>>, may_switch: bool, app: Arc<App>) -> Self {
        let (updates, results) = mpsc::channel(MAX_UPDATES);
        Self {
            models,
            in_use: None,
            compressed: None,
            conversation: Conversation::new(app.config.endpoint),
            attached: None,
            updates,
            results,
            is_speaking: false,
            may_switch,
            app,
        }
    }

    /// Calls the conversation. If it may look up thousands of words, other connections are not delayed.
    fn converse(&mut self, tell: impl FnOnce(&mut Conversation, &dyn Model) -> Vec<Action>) -> Vec<Output> {
        let Self { conversation, models, .. } = self;
        let actions = aside(conversation.has_phrases(), || tell(conversation, &*models[0]));
        self.act(actions)
    }

    fn act(&mut self, actions: Vec<Action>) -> Vec<Output> {
        let mut outputs = Vec::with_capacity(actions.len());
        for action in actions {
            match action {
                Action::Open(options) => {
                    match aside(options.grammar.is_some(), || SttSession::new(self.models.clone(), options)) {
                        Ok(session) => {
                            self.in_use = Some(session.model_in_use());
                            self.compressed = Compressed::of(&session);
                            let updates = self.updates.clone();
                            // Never full: it has room for all updates of the commands in progress.
                            let sink = move |update| drop(updates.try_send(update));
                            self.attached = Some(self.app.pool.attach(session, sink));
                        }
                        Err(error) => {
                            outputs.push(Output::Fail(CloseCode::Policy, error));
                            return outputs;
                        }
                    }
                }
                Action::Submit(command) => {
                    let submitted = self.attached.as_ref().map(|attached| attached.submit(command));
                    if let Some(Err(error)) = submitted {
                        outputs.push(Output::Fail(CloseCode::Error, error));
                        return outputs;
                    }
                }
                Action::Reply(text) => outputs.push(Output::Send(Message::text(text))),
                Action::Close => outputs.push(Output::Close),
                Action::Refuse => outputs.push(Output::Refuse),
            }
        }
        outputs
    }

    /// Tells the client the results of a command.
    fn tell(&mut self, update: Update<SttEvent>) -> Vec<Output> {
        // After a panic nothing else will arrive. A model that hangs, without a fallback, is replaced for new sessions only.
        let mut errors = update.events.iter().filter_map(|event| event.as_ref().err());
        let lost = errors.find_map(|error| match error.kind() {
            ErrorKind::Internal => Some(Error::new(error.kind(), "the session failed; reconnect")),
            ErrorKind::ModelStuck => Some(Error::new(error.kind(), "the engine does not answer; reconnect")),
            _ => None,
        });
        let mut outputs = self.measure(&update);
        let actions = self.conversation.update(update);
        outputs.extend(self.act(actions));
        outputs.extend(lost.map(|error| Output::Fail(CloseCode::Error, error)));
        outputs
    }

    fn measure(&mut self, update: &Update<SttEvent>) -> Vec<Output> {
        if update.is_done {
            self.app.metrics.worked(update.timing, self.conversation.oldest_audio());
        }
        let mut outputs = Vec::new();
        for event in update.events.iter().flatten() {
            match event {
                SttEvent::SpeechStarted { .. } => self.is_speaking = true,
                SttEvent::SpeechEnded { .. } => self.is_speaking = false,
                SttEvent::Final(_) => outputs.push(Output::Final(update.timing.took)),
                _ => {}
            }
        }
        outputs
    }
}

impl Protocol for VoskSession {
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
        self.is_speaking
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

    fn length_of(&self, bytes: usize) -> Duration {
        self.conversation.length_of(bytes)
    }

    fn decoded(&mut self) -> Duration {
        self.compressed.as_mut().map_or(Duration::ZERO, Compressed::take)
    }

    fn max_audio(&self) -> usize {
        self.conversation.max_audio()
    }

    fn audio(&mut self, audio: Vec<u8>) -> Vec<Output> {
        self.may_switch = false;
        self.converse(|conversation, model| conversation.audio(audio, model))
    }

    fn text(&mut self, text: &Utf8Bytes) -> Vec<Output> {
        if std::mem::take(&mut self.may_switch) && voice_v1::Conversation::is_asked_for(text) {
            return vec![Output::Switch(text.clone())];
        }
        self.converse(|conversation, model| conversation.text(text, model))
    }

    fn warn(&mut self, warning: Error) -> Vec<Output> {
        self.conversation.warn(warning);
        Vec::new()
    }

    fn end(&mut self, _: &'static str) -> Vec<Output> {
        self.converse(Conversation::end)
    }

    async fn next(&mut self) -> Progress {
        match self.results.recv().await {
            Some(update) => Progress { outputs: self.tell(update), is_result: true },
            // The session has a sender itself.
            None => std::future::pending().await,
        }
    }
}

/// Does work that `is_long` (milliseconds) without delaying other connections.
pub(super) fn aside<T>(is_long: bool, work: impl FnOnce() -> T) -> T {
    if is_long { tokio::task::block_in_place(work) } else { work() }
}
