//! `voice-server models`: the store on the command line.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::json;
use voice_core::store::{Presence, Progress, Store, Verified};
use voice_core::{Error, ErrorKind, Result, report};

use crate::cli::{Models, ModelsAction};
use crate::config::Config;
use crate::engine_config::{store, trial};
use crate::output;

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
                "{shown}: verified: {files} files in {} have the known hashes",
                folder.display()
            ))?,
            Ok(Verified::Trial { path }) => output::line(format_args!(
                "{shown}: works: no hashes of {} are known; the form of its files was checked, and it was loaded and \
                 passed its test in a separate process",
                path.display()
            ))?,
            Ok(_) => output::line(format_args!("{shown}: verified"))?,
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
        (1, _, 0) => "the model is damaged".to_owned(),
        (1, ..) => "the model is missing".to_owned(),
        (all, _, 0) => format!("of {all} models, {damaged} are damaged"),
        (all, 0, _) => format!("of {all} models, {absent} are missing"),
        (all, ..) => format!("of {all} models, {damaged} are damaged and {absent} are missing"),
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
