//! Divides a clause among voices: words in the script of another language go to a voice of that language. Without such a
//! voice they are written in the letters that the clause's own voice reads.

use unicode_script::Script;

use super::clause::Label;
use super::reader::{Mark, Piece, Said};
use super::voice::Speech;
use super::voices::{GroupId, Voices};
use crate::text::transliterate::{is_spelled, transliterate};
use crate::text::writing::script_of;
use crate::text::{LETTER, Language, SayAs, say_as};

/// A part of a clause that one voice speaks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Passage {
    pub(super) group: GroupId,
    pub(super) speech: Vec<Speech>,
    /// Its length in characters before other letters were chosen.
    pub(super) length: usize,
    /// The marks within it, in order.
    pub(super) marks: Vec<PassageMark>,
    /// For foreign words: the voices of the clause, with the words as they can read them.
    pub(super) otherwise: Option<(GroupId, Vec<Speech>)>,
}

/// A mark within a passage.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PassageMark {
    pub(super) label: Label,
    /// The part of the passage before it, 0 to 1.
    pub(super) at: f64,
}

/// A part of a clause before it is assigned.
struct Run {
    /// The script of foreign words; `None` for everything else.
    foreign: Option<Script>,
    piece: Piece,
    /// Whether it directly continues the text of the run before it.
    continues: bool,
}

/// The passages of a clause that is read by the voices `own`.
pub(super) fn passages(pieces: Vec<Piece>, marks: Vec<Mark>, own: GroupId, voices: &Voices) -> Vec<Passage> {
    let mut runs = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text { text, is_verbatim } => split(&text, is_verbatim, own, voices, &mut runs),
            Piece::Phonemes { .. } => runs.push(Run { foreign: None, piece, continues: false }),
        }
    }
    let mut built: Vec<Building> = Vec::new();
    let group = voices.get(own);
    for Run { foreign, piece, continues } in runs {
        let target = foreign.and_then(|script| target(script, own, voices));
        let adapted = match (foreign, &piece) {
            (Some(script), Piece::Text { text, is_verbatim }) if !group.reads(script) => {
                Piece::Text { text: adapt(text, script, own, voices), is_verbatim: *is_verbatim }
            }
            _ => piece.clone(),
        };
        let id = target.unwrap_or(own);
        match built.last_mut().filter(|last| last.group == id) {
            Some(last) => last.add(piece, adapted, continues),
            None => built.push(Building::new(id, piece, adapted)),
        }
    }
    let mut marks = marks.into_iter().peekable();
    let mut start = 0;
    let count = built.len();
    let mut passages: Vec<Passage> = Vec::with_capacity(count);
    for (at, building) in built.into_iter().enumerate() {
        let end = start + building.length;
        let mut within = Vec::new();
        while let Some(mark) = marks.next_if(|mark| mark.before <= end || at + 1 == count) {
            let part = mark.before.saturating_sub(start) as f64 / building.length.max(1) as f64;
            within.push(PassageMark { label: mark.label, at: part.min(1.0) });
        }
        start = end;
        let is_foreign = building.group != own;
        let (given, adapted) = (building.given.speech(), building.adapted.speech());
        passages.push(Passage {
            group: building.group,
            speech: if is_foreign { given } else { adapted.clone() },
            length: building.length,
            marks: within,
            otherwise: is_foreign.then_some((own, adapted)),
        });
    }
    passages.retain(|passage| !passage.speech.is_empty() || !passage.marks.is_empty());
    passages
}

/// A passage that still grows.
struct Building {
    group: GroupId,
    given: Said,
    adapted: Said,
    length: usize,
}

impl Building {
    fn new(group: GroupId, given: Piece, adapted: Piece) -> Self {
        let mut building = Self { group, given: Said::default(), adapted: Said::default(), length: 0 };
        building.add(given, adapted, false);
        building
    }

    fn add(&mut self, given: Piece, adapted: Piece, continues: bool) {
        self.length += given.length();
        self.given.piece(given, continues);
        self.adapted.piece(adapted, continues);
    }
}

/// The voices for foreign words in `script`, if they are not those of the clause.
fn target(script: Script, own: GroupId, voices: &Voices) -> Option<GroupId> {
    let found = voices.for_script(script).filter(|found| *found != own)?;
    let (own, other) = (voices.get(own), voices.get(found));
    // A voice that reads these words itself gains nothing from another voice of its engine.
    let is_equal = own.reads(script) && own.first().info().engine == other.first().info().engine;
    (!is_equal).then_some(found)
}

