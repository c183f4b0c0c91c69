//! The shipped model on libvosk.

use std::path::PathBuf;
use std::sync::Arc;

use super::{MAX_STEP_MS, STEP_MS, VoskModel, step_ms};
use crate::stt::Transcript;
use crate::stt::{Ending, Model, RecognizerOptions};
use crate::stt::{Grammar, MaxAlternatives, Speaker};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/ar-commands"))
}

/// A recorded word followed by a pause; `None` without recordings.
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
        ..RecognizerOptions::default()
    }
}

#[test]
fn word_is_recognized_with_times_and_alternatives() {
    let Some(samples) = word() else { return };
    let model = Arc::new(VoskModel::load(&folder()).unwrap());
    for (alternatives, phrases) in [(0, &[][..]), (3, &[]), (0, &["فتح", "[unk]"]), (2, &["فتح", "يسار"])]
    {
        let options = options(true, alternatives, phrases);
        let mut recognizer = Arc::clone(&model).recognizer(&options).unwrap();
        recognizer.push(&samples).unwrap();
        assert_eq!(recognizer.partial().unwrap(), "فتح");
        let transcript = recognizer.finish(Ending::Last).unwrap();
        assert_eq!(transcript.text, "فتح");
        assert_eq!(transcript.words[0].text, "فتح");
        assert!(transcript.words[0].start_ms < transcript.words[0].end_ms);
        assert_eq!(transcript.alternatives.is_empty(), alternatives == 0);
    }
}

#[test]
fn small_network_takes_a_chunk_at_once() {
    let model = VoskModel::load(&folder()).unwrap();
    assert_eq!(model.decoding(Speaker::One).step_ms, 240);
    assert_eq!(step_ms(true, 90), 96, "not shorter than other steps");
    assert_eq!(step_ms(true, u32::MAX), MAX_STEP_MS, "an option of the model's files");
    assert_eq!(step_ms(false, 240), STEP_MS);
}

/// The parts of a transcript that are deterministic. Features are dithered.
fn deterministic(transcript: &Transcript) -> (&str, Vec<&str>, usize) {
    let words = transcript.words.iter().map(|word| word.text.as_str()).collect();
    (&transcript.text, words, transcript.alternatives.len())
}

#[test]
fn reused_recognizer_works_like_a_new_one() {
    let Some(samples) = word() else { return };
    let model = Arc::new(VoskModel::load(&folder()).unwrap());
    let (silence, many) = (vec![0; 8_000], [&samples[..], &samples, &samples].concat());
    let decode = |samples: &[i16], options: &RecognizerOptions| {
        let mut recognizer = Arc::clone(&model).recognizer(options).unwrap();
        for piece in samples.chunks(3_840) {
            recognizer.push(piece).unwrap();
        }
        let transcript = recognizer.finish(Ending::Last).unwrap();
        recognizer.release();
        transcript
    };
    let requested: Vec<_> =
        [(true, 0), (true, 3), (false, 0)].map(|(words, n)| options(words, n, &[])).into();
    let fresh: Vec<_> = requested.iter().map(|options| decode(&samples, options)).collect();
    assert_eq!(model.pool.len(), (1, 0), "one recognizer served three sessions");
    for _ in 0..5 {
        for (options, fresh) in requested.iter().zip(&fresh) {
            decode(&many, &requested[1]);
            assert_eq!(decode(&silence, options).text, "");
            let transcript = decode(&samples, options);
            assert_eq!(deterministic(&transcript), deterministic(fresh));
            for (one, other) in transcript.words.iter().zip(&fresh.words) {
                assert!(one.start_ms.abs_diff(other.start_ms) <= 30, "{one:?}, fresh: {other:?}");
                assert!(one.end_ms.abs_diff(other.end_ms) <= 30, "{one:?}, fresh: {other:?}");
            }
        }
    }
    assert_eq!(model.pool.len(), (1, 0));

    // A recognizer with a grammar is not reused by another session.
    let limited = options(true, 0, &["يسار", "يمين"]);
    assert_ne!(decode(&samples, &limited).text, "فتح");
    assert_eq!(model.pool.len(), (1, 0));
    assert_eq!(decode(&samples, &requested[0]).text, "فتح");

    // A recognizer that is dropped within an utterance is not reused.
    let mut dropped = Arc::clone(&model).recognizer(&requested[0]).unwrap();
    dropped.push(&samples).unwrap();
    drop(dropped);
    assert_eq!(model.pool.len(), (0, 0));
    assert_eq!(decode(&silence, &requested[0]).text, "");
}

#[test]
fn recognizer_with_a_grammar_stays_with_its_session() {
    let Some(samples) = word() else { return };
    let model = Arc::new(VoskModel::load(&folder()).unwrap());
    let mut recognizer = Arc::clone(&model).recognizer(&options(true, 0, &["فتح", "[unk]"])).unwrap();
    for round in 0..3 {
        recognizer.push(&samples).unwrap();
        let transcript = recognizer.finish(Ending::Pause { pushed: 0 }).unwrap();
        assert_eq!(transcript.text, "فتح");
        assert!(
            transcript.words[0].end_ms < 1_500,
            "round {round}: times are relative to the utterance: {transcript:?}"
        );
        assert!(recognizer.keep().is_some());
        assert_eq!(model.pool.len(), (0, 1));
        assert!(recognizer.resume());
    }
    assert!(recognizer.keep().is_some());
    recognizer.release();
    assert_eq!(model.pool.len(), (0, 0), "it is not reused");
    let mut dropped = Arc::clone(&model).recognizer(&options(true, 0, &["فتح", "[unk]"])).unwrap();
    assert!(dropped.keep().is_some());
    drop(dropped);
    assert_eq!(model.pool.len(), (0, 0));
}

/// The vosk crate, on the same library.
#[cfg(feature = "vosk-linked")]
#[test]
fn results_equal_those_of_the_vosk_crate() {
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
        let ours = ours.finish(Ending::Last).unwrap();
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
