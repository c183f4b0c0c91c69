//! The model that ships with the project, on libvosk.

use std::path::PathBuf;
use std::sync::Arc;

use super::VoskModel;
use crate::options::{Grammar, MaxAlternatives};
use crate::stt::{Model, RecognizerOptions};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/ar-commands"))
}

/// One word of a person, and a pause after it; `None` where recordings are missing.
fn word() -> Option<Vec<i16>> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let data = std::env::var_os("VOICE_DATA").map_or_else(|| root.into(), PathBuf::from);
    let Ok(mut take) = claxon::FlacReader::open(data.join("arabic-commands/val/00000012/open/01.flac"))
    else {
        assert!(std::env::var_os("CI").is_none(), "CI must have the recordings");
        println!("skipped: no recordings");
        return None;
    };
    let mut samples: Vec<_> = take.samples().map(|sample| sample.unwrap() as i16).collect();
    samples.resize(samples.len() + 8_000, 0);
    Some(samples)
}

fn options(words: bool, alternatives: u8, phrases: &[&str]) -> RecognizerOptions {
    RecognizerOptions {
        grammar: (!phrases.is_empty()).then(|| Grammar::new(phrases).unwrap()),
        words,
        max_alternatives: MaxAlternatives::new(alternatives).unwrap(),
    }
}

#[test]
fn spoken_word_is_recognized_with_its_time_and_alternatives() {
    let Some(samples) = word() else { return };
    let model = Arc::new(VoskModel::load(&folder()).unwrap());
    for (alternatives, phrases) in [(0, &[][..]), (3, &[]), (0, &["فتح", "[unk]"]), (2, &["فتح", "يسار"])]
    {
        let options = options(true, alternatives, phrases);
        let mut recognizer = Arc::clone(&model).recognizer(&options).unwrap();
        recognizer.push(&samples).unwrap();
        assert_eq!(recognizer.partial().unwrap(), "فتح");
        let transcript = recognizer.finish().unwrap();
        assert_eq!(transcript.text, "فتح");
        assert_eq!(transcript.words[0].text, "فتح");
        assert!(transcript.words[0].start_ms < transcript.words[0].end_ms);
        assert_eq!(transcript.alternatives.is_empty(), alternatives == 0);
    }
}

/// The vosk crate, on the same library.
#[cfg(feature = "vosk-linked")]
#[test]
fn results_are_those_of_the_vosk_crate() {
    use ::vosk::CompleteResult;

    let Some(samples) = word() else { return };
    let path = folder();
    let (model, theirs) =
        (Arc::new(VoskModel::load(&path).unwrap()), ::vosk::Model::new(path.to_str().unwrap()).unwrap());
    for (alternatives, phrases) in [(0, &[][..]), (3, &[]), (0, &["فتح", "[unk]"])] {
        let mut ours = Arc::clone(&model).recognizer(&options(true, alternatives, phrases)).unwrap();
        let mut theirs = match phrases {
            [] => ::vosk::Recognizer::new(&theirs, 16_000.0).unwrap(),
            phrases => ::vosk::Recognizer::new_with_grammar(&theirs, 16_000.0, phrases).unwrap(),
        };
        theirs.set_words(true);
        theirs.set_max_alternatives(alternatives.into());
        for piece in samples.chunks(1_600) {
            ours.push(piece).unwrap();
            theirs.accept_waveform(piece).unwrap();
            assert_eq!(ours.partial().unwrap(), theirs.partial_result().partial);
        }
        let ours = ours.finish().unwrap();
        let ms = |seconds: f32| (seconds * 1_000.0).round() as u64;
        match theirs.final_result() {
            CompleteResult::Single(theirs) => {
                assert_eq!(ours.text, theirs.text);
                assert_eq!(ours.words.len(), theirs.result.len());
                for (ours, theirs) in ours.words.iter().zip(&theirs.result) {
                    assert_eq!(ours.text, theirs.word);
                    assert_eq!((ours.start_ms, ours.end_ms), (ms(theirs.start), ms(theirs.end)));
                    assert_eq!(ours.confidence, Some(theirs.conf.clamp(0.0, 1.0)));
                }
            }
            CompleteResult::Multiple(theirs) => {
                assert_eq!(ours.alternatives.len(), theirs.alternatives.len());
                for (ours, theirs) in ours.alternatives.iter().zip(&theirs.alternatives) {
                    assert_eq!((ours.text.as_str(), ours.score), (theirs.text.trim(), theirs.confidence));
                    assert_eq!(ours.words.len(), theirs.result.len());
                }
            }
        }
    }
}
