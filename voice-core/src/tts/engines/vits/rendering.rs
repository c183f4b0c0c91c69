//! One utterance on its way: from ids to samples, a chunk at a time.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::Vits;
use super::frames;
use super::input_map::Values;
use super::pitch::stretch;
use super::stages::Stages;
use crate::error::{Error, ErrorKind, Result};
use crate::onnx::{Input, Stop, Tensor};
use crate::tts::time_stretch::TimeStretch;
use crate::tts::voice::{Canceller, Rendering};

/// Frames in the first chunk: as few as start soon, as many as last until the second is there.
const FIRST: usize = 16;

/// Frames in the largest chunk, but for a rest of a quarter more. Larger ones save little, since the overlap is small
/// beside them.
const LARGEST: usize = 512;

/// Seconds of work in a chunk, at most, as far as can be known: others may wait for the voice.
const LONGEST: f64 = 0.5;

/// Frames in the smallest chunk, whatever the rate: below it, nearly all work is overlap.
const SMALLEST: usize = 8;

/// Frames that the flow does beyond what the next chunk needs: it is cheap beside the decoder.
const FLOW_AHEAD: usize = 512;

/// The longest clause, in seconds: what is longer was slowed down beyond reason, or the model has gone wrong.
const MAX_SECONDS: usize = 600;

/// A pace so near to the voice's own is its own.
const SAME_PACE: f64 = 0.001;

/// An utterance of a [`Vits`] voice.
pub(super) struct VitsRendering {
    voice: Arc<Vits>,
    job: Job,
    /// Frames for each of the voice's own.
    pace: f64,
    /// Times as fast beyond that.
    times: f64,
    /// Frames in the first chunk.
    first: usize,
    state: State,
    /// What makes the samples fewer, where the model cannot speak as fast as is asked for.
    time_stretch: Option<TimeStretch>,
    /// Frames in each chunk, where they do not follow from what is to be heard yet.
    fixed: Option<usize>,
}

/// What the work on a chunk is done under.
struct Job {
    stop: Stop,
    cancel: Canceller,
    /// When the sound that was given out before will have been heard.
    due: Instant,
    /// What was spent on it, without the waits for the voice: whoever is far ahead waits on purpose.
    spent: Cell<Duration>,
}

enum State {
    Begun(Values),
    /// The latent of the first frames is known; that of the others follows from the prior.
    Decoding(Box<Frames>),
    Over,
}

struct Frames {
    prior: Option<Prior>,
    latent: Tensor,
    speaker: Vec<Tensor>,
    total: usize,
    /// Frames that are samples already.
    done: usize,
}

struct Prior {
    sample: Tensor,
    others: Vec<Tensor>,
}

impl VitsRendering {
    /// With `fixed`, each chunk has so many frames; else as many as there is time for. What will be `played` so many
    /// times as fast has as many more samples for the same time.
    ///
    /// In a model every sound lasts whole frames, rounded up, so that one that is asked to be fast is less so: its
    /// samples are made fewer by the rest.
    pub(super) fn new(
        voice: Arc<Vits>,
        values: Values,
        (stop, cancel): (Stop, Canceller),
        fixed: Option<usize>,
        (speed, played): (f64, f64),
    ) -> Self {
        let times = speed.max(1.0);
        let pace = played / speed.min(1.0);
        let first = (FIRST as f64 * played * times.min(2.0)).round() as usize;
        let job = Job { stop, cancel, due: Instant::now(), spent: Cell::default() };
        Self { voice, job, pace, times, first, state: State::Begun(values), time_stretch: None, fixed }
    }

    /// Text to prior, latent or samples.
    fn text(&self, values: &Values) -> Result<Vec<Tensor>> {
        self.job.with(&self.voice, |stages| {
            let wanted: Vec<_> = stages.text.inputs().map(str::to_owned).collect();
            stages.text.run(&self.voice.input_map.fill(values, &wanted), &self.job.stop)
        })
    }

