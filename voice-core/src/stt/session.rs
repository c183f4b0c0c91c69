//! The machine that turns a stream of audio into events.

mod utterance;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::audio::{Decoder, SAMPLE_RATE};
use crate::error::{Error, ErrorKind, Result};
use crate::stt::{EndReason, SttEvent};
use crate::stt::{Grammar, SttOptions, VadMode};
use crate::stt::{Margins, Model, Recognizer, RecognizerOptions};
use crate::vad::{AlwaysVoice, Earshot, Edge, Endpointer, EnergyGate, FRAME, FRAME_MS, Vad};
use utterance::Utterance;

/// Silence after which a recognizer that was kept for the session's next utterance is given back.
const KEPT: u32 = 60_000 / FRAME_MS;

/// The most audio taken by one [`SttSession::push`], in bytes. Larger pieces are refused.
pub const MAX_PUSH: usize = 16 << 20;

/// A stream of audio becoming transcripts.
///
/// A machine without input or output of its own: bytes are pushed in, [`SttEvent`]s are pulled out.
/// It computes on the caller's thread. It has an engine's recognizer only while there is speech, and for a minute
/// after it where the next utterance needs the same one: for what it learnt of the speaker, or for its grammar.
pub struct SttSession {
    model: Arc<dyn Model>,
    margins: Margins,
    recognizer_options: RecognizerOptions,
    /// Whether words are reported.
    words: bool,
    decoder: Decoder,
    /// The audio at the client's rate, where the engine takes that instead of [`SAMPLE_RATE`].
    original: Option<Original>,
    vad: Box<dyn Vad>,
    endpointer: Endpointer,
    /// Decoded samples, the first `heard` of which are done with.
    samples: Vec<i16>,
    heard: usize,
    /// What the engine has to do before more is heard.
    due: Option<Step>,
    /// Frames heard so far.
    frames: u64,
    /// The last audio that belongs to no utterance yet.
    pre_roll: VecDeque<i16>,
    pre_roll_max: usize,
    utterance: Option<Utterance>,
    /// The recognizer for the next utterance, and the frames without one since the last.
    kept: Option<(Box<dyn Recognizer>, u32)>,
    events: VecDeque<SttEvent>,
    ended: bool,
}

/// Audio as the client sent it, in step with what the voice detector hears.
struct Original {
    /// Samples that belong to frames not heard yet.
    samples: Vec<i16>,
    /// Those of them that were heard.
    heard: usize,
}

/// Something that only the engine can do.
#[derive(Clone, Copy)]
enum Step {
    /// Begin an utterance whose last `voiced` frames are voice.
    Start { voiced: u32 },
    /// Decode what was said.
    Feed,
    /// End the utterance, whose last `silent` frames are not voice.
    End { reason: EndReason, silent: u32 },
    /// End the utterance, which is as long as one may be, between two of its last words.
    Cut,
    /// Give the kept recognizer back.
    Release,
}

impl SttSession {
    /// A session at the start of its stream.
    pub fn new(model: Arc<dyn Model>, options: SttOptions) -> Result<Self> {
        let vad: Box<dyn Vad> = match options.vad {
            VadMode::Detect => Box::new(EnergyGate::new(Earshot::default())),
            VadMode::Always => Box::new(AlwaysVoice),
        };
        Self::with_vad(model, options, vad)
    }

    fn with_vad(model: Arc<dyn Model>, mut options: SttOptions, vad: Box<dyn Vad>) -> Result<Self> {
        options.endpoint.validate()?;
        if options.vad == VadMode::Always {
            // Nothing needs to be proven, and the last frames before a flush are speech too.
            options.endpoint.start_ms = FRAME_MS;
        }
        let grammar = options.grammar.as_ref().map(|grammar| check_grammar(&*model, grammar)).transpose()?;
        let ready = SttEvent::Ready { model: model.info().clone() };
        let client_rate = options.format.sample_rate();
        let takes_original = client_rate != SAMPLE_RATE && model.info().sample_rates.include(client_rate);
        let sample_rate = if takes_original { client_rate } else { SAMPLE_RATE };
        let margins = model.margins(options.speaker);
        let pre_roll_frames = (options.endpoint.start_ms + margins.before_ms).div_ceil(FRAME_MS);
        Ok(Self {
            model,
            margins,
            words: options.words,
            decoder: Decoder::of_channel(options.format, options.channel)?,
            original: takes_original.then(|| Original { samples: Vec::new(), heard: 0 }),
            vad,
            endpointer: Endpointer::new(&options.endpoint),
            recognizer_options: RecognizerOptions {
                grammar,
                // Utterances are cut between them.
                words: true,
                max_alternatives: options.max_alternatives,
                sample_rate,
                speaker: options.speaker,
            },
            samples: Vec::new(),
            heard: 0,
            due: None,
            frames: 0,
            pre_roll: VecDeque::new(),
            pre_roll_max: samples_in(pre_roll_frames.into(), sample_rate) as usize,
            utterance: None,
            kept: None,
            events: VecDeque::from([ready]),
            ended: false,
        })
    }

