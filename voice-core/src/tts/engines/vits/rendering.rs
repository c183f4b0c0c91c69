//! The rendering of one utterance: from ids to samples, a chunk at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::Vits;
use super::frames;
use super::input_map::Values;
use super::pitch::stretch;
use crate::error::{Error, ErrorKind, Result};
use crate::onnx::{Input, Stop, Tensor};
use crate::tts::time_stretch::TimeStretch;
use crate::tts::voice::Rendering;

/// Frames in the first chunk: few enough to start soon, enough to last until the second chunk is ready.
const FIRST: usize = 16;

/// Frames in the largest chunk; a last chunk may be a quarter larger. Larger chunks save little, since the overlap is
/// already small in comparison.
const LARGEST: usize = 512;

/// The estimated maximum work in a chunk, in seconds, since other sessions may wait for the thread.
const LONGEST: f64 = 0.1;

/// Frames in the smallest chunk at any sample rate: below it, nearly all work is overlap.
const SMALLEST: usize = 8;

/// Frames that the flow computes ahead of the next chunk; it is cheap compared with the decoder.
const FLOW_AHEAD: usize = 512;

/// The maximum length of a clause, in seconds. A longer one was slowed down too much, or the model is faulty.
const MAX_SECONDS: usize = 600;

/// The maximum difference of a pace that counts as the voice's own.
const SAME_PACE: f64 = 0.001;

/// An utterance of a [`Vits`] voice.
pub(super) struct VitsRendering {
    voice: Arc<Vits>,
    stop: Stop,
    /// Rendered frames per frame at the voice's own pace.
    pace: f64,
    /// The remaining speed factor, done by the time stretch.
    times: f64,
    /// Frames in the first chunk.
    first: usize,
    state: State,
    /// Shortens the audio if the model cannot speak as fast as requested.
    time_stretch: Option<TimeStretch>,
    /// A fixed number of frames per chunk, instead of one that depends on unheard audio.
    fixed: Option<usize>,
}

enum State {
    Begun(Values),
    /// The latent is known for the first frames; for the others the flow computes it from the prior.
    Decoding(Box<Frames>),
    Over,
}

struct Frames {
    prior: Option<Prior>,
    latent: Tensor,
    speaker: Vec<Tensor>,
    total: usize,
    /// Frames already decoded.
    done: usize,
}

struct Prior {
    sample: Tensor,
    others: Vec<Tensor>,
}

impl VitsRendering {
    /// With `fixed`, each chunk has that many frames; otherwise as many as the time allows. Audio that is later
    /// `played` faster by a factor needs that many times the samples.
    ///
    /// In a model each id lasts whole frames, rounded up, so a fast clause is slower than requested. A time stretch
    /// does the rest.
    pub(super) fn new(
        voice: Arc<Vits>,
        values: Values,
        stop: Stop,
        fixed: Option<usize>,
        (speed, played): (f64, f64),
    ) -> Self {
        let times = speed.max(1.0);
        let pace = played / speed.min(1.0);
        let first = (FIRST as f64 * played * times.min(2.0)).round() as usize;
        Self { voice, stop, pace, times, first, state: State::Begun(values), time_stretch: None, fixed }
    }

    /// Runs the text stage, which gives the prior, the latent or samples.
    fn text(&self, values: &Values) -> Result<Vec<Tensor>> {
        let text = &self.voice.cut.stages.text;
        let wanted: Vec<_> = text.inputs().map(str::to_owned).collect();
        text.run(&self.voice.input_map.fill(values, &wanted), &self.stop)
    }

    /// Runs the text stage to give `pace` times the voice's own number of frames.
    ///
    /// The length scale is right on average; dropping or repeating frames corrects the rest.
    fn text_at_pace(&self, values: Values) -> Result<Vec<Tensor>> {
        let Some(split) = self.voice.cut.split.as_ref() else {
            return self.text(&values.stretched(self.pace));
        };
        let frames_of = |outputs: &[Tensor]| outputs.first().map_or(0, frames::count);
        let own = frames_of(&self.text(&values)?);
        let sounds = values.sounds();
        let mut outputs = self.text(&values.stretched(stretch(self.pace, own, sounds)))?;
        let total = frames_of(&outputs);
        let wanted = ((own as f64 * self.pace).round() as usize).max(1);
        if total > 1 && wanted != total {
            let timed = 1 + split.flow.as_ref().map_or(0, |flow| flow.others.len());
            for output in outputs.iter_mut().take(timed).filter(|output| frames::count(output) == total) {
                *output = frames::fit(output, wanted);
            }
        }
        Ok(outputs)
    }

