//! An interview whose answers are recordings: a host in simulated time, for the command line, for tests and for
//! measurements. Prompts are not made audible.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::machine::{EndReason, Escalated, Input, Interview};
use super::response::ResponseStatus;
use super::session::{InterviewSession, SessionAction};
use crate::LanguageTag;
use crate::audio::SAMPLE_RATE;
use crate::dialog::{
    self, Dialog, DialogEvent, DialogInput, DialogOptions, DialogOutput, InputCommand, OutputCommand,
};
use crate::engine::Engine;
use crate::error::Result;
use crate::stt::{SttOptions, SttSession};
use crate::tts::{
    Canceller, ClauseCache, Clock, Rendering, Speech, Style, TtsOptions, TtsSession, Voice, VoiceInfo,
};

/// The time of a step, and its samples.
const STEP: Duration = Duration::from_millis(16);
const STEP_SAMPLES: usize = SAMPLE_RATE as usize / 1_000 * 16;

/// The silence after an answer after which its turn is over in any case.
const AFTER: Duration = Duration::from_secs(5);

/// The longest time for a prompt to be heard: prompts without audio take none.
const PROMPT: Duration = Duration::from_secs(10);

/// An interview whose answers are recordings.
pub struct RecordedInterview {
    session: InterviewSession,
    dialog: Dialog,
    input: DialogInput,
    output: DialogOutput,
    /// Microseconds since the start.
    time: Arc<AtomicU64>,
    clock: Clock,
    run: u32,
    turns: u64,
    /// The user's turn is not over.
    is_speaking: bool,
    happened: VecDeque<Happened>,
}

/// What happened in such an interview.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Happened {
    /// The user hears this.
    Said(String),
    /// The user said this, by the recognizer.
    Heard {
        /// The words.
        text: String,
        /// The silence after which the turn was over, in milliseconds.
        silence_ms: u32,
    },
    /// An answer changed.
    Saved,
    /// Those who help are told.
    Escalated(Escalated),
    /// The interview is over.
    Finished {
        /// The status of the response.
        status: ResponseStatus,
        /// Why.
        reason: EndReason,
    },
}

impl RecordedInterview {
    /// An interview that listens with the engine's model for its language. The first prompts were heard.
    pub fn new(engine: &Engine, interview: Interview) -> Result<Self> {
        let language = interview.options().language.clone();
        let (time, epoch) = (Arc::<AtomicU64>::default(), Instant::now());
        let shown = Arc::clone(&time);
        let clock = Clock::new(move || epoch + Duration::from_micros(shown.load(Ordering::Acquire)));
        let options = InterviewSession::stt_options(SttOptions::default(), &language);
        let stt = SttSession::new(engine.stt_models(Some(&language))?, options)?;
        let model = stt.model_in_use();
        let voice: Arc<dyn Voice> = Arc::new(Silent::new(language.clone()));
        let options = TtsOptions { loudness: None, ..TtsOptions::default() };
        let cache = Arc::new(ClauseCache::new(1 << 20));
        let tts = TtsSession::new(vec![voice], options, cache, clock.clone())?;
        let options = InterviewSession::dialog_options(DialogOptions::default(), &language);
        let (dialog, input, output) =
            dialog::open(stt, tts, options, InterviewSession::first_expect(), clock.clone())?;
        let session = InterviewSession::new(interview, model);
        let mut recorded = Self {
            session,
            dialog,
            input,
            output,
            time,
            clock,
            run: 0,
            turns: 0,
            is_speaking: false,
            happened: VecDeque::new(),
        };
        recorded.act()?;
        recorded.hear_prompts()?;
        Ok(recorded)
    }

    /// The interview.
    pub fn interview(&self) -> &Interview {
        self.session.interview()
    }

    /// What happened since the last call.
    pub fn next_happened(&mut self) -> Option<Happened> {
        self.happened.pop_front()
    }

    /// The user says this: samples of one channel at [`SAMPLE_RATE`], then silence until the turn is over and what
    /// follows was heard. Returns false if no speech was found in it.
    pub fn answer(&mut self, samples: &[i16]) -> Result<bool> {
        let turns = self.turns;
        for piece in samples.chunks(STEP_SAMPLES) {
            self.step(piece)?;
        }
        let end = self.now() + AFTER;
        while (self.turns == turns || self.is_speaking) && self.now() < end {
            self.step(&[])?;
        }
        self.hear_prompts()?;
        Ok(self.turns > turns)
    }

    /// The user types this.
    pub fn typed(&mut self, text: &str) -> Result<()> {
        self.session.input(Input::Typed(text.to_owned()), self.now());
        self.act()?;
        self.hear_prompts()
    }

