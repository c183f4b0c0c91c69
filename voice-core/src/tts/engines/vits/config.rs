//! The `.onnx.json` file of a voice, in Piper's format.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;

/// The settings of a voice. Missing fields have Piper's defaults.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Config {
    audio: Audio,
    #[serde(default)]
    espeak: Espeak,
    #[serde(default)]
    language: Language,
    #[serde(default)]
    pub(super) inference: Inference,
    #[serde(default)]
    pub(super) phoneme_type: PhonemeType,
    /// Alternative spellings of phonemes: each is replaced by its list.
    #[serde(default)]
    phoneme_map: HashMap<String, Vec<String>>,
    phoneme_id_map: HashMap<String, Vec<i64>>,
    #[serde(default = "one")]
    pub(super) num_speakers: u32,
    #[serde(default)]
    speaker_id_map: BTreeMap<String, i64>,
    #[serde(default)]
    num_symbols: Option<i64>,
    #[serde(default)]
    pub(super) default_speaker_id: u32,
    /// A hash of the whole file.
    #[serde(skip)]
    pub(super) fingerprint: u64,
}

#[derive(Debug, Clone, Deserialize)]
struct Audio {
    sample_rate: u32,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Espeak {
    #[serde(default)]
    voice: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Language {
    #[serde(default)]
    code: String,
}

/// The default variation and length of a voice.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default)]
pub(super) struct Inference {
    /// Variation of the audio.
    pub(super) noise_scale: f32,
    /// Length of all phonemes; 1 is as trained.
    pub(super) length_scale: f32,
    /// Variation of the durations.
    #[serde(alias = "noise_w_scale")]
    pub(super) noise_w: f32,
}

impl Default for Inference {
    fn default() -> Self {
        Self { noise_scale: 0.667, length_scale: 1.0, noise_w: 0.8 }
    }
}

/// The input of a voice. Published files have the value of Piper's enumeration (`espeak`) or its name in Python
/// (`PhonemeType.ESPEAK`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "String")]
pub(super) enum PhonemeType {
    /// Phonemes in espeak-ng's notation.
    #[default]
    Espeak,
    /// The characters of the text.
    Text,
    /// An unsupported input, such as `pinyin`.
    Other(String),
}

impl From<String> for PhonemeType {
    fn from(name: String) -> Self {
        match name.rsplit('.').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "espeak" | "espeak-ng" | "" => Self::Espeak,
            "text" => Self::Text,
            other => Self::Other(other.to_owned()),
        }
    }
}

fn one() -> u32 {
    1
}

/// The maximum number of speakers. The largest voices have about a thousand.
const MAX_SPEAKERS: u32 = 100_000;

/// Marks for the beginning, the end, and the separator of phonemes.
const BEGIN: &str = "^";
const END: &str = "$";
const PAD: &str = "_";

impl Config {
    /// The path of the settings file of the voice in `model`.
    pub(super) fn path(model: &Path) -> PathBuf {
        let mut path = model.as_os_str().to_owned();
        path.push(".json");
        path.into()
    }

