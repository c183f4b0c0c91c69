//! The session that turns a stream of audio into events.

mod filter;
mod incoming;
mod models;
mod update;
mod utterance;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::audio::{Decoder, FormatCheck, Input, RateCheck, SAMPLE_RATE, STREAM_PIECE, Unpacker};
use crate::error::{Error, ErrorKind, Result};
use crate::stt::{EndReason, SttEvent, SttOptions, VadMode};
use crate::stt::{Model, Recognizer};
use crate::vad::{AlwaysVoice, Earshot, Edge, Endpointer, EnergyGate, FRAME, FRAME_MS, Level, Vad};
use filter::Filter;
use models::{Models, Setup, check_grammar, pre_roll};
use update::{Pending, endpoint};
use utterance::Utterance;

pub(crate) use filter::Sound;
pub use incoming::DecodedAudio;
pub use models::ModelInUse;

/// The most audio of one [`SttSession::push`], in bytes. Larger pieces are refused.
pub const MAX_PUSH: usize = 16 << 20;

/// The transcription of one audio stream.
///
/// A session does no input or output of its own: the caller pushes bytes and pulls [`SttEvent`]s. It computes on the
/// caller's thread. It has a recognizer only during speech, and for some time after it if the next utterance needs the
/// same one, because of its adaptation to the speaker or its grammar.
pub struct SttSession {
    models: Models,
    in_use: ModelInUse,
    decoded: DecodedAudio,
    options: SttOptions,
    /// The options for the current model.
    setup: Setup,
    /// The update that waits for the end of the utterance.
    pending: Option<Pending>,
    /// The decoder of compressed audio, and the samples that it gave.
    unpacker: Option<Unpacker>,
    unpacked: Vec<u8>,
    /// Whether samples are what was declared, until it is known.
    format_check: Option<Box<FormatCheck>>,
    /// Whether the sample rate is what was declared, until it is known.
    rate_check: RateChecking,
    /// Whether the last packet could not be decoded.
    is_damaged: bool,
    decoder: Decoder,
    /// The audio at the client's rate, if the engine takes that rate.
    original: Option<Original>,
    /// Change the decoded samples, in this order.
    filters: Vec<Filter>,
    vad: Box<dyn Vad>,
    endpointer: Endpointer,
    /// Decoded samples. The first `processed` ones are done.
    samples: Vec<i16>,
    processed: usize,
    /// The step that the engine must do before the next frame.
    due: Option<Step>,
    /// The number of processed frames.
    frames: u64,
    /// The last audio before a possible next utterance.
    pre_roll: VecDeque<i16>,
    pre_roll_max: usize,
    utterance: Option<Utterance>,
    /// The level of the current utterance.
    level: Level,
    kept: Option<Kept>,
    events: VecDeque<SttEvent>,
    ended: bool,
}

/// Audio for the engine, parallel to the samples of the voice detector: at the client's rate, or from a filter.
struct Original {
    /// Decoded samples.
    samples: Vec<i16>,
    /// The number of samples that are processed.
    processed: usize,
}

/// The check of the sample rate, which needs kilobytes of memory.
enum RateChecking {
    AtFirstSpeech,
    Running(Box<RateCheck>),
    Over,
}

/// The recognizer of the last utterance, for the next one.
struct Kept {
    recognizer: Box<dyn Recognizer>,
    /// Frames until it is released.
    remaining: u32,
}

/// A step that needs the engine.
#[derive(Clone, Copy)]
enum Step {
    /// Begin an utterance whose last `voiced` frames are voice.
    Start { voiced: u32 },
    /// Decode the audio that waits.
    Feed,
    /// End the utterance, whose last `silent` frames are not voice.
    End { reason: EndReason, silent: u32 },
    /// End the utterance, which has the maximum length, between two of its last words.
    Cut,
    /// Release the kept recognizer.
    Release,
}

