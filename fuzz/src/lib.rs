//! What the fuzz targets share.
//!
//! A target is a file in `src/bin`: the inputs that it begins with, the words that its format is made of, and what
//! must hold of any input. `scripts/fuzz.sh` builds and runs them; `fuzz/README.md` says how to add one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub use libfuzzer_sys;

/// Where to put what a target begins with; set by `scripts/fuzz.sh`, which runs the target once for that alone.
const PLANT: &str = "VOICE_FUZZ_PLANT";

/// Defines a target: `target!(seeds, words, |data: &[u8]| { … })`, or `|text: &str|` for text.
#[macro_export]
macro_rules! target {
    ($seeds:expr, $words:expr, |$data:ident: &[u8]| $body:block) => {
        $crate::libfuzzer_sys::fuzz_target!(init: $crate::plant(&$seeds, &$words), |$data: &[u8]| -> () { $body });
    };
    ($seeds:expr, $words:expr, |$text:ident: &str| $body:block) => {
        $crate::target!($seeds, $words, |data: &[u8]| {
            let $text = $crate::text(data);
            $body
        });
    };
}

/// Writes the first inputs and the dictionary, and ends the process, if that is what it was started for.
pub fn plant(seeds: &[impl AsRef<[u8]>], words: &[&str]) {
    let Some(folder) = env::var_os(PLANT).map(PathBuf::from) else { return };
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number}")), seed).expect("a seed can be written");
    }
    let entry = |word: &&str| format!("\"{}\"\n", word.bytes().map(escaped).collect::<String>());
    let dictionary: String = words.iter().map(entry).collect();
    fs::write(folder.with_extension("words"), dictionary).expect("a dictionary can be written");
    std::process::exit(0);
}

fn escaped(byte: u8) -> String {
    format!("\\x{byte:02x}")
}

/// The valid beginning of `data`.
pub fn text(data: &[u8]) -> &str {
    match str::from_utf8(data) {
        Ok(text) => text,
        Err(error) => str::from_utf8(&data[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// The first bytes of an input as settings, and the rest of it; zeroes where there are too few.
pub fn settings<const N: usize>(data: &[u8]) -> ([u8; N], &[u8]) {
    let (head, rest) = data.split_at(N.min(data.len()));
    let mut settings = [0; N];
    settings[..head.len()].copy_from_slice(head);
    (settings, rest)
}

/// `text` in pieces of 1 to 7 characters, whose lengths `seed` decides.
pub fn cut(text: &str, seed: u8) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let mut state = u32::from(seed) + 1;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        // Knuth's multiplier: the pieces only have to differ.
        state = state.wrapping_mul(2_654_435_761).rotate_left(7);
        let end = rest.char_indices().nth(1 + (state % 7) as usize).map_or(rest.len(), |(at, _)| at);
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        Some(piece)
    })
}

/// A folder of this process, which `scripts/fuzz.sh` names and removes: in memory where the system offers that, since
/// a disk would be worn out for nothing.
pub fn scratch() -> &'static Path {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let parent = env::var_os("VOICE_FUZZ_SCRATCH").map_or_else(env::temp_dir, PathBuf::from);
        let folder = parent.join(format!("voice-fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder can be made");
        folder
    });
    &FOLDER
}

/// The files below `folder`, as paths from there.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("a folder that can be read") {
            let path = entry.expect("an entry that can be read").path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found.iter().filter_map(|path| path.strip_prefix(folder).ok()).map(Path::to_owned).collect()
}
