//! `voice-server models`: the store on the command line.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::json;
use voice_core::EspeakHelper;
use voice_core::source::{ModelChoice, ModelSource};
use voice_core::store::{Access, Manifest, Presence, Progress, Store, Task, Verified};
use voice_core::supervision::{Trial, trial};
use voice_core::tts::VoiceSource;
use voice_core::{Engine, EngineOptions, Error, ErrorKind, Result, report};

use crate::cli::{Models, ModelsAction};
use crate::config::{Config, StoreConfig};
use crate::{locate, output};

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

/// What a process does that only tries a model: a voice where there is an `.onnx` file, else speech to text.
pub(crate) fn try_one(config: &Config, path: &Path) -> u8 {
    let is_voice = |path: &Path| path.extension().is_some_and(|kind| kind == "onnx");
    let mut files = path.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    if !is_voice(path) && !files.any(|file| is_voice(&file)) {
        return trial::answer(path, config.libraries.libvosk.as_deref());
    }
    trial::tell(engine_options(config).and_then(|options| {
        let tts = vec![VoiceSource::vits(ModelSource::folder(path))];
        Engine::new(EngineOptions { tts, ..options }).load()
    }))
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
        ModelsAction::Verify { models } => verify(&store, models),
        ModelsAction::Remove { name } => remove(&store, name),
        ModelsAction::Info { name } => info(&store, name),
    });
    done.map_or_else(|error| output::failure(&error), |()| ExitCode::SUCCESS)
}

fn list(store: &Store) -> Result<()> {
    output::line(format_args!("{:<34} {:<12} {:<8} {:>9}  STATE", "NAME", "TASK", "LANGUAGE", "SIZE"))?;
    for model in store.manifest().models() {
        let size = HumanBytes(model.size()).to_string();
        let languages = model.languages.join(",");
        let state = store.presence(&model.name)?;
        let task = model.task.to_string();
        output::line(format_args!("{:<34} {task:<12} {languages:<8} {size:>9}  {state}", model.name))?;
    }
    output::line(format_args!("\nModels are kept in {}", store.root().display()))
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
    let model = store.manifest().get(name)?;
    let is_here = !matches!(store.presence(name)?, Presence::Absent | Presence::Partial(_));
    if let Some(url) = model.files.iter().find_map(|file| file.url.as_deref()).filter(|_| !is_here) {
        output::complain(format_args!("{}: {} from {url}", model.name, HumanBytes(model.size())));
    }
    let pulled = store.pull(name, &mut show);
    bar.finish_and_clear();
    output::line(pulled?.display())
}

fn verify(store: &Store, given: &[PathBuf]) -> Result<()> {
    let trial = trial()?;
    let here = |name: &str| !matches!(store.presence(name), Ok(Presence::Absent | Presence::Partial(_)));
    let all = store.manifest().models().iter().map(|model| &model.name).filter(|name| here(name));
    let given = if given.is_empty() { all.map(PathBuf::from).collect() } else { given.to_vec() };
    let mut failures = Vec::new();
    for model in &given {
        let shown = model.display();
        match store.check(model, |path| trial.run_again(path)) {
            Ok(Verified::Hashes { folder, files }) => output::line(format_args!(
                "{shown}: whole: {files} files in {} have the hashes that are known of them",
                folder.display()
            ))?,
            Ok(Verified::Trial { path }) => output::line(format_args!(
                "{shown}: works: no hashes are known of {}; the form of its files was checked, and it was loaded and \
                 passed its test in a process of its own",
                path.display()
            ))?,
            Ok(_) => output::line(format_args!("{shown}: whole"))?,
            Err(error) => {
                output::line(format_args!("{shown}: {}: {}", error.code(), report(&error)))?;
                failures.push(error.kind());
            }
        }
    }
    let Some(first) = failures.first() else { return Ok(()) };
    let absent = failures.iter().filter(|kind| **kind == ErrorKind::ModelNotFound).count();
    let damaged = failures.len() - absent;
    let kind = failures.iter().find(|kind| **kind != ErrorKind::ModelNotFound).unwrap_or(first);
    let message = match (given.len(), damaged, absent) {
        (1, _, 0) => "the model is not whole".to_owned(),
        (1, ..) => "the model is not there".to_owned(),
        (all, _, 0) => format!("of {all} models, {damaged} are not whole"),
        (all, 0, _) => format!("of {all} models, {absent} are not there"),
        (all, ..) => format!("of {all} models, {damaged} are not whole and {absent} are not there"),
    };
    Err(Error::new(*kind, message))
}

fn remove(store: &Store, name: &str) -> Result<()> {
    store.remove(name)?;
    output::line(format_args!("removed {name}"))
}

fn info(store: &Store, name: &str) -> Result<()> {
    let model = store.manifest().get(name)?;
    let info = json!({
        "model": model,
        "state": store.presence(name)?.to_string(),
        "path": store.path(name)?,
        "takes_grammar": store.takes_grammar(name)?,
    });
    output::line(format_args!("{info:#}"))
}
