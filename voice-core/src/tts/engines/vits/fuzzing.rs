//! Entry points of the fuzz targets to the parsers that read a voice before a runtime loads it.

use super::config;
use super::split::{self, Split};
use crate::error::Result;
use crate::onnx::{Graph, builder};

/// A small ONNX file that can be split like a VITS voice.
pub fn sketch() -> Vec<u8> {
    builder::vits().to_bytes()
}

/// A parsed ONNX file.
pub struct Onnx<'a>(Graph<'a>);

impl<'a> Onnx<'a> {
    /// Parses an ONNX file.
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

    /// The tensors before the decoder at which a VITS model is split, and the number of samples that the decoder
    /// gives per frame.
    pub fn cut(&self) -> Option<(Vec<String>, usize)> {
        let split = split::find(&self.0)?;
        let given = std::iter::once(split.latent).chain(split.speaker).collect();
        Some((given, split.decoder.growth))
    }
}

/// Whether `json` is a valid cache of a voice's split.
pub fn is_cache(json: &[u8]) -> bool {
    serde_json::from_slice::<Split>(json).is_ok()
}

/// The settings file of a voice.
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
    pub fn language(&self) -> crate::LanguageTag {
        self.0.language()
    }

    /// Samples per second.
    pub fn sample_rate(&self) -> u32 {
        self.0.sample_rate()
    }

    /// The ids of `phonemes`, and the number of unknown characters.
    pub fn ids(&self, phonemes: &str) -> (Vec<i64>, usize) {
        self.0.ids(phonemes)
    }
}
