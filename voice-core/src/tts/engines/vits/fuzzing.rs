//! Doors for the fuzz targets into what is read before a runtime sees a voice.

use super::config;
use super::split::{self, Split};
use crate::error::Result;
use crate::onnx::{Graph, builder};

/// A small ONNX file that can be cut like a VITS voice.
pub fn sketch() -> Vec<u8> {
    builder::vits().to_bytes()
}

/// An ONNX file, read.
pub struct Onnx<'a>(Graph<'a>);

impl<'a> Onnx<'a> {
    /// Reads the file that `bytes` are.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        Graph::read(bytes).map(Self)
    }

    /// Its number of nodes.
    pub fn len(&self) -> usize {
        self.0.nodes().len()
    }

    /// Always false: a graph without nodes is refused.
    pub fn is_empty(&self) -> bool {
        self.0.nodes().is_empty()
    }

    /// The names of its outputs.
    pub fn outputs(&self) -> Vec<&'a str> {
        self.0.outputs().iter().map(|output| output.name).collect()
    }

    /// The part that computes `outputs` from `given`.
    pub fn extract(&self, given: &[&str], outputs: &[&str]) -> Vec<u8> {
        self.0.extract(given, outputs)
    }

    /// The tensors where a VITS model is cut before its decoder, and how many values the decoder makes of a frame.
    pub fn cut(&self) -> Option<(Vec<String>, usize)> {
        let split = split::find(&self.0)?;
        let given = std::iter::once(split.latent).chain(split.speaker).collect();
        Some((given, split.decoder.growth))
    }
}

/// Whether `json` is what a voice's first load leaves of its cuts.
pub fn is_cache(json: &[u8]) -> bool {
    serde_json::from_slice::<Split>(json).is_ok()
}

/// What the file beside a voice says.
pub struct Config(config::Config);

impl Config {
    /// Reads the file's text.
    pub fn parse(text: &str) -> Result<Self, String> {
        config::Config::parse(text).map(Self)
    }

    /// The names of its speakers.
    pub fn speakers(&self) -> Vec<String> {
        self.0.speakers()
    }

    /// Its language.
    pub fn language(&self) -> String {
        self.0.language()
    }

    /// Samples per second.
    pub fn sample_rate(&self) -> u32 {
        self.0.sample_rate()
    }

    /// The ids of `phonemes`, and how many characters it does not know.
    pub fn ids(&self, phonemes: &str) -> (Vec<i64>, usize) {
        self.0.ids(phonemes)
    }
}
