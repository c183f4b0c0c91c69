//! The characters that the network reads: `input_id_map.json`.

use std::collections::HashMap;

use super::letters::{Cluster, is_letter, is_silent, plain};
use super::network::invalid;
use crate::error::Result;

/// Ids of characters.
pub(super) struct Alphabet {
    ids: HashMap<char, i64>,
    space: i64,
}

const SPACE: char = ' ';
/// Any digit.
const DIGIT: char = '#';
/// Padding of a batch, not a character.
const PADDING: char = '_';

impl Alphabet {
    pub(super) fn parse(json: &[u8]) -> Result<Self> {
        let read: HashMap<char, i64> = serde_json::from_slice(json)
            .map_err(|error| invalid("it is no table of characters and numbers").with_source(error))?;
        let ids: HashMap<_, _> = read.into_iter().filter(|(character, _)| *character != PADDING).collect();
        let letters = ('\u{621}'..='\u{64a}').filter(|c| is_letter(*c));
        if let Some(missing) = letters.chain([SPACE, DIGIT]).find(|c| !ids.contains_key(c)) {
            return Err(invalid(&format!("it lacks the character `{missing}`")));
        }
        if ids.values().any(|id| *id < 0) {
            return Err(invalid("a number is below 0"));
        }
        Ok(Self { space: ids[&SPACE], ids })
    }

    /// All ids, in order.
    pub(super) fn ids(&self) -> Vec<i64> {
        let mut ids: Vec<_> = self.ids.values().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// The ids of `clusters` for the network, without signs, and the position of each cluster in them.
    ///
    /// Unknown characters become spaces, and consecutive spaces become one.
    pub(super) fn read(&self, clusters: &[Cluster]) -> (Vec<i64>, Vec<Option<usize>>) {
        let mut ids = Vec::with_capacity(clusters.len());
        let mut place = |cluster: &Cluster| {
            if is_silent(cluster.base) {
                return None;
            }
            let id = self.ids.get(&read_as(cluster.base)).copied().unwrap_or(self.space);
            if id == self.space && ids.last().is_none_or(|last| *last == self.space) {
                return None;
            }
            ids.push(id);
            Some(ids.len() - 1)
        };
        let places = clusters.iter().map(&mut place).collect();
        ids.pop_if(|last| *last == self.space);
        (ids, places)
    }
}

/// The character for `c` in the alphabet of the network.
fn read_as(c: char) -> char {
    match c {
        '0'..='9' | '٠'..='٩' | '۰'..='۹' => DIGIT,
        ',' => '،',
        ';' => '؛',
        '?' => '؟',
        '…' | '۔' => '.',
        '“' | '”' => '"',
        '–' | '—' => '-',
        other => plain(other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::letters::clusters;
    use super::*;

    fn table(without: &str) -> String {
        let characters = ('\u{621}'..='\u{64a}').filter(|c| is_letter(*c)).chain("_ #.؟".chars());
        let entries = characters
            .filter(|c| !without.contains(*c))
            .enumerate()
            .map(|(id, character)| format!("\"{character}\":{id}"));
        format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
    }

    #[test]
    fn unknown_characters_become_spaces() {
        let alphabet = Alphabet::parse(table("").as_bytes()).unwrap();
        let read = |text: &str| alphabet.read(&clusters(text).collect::<Vec<_>>());
        let plain = read("كتب # لي؟").0;
        for text in ["كَتَـبّ ٣ لی?", " كتب\t😀_ 7 \u{200f}لي؟ ", "كتب\n# Ω لي؟😀"]
        {
            assert_eq!(read(text).0, plain, "{text}");
        }
        assert_eq!(read("aكـتb").1, [None, Some(0), None, Some(1), Some(2)]);
        assert_eq!(read("abc 😀").0, [0_i64; 0]);
    }

    #[test]
    fn invalid_table_is_refused() {
        assert!(Alphabet::parse(table("").as_bytes()).is_ok());
        for (json, part) in [
            (table("غ"), "`غ`"),
            (table("#"), "`#`"),
            ("{".into(), "no table"),
            ("[1]".into(), "no table"),
            (r#"{"ab": 1}"#.into(), "no table"),
            (table("").replace(":3", ":-3"), "below 0"),
        ] {
            let error = Alphabet::parse(json.as_bytes()).err().unwrap();
            assert!(error.to_string().contains(part), "{error} lacks {part}");
        }
    }
}
