//! Tables of phrases, and the longest phrase of a table at a place of an utterance.

use std::collections::HashMap;

use super::Words;
use crate::text::{Language, matching};

/// A meaning with its phrases in Arabic and in English, separated by `|`.
pub(crate) type Row<T> = (T, &'static str, &'static str);

/// Phrases with their meanings. Both languages are in one table, because speakers of Arabic use English words too.
#[derive(Debug)]
pub(crate) struct Phrases<T: 'static> {
    rows: &'static [Row<T>],
    by_first: HashMap<String, Vec<(Vec<String>, T)>>,
}

impl<T: Copy + PartialEq> Phrases<T> {
    pub(crate) fn new(rows: &'static [Row<T>]) -> Self {
        Self::with(rows, [])
    }

    /// The rows, and more lists of phrases.
    pub(crate) fn with(rows: &'static [Row<T>], more: impl IntoIterator<Item = (T, &'static str)>) -> Self {
        let of_rows = rows.iter().flat_map(|row| [(row.0, row.1), (row.0, row.2)]);
        let mut by_first: HashMap<String, Vec<(Vec<String>, T)>> = HashMap::new();
        for (meaning, list) in of_rows.chain(more) {
            for phrase in list.split('|') {
                let words = matching::words(phrase);
                if let Some(first) = words.first() {
                    by_first.entry(first.clone()).or_default().push((words, meaning));
                }
            }
        }
        for phrases in by_first.values_mut() {
            phrases.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
        Self { rows, by_first }
    }

    /// The longest phrase at `at`: its meaning, and the index after its last word.
    pub(crate) fn at(&self, words: &Words, at: usize) -> Option<(T, usize)> {
        let phrases = self.by_first.get(words.key(at))?;
        let fits = |phrase: &[String]| phrase.iter().zip(at..).all(|(word, at)| words.key(at) == word);
        phrases.iter().find(|(phrase, _)| fits(phrase)).map(|(phrase, meaning)| (*meaning, at + phrase.len()))
    }

    /// The phrases of a meaning as they are written, the commonest first.
    pub(crate) fn of(&self, meaning: T, language: Language) -> impl Iterator<Item = &'static str> {
        let rows = self.rows.iter().filter(move |row| row.0 == meaning);
        rows.flat_map(move |row| match language {
            Language::Arabic => row.1.split('|'),
            Language::English => row.2.split('|'),
        })
        .filter(|phrase| !phrase.is_empty())
    }
}