    /// Runs the text stage at the model's highest speed, and sets up the time stretch for the rest.
    fn fast_text(&mut self, values: Values) -> Result<Vec<Tensor>> {
        let mut rest = self.times;
        let outputs = if self.voice.cut.split.as_ref().is_some() {
            let frames_of = |outputs: &[Tensor]| outputs.first().map_or(0, frames::count) as f64;
            let own = frames_of(&self.text(&values)?);
            let outputs = self.text(&values.stretched(self.pace / self.times))?;
            rest *= frames_of(&outputs) / (own * self.pace).max(1.0);
            outputs
        } else {
            self.text(&values.stretched(self.pace))?
        };
        self.time_stretch = (rest > 1.0).then(|| TimeStretch::new(rest, self.voice.info.sample_rate));
        Ok(outputs)
    }

    /// Renders from the text to the first samples.
    fn begin(&mut self, values: Values, ahead: Duration) -> Result<Option<Vec<f32>>> {
        let mut outputs = if self.times > 1.0 + SAME_PACE {
            self.fast_text(values)?
        } else if (self.pace - 1.0).abs() < SAME_PACE {
            self.text(&values)?
        } else {
            self.text_at_pace(values)?
        };
        let Some(split) = self.voice.cut.split.as_ref() else {
            let samples = outputs.pop().map(|samples| samples.data);
            self.state = State::Over;
            self.voice.check_length(samples.as_ref().map_or(0, Vec::len))?;
            return samples.map(sound).transpose();
        };
        let mut outputs = outputs.into_iter();
        let mut next = || outputs.next().ok_or_else(|| failed("the voice has too few outputs"));
        let main = next()?;
        let total = frames::count(&main);
        self.voice.check_length(total.saturating_mul(split.decoder.growth))?;
        let (prior, latent, speaker) = match &split.flow {
            None => {
                let speaker = split.speaker.iter().map(|_| next()).collect::<Result<_>>()?;
                (None, main, speaker)
            }
            Some(flow) => {
                let others = flow.others.iter().map(|_| next()).collect::<Result<Vec<_>>>()?;
                let mut speaker = Vec::new();
                for name in &split.speaker {
                    let shared = flow.others.iter().position(|other| other == name);
                    speaker.push(shared.map_or_else(&mut next, |index| Ok(others[index].clone()))?);
                }
                let empty = Tensor { shape: frames::slice(&main, 0, 0).shape, data: Vec::new() };
                (Some(Prior { sample: main, others }), empty, speaker)
            }
        };
        self.state = State::Decoding(Box::new(Frames { prior, latent, speaker, total, done: 0 }));
        self.decode(ahead)
    }

    /// The next samples before any time stretch.
    fn own_chunk(&mut self, ahead: Duration) -> Result<Option<Vec<f32>>> {
        let outcome = match std::mem::replace(&mut self.state, State::Over) {
            State::Begun(values) => self.begin(values, ahead),
            decoding @ State::Decoding(_) => {
                self.state = decoding;
                self.decode(ahead)
            }
            State::Over => Ok(None),
        };
        if outcome.is_err() {
            self.state = State::Over;
            self.time_stretch = None;
        }
        outcome
    }

    fn decode(&mut self, ahead: Duration) -> Result<Option<Vec<f32>>> {
        let State::Decoding(frames) = &mut self.state else { return Ok(None) };
        let Some(split) = self.voice.cut.split.as_ref() else { return Ok(None) };
        if frames.done == frames.total {
            self.state = State::Over;
            return Ok(None);
        }
        let started = Instant::now();
        let (begin, growth) = (frames.done, split.decoder.growth);
        let size = self.fixed.unwrap_or_else(|| {
            let size = affordable(ahead, self.voice.cost.seconds()).saturating_sub(2 * split.decoder.frames);
            size.clamp(if begin == 0 { self.first } else { SMALLEST }, LARGEST)
        });
        // Avoids a last chunk of a few frames, which would be mostly overlap.
        let left = frames.total - begin;
        let end =
            if left < size.saturating_add(SMALLEST.max(size / 4)) { frames.total } else { begin + size };
        let (from, to) =
            (begin.saturating_sub(split.decoder.frames), (end + split.decoder.frames).min(frames.total));
        frames.flow(&self.voice, &self.stop, to)?;
        let latent = frames::slice(&frames.latent, from, to);
        let names = std::iter::once(&split.latent).chain(&split.speaker).map(String::as_str);
        let tensors = std::iter::once(&latent).chain(&frames.speaker);
        let inputs: Vec<_> = names
            .zip(tensors)
            .map(|(name, tensor)| (name, Input::Floats(&tensor.shape, &tensor.data)))
            .collect();
        let Some(decoder) = &self.voice.cut.stages.decoder else { return Ok(None) };
        let outputs = decoder.run(&inputs, &self.stop)?;
        let samples = outputs.into_iter().next().map(|samples| samples.data).unwrap_or_default();
        if samples.len() != (to - from) * growth {
            return Err(failed("the voice gives a number of samples that does not match its graph"));
        }
        frames.done = end;
        let chunk = samples[(begin - from) * growth..(end - from) * growth].to_vec();
        self.voice.cost.note(started.elapsed(), to - from);
        sound(chunk).map(Some)
    }
}

