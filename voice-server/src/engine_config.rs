//! The engine, the models and the store that the configuration describes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use voice_core::source::{ModelChoice, ModelSource};
use voice_core::store::{Access, Manifest, Store, Task};
use voice_core::supervision::Trial;
use voice_core::tts::VoiceSource;
use voice_core::{EngineOptions, Error, ErrorKind, EspeakHelper, Result};

use crate::config::{Config, StoreConfig};
use crate::locate;

/// The store that the configuration describes, in `folder` if that is given.
pub(crate) fn store(config: &StoreConfig, folder: Option<PathBuf>) -> Result<Store> {
    let mut manifest = Manifest::builtin()?;
    if let Some(path) = &config.manifest {
        manifest.extend(Manifest::read(path)?);
    }
    let access =
        if config.offline { Access::Offline } else { Access::online(config.root_certificate.clone()) };
    let folder = folder.or_else(|| config.folder.clone()).unwrap_or_else(locate::data_models);
    Ok(Store::new(folder, manifest, access).with_shipped(locate::shipped_models()))
}

/// The models that the configuration names, from the first choice to the last.
pub(crate) fn sources(config: &Config) -> Result<Vec<ModelSource>> {
    let trial = Arc::new(trial()?);
    let further = config.further_models.iter().map(Some);
    std::iter::once(config.model.as_ref())
        .chain(further)
        .map(|choice| stt_source(config, choice, &trial))
        .collect()
}

/// The model that was chosen; without a choice, the one that ships with the program.
pub(crate) fn one(config: &Config, choice: Option<&ModelChoice>) -> Result<ModelSource> {
    stt_source(config, choice, &Arc::new(trial()?))
}

fn stt_source(config: &Config, choice: Option<&ModelChoice>, trial: &Arc<Trial>) -> Result<ModelSource> {
    let Some(choice) = choice else { return Ok(ModelSource::folder(locate::default_model())) };
    Ok(source(&config.store, choice, None)?.with_trial(Arc::clone(trial)))
}

/// The voices of `listed`, from the first choice to the last. `language` is that of espeak-ng where the list
/// names none.
pub(crate) fn voices(config: &Config, listed: &[ModelChoice], language: &str) -> Result<Vec<VoiceSource>> {
    let voice = |choice: &ModelChoice| {
        let language = Some(choice.language.as_deref().unwrap_or(language));
        let espeak = choice.model.to_str().and_then(|name| VoiceSource::espeak_named(name, language));
        if let Some(espeak) = espeak {
            return Ok(espeak);
        }
        let source = source(&config.store, choice, config.store.voices.clone())?;
        Ok(VoiceSource::vits(source).with_names(voice_names(config)?))
    };
    listed.iter().map(voice).collect()
}

/// Every name that a voice can be given by.
fn voice_names(config: &Config) -> Result<Vec<String>> {
    let store = store(&config.store, None)?;
    let known = store.manifest().models().iter().filter(|model| model.task == Task::Tts);
    Ok(known.map(|model| model.name.clone()).collect())
}

/// The one of the configured voices that is called `name`; nothing if none is.
pub(crate) fn configured_voice<'a>(config: &'a Config, name: &str) -> Option<&'a ModelChoice> {
    config.voices.iter().find(|choice| {
        choice.model.file_name().is_some_and(|file| {
            let file = file.to_string_lossy();
            file == name || file.strip_suffix(".onnx").is_some_and(|file| file == name)
        })
    })
}

/// An engine's options, with everything that the configuration says about voices but the voices.
pub(crate) fn engine_options(config: &Config) -> Result<EngineOptions> {
    let tashkeel = config.libraries.tashkeel.as_ref();
    Ok(EngineOptions {
        libvosk: config.libraries.libvosk.clone(),
        onnxruntime: config.libraries.onnxruntime.clone(),
        espeak: config.libraries.espeak.clone(),
        espeak_helper: espeak_helper(),
        tashkeel: tashkeel.map(|choice| source(&config.store, choice, None)).transpose()?,
        ..EngineOptions::default()
    })
}

/// What a user chose, wherever a model or voice is named. A name alone is one of the models in `folder`, or where
/// models are kept; a path to a known name that is not there says where it is to be kept.
fn source(config: &StoreConfig, choice: &ModelChoice, folder: Option<PathBuf>) -> Result<ModelSource> {
    let beside = choice.model.parent().filter(|parent| !parent.as_os_str().is_empty()).map(Path::to_owned);
    Ok(ModelSource::chosen(choice, Some(&Arc::new(store(config, beside.or(folder))?))))
}

/// This very program runs espeak-ng, whose end some texts are, in a process of its own.
#[cfg(unix)]
fn espeak_helper() -> Option<EspeakHelper> {
    // The program as it was started, also when another version has taken its place since.
    let running = Path::new("/proc/self/exe");
    let own = running.exists().then(|| running.to_owned()).or_else(|| std::env::current_exe().ok());
    own.map(|program| EspeakHelper::new(program, ["espeak-helper"]))
}

#[cfg(not(unix))]
fn espeak_helper() -> Option<EspeakHelper> {
    None
}

/// This very program tries models that nobody knows: they may be the end of it.
pub(crate) fn trial() -> Result<Trial> {
    let program = std::env::current_exe().map_err(|error| {
        Error::new(ErrorKind::Internal, "this program does not know its own path").with_source(error)
    })?;
    Ok(Trial::new(program, ["try-model"]))
}
