//! The script of a session: pushed text as clauses, breaks and marks, in order.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::clause::{Part, ScriptClause};
use super::settings::Settings;
use crate::error::{Error, ErrorKind, Result};
use crate::text::segment::{Boundary, Segmenter};
use crate::text::ssml::{self, Item};

/// The maximum text that may wait to be spoken, in bytes.
pub(super) const MAX_WAITING: usize = 1 << 20;

/// The maximum length of a clause of a document, in bytes. Items are not joined beyond it, and no item may be longer.
/// The segmenter splits plain text and the text of documents much earlier.
pub(super) const MAX_CLAUSE: usize = 1_000;

/// The size of an update that waits, in bytes of text.
const UPDATE_SIZE: usize = 1_000;

/// A placeholder for parts of a clause that are not text, for the segmenter.
const PLACEHOLDER: &str = "spoken";

/// One step of a script.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Clause(ScriptClause),
    Break {
        ms: u32,
    },
    Mark {
        name: String,
    },
    /// The steps after it are spoken with these settings.
    Update(Arc<Settings>),
}

/// The script of a session. It grows while it is spoken.
#[derive(Default)]
pub(super) struct Script {
    segmenter: Segmenter,
    steps: VecDeque<Step>,
    /// Bytes in `steps`.
    waiting: usize,
    /// Bytes pushed so far.
    pushed: usize,
    /// The number of pushed bytes that the segmenter did not get.
    offset: usize,
}

impl Script {
    /// Pushes a piece of text, split at any character.
    pub(super) fn push(&mut self, text: &str) -> Result<()> {
        self.check_room(text.len())?;
        self.segmenter.push(text);
        self.pushed += text.len();
        self.take_clauses();
        Ok(())
    }

    /// Pushes a complete document; returns warnings.
    pub(super) fn push_ssml(&mut self, document: &str) -> Result<Vec<ssml::Warning>> {
        self.check_room(document.len())?;
        let parsed = ssml::parse(document)?;
        parsed.items.iter().try_for_each(check_length)?;
        // Ends the text before it, since markup does not continue a sentence of plain text.
        self.flush();
        let mut open: Option<ScriptClause> = None;
        for item in parsed.items {
            self.take_item(item, &mut open);
        }
        self.close(&mut open, Boundary::End);
        self.count(document.len());
        Ok(parsed.warnings)
    }