    /// The user says nothing until the interview does something.
    pub fn be_silent(&mut self) -> Result<()> {
        let before = self.happened.len();
        while self.happened.len() == before && self.session.timeout().is_some() {
            self.step(&[])?;
        }
        self.hear_prompts()
    }

    /// The user is gone.
    pub fn stop(&mut self) {
        self.session.stop();
        // What is left to be said is not heard.
        let _ = self.act();
    }

    /// The interview, without its dialog.
    pub fn into_interview(self) -> Interview {
        self.session.into_interview()
    }

    /// Lets time pass until all prompts were heard.
    fn hear_prompts(&mut self) -> Result<()> {
        let end = self.now() + PROMPT;
        while !self.session.is_waiting() && self.now() < end {
            self.step(&[])?;
        }
        Ok(())
    }

    fn now(&self) -> Duration {
        Duration::from_micros(self.time.load(Ordering::Acquire))
    }

    /// A step of time, in which the microphone hears `voice`.
    fn step(&mut self, voice: &[i16]) -> Result<()> {
        self.time.fetch_add(u64::try_from(STEP.as_micros()).unwrap_or_default(), Ordering::AcqRel);
        let silence = std::iter::repeat_n(&0, STEP_SAMPLES.saturating_sub(voice.len()));
        let bytes: Vec<u8> = voice.iter().chain(silence).flat_map(|sample| sample.to_le_bytes()).collect();
        self.input.push(&bytes)?;
        if self.dialog.deadline() <= self.clock.now() {
            self.input.tick();
        }
        self.session.input(Input::Tick, self.now());
        self.take_events();
        self.act()
    }

    fn take_events(&mut self) {
        while let Some(event) = self.dialog.next_event() {
            match &event {
                // What is made is heard at once.
                DialogEvent::Audio { run, chunk } => {
                    self.run = *run;
                    self.dialog.played(*run, chunk.end_ms);
                }
                DialogEvent::Paused { run, .. } | DialogEvent::Interrupted { run, .. } => self.run = *run,
                DialogEvent::SpeechStarted { .. } => self.is_speaking = true,
                DialogEvent::Resumed { .. } => self.is_speaking = false,
                DialogEvent::TurnEnded { text, silence_ms, .. } => {
                    self.turns += 1;
                    self.is_speaking = false;
                    self.happened.push_back(Happened::Heard { text: text.clone(), silence_ms: *silence_ms });
                }
                _ => {}
            }
            self.session.event(&event, self.now());
        }
    }

    /// Does what the session asks, and has its prompts made.
    fn act(&mut self) -> Result<()> {
        while let Some(action) = self.session.next_action() {
            match action {
                SessionAction::Input(InputCommand::Update(update)) => self.input.update(*update)?,
                SessionAction::Output(OutputCommand::Say(say)) => {
                    if let dialog::SayText::Plain(text) = &say.text {
                        self.happened.push_back(Happened::Said(text.clone()));
                    }
                    self.output.say(say)?;
                }
                SessionAction::Saved => self.happened.push_back(Happened::Saved),
                SessionAction::Escalate(escalated) => {
                    self.happened.push_back(Happened::Escalated(escalated));
                }
                SessionAction::Finished { status, reason } => {
                    self.happened.push_back(Happened::Finished { status, reason });
                }
                _ => {}
            }
        }
        while self.dialog.wants_audio() && self.output.next_audio() {
            self.take_events();
        }
        self.take_events();
        Ok(())
    }
}

/// A voice that speaks a tenth of a second of silence.
struct Silent(VoiceInfo);

impl Silent {
    fn new(language: LanguageTag) -> Self {
        Self(VoiceInfo {
            name: "silent".into(),
            engine: "silent",
            language,
            sample_rate: SAMPLE_RATE,
            speakers: Vec::new(),
            streams: true,
        })
    }
}

impl Voice for Silent {
    fn info(&self) -> &VoiceInfo {
        &self.0
    }

    fn render(self: Arc<Self>, _: &[Speech], _: &Style, _: &Canceller) -> Result<Box<dyn Rendering>> {
        Ok(Box::new(Silence { is_over: false }))
    }
}

struct Silence {
    is_over: bool,
}

impl Rendering for Silence {
    fn next_chunk(&mut self, _: Duration) -> Result<Option<Vec<f32>>> {
        let is_over = std::mem::replace(&mut self.is_over, true);
        Ok((!is_over).then(|| vec![0.0; SAMPLE_RATE as usize / 10]))
    }
}