impl SttSession {
    /// Opens a session at the start of its stream, with models in order of preference.
    ///
    /// The session begins with the first model. If that fails, in an utterance or when a recognizer is taken from it,
    /// the next one is used from then on, and the first one again if the last one fails. It decodes the current
    /// utterance from its start, so nothing is lost, and the call takes as long as decoding it did. The session keeps
    /// the audio of the current utterance for this, if it has several models. [`SttEvent::Warning`] tells of the failure
    /// and [`SttEvent::ModelChanged`] of the new model. What the fallback does not take of the grammar is left out, with
    /// a warning. An utterance in which all models fail is lost, with an error.
    ///
    /// Fails with [`ErrorKind::ModelNotFound`] if there is no model, with [`ErrorKind::OptionInvalid`], and with
    /// [`ErrorKind::GrammarInvalid`] or [`ErrorKind::GrammarUnsupported`] if the first model does not take the grammar.
    pub fn new(models: Vec<Arc<dyn Model>>, options: SttOptions) -> Result<Self> {
        let vad: Box<dyn Vad> = match options.vad {
            VadMode::Detect => Box::new(EnergyGate::new(Earshot::default())),
            VadMode::Always => Box::new(AlwaysVoice),
        };
        Self::with_vad(models, options, vad)
    }

    fn with_vad(models: Vec<Arc<dyn Model>>, options: SttOptions, vad: Box<dyn Vad>) -> Result<Self> {
        options.endpoint.validate()?;
        let models = Models::new(models)?;
        let model = &**models.current();
        let grammar = options.grammar.as_ref().map(|grammar| check_grammar(model, grammar)).transpose()?;
        let ready = SttEvent::Ready { model: model.info().clone() };
        // A coded stream has its own rate.
        let is_declared = options.input == Input::Samples;
        let client_rate = options.format.sample_rate();
        let takes_original = client_rate != SAMPLE_RATE && model.info().sample_rates.include(client_rate);
        let setup =
            Setup::new(model, &options, grammar, if takes_original { client_rate } else { SAMPLE_RATE });
        Ok(Self {
            in_use: ModelInUse::new(models.current()),
            decoded: DecodedAudio::default(),
            models,
            unpacker: Unpacker::new(options.input, options.format)?,
            unpacked: Vec::new(),
            format_check: is_declared.then(|| Box::new(FormatCheck::new(options.format))),
            rate_check: if is_declared { RateChecking::AtFirstSpeech } else { RateChecking::Over },
            is_damaged: false,
            decoder: Decoder::of_channel(options.format, options.channel)?,
            original: takes_original.then(|| Original { samples: Vec::new(), processed: 0 }),
            filters: Vec::new(),
            vad,
            endpointer: Endpointer::new(&endpoint(&options)),
            samples: Vec::new(),
            processed: 0,
            due: None,
            frames: 0,
            pre_roll: VecDeque::new(),
            pre_roll_max: pre_roll(&options, &setup),
            options,
            setup,
            pending: None,
            utterance: None,
            level: Level::default(),
            kept: None,
            events: VecDeque::from([ready]),
            ended: false,
        })
    }

    /// A handle that tells how much audio the session has decoded.
    pub fn decoded_audio(&self) -> DecodedAudio {
        self.decoded.clone()
    }

    /// A handle that tells which model the session uses.
    pub fn model_in_use(&self) -> ModelInUse {
        self.in_use.clone()
    }

    /// The format of the pushed bytes.
    pub fn format(&self) -> crate::audio::Format {
        self.decoder.format()
    }

    /// Pushes up to [`MAX_PUSH`] bytes of audio, cut anywhere, or one packet; see [`SttOptions::input`].
    ///
    /// Blocks while the engine decodes, for some percent of the audio's duration. Events are kept in memory until they
    /// are [pulled](Self::next_event). Fails with [`ErrorKind::MessageTooLarge`], with [`ErrorKind::SessionEnded`]
    /// after [`finish`](Self::finish), or with an error of the engine if every model has failed. In the last case the
    /// current utterance is lost, and the following audio begins a new one.
    pub fn push(&mut self, audio: &[u8]) -> Result<()> {
        if self.options.input != Input::OpusStream {
            self.unpack(audio)?;
            return self.drain_frames();
        }
        // A compressed stream may hold hours of silence.
        self.check_length(audio)?;
        let mut outcome = self.drain_frames();
        for piece in audio.chunks(STREAM_PIECE) {
            self.unpack(piece)?;
            outcome = self.drain_frames().and(outcome);
        }
        outcome
    }

    /// Fills the time of an Opus packet that was lost, so that later words keep their times. Fails as
    /// [`push`](Self::push) does; of no effect for other [inputs](SttOptions::input).
    pub fn packet_lost(&mut self) -> Result<()> {
        self.check_open()?;
        if let Some(unpacker) = &mut self.unpacker {
            let mut filled = Vec::new();
            unpacker.conceal(&mut filled)?;
            self.decode(&filled)?;
        }
        self.drain_frames()
    }

