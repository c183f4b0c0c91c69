//! The signs that the network predicts.

use std::collections::HashMap;

use super::letters::{Cluster, SHADDA};
use super::network::{invalid, no_diacritizer};
use crate::error::Result;
use crate::onnx::Tensor;

/// The signs, by number.
pub(super) struct Signs(Vec<Target>);

struct Target {
    /// The signs of a letter.
    signs: String,
    /// The signs of a letter that already has a shadda; `None` if these signs exclude one.
    beside_shadda: Option<String>,
}

/// The predicted sign numbers of one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Guess {
    likeliest: u8,
    /// The likeliest sign with a shadda.
    doubled: u8,
}

/// Padding of a batch.
const PADDING: &str = "_";

impl Signs {
    /// Reads the table of rawi. Its classes may restore a hamza or hold signs of other scripts: only one vowel and a
    /// shadda are kept, so that no letter changes.
    pub(super) fn of_rawi(table: HashMap<String, u8>) -> Result<Self> {
        let only_signs = |(class, id): (String, u8)| {
            let vowel = class.chars().find(|&c| matches!(c, '\u{64b}'..='\u{650}' | '\u{652}'));
            let shadda = class.contains(SHADDA).then_some(SHADDA);
            let vowel = vowel.filter(|&vowel| shadda.is_none() || vowel != '\u{652}');
            (vowel.into_iter().chain(shadda).collect(), id)
        };
        // Several classes have the same signs.
        let mut table: Vec<(String, u8)> = table.into_iter().map(only_signs).collect();
        table.sort_unstable_by_key(|(_, id)| *id);
        Self::of_table(table)
    }

    /// Reads the table of libtashkeel.
    pub(super) fn parse(json: &[u8]) -> Result<Self> {
        let table: HashMap<String, u8> = serde_json::from_slice(json)
            .map_err(|error| invalid("it is no table of signs and numbers").with_source(error))?;
        let mut table: Vec<_> = table.into_iter().collect();
        table.sort_unstable_by_key(|(_, id)| *id);
        Self::of_table(table)
    }

    fn of_table(table: Vec<(String, u8)>) -> Result<Self> {
        if table.iter().enumerate().any(|(place, (_, id))| place != usize::from(*id)) {
            return Err(invalid("the numbers are not those from 0 on"));
        }
        let targets = table.into_iter().map(|(signs, _)| Target::new(&signs)).collect::<Result<Vec<_>>>()?;
        if targets.iter().all(|target| target.beside_shadda.is_none()) {
            return Err(invalid("it has no shadda"));
        }
        Ok(Self(targets))
    }

    /// Reads the outputs of rawi for `characters` characters: a score above 0 if the letter has a sign, and the scores
    /// of the classes.
    pub(super) fn gated_guesses(&self, outputs: &[Tensor], characters: usize) -> Result<Vec<Guess>> {
        let count = self.0.len();
        let sized = |size: usize| outputs.iter().find(|output| output.data.len() == size);
        let (Some(presence), Some(values)) = (sized(characters), sized(characters * count)) else {
            return Err(no_diacritizer());
        };
        if outputs.len() != 2 || count < 2 {
            return Err(no_diacritizer());
        }
        let best = |scores: &[f32], fits: &dyn Fn(&Target) -> bool| {
            let scored = self.0.iter().zip(scores).enumerate().filter(|(_, (target, _))| fits(target));
            let best = scored.max_by(|(_, (_, left)), (_, (_, right))| left.total_cmp(right));
            best.and_then(|(number, _)| u8::try_from(number).ok()).unwrap_or(0)
        };
        let none = self.0.iter().position(|target| target.signs.is_empty());
        let none = none.and_then(|number| u8::try_from(number).ok()).ok_or_else(no_diacritizer)?;
        let guesses =
            presence.data.iter().zip(values.data.chunks_exact(count)).map(|(presence, scores)| Guess {
                likeliest: if *presence > 0.0 { best(scores, &|_| true) } else { none },
                doubled: best(scores, &|target| target.beside_shadda.is_some()),
            });
        Ok(guesses.collect())
    }