impl Vits {
    /// Refuses a clause with too many samples. Text and speed come from the session, so this does not count as a
    /// failure of the voice.
    fn check_length(&self, samples: usize) -> Result<()> {
        if samples <= MAX_SECONDS * self.config.sample_rate() as usize {
            return Ok(());
        }
        let message =
            "the voice would speak for more than ten minutes on one clause; shorten it, or speak faster";
        Err(Error::new(ErrorKind::TextTooLarge, message))
    }
}

impl Rendering for VitsRendering {
    fn next_chunk(&mut self, ahead: Duration) -> Result<Option<Vec<f32>>> {
        loop {
            let chunk = self.own_chunk(ahead)?;
            let Some(time_stretch) = &mut self.time_stretch else { return Ok(chunk) };
            let mut samples = Vec::new();
            if let Some(chunk) = &chunk {
                time_stretch.push(chunk, &mut samples);
            }
            let is_over = match &self.state {
                State::Begun(_) => false,
                State::Decoding(frames) => frames.done == frames.total,
                State::Over => true,
            };
            if is_over {
                time_stretch.finish(&mut samples);
                self.time_stretch = None;
            }
            if !samples.is_empty() || chunk.is_none() {
                return Ok(Some(samples).filter(|samples| !samples.is_empty()));
            }
        }
    }

    fn total_samples(&self) -> Option<usize> {
        let State::Decoding(frames) = &self.state else { return None };
        let samples = frames.total * self.voice.cut.split.as_ref()?.decoder.growth;
        let times = self.time_stretch.as_ref().map_or(1.0, TimeStretch::times);
        Some((samples as f64 / times) as usize)
    }
}

impl Frames {
    /// Computes the latent of the frames before `end`.
    fn flow(&mut self, voice: &Vits, stop: &Stop, end: usize) -> Result<()> {
        let known = frames::count(&self.latent);
        let flow = voice.cut.split.as_ref().and_then(|split| split.flow.as_ref());
        let (Some(prior), Some(flow), Some(program)) = (&self.prior, flow, &voice.cut.stages.flow) else {
            return Ok(());
        };
        if known >= end {
            return Ok(());
        }
        // The first block is as small as the first chunk; later ones are few and large.
        let target = if known == 0 { end } else { (end + FLOW_AHEAD).min(self.total) };
        let reach = flow.field.frames;
        let (from, to) = (known.saturating_sub(reach), (target + reach).min(self.total));
        let cut = |tensor: &Tensor| {
            let moves = frames::count(tensor) == self.total && self.total > 1;
            if moves { frames::slice(tensor, from, to) } else { tensor.clone() }
        };
        let tensors: Vec<_> = std::iter::once(&prior.sample).chain(&prior.others).map(cut).collect();
        let names = std::iter::once(&flow.prior).chain(&flow.others).map(String::as_str);
        let inputs: Vec<_> = names
            .zip(&tensors)
            .map(|(name, tensor)| (name, Input::Floats(&tensor.shape, &tensor.data)))
            .collect();
        let outputs = program.run(&inputs, stop)?;
        let latent = outputs.first().filter(|latent| frames::count(latent) == to - from);
        let latent = latent.ok_or_else(|| failed("the flow of the voice changes the number of frames"))?;
        frames::append(&mut self.latent, latent, known - from, target - from)
    }
}

/// Seconds of work per frame, measured on the last chunk of any session, since all share the machine.
#[derive(Default)]
pub(super) struct Cost(AtomicU32);

impl Cost {
    /// Zero before the first measurement.
    fn seconds(&self) -> f64 {
        f64::from(f32::from_bits(self.0.load(Ordering::Relaxed)))
    }

    pub(super) fn note(&self, spent: Duration, frames: usize) {
        self.0.store((spent.as_secs_f32() / frames.max(1) as f32).to_bits(), Ordering::Relaxed);
    }
}

/// The number of frames that can be rendered before the audio `ahead` has been heard.
fn affordable(ahead: Duration, cost: f64) -> usize {
    // Half of the time, since a busy machine may be slower for the next chunk.
    let time = (ahead.as_secs_f64() / 2.0).min(LONGEST);
    if cost > 0.0 { (time / cost) as usize } else { 0 }
}

/// Checks that the samples are finite.
fn sound(samples: Vec<f32>) -> Result<Vec<f32>> {
    if samples.iter().all(|sample| sample.is_finite()) {
        return Ok(samples);
    }
    Err(failed("the voice gives invalid samples; download it again"))
}

fn failed(message: &str) -> Error {
    Error::new(ErrorKind::EngineFailed, message)
}
