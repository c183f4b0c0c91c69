//! A voice of an engine with monitored calls and a measured calibration.

use std::sync::Arc;
use std::time::Duration;

use super::calibration::{Calibrations, measure};
use super::voice::{Calibration, Canceller, Rendering, Speech, Style, Voice, VoiceInfo};
use crate::error::Result;
use crate::supervision::{CallSlot, Monitor};

/// The number of letters per deadline for a clause that is rendered as a whole: more than a second of speech.
const LETTERS: f32 = 20.0;

/// Forwards every call to the voice and reports it to the monitor, including calls that measure the voice.
pub(crate) struct Monitored {
    inner: Arc<dyn Voice>,
    monitor: Arc<Monitor>,
    calibrations: Calibrations,
}

impl Monitored {
    pub(crate) fn new(inner: Arc<dyn Voice>, monitor: Arc<Monitor>) -> Self {
        Self { inner, monitor, calibrations: Calibrations::default() }
    }

    fn start(&self, speech: &[Speech], style: &Style, cancel: &Canceller) -> Result<Box<dyn Rendering>> {
        let slot = self.monitor.call_slot();
        let inner = slot.call(|| Arc::clone(&self.inner).render(speech, style, cancel))?;
        let at_once = style.whole || !self.info().streams;
        let deadlines = if at_once { deadlines(speech, style) } else { 1 };
        Ok(Box::new(MonitoredRendering { inner, slot, deadlines, cancel: cancel.clone() }))
    }
}

impl Voice for Monitored {
    fn info(&self) -> &VoiceInfo {
        self.inner.info()
    }

    fn render(
        self: Arc<Self>,
        speech: &[Speech],
        style: &Style,
        cancel: &Canceller,
    ) -> Result<Box<dyn Rendering>> {
        self.start(speech, style, cancel)
    }

    fn reads_latin(&self) -> bool {
        self.inner.reads_latin()
    }

    fn phonemes(&self, speech: &[Speech]) -> Result<Option<String>> {
        self.monitor.call_slot().call(|| self.inner.phonemes(speech))
    }

    fn calibration(&self, speaker: Option<u32>, cancel: &Canceller) -> Calibration {
        let notes = self.inner.notes();
        self.calibrations.get(speaker, notes.as_deref(), cancel, || {
            measure(self.info(), speaker, |speech, style| self.start(speech, style, cancel))
        })
    }
}

/// The deadline multiplier of a clause that is rendered as a whole.
fn deadlines(speech: &[Speech], style: &Style) -> u32 {
    let letters = speech.iter().map(|part| match part {
        Speech::Text(text) => text.chars().count(),
        Speech::Phonemes { ipa, .. } => ipa.chars().count(),
    });
    1 + (letters.sum::<usize>() as f32 / LETTERS / style.speed) as u32
}

struct MonitoredRendering {
    inner: Box<dyn Rendering>,
    slot: CallSlot,
    /// Deadline multiplier for one chunk.
    deadlines: u32,
    cancel: Canceller,
}

impl Rendering for MonitoredRendering {
    fn next_chunk(&mut self, ahead: Duration) -> Result<Option<Vec<f32>>> {
        let (inner, cancel) = (&mut self.inner, &self.cancel);
        let mut stopped = None;
        let chunk = self.slot.call_within(self.deadlines, || match inner.next_chunk(ahead) {
            // It failed because of the cancel, which is not a failure of the voice.
            Err(error) if cancel.is_cancelled() => {
                stopped = Some(error);
                Ok(None)
            }
            outcome => outcome,
        })?;
        if let Some(error) = stopped {
            return Err(error);
        }
        if chunk.is_none() {
            self.slot.record_success();
        }
        Ok(chunk)
    }

    fn total_samples(&self) -> Option<usize> {
        self.inner.total_samples()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_clause_gets_time_for_its_length() {
        let text = |letters: usize| [Speech::Text("a".repeat(letters))];
        assert_eq!(deadlines(&text(1), &Style::default()), 1);
        assert_eq!(deadlines(&text(200), &Style::default()), 11);
        assert_eq!(deadlines(&text(200), &Style { speed: 0.5, ..Style::default() }), 21);
    }
}