    /// Reads the outputs of libtashkeel for `characters` characters: the sign number and the scores of each.
    pub(super) fn guesses(&self, outputs: &[Tensor], characters: usize) -> Result<Vec<Guess>> {
        let [numbers, likelihoods] = outputs else { return Err(no_diacritizer()) };
        let count = self.0.len();
        let fits = numbers.data.len() == characters
            && likelihoods.data.len() == characters * count
            && numbers.data.iter().all(|number| (0.0..count as f32).contains(number));
        if !fits {
            return Err(no_diacritizer());
        }
        let guesses = numbers.data.iter().zip(likelihoods.data.chunks_exact(count));
        let guesses = guesses.map(|(number, likelihoods)| {
            let doubled = self.0.iter().zip(likelihoods).enumerate();
            let doubled = doubled.filter(|(_, (target, _))| target.beside_shadda.is_some());
            let doubled = doubled.max_by(|(_, (_, left)), (_, (_, right))| left.total_cmp(right));
            Guess {
                likeliest: *number as u8,
                doubled: doubled.map_or(0, |(number, _)| u8::try_from(number).unwrap_or(0)),
            }
        });
        Ok(guesses.collect())
    }

    /// Appends `clusters` to `written`, the `bare` ones with their signs. `places` holds the index in `guesses` of
    /// each cluster.
    pub(super) fn write(
        &self,
        clusters: &[Cluster],
        bare: &[bool],
        places: &[Option<usize>],
        guesses: &[Guess],
        written: &mut String,
    ) {
        for ((cluster, is_bare), place) in clusters.iter().zip(bare).zip(places) {
            written.push(cluster.base);
            if let Some(guess) = place.and_then(|place| guesses.get(place)).filter(|_| *is_bare) {
                written.push_str(self.missing(*guess, cluster.has_shadda()));
            }
            written.push_str(cluster.marks);
        }
    }

    /// The missing signs of a letter.
    fn missing(&self, guess: Guess, has_shadda: bool) -> &str {
        if has_shadda {
            let target = self.0.get(usize::from(guess.doubled));
            target.and_then(|target| target.beside_shadda.as_deref()).unwrap_or_default()
        } else {
            self.0.get(usize::from(guess.likeliest)).map_or("", |target| &target.signs)
        }
    }
}

impl Target {
    fn new(signs: &str) -> Result<Self> {
        let signs = if signs == PADDING { "" } else { signs };
        // Other characters would change the text and not only its pronunciation.
        if !signs.chars().all(|c| matches!(c, '\u{64b}'..='\u{652}')) {
            return Err(invalid(&format!("`{}` is no sign", signs.escape_debug())));
        }
        let beside_shadda = signs.contains(SHADDA).then(|| signs.replace(SHADDA, ""));
        Ok(Self { signs: signs.to_owned(), beside_shadda })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"{"_": 0, "": 1, "َ": 2, "ْ": 3, "َّ": 4, "ُّ": 5}"#;

    fn outputs(numbers: &[f32], likelihoods: &[f32]) -> [Tensor; 2] {
        [numbers, likelihoods].map(|data| Tensor { shape: Vec::new(), data: data.to_vec() })
    }

    #[test]
    fn letter_gets_the_likeliest_signs() {
        let signs = Signs::parse(TABLE.as_bytes()).unwrap();
        let likelihoods = [0.0, 0.0, 0.5, 0.9, 0.1, 0.2, 0.9, 0.0, 0.0, 0.0, 0.3, 0.2];
        let guesses = signs.guesses(&outputs(&[3.0, 0.0], &likelihoods), 2).unwrap();
        let missing = |at: usize, has_shadda| signs.missing(guesses[at], has_shadda);
        assert_eq!([missing(0, false), missing(0, true)], ["\u{652}", "\u{64f}"]);
        assert_eq!([missing(1, false), missing(1, true)], ["", "\u{64e}"]);
    }

    #[test]
    fn outputs_of_wrong_size_are_refused() {
        let signs = Signs::parse(TABLE.as_bytes()).unwrap();
        for (numbers, likelihoods) in [
            (vec![1.0], vec![0.0; 5]),
            (vec![6.0], vec![0.0; 6]),
            (vec![f32::NAN], vec![0.0; 6]),
            (vec![], vec![]),
        ] {
            assert!(signs.guesses(&outputs(&numbers, &likelihoods), 1).is_err());
        }
        assert!(signs.guesses(&[], 0).is_err());
        assert!(signs.guesses(&outputs(&[1.0], &[f32::NAN; 6]), 1).is_ok());
    }

    #[test]
    fn invalid_sign_table_is_refused() {
        for (json, part) in [
            (TABLE.replace('َ', "a"), "`a`"),
            (TABLE.replace(": 3", ": 7"), "from 0 on"),
            (TABLE.replace(": 3", ": 2"), "from 0 on"),
            (TABLE.replace(": 3", ": 300"), "no table"),
            (r#"{"": 0}"#.into(), "no shadda"),
            ("{}".into(), "no shadda"),
            ("null".into(), "no table"),
        ] {
            let error = Signs::parse(json.as_bytes()).err().unwrap();
            assert!(error.to_string().contains(part), "{error} lacks {part}");
        }
    }
}