/// Foreign words in the letters of the voices `own`, if there are rules for it.
fn adapt(text: &str, from: Script, own: GroupId, voices: &Voices) -> String {
    let group = voices.get(own);
    let to = if group.writes(Script::Arabic) {
        Script::Arabic
    } else if group.writes(Script::Latin) {
        Script::Latin
    } else {
        return text.to_owned();
    };
    let mut written = String::new();
    for token in tokens(text) {
        match token.script {
            Some(_) => {
                let word = token.text.replace([LETTER, '\'', '’'], "");
                match transliterate(&word, from, to) {
                    Some(word) => written.push_str(&word),
                    None => written.push_str(token.text),
                }
            }
            None => written.push_str(token.text),
        }
    }
    written
}

/// Splits text into foreign words and everything else. Letters and acronyms that are spelled belong to the clause's own
/// language.
fn split(text: &str, is_verbatim: bool, own: GroupId, voices: &Voices, runs: &mut Vec<Run>) {
    let group = voices.get(own);
    if group.language.primary() == "und" {
        let piece = Piece::Text { text: text.to_owned(), is_verbatim };
        return runs.push(Run { foreign: None, piece, continues: false });
    }
    let language = Language::from_tag(&group.language);
    let mut open = String::new();
    let mut kind: Option<Script> = None;
    // Characters without a script, until the word after them is known.
    let mut between = String::new();
    let mut continues = false;
    let mut push = |kind: Option<Script>, text: &mut String| {
        if !text.is_empty() {
            let text = std::mem::take(text);
            runs.push(Run { foreign: kind, piece: Piece::Text { text, is_verbatim }, continues });
            continues = true;
        }
    };
    for token in tokens(text) {
        let Some(script) = token.script else {
            if token.text.contains(char::is_alphanumeric) && kind.is_some() {
                open.push_str(&std::mem::take(&mut between));
                push(kind, &mut open);
                kind = None;
            }
            between.push_str(token.text);
            continue;
        };
        let is_own = group.writes(script);
        let spelled = language
            .filter(|_| !is_own && !is_verbatim && is_spelled_in(token.text, script))
            .and_then(|language| say_as(&token.text.replace(LETTER, ""), SayAs::Characters, language));
        let next = if is_own || spelled.is_some() { None } else { Some(script) };
        if next == kind {
            open.push_str(&std::mem::take(&mut between));
        } else {
            // Marks and blanks before a word belong to the words before them.
            if open.is_empty() {
                std::mem::swap(&mut open, &mut between);
            } else {
                open.push_str(&std::mem::take(&mut between));
            }
            let is_word = open.contains(char::is_alphanumeric);
            if is_word || kind.is_some() {
                push(kind, &mut open);
            }
            kind = next;
        }
        match spelled {
            Some(spelled) => {
                if open.ends_with(char::is_alphanumeric) {
                    open.push(' ');
                }
                open.push_str(&spelled);
            }
            None => open.push_str(token.text),
        }
    }
    open.push_str(&between);
    push(kind, &mut open);
}

/// Whether a foreign word is spelled by the names of its letters.
fn is_spelled_in(word: &str, script: Script) -> bool {
    let word = word.replace(LETTER, "");
    match script {
        Script::Latin => is_spelled(&word),
        Script::Arabic => word.chars().filter(|c| c.is_alphabetic()).nth(1).is_none() && word != "و",
        _ => false,
    }
}

/// A word of one script, or the characters between two words.
struct Token<'a> {
    script: Option<Script>,
    text: &'a str,
}

fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let script = script_of(first);
        let mut end = rest.len();
        let mut characters = rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = characters.next() {
            let found = script_of(c);
            let joins = match (script, found) {
                (Some(script), Some(found)) => script == found,
                // Marks on letters, tatweel, and an apostrophe within a word.
                (Some(_), None) => {
                    c == LETTER
                        || c == '\u{640}'
                        || unicode_normalization::char::canonical_combining_class(c) != 0
                        || matches!(c, '\'' | '’')
                            && characters.peek().is_some_and(|&(_, next)| script_of(next) == script)
                }
                (None, Some(_)) => false,
                (None, None) => true,
            };
            if !joins {
                end = at;
                break;
            }
        }
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(Token { script, text: token })
    })
}

#[cfg(test)]
pub(super) mod tests;
