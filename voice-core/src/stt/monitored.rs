//! A model whose calls are watched.

use std::sync::Arc;

use crate::error::Result;
use crate::model::{Line, Monitor};
use crate::stt::Speaker;
use crate::stt::Transcript;
use crate::stt::{Ending, Margins, Model, ModelInfo, Recognizer, RecognizerOptions};

/// Passes every call on, and tells the monitor of it.
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
        let line = self.monitor.line();
        let inner = line.call(|| Arc::clone(&self.inner).recognizer(options))?;
        Ok(Box::new(MonitoredRecognizer { inner, line }))
    }

    fn knows(&self, word: &str) -> bool {
        self.inner.knows(word)
    }

    fn spelling(&self, word: &str) -> Option<String> {
        self.inner.spelling(word)
    }

    fn margins(&self, speaker: Speaker) -> Margins {
        self.inner.margins(speaker)
    }

    fn is_given_up(&self) -> bool {
        self.monitor.is_given_up()
    }
}

struct MonitoredRecognizer {
    inner: Box<dyn Recognizer>,
    line: Line,
}

impl Recognizer for MonitoredRecognizer {
    fn push(&mut self, samples: &[i16]) -> Result<()> {
        self.line.call(|| self.inner.push(samples))
    }

    fn partial(&mut self) -> Result<String> {
        self.line.call(|| self.inner.partial())
    }

    fn finish(&mut self, ending: Ending) -> Result<Transcript> {
        self.line.call(|| self.inner.finish(ending)).inspect(|_| self.line.praise())
    }

    fn keep(&mut self) -> bool {
        self.inner.keep()
    }

    fn resume(&mut self) -> bool {
        self.inner.resume()
    }

    fn release(self: Box<Self>) {
        let Self { inner, line } = *self;
        let _ = line.call(|| {
            inner.release();
            Ok(())
        });
    }
}
