//! The characters that the network reads.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

use super::letters::{Cluster, is_letter, is_silent, plain};
use super::network::invalid;
use crate::error::Result;

/// Ids of characters.
pub(super) struct Alphabet {
    ids: HashMap<char, i64>,
    space: i64,
    kind: Kind,
}

/// The project whose network reads the characters.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// `input_id_map.json` of libtashkeel: Arabic letters and marks; any digit is `#`.
    Libtashkeel,
    /// `char_to_idx` of rawi: letters without hamza and madda, and an id for unknown characters.
    Rawi { unknown: i64 },
}

const SPACE: char = ' ';
/// Any digit.
const DIGIT: char = '#';
/// Padding of a batch, not a character.
const PADDING: char = '_';

impl Alphabet {
    /// Reads the table of rawi.
    pub(super) fn of_rawi(table: HashMap<String, i64>) -> Result<Self> {
        let unknown = table.get("<UNK>").copied().ok_or_else(|| invalid("it has no `<UNK>`"))?;
        let single = |(name, id): (String, i64)| {
            let mut characters = name.chars();
            let character = characters.next()?;
            characters.next().is_none().then_some((character, id))
        };
        let ids: HashMap<_, _> = table.into_iter().filter_map(single).collect();
        let letters = ('\u{627}'..='\u{64a}').filter(|c| is_letter(*c));
        if let Some(missing) = letters.chain([SPACE]).find(|c| !ids.contains_key(c)) {
            return Err(invalid(&format!("it lacks the character `{missing}`")));
        }
        if unknown < 0 || ids.values().any(|id| *id < 0) {
            return Err(invalid("a number is below 0"));
        }
        Ok(Self { space: ids[&SPACE], ids, kind: Kind::Rawi { unknown } })
    }

    /// Reads the table of libtashkeel.
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
        Ok(Self { space: ids[&SPACE], ids, kind: Kind::Libtashkeel })
    }

    /// All ids, in order.
    pub(super) fn ids(&self) -> Vec<i64> {
        let mut ids: Vec<_> = self.ids.values().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// The ids of `clusters` for the network, without signs, and the position of each cluster in them.
    ///
    /// For libtashkeel, unknown characters become spaces. Consecutive spaces become one.
    pub(super) fn read(&self, clusters: &[Cluster]) -> (Vec<i64>, Vec<Option<usize>>) {
        let mut ids = Vec::with_capacity(clusters.len());
        let mut place = |cluster: &Cluster| {
            if is_silent(cluster.base) {
                return None;
            }
            let id = self.id(cluster.base);
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

impl Alphabet {
    fn id(&self, base: char) -> i64 {
        match self.kind {
            Kind::Libtashkeel => self.ids.get(&read_as(base)).copied().unwrap_or(self.space),
            Kind::Rawi { .. } if base.is_whitespace() => self.space,
            Kind::Rawi { unknown } => {
                // آ, أ, إ, ؤ and ئ are read without their hamza or madda.
                let base = std::iter::once(plain(base)).nfd().next().unwrap_or(base);
                self.ids.get(&base).copied().unwrap_or(unknown)
            }
        }
    }
}

/// The character for `c` in the alphabet of libtashkeel.
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
