//! Removes noise from the user's audio with GTCRN, a small network that works on a stream (Rong et al. 2024, "GTCRN: A
//! Speech Enhancement Model Requiring Ultralow Computational Resources").

use std::path::Path;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::error::{Error, ErrorKind, Result};
use crate::onnx::{Input, Model, Program, Runtime, Stop, Tensor};

/// Samples of a frame, and from one frame to the next.
const FRAME: usize = 512;
const HOP: usize = FRAME / 2;

/// Frequencies of a frame.
const BINS: usize = FRAME / 2 + 1;

/// The state of the network, which it returns with each frame.
const STATES: [(&str, &[i64]); 3] =
    [("conv_cache", &[2, 1, 16, 16, 33]), ("tra_cache", &[2, 3, 1, 1, 16]), ("inter_cache", &[2, 1, 33, 16])];

/// The largest file that is read.
const MAX_BYTES: u64 = 64 << 20;

/// A denoiser, shared by any number of sessions.
pub struct Denoiser {
    program: Program,
    /// Never used: a run takes a millisecond or two.
    stop: Stop,
}

/// What the denoised audio is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DenoiseFor {
    /// The voice detector. The engine gets the audio as it is: denoised words sound unlike those of its training.
    Detection,
    /// The voice detector and the engine.
    All,
}

/// The denoised audio of one stream.
pub(crate) struct DenoisedStream {
    denoiser: Arc<Denoiser>,
    states: [Vec<f32>; 3],
    forward: Arc<dyn RealToComplex<f32>>,
    backward: Arc<dyn ComplexToReal<f32>>,
    window: Vec<f32>,
    /// Samples that are not in a whole frame yet, of which the first `HOP` were in the frame before.
    waiting: Vec<f32>,
    /// The second half of the last frame, to which the first half of the next one is added.
    overlap: Vec<f32>,
    /// Samples of the output before the start of the stream.
    early: usize,
}

impl Denoiser {
    /// Loads the streaming ONNX file of GTCRN at `path`, which takes frames of 512 samples at 16 kHz.
    ///
    /// Fails with [`ErrorKind::ModelNotFound`], [`ErrorKind::ModelUnreadable`], [`ErrorKind::ModelInvalid`] or as ONNX
    /// Runtime does.
    pub fn load(runtime: &Runtime, path: &Path) -> Result<Arc<Self>> {
        let unreadable = |error: std::io::Error| {
            let (kind, hint) = match error.kind() {
                std::io::ErrorKind::NotFound => (ErrorKind::ModelNotFound, "is not there; check the path"),
                _ => (ErrorKind::ModelUnreadable, "cannot be read; check its permissions"),
            };
            Error::new(kind, format!("the denoiser {} {hint}", path.display())).with_source(error)
        };
        if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_BYTES {
            return Err(not_gtcrn());
        }
        let program = Program::load(runtime, Model::New(&std::fs::read(path).map_err(unreadable)?, None))?;
        let mut names: Vec<_> = program.inputs().collect();
        names.sort_unstable();
        if names != ["conv_cache", "inter_cache", "mix", "tra_cache"] {
            return Err(not_gtcrn());
        }
        let denoiser = Arc::new(Self { program, stop: Stop::new()? });
        // Shapes are checked before the first session needs them.
        DenoisedStream::new(&denoiser).process(&mut vec![0; FRAME])?;
        Ok(denoiser)
    }
}

fn not_gtcrn() -> Error {
    let message = "the denoiser is not GTCRN's streaming model; use gtcrn_simple.onnx";
    Error::new(ErrorKind::ModelInvalid, message)
}

impl DenoisedStream {
    pub(crate) fn new(denoiser: &Arc<Denoiser>) -> Self {
        let mut planner = RealFftPlanner::new();
        let turn = std::f32::consts::TAU / FRAME as f32;
        Self {
            denoiser: Arc::clone(denoiser),
            states: STATES.map(|(_, shape)| vec![0.0; shape.iter().product::<i64>() as usize]),
            forward: planner.plan_fft_forward(FRAME),
            backward: planner.plan_fft_inverse(FRAME),
            // The square root of a Hann window, before and after.
            window: (0..FRAME).map(|at| (0.5 - 0.5 * (turn * at as f32).cos()).sqrt()).collect(),
            waiting: vec![0.0; HOP],
            overlap: vec![0.0; HOP],
            early: HOP,
        }
    }

    /// The samples by which the output may be shorter than the input.
    pub(crate) const LATE: usize = FRAME;

    /// Replaces samples by denoised ones; those that are not in a whole frame wait for the next call. After an error the
    /// samples of the failed frame are lost.
    pub(crate) fn process(&mut self, samples: &mut Vec<i16>) -> Result<()> {
        self.waiting.extend(samples.drain(..).map(|sample| f32::from(sample) / 32_768.0));
        while self.waiting.len() >= FRAME {
            let frame: Vec<f32> =
                self.waiting[..FRAME].iter().zip(&self.window).map(|(a, b)| a * b).collect();
            self.waiting.drain(..HOP);
            let frame = self.denoise(frame)?;
            let whole = self.overlap.iter().zip(&frame).map(|(one, other)| ((one + other) * 32_768.0) as i16);
            let early = self.early.min(HOP);
            samples.extend(whole.skip(early));
            self.early -= early;
            self.overlap.copy_from_slice(&frame[HOP..]);
        }
        Ok(())
    }

    fn denoise(&mut self, mut frame: Vec<f32>) -> Result<Vec<f32>> {
        let mut spectrum = self.forward.make_output_vec();
        self.forward.process(&mut frame, &mut spectrum).map_err(failed)?;
        let mix: Vec<f32> = spectrum.iter().flat_map(|bin| [bin.re, bin.im]).collect();
        let mut inputs = vec![("mix", Input::Floats(&[1, BINS as i64, 1, 2], &mix))];
        inputs.extend(
            STATES
                .iter()
                .zip(&self.states)
                .map(|((name, shape), state)| (*name, Input::Floats(shape, state))),
        );
        let outputs = self.denoiser.program.run(&inputs, &self.denoiser.stop)?;
        let mut outputs = outputs.into_iter().map(|Tensor { data, .. }| data);
        let clean = outputs.next().filter(|clean| clean.len() == 2 * BINS).ok_or_else(not_gtcrn)?;
        for (state, next) in self.states.iter_mut().zip(outputs) {
            if next.len() != state.len() {
                return Err(not_gtcrn());
            }
            *state = next;
        }
        for (bin, clean) in spectrum.iter_mut().zip(clean.as_chunks::<2>().0) {
            *bin = Complex::new(clean[0], clean[1]);
        }
        // They are real in the spectrum of a real signal.
        (spectrum[0].im, spectrum[BINS - 1].im) = (0.0, 0.0);
        self.backward.process(&mut spectrum, &mut frame).map_err(failed)?;
        let scale = |(sample, window): (f32, &f32)| sample * window / FRAME as f32;
        Ok(frame.into_iter().zip(&self.window).map(scale).collect())
    }
}

fn failed(error: realfft::FftError) -> Error {
    Error::new(ErrorKind::EngineFailed, "a frame cannot be denoised").with_source(error)
}
