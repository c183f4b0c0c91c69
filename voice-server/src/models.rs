//! `voice-server models`: the store on the command line.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::json;
use voice_core::model::{Access, Manifest, ModelSource, Network, Presence, Progress, Store, Task, Trial};
use voice_core::tts::VoiceSource;
use voice_core::{EngineOptions, Error, ErrorKind, Result, report};

use crate::cli::{Models, ModelsAction};
use crate::config::{Config, ModelChoice, StoreConfig};
use crate::locate;

/// The store that the configuration describes, in `folder` if that is given.
pub(crate) fn store(config: &StoreConfig, folder: Option<PathBuf>) -> Result<Store> {
    let mut manifest = Manifest::builtin()?;
    if let Some(path) = &config.manifest {
        manifest.extend(Manifest::read(path)?);
    }
    let access = if config.offline {
        Access::Offline
    } else {
        Access::Online(Network { root_certificate: config.root_certificate.clone(), ..Network::default() })
    };
    let folder = folder.or_else(|| config.folder.clone()).unwrap_or_else(locate::data_models);
    Ok(Store::new(folder, manifest, access).with_shipped(locate::shipped_models()))
}

/// The models that the configuration names, from the first choice to the last.
pub(crate) fn sources(config: &Config) -> Result<Vec<ModelSource>> {
    let trial = Arc::new(trial()?);
    let first = stt_source(config, config.model.as_deref(), &trial)?;
    let further = config.further_models.iter().map(|model| {
        let source = stt_source(config, Some(&model.path), &trial)?;
        Ok(source.with_languages(model.language.clone()))
    });
    std::iter::once(Ok(first)).chain(further).collect()
}

/// The model at `path`, or one that has that name; without a path, the one that ships with the program.
pub(crate) fn one(config: &Config, path: Option<&Path>) -> Result<ModelSource> {
    stt_source(config, path, &Arc::new(trial()?))
}

fn stt_source(config: &Config, path: Option<&Path>, trial: &Arc<Trial>) -> Result<ModelSource> {
    let Some(path) = path else { return Ok(ModelSource::folder(locate::default_model())) };
    let known = known(&config.store, path, None)?;
    Ok(known.unwrap_or_else(|| ModelSource::folder(path).with_trial(Arc::clone(trial))))
}

/// The voices of `listed`, from the first choice to the last. `language` is that of espeak-ng where the list
/// names none.
pub(crate) fn voices(config: &Config, listed: &[ModelChoice], language: &str) -> Result<Vec<VoiceSource>> {
    let voice = |choice: &ModelChoice| {
        let language = Some(choice.language.as_deref().unwrap_or(language));
        let espeak = choice.path.to_str().and_then(|name| VoiceSource::espeak_named(name, language));
        if let Some(espeak) = espeak {
            return Ok(espeak);
        }
        let known = known(&config.store, &choice.path, config.store.voices.clone())?;
        let source = known.unwrap_or_else(|| ModelSource::folder(&choice.path));
        let source = match &choice.language {
            Some(language) => source.with_languages([language]),
            None => source,
        };
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
        choice.path.file_name().is_some_and(|file| {
            let file = file.to_string_lossy();
            file == name || file.strip_suffix(".onnx").is_some_and(|file| file == name)
        })
    })
}

/// An engine's options, with everything that the configuration says about voices but the voices.
pub(crate) fn engine_options(config: &Config) -> EngineOptions {
    EngineOptions {
        libvosk: config.libraries.libvosk.clone(),
        onnxruntime: config.libraries.onnxruntime.clone(),
        espeak: config.libraries.espeak.clone(),
        tashkeel: config.libraries.tashkeel.clone().map(ModelSource::folder),
        ..EngineOptions::default()
    }
}

/// The model that `path` names, if it is not a file or folder that is there: beside where it would be, or
/// in `folder`, or where models are kept.
fn known(config: &StoreConfig, path: &Path, folder: Option<PathBuf>) -> Result<Option<ModelSource>> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| !path.exists()) else {
        return Ok(None);
    };
    let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty()).map(Path::to_owned);
    let store = store(config, beside.or(folder))?;
    let is_known = store.manifest().find(name).is_some();
    Ok(is_known.then(|| ModelSource::named(Arc::new(store), name)))
}

/// This very program tries models that nobody knows: they may be the end of it.
fn trial() -> Result<Trial> {
    let program = std::env::current_exe().map_err(|error| {
        Error::new(ErrorKind::Internal, "this program does not know its own path").with_source(error)
    })?;
    Ok(Trial::new(program, ["try-model"]))
}

pub(crate) fn run(config: &Config, arguments: &Models) -> ExitCode {
    let done = store(&config.store, arguments.dir.clone()).and_then(|store| match &arguments.action {
        ModelsAction::List => list(&store),
        ModelsAction::Pull { name } => pull(&store, name),
        ModelsAction::Verify { names } => verify(&store, names),
        ModelsAction::Remove { name } => remove(&store, name),
        ModelsAction::Info { name } => info(&store, name),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("voice-server: {}: {}", error.code(), report(&error));
            ExitCode::FAILURE
        }
    }
}

fn list(store: &Store) -> Result<()> {
    println!("{:<34} {:<12} {:<8} {:>9}  STATE", "NAME", "TASK", "LANGUAGE", "SIZE");
    for model in store.manifest().models() {
        let size = HumanBytes(model.size()).to_string();
        let languages = model.languages.join(",");
        let state = store.presence(&model.name)?;
        println!("{:<34} {:<12} {:<8} {:>9}  {state}", model.name, model.task.to_string(), languages, size);
    }
    println!("\nModels are kept in {}", store.root().display());
    Ok(())
}

fn pull(store: &Store, name: &str) -> Result<()> {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template(
        "{msg:11} {bar:30} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left",
    );
    let bar = match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    };
    let mut show = |progress| {
        let (what, place) = match progress {
            Progress::Downloading { done, total } => ("downloading", Some((done, total))),
            Progress::Unpacking { done, total } => ("unpacking", Some((done, total))),
            _ => ("waiting for another process", None),
        };
        if bar.message() != what {
            bar.reset();
            bar.set_message(what);
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        if let Some((done, total)) = place {
            bar.set_length(total);
            bar.set_position(done);
        }
        ControlFlow::Continue(())
    };
    let pulled = store.pull(name, &mut show);
    bar.finish_and_clear();
    println!("{}", pulled?.display());
    Ok(())
}

fn verify(store: &Store, names: &[String]) -> Result<()> {
    let here = |name: &str| !matches!(store.presence(name), Ok(Presence::Absent | Presence::Partial(_)));
    let all = store.manifest().models().iter().map(|model| model.name.clone()).filter(|name| here(name));
    let names: Vec<_> = if names.is_empty() { all.collect() } else { names.to_vec() };
    let mut first = None;
    for name in names {
        match store.verify(&name) {
            Ok(()) => println!("{name}: whole"),
            Err(error) => {
                println!("{name}: {}: {}", error.code(), report(&error));
                first = first.or(Some(error));
            }
        }
    }
    first.map_or(Ok(()), |error| Err(Error::new(error.kind(), "not every model is whole")))
}

fn remove(store: &Store, name: &str) -> Result<()> {
    store.remove(name)?;
    println!("removed {name}");
    Ok(())
}

fn info(store: &Store, name: &str) -> Result<()> {
    let model = store.manifest().get(name)?;
    let info = json!({
        "model": model,
        "state": store.presence(name)?.to_string(),
        "path": store.path(name)?,
        "takes_grammar": store.takes_grammar(name)?,
    });
    println!("{info:#}");
    Ok(())
}