    pub(super) fn read(model: &Path) -> Result<Self> {
        let path = Self::path(model);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            let (kind, hint) = match error.kind() {
                std::io::ErrorKind::NotFound => {
                    (ErrorKind::ModelIncomplete, "is missing; download the voice again")
                }
                _ => (ErrorKind::ModelUnreadable, "cannot be read; check its permissions"),
            };
            Error::new(kind, format!("{} {hint}", path.display())).with_source(error)
        })?;
        Self::parse(&text).map_err(|what| {
            let message = format!("{}: {what}; download the voice again", path.display());
            Error::new(ErrorKind::ModelInvalid, message)
        })
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut config: Self =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())?;
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        config.fingerprint = hasher.finish();
        if !(4_000..=192_000).contains(&config.audio.sample_rate) {
            return Err(format!("a sample rate of {} Hz", config.audio.sample_rate));
        }
        let scales = config.inference;
        let all = [scales.noise_scale, scales.length_scale, scales.noise_w];
        if all.iter().any(|scale| !(0.0..=10.0).contains(scale)) || scales.length_scale < 0.05 {
            return Err("a scale out of range".to_owned());
        }
        for mark in [BEGIN, END, PAD] {
            if !config.phoneme_id_map.contains_key(mark) {
                return Err(format!("the phoneme `{mark}` has no id"));
            }
        }
        let symbols = config.num_symbols.unwrap_or(i64::MAX);
        if config.phoneme_id_map.values().flatten().any(|id| !(0..symbols).contains(id)) {
            return Err("the id of a phoneme is not below num_symbols".to_owned());
        }
        if !(1..=MAX_SPEAKERS).contains(&config.num_speakers) {
            return Err(format!("{} speakers", config.num_speakers));
        }
        if config.default_speaker_id >= config.num_speakers {
            return Err(format!("speaker {} of {}", config.default_speaker_id, config.num_speakers));
        }
        // Keys are compared in decomposed form (NFD).
        config.phoneme_id_map =
            config.phoneme_id_map.into_iter().map(|(phoneme, ids)| (phoneme.nfd().collect(), ids)).collect();
        Ok(config)
    }

    pub(super) fn sample_rate(&self) -> u32 {
        self.audio.sample_rate
    }

    /// The espeak-ng voice whose phonemes the model was trained on.
    pub(super) fn espeak_voice(&self) -> &str {
        &self.espeak.voice
    }

    /// The language of the voice, which may be unknown.
    pub(super) fn language(&self) -> LanguageTag {
        let code = if self.language.code.is_empty() { &self.espeak.voice } else { &self.language.code };
        code.parse().unwrap_or_else(|_| LanguageTag::undetermined())
    }

    /// The names of the speakers, by number.
    pub(super) fn speakers(&self) -> Vec<String> {
        let name = |number: u32| {
            let named = self.speaker_id_map.iter().find(|(_, id)| **id == i64::from(number));
            named.map_or_else(|| number.to_string(), |(name, _)| name.clone())
        };
        (0..self.num_speakers).map(name).collect()
    }

    /// The ids of `phonemes`, with marks around and between them, and the number of unknown phonemes, which are
    /// dropped. The longest matching spelling is used.
    pub(super) fn ids(&self, phonemes: &str) -> (Vec<i64>, usize) {
        let mark = |name: &str| self.phoneme_id_map.get(name).into_iter().flatten().copied();
        let longest =
            self.phoneme_id_map.keys().chain(self.phoneme_map.keys()).map(|key| key.chars().count()).max();
        let mut ids: Vec<_> = mark(BEGIN).chain(mark(PAD)).collect();
        let mut unknown = 0;
        let decomposed: String = phonemes.nfd().collect();
        let mut rest = &*decomposed;
        while let Some(first) = rest.chars().next() {
            let ends = rest.char_indices().map(|(at, char)| at + char.len_utf8()).take(longest.unwrap_or(1));
            let fitting = ends.collect::<Vec<_>>().into_iter().rev().find_map(|end| {
                let known = self.lookup(&rest[..end]);
                known.map(|known| (end, known))
            });
            let Some((end, known)) = fitting else {
                unknown += usize::from(!first.is_whitespace());
                rest = &rest[first.len_utf8()..];
                continue;
            };
            for id in known {
                ids.extend(id);
                ids.extend(mark(PAD));
            }
            rest = &rest[end..];
        }
        ids.extend(mark(END));
        (ids, unknown)
    }

    /// The ids of one spelling, which may stand for several phonemes.
    fn lookup(&self, phoneme: &str) -> Option<Vec<&[i64]>> {
        if let Some(mapped) = self.phoneme_map.get(phoneme) {
            return mapped
                .iter()
                .map(|phoneme| self.phoneme_id_map.get(phoneme).map(Vec::as_slice))
                .collect();
        }
        self.phoneme_id_map.get(phoneme).map(|ids| vec![ids.as_slice()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str =
        r#""phoneme_id_map": {"_": [0], "^": [1], "$": [2], " ": [3], "a": [4], "aɪ": [5, 6], "é": [7]}"#;

    fn config(rest: &str) -> Result<Config, String> {
        Config::parse(&format!(r#"{{"audio": {{"sample_rate": 22050}}, {MAP}{rest}}}"#))
    }

    #[test]
    fn phonemes_become_ids_by_longest_spelling() {
        let config = config("").unwrap();
        assert_eq!(config.ids("aaɪ a"), (vec![1, 0, 4, 0, 5, 6, 0, 3, 0, 4, 0, 2], 0));
        assert_eq!(config.ids("é"), (vec![1, 0, 7, 0, 2], 0), "composed and decomposed are the same");
        assert_eq!(config.ids("axa"), (vec![1, 0, 4, 0, 4, 0, 2], 1));
        assert_eq!(config.ids(""), (vec![1, 0, 2], 0));
    }

    #[test]
    fn mapped_phoneme_is_replaced() {
        let config = config(r#", "phoneme_map": {"E": ["a", "aɪ"]}"#).unwrap();
        assert_eq!(config.ids("E"), (vec![1, 0, 4, 0, 5, 6, 0, 2], 0));
    }

    #[test]
    fn missing_fields_have_pipers_defaults() {
        let config = config(r#", "espeak": {"voice": "ar"}, "unknown": 1"#).unwrap();
        assert!((config.inference.noise_scale - 0.667).abs() < f32::EPSILON);
        assert_eq!((&config.phoneme_type, config.num_speakers), (&PhonemeType::Espeak, 1));
        assert_eq!(config.language(), "ar");
    }

    #[test]
    fn phoneme_types_are_read_in_all_spellings() {
        let kind = |name: &str| config(&format!(r#", "phoneme_type": "{name}""#)).unwrap().phoneme_type;
        for name in ["espeak", "PhonemeType.ESPEAK", "ESPEAK", "eSpeak"] {
            assert_eq!(kind(name), PhonemeType::Espeak, "{name}");
        }
        for name in ["text", "PhonemeType.TEXT", "TEXT"] {
            assert_eq!(kind(name), PhonemeType::Text, "{name}");
        }
        for name in ["pinyin", "PhonemeType.PINYIN"] {
            assert_eq!(kind(name), PhonemeType::Other("pinyin".into()), "{name}");
        }
    }

    #[test]
    fn invalid_settings_are_named() {
        for (rest, part) in [
            (r#", "num_symbols": 5"#, "num_symbols"),
            (r#", "num_speakers": 0"#, "speakers"),
            (r#", "phoneme_type": 1"#, "string"),
            (r#", "num_speakers": 2, "default_speaker_id": 2"#, "speaker 2 of 2"),
            (r#", "inference": {"length_scale": 0}"#, "scale"),
        ] {
            let problem = config(rest).unwrap_err();
            assert!(problem.contains(part), "{problem}");
        }
        assert!(Config::parse(r#"{"audio": {"sample_rate": 1}, "phoneme_id_map": {}}"#).is_err());
        assert!(Config::parse("[").is_err());
    }
}
