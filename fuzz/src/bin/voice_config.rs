//! The file beside a voice: what is accepted names each speaker once, and turns any phonemes into ids it knows.

#![no_main]

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization as _;
use voice_core::fuzzing::Config;
use voice_fuzz::target;

const WORDS: [&str; 13] = [
    "\"audio\":",
    "\"sample_rate\":",
    "\"espeak\":",
    "\"voice\":",
    "\"language\":",
    "\"inference\":",
    "\"noise_w\":",
    "\"phoneme_type\":\"text\"",
    "\"phoneme_map\":",
    "\"phoneme_id_map\":",
    "\"num_speakers\":",
    "\"speaker_id_map\":",
    "\"num_symbols\":",
];

#[derive(serde::Deserialize)]
struct Ids {
    phoneme_id_map: HashMap<String, Vec<i64>>,
}

/// A config and, behind a line end, phonemes.
fn seeds() -> [&'static str; 2] {
    [
        r#"{"audio": {"sample_rate": 22050}, "espeak": {"voice": "ar"}, "phoneme_id_map": {"_": [0], "^": [1],
            "$": [2], " ": [3], "a": [4], "aː": [5, 6], "é": [7]}, "num_symbols": 256}"#,
        "{\"audio\": {\"sample_rate\": 16000}, \"num_speakers\": 3, \"speaker_id_map\": {\"a\": 0, \"b\": 2}, \
         \"inference\": {\"noise_scale\": 0.5, \"length_scale\": 1.2, \"noise_w\": 0.1}, \"phoneme_map\": {\"g\": [\"a\", \
         \"a\"]}, \"phoneme_id_map\": {\"_\": [0], \"^\": [1], \"$\": [2], \"a\": [4]}, \"language\": {\"code\": \
         \"ar_JO\"}}\naːg é",
    ]
}

target!(seeds(), WORDS, |text: &str| {
    let (json, phonemes) = text.rsplit_once('\n').unwrap_or((text, "a aː é\u{301} "));
    let Ok(config) = Config::parse(json) else { return };
    assert!((4_000..=192_000).contains(&config.sample_rate()));
    assert!(!config.language().contains('_'));
    assert!(!config.speakers().is_empty());

    // Read as the config is: what neither knows may be anything, such as a number that no float holds.
    let map = serde_json::from_str::<Ids>(json).map(|ids| ids.phoneme_id_map).unwrap_or_default();
    let known: HashSet<i64> = map.into_values().flatten().collect();
    let (ids, unknown) = config.ids(phonemes);
    assert!(ids.iter().all(|id| known.contains(id)));
    assert!(unknown <= phonemes.nfd().count());
    // Composed or not, a phoneme is the same.
    assert_eq!(config.ids(&phonemes.nfc().collect::<String>()), (ids, unknown));
});
