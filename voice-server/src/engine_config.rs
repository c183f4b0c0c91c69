//! The engine, the models and the store that the configuration describes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use voice_core::source::{ModelChoice, ModelSource};
use voice_core::store::{Access, Manifest, Store, Task};
use voice_core::stt::SttSource;
use voice_core::supervision::Trial;
use voice_core::tts::VoiceSource;
use voice_core::{EngineOptions, Error, ErrorKind, EspeakHelper, HelperProgram, LanguageTag, Result};

use crate::config::{Config, StoreConfig};
use crate::locate;

/// The configured store; `folder`, if given, replaces its folder.
pub(crate) fn store(config: &StoreConfig, folder: Option<PathBuf>) -> Result<Store> {
    let mut manifest = Manifest::builtin()?;
    if let Some(path) = &config.manifest {
        manifest.extend(Manifest::read(path)?);
    }
    let access =
        if config.offline { Access::Offline } else { Access::online(config.root_certificate.clone()) };
    let folder = folder.or_else(|| config.folder.clone()).or_else(locate::data_models).ok_or_else(|| {
        Error::new(
            ErrorKind::StoreUnwritable,
            "this user has no home folder for models; set VOICE_MODELS_DIR",
        )
    })?;
    Ok(Store::new(folder, manifest, access).with_shipped(locate::shipped_models()))
}

/// The configured models, in order of preference.
pub(crate) fn sources(config: &Config) -> Result<Vec<SttSource>> {
    let trial = Arc::new(trial()?);
    let further = config.further_models.iter().map(Some);
    std::iter::once(config.model.as_ref())
        .chain(further)
        .map(|choice| stt_source(config, choice, &trial))
        .collect()
}

/// The chosen model; without a choice, the one that ships with the program.
pub(crate) fn one(config: &Config, choice: Option<&ModelChoice>) -> Result<SttSource> {
    stt_source(config, choice, &Arc::new(trial()?))
}

fn stt_source(config: &Config, choice: Option<&ModelChoice>, trial: &Arc<Trial>) -> Result<SttSource> {
    let Some(choice) = choice else { return Ok(ModelSource::folder(locate::default_model()).into()) };
    Ok(source(&config.store, choice, None)?.with_trial(Arc::clone(trial)).into())
}

/// The voices in `listed`, in order of preference. `language` is the language of espeak-ng if the list names none.
pub(crate) fn voices(
    config: &Config,
    listed: &[ModelChoice],
    language: &LanguageTag,
) -> Result<Vec<VoiceSource>> {
    let voice = |choice: &ModelChoice| {
        let language = Some(choice.language.as_ref().unwrap_or(language));
        let espeak = choice.model.to_str().and_then(|name| VoiceSource::espeak_named(name, language));
        if let Some(espeak) = espeak {
            return Ok(espeak);
        }
        let source = source(&config.store, choice, config.store.voices.clone())?;
        Ok(VoiceSource::vits(source).with_names(voice_names(config)?))
    };
    listed.iter().map(voice).collect()
}

/// Every name that a voice can have.
fn voice_names(config: &Config) -> Result<Vec<String>> {
    let store = store(&config.store, None)?;
    let known = store.manifest().models().iter().filter(|model| model.task == Task::Tts);
    Ok(known.map(|model| model.name.clone()).collect())
}

/// The configured voice that is called `name`, if there is one.
pub(crate) fn configured_voice<'a>(config: &'a Config, name: &str) -> Option<&'a ModelChoice> {
    config.voices.iter().find(|choice| {
        choice.model.file_name().is_some_and(|file| {
            let file = file.to_string_lossy();
            file == name || file.strip_suffix(".onnx").is_some_and(|file| file == name)
        })
    })
}

/// The engine's options from the configuration, except models and voices.
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

/// The source of a model or voice that the user chose. A bare name is a model in `folder`, or in the folder of models.
/// For a path to a known model that is missing, the source says where the model belongs.
fn source(config: &StoreConfig, choice: &ModelChoice, folder: Option<PathBuf>) -> Result<ModelSource> {
    let beside = choice.model.parent().filter(|parent| !parent.as_os_str().is_empty()).map(Path::to_owned);
    Ok(ModelSource::chosen(choice, Some(&Arc::new(store(config, beside.or(folder))?))))
}

/// Runs espeak-ng in a separate process of this program, because some texts crash it.
#[cfg(unix)]
fn espeak_helper() -> Option<EspeakHelper> {
    // The program as it was started, even if another version has replaced its file since.
    let running = Path::new("/proc/self/exe");
    let own = running.exists().then(|| running.to_owned()).or_else(|| std::env::current_exe().ok());
    own.map(|program| EspeakHelper::new(HelperProgram::new(program, ["espeak-helper"])))
}

#[cfg(not(unix))]
fn espeak_helper() -> Option<EspeakHelper> {
    None
}

/// The variables that a trial needs: the places of libraries and models.
const TRIAL_VARIABLES: &[&str] = &[
    "HOME",
    "TTS_HOME",
    "VOICE_ESPEAK",
    "VOICE_LIBVOSK",
    "VOICE_MANIFEST",
    "VOICE_MODELS_DIR",
    "VOICE_OFFLINE",
    "VOICE_ONNXRUNTIME",
    "VOICE_TASHKEEL",
    "XDG_DATA_HOME",
];

/// Tries unknown models in a separate process of this program, because they may crash it.
pub(crate) fn trial() -> Result<Trial> {
    let program = std::env::current_exe().map_err(|error| {
        Error::new(ErrorKind::Internal, "cannot find the path of this program").with_source(error)
    })?;
    let trial = Trial::new(HelperProgram::new(program, ["try-model"]));
    let variables = TRIAL_VARIABLES.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
    Ok(variables.fold(trial, |trial, (name, value)| trial.with_variable(name, value)))
}
