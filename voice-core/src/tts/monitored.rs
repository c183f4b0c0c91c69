//! A voice whose calls are watched.

use std::sync::Arc;

use super::voice::{Canceller, Rendering, Speech, Style, Voice, VoiceInfo};
use crate::error::Result;
use crate::model::{Line, Monitor};

/// Passes every call on, and tells the monitor of it.
pub(crate) struct Monitored {
    inner: Arc<dyn Voice>,
    monitor: Arc<Monitor>,
}

impl Monitored {
    pub(crate) fn new(inner: Arc<dyn Voice>, monitor: Arc<Monitor>) -> Self {
        Self { inner, monitor }
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
        let line = self.monitor.line();
        let inner = line.call(|| Arc::clone(&self.inner).render(speech, style, cancel))?;
        Ok(Box::new(MonitoredRendering { inner, line, cancel: cancel.clone() }))
    }
}

struct MonitoredRendering {
    inner: Box<dyn Rendering>,
    line: Line,
    cancel: Canceller,
}

impl Rendering for MonitoredRendering {
    fn next_chunk(&mut self) -> Result<Option<Vec<f32>>> {
        let (inner, cancel) = (&mut self.inner, &self.cancel);
        let mut stopped = None;
        let chunk = self.line.call(|| match inner.next_chunk() {
            // It failed because it was told to stop, which says nothing against it.
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
            self.line.praise();
        }
        Ok(chunk)
    }
}
