//! The half of a dialog that takes the user's audio.

use std::fmt;
use std::sync::Arc;

use super::event::DialogEvent;
use super::options::Expect;
use super::rules::Rules;
use super::{Dialog, NewEvents};
use crate::error::Result;
use crate::language::LanguageTag;
use crate::pool::{Budget, Machine, Step, StepLength};
use crate::stt::{Model, SttEvent, SttSession, SttUpdate};
use crate::vad::{Endpoint, FRAME};

/// The silence after which the speech-to-text session itself ends an utterance, in milliseconds. The rules of the dialog
/// end it before that.
const SILENCE_MS: u32 = 10_000;

/// Samples between two looks at the silence of the user.
const PIECE: usize = FRAME;

/// The half of a dialog that takes the user's audio.
pub struct DialogInput {
    stt: SttSession,
    dialog: Dialog,
}

/// A request to it in a [`Pool`](crate::pool::Pool).
#[derive(Debug, Clone)]
pub enum InputCommand {
    /// Process this audio, in the format of the session.
    Audio(InputAudio),
    /// Change what the user is expected to say, and options of the following utterances.
    Update(Box<InputUpdate>),
    /// End the user's turn now.
    EndTurn,
    /// Do what is due at [`Dialog::deadline`].
    Tick,
    /// End the stream.
    Finish,
}

/// What [`InputCommand::Update`] changes. The default changes nothing.
#[derive(Clone, Default)]
pub struct InputUpdate {
    /// Options of the following utterances.
    pub stt: SttUpdate,
    /// The models of another language, in order of preference.
    pub models: Option<(LanguageTag, Vec<Arc<dyn Model>>)>,
    /// What the user is expected to say.
    pub expect: Option<Expect>,
}

/// Audio that is processed in steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputAudio {
    bytes: Vec<u8>,
    taken: usize,
}

impl fmt::Debug for InputUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let language = self.models.as_ref().map(|(language, _)| language);
        f.debug_struct("InputUpdate")
            .field("stt", &self.stt)
            .field("language", &language)
            .field("expect", &self.expect)
            .finish()
    }
}

impl InputCommand {
    /// The command to process `audio`.
    pub fn audio(audio: Vec<u8>) -> Self {
        Self::Audio(InputAudio { bytes: audio, taken: 0 })
    }
}

impl DialogInput {
    pub(super) fn new(mut stt: SttSession, dialog: Dialog) -> Result<Self> {
        let endpoint = Endpoint { silence_ms: SILENCE_MS, ..stt.options().endpoint };
        stt.update(SttUpdate { endpoint: Some(endpoint), ..SttUpdate::default() })?;
        let mut input = Self { stt, dialog };
        input.take_events();
        Ok(input)
    }

    /// Processes audio of the user, cut anywhere. Blocks while the engine decodes. Errors of the engine are events.
    ///
    /// Fails as [`SttSession::push`] does if the audio is too large or the stream has ended.
    pub fn push(&mut self, audio: &[u8]) -> Result<()> {
        let piece = self.stt.bytes_of(PIECE).max(1);
        for piece in audio.chunks(piece) {
            self.dialog.follow_echo();
            let pushed = self.stt.push(piece);
            self.report(pushed)?;
            self.take_events();
            let silence_ms = self.stt.trailing_silence_ms();
            let now_ms = self.stt.now_ms();
            let quiet_ms = self.stt.trailing_quiet_ms();
            self.dialog.with(|rules, facts| {
                rules.heard_audio(silence_ms, now_ms, facts);
                rules.heard_quiet(quiet_ms, facts);
            });
            self.end_if_due();
        }
        Ok(())
    }

    /// Does what is due, such as the end of a turn whose audio stopped.
    pub fn tick(&mut self) {
        self.dialog.with(Rules::tick);
        self.end_if_due();
    }

    /// Changes options of the following utterances, their models, or what the user is expected to say. See
    /// [`SttSession::update_models`]; the silence of `update` is not looked at.
    pub fn update(&mut self, update: InputUpdate) -> Result<()> {
        let InputUpdate { stt, models, expect } = update;
        let endpoint = stt.endpoint.map(|endpoint| Endpoint { silence_ms: SILENCE_MS, ..endpoint });
        let stt = SttUpdate { endpoint, ..stt };
        match models {
            Some((language, models)) => self.stt.update_models(models, Some(language), stt)?,
            None => self.stt.update(stt)?,
        }
        self.take_events();
        if let Some(expect) = expect {
            self.dialog.with(|rules, _| rules.expect = expect);
        }
        Ok(())
    }

