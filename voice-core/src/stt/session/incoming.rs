//! From the client's bytes to samples for the detector and the engine, and the checks of what they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{MAX_PUSH, RateChecking, SttSession};
use crate::audio::SAMPLE_RATE;
use crate::error::{Error, ErrorKind, Result};
use crate::stt::SttEvent;
use crate::vad::FRAME;

/// A handle that tells how much audio a session has decoded, for any thread. Of a compressed stream this is not known
/// before.
#[derive(Debug, Clone, Default)]
pub struct DecodedAudio(Arc<AtomicU64>);

impl DecodedAudio {
    /// The duration of the audio since the start of the session.
    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed) * 1_000_000 / u64::from(SAMPLE_RATE))
    }

    fn add(&self, samples: usize) {
        self.0.fetch_add(samples as u64, Ordering::Relaxed);
    }
}

impl SttSession {
    pub(super) fn unpack(&mut self, audio: &[u8]) -> Result<()> {
        self.check_length(audio)?;
        if let Some(unpacker) = &mut self.unpacker {
            self.unpacked.clear();
            let outcome = unpacker.push(audio, &mut self.unpacked);
            let samples = std::mem::take(&mut self.unpacked);
            let decoded = self.decode(&samples);
            self.unpacked = samples;
            return self.tell_of_damage(outcome).and(decoded);
        }
        self.check_format(audio);
        self.decode(audio)
    }

    /// Warns of audio that is not what was declared, and decodes it as declared even then.
    fn check_format(&mut self, audio: &[u8]) {
        let Some(check) = &mut self.format_check else { return };
        if let Some(doubt) = check.push(audio) {
            let kind = ErrorKind::AudioFormatDoubtful;
            self.events.push_back(SttEvent::Warning { kind, message: doubt.to_string() });
            // What is read wrongly says nothing of the rate.
            self.rate_check = RateChecking::Over;
        }
        if check.is_done() {
            self.format_check = None;
        }
    }

    /// Warns of speech whose sample rate is not what was declared.
    pub(super) fn check_rate(&mut self, frame: &[i16; FRAME]) {
        let RateChecking::Running(check) = &mut self.rate_check else { return };
        if let Some(doubt) = check.push(frame) {
            let kind = ErrorKind::AudioFormatDoubtful;
            self.events.push_back(SttEvent::Warning { kind, message: doubt.to_string() });
        }
        if check.is_done() {
            self.rate_check = RateChecking::Over;
        }
    }

    pub(super) fn check_length(&self, audio: &[u8]) -> Result<()> {
        self.check_open()?;
        if audio.len() > MAX_PUSH {
            let message = format!("{} bytes in one piece; push at most {MAX_PUSH}", audio.len());
            return Err(Error::new(ErrorKind::MessageTooLarge, message));
        }
        Ok(())
    }

    pub(super) fn decode(&mut self, audio: &[u8]) -> Result<()> {
        let decoded = self.samples.len();
        let is_filtered = self.is_filtered();
        match &mut self.original {
            Some(original) if !is_filtered => {
                self.decoder.push_both(audio, &mut self.samples, &mut original.samples)?;
            }
            _ => self.decoder.push(audio, &mut self.samples)?,
        }
        self.decoded.add(self.samples.len() - decoded);
        self.filter(decoded)
    }

    /// Damaged packets are a warning, one for several in a row; their time is filled.
    fn tell_of_damage(&mut self, outcome: Result<()>) -> Result<()> {
        match outcome {
            Err(error) if error.kind() == ErrorKind::AudioPacketInvalid => {
                if !std::mem::replace(&mut self.is_damaged, true) {
                    let message = error.to_string();
                    self.events.push_back(SttEvent::Warning { kind: error.kind(), message });
                }
                Ok(())
            }
            outcome => {
                self.is_damaged = false;
                outcome
            }
        }
    }
}
