//! A gate in front of the voice detector, for devices whose microphone hears their loudspeaker.
//!
//! The dialog knows the power of the audio that it gives out, and the position of the listener. A frame of the
//! microphone that is not louder than the echo of that audio can be is not voice. How loud the echo is, relative to the
//! audio, is learned while nobody speaks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::audio::{Decoder, Format, SAMPLE_RATE};
use crate::error::Result;
use crate::vad::{FRAME, Vad};

/// The length of a frame of the reference in milliseconds of the dialog's audio.
const FRAME_MS: u64 = 16;

/// How much earlier and later than the reported position the audible audio may be: the echo is late, and reports are
/// rounded and late too.
const EARLIER_MS: u64 = 600;
const LATER_MS: u64 = 300;

/// The most audio of the reference that is kept.
const KEPT_MS: u64 = 30_000;

/// Voice is louder than the usual echo by this factor of power: 7 dB.
const MARGIN: f32 = 5.0;

/// The gain of the echo, as a factor of power, before any audio was heard: -6 dB.
const START_GAIN: f32 = 0.25;

/// The change of the gain for each frame that is louder, or not louder, than expected.
const RISE: f32 = 1.05;
const FALL: f32 = 0.985;

/// Less power is silence.
const MIN_POWER: f32 = 100.0;

/// What the microphone may hear of the loudspeaker.
#[derive(Clone)]
pub(super) struct EchoReference(Arc<Mutex<Reference>>);

struct Reference {
    decoder: Decoder,
    samples: Vec<i16>,
    /// The power of each frame of audio that was given out.
    powers: VecDeque<f32>,
    /// The time of the first of them, in milliseconds.
    start_ms: u64,
    /// The position of the listener.
    heard_ms: u64,
    /// The listener hears audio.
    is_audible: bool,
    /// The user speaks: the gain is not learned.
    is_speech: bool,
    gain: f32,
}

impl EchoReference {
    /// The reference of audio in `format`.
    pub(super) fn new(format: Format) -> Result<Self> {
        Ok(Self(Arc::new(Mutex::new(Reference {
            decoder: Decoder::new(format)?,
            samples: Vec::new(),
            powers: VecDeque::new(),
            start_ms: 0,
            heard_ms: 0,
            is_audible: false,
            is_speech: false,
            gain: START_GAIN,
        }))))
    }

    /// Counts audio that is given out, which begins at `at_ms`.
    pub(super) fn give(&self, audio: &[u8], at_ms: u64) {
        self.with(|reference| reference.give(audio, at_ms));
    }

    /// Sets the position of the listener, and whether it hears audio and the user speaks.
    pub(super) fn follow(&self, heard_ms: u64, is_audible: bool, is_speech: bool) {
        self.with(|reference| {
            (reference.heard_ms, reference.is_audible, reference.is_speech) =
                (heard_ms, is_audible, is_speech);
        });
    }