    /// Pushes audio without calling the engine or the neural voice detector, for threads that must not block. Silence,
    /// and audio that is only stored, take microseconds; resampling takes longer.
    ///
    /// Returns false if the engine or the detector is needed to process all of the audio or to give the next event. An
    /// empty [`push`](Self::push) then processes the rest.
    pub fn offer(&mut self, audio: &[u8]) -> Result<bool> {
        self.unpack(audio)?;
        if self.due.is_some() || self.has_partial() {
            return Ok(false);
        }
        while let Some(frame) = self.next_frame() {
            let Some(score) = self.vad.quick_score(&frame) else { return Ok(false) };
            self.due = self.process(&frame, score);
            if self.due.is_some() {
                return Ok(false);
            }
        }
        self.drop_processed();
        Ok(true)
    }

    /// Ends the current utterance, as silence would; the stream continues.
    pub fn flush(&mut self) -> Result<()> {
        self.check_open()?;
        let drained = self.drain_frames();
        drained.and(self.end_now(EndReason::Flushed))
    }

    /// Ends the stream: finishes the last utterance. Further audio is refused.
    pub fn finish(&mut self) -> Result<()> {
        self.check_open()?;
        self.ended = true;
        let decoded = self.samples.len();
        let mut complete = self.decoder.finish(&mut self.samples);
        // Silence lets the filters give what they hold back.
        let late = self.filters.iter().map(|filter| filter.late).sum::<usize>();
        self.samples.resize(self.samples.len() + late, 0);
        complete = complete.and(self.filter(decoded));
        // The last frame may be incomplete and is filled with silence.
        self.samples.resize(self.samples.len().next_multiple_of(FRAME), 0);
        let drained = self.drain_frames();
        // Also after a failure, because the speech after it is a new utterance.
        let finished = self.end_utterance(EndReason::Flushed);
        self.release_kept();
        drained.and(finished).and(complete)
    }

    /// The next event, or `None` if more audio is needed.
    ///
    /// Partial texts are computed only here, so a host that pushes several pieces before it pulls events computes one.
    pub fn next_event(&mut self) -> Result<Option<SttEvent>> {
        if let Some(event) = self.events.pop_front() {
            return Ok(Some(event));
        }
        if !self.has_partial() {
            return Ok(None);
        }
        let text = self.call(|utterance| {
            utterance.unreported = 0;
            utterance.recognizer.partial()
        });
        let text = text.map_err(|error| self.abandon(error))?;
        if let (Some(text), Some(utterance)) = (text, &mut self.utterance)
            && text != utterance.partial
        {
            utterance.partial.clone_from(&text);
            self.events.push_back(SttEvent::Partial { text });
        }
        // Before the text, if there was a failure: the events of the change to another model.
        Ok(self.events.pop_front())
    }

    /// The silence at the end of the current utterance, in milliseconds; `None` between utterances.
    pub(crate) fn trailing_silence_ms(&self) -> Option<u32> {
        self.utterance.as_ref()?;
        self.endpointer.trailing_silence().map(|frames| frames * FRAME_MS)
    }

    /// The time since the sound of the current utterance fell far below its loudest, in milliseconds. It may begin before
    /// the silence.
    pub(crate) fn trailing_quiet_ms(&self) -> u32 {
        if self.utterance.is_some() { self.level.quiet() * FRAME_MS } else { 0 }
    }

    /// The size in bytes of audio that is decoded to about `samples` samples at [`SAMPLE_RATE`].
    pub(crate) fn bytes_of(&self, samples: usize) -> usize {
        match self.options.input {
            Input::Samples => self.decoder.bytes_of(samples),
            // A packet is decoded as a whole.
            Input::OpusPackets => MAX_PUSH,
            Input::OpusStream => STREAM_PIECE,
        }
    }

    fn check_open(&self) -> Result<()> {
        if self.ended {
            return Err(Error::new(ErrorKind::SessionEnded, "the stream has ended; open a new session"));
        }
        Ok(())
    }

    fn drain_frames(&mut self) -> Result<()> {
        let mut outcome = Ok(());
        while let Some(step) = self.next_step() {
            // A failure loses one utterance, but not the audio after it.
            if let Err(error) = self.execute(step) {
                outcome = Err(self.abandon(error));
            }
        }
        outcome
    }

