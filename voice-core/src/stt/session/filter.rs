//! Changes of the audio before it is decoded: echo cancellation, noise reduction.

#[cfg(feature = "onnx")]
use std::sync::Arc;

use super::{Original, SttSession};
use crate::audio::SAMPLE_RATE;
use crate::error::Result;
#[cfg(feature = "onnx")]
use crate::stt::denoiser::{DenoiseFor, DenoisedStream, Denoiser};

type Change = dyn FnMut(&mut Sound) -> Result<()> + Send;

/// A change of decoded samples at [`SAMPLE_RATE`], and the samples that it holds back at most.
pub(super) struct Filter {
    change: Box<Change>,
    pub(super) late: usize,
}

/// A piece of audio between two filters, in two forms of the same length.
#[derive(Debug)]
pub(crate) struct Sound {
    /// For the voice detector.
    pub(crate) detected: Vec<i16>,
    /// For the engine, if it gets audio of this rate; otherwise it gets the audio of the client.
    pub(crate) recognized: Vec<i16>,
    /// A filter has made them different.
    pub(crate) is_split: bool,
}

impl Sound {
    /// Audio before the first filter.
    pub(crate) fn unfiltered(samples: Vec<i16>) -> Self {
        Self { recognized: samples.clone(), detected: samples, is_split: false }
    }
}

impl SttSession {
    /// Removes noise from the audio from now on; off by default.
    ///
    /// An engine that gets the client's audio at another rate than 16 kHz hears the noise.
    #[cfg(feature = "onnx")]
    pub fn denoise(&mut self, denoiser: &Arc<Denoiser>, use_for: DenoiseFor) {
        let mut detected = DenoisedStream::new(denoiser);
        let mut recognized = (use_for == DenoiseFor::All).then(|| DenoisedStream::new(denoiser));
        // Audio for the engine that waits for that of the detector.
        let mut waiting = Vec::new();
        let change = move |sound: &mut Sound| {
            detected.process(&mut sound.detected)?;
            match &mut recognized {
                None => {
                    sound.is_split = true;
                    waiting.append(&mut sound.recognized);
                    sound.recognized.extend(waiting.drain(..sound.detected.len().min(waiting.len())));
                }
                Some(_) if !sound.is_split => sound.recognized.clone_from(&sound.detected),
                Some(recognized) => recognized.process(&mut sound.recognized)?,
            }
            Ok(())
        };
        self.add_filter(self.filters.len(), Filter { change: Box::new(change), late: DenoisedStream::LATE });
    }

    /// Lets `change` be the first to change the decoded samples. It holds back `late` samples at most.
    pub(crate) fn filter_first(
        &mut self,
        late: usize,
        change: impl FnMut(&mut Sound) -> Result<()> + Send + 'static,
    ) {
        self.add_filter(0, Filter { change: Box::new(change), late });
    }

    fn add_filter(&mut self, place: usize, filter: Filter) {
        if self.filters.is_empty() && self.setup.recognizer.sample_rate == SAMPLE_RATE {
            self.original = Some(self.original_from_now());
        }
        self.filters.insert(place, filter);
    }

    /// Audio for the engine that is equal to that of the detector until now.
    pub(super) fn original_from_now(&self) -> Original {
        Original { samples: self.samples[self.processed..].to_vec(), processed: 0 }
    }

    /// Whether the engine gets filtered audio.
    pub(super) fn is_filtered(&self) -> bool {
        !self.filters.is_empty() && self.setup.recognizer.sample_rate == SAMPLE_RATE
    }

    /// Filters the samples from an index on. What a filter that fails has got is lost.
    pub(super) fn filter(&mut self, from: usize) -> Result<()> {
        if self.filters.is_empty() {
            return Ok(());
        }
        let mut sound = Sound::unfiltered(self.samples.split_off(from));
        let outcome = self.filters.iter_mut().try_for_each(|filter| (filter.change)(&mut sound));
        let count = sound.detected.len().min(sound.recognized.len());
        self.samples.extend(&sound.detected[..count]);
        let is_filtered = self.is_filtered();
        if let Some(original) = self.original.as_mut().filter(|_| is_filtered) {
            original.samples.extend(&sound.recognized[..count]);
        }
        outcome
    }
}
