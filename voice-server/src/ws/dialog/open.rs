//! The dialog of a conversation that has begun.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use voice_core::dialog::{
    self, Dialog, DialogEvent, DialogInput, DialogOutput, InputCommand, NewEvents, OutputCommand,
};
use voice_core::pool::{QUEUE, SessionHandle, Update};
use voice_core::stt::ModelInUse;
use voice_core::tts::{Clock, TtsOptions};
use voice_core::{Engine, Error, ErrorKind, Result, SttSession};

use crate::app::App;
use crate::protocol::voice_v1::{Change, Changed, Opened, Opening};
use crate::ws::hints::Hints;
use crate::ws::pace::Compressed;

/// An open dialog.
pub(super) struct Open {
    pub(super) dialog: Dialog,
    pub(super) input: SessionHandle<DialogInput>,
    pub(super) output: SessionHandle<DialogOutput>,
    /// How the next text is spoken.
    pub(super) tts: TtsOptions,
    pub(super) model: ModelInUse,
    pub(super) compressed: Option<Compressed>,
    /// When the audio that is being waited for was requested.
    pub(super) asked_at: Option<Instant>,
    /// Since when the half that speaks works without a result.
    pub(super) works_since: Option<Instant>,
    pub(super) paused_at: Option<Instant>,
    pub(super) cut_offs: u64,
}

impl Open {
    /// Opens a dialog in the pool. `senders` get the updates of its halves; they have room for those of all commands in
    /// progress.
    pub(super) fn new(
        opening: &Opening,
        app: &App,
        senders: (mpsc::Sender<Update<NewEvents>>, mpsc::Sender<Update<NewEvents>>),
    ) -> Result<(Self, Opened, Hints)> {
        let engine = &app.engine;
        let models = engine.stt_models(opening.language.as_ref())?;
        let hints = Hints::new(&opening.hints, &*models[0])?;
        let mut stt = opening.stt.clone();
        stt.grammar = hints.grammar().cloned();
        let tts =
            TtsOptions { loudness: app.config.loudness.0, lexicon: app.lexicon.get(), ..opening.tts.clone() };
        let speaker = engine.tts_session(tts.clone())?;
        let listener = SttSession::new(models, stt)?;
        let (model, compressed) = (listener.model_in_use(), Compressed::of(&listener));
        let language = opening.language.clone().unwrap_or_else(|| engine.stt_language(&model.get()));
        let options = opening.dialog(&language);
        let expect = opening.expect.clone();
        let (dialog, input, mut output) = dialog::open(listener, speaker, options, expect, Clock::default())?;
        // There is no text yet, so this gives the event that the voice is ready.
        output.next_audio();
        let (mut voice, mut listening) = (None, None);
        while let Some(event) = dialog.next_event() {
            match event {
                DialogEvent::VoiceReady { voice: info, format } => voice = Some((info, format)),
                DialogEvent::Listening { model } => listening = Some(model),
                _ => {}
            }
        }
        let (Some((voice, format)), Some(listening)) = (voice, listening) else {
            return Err(Error::new(ErrorKind::Internal, "the dialog did not begin; try again"));
        };
        let (inputs, outputs) = senders;
        let open = Self {
            dialog,
            input: app.pool.attach(input, move |update| {
                // The events are in the dialog; only the ends of commands must arrive.
                if update.is_done || inputs.capacity() > QUEUE {
                    drop(inputs.try_send(update));
                }
            }),
            output: app.pool.attach(output, move |update| drop(outputs.try_send(update))),
            tts,
            model,
            compressed,
            asked_at: None,
            works_since: None,
            paused_at: None,
            cut_offs: 0,
        };
        Ok((open, Opened { model: listening, language, voice, format }, hints))
    }

    /// Submits what an update changes. Returns what it was, and what the hints do.
    pub(super) fn change(&mut self, change: Change, engine: &Engine) -> Result<(Changed, Option<Hints>)> {
        let is_of_input = change.is_of_input();
        let models = change
            .language
            .clone()
            .map(|language| engine.stt_models(Some(&language)).map(|models| (language, models)));
        let models = models.transpose()?;
        let mut stt = change.stt;
        let current = self.model.get();
        let model = models.as_ref().and_then(|(_, models)| models.first()).unwrap_or(&current);
        let hints = change.hints.map(|phrases| Hints::new(&phrases, &**model)).transpose()?;
        if let Some(hints) = &hints {
            stt.grammar = hints.update();
        }
        let voice = change.voice;
        let mut tts = self.tts.clone();
        tts.expected_language = change.language.clone().or(tts.expected_language);
        tts.voice = voice.voice.or(tts.voice);
        tts.style.speed = voice.speed.unwrap_or(tts.style.speed);
        tts.style.pitch = voice.pitch.unwrap_or(tts.style.pitch);
        tts.volume = voice.volume.unwrap_or(tts.volume);
        tts.style.validate()?;
        let is_of_output = tts.style != self.tts.style
            || (&tts.voice, &tts.expected_language) != (&self.tts.voice, &self.tts.expected_language)
            || tts.volume.to_bits() != self.tts.volume.to_bits();
        let voices = is_of_output.then(|| engine.voices_for(&tts)).transpose()?;
        if is_of_input {
            let update = dialog::InputUpdate { stt, models, expect: change.expect };
            self.input.submit(InputCommand::Update(Box::new(update)))?;
        }
        if let Some(voices) = voices {
            self.tts = tts.clone();
            let update = dialog::OutputUpdate { voices, options: tts };
            self.output.submit(self.dialog.request(OutputCommand::Update(Box::new(update))))?;
        }
        let changed = Changed {
            input: is_of_input,
            output: is_of_output,
            interim: change.interim,
            language: change.language,
        };
        Ok((changed, hints))
    }

    /// Counts what happened.
    pub(super) fn measure(&mut self, event: &DialogEvent, now: Instant, app: &App) {
        let dialogs = &app.metrics.dialogs;
        match event {
            DialogEvent::Audio { .. } => {
                if let Some(asked_at) = self.asked_at.take() {
                    app.metrics.first_audio_after(now.saturating_duration_since(asked_at));
                }
            }
            DialogEvent::Paused { .. } => self.paused_at = Some(now),
            DialogEvent::Resumed { reason } => dialogs.resumed(*reason, self.decided(now)),
            DialogEvent::Interrupted { .. } => dialogs.interrupted(self.decided(now)),
            DialogEvent::TurnEnded { reason, silence_ms, .. } => dialogs.turn_ended(*reason, *silence_ms),
            _ => {}
        }
        let cut_offs = self.dialog.counts().cut_offs;
        dialogs.cut_off(cut_offs - std::mem::replace(&mut self.cut_offs, cut_offs));
    }

    /// The time since the pause, if there was one.
    fn decided(&mut self, now: Instant) -> Option<Duration> {
        Some(now.saturating_duration_since(self.paused_at.take()?))
    }
}
