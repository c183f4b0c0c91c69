//! The script of a session: pushed text as clauses, breaks and marks, in order.

mod document;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use unicode_script::Script as WritingSystem;

use self::document::DocumentReader;
pub(crate) use self::document::check_document;
use super::clause::{Part, ScriptClause};
use super::settings::Settings;
use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;
use crate::text::segment::Segmenter;
use crate::text::ssml::{self, Item};
use crate::text::writing::main_script;

/// The maximum text that may wait to be spoken, in bytes.
pub(crate) const MAX_WAITING: usize = 1 << 20;

/// The maximum length of a clause of a document, in bytes. Items are not joined beyond it, and no item may be longer.
/// The segmenter splits plain text and the text of documents much earlier.
pub(super) const MAX_CLAUSE: usize = 1_000;

/// The size of an update that waits, in bytes of text.
const UPDATE_SIZE: usize = 1_000;

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
    /// The end of text without words. `from` is its start, as a byte offset in all pushed text.
    Wordless {
        from: usize,
    },
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
    /// The script of the last letters.
    writing: Option<WritingSystem>,
    /// The text since it was last complete.
    turn: Turn,
}

/// Text from one flush to the next.
#[derive(Default)]
struct Turn {
    /// Its start, as a byte offset in all pushed text.
    start: usize,
    /// Whether it has anything but white space.
    has_characters: bool,
    /// Whether it has words, or silence or marks that a document asks for.
    has_words: bool,
}

impl Script {
    /// Pushes a piece of text, split at any character.
    pub(super) fn push(&mut self, text: &str) -> Result<()> {
        self.check_room(text.len())?;
        self.segmenter.push(text);
        self.pushed += text.len();
        self.turn.has_characters |= !text.trim_start().is_empty();
        self.take_clauses();
        Ok(())
    }

    /// Pushes a complete document; returns warnings, also of languages that `has_voice` denies.
    pub(super) fn push_ssml(
        &mut self,
        document: &str,
        has_voice: impl Fn(&LanguageTag) -> bool,
    ) -> Result<Vec<Error>> {
        self.check_room(document.len())?;
        let parsed = ssml::parse(document)?;
        check_document(&parsed)?;
        // Ends the text before it, since markup does not continue a sentence of plain text.
        self.flush();
        let warnings = warnings(&parsed, has_voice);
        self.turn.has_characters = true;
        let mut reader = DocumentReader::new(self);
        parsed.items.into_iter().for_each(|item| reader.take(item));
        reader.finish();
        self.count(document.len());
        self.end_turn();
        Ok(warnings)
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
        self.end_turn();
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
        self.turn = Turn { start: self.pushed, ..Turn::default() };
    }

    /// Counts bytes that the segmenter does not get.
    fn count(&mut self, bytes: usize) {
        self.pushed += bytes;
        self.offset += bytes;
    }

    /// Adds a step that tells of text without words.
    fn end_turn(&mut self) {
        let next = Turn { start: self.pushed, ..Turn::default() };
        let turn = std::mem::replace(&mut self.turn, next);
        if turn.has_characters && !turn.has_words {
            self.add(Step::Wordless { from: turn.start });
        }
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
                marks: Vec::new(),
                span: clause.span.start + self.offset..clause.span.end + self.offset,
                style: ssml::Style::default(),
                script: None,
                end: clause.end,
                before: clause.before,
            };
            self.add(Step::Clause(clause));
        }
    }

    fn add(&mut self, mut step: Step) {
        match &mut step {
            Step::Clause(clause) => {
                self.turn.has_words |= clause.has_words();
                // Text without letters has the script of the text before it.
                let script = main_script(&clause.written());
                if clause.style.language.is_none() {
                    self.writing = script.or(self.writing);
                }
                clause.script = script.or(self.writing);
            }
            Step::Break { .. } | Step::Mark { .. } => self.turn.has_words = true,
            Step::Update(_) | Step::Wordless { .. } => {}
        }
        self.waiting += size(&step);
        self.steps.push_back(step);
    }
}

impl ScriptClause {
    fn size(&self) -> usize {
        let marks = self.marks.iter().map(|mark| 1 + mark.label.size());
        self.parts.iter().map(Part::size).chain(marks).sum()
    }

