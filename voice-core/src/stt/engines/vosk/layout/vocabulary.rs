//! The vocabulary of a model.

use std::collections::HashMap;

use super::part::Part;
use crate::error::Result;
use crate::stt::spelling::{folded, is_plain};

/// A sorted list of words in one allocation, because models have hundreds of thousands.
#[derive(Debug, Default)]
pub(in crate::stt::engines::vosk) struct Vocabulary {
    text: Box<str>,
    /// Start and end of each word in the text, in alphabetical order.
    spans: Box<[(u32, u32)]>,
    /// The words whose spelling is not plain, by their plain spelling.
    unusual: HashMap<Box<str>, (u32, u32)>,
}

#[derive(Default)]
pub(super) struct Builder {
    text: String,
    spans: Vec<(u32, u32)>,
}

impl Vocabulary {
    /// Reads `word id` lines.
    pub(super) fn read(part: Part) -> Result<Self> {
        let damaged = part.invalid("is not a list of words");
        let mut builder = Builder::default();
        for line in part.lines()? {
            // OpenFst splits only at these characters; other white space is part of a word.
            let mut fields = line.split([' ', '\t']).filter(|field| !field.is_empty());
            match (fields.next(), fields.next().map(str::parse::<u32>), fields.next()) {
                (Some(word), Some(Ok(id)), None) if id > 0 => builder.push(word),
                (Some(_), Some(Ok(0)), None) | (None, ..) => (),
                _ => return Err(damaged),
            }
        }
        builder.finish().ok_or(damaged)
    }

    pub(in crate::stt::engines::vosk) fn contains(&self, word: &str) -> bool {
        self.spans.binary_search_by(|&span| self.word(span).cmp(word)).is_ok()
    }

    /// `word` in the spelling of the vocabulary, if it is in it.
    pub(in crate::stt::engines::vosk) fn spelling(&self, word: &str) -> Option<String> {
        if self.contains(word) {
            return Some(word.to_owned());
        }
        let plain = folded(word);
        if self.contains(&plain) {
            return Some(plain);
        }
        self.unusual.get(plain.as_str()).map(|&span| self.word(span).to_owned())
    }

    /// All words, in alphabetical order.
    #[cfg(any(test, fuzzing))]
    pub(in crate::stt::engines::vosk) fn words(&self) -> impl Iterator<Item = &str> {
        self.spans.iter().map(|&span| self.word(span))
    }

    fn word(&self, (begin, end): (u32, u32)) -> &str {
        &self.text[begin as usize..end as usize]
    }
}

impl Builder {
    pub(super) fn push(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        let begin = self.text.len();
        // Words beyond 4 GiB of text are ignored.
        if let (Ok(begin), Ok(end)) = (u32::try_from(begin), u32::try_from(begin + word.len())) {
            self.text.push_str(word);
            self.spans.push((begin, end));
        }
    }

    /// `None` if there are no words.
    pub(super) fn finish(self) -> Option<Vocabulary> {
        let Self { text, mut spans } = self;
        let word = |&(begin, end): &(u32, u32)| &text[begin as usize..end as usize];
        spans.sort_unstable_by(|one, other| word(one).cmp(word(other)));
        spans.dedup_by(|one, other| word(one) == word(other));
        if spans.is_empty() {
            return None;
        }
        let mut unusual = HashMap::new();
        for span in &spans {
            if !is_plain(word(span)) {
                let plain = folded(word(span));
                if plain != word(span) {
                    unusual.entry(plain.into()).or_insert(*span);
                }
            }
        }
        Some(Vocabulary { text: text.into(), spans: spans.into(), unusual })
    }
}
