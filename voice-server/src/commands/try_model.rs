//! `voice-server try-model`: the separate process in which an unverified model is loaded.

use std::path::Path;

use voice_core::source::ModelSource;
use voice_core::supervision::trial;
use voice_core::tts::VoiceSource;
use voice_core::{Engine, EngineOptions};

use crate::config::Config;
use crate::engine_config::engine_options;

/// Loads and tests the model at `path`: a voice if there is an `.onnx` file, otherwise a speech-to-text model.
pub(crate) fn run(config: &Config, path: &Path) -> u8 {
    let is_voice = |path: &Path| path.extension().is_some_and(|kind| kind == "onnx");
    let mut files = path.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    if !is_voice(path) && !files.any(|file| is_voice(&file)) {
        return trial::run_stt(path, config.libraries.libvosk.as_deref());
    }
    trial::report_outcome(engine_options(config).and_then(|options| {
        let tts = vec![VoiceSource::vits(ModelSource::folder(path))];
        Engine::new(EngineOptions { tts, ..options }).load()
    }))
}
