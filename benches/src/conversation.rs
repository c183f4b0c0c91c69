//! A conversation in simulated time: a dialog, a loudspeaker and a microphone that may hear it.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use voice_core::audio::{Format, SAMPLE_RATE};
use voice_core::dialog::{self, Dialog, DialogEvent, DialogInput, DialogOptions, DialogOutput, Expect, Say};
use voice_core::source::ModelSource;
use voice_core::stt::SttSource;
use voice_core::tts::{ClauseCache, Clock, TtsSession, VoiceSource};
use voice_core::{Engine, EngineOptions, Result, SttOptions, TtsOptions};

/// Samples of one step: 16 ms.
pub const STEP: usize = 256;

/// Audio that the loudspeaker's device has at most, in samples.
const BUFFER: usize = SAMPLE_RATE as usize;

/// The echo of the loudspeaker in the microphone.
#[derive(Debug, Clone, Copy)]
pub struct Echo {
    /// Its gain.
    pub gain: f32,
    /// Its delay.
    pub delay_ms: usize,
    /// The response of the room after the delay, with a power of 1.
    pub room: Option<&'static [f32]>,
    /// The device begins to play up to this time later, at each start of audio.
    pub late_ms: usize,
}

impl Echo {
    /// An echo without reverberation, of a device that plays at once.
    pub const fn new(gain: f32, delay_ms: usize) -> Self {
        Self { gain, delay_ms, room: None, late_ms: 0 }
    }
}

/// The models of many conversations.
pub struct Models {
    engine: Engine,
    cache: Arc<ClauseCache>,
}

impl Models {
    /// Loads the model of speech to text at `model`, and `voice`.
    pub fn load(model: &Path, voice: VoiceSource) -> Result<Self> {
        let stt = vec![SttSource::from(ModelSource::folder(model))];
        let engine = Engine::new(EngineOptions { stt, tts: vec![voice], ..EngineOptions::default() });
        engine.load()?;
        Ok(Self { engine, cache: Arc::new(ClauseCache::new(64 << 20)) })
    }
}

/// A dialog in simulated time.
pub struct Conversation {
    dialog: Dialog,
    input: DialogInput,
    output: DialogOutput,
    /// Nanoseconds since the start.
    time: Arc<AtomicU64>,
    clock: Clock,
    echo: Option<Echo>,
    run: u32,
    buffer: VecDeque<i16>,
    /// Steps until the device begins to play.
    starts_in: usize,
    random: fastrand::Rng,
    /// The position of the listener in the audio of the dialog, in samples.
    position: u64,
    /// All that the loudspeaker has played.
    pub loudspeaker: Vec<i16>,
    /// The events, each with its time in milliseconds.
    pub events: Vec<(u64, DialogEvent)>,
    /// The real time at which the next audio was asked for.
    asked: Option<Instant>,
    /// The real times from a request, or from the end of the turn that it waited for, to its first audio.
    pub until_audio: Vec<Duration>,
}

impl Echo {
    /// The echo at a sample of what the loudspeaker has played.
    fn at(&self, played: &[i16], at: usize) -> f32 {
        let Some(direct) = at.checked_sub(self.delay_ms * SAMPLE_RATE as usize / 1_000) else { return 0.0 };
        let heard = match self.room {
            None => f32::from(played[direct]),
            Some(room) => {
                let before = &played[(direct + 1).saturating_sub(room.len())..=direct];
                before.iter().rev().zip(room).map(|(&sample, tap)| f32::from(sample) * tap).sum()
            }
        };
        heard * self.gain
    }
}

impl Conversation {
    /// A dialog with these options. The position of the listener is reported every 200 ms and when it stops.
    pub fn new(
        models: &Models,
        stt: SttOptions,
        options: DialogOptions,
        expect: Expect,
        echo: Option<Echo>,
    ) -> Result<Self> {
        let (time, epoch) = (Arc::<AtomicU64>::default(), Instant::now());
        let shown = Arc::clone(&time);
        let clock = Clock::new(move || epoch + Duration::from_nanos(shown.load(Ordering::Acquire)));
        let stt = models.engine.stt_session(SttOptions { format: Format::default(), ..stt })?;
        let voices = models.engine.voices(None)?;
        let tts = TtsOptions { sample_rate: Some(SAMPLE_RATE), ..TtsOptions::default() };
        let tts = TtsSession::new(voices, tts, Arc::clone(&models.cache), clock.clone())?;
        let (dialog, input, output) = dialog::open(stt, tts, options, expect, clock.clone())?;
        Ok(Self {
            dialog,
            input,
            output,
            time,
            clock,
            echo,
            run: 0,
            buffer: VecDeque::new(),
            starts_in: 0,
            random: fastrand::Rng::with_seed(1),
            position: 0,
            loudspeaker: Vec::new(),
            events: Vec::new(),
            asked: None,
            until_audio: Vec::new(),
        })
    }

