//! An engine for tests of what lies around engines: it counts audio, and fails on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, ErrorKind, Result};
use crate::event::{Transcript, Word};
use crate::stt::{Model, ModelInfo, Recognizer, RecognizerOptions};

/// Understands every utterance as the number of samples it was given.
pub(crate) struct Counting {
    info: ModelInfo,
    /// Samples decoded by all recognizers.
    pub(crate) decoded: AtomicU64,
    /// Recognizers made.
    pub(crate) made: AtomicU64,
    on_push: Box<OnPush>,
}

type OnPush = dyn Fn(u64) -> Result<()> + Send + Sync;

impl Counting {
    pub(crate) fn new() -> Arc<Self> {
        Self::acting(|_| Ok(()))
    }

    /// `on_push` runs at each push, with the number of the recognizer, the first being 1.
    pub(crate) fn acting(on_push: impl Fn(u64) -> Result<()> + Send + Sync + 'static) -> Arc<Self> {
        let info = ModelInfo { name: "counting".into(), engine: "scripted", takes_grammar: true };
        Arc::new(Self {
            info,
            decoded: AtomicU64::new(0),
            made: AtomicU64::new(0),
            on_push: Box::new(on_push),
        })
    }
}

pub(crate) fn failure() -> Error {
    Error::new(ErrorKind::EngineFailed, "scripted")
}

impl Model for Counting {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn recognizer(self: Arc<Self>, _options: &RecognizerOptions) -> Result<Box<dyn Recognizer>> {
        let number = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Box::new(Counter { model: self, number, samples: 0 }))
    }

    fn knows(&self, word: &str) -> bool {
        word != "unknown"
    }
}

struct Counter {
    model: Arc<Counting>,
    number: u64,
    samples: u64,
}

impl Recognizer for Counter {
    fn push(&mut self, samples: &[i16]) -> Result<()> {
        (self.model.on_push)(self.number)?;
        self.samples += samples.len() as u64;
        self.model.decoded.fetch_add(samples.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    fn partial(&mut self) -> Result<String> {
        Ok(self.samples.to_string())
    }

    fn finish(self: Box<Self>) -> Result<Transcript> {
        let text = self.samples.to_string();
        let words =
            vec![Word { text: text.clone(), start_ms: 0, end_ms: self.samples / 16, confidence: None }];
        Ok(Transcript { text, words, ..Transcript::default() })
    }
}
