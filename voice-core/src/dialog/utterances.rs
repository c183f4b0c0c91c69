//! The utterances that the application wants to be spoken, from the request until they have been heard.

use std::collections::VecDeque;
use std::ops::Range;

/// The utterances that have not been heard to their end, in order.
#[derive(Debug, Default)]
pub(super) struct Utterances {
    waiting: VecDeque<Utterance>,
    /// The end of all requested text, as a byte offset in it.
    end: usize,
}

/// One of them.
#[derive(Debug)]
struct Utterance {
    id: String,
    text: String,
    /// The start of its text in all requested text.
    start: usize,
    /// More text may be appended.
    is_open: bool,
    /// Its audio has begun.
    is_begun: bool,
    may_be_interrupted: bool,
}

impl Utterance {
    fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

impl Utterances {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn push(&mut self, id: String, text: String, may_be_interrupted: bool, is_open: bool) {
        let start = self.end;
        self.end += text.len();
        self.waiting.push_back(Utterance { id, text, start, is_open, is_begun: false, may_be_interrupted });
    }

    /// Whether text may be added to the last utterance, which must have this id.
    pub(super) fn is_open(&self, id: &str) -> bool {
        self.waiting.back().is_some_and(|last| last.is_open && last.id == id)
    }

    /// Adds text to the last utterance, which is open.
    pub(super) fn append(&mut self, text: &str) {
        if let Some(last) = self.waiting.back_mut() {
            last.text.push_str(text);
            self.end += text.len();
        }
    }

    /// Ends the last utterance, if that has this id and is open. Returns whether it was.
    pub(super) fn close(&mut self, id: &str) -> bool {
        let Some(last) = self.waiting.back_mut().filter(|last| last.is_open && last.id == id) else {
            return false;
        };
        last.is_open = false;
        true
    }

    /// Ends the last utterance, if that is open. Returns whether it was.
    pub(super) fn close_last(&mut self) -> bool {
        self.waiting.back_mut().is_some_and(|last| std::mem::take(&mut last.is_open))
    }

    /// The id of an utterance that begins with audio of the clause at `span`.
    pub(super) fn begin(&mut self, span: &Range<usize>) -> Option<String> {
        let begun = |utterance: &&mut Utterance| !utterance.is_begun && utterance.start <= span.start;
        // Only the last of them has audio: the others have no text that can be spoken.
        let found = self.waiting.iter_mut().filter(begun).last()?;
        found.is_begun = true;
        Some(found.id.clone())
    }

    /// The utterance of the clause or word at `span`, and that place in its text.
    pub(super) fn place(&self, span: &Range<usize>) -> Option<(String, Range<usize>)> {
        let utterance = self.waiting.iter().rfind(|utterance| utterance.start <= span.start)?;
        Some((utterance.id.clone(), span.start - utterance.start..span.end - utterance.start))
    }

    /// Whether the utterance at that text may be interrupted.
    pub(super) fn may_interrupt(&self, heard: usize) -> bool {
        self.at(heard).is_none_or(|utterance| utterance.may_be_interrupted)
    }

    /// Removes the utterances that were heard to their end, and returns their ids. `is_over` if all audio was heard.
    pub(super) fn heard(&mut self, heard: usize, is_over: bool) -> Vec<String> {
        let mut ids = Vec::new();
        while let Some(first) = self.waiting.front() {
            let is_heard = is_over || first.is_begun && heard >= first.span().end;
            if first.is_open || !is_heard {
                break;
            }
            ids.extend(self.waiting.pop_front().map(|first| first.id));
        }
        ids
    }

    /// Removes all utterances. Returns their ids, and the text of the first that was heard.
    pub(super) fn clear(&mut self, heard: usize) -> (Vec<String>, String) {
        let text = self.waiting.front().map_or_else(String::new, |first| {
            let length = heard.saturating_sub(first.start).min(first.text.len());
            first.text[..first.text.floor_char_boundary(length)].to_owned()
        });
        (self.waiting.drain(..).map(|utterance| utterance.id).collect(), text)
    }

    /// The text of the utterance at the position `heard`, and that position in it.
    pub(super) fn text_at(&self, heard: usize) -> (&str, usize) {
        self.at(heard).map_or(("", 0), |utterance| (&utterance.text, heard.saturating_sub(utterance.start)))
    }

    /// The bytes of text after the position `heard`; `None` if more may be appended.
    pub(super) fn remaining(&self, heard: usize) -> Option<usize> {
        let is_open = self.waiting.back().is_some_and(|last| last.is_open);
        (!is_open).then(|| self.end.saturating_sub(heard))
    }

    fn at(&self, heard: usize) -> Option<&Utterance> {
        let after = |utterance: &&Utterance| heard < utterance.span().end;
        self.waiting.iter().find(after).or(self.waiting.back())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utterances_end_when_they_were_heard() {
        let mut utterances = Utterances::default();
        utterances.push("a".into(), "One two.".into(), true, false);
        utterances.push("b".into(), "Three.".into(), true, true);
        assert!(utterances.heard(8, false).is_empty(), "not begun");
        assert_eq!(utterances.begin(&(0..8)).as_deref(), Some("a"));
        assert_eq!(utterances.begin(&(0..8)), None);
        assert!(utterances.heard(7, false).is_empty());
        assert_eq!(utterances.heard(8, false), ["a"]);
        assert!(utterances.is_open("b") && !utterances.is_open("a"));
        utterances.append(" Four.");
        assert!(utterances.heard(20, true).is_empty(), "more text may come");
        assert!(utterances.close("b") && !utterances.close("b"));
        assert_eq!(utterances.heard(20, true), ["b"]);
        assert!(utterances.is_empty());
    }

    #[test]
    fn cleared_utterances_tell_what_was_heard() {
        let mut utterances = Utterances::default();
        utterances.push("a".into(), "مرحبا بك".into(), true, false);
        utterances.push("b".into(), "Two.".into(), true, false);
        let (ids, text) = utterances.clear(11);
        assert_eq!((ids, text.as_str()), (vec!["a".into(), "b".into()], "مرحبا "));
        assert_eq!(utterances.clear(0), (vec![], String::new()));
    }
}
