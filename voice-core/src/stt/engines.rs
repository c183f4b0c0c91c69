//! The engines that implement [`Model`], one folder for each family of models.
//!
//! A new engine is a folder here and a line in [`ENGINES`].

#[cfg(feature = "vosk")]
pub(super) mod vosk;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::model::Model;
use crate::error::{Error, ErrorKind, Result};

/// The engines of this build. A folder that several of them know goes to the first.
pub(super) const ENGINES: &[SttEngine] = &[
    #[cfg(feature = "vosk")]
    vosk::ENGINE,
];

/// An engine for speech to text.
#[derive(Debug, Clone, Copy)]
pub(super) struct SttEngine {
    /// Its name in manifests.
    pub(super) name: &'static str,
    /// The files that its models have, for errors.
    pub(super) files: &'static str,
    /// Whether there are files of one of its models at a path, complete or not.
    pub(super) recognizes: fn(&Path) -> bool,
    /// Checks and loads the model at a path. Blocks.
    pub(super) load: fn(&Path, &Libraries) -> Result<Arc<dyn Model>>,
}

/// The libraries of engines, as in [`EngineOptions`](crate::EngineOptions).
#[derive(Debug, Default)]
#[cfg_attr(not(feature = "vosk"), expect(dead_code, reason = "this build has no engine that uses it"))]
pub(crate) struct Libraries {
    pub(crate) libvosk: Option<PathBuf>,
}

impl Libraries {
    /// Loads the libraries on this thread: if the process ended while another thread loads one, the destructors would run
    /// on a half-loaded library. The first load of a model reports an error.
    #[cfg_attr(
        not(feature = "vosk"),
        expect(clippy::unused_self, reason = "this build has no engine that uses it")
    )]
    pub(crate) fn load(&self) {
        #[cfg(feature = "vosk")]
        let _ = vosk::VoskModel::load_library(self.libvosk.as_deref());
    }
}

/// The engine called `name`. `model` is the model that needs it, for the error.
pub(super) fn named<'a>(engines: &'a [SttEngine], name: &str, model: &str) -> Result<&'a SttEngine> {
    engines.iter().find(|engine| engine.name == name).ok_or_else(|| {
        let message = format!(
            "the model {model} needs the engine {name} for speech to text, and this build has {}; choose another model",
            list(engines, |engine| engine.name.to_owned())
        );
        Error::new(ErrorKind::EngineUnavailable, message)
    })
}

/// The engine for the model at `path`, by its files.
pub(super) fn detect<'a>(engines: &'a [SttEngine], path: &Path) -> Result<&'a SttEngine> {
    let knows = |path: &Path| engines.iter().find(|engine| (engine.recognizes)(path));
    knows(path).map_or_else(|| Err(unknown(engines, path, |path| knows(path).is_some())), Ok)
}

/// The error for a path at which no engine finds a model.
fn unknown(engines: &[SttEngine], path: &Path, is_known: impl Fn(&Path) -> bool) -> Error {
    let shown = path.display();
    let entries = match path.read_dir() {
        Ok(entries) => entries,
        Err(error) => {
            let (kind, hint) = match error.kind() {
                io::ErrorKind::NotFound => (ErrorKind::ModelNotFound, "is not there; check the path"),
                io::ErrorKind::NotADirectory => {
                    (ErrorKind::ModelInvalid, "is not a folder; unpack the model and name its folder")
                }
                _ => (ErrorKind::ModelUnreadable, "cannot be read; check its permissions"),
            };
            return Error::new(kind, format!("the model {shown} {hint}")).with_source(error);
        }
    };
    if engines.is_empty() {
        let message = format!(
            "this build has no engine for {shown}; build with the feature `vosk` to use speech-to-text"
        );
        return Error::new(ErrorKind::EngineUnavailable, message);
    }
    let paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    let inner = paths.iter().find(|path| is_known(path));
    let hint = if let Some(inner) = inner {
        format!("name the folder {} in it, which is a model", inner.display())
    } else if paths.iter().any(|path| path.extension().is_some_and(|kind| kind == "onnx")) {
        "it seems to be a voice; name it as one, and a model here".to_owned()
    } else {
        "name the folder of a model".to_owned()
    };
    let files = list(engines, |engine| format!("{} has {}", engine.name, engine.files));
    let message = format!("{shown} has the files of no known kind of model ({files}); {hint}");
    Error::new(ErrorKind::ModelIncomplete, message)
}

fn list(engines: &[SttEngine], item: impl Fn(&SttEngine) -> String) -> String {
    let items: Vec<_> = engines.iter().map(item).collect();
    if items.is_empty() { "none".to_owned() } else { items.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stt::scripted::Counting;

    /// An engine whose models have a file of its name.
    const fn scripted(name: &'static str, recognizes: fn(&Path) -> bool) -> SttEngine {
        SttEngine { name, files: name, recognizes, load: |_, _| Ok(Counting::new()) }
    }

    const TWO: &[SttEngine] = &[
        scripted("one", |path| path.join("one").exists()),
        scripted("two", |path| path.join("two").exists()),
    ];

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        folder
    }

    #[test]
    fn files_choose_the_engine() {
        for (files, engine) in [(&["one"][..], "one"), (&["two", "x"], "two"), (&["two", "one"], "one")] {
            assert_eq!(detect(TWO, folder(files).path()).unwrap().name, engine);
        }
    }

    #[test]
    fn unknown_folder_names_the_expected_files() {
        for (files, kind, said) in [
            (&[][..], ErrorKind::ModelIncomplete, "(one has one; two has two); name the folder of a model"),
            (&["model.bin"], ErrorKind::ModelIncomplete, "name the folder of a model"),
            (&["x/two"], ErrorKind::ModelIncomplete, "x in it, which is a model"),
            (&["a.onnx"], ErrorKind::ModelIncomplete, "it seems to be a voice"),
        ] {
            let folder = folder(files);
            let error = detect(TWO, folder.path()).unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(said), "{error}");
        }
        let file = folder(&["model.bin"]);
        let error = detect(TWO, &file.path().join("model.bin")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelInvalid);
        assert_eq!(detect(TWO, &file.path().join("y")).unwrap_err().kind(), ErrorKind::ModelNotFound);
        assert_eq!(detect(&[], file.path()).unwrap_err().kind(), ErrorKind::EngineUnavailable);
    }

    #[test]
    fn unknown_engine_is_unavailable() {
        assert_eq!(named(TWO, "two", "m").unwrap().name, "two");
        let error = named(TWO, "vits", "m").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EngineUnavailable);
        assert!(error.to_string().contains("this build has one; two"), "{error}");
    }
}
