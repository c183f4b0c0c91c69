//! The denoiser, with the published model of GTCRN and human recordings.

use std::path::Path;
use std::sync::Arc;

use voice_core::onnx::Runtime;
use voice_core::source::ModelSource;
use voice_core::stt::{DenoiseFor, Denoiser, SttSource};
use voice_core::{Engine, EngineOptions, ErrorKind, SttEvent, SttOptions};
use voice_tests::recordings::{SPEAKER, keyword, wav};
use voice_tests::{recordings_or_skip, shipped_model};

const MODEL: &str = "denoise/gtcrn_simple.onnx";

fn engine() -> Engine {
    let stt = vec![SttSource::from(ModelSource::folder(shipped_model()))];
    let engine = Engine::new(EngineOptions { stt, ..EngineOptions::default() });
    engine.load().unwrap();
    engine
}

fn load(path: &Path) -> voice_core::Result<Arc<Denoiser>> {
    Denoiser::load(&Runtime::load(None).unwrap(), path)
}

/// The texts and the number of starts of speech in `samples`, pushed in pieces.
fn texts(
    engine: &Engine,
    denoiser: Option<(&Arc<Denoiser>, DenoiseFor)>,
    samples: &[i16],
) -> (Vec<String>, usize) {
    let mut session = engine.stt_session(SttOptions::default()).unwrap();
    if let Some((denoiser, use_for)) = denoiser {
        session.denoise(denoiser, use_for);
    }
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    for piece in bytes.chunks(777) {
        session.push(piece).unwrap();
    }
    session.finish().unwrap();
    let (mut texts, mut starts) = (Vec::new(), 0);
    while let Some(event) = session.next_event().unwrap() {
        match event {
            SttEvent::Final(transcript) => texts.push(transcript.text),
            SttEvent::SpeechStarted { .. } => starts += 1,
            _ => {}
        }
    }
    (texts, starts)
}

#[test]
fn words_are_heard_through_the_denoiser() {
    let data = recordings_or_skip!();
    let (engine, denoiser) = (engine(), load(&data.join(MODEL)).unwrap());
    for (word, text) in [("open", "فتح"), ("five", "خمسة")] {
        let mut samples = vec![0; 8_000];
        samples.extend(keyword(&data, SPEAKER, word));
        // The stream ends with the recording: what the denoiser holds back is not lost.
        for use_for in [DenoiseFor::Detection, DenoiseFor::All] {
            assert_eq!(texts(&engine, Some((&denoiser, use_for)), &samples).0, [text], "{use_for:?}");
        }
    }
}

#[test]
fn noise_starts_speech_less_often_through_the_denoiser() {
    let data = recordings_or_skip!();
    let (engine, denoiser) = (engine(), load(&data.join(MODEL)).unwrap());
    let (mut before, mut after) = (0, 0);
    for name in ["boiler", "noise2", "noise3", "noise4", "noise5", "washing_machine"] {
        let noise = wav(&data.join(format!("noise/{name}.wav")));
        before += texts(&engine, None, &noise).1;
        after += texts(&engine, Some((&denoiser, DenoiseFor::All)), &noise).1;
    }
    assert!(after < before, "{after} starts of speech, {before} without it");
}

#[test]
fn other_files_are_refused() {
    let data = recordings_or_skip!();
    let error = |path: &Path| load(path).err().unwrap().kind();
    assert_eq!(error(&data.join("denoise/missing.onnx")), ErrorKind::ModelNotFound);
    assert_eq!(error(&data.join("vad-models/silero_vad_16k_op15.onnx")), ErrorKind::ModelInvalid);
    assert_eq!(error(&data.join("denoise/LICENSE")), ErrorKind::ModelLoadFailed);
}