    /// Counts bytes that are not text; text pushed before them is complete.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.flush();
        self.count(bytes);
    }

    /// Speaks text that is pushed later with these settings. The text before it is complete.
    pub(super) fn update(&mut self, settings: Arc<Settings>) -> Result<()> {
        self.check_room(UPDATE_SIZE)?;
        self.flush();
        if let Some(Step::Update(last)) = self.steps.back_mut() {
            *last = settings;
        } else {
            self.add(Step::Update(settings));
        }
        Ok(())
    }

    /// Marks the pushed text as complete.
    pub(super) fn flush(&mut self) {
        self.segmenter.finish();
        self.take_clauses();
    }

    /// The next step, if one is complete.
    pub(super) fn next(&mut self) -> Option<Step> {
        let step = self.steps.pop_front()?;
        self.waiting -= size(&step);
        Some(step)
    }

    /// Puts steps back, to be spoken again before the others.
    pub(super) fn put_back(&mut self, steps: impl DoubleEndedIterator<Item = Step>) {
        for step in steps.rev() {
            self.waiting += size(&step);
            self.steps.push_front(step);
        }
    }

    /// Drops all that was not spoken yet.
    pub(super) fn clear(&mut self) {
        self.steps.clear();
        self.waiting = 0;
        self.segmenter.clear();
        self.offset = self.pushed;
    }

    /// Counts bytes that the segmenter does not get.
    fn count(&mut self, bytes: usize) {
        self.pushed += bytes;
        self.offset += bytes;
    }

    fn check_room(&self, more: usize) -> Result<()> {
        if self.waiting + more <= MAX_WAITING {
            return Ok(());
        }
        let message = format!(
            "{} bytes wait to be spoken; take audio before pushing more, at most {MAX_WAITING}",
            self.waiting
        );
        Err(Error::new(ErrorKind::TextTooLarge, message))
    }

    fn take_clauses(&mut self) {
        while let Some(clause) = self.segmenter.next_clause() {
            let clause = ScriptClause {
                parts: vec![Part::Text(clause.text)],
                span: clause.span.start + self.offset..clause.span.end + self.offset,
                style: ssml::Style::default(),
                end: clause.end,
                before: clause.before,
            };
            self.add(Step::Clause(clause));
        }
    }

    /// Joins items of one style without a pause between them into one clause, so that `<sub>` does not break a
    /// sentence.
    fn take_item(&mut self, item: Item, open: &mut Option<ScriptClause>) {
        match item {
            Item::Text { text, span, style } => {
                let mut segmenter = Segmenter::default();
                // A punctuation mark at the start of the text ends the clause before it.
                let mut placeholder = if open.is_some() { PLACEHOLDER } else { "" };
                let before = placeholder.len();
                segmenter.push(placeholder);
                segmenter.push(&text);
                segmenter.finish();
                while let Some(clause) = segmenter.next_clause() {
                    let words = clause.text.strip_prefix(placeholder).unwrap_or(&clause.text).trim_start();
                    placeholder = "";
                    let start = clause.span.start + clause.text.len() - words.len();
                    let words = words.trim_end();
                    // Text with entities is longer in the document.
                    let is_as_written = text.len() == span.len() && clause.text.len() == clause.span.len();
                    let own = if is_as_written {
                        let start = span.start + start - before;
                        start..start + words.len()
                    } else {
                        span.clone()
                    };
                    if !words.is_empty() {
                        self.extend(open, Part::Text(words.to_owned()), &own, &style);
                    }
                    if clause.end != Boundary::End {
                        self.close(open, clause.end);
                    }
                }
            }
            Item::SayAs { text, how, span, style } => {
                self.extend(open, Part::SayAs(text, how), &span, &style);
            }
            Item::Phonemes { ipa, written, span, style } => {
                self.extend(open, Part::Phonemes { ipa, written }, &span, &style);
            }
            Item::Break { ms } => {
                self.close(open, Boundary::Forced);
                self.add(Step::Break { ms });
            }
            Item::Mark { name } => {
                self.close(open, Boundary::Forced);
                self.add(Step::Mark { name });
            }
            Item::Boundary(boundary) => self.close(open, boundary),
        }
    }

    fn extend(
        &mut self,
        open: &mut Option<ScriptClause>,
        part: Part,
        span: &Range<usize>,
        style: &ssml::Style,
    ) {
        let must_part =
            |clause: &ScriptClause| clause.style != *style || clause.size() + part.size() > MAX_CLAUSE;
        if open.as_ref().is_some_and(must_part) {
            self.close(open, Boundary::Forced);
        }
        let span = self.pushed + span.start..self.pushed + span.end;
        let clause = open.get_or_insert_with(|| ScriptClause {
            parts: Vec::new(),
            span: span.clone(),
            style: style.clone(),
            end: Boundary::End,
            before: None,
        });
        clause.span.end = span.end;
        clause.parts.push(part);
    }

    fn close(&mut self, open: &mut Option<ScriptClause>, end: Boundary) {
        if let Some(clause) = open.take() {
            self.add(Step::Clause(ScriptClause { end, ..clause }));
        }
    }

    fn add(&mut self, step: Step) {
        self.waiting += size(&step);
        self.steps.push_back(step);
    }
}

impl ScriptClause {
    fn size(&self) -> usize {
        self.parts.iter().map(Part::size).sum()
    }
}

impl Part {
    fn size(&self) -> usize {
        match self {
            Self::Text(text) | Self::SayAs(text, _) => 1 + text.len(),
            Self::Phonemes { ipa, written } => 1 + ipa.len() + written.len(),
        }
    }
}

/// The size of a step in bytes.
fn size(step: &Step) -> usize {
    match step {
        Step::Break { .. } => 1,
        Step::Mark { name } => 1 + name.len(),
        Step::Clause(clause) => clause.size(),
        Step::Update(_) => UPDATE_SIZE,
    }
}

