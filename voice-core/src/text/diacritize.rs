//! Adds vowel signs to Arabic text with a small neural network, so that a voice can pronounce it.
//!
//! The files of a folder tell which network it holds:
//!
//! * libtashkeel (licence: MIT): `model.onnx`, `input_id_map.json` and `target_id_map.json`, 2 MB in total. The inputs
//!   are `char_inputs`, i64 `[batch, characters]`, and `input_lengths`, i64 `[batch]`. The outputs are the sign number
//!   of each character, u8 `[batch, characters]`, and the scores, f32 `[batch, characters, signs]`.
//! * rawi v3 of the package text2tashkeel (licence: Apache-2.0): `rawi_v3.int8.onnx` and `rawi_v2.vocab.json`, 2.5 MB.
//!   The input is `input`, i64 `[batch, characters]`, letters without hamza. The outputs are `presence`, f32 `[batch,
//!   characters]`, above 0 if the letter has a sign, and `value`, f32 `[batch, characters, classes]`. The classes may
//!   restore a hamza; only their vowel signs are used.

mod alphabet;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod letters;
mod network;
mod on_demand;
mod pieces;
mod signs;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use lru::LruCache;
use unicode_normalization::UnicodeNormalization as _;

use self::alphabet::Alphabet;
use self::letters::{Cluster, clusters, is_letter};
use self::network::Network;
pub(crate) use self::on_demand::OnDemand;
use self::signs::{Guess, Signs};
use crate::error::{Error, ErrorKind, Result};
use crate::onnx::{Runtime, Tensor};

const MODEL: &str = "model.onnx";
const INPUTS: &str = "input_id_map.json";
const TARGETS: &str = "target_id_map.json";

const RAWI_MODEL: &str = "rawi_v3.int8.onnx";
const RAWI_TABLES: &str = "rawi_v2.vocab.json";

/// The tables of rawi.
#[derive(serde::Deserialize)]
struct RawiTables {
    char_to_idx: HashMap<String, i64>,
    diac_to_idx: HashMap<String, u8>,
}

/// The number of cached sentences, each with up to 2 KB.
const REMEMBERED: usize = 512;

/// A loaded diacritizer for Arabic. Threads may share it; the network processes one piece of text at a time.
pub struct Tashkeel {
    alphabet: Alphabet,
    signs: Signs,
    network: Network,
    remembered: Mutex<Remembered>,
}

/// The cached results of the network, by the ids of a sentence.
type Remembered = LruCache<Box<[i64]>, Arc<[Guess]>>;

impl Tashkeel {
    /// The maximum length of a text, in bytes of UTF-8.
    pub const MAX_TEXT: usize = 1 << 20;

    /// Loads the files in `folder` and runs the network once on its alphabet. Takes about 40 ms.
    ///
    /// Errors name the file that is missing or invalid.
    pub fn load(folder: &Path, runtime: &Runtime) -> Result<Self> {
        if !folder.is_dir() {
            let message =
                format!("there is no folder {}; give the folder of a diacritizer", folder.display());
            return Err(Error::new(ErrorKind::ModelNotFound, message));
        }
        let rawi = folder.join(RAWI_MODEL).exists();
        let (alphabet, signs) = if rawi {
            checked(folder, RAWI_TABLES, |bytes| {
                let tables: RawiTables = serde_json::from_slice(bytes)
                    .map_err(|error| network::invalid("it holds no tables of rawi").with_source(error))?;
                Ok((Alphabet::of_rawi(tables.char_to_idx)?, Signs::of_rawi(tables.diac_to_idx)?))
            })?
        } else {
            (checked(folder, INPUTS, Alphabet::parse)?, checked(folder, TARGETS, Signs::parse)?)
        };
        let model = if rawi { RAWI_MODEL } else { MODEL };
        let network = checked(folder, model, |bytes| Network::load(runtime, bytes, rawi))?;
        let loaded = Self { alphabet, signs, network, remembered: Mutex::new(LruCache::unbounded()) };
        // Files that do not match fail here, and not later on a sentence.
        loaded.check().map_err(|error| {
            Error::new(error.kind(), format!("{}: {error}", folder.join(model).display())).with_source(error)
        })?;
        Ok(loaded)
    }

    /// Runs the network once on the alphabet.
    fn check(&self) -> Result<()> {
        let all = self.alphabet.ids();
        let outputs = self.network.run(&all).map_err(|_| network::no_diacritizer())?;
        self.guesses(&outputs, all.len()).map(drop)
    }