    /// What the pushed bytes are.
    pub fn format(&self) -> crate::audio::Format {
        self.decoder.format()
    }

    /// Takes up to [`MAX_PUSH`] bytes of audio, cut anywhere.
    ///
    /// Blocks for as long as the engine needs, some percent of the audio's own length. Pull
    /// [events](Self::next_event) after each push: they wait in memory. If the engine fails, what it
    /// has of the current utterance is lost; what follows is a new one.
    pub fn push(&mut self, audio: &[u8]) -> Result<()> {
        self.unpack(audio)?;
        self.drain_frames()
    }

    /// Takes audio as [`push`](Self::push) does, but never asks the engine or the neural voice detector: a thread that
    /// must not wait so gets rid of silence, and of audio that is only kept for later, within microseconds; longer
    /// where the format's rate has to be changed.
    ///
    /// False if one of them has to be asked before all of it is taken, or before the next event. Then an
    /// empty [`push`](Self::push) goes on from there.
    pub fn offer(&mut self, audio: &[u8]) -> Result<bool> {
        self.unpack(audio)?;
        if self.due.is_some() || self.utterance.as_ref().is_some_and(|utterance| utterance.stale) {
            return Ok(false);
        }
        while let Some(frame) = self.next_frame() {
            let Some(score) = self.vad.glance(&frame) else { return Ok(false) };
            self.due = self.hear(&frame, score);
            if self.due.is_some() {
                return Ok(false);
            }
        }
        self.forget_heard();
        Ok(true)
    }

    /// Ends the current utterance now, as if silence had followed; the stream goes on.
    pub fn flush(&mut self) -> Result<()> {
        self.check_open()?;
        let drained = self.drain_frames();
        if let Some(silent) = self.endpointer.trailing_silence() {
            self.keep_silence(silent);
        }
        self.endpointer.reset();
        drained.and(self.end_utterance(EndReason::Flushed))
    }

    /// Ends the stream: the last utterance is finished, and further audio is refused.
    pub fn finish(&mut self) -> Result<()> {
        self.check_open()?;
        self.ended = true;
        let complete = self.decoder.finish(&mut self.samples);
        // The last words may end in an unfinished frame: silence completes it.
        self.samples.resize(self.samples.len().next_multiple_of(FRAME), 0);
        let drained = self.drain_frames();
        // Ended even after a failure: speech behind it has begun a new utterance.
        let finished = self.end_utterance(EndReason::Flushed);
        self.release_kept();
        drained.and(finished).and(complete)
    }

    /// The next event, or `None` when more audio is needed.
    ///
    /// A partial transcript is computed only when it is asked for here, so that a host that pushes
    /// several pieces before it looks pays for one.
    pub fn next_event(&mut self) -> Result<Option<SttEvent>> {
        if let Some(event) = self.events.pop_front() {
            return Ok(Some(event));
        }
        let Some(utterance) = self.utterance.as_mut().filter(|utterance| utterance.stale) else {
            return Ok(None);
        };
        utterance.stale = false;
        match utterance.recognizer.partial() {
            Ok(text) if text == utterance.partial => Ok(None),
            Ok(text) => {
                utterance.partial.clone_from(&text);
                Ok(Some(SttEvent::Partial { text }))
            }
            Err(error) => Err(self.abandon(error)),
        }
    }

    /// The last partial text of the current utterance; empty while nobody speaks.
    pub fn partial(&self) -> &str {
        self.utterance.as_ref().map_or("", |utterance| &utterance.partial)
    }

    /// Whether somebody is speaking.
    pub fn is_speaking(&self) -> bool {
        self.utterance.is_some()
    }

    fn check_open(&self) -> Result<()> {
        if self.ended {
            return Err(Error::new(ErrorKind::SessionEnded, "the stream has ended; open a new session"));
        }
        Ok(())
    }

    fn unpack(&mut self, audio: &[u8]) -> Result<()> {
        self.check_open()?;
        if audio.len() > MAX_PUSH {
            let message = format!("{} bytes in one piece; push at most {MAX_PUSH}", audio.len());
            return Err(Error::new(ErrorKind::MessageTooLarge, message));
        }
        match &mut self.original {
            Some(original) => self.decoder.push_both(audio, &mut self.samples, &mut original.samples),
            None => self.decoder.push(audio, &mut self.samples),
        }
    }

