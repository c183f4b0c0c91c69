//! Removes the echo of the loudspeaker from the user's audio.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use sonora_aec3::block::Block;
use sonora_aec3::block_processor::BlockProcessor;
use sonora_aec3::common::BLOCK_SIZE;
use sonora_aec3::config::EchoCanceller3Config;

use crate::audio::{Decoder, Format, SAMPLE_RATE, SAMPLES_PER_MS};
use crate::error::Result;
use crate::stt::Sound;

/// The length of the filter in blocks of 4 ms: the reverberation of a room.
const FILTER_BLOCKS: usize = 24;

/// The decay of reverberation in a block: 60 dB in 600 ms.
const REVERBERATION: f32 = 0.912;

/// Power of an echo that a voice detector notices.
const AUDIBLE: f32 = 100.0;

/// Sound is not echo if it is louder than the residual by this factor.
const LOUDER: f32 = 10.0;

/// Weights of a block in the mean of the residual: 4 s while it is exceeded, else and in the first two seconds 400 ms.
const SLOW: f32 = 0.001;
const FAST: f32 = 0.01;
const LEARNING: u32 = 500;

/// Blocks for which it counts as exceeded afterwards: 200 ms.
const HOLD: u32 = 50;

/// A sample of this amount is clipped.
const CLIPPED: u16 = 32_700;

/// The position of the loudspeaker is corrected if it is off by more, in samples: reports are late by up to 200 ms.
const MAX_OFF: u64 = 300 * SAMPLES_PER_MS;

/// The most audio that waits to be heard, in samples; the rest is not cancelled.
const MAX_WAITING: usize = 120 * SAMPLE_RATE as usize;

/// The audio that the loudspeaker plays.
#[derive(Clone)]
pub(super) struct Loudspeaker(Arc<Mutex<Played>>);

struct Played {
    decoder: Decoder,
    /// Audio that was given out, from the sample `start` of the dialog's audio.
    samples: VecDeque<i16>,
    start: u64,
    decoded: Vec<i16>,
    /// The estimated position of the listener.
    position: u64,
}

impl Loudspeaker {
    pub(super) fn new(format: Format) -> Result<Self> {
        Ok(Self(Arc::new(Mutex::new(Played {
            decoder: Decoder::new(format)?,
            samples: VecDeque::new(),
            start: 0,
            decoded: Vec::new(),
            position: 0,
        }))))
    }

    /// Takes audio that is given out, which begins at `at_ms`.
    pub(super) fn give(&self, audio: &[u8], at_ms: u64) {
        self.with(|played| {
            let at = at_ms * SAMPLES_PER_MS;
            if played.samples.is_empty() {
                (played.start, played.position) = (at, at);
            }
            played.decoded.clear();
            if played.decoder.push(audio, &mut played.decoded).is_ok() && played.samples.len() < MAX_WAITING {
                played.samples.extend(played.decoded.iter().copied());
            }
        });
    }

    /// Sets the reported position of the listener, and whether audio is played.
    pub(super) fn follow(&self, heard_ms: u64, is_playing: bool) {
        self.with(|played| {
            let reported = heard_ms * SAMPLES_PER_MS;
            if !is_playing {
                // What follows is given out again.
                played.samples.clear();
            } else if played.position.abs_diff(reported) > MAX_OFF && !played.samples.is_empty() {
                // The canceller follows a constant delay, so small differences are left alone.
                played.position = reported;
            }
        });
    }

    /// Adds the next `count` samples that the loudspeaker plays to `out`, zeros while it plays nothing.
    fn play(&self, count: usize, out: &mut Vec<i16>) {
        self.with(|played| {
            let old = (played.position.saturating_sub(played.start) as usize).min(played.samples.len());
            played.samples.drain(..old);
            played.start += old as u64;
            let end = out.len() + count;
            if played.start == played.position {
                let count = count.min(played.samples.len());
                out.extend(played.samples.drain(..count));
                played.start += count as u64;
                played.position += count as u64;
            }
            out.resize(end, 0);
        });
    }

