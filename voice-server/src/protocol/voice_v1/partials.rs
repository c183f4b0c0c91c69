//! Partial results: at most one in an interval, and never the same twice.

use std::time::{Duration, Instant};

/// The partial results of the current utterance.
#[derive(Debug)]
pub(super) struct Partials {
    /// Whether the client wants them.
    is_on: bool,
    /// The least time between two of them.
    interval: Duration,
    told: String,
    told_at: Option<Instant>,
    /// The last text, if it was not told yet.
    waiting: Option<String>,
}

impl Partials {
    /// At most one in each `interval_ms`, if they are on.
    pub(super) fn every(interval_ms: u32, is_on: bool) -> Self {
        let interval = Duration::from_millis(interval_ms.into());
        Self { is_on, interval, told: String::new(), told_at: None, waiting: None }
    }

    /// Switches partial results on or off.
    pub(super) fn switch(&mut self, is_on: bool) {
        self.is_on = is_on;
        self.waiting = None;
    }

    /// A new text. Returns it if it is to be told now.
    pub(super) fn text(&mut self, text: String, now: Instant) -> Option<String> {
        if !self.is_on {
            return None;
        }
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
        Some(self.told_at? + self.interval)
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
        let mut partials = Partials::every(100, true);
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
        // Switched off and on again: what was told is not told again.
        partials.switch(false);
        assert_eq!(partials.text("a b".into(), at(800)), None);
        partials.switch(true);
        assert_eq!(partials.text("a".into(), at(900)), None);
        assert_eq!(partials.text("a b".into(), at(900)).as_deref(), Some("a b"));
    }
}
