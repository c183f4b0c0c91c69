//! Entry points of the fuzz targets to the code around the network.

use std::collections::HashMap;

use super::alphabet::Alphabet;
use super::letters::clusters;
use super::network::no_diacritizer;
use super::signs::Signs;
use super::{bare, pieces as cut};
use crate::error::Result;
use crate::onnx::Tensor;

/// The pieces of `text` for the network.
pub fn pieces(text: &str) -> Vec<&str> {
    cut::pieces(text).collect()
}

/// A diacritizer's two tables.
pub struct Tables {
    alphabet: Alphabet,
    signs: Signs,
    count: usize,
}

impl Tables {
    /// Parses both files.
    pub fn parse(inputs: &[u8], targets: &[u8]) -> Result<Self> {
        let alphabet = Alphabet::parse(inputs)?;
        let signs = Signs::parse(targets)?;
        let table: HashMap<String, u8> = serde_json::from_slice(targets).map_err(|_| no_diacritizer())?;
        Ok(Self { alphabet, signs, count: table.len() })
    }

    /// Adds signs to `piece` as if the network gave `numbers` repeatedly, with a higher score for a higher sign
    /// number.
    pub fn write(&self, piece: &str, numbers: &[u8]) -> Result<String> {
        let clusters: Vec<_> = clusters(piece).collect();
        let (ids, places) = self.alphabet.read(&clusters);
        let tensor = |data| Tensor { shape: Vec::new(), data };
        let numbers = numbers.iter().copied().cycle().map(f32::from).take(ids.len()).collect();
        let likelihoods =
            (0..self.count).cycle().map(|sign| sign as f32).take(ids.len() * self.count).collect();
        let guesses = self.signs.guesses(&[tensor(numbers), tensor(likelihoods)], ids.len())?;
        let mut written = String::new();
        self.signs.write(&clusters, &bare(&clusters), &places, &guesses, &mut written);
        Ok(written)
    }
}
