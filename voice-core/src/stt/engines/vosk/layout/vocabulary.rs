//! The words that a model knows.

use std::collections::HashMap;

use super::part::Part;
use crate::error::Result;
use crate::stt::spelling::{folded, is_plain};

/// A sorted list of words in one piece of memory: models know hundreds of thousands.
#[derive(Debug, Default)]
pub(in crate::stt::engines::vosk) struct Vocabulary {
    text: Box<str>,
    /// Where the words begin and end in the text, in alphabetical order.
    places: Box<[(u32, u32)]>,
    /// The words that are not spelt in the plainest way, by that spelling.
    unusual: HashMap<Box<str>, (u32, u32)>,
}

#[derive(Default)]
pub(super) struct Builder {
    text: String,
    places: Vec<(u32, u32)>,
}

impl Vocabulary {
    /// Reads `word id` lines.
    pub(super) fn read(part: Part) -> Result<Self> {
        let damaged = part.invalid("is not a list of words");
        let mut builder = Builder::default();
        for line in part.lines()? {
            // As OpenFst splits them: other white space is part of a word.
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
        self.places.binary_search_by(|&place| self.word(place).cmp(word)).is_ok()
    }

    /// The word that `word` is a spelling of, as it stands here.
    pub(in crate::stt::engines::vosk) fn spelling(&self, word: &str) -> Option<String> {
        if self.contains(word) {
            return Some(word.to_owned());
        }
        let plain = folded(word);
        if self.contains(&plain) {
            return Some(plain);
        }
        self.unusual.get(plain.as_str()).map(|&place| self.word(place).to_owned())
    }

    /// All words, in alphabetical order.
    #[cfg(any(test, fuzzing))]
    pub(in crate::stt::engines::vosk) fn words(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|&place| self.word(place))
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
        // 4 GiB of words are no vocabulary: what is beyond is not known.
        if let (Ok(begin), Ok(end)) = (u32::try_from(begin), u32::try_from(begin + word.len())) {
            self.text.push_str(word);
            self.places.push((begin, end));
        }
    }

    /// `None` if there are no words.
    pub(super) fn finish(self) -> Option<Vocabulary> {
        let Self { text, mut places } = self;
        let word = |&(begin, end): &(u32, u32)| &text[begin as usize..end as usize];
        places.sort_unstable_by(|one, other| word(one).cmp(word(other)));
        places.dedup_by(|one, other| word(one) == word(other));
        if places.is_empty() {
            return None;
        }
        let mut unusual = HashMap::new();
        for place in &places {
            if !is_plain(word(place)) {
                let plain = folded(word(place));
                if plain != word(place) {
                    unusual.entry(plain.into()).or_insert(*place);
                }
            }
        }
        Some(Vocabulary { text: text.into(), places: places.into(), unusual })
    }
}