    fn guesses(&self, outputs: &[Tensor], characters: usize) -> Result<Vec<Guess>> {
        if self.network.is_rawi() {
            self.signs.gated_guesses(outputs, characters)
        } else {
            self.signs.guesses(outputs, characters)
        }
    }

    /// Adds missing vowels to `text`. The result is in NFC, where the vowel of a letter comes before its shadda.
    ///
    /// Only signs are added: without them the result equals the given text or its NFC. A word that already has a
    /// vowel is not changed; a shadda is kept and gets its vowel. Text without Arabic letters is returned unchanged.
    /// Takes 4 ms for a sentence of 90 characters, or less than 0.1 ms if it is cached.
    ///
    /// A text of more than [`MAX_TEXT`](Self::MAX_TEXT) is [`TextTooLarge`](ErrorKind::TextTooLarge).
    pub fn diacritize(&self, text: &str) -> Result<String> {
        if text.len() > Self::MAX_TEXT {
            let message = format!("a text of {} bytes; give at most {} at once", text.len(), Self::MAX_TEXT);
            return Err(Error::new(ErrorKind::TextTooLarge, message));
        }
        if !text.contains(is_letter) {
            return Ok(text.to_owned());
        }
        let text: String = text.nfc().collect();
        let mut written = String::with_capacity(text.len() * 2);
        for piece in pieces::pieces(&text) {
            self.write(piece, &mut written)?;
        }
        Ok(written.nfc().collect())
    }

    /// Appends `piece` with vowels to `written`.
    fn write(&self, piece: &str, written: &mut String) -> Result<()> {
        let clusters: Vec<_> = clusters(piece).collect();
        let bare = bare(&clusters);
        if !bare.contains(&true) {
            written.push_str(piece);
            return Ok(());
        }
        let (ids, places) = self.alphabet.read(&clusters);
        let guesses = self.guess(ids)?;
        self.signs.write(&clusters, &bare, &places, &guesses, written);
        Ok(())
    }

    /// The result of the network for `ids`, from the cache if possible.
    fn guess(&self, ids: Vec<i64>) -> Result<Arc<[Guess]>> {
        if let Some(known) = self.remembered().get(&*ids) {
            return Ok(Arc::clone(known));
        }
        let guesses: Arc<[Guess]> = self.guesses(&self.network.run(&ids)?, ids.len())?.into();
        let mut remembered = self.remembered();
        remembered.put(ids.into(), Arc::clone(&guesses));
        if remembered.len() > REMEMBERED {
            remembered.pop_lru();
        }
        Ok(guesses)
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For each of `clusters`, whether it is a letter of a word without vowels.
fn bare(clusters: &[Cluster]) -> Vec<bool> {
    let words = clusters.chunk_by(|left, right| left.is_in_word() == right.is_in_word());
    let bare = words.flat_map(|word| {
        let is_bare = !word.iter().any(Cluster::has_vowel);
        word.iter().map(move |cluster| is_bare && is_letter(cluster.base))
    });
    bare.collect()
}

/// Reads a file in `folder` with `read`; errors get the file's name.
fn checked<T>(folder: &Path, file: &str, read: impl FnOnce(&[u8]) -> Result<T>) -> Result<T> {
    let path = folder.join(file);
    let bytes = fs::read(&path).map_err(|error| {
        let (kind, hint) = match error.kind() {
            std::io::ErrorKind::NotFound => {
                (ErrorKind::ModelIncomplete, "is missing; a diacritizer has two or three files")
            }
            _ => (ErrorKind::ModelUnreadable, "cannot be read; check its permissions"),
        };
        Error::new(kind, format!("{} {hint}", path.display())).with_source(error)
    })?;
    read(&bytes)
        .map_err(|error| Error::new(error.kind(), format!("{}: {error}", path.display())).with_source(error))
}

/// Text with added vowels for a voice. If the diacritizer fails, the voice speaks the text without them.
pub(crate) struct Vocalizer {
    tashkeel: Arc<Tashkeel>,
    warned: Once,
}

impl Vocalizer {
    pub(crate) fn new(tashkeel: Arc<Tashkeel>) -> Self {
        Self { tashkeel, warned: Once::new() }
    }

    /// `text` for the voice named `voice`. The first failure is logged.
    pub(crate) fn add<'a>(&self, text: &'a str, voice: &str) -> Cow<'a, str> {
        self.tashkeel.diacritize(text).map_or_else(
            |error| {
                self.warned.call_once(|| {
                    tracing::warn!(
                        voice,
                        code = error.code(),
                        "the diacritizer failed; the text is spoken without added vowels"
                    );
                });
                Cow::Borrowed(text)
            },
            Cow::Owned,
        )
    }
}

#[cfg(test)]
pub(crate) mod tests;
