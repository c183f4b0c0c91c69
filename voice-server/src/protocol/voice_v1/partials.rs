//! Partial results: at most one in an interval, and never the same twice.

use std::time::{Duration, Instant};

/// The partial results of the current utterance.
#[derive(Debug)]
pub(super) struct Partials {
    /// The least time between two of them; `None` if the client wants none.
    interval: Option<Duration>,
    told: String,
    told_at: Option<Instant>,
    /// The last text, if it was not told yet.
    waiting: Option<String>,
}

impl Partials {
    /// At most one in each `interval_ms`; none without.
    pub(super) fn every(interval_ms: Option<u32>) -> Self {
        let interval = interval_ms.map(|ms| Duration::from_millis(ms.into()));
        Self { interval, told: String::new(), told_at: None, waiting: None }
    }

    /// Switches partial results on or off.
    pub(super) fn set(&mut self, interval_ms: Option<u32>) {
        *self = Self::every(interval_ms);
    }

    /// A new text. Returns it if it is to be told now.
    pub(super) fn text(&mut self, text: String, now: Instant) -> Option<String> {
        self.interval?;
        if text == self.told || text.is_empty() {
            self.waiting = None;
            return None;
        }
        self.waiting = Some(text);
        self.due(now)
    }

    /// When the text that waits is to be told.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.as_ref()?;
        Some(self.told_at? + self.interval?)
    }

    /// The text that waits, if its time has come.
    pub(super) fn due(&mut self, now: Instant) -> Option<String> {
        if self.deadline().is_some_and(|deadline| now < deadline) {
            return None;
        }
        let text = self.waiting.take()?;
        self.told.clone_from(&text);
        self.told_at = Some(now);
        Some(text)
    }

    /// The utterance is over.
    pub(super) fn end(&mut self) {
        self.told.clear();
        self.waiting = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partials_are_limited_and_never_repeated() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut partials = Partials::every(Some(100));
        assert_eq!(partials.text("a".into(), at(0)).as_deref(), Some("a"));
        assert_eq!(partials.text("a".into(), at(10)), None);
        assert_eq!(partials.text("a b".into(), at(20)), None);
        assert_eq!(partials.text("a b c".into(), at(50)), None);
        assert_eq!(partials.deadline(), Some(at(100)));
        assert_eq!(partials.due(at(99)), None);
        assert_eq!(partials.due(at(100)).as_deref(), Some("a b c"));
        assert_eq!(partials.deadline(), None);
        // The text was told, then it changed and changed back.
        assert_eq!(partials.text("a b".into(), at(110)), None);
        assert_eq!(partials.text("a b c".into(), at(120)), None);
        assert_eq!(partials.due(at(500)), None);
        partials.end();
        assert_eq!(partials.text("a".into(), at(600)).as_deref(), Some("a"));
        assert_eq!(Partials::every(None).text("a".into(), at(0)), None);
    }
}