    /// The time in milliseconds.
    pub fn now_ms(&self) -> u64 {
        self.time.load(Ordering::Acquire) / 1_000_000
    }

    /// Requests an utterance.
    pub fn say(&mut self, id: &str, text: &str) -> Result<()> {
        self.asked = Some(Instant::now());
        self.output.say(Say::new(id, text))
    }

    /// The handle of the dialog.
    pub fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    /// The listening half.
    pub fn input(&mut self) -> &mut DialogInput {
        &mut self.input
    }

    /// Lets the user say `samples`, and silence to the end of the last step.
    pub fn hear(&mut self, samples: &[i16]) -> Result<()> {
        for piece in samples.chunks(STEP) {
            self.step(piece)?;
        }
        Ok(())
    }

    /// Lets time pass in silence.
    pub fn wait(&mut self, ms: u64) -> Result<()> {
        for _ in 0..ms.div_ceil(16) {
            self.step(&[])?;
        }
        Ok(())
    }

    /// The time of the first event after `from_ms` that `is` accepts.
    pub fn find(&self, from_ms: u64, is: impl Fn(&DialogEvent) -> bool) -> Option<u64> {
        self.events.iter().find(|(at, event)| *at >= from_ms && is(event)).map(|(at, _)| *at)
    }

    /// One step: the loudspeaker plays, the microphone hears `voice` and the echo.
    fn step(&mut self, voice: &[i16]) -> Result<()> {
        self.play();
        let mut heard = [0; STEP];
        for (at, sample) in heard.iter_mut().enumerate() {
            let echo =
                self.echo.map_or(0.0, |echo| echo.at(&self.loudspeaker, self.loudspeaker.len() - STEP + at));
            let voice = f32::from(voice.get(at).copied().unwrap_or_default());
            *sample = (voice + echo).clamp(-32_768.0, 32_767.0) as i16;
        }
        let bytes: Vec<u8> = heard.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        self.time.fetch_add(16_000_000, Ordering::AcqRel);
        self.input.push(&bytes)?;
        self.take_events();
        if self.dialog.deadline() <= self.clock.now() {
            self.input.tick();
        }
        self.take_events();
        while self.buffer.len() < BUFFER && self.dialog.wants_audio() && self.output.next_audio() {
            self.take_events();
        }
        self.take_events();
        Ok(())
    }

    fn play(&mut self) {
        let is_late = self.starts_in > 0 && !self.buffer.is_empty();
        self.starts_in -= usize::from(is_late);
        let count = if is_late { 0 } else { self.buffer.len().min(STEP) };
        let begin = self.loudspeaker.len();
        self.loudspeaker.extend(self.buffer.drain(..count));
        self.loudspeaker.resize(begin + STEP, 0);
        self.position += count as u64;
        let step = self.now_ms() / 16;
        if count > 0 && (step.is_multiple_of(12) || self.buffer.is_empty()) {
            self.report();
        }
    }

    fn report(&self) {
        self.dialog.played(self.run, self.position * 1_000 / u64::from(SAMPLE_RATE));
    }

    fn take_events(&mut self) {
        while let Some(event) = self.dialog.next_event() {
            match &event {
                DialogEvent::TurnEnded { .. } if self.asked.is_some() => self.asked = Some(Instant::now()),
                DialogEvent::Audio { run, chunk } => {
                    self.until_audio.extend(self.asked.take().map(|asked| asked.elapsed()));
                    assert_eq!(*run, self.run, "audio of an older run");
                    if self.buffer.is_empty() {
                        let late_ms = self.echo.map_or(0, |echo| echo.late_ms);
                        self.starts_in = self.random.usize(0..=late_ms / 16);
                        self.position = chunk.at_ms * u64::from(SAMPLE_RATE) / 1_000;
                    }
                    self.buffer
                        .extend(chunk.audio.as_chunks().0.iter().map(|&bytes| i16::from_le_bytes(bytes)));
                }
                DialogEvent::Paused { run, .. } | DialogEvent::Interrupted { run, .. } => {
                    // The exact position at which it stopped.
                    self.report();
                    self.run = *run;
                    self.buffer.clear();
                }
                _ => {}
            }
            let now = self.now_ms();
            self.events.push((now, event));
        }
    }
}