    /// Processes the waiting audio until a step needs the engine, or to its end.
    fn next_step(&mut self) -> Option<Step> {
        if let Some(step) = self.due.take() {
            return Some(step);
        }
        while let Some(frame) = self.next_frame() {
            let score = self.vad.score(&frame);
            if let Some(step) = self.process(&frame, score) {
                return Some(step);
            }
        }
        self.drop_processed();
        None
    }

    fn next_frame(&self) -> Option<[i16; FRAME]> {
        self.samples[self.processed..].first_chunk().copied()
    }

    fn drop_processed(&mut self) {
        self.samples.drain(..self.processed);
        self.processed = 0;
        // A silent session must not keep the memory of an earlier burst.
        self.samples.shrink_to(4 * FRAME);
        if let Some(original) = &mut self.original {
            original.samples.drain(..original.processed);
            original.processed = 0;
            original.samples.shrink_to(4 * FRAME);
        }
    }

    /// Processes the next frame, and returns the step that the engine must do.
    fn process(&mut self, frame: &[i16; FRAME], score: f32) -> Option<Step> {
        self.processed += FRAME;
        self.frames += 1;
        self.check_rate(frame);
        let Some(mut original) = self.original.take() else { return self.process_sound(frame, score, frame) };
        let rate = self.setup.recognizer.sample_rate;
        let length = samples_in(self.frames, rate) - samples_in(self.frames - 1, rate);
        let end = original.processed + length as usize;
        if original.samples.len() < end {
            // At the end of the stream the frame is filled with silence.
            original.samples.resize(end, 0);
        }
        let step = self.process_sound(frame, score, &original.samples[original.processed..end]);
        original.processed = end;
        self.original = Some(original);
        step
    }

    /// The same, with the `sound` of the frame at the engine's rate.
    fn process_sound(&mut self, frame: &[i16; FRAME], score: f32, sound: &[i16]) -> Option<Step> {
        if self.endpointer.may_cut()
            && let Some(utterance) = &mut self.utterance
        {
            utterance.cut_window.push(frame, score, sound);
        }
        self.keep_pre_roll(sound);
        if self.utterance.is_some() {
            self.level.observe(frame);
        }
        match self.endpointer.observe(score) {
            Some(Edge::Started { voiced }) => return Some(Step::Start { voiced }),
            Some(Edge::Ended { silent, is_late }) => {
                let reason = if is_late { EndReason::MaxLength } else { EndReason::Silence };
                return Some(Step::End { reason, silent });
            }
            Some(Edge::Full) => {
                self.append_frame(sound, 0);
                return Some(Step::Cut);
            }
            Some(Edge::NoSpeech) => self.events.push_back(SttEvent::NoSpeech { at_ms: self.now_ms() }),
            None => {}
        }
        match (self.endpointer.trailing_silence(), &mut self.kept) {
            (Some(silent), _) => self.append_frame(sound, silent).then_some(Step::Feed),
            (None, Some(kept)) => {
                kept.remaining = kept.remaining.saturating_sub(1);
                (kept.remaining == 0).then_some(Step::Release)
            }
            (None, None) => None,
        }
    }

    fn execute(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Start { voiced } => {
                if matches!(self.rate_check, RateChecking::AtFirstSpeech) {
                    self.rate_check = RateChecking::Running(Box::default());
                }
                self.level = Level::default();
                self.start_utterance(voiced, 0)
            }
            Step::Feed => self.feed_utterance(),
            Step::End { reason, silent } => {
                self.keep_silence(silent);
                self.end_utterance(reason)
            }
            Step::Cut => {
                self.keep_silence(0);
                self.cut_utterance()
            }
            Step::Release => {
                self.release_kept();
                Ok(())
            }
        }
    }

    fn release_kept(&mut self) {
        if let Some(kept) = self.kept.take() {
            kept.recognizer.release();
        }
    }

    /// The processed audio, in milliseconds.
    pub(crate) fn now_ms(&self) -> u64 {
        self.frames * u64::from(FRAME_MS)
    }
}

/// The number of samples at `rate` in the first `frames` frames of the stream.
fn samples_in(frames: u64, rate: u32) -> u64 {
    frames * FRAME as u64 * u64::from(rate) / u64::from(SAMPLE_RATE)
}

#[cfg(test)]
mod tests;
