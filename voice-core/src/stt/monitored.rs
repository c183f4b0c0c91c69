//! A model whose calls are monitored.

use std::sync::Arc;

use crate::error::Result;
use crate::stt::Speaker;
use crate::stt::Transcript;
use crate::stt::{Decoding, Ending, Model, ModelInfo, Recognizer, RecognizerOptions};
use crate::supervision::{CallSlot, Monitor};

/// Forwards every call and records it in the monitor.
pub(crate) struct Monitored {
    inner: Arc<dyn Model>,
    monitor: Arc<Monitor>,
}

impl Monitored {
    pub(crate) fn new(inner: Arc<dyn Model>, monitor: Arc<Monitor>) -> Self {
        Self { inner, monitor }
    }
}

impl Model for Monitored {
    fn info(&self) -> &ModelInfo {
        self.inner.info()
    }

    fn recognizer(self: Arc<Self>, options: &RecognizerOptions) -> Result<Box<dyn Recognizer>> {
        let slot = self.monitor.call_slot();
        let inner = slot.call(|| Arc::clone(&self.inner).recognizer(options))?;
        Ok(Box::new(MonitoredRecognizer { inner, slot }))
    }

    fn knows(&self, word: &str) -> bool {
        self.inner.knows(word)
    }

    fn spelling(&self, word: &str) -> Option<String> {
        self.inner.spelling(word)
    }

    fn decoding(&self, speaker: Speaker) -> Decoding {
        self.inner.decoding(speaker)
    }
}

struct MonitoredRecognizer {
    inner: Box<dyn Recognizer>,
    slot: CallSlot,
}

impl Recognizer for MonitoredRecognizer {
    fn push(&mut self, samples: &[i16]) -> Result<()> {
        self.slot.call(|| self.inner.push(samples))
    }

    fn partial(&mut self) -> Result<String> {
        self.slot.call(|| self.inner.partial())
    }

    fn finish(&mut self, ending: Ending) -> Result<Transcript> {
        self.slot.call(|| self.inner.finish(ending)).inspect(|_| self.slot.record_success())
    }

    fn is_endpoint(&mut self) -> Result<bool> {
        self.slot.call(|| self.inner.is_endpoint())
    }

    fn keep(&mut self) -> Option<u32> {
        self.inner.keep()
    }

    fn resume(&mut self) -> bool {
        !self.slot.is_hung() && self.inner.resume()
    }

    fn release(self: Box<Self>) {
        let Self { inner, slot } = *self;
        let _ = slot.call(|| {
            inner.release();
            Ok(())
        });
    }
}
