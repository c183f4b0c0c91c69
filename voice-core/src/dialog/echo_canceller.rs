//! Removes the echo of the loudspeaker from the user's audio.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use sonora::config::EchoCanceller as Canceller;
use sonora::{AudioProcessing, Config, StreamConfig};

use crate::audio::{Decoder, Format, SAMPLE_RATE, SAMPLES_PER_MS};
use crate::error::Result;

/// Samples of a frame of the canceller: 10 ms.
const FRAME: usize = 160;

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

    /// The next frame that the loudspeaker plays.
    fn next_frame(&self) -> [i16; FRAME] {
        self.with(|played| {
            let mut frame = [0; FRAME];
            let old = (played.position.saturating_sub(played.start) as usize).min(played.samples.len());
            played.samples.drain(..old);
            played.start += old as u64;
            if played.start == played.position {
                let count = FRAME.min(played.samples.len());
                for (sample, played) in frame.iter_mut().zip(played.samples.drain(..count)) {
                    *sample = played;
                }
                played.start += count as u64;
                played.position += count as u64;
            }
            frame
        })
    }

    fn with<T>(&self, call: impl FnOnce(&mut Played) -> T) -> T {
        call(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Removes from the microphone's audio what comes from the loudspeaker.
pub(super) struct EchoFilter {
    loudspeaker: Loudspeaker,
    canceller: AudioProcessing,
    waiting: Vec<i16>,
}

impl EchoFilter {
    pub(super) fn new(loudspeaker: Loudspeaker) -> Self {
        let config = Config { echo_canceller: Some(Canceller::default()), ..Config::default() };
        let stream = StreamConfig::new(SAMPLE_RATE, 1);
        let canceller =
            AudioProcessing::builder().config(config).capture_config(stream).render_config(stream).build();
        Self { loudspeaker, canceller, waiting: Vec::new() }
    }

    /// Replaces the samples from `from` on by whole frames without echo; the rest waits for the next call.
    pub(super) fn process(&mut self, samples: &mut Vec<i16>, from: usize) {
        self.waiting.extend(samples.drain(from..));
        let whole = self.waiting.len() / FRAME * FRAME;
        let (mut rendered, mut clean) = ([0; FRAME], [0; FRAME]);
        for frame in self.waiting[..whole].chunks_exact(FRAME) {
            let played = self.loudspeaker.next_frame();
            let done = self
                .canceller
                .process_render_i16(&played, &mut rendered)
                .and_then(|()| self.canceller.process_capture_i16(frame, &mut clean));
            samples.extend_from_slice(if done.is_ok() { &clean } else { frame });
        }
        self.waiting.drain(..whole);
    }
}