    /// Text to `pace` times as many frames as the voice would make of it.
    ///
    /// The stretch is right on average, and the rest is put right frame by frame.
    fn text_at_pace(&self, values: Values) -> Result<Vec<Tensor>> {
        let Some(split) = self.voice.pool.split() else { return self.text(&values.stretched(self.pace)) };
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

    /// Text to as few frames as the model can speak it in, and to the time stretch that does the rest.
    fn fast_text(&mut self, values: Values) -> Result<Vec<Tensor>> {
        let mut rest = self.times;
        let outputs = if self.voice.pool.split().is_some() {
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

    /// From the text to the first samples.
    fn begin(&mut self, values: Values) -> Result<Option<Vec<f32>>> {
        let mut outputs = if self.times > 1.0 + SAME_PACE {
            self.fast_text(values)?
        } else if (self.pace - 1.0).abs() < SAME_PACE {
            self.text(&values)?
        } else {
            self.text_at_pace(values)?
        };
        let Some(split) = self.voice.pool.split() else {
            let samples = outputs.pop().map(|samples| samples.data);
            self.state = State::Over;
            self.voice.check_length(samples.as_ref().map_or(0, Vec::len))?;
            return samples.map(sound).transpose();
        };
        let mut outputs = outputs.into_iter();
        let mut next = || outputs.next().ok_or_else(|| failed("the voice gives too little"));
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
        self.decode()
    }

    /// The next samples at the model's own pace, or slower.
    fn own_chunk(&mut self) -> Result<Option<Vec<f32>>> {
        let outcome = match std::mem::replace(&mut self.state, State::Over) {
            State::Begun(values) => self.begin(values),
            decoding @ State::Decoding(_) => {
                self.state = decoding;
                self.decode()
            }
            State::Over => Ok(None),
        };
        if outcome.is_err() {
            self.state = State::Over;
            self.time_stretch = None;
        }
        outcome
    }

    fn decode(&mut self) -> Result<Option<Vec<f32>>> {
        let State::Decoding(frames) = &mut self.state else { return Ok(None) };
        let Some(split) = self.voice.pool.split() else { return Ok(None) };
        if frames.done == frames.total {
            self.state = State::Over;
            return Ok(None);
        }
        self.job.spent.set(Duration::ZERO);
        let (begin, growth) = (frames.done, split.decoder.growth);
        let size = self.fixed.unwrap_or_else(|| {
            let ahead = self.job.due.saturating_duration_since(Instant::now());
            let size = affordable(ahead, self.voice.cost.seconds()).saturating_sub(2 * split.decoder.frames);
            size.clamp(if begin == 0 { self.first } else { SMALLEST }, LARGEST)
        });
        // No last chunk of a few frames: it would be all overlap.
        let left = frames.total - begin;
        let end =
            if left < size.saturating_add(SMALLEST.max(size / 4)) { frames.total } else { begin + size };
        let (from, to) =
            (begin.saturating_sub(split.decoder.frames), (end + split.decoder.frames).min(frames.total));
        frames.flow(&self.voice, &self.job, to)?;
        let latent = frames::slice(&frames.latent, from, to);
        let names = std::iter::once(&split.latent).chain(&split.speaker).map(String::as_str);
        let tensors = std::iter::once(&latent).chain(&frames.speaker);
        let inputs: Vec<_> = names
            .zip(tensors)
            .map(|(name, tensor)| (name, Input::Floats(&tensor.shape, &tensor.data)))
            .collect();
        let outputs = self.job.with(&self.voice, |stages| match &stages.decoder {
            Some(decoder) => decoder.run(&inputs, &self.job.stop),
            None => Ok(Vec::new()),
        })?;
        let samples = outputs.into_iter().next().map(|samples| samples.data).unwrap_or_default();
        if samples.len() != (to - from) * growth {
            return Err(failed("the voice gives another number of samples than its graph says"));
        }
        frames.done = end;
        let chunk = samples[(begin - from) * growth..(end - from) * growth].to_vec();
        self.voice.cost.note(self.job.spent.get(), to - from);
        sound(chunk).map(Some)
    }
}

impl Vits {
    /// Refuses a clause of so many samples if it is too long. Its text and speed are the session's, so this says
    /// nothing against the voice.
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
        let now = Instant::now();
        self.job.due = now.checked_add(ahead).unwrap_or(now);
        loop {
            let chunk = self.own_chunk()?;
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
}

impl Frames {
    /// Makes the latent of the frames before `end` known.
    fn flow(&mut self, voice: &Vits, job: &Job, end: usize) -> Result<()> {
        let known = frames::count(&self.latent);
        let flow = voice.pool.split().and_then(|split| split.flow.as_ref());
        let (Some(prior), Some(flow)) = (&self.prior, flow) else { return Ok(()) };
        if known >= end {
            return Ok(());
        }
        // The first block is only what the first chunk needs; the later ones are few and large.
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
        let outputs = job.with(voice, |stages| match &stages.flow {
            Some(flow) => flow.run(&inputs, &job.stop),
            None => Ok(Vec::new()),
        })?;
        let latent = outputs.first().filter(|latent| frames::count(latent) == to - from);
        let latent = latent.ok_or_else(|| failed("the flow of the voice changes the number of frames"))?;
        frames::append(&mut self.latent, latent, known - from, target - from)
    }
}

impl Job {
    fn with<T>(&self, voice: &Vits, work: impl FnOnce(&Stages) -> Result<T>) -> Result<T> {
        voice.pool.with(&self.cancel, self.due, |stages| {
            let began = Instant::now();
            let outcome = work(stages);
            self.spent.set(self.spent.get() + began.elapsed());
            outcome
        })
    }
}

/// Seconds of work for a frame, as the last chunk of any session has found it; of these, since all share the machine.
#[derive(Default)]
pub(super) struct Cost(AtomicU32);

impl Cost {
    /// Zero while nothing is known.
    fn seconds(&self) -> f64 {
        f64::from(f32::from_bits(self.0.load(Ordering::Relaxed)))
    }

    pub(super) fn note(&self, spent: Duration, frames: usize) {
        self.0.store((spent.as_secs_f32() / frames.max(1) as f32).to_bits(), Ordering::Relaxed);
    }
}

/// Frames that can be there before what is `ahead` has been heard.
fn affordable(ahead: Duration, cost: f64) -> usize {
    // Half of it, since a busy machine may be slower next time.
    let time = (ahead.as_secs_f64() / 2.0).min(LONGEST);
    if cost > 0.0 { (time / cost) as usize } else { 0 }
}

/// The samples, if they are any.
fn sound(samples: Vec<f32>) -> Result<Vec<f32>> {
    if samples.iter().all(|sample| sample.is_finite()) {
        return Ok(samples);
    }
    Err(failed("the voice gives numbers that are no sound; download it again"))
}

fn failed(message: &str) -> Error {
    Error::new(ErrorKind::EngineFailed, message)
}
