//! Makes clauses of an SSML document's items.

use std::ops::Range;

use super::{MAX_CLAUSE, Script, Step};
use crate::error::{Error, ErrorKind, Result};
use crate::text::segment::{Boundary, Segmenter};
use crate::text::ssml::{self, Item};
use crate::tts::clause::{ClauseMark, Label, Part, ScriptClause};

/// A placeholder for parts of a clause that are not text, for the segmenter.
const PLACEHOLDER: &str = "spoken";

/// Adds a document to a script.
pub(super) struct DocumentReader<'a> {
    script: &'a mut Script,
    /// The clause that may go on.
    open: Option<ScriptClause>,
    /// Text that is not yet divided into clauses.
    text: OpenText,
}

/// Text of one style, with the marks in it.
#[derive(Default)]
struct OpenText {
    text: String,
    pieces: Vec<TextPiece>,
    /// The byte offsets of marks in the text.
    marks: Vec<(usize, String)>,
    style: ssml::Style,
}

/// A piece of the text, from one item.
struct TextPiece {
    start: usize,
    length: usize,
    /// Its place in the document.
    span: Range<usize>,
}

impl<'a> DocumentReader<'a> {
    pub(super) fn new(script: &'a mut Script) -> Self {
        Self { script, open: None, text: OpenText::default() }
    }

    /// Joins items of one style without a pause between them into one clause, so that `<sub>` and `<mark>` do not break
    /// a sentence.
    pub(super) fn take(&mut self, item: Item) {
        match item {
            Item::Text { text, span, style } => {
                if style != self.text.style {
                    self.divide();
                    self.text.style = style;
                }
                self.text.add(&text, span);
            }
            Item::Mark { name } => {
                if !self.text.text.is_empty() {
                    self.text.marks.push((self.text.text.len(), name));
                } else if let Some(open) = &mut self.open {
                    open.mark_end(name);
                } else {
                    self.script.add(Step::Mark { name });
                }
            }
            Item::SayAs { text, how, span, style } => {
                self.divide();
                self.extend(Part::SayAs(text, how), &span, &style);
            }
            Item::Phonemes { ipa, written, span, style } => {
                self.divide();
                self.extend(Part::Phonemes { ipa, written }, &span, &style);
            }
            Item::Break { ms } => {
                self.divide();
                self.close(Boundary::Forced);
                self.script.add(Step::Break { ms });
            }
            Item::Boundary(boundary) => {
                self.divide();
                self.close(boundary);
            }
        }
    }

    pub(super) fn finish(mut self) {
        self.divide();
        self.close(Boundary::End);
    }

    /// Divides the collected text into clauses. The last one stays open.
    fn divide(&mut self) {
        let style = self.text.style.clone();
        let OpenText { text, pieces, marks, .. } =
            std::mem::replace(&mut self.text, OpenText { style, ..OpenText::default() });
        if text.is_empty() {
            return;
        }
        let style = self.text.style.clone();
        let mut marks = marks.into_iter().peekable();
        let mut segmenter = Segmenter::default();
        // A punctuation mark at the start of the text ends the clause before it.
        let mut placeholder = if self.open.is_some() { PLACEHOLDER } else { "" };
        let before = placeholder.len();
        segmenter.push(placeholder);
        segmenter.push(&text);
        segmenter.finish();
        while let Some(clause) = segmenter.next_clause() {
            let words = clause.text.strip_prefix(placeholder).unwrap_or(&clause.text).trim_start();
            placeholder = "";
            let start = clause.span.start + clause.text.len() - words.len() - before;
            let words = words.trim_end();
            let end = start + words.len();
            while let Some((_, name)) = marks.next_if(|(at, _)| *at <= start) {
                match &mut self.open {
                    Some(open) => open.mark_end(name),
                    None => self.script.add(Step::Mark { name }),
                }
            }
            if !words.is_empty() {
                let span = place(&pieces, start).start..place(&pieces, end).end;
                self.extend(Part::Text(words.to_owned()), &span, &style);
                while let Some((at, name)) = marks.next_if(|(at, _)| *at < end) {
                    if let Some(open) = &mut self.open {
                        let part = open.parts.len() - 1;
                        open.marks.push(ClauseMark { label: Label::Mark(name), part, at: at - start });
                    }
                }
            }
            if clause.end != Boundary::End {
                self.close(clause.end);
            }
        }
        for (_, name) in marks {
            match &mut self.open {
                Some(open) => open.mark_end(name),
                None => self.script.add(Step::Mark { name }),
            }
        }
    }