/// Refuses an item that is too long to speak and cannot be split.
fn check_length(item: &Item) -> Result<()> {
    let (name, length) = match item {
        Item::SayAs { text, .. } => ("say-as", text.len()),
        Item::Phonemes { ipa, written, .. } => ("phoneme", ipa.len().max(written.len())),
        _ => return Ok(()),
    };
    if length < MAX_CLAUSE {
        return Ok(());
    }
    let message = format!("a `{name}` has {length} bytes; split it into parts of fewer than {MAX_CLAUSE}");
    Err(Error::new(ErrorKind::TextTooLarge, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SayAs;

    fn steps(script: &mut Script) -> Vec<Step> {
        std::iter::from_fn(|| script.next()).collect()
    }

    fn texts(steps: &[Step]) -> Vec<String> {
        let words = |step: &Step| match step {
            Step::Clause(clause) => format!("{:?}", clause.parts),
            other => format!("{other:?}"),
        };
        steps.iter().map(words).collect()
    }

    #[test]
    fn markup_without_pause_does_not_break_a_clause() {
        let mut script = Script::default();
        script.push_ssml("<speak>Take <say-as interpret-as='digits'>12</say-as> of <sub alias='these'>x</sub> now.</speak>").unwrap();
        let found = steps(&mut script);
        assert_eq!(found.len(), 1, "{:?}", texts(&found));
        let Step::Clause(clause) = &found[0] else { panic!("a clause") };
        assert_eq!(clause.parts[1], Part::SayAs("12".into(), SayAs::Digits));
        assert_eq!(clause.end, Boundary::Sentence);
    }

    #[test]
    fn breaks_marks_and_styles_separate_clauses() {
        let mut script = Script::default();
        script
            .push_ssml("<speak>one <break time='200ms'/> two <mark name='m'/> three <prosody rate='150%'>four</prosody></speak>")
            .unwrap();
        let found = steps(&mut script);
        assert!(
            matches!(
                &found[..],
                [Step::Clause(_), Step::Break { ms: 200 }, Step::Clause(_), Step::Mark { .. }, Step::Clause(_), Step::Clause(last)]
                    if (last.style.rate - 1.5).abs() < 1e-6
            ),
            "{found:?}"
        );
    }

    #[test]
    fn clauses_of_a_document_are_bounded() {
        let phoneme = format!("<phoneme alphabet='ipa' ph='{}'>x</phoneme>", "a".repeat(100));
        let digits = "<say-as interpret-as='digits'>12345</say-as>".repeat(100);
        let words = "<sub alias='some words of a clause'>x</sub>".repeat(100);
        let mut script = Script::default();
        script.push_ssml(&format!("<speak>{}{digits}{words}</speak>", phoneme.repeat(50))).unwrap();
        let found = steps(&mut script);
        let clauses: Vec<_> = found
            .iter()
            .map(|step| if let Step::Clause(clause) = step { clause } else { panic!("{step:?}") })
            .collect();
        assert!(clauses.iter().all(|clause| clause.size() <= MAX_CLAUSE), "{:?}", texts(&found));
        assert_eq!(clauses.iter().map(|clause| clause.parts.len()).sum::<usize>(), 250, "nothing is lost");
    }

    #[test]
    fn too_long_item_refuses_the_document() {
        let long = "a".repeat(MAX_CLAUSE);
        for item in [
            format!("<phoneme alphabet='ipa' ph='{long}'>x</phoneme>"),
            format!("<phoneme alphabet='ipa' ph='a'>{long}</phoneme>"),
            format!("<say-as interpret-as='characters'>{long}</say-as>"),
        ] {
            let mut script = Script::default();
            let error = script.push_ssml(&format!("<speak>Before. {item}</speak>")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TextTooLarge, "{error}");
            assert!(script.next().is_none());
        }
        Script::default().push_ssml(&format!("<speak>{}</speak>", "word ".repeat(1_000))).unwrap();
    }

    #[test]
    fn spans_count_all_pushed_bytes() {
        let mut script = Script::default();
        script.push("One. ").unwrap();
        script.push_ssml("<speak>Two.</speak>").unwrap();
        script.push("Three. ").unwrap();
        script.clear();
        script.skip(2);
        script.push("Four.").unwrap();
        script.skip(1);
        script.push("Five. ").unwrap();
        script.flush();
        let spans: Vec<_> = steps(&mut script)
            .into_iter()
            .map(|step| {
                if let Step::Clause(clause) = step {
                    (clause.span.start, clause.span.end)
                } else {
                    panic!("{step:?}")
                }
            })
            .collect();
        assert_eq!(spans, vec![(33, 38), (39, 44)]);
    }

    #[test]
    fn clauses_of_a_document_have_their_own_spans() {
        let document =
            "<speak>One two, three. <s>Four <sub alias='five'>5</sub>, six seven.</s> A &amp; B. C.</speak>";
        let mut script = Script::default();
        script.push("Text. ").unwrap();
        script.push_ssml(document).unwrap();
        let mut spans = Vec::new();
        for step in steps(&mut script).into_iter().skip(1) {
            let Step::Clause(clause) = step else { continue };
            spans.push(&document[clause.span.start - 6..clause.span.end - 6]);
        }
        let expected = ["One two, three.", "Four <sub alias='five'>5</sub>, six seven."];
        assert_eq!(spans[..2], expected, "{spans:?}");
        assert!(spans[2..].iter().all(|span| span.trim() == "A &amp; B. C."), "{spans:?}");
    }

    #[test]
    fn waiting_text_is_bounded() {
        let mut script = Script::default();
        let text = "A sentence of words. ".repeat(10_000);
        let refused = (0..10).find_map(|_| script.push(&text).err()).unwrap();
        assert_eq!(refused.kind(), ErrorKind::TextTooLarge);
        while script.next().is_some() {}
        script.push(&text).unwrap();
        assert!(script.waiting > 0 && script.waiting < MAX_WAITING);
    }
}