    fn drain_frames(&mut self) -> Result<()> {
        let mut outcome = Ok(());
        while let Some(step) = self.next_step() {
            // One failure loses one utterance, never the audio behind it.
            if let Err(error) = self.take(step) {
                outcome = Err(self.abandon(error));
            }
        }
        outcome
    }

    /// Hears the audio that waits, until the engine has something to do or all of it is heard.
    fn next_step(&mut self) -> Option<Step> {
        if let Some(step) = self.due.take() {
            return Some(step);
        }
        while let Some(frame) = self.next_frame() {
            let score = self.vad.score(&frame);
            if let Some(step) = self.hear(&frame, score) {
                return Some(step);
            }
        }
        self.forget_heard();
        None
    }

    fn next_frame(&self) -> Option<[i16; FRAME]> {
        self.samples[self.heard..].first_chunk().copied()
    }

    fn forget_heard(&mut self) {
        self.samples.drain(..self.heard);
        self.heard = 0;
        // A burst must not pin its memory in a session that then falls silent.
        self.samples.shrink_to(4 * FRAME);
        if let Some(original) = &mut self.original {
            original.samples.drain(..original.heard);
            original.heard = 0;
            original.samples.shrink_to(4 * FRAME);
        }
    }

    /// Puts the next frame where it belongs, and says what the engine has to do now.
    fn hear(&mut self, frame: &[i16; FRAME], score: f32) -> Option<Step> {
        self.heard += FRAME;
        self.frames += 1;
        let Some(mut original) = self.original.take() else { return self.hear_sound(frame, score, frame) };
        let rate = self.recognizer_options.sample_rate;
        let length = samples_in(self.frames, rate) - samples_in(self.frames - 1, rate);
        let end = original.heard + length as usize;
        if original.samples.len() < end {
            // The end of the stream, where silence completes the frame.
            original.samples.resize(end, 0);
        }
        let step = self.hear_sound(frame, score, &original.samples[original.heard..end]);
        original.heard = end;
        self.original = Some(original);
        step
    }

    /// The same with the `sound` of the frame at the engine's rate.
    fn hear_sound(&mut self, frame: &[i16; FRAME], score: f32, sound: &[i16]) -> Option<Step> {
        if self.endpointer.may_cut()
            && let Some(utterance) = &mut self.utterance
        {
            utterance.uncut.push(frame, score, sound);
        }
        self.keep_pre_roll(sound);
        match self.endpointer.observe(score) {
            Some(Edge::Started { voiced }) => return Some(Step::Start { voiced }),
            Some(Edge::Ended { silent, is_late }) => {
                let reason = if is_late { EndReason::MaxLength } else { EndReason::Silence };
                return Some(Step::End { reason, silent });
            }
            Some(Edge::Full) => {
                self.keep_spoken(sound, 0);
                return Some(Step::Cut);
            }
            Some(Edge::NoSpeech) => self.events.push_back(SttEvent::NoSpeech { at_ms: self.now_ms() }),
            None => {}
        }
        match (self.endpointer.trailing_silence(), &mut self.kept) {
            (Some(silent), _) => self.keep_spoken(sound, silent).then_some(Step::Feed),
            (None, Some((_, quiet))) => {
                *quiet += 1;
                (*quiet >= KEPT).then_some(Step::Release)
            }
            (None, None) => None,
        }
    }

    fn take(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Start { voiced } => self.start_utterance(voiced, 0),
            Step::Feed => self.utterance.as_mut().map_or(Ok(()), Utterance::decode_feed),
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
        if let Some((recognizer, _)) = self.kept.take() {
            recognizer.release();
        }
    }

    fn now_ms(&self) -> u64 {
        self.frames * u64::from(FRAME_MS)
    }
}

/// The grammar as the model spells it. Engines drop words that they do not know, which would turn one phrase into
/// another.
fn check_grammar(model: &dyn Model, grammar: &Grammar) -> Result<Grammar> {
    let name = &model.info().name;
    if !model.info().takes_grammar {
        let message = format!("the model {name} has a static graph; leave the grammar out");
        return Err(Error::new(ErrorKind::GrammarUnsupported, message));
    }
    match grammar.spelled_by(model) {
        (Some(grammar), left_out) if left_out.is_empty() => Ok(grammar),
        (_, left_out) => {
            let message = format!(
                "{} word(s) are not in the vocabulary of {name}: {left_out}; remove the phrases that hold them",
                left_out.words().len(),
            );
            Err(Error::new(ErrorKind::GrammarInvalid, message))
        }
    }
}

/// Samples in so many frames from the beginning of the stream, at `rate`.
fn samples_in(frames: u64, rate: u32) -> u64 {
    frames * FRAME as u64 * u64::from(rate) / u64::from(SAMPLE_RATE)
}

#[cfg(test)]
mod tests;