    fn extend(&mut self, part: Part, span: &Range<usize>, style: &ssml::Style) {
        let must_part =
            |clause: &ScriptClause| clause.style != *style || clause.size() + part.size() > MAX_CLAUSE;
        if self.open.as_ref().is_some_and(must_part) {
            self.close(Boundary::Forced);
        }
        let span = self.script.pushed + span.start..self.script.pushed + span.end;
        let clause = self.open.get_or_insert_with(|| ScriptClause {
            parts: Vec::new(),
            marks: Vec::new(),
            span: span.clone(),
            style: style.clone(),
            script: None,
            end: Boundary::End,
            before: None,
        });
        clause.span.end = span.end;
        clause.parts.push(part);
    }

    /// Ends the open clause. Marks at its end follow it.
    fn close(&mut self, end: Boundary) {
        let Some(mut clause) = self.open.take() else { return };
        let last = clause.parts.len() - 1;
        let length = clause.parts[last].length();
        let within = clause.marks.iter().take_while(|mark| mark.part < last || mark.at < length).count();
        let after = clause.marks.split_off(within);
        self.script.add(Step::Clause(ScriptClause { end, ..clause }));
        for mark in after {
            if let Label::Mark(name) = mark.label {
                self.script.add(Step::Mark { name });
            }
        }
    }
}

impl OpenText {
    fn add(&mut self, text: &str, span: Range<usize>) {
        // Elements separate words (SSML 1.1, 3.1.8.2), and a punctuation mark belongs to the word before it.
        let joins = text.starts_with(|first: char| ",.;:!?،؛؟…)]}»%".contains(first));
        if !self.text.is_empty() && !joins {
            self.text.push(' ');
        }
        self.pieces.push(TextPiece { start: self.text.len(), length: text.len(), span });
        self.text.push_str(text);
    }
}

/// The place in the document of a byte of the text. Text with entities is longer in the document; there the place is
/// that of the whole piece.
fn place(pieces: &[TextPiece], at: usize) -> Range<usize> {
    let after = pieces.partition_point(|piece| piece.start < at).max(1);
    // The start of a piece, or the end of the one before it.
    let start = pieces.iter().find(|piece| piece.start == at).unwrap_or(&pieces[after - 1]);
    let end = &pieces[after - 1];
    let exact = |piece: &TextPiece, whole: usize| {
        let is_as_written = piece.length == piece.span.len();
        if is_as_written { (piece.span.start + at - piece.start).min(piece.span.end) } else { whole }
    };
    exact(start, start.span.start)..exact(end, end.span.end)
}

impl ScriptClause {
    /// Adds a mark after its last part.
    fn mark_end(&mut self, name: String) {
        let Some(last) = self.parts.last() else { return };
        self.marks.push(ClauseMark {
            label: Label::Mark(name),
            part: self.parts.len() - 1,
            at: last.length(),
        });
    }
}

impl Part {
    /// The length of what is written, in bytes.
    fn length(&self) -> usize {
        self.written().len()
    }
}

/// Checks that the items of a document can be spoken. Fails with [`ErrorKind::TextTooLarge`].
pub(crate) fn check_document(document: &ssml::Document) -> Result<()> {
    document.items.iter().try_for_each(check_length)
}

/// Refuses an item that is too long and cannot be split.
fn check_length(item: &Item) -> Result<()> {
    let (name, length) = match item {
        Item::SayAs { text, .. } => ("say-as", text.len()),
        Item::Phonemes { ipa, written, .. } => ("phoneme", ipa.len().max(written.len())),
        Item::Mark { name } => ("mark", name.len()),
        _ => return Ok(()),
    };
    if length < MAX_CLAUSE {
        return Ok(());
    }
    let message = format!("a `{name}` has {length} bytes; split it into parts of fewer than {MAX_CLAUSE}");
    Err(Error::new(ErrorKind::TextTooLarge, message))
}
