//! Adds vowel signs to Arabic text with a small neural network, so that a voice can pronounce it.
//!
//! A folder holds the network, `model.onnx`, and two tables, `input_id_map.json` and `target_id_map.json`: the format
//! of the project libtashkeel (licence: MIT), 2 MB in total. Its inputs are `char_inputs`, i64 `[batch, characters]`,
//! and `input_lengths`, i64 `[batch]`. Its outputs are the sign number of each character, u8 `[batch, characters]`,
//! and the scores, f32 `[batch, characters, signs]`.

mod alphabet;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod letters;
mod network;
mod on_demand;
mod pieces;
mod signs;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use unicode_normalization::UnicodeNormalization as _;

use self::alphabet::Alphabet;
use self::letters::{Cluster, clusters, is_letter};
use self::network::Network;
pub(crate) use self::on_demand::OnDemand;
use self::signs::{Guess, Signs};
use crate::error::{Error, ErrorKind, Result};
use crate::onnx::Runtime;

const MODEL: &str = "model.onnx";
const INPUTS: &str = "input_id_map.json";
const TARGETS: &str = "target_id_map.json";

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
        let alphabet = checked(folder, INPUTS, Alphabet::parse)?;
        let signs = checked(folder, TARGETS, Signs::parse)?;
        let network = checked(folder, MODEL, |bytes| {
            let network = Network::load(runtime, bytes)?;
            // Files that do not match fail here, and not later on a sentence.
            let all = alphabet.ids();
            let outputs = network.run(&all);
            signs.guesses(&outputs.map_err(|_| network::no_diacritizer())?, all.len())?;
            Ok(network)
        })?;
        Ok(Self { alphabet, signs, network, remembered: Mutex::new(LruCache::unbounded()) })
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
        let guesses: Arc<[Guess]> = self.signs.guesses(&self.network.run(&ids)?, ids.len())?.into();
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
                (ErrorKind::ModelIncomplete, "is missing; a diacritizer has three files")
            }
            _ => (ErrorKind::ModelUnreadable, "cannot be read; check its permissions"),
        };
        Error::new(kind, format!("{} {hint}", path.display())).with_source(error)
    })?;
    read(&bytes)
        .map_err(|error| Error::new(error.kind(), format!("{}: {error}", path.display())).with_source(error))
}

#[cfg(test)]
pub(crate) mod tests;