    fn with<T>(&self, call: impl FnOnce(&mut Played) -> T) -> T {
        call(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Removes from the microphone's audio what comes from the loudspeaker.
///
/// The canceller gets one sample of the loudspeaker for each sample of the microphone, also while nothing is played, so
/// that the delay between the two stays the same when the audio pauses and goes on.
pub(super) struct EchoFilter {
    loudspeaker: Loudspeaker,
    canceller: BlockProcessor,
    high_pass: HighPass,
    residual: Residual,
    /// Samples of the microphone, and those of the loudspeaker at the same time.
    heard: Vec<i16>,
    played: Vec<i16>,
}

impl EchoFilter {
    pub(super) fn new(loudspeaker: Loudspeaker) -> Self {
        let mut config = EchoCanceller3Config::default();
        config.filter.export_linear_aec_output = true;
        config.filter.refined.length_blocks = FILTER_BLOCKS;
        config.filter.coarse.length_blocks = FILTER_BLOCKS;
        config.filter.refined_initial.length_blocks = FILTER_BLOCKS;
        config.filter.coarse_initial.length_blocks = FILTER_BLOCKS;
        let canceller = BlockProcessor::new(&config, SAMPLE_RATE as usize, 1, 1);
        Self {
            loudspeaker,
            canceller,
            high_pass: HighPass::default(),
            residual: Residual::default(),
            heard: Vec::new(),
            played: Vec::new(),
        }
    }

    /// The samples that wait for a whole block at most.
    pub(super) const LATE: usize = BLOCK_SIZE;

    /// Replaces samples by whole blocks without echo; the rest waits for the next call.
    ///
    /// The voice detector gets audio in which all echo is suppressed, and with it some of the user's voice. The recognizer
    /// gets audio from which only the predicted echo is subtracted, which leaves the voice as it is.
    pub(super) fn process(&mut self, sound: &mut Sound) {
        let Sound { detected, recognized, is_split } = sound;
        *is_split = true;
        self.loudspeaker.play(detected.len(), &mut self.played);
        self.heard.append(detected);
        recognized.clear();
        let whole = self.heard.len() / BLOCK_SIZE * BLOCK_SIZE;
        let [mut far, mut near, mut before, mut linear] = [(); 4].map(|()| Block::new(1, 1));
        for (heard, played) in
            self.heard[..whole].chunks_exact(BLOCK_SIZE).zip(self.played.chunks_exact(BLOCK_SIZE))
        {
            fill(&mut far, played.iter().map(|&sample| f32::from(sample)));
            fill(&mut near, heard.iter().map(|&sample| self.high_pass.next(sample)));
            before.clone_from(&near);
            let is_clipped = heard.iter().any(|sample| sample.unsigned_abs() >= CLIPPED);
            self.canceller.buffer_render(&far);
            self.canceller.process_capture(false, is_clipped, Some(&mut linear), &mut near);
            let left = linear.view(0, 0);
            let echo = before.view(0, 0).iter().zip(left).map(|(before, left)| before - left);
            let is_voice = self.residual.is_exceeded(power(echo), power(left.iter().copied()));
            detected.extend(near.view(0, 0).iter().map(|&sample| if is_voice { sample as i16 } else { 0 }));
            recognized.extend(linear.view(0, 0).iter().map(|&sample| sample as i16));
        }
        self.heard.drain(..whole);
        self.played.drain(..whole);
    }
}

fn power(samples: impl Iterator<Item = f32>) -> f32 {
    samples.map(|sample| sample * sample).sum::<f32>() / BLOCK_SIZE as f32
}

/// The echo that is left after the predicted echo was subtracted, which louder sound is told from.
#[derive(Default)]
struct Residual {
    /// The power of the predicted echo, and of its reverberation.
    echo: f32,
    /// The mean of what is left, relative to that.
    left: f32,
    /// The mean power of blocks.
    smooth: f32,
    /// Blocks with an echo until now.
    learned: u32,
    /// Blocks until the residual is no longer exceeded.
    hold: u32,
}

impl Residual {
    /// Takes the power of the predicted echo in a block, and of what is left. Returns whether more is left than echo.
    fn is_exceeded(&mut self, echo: f32, left: f32) -> bool {
        self.echo = (self.echo * REVERBERATION).max(echo);
        self.smooth += (left - self.smooth) * 0.25;
        if self.echo < AUDIBLE {
            return true;
        }
        let ratio = self.smooth / self.echo;
        let is_exceeded = ratio > LOUDER * self.left;
        let weight = if self.learned < LEARNING || !is_exceeded { FAST } else { SLOW };
        self.learned = self.learned.saturating_add(1);
        self.left += (ratio - self.left) * weight;
        self.hold = if is_exceeded { HOLD } else { self.hold.saturating_sub(1) };
        self.hold > 0
    }
}

fn fill(block: &mut Block, samples: impl Iterator<Item = f32>) {
    for (sample, from) in block.view_mut(0, 0).iter_mut().zip(samples) {
        *sample = from;
    }
}

/// Removes a constant offset, which a canceller takes for echo.
#[derive(Default)]
struct HighPass {
    before: f32,
    out: f32,
}

impl HighPass {
    fn next(&mut self, sample: i16) -> f32 {
        /// A limit of 40 Hz.
        const DECAY: f32 = 0.985;
        let sample = f32::from(sample);
        self.out = sample - self.before + DECAY * self.out;
        self.before = sample;
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECE: usize = 256;
    /// 80 ms.
    const DELAY: usize = 1_280;

    /// A loudspeaker and a microphone that hears it.
    struct Room {
        loudspeaker: Loudspeaker,
        filter: EchoFilter,
        random: fastrand::Rng,
        /// All that was played.
        played: Vec<i16>,
        /// The end of the audio that was given out, in samples.
        given: u64,
    }

    impl Room {
        fn new() -> Self {
            let loudspeaker = Loudspeaker::new(Format::default()).unwrap();
            let filter = EchoFilter::new(loudspeaker.clone());
            Self { loudspeaker, filter, random: fastrand::Rng::with_seed(1), played: Vec::new(), given: 0 }
        }

        /// Noise with the rhythm of syllables.
        fn noise(&mut self, count: usize) -> Vec<i16> {
            let level = |at: usize| (at as f32 / 1_600.0).sin().abs() * 8_000.0;
            (0..count).map(|at| (level(at) * (self.random.f32() * 2.0 - 1.0)) as i16).collect()
        }

        /// Plays noise or nothing while the user says `voice`. Returns the echo, and what the detector and the recognizer
        /// hear.
        fn pass(&mut self, is_playing: bool, voice: &[i16]) -> [Vec<i16>; 3] {
            let audio = if is_playing { self.noise(voice.len()) } else { vec![0; voice.len()] };
            if is_playing {
                let bytes: Vec<u8> = audio.iter().flat_map(|sample| sample.to_le_bytes()).collect();
                self.loudspeaker.give(&bytes, self.given / SAMPLES_PER_MS);
                self.given += audio.len() as u64;
            }
            let [mut echo, mut detected, mut sound] = [const { Vec::new() }; 3];
            for (voice, audio) in voice.chunks(PIECE).zip(audio.chunks(PIECE)) {
                self.played.extend(audio);
                let begin = self.played.len() - voice.len();
                let mut heard = Vec::new();
                for (at, &voice) in voice.iter().enumerate() {
                    let played = (begin + at).checked_sub(DELAY).map_or(0, |at| self.played[at]);
                    echo.push(played / 4);
                    heard.push(voice + played / 4);
                }
                if !is_playing {
                    self.loudspeaker.follow(self.given / SAMPLES_PER_MS, false);
                }
                let mut piece = Sound::unfiltered(heard);
                self.filter.process(&mut piece);
                detected.extend(piece.detected);
                sound.extend(piece.recognized);
            }
            assert_eq!(detected.len(), sound.len());
            [echo, detected, sound]
        }
    }

    fn power(samples: &[i16]) -> f64 {
        samples.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>() / samples.len() as f64
    }

    #[test]
    fn echo_is_removed_after_each_pause() {
        let mut room = Room::new();
        let silence = |ms: usize| vec![0; ms * 16];
        room.pass(true, &silence(4_000));
        // Pauses that are no whole number of blocks.
        for pause in [0, 1_000, 337, 2_013] {
            room.pass(false, &silence(pause));
            let [echo, detected, sound] = room.pass(true, &silence(512));
            assert!(power(&detected) < power(&echo) / 1_000.0, "after {pause} ms");
            assert!(power(&sound) < power(&echo) / 1_000.0, "after {pause} ms");
        }
    }

    #[test]
    fn recognizer_hears_the_voice_as_it_is() {
        let mut room = Room::new();
        room.pass(true, &vec![0; 64_000]);
        let voice: Vec<i16> = (0..8_000)
            .map(|at| ((at as f32 * 0.2).sin() * 3_000.0 * (at as f32 / 900.0).sin()) as i16)
            .collect();
        let [_, _, sound] = room.pass(true, &voice);
        // The end of the voice waits for a whole block.
        let late = voice.len() - sound.len();
        assert!(late < 2 * BLOCK_SIZE);
        let similar = |lag: usize| {
            let pairs = sound[lag..].iter().zip(&voice);
            let product: f64 = pairs.map(|(&one, &other)| f64::from(one) * f64::from(other)).sum();
            product / voice.len() as f64 / (power(&sound) * power(&voice)).sqrt()
        };
        let best = (0..BLOCK_SIZE).map(similar).fold(0.0, f64::max);
        assert!(best > 0.95, "{best}");
    }

    #[test]
    fn audio_without_a_loudspeaker_is_unchanged() {
        let mut room = Room::new();
        let voice = room.noise(16_000);
        let [_, detected, sound] = room.pass(false, &voice);
        assert!((power(&sound) / power(&voice) - 1.0).abs() < 0.05);
        assert!((power(&detected) / power(&voice) - 1.0).abs() < 0.05);
    }
}