    /// Whether it has letters, digits or phonemes.
    pub(super) fn has_words(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Text(text) | Part::SayAs(text, _) => text.contains(char::is_alphanumeric),
            Part::Phonemes { .. } => true,
        })
    }

    /// Its text as it is written.
    pub(super) fn written(&self) -> Cow<'_, str> {
        match &self.parts[..] {
            [Part::Text(text)] => Cow::Borrowed(text),
            parts => parts.iter().map(|part| format!("{} ", part.written())).collect(),
        }
    }
}

impl Part {
    pub(super) fn written(&self) -> &str {
        match self {
            Self::Text(written) | Self::SayAs(written, _) | Self::Phonemes { written, .. } => written,
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Text(text) | Self::SayAs(text, _) => 1 + text.len(),
            Self::Phonemes { ipa, written } => 1 + ipa.len() + written.len(),
        }
    }
}

/// The warnings of a document, and one for each language without a voice.
fn warnings(document: &ssml::Document, has_voice: impl Fn(&LanguageTag) -> bool) -> Vec<Error> {
    let at_byte = |message: &str, at: usize| format!("{message} (at byte {at} of the document)");
    let mut told: Vec<&LanguageTag> = Vec::new();
    let mut warnings: Vec<Error> = document
        .warnings
        .iter()
        .map(|warning| Error::new(ErrorKind::SsmlInvalid, at_byte(&warning.message, warning.at)))
        .collect();
    for item in &document.items {
        let (Item::Text { span, style, .. }
        | Item::SayAs { span, style, .. }
        | Item::Phonemes { span, style, .. }) = item
        else {
            continue;
        };
        let Some(language) = style.language.as_ref().filter(|language| !told.contains(language)) else {
            continue;
        };
        if told.len() < ssml::MAX_WARNINGS && !has_voice(language) {
            told.push(language);
            let message =
                format!("no voice is configured for the language {language}; another voice reads the text");
            warnings.push(Error::new(ErrorKind::ModelNotFound, at_byte(&message, span.start)));
        }
    }
    warnings
}

/// The size of a step in bytes.
fn size(step: &Step) -> usize {
    match step {
        Step::Break { .. } | Step::Wordless { .. } => 1,
        Step::Mark { name } => 1 + name.len(),
        Step::Clause(clause) => clause.size(),
        Step::Update(_) => UPDATE_SIZE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SayAs;
    use crate::text::segment::Boundary;

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
        script.push_ssml("<speak>Take <say-as interpret-as='digits'>12</say-as> of <sub alias='these'>x</sub> now.</speak>", |_| true).unwrap();
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
            .push_ssml("<speak>one <break time='200ms'/> two. <mark name='m'/> three <prosody rate='150%'>four</prosody></speak>", |_| true)
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
        script.push_ssml(&format!("<speak>{}{digits}{words}</speak>", phoneme.repeat(50)), |_| true).unwrap();
        let found = steps(&mut script);
        let clauses: Vec<_> = found
            .iter()
            .map(|step| if let Step::Clause(clause) = step { clause } else { panic!("{step:?}") })
            .collect();
        assert!(clauses.iter().all(|clause| clause.size() <= MAX_CLAUSE), "{:?}", texts(&found));
        let written: String = clauses.iter().map(|clause| clause.written()).collect();
        let count = |text: &str| written.matches(text).count();
        assert_eq!((count("x "), count("12345"), count("clause")), (50, 100, 100), "nothing is lost");
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
            let error = script.push_ssml(&format!("<speak>Before. {item}</speak>"), |_| true).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TextTooLarge, "{error}");
            assert!(script.next().is_none());
        }
        Script::default().push_ssml(&format!("<speak>{}</speak>", "word ".repeat(1_000)), |_| true).unwrap();
    }

    #[test]
    fn spans_count_all_pushed_bytes() {
        let mut script = Script::default();
        script.push("One. ").unwrap();
        script.push_ssml("<speak>Two.</speak>", |_| true).unwrap();
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
        script.push_ssml(document, |_| true).unwrap();
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