    /// Carries out a command to its end.
    pub fn carry_out(&mut self, command: InputCommand) -> Result<()> {
        match command {
            InputCommand::Audio(audio) => self.push(&audio.bytes[audio.taken..]),
            InputCommand::Update(update) => self.update(*update),
            InputCommand::EndTurn => {
                self.end_turn();
                Ok(())
            }
            InputCommand::Tick => {
                self.tick();
                Ok(())
            }
            InputCommand::Finish => self.finish(),
        }
    }

    /// Ends the user's turn now, if there is one.
    pub fn end_turn(&mut self) {
        self.dialog.with(Rules::end_turn);
        self.end_if_due();
    }

    /// Ends the stream of audio: a turn in progress ends. The other half may go on.
    pub fn finish(&mut self) -> Result<()> {
        self.dialog.with(|rules, facts| {
            rules.is_ended = true;
            rules.end_turn(facts);
        });
        // The end of the stream ends the utterance.
        self.dialog.with(|rules, _| rules.is_end_due = false);
        let finished = self.stt.finish();
        self.take_events();
        self.report(finished)
    }

    /// Ends the utterance if the rules asked for it.
    fn end_if_due(&mut self) {
        let is_due = self.dialog.with(|rules, _| std::mem::take(&mut rules.is_end_due));
        if is_due {
            let ended = self.stt.flush();
            self.take_events();
            let _ = self.report(ended);
        }
    }

    /// Makes an event of an error of the engine, and passes the others on.
    fn report(&mut self, outcome: Result<()>) -> Result<()> {
        match outcome {
            Err(error) if !is_of_the_caller(&error) => {
                self.dialog.with(|rules, _| rules.emit(DialogEvent::Failed(error)));
                Ok(())
            }
            other => other,
        }
    }

    fn take_events(&mut self) {
        loop {
            match self.stt.next_event() {
                Ok(Some(event)) => self.take(event),
                Ok(None) => return,
                Err(error) => self.dialog.with(|rules, _| rules.emit(DialogEvent::Failed(error))),
            }
        }
    }

    fn take(&self, event: SttEvent) {
        self.dialog.with(|rules, facts| match event {
            SttEvent::Ready { model } => rules.emit(DialogEvent::Listening { model }),
            SttEvent::ModelChanged { model } => rules.emit(DialogEvent::ModelChanged { model }),
            SttEvent::Warning { kind, message } => {
                rules.emit(DialogEvent::Warning(crate::Error::new(kind, message)));
            }
            SttEvent::SpeechStarted { at_ms } => rules.speech_started(at_ms, facts),
            SttEvent::Partial { text } => rules.partial(text, facts),
            SttEvent::Final(transcript) => rules.final_text(transcript, facts),
            SttEvent::SpeechEnded { at_ms, reason } => rules.speech_ended(at_ms, reason, facts),
            // The dialog has its own rule for silence of both sides.
            SttEvent::NoSpeech { .. } => {}
        });
    }
}

fn is_of_the_caller(error: &crate::Error) -> bool {
    use crate::ErrorKind::{AudioMisaligned, MessageTooLarge, SessionEnded};
    matches!(error.kind(), AudioMisaligned | MessageTooLarge | SessionEnded)
}

impl Machine for DialogInput {
    type Command = InputCommand;
    type Event = NewEvents;
    const STEPS: StepLength = StepLength::Short;

    fn step(
        &mut self,
        command: &mut InputCommand,
        budget: Budget,
        events: &mut Vec<Result<NewEvents>>,
    ) -> Step {
        let (outcome, step) = match command {
            InputCommand::Audio(audio) => {
                let begin = audio.taken;
                let most = self.stt.bytes_of(budget.samples).max(1);
                audio.taken = audio.bytes.len().min(begin + most);
                let outcome = self.push(&audio.bytes[begin..audio.taken]);
                (outcome, if audio.taken == audio.bytes.len() { Step::Done } else { Step::More })
            }
            command => (self.carry_out(std::mem::replace(command, InputCommand::Tick)), Step::Done),
        };
        events.push(outcome.map(|()| NewEvents));
        step
    }

    // `quick_step` is not implemented: a look at the rules takes a lock that the other half may hold.
}