    fn with<T>(&self, call: impl FnOnce(&mut Reference) -> T) -> T {
        call(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Reference {
    fn give(&mut self, audio: &[u8], at_ms: u64) {
        let end_ms = self.start_ms + self.powers.len() as u64 * FRAME_MS;
        if at_ms.abs_diff(end_ms) > FRAME_MS {
            // It goes on at another position.
            let kept = at_ms.saturating_sub(self.start_ms) / FRAME_MS;
            if at_ms < self.start_ms || kept > self.powers.len() as u64 {
                (self.start_ms, self.powers) = (at_ms, VecDeque::new());
            } else {
                self.powers.truncate(kept as usize);
            }
            self.samples.clear();
        }
        if self.decoder.push(audio, &mut self.samples).is_err() {
            return;
        }
        let whole = self.samples.len() / FRAME * FRAME;
        self.powers.extend(self.samples[..whole].chunks_exact(FRAME).map(power));
        self.samples.drain(..whole);
        while self.powers.len() as u64 * FRAME_MS > KEPT_MS {
            self.powers.pop_front();
            self.start_ms += FRAME_MS;
        }
    }

    /// The most power of the audio that may be audible now.
    fn most(&self) -> f32 {
        let at = |ms: u64| (ms.saturating_sub(self.start_ms) / FRAME_MS) as usize;
        let (begin, end) = (at(self.heard_ms.saturating_sub(EARLIER_MS)), at(self.heard_ms + LATER_MS));
        let end = end.min(self.powers.len());
        self.powers.range(begin.min(end)..end).copied().fold(0.0, f32::max)
    }

    /// Whether a frame of that power can be an echo.
    fn covers(&mut self, power: f32) -> bool {
        if !self.is_audible {
            return false;
        }
        let most = self.most();
        if most < MIN_POWER {
            return false;
        }
        if !self.is_speech {
            let is_louder = power > self.gain * most;
            self.gain = (self.gain * if is_louder { RISE } else { FALL }).clamp(1e-6, 10.0);
        }
        power < self.gain * most * MARGIN
    }
}

fn power(frame: &[i16]) -> f32 {
    frame.iter().map(|&sample| f32::from(sample).powi(2)).sum::<f32>() / frame.len() as f32
}

/// A voice detector for which an echo is not voice.
pub(super) struct EchoGate {
    pub(super) inner: Box<dyn Vad>,
    pub(super) reference: EchoReference,
}

impl EchoGate {
    fn gated(&self, frame: &[i16; FRAME], score: f32) -> f32 {
        if self.reference.with(|reference| reference.covers(power(frame))) { 0.0 } else { score }
    }
}

impl Vad for EchoGate {
    fn score(&mut self, frame: &[i16; FRAME]) -> f32 {
        let score = self.inner.score(frame);
        self.gated(frame, score)
    }

    fn quick_score(&mut self, frame: &[i16; FRAME]) -> Option<f32> {
        let score = self.inner.quick_score(frame)?;
        Some(self.gated(frame, score))
    }
}

const _: () = assert!(FRAME as u64 * 1_000 == FRAME_MS * SAMPLE_RATE as u64);

#[cfg(test)]
mod tests {
    use super::*;

    /// Speech-like power: a random level for each frame.
    fn frame(level: i16) -> [i16; FRAME] {
        std::array::from_fn(|at| if at % 2 == 0 { level } else { -level })
    }

    struct Always;

    impl Vad for Always {
        fn score(&mut self, _: &[i16; FRAME]) -> f32 {
            1.0
        }
    }

    #[test]
    fn echo_is_not_voice_and_a_louder_user_is() {
        let reference = EchoReference::new(Format::default()).unwrap();
        let mut gate = EchoGate { inner: Box::new(Always), reference: reference.clone() };
        let mut random = fastrand::Rng::with_seed(3);
        let levels: Vec<i16> = (0..600).map(|_| random.i16(200..8_000)).collect();
        for (at, level) in levels.iter().enumerate() {
            let bytes: Vec<u8> = frame(*level).iter().flat_map(|sample| sample.to_le_bytes()).collect();
            reference.give(&bytes, at as u64 * FRAME_MS);
        }
        let mut voiced = [0, 0];
        for at in 10..600 {
            // Reports come every 192 ms.
            reference.follow((at / 12 * 12) as u64 * FRAME_MS, true, false);
            // An echo of -12 dB, 5 frames late.
            let echo = frame(levels[at - 5] / 4);
            let is_user = at >= 400 && at % 4 == 0;
            let score = gate.score(&if is_user { frame(8_000) } else { echo });
            if at >= 200 {
                voiced[usize::from(is_user)] += usize::from(score > 0.0);
            }
        }
        assert_eq!(voiced, [0, 50]);
        // In silence each frame counts.
        reference.follow(600 * FRAME_MS, false, false);
        assert!(gate.score(&frame(300)) > 0.0);
    }
}
